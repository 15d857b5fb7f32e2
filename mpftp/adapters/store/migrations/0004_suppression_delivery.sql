-- Which delivery's bounce decided that an address is suppressed; NULL where none did, or it is not known.
ALTER TABLE suppression ADD COLUMN delivery_id INTEGER;
