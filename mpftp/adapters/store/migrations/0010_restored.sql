-- What a state knows that was put back from a backup (mpftp.adapters.store.restored).
ALTER TABLE memory ADD COLUMN restored_at INTEGER;  -- NULL: never
ALTER TABLE client ADD COLUMN seen_since INTEGER;   -- the first visit after that

-- Triplets that were processed, as the originals in the spool say, after the backup was made.
CREATE TABLE processed (
    client_id  INTEGER NOT NULL REFERENCES client,
    name       TEXT NOT NULL,
    date       TEXT NOT NULL,
    PRIMARY KEY (client_id, name, date)
) STRICT, WITHOUT ROWID;
