-- All times are milliseconds since 1970, UTC. All texts are Unicode.

CREATE TABLE client (
    id            INTEGER PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    failures      INTEGER NOT NULL DEFAULT 0,   -- visits failed in a row
    visited_at    INTEGER,
    succeeded_at  INTEGER,
    trouble       TEXT NOT NULL DEFAULT ''      -- what the last failed visit said
) STRICT;

-- Remote files that are not yet part of a campaign, as the last visits saw them.
CREATE TABLE sighting (
    client_id    INTEGER NOT NULL REFERENCES client,
    file         TEXT NOT NULL,
    size         INTEGER NOT NULL,
    modified_at  INTEGER,
    first_seen   INTEGER NOT NULL,
    changed_at   INTEGER NOT NULL,              -- when size or modified_at last differed
    reported_at  INTEGER,                       -- when an incomplete triplet was reported
    PRIMARY KEY (client_id, file)
) STRICT, WITHOUT ROWID;

-- A triplet refused: the same bytes are refused once.
CREATE TABLE refusal (
    id           INTEGER PRIMARY KEY,
    client_id    INTEGER NOT NULL REFERENCES client,
    name         TEXT NOT NULL,
    date         TEXT NOT NULL,
    digest       TEXT NOT NULL,                 -- SHA-256 over the three files
    refused_at   INTEGER NOT NULL,
    findings     TEXT NOT NULL,                 -- JSON
    files        TEXT NOT NULL DEFAULT '{}',    -- JSON: file -> [size, modified_at] as listed
    answered_at  INTEGER,                       -- when the ERRO file reached the client
    mended_at    INTEGER,                       -- when a corrected triplet was accepted
    UNIQUE (client_id, name, date, digest)
) STRICT;

CREATE TABLE campaign (
    id            INTEGER PRIMARY KEY,
    client_id     INTEGER NOT NULL REFERENCES client,
    name          TEXT NOT NULL,
    date          TEXT NOT NULL,
    state         TEXT NOT NULL DEFAULT 'active'
                  CHECK (state IN ('active', 'paused', 'cancelled', 'finished')),
    state_reason  TEXT NOT NULL DEFAULT '',
    digest        TEXT NOT NULL,
    settings      TEXT NOT NULL,                -- JSON
    columns       TEXT NOT NULL,                -- JSON array: our names of MAIL's fields
    html          TEXT NOT NULL,
    findings      TEXT NOT NULL DEFAULT '[]',   -- JSON: what was found and did not refuse it
    files         TEXT NOT NULL DEFAULT '{}',   -- JSON: type -> [size, modified_at, SHA-256] of the originals
    accepted_at   INTEGER NOT NULL,
    answered_at   INTEGER,                      -- when the client's server was told and tidied
    finished_at   INTEGER,
    UNIQUE (client_id, name, date)
) STRICT;

