-- Whether suppressions by bounce of an earlier version wait for `suppress review` (1), as nobody looked yet.
ALTER TABLE memory ADD COLUMN is_review_due INTEGER NOT NULL DEFAULT 0;

UPDATE memory SET is_review_due = EXISTS (SELECT 1 FROM suppression WHERE reason = 'bounce');
