-- What a message said that was kept apart, so that somebody can decide on it, and what was decided.
ALTER TABLE report ADD COLUMN text TEXT NOT NULL DEFAULT '';
ALTER TABLE report ADD COLUMN decided TEXT NOT NULL DEFAULT '' CHECK (decided IN ('', 'opt-out', 'bounce', 'nothing'));

CREATE INDEX report_apart ON report (at) WHERE place <> 'Taken' AND decided = '';
