-- Clients' own lists of addresses that must not be mailed.

-- Their addresses stand on the list with the reason 'client'.
CREATE TABLE suppression_new (
    client_id    INTEGER NOT NULL,              -- 0: every client
    email        TEXT NOT NULL,                 -- canonical
    reason       TEXT NOT NULL CHECK (reason IN ('opt-out', 'bounce', 'complaint', 'operator', 'client')),
    at           INTEGER NOT NULL,
    source       TEXT NOT NULL DEFAULT '',
    delivery_id  INTEGER,                       -- whose bounce decided; NULL where none did, or it is not known
    PRIMARY KEY (client_id, email)
) STRICT, WITHOUT ROWID;
INSERT INTO suppression_new SELECT client_id, email, reason, at, source, delivery_id FROM suppression;
DROP TABLE suppression;
ALTER TABLE suppression_new RENAME TO suppression;

-- Each list as it was read last: the same NAME and date with other bytes is read again.
CREATE TABLE suppression_file (
    id           INTEGER PRIMARY KEY,
    client_id    INTEGER NOT NULL REFERENCES client,
    name         TEXT NOT NULL,
    date         TEXT NOT NULL,
    digest       TEXT NOT NULL,                 -- SHA-256 of its bytes
    file         TEXT NOT NULL,                 -- as it is spelled on the server
    size         INTEGER NOT NULL,              -- as listed
    modified_at  INTEGER,
    taken_at     INTEGER NOT NULL,
    lines        INTEGER NOT NULL,              -- data lines: lines = added + known + invalid
    added        INTEGER NOT NULL,
    known        INTEGER NOT NULL,              -- on the client's list before, or repeated in the file
    invalid      INTEGER NOT NULL,
    answered_at  INTEGER,                       -- when the client's server was told and tidied
    UNIQUE (client_id, name, date)
) STRICT;

-- A list can be refused, too.
ALTER TABLE refusal ADD COLUMN is_list INTEGER NOT NULL DEFAULT 0;