-- The links of a message in order of appearance; url may hold merge fields.
CREATE TABLE link (
    campaign_id  INTEGER NOT NULL REFERENCES campaign ON DELETE CASCADE,
    number       INTEGER NOT NULL,
    url          TEXT NOT NULL,
    PRIMARY KEY (campaign_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE fragment (
    id           INTEGER PRIMARY KEY,
    campaign_id  INTEGER NOT NULL REFERENCES campaign ON DELETE CASCADE,
    number       INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,
    contacts     INTEGER NOT NULL,
    started_at   INTEGER,                       -- when its first delivery was claimed
    finished_at  INTEGER,
    tried        INTEGER NOT NULL DEFAULT 0,    -- answered since the start or the last resume,
    refused      INTEGER NOT NULL DEFAULT 0,    -- and refused for good: stop_at_failure_rate
    UNIQUE (campaign_id, number)
) STRICT;

-- One row a data line of MAIL, whatever became of it.
CREATE TABLE delivery (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice: signed links name it
    campaign_id  INTEGER NOT NULL REFERENCES campaign ON DELETE CASCADE,
    fragment_id  INTEGER REFERENCES fragment ON DELETE CASCADE,  -- NULL: never to be sent
    line         INTEGER NOT NULL,
    email        TEXT NOT NULL,
    fields       TEXT NOT NULL,                 -- JSON array in the order of campaign.columns
    state        TEXT NOT NULL
                 CHECK (state IN ('pending', 'claimed', 'deferred', 'sent', 'failed', 'doubt',
                                  'suppressed', 'invalid', 'repeated', 'cancelled')),
    attempts     INTEGER NOT NULL DEFAULT 0,
    doubts       INTEGER NOT NULL DEFAULT 0,
    next_at      INTEGER,                       -- deferred: when to try again
    first_at     INTEGER,                       -- first attempt
    settled_at   INTEGER,
    code         TEXT NOT NULL DEFAULT '',
    reply        TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX delivery_waiting ON delivery (fragment_id, id) WHERE state = 'pending';
CREATE INDEX delivery_claimed ON delivery (fragment_id, id) WHERE state = 'claimed';
CREATE INDEX delivery_deferred ON delivery (fragment_id, next_at) WHERE state = 'deferred';
CREATE INDEX delivery_campaign ON delivery (campaign_id, state);

CREATE TABLE suppression (
    client_id    INTEGER NOT NULL,              -- 0: every client
    email        TEXT NOT NULL,                 -- lower case
    reason       TEXT NOT NULL CHECK (reason IN ('opt-out', 'bounce', 'complaint', 'operator')),
    at           INTEGER NOT NULL,
    source       TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (client_id, email)
) STRICT, WITHOUT ROWID;

CREATE TABLE event (
    id           INTEGER PRIMARY KEY,
    campaign_id  INTEGER NOT NULL REFERENCES campaign ON DELETE CASCADE,
    delivery_id  INTEGER NOT NULL REFERENCES delivery ON DELETE CASCADE,
    kind         TEXT NOT NULL CHECK (kind IN ('open', 'click', 'bounce', 'opt-out', 'complaint')),
    at           INTEGER NOT NULL,
    link         INTEGER,                       -- click: link.number
    ip           TEXT NOT NULL DEFAULT '',
    agent        TEXT NOT NULL DEFAULT '',
    class        TEXT NOT NULL DEFAULT '' CHECK (class IN ('', 'permanent', 'transient')),
    code         TEXT NOT NULL DEFAULT '',      -- bounce: RFC 3463 status
    reason       TEXT NOT NULL DEFAULT '',      -- bounce: key of the closed list of reasons
    source       TEXT NOT NULL DEFAULT '',      -- opt-out: by which way it came
    mark         TEXT NOT NULL DEFAULT ''       -- why a machine is suspected; '' a person
) STRICT;

CREATE INDEX event_campaign ON event (campaign_id, kind, at);
CREATE INDEX event_delivery ON event (delivery_id, kind, at);

-- How far each event log file has been taken into the state.
CREATE TABLE event_log (
    file    TEXT PRIMARY KEY,
    offset  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Messages of the bounce mailbox that were read, so that each counts once wherever it turns up again.
CREATE TABLE report (
    digest       TEXT PRIMARY KEY,              -- SHA-256 of the message
    at           INTEGER NOT NULL,
    class        TEXT NOT NULL,                 -- what it is: domain.bounce.ReportClass
    place        TEXT NOT NULL,                 -- where it was filed: domain.mailbox.Place
    delivery_id  INTEGER                        -- NULL: no signed token names one
) STRICT, WITHOUT ROWID;

-- One row an edition of the six result files.
CREATE TABLE publication (
    id            INTEGER PRIMARY KEY,
    campaign_id   INTEGER NOT NULL REFERENCES campaign ON DELETE CASCADE,
    edition       INTEGER NOT NULL,
    due_at        INTEGER NOT NULL,
    published_at  INTEGER,
    rows          TEXT NOT NULL DEFAULT '{}',   -- JSON: result type -> data lines
    trouble       TEXT NOT NULL DEFAULT '',
    UNIQUE (campaign_id, edition)
) STRICT;

-- E-mails to a client's notify address that the relay has taken.
CREATE TABLE notice (
    kind     TEXT NOT NULL CHECK (kind IN ('refused', 'accepted', 'finished', 'published')),
    about    INTEGER NOT NULL,                  -- refusal.id, campaign.id (twice), publication.id
    sent_at  INTEGER NOT NULL,
    PRIMARY KEY (kind, about)
) STRICT, WITHOUT ROWID;

-- What stands in the way of a whole command, until a run of it succeeds: a relay that is away, say.
CREATE TABLE obstacle (
    place   TEXT PRIMARY KEY,                   -- what is in trouble: 'relay'
    since   INTEGER NOT NULL,                   -- when it was first seen
    seen_at INTEGER NOT NULL,                   -- when it was last seen
    text    TEXT NOT NULL                       -- what was said
) STRICT, WITHOUT ROWID;
