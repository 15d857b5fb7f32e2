-- The keys that signed links in messages, and in those of which campaigns: a file without one is no longer whole.
CREATE TABLE signing_key (
    id           INTEGER PRIMARY KEY,
    number       INTEGER NOT NULL,              -- the id of the key in its file and in tokens
    fingerprint  TEXT NOT NULL,                 -- of its secret, which it does not tell
    given_up_at  INTEGER,                       -- when an operator revoked it, or accepted its loss
    UNIQUE (number, fingerprint)
) STRICT;

CREATE TABLE campaign_key (
    campaign_id  INTEGER NOT NULL REFERENCES campaign ON DELETE CASCADE,
    key_id       INTEGER NOT NULL REFERENCES signing_key,
    PRIMARY KEY (campaign_id, key_id)
) STRICT, WITHOUT ROWID;
