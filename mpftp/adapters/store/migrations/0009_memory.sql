-- The one row by which the state is known again (mpftp.domain.memory).
CREATE TABLE memory (
    one          INTEGER PRIMARY KEY CHECK (one = 1),
    state_id     TEXT NOT NULL,                 -- random
    changes      INTEGER NOT NULL,              -- transactions that changed the state
    changed_at   INTEGER NOT NULL,
    is_marked    INTEGER NOT NULL DEFAULT 0     -- whether the journal was given the mark
) STRICT;

INSERT INTO memory (one, state_id, changes, changed_at)
    VALUES (1, lower(hex(randomblob(16))), 0, CAST(strftime('%s', 'now') AS INTEGER) * 1000);
