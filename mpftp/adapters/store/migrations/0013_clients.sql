-- Where a client's files lay when it was last to be visited (mpftp.domain.clients), and when its name was given up.
ALTER TABLE client ADD COLUMN place TEXT NOT NULL DEFAULT '';
ALTER TABLE client ADD COLUMN removed_at INTEGER;

-- A renaming that is under way: the configuration says whether it was carried out.
ALTER TABLE memory ADD COLUMN rename_from TEXT;
ALTER TABLE memory ADD COLUMN rename_to TEXT;
