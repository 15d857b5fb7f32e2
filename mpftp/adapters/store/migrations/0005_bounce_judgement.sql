-- What each bounce was judged to mean for its address, and on what words.
CREATE TABLE bounce_judgement (
    delivery_id  INTEGER PRIMARY KEY REFERENCES delivery ON DELETE CASCADE,
    campaign_id  INTEGER NOT NULL REFERENCES campaign ON DELETE CASCADE,
    client_id    INTEGER NOT NULL,
    email        TEXT NOT NULL,                 -- canonical
    at           INTEGER NOT NULL,
    judgement    TEXT NOT NULL CHECK (judgement IN ('at once', 'when repeated', 'never')),
    state        TEXT NOT NULL CHECK (state IN (
                     'waiting',                 -- a run of alike refusals is open: nothing follows yet
                     'applied',
                     'crowd')),                 -- too many alike: the words do not decide
    alike        TEXT NOT NULL,                 -- what alike refusals share: code and canonical words
    evidence     TEXT NOT NULL                  -- JSON: channel, step, class, code, reason, trouble, rule, text
) STRICT;

CREATE INDEX bounce_judgement_waiting ON bounce_judgement (campaign_id) WHERE state = 'waiting';
CREATE INDEX bounce_judgement_alike ON bounce_judgement (campaign_id, alike);
CREATE INDEX bounce_judgement_address ON bounce_judgement (client_id, email, at);
