-- One person's data can be erased: the line of MAIL stays, without the person, so that sums hold.

ALTER TABLE memory ADD COLUMN person_key TEXT NOT NULL DEFAULT '';  -- hexadecimal; '' before the first
ALTER TABLE delivery ADD COLUMN forgotten_at INTEGER;

CREATE INDEX delivery_forgotten ON delivery (campaign_id, state) WHERE forgotten_at IS NOT NULL;
