-- What a run of a command by itself said on standard error, and need not say again while it lasts.
CREATE TABLE said (
    command TEXT NOT NULL,
    place TEXT NOT NULL,            -- what is in trouble: a client, the relay, a mailbox; empty: the command
    topic TEXT NOT NULL,            -- which trouble it is, in words that stay the same from run to run
    text TEXT NOT NULL,
    passes INTEGER NOT NULL,        -- 1: it mends itself, and its end is said, too
    silent INTEGER NOT NULL,        -- 1: another command had said it already
    since INTEGER NOT NULL,
    PRIMARY KEY (command, place, topic)
) WITHOUT ROWID;

-- The last run of each command, for monitoring.
CREATE TABLE last_run (
    command TEXT PRIMARY KEY,
    started_at INTEGER NOT NULL,
    seconds REAL NOT NULL,
    exit_code INTEGER NOT NULL,
    succeeded_at INTEGER            -- when one last ended with 0
) WITHOUT ROWID;
