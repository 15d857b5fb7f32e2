-- Recipients' domains whose servers asked for patience: when each may be tried again.
CREATE TABLE slow_domain (
    domain TEXT PRIMARY KEY,
    pause_seconds INTEGER NOT NULL, -- how long it rests this time
    until INTEGER NOT NULL,
    since INTEGER NOT NULL,         -- when it asked first
    code TEXT NOT NULL              -- of the last reply, "421 4.7.0"
) WITHOUT ROWID;
