-- A state file that commit a314c01 wrote: one campaign of twelve contacts, five of them sent.
PRAGMA application_id = 0x6D706674;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
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
INSERT INTO "campaign" VALUES(1,1,'Promo','20260301','active','','0ff43358b00c993cfb10853f9a03da069e1c28b566aa1357ffe777327938bec0','{"subject": "Oi", "from_email": "a@exemplo.com.br", "folder": "P", "from_name": "", "reply_to": "", "send_at": null, "analytics": "", "text": ""}','["email"]','<html><body><p>Oi</p><a href="{{descadastro}}">sair</a></body></html>','[{"rule":"HTML022","file":"Promo_HTML_20260301","severity":"notice","scope":"triplet","count":1,"findings":[{"line":1,"column":1,"excerpt":"<html><body><p>Oi</p><a href=\"{{descadastro}}\">sair</a></body></html>","values":{}}]}]','{"CONF":[52,1767225600000,"a20f2cb3cced8d03c2f7691084d67e95355e19780f4da9070d1d717954c45a7a"],"HTML":[69,1767225600000,"0e581deb21a5d9f358e74288a4f9f7d05a3438d97b97032143faf6cd34eb16a3"],"MAIL":[225,1767225600000,"b323fce34405575adc3bc6188c7b8f2dbef5cfcc032687ee1ef6b8f2c8ced48d"]}',1772366400526,1772366400551,NULL);
CREATE TABLE client (
    id            INTEGER PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    failures      INTEGER NOT NULL DEFAULT 0,   -- visits failed in a row
    visited_at    INTEGER,
    succeeded_at  INTEGER,
    trouble       TEXT NOT NULL DEFAULT ''      -- what the last failed visit said
) STRICT;
INSERT INTO "client" VALUES(1,'acme',0,1772366400551,1772366400551,'');
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
INSERT INTO "delivery" VALUES(514080053,1,1,2,'u1@exemplo.com.br','["u1@exemplo.com.br"]','sent',1,0,NULL,1772370000797,1772370000797,'250 2.0.0','1795642509.M948154P32392Q1D514080053.vm');
INSERT INTO "delivery" VALUES(514080054,1,1,3,'u2@exemplo.com.br','["u2@exemplo.com.br"]','sent',1,0,NULL,1772370000807,1772370000807,'250 2.0.0','1795642509.M955263P32392Q2D514080054.vm');
INSERT INTO "delivery" VALUES(514080055,1,1,4,'u3@exemplo.com.br','["u3@exemplo.com.br"]','sent',1,0,NULL,1772370000807,1772370000807,'250 2.0.0','1795642509.M956577P32392Q3D514080055.vm');
INSERT INTO "delivery" VALUES(514080056,1,1,5,'u4@exemplo.com.br','["u4@exemplo.com.br"]','sent',1,0,NULL,1772370000807,1772370000807,'250 2.0.0','1795642509.M957537P32392Q4D514080056.vm');
INSERT INTO "delivery" VALUES(514080057,1,1,6,'u5@exemplo.com.br','["u5@exemplo.com.br"]','sent',1,0,NULL,1772370000807,1772370000807,'250 2.0.0','1795642509.M958403P32392Q5D514080057.vm');
INSERT INTO "delivery" VALUES(514080058,1,1,7,'u6@exemplo.com.br','["u6@exemplo.com.br"]','pending',0,0,NULL,NULL,NULL,'','');
INSERT INTO "delivery" VALUES(514080059,1,1,8,'u7@exemplo.com.br','["u7@exemplo.com.br"]','pending',0,0,NULL,NULL,NULL,'','');
INSERT INTO "delivery" VALUES(514080060,1,1,9,'u8@exemplo.com.br','["u8@exemplo.com.br"]','pending',0,0,NULL,NULL,NULL,'','');
INSERT INTO "delivery" VALUES(514080061,1,1,10,'u9@exemplo.com.br','["u9@exemplo.com.br"]','pending',0,0,NULL,NULL,NULL,'','');
INSERT INTO "delivery" VALUES(514080062,1,1,11,'u10@exemplo.com.br','["u10@exemplo.com.br"]','pending',0,0,NULL,NULL,NULL,'','');
INSERT INTO "delivery" VALUES(514080063,1,1,12,'u11@exemplo.com.br','["u11@exemplo.com.br"]','pending',0,0,NULL,NULL,NULL,'','');
INSERT INTO "delivery" VALUES(514080064,1,1,13,'u12@exemplo.com.br','["u12@exemplo.com.br"]','pending',0,0,NULL,NULL,NULL,'','');
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
CREATE TABLE event_log (
    file    TEXT PRIMARY KEY,
    offset  INTEGER NOT NULL
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
INSERT INTO "fragment" VALUES(1,1,1,1772366400546,12,1772370000524,NULL,5,0);
CREATE TABLE link (
    campaign_id  INTEGER NOT NULL REFERENCES campaign ON DELETE CASCADE,
    number       INTEGER NOT NULL,
    url          TEXT NOT NULL,
    PRIMARY KEY (campaign_id, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE notice (
    kind     TEXT NOT NULL CHECK (kind IN ('refused', 'accepted', 'finished', 'published')),
    about    INTEGER NOT NULL,                  -- refusal.id, campaign.id (twice), publication.id
    sent_at  INTEGER NOT NULL,
    PRIMARY KEY (kind, about)
) STRICT, WITHOUT ROWID;
CREATE TABLE obstacle (
    place   TEXT PRIMARY KEY,                   -- what is in trouble: 'relay'
    since   INTEGER NOT NULL,                   -- when it was first seen
    seen_at INTEGER NOT NULL,                   -- when it was last seen
    text    TEXT NOT NULL                       -- what was said
) STRICT, WITHOUT ROWID;
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
CREATE TABLE report (
    digest       TEXT PRIMARY KEY,              -- SHA-256 of the message
    at           INTEGER NOT NULL,
    class        TEXT NOT NULL,                 -- what it is: domain.bounce.ReportClass
    place        TEXT NOT NULL,                 -- where it was filed: domain.mailbox.Place
    delivery_id  INTEGER                        -- NULL: no signed token names one
) STRICT, WITHOUT ROWID;
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
INSERT INTO "sighting" VALUES(1,'Promo_CONF_20260301',52,1767225600000,1795642508259,1795642508259,NULL);
INSERT INTO "sighting" VALUES(1,'Promo_HTML_20260301',69,1767225600000,1795642508259,1795642508259,NULL);
INSERT INTO "sighting" VALUES(1,'Promo_MAIL_20260301',225,1767225600000,1795642508259,1795642508259,NULL);
CREATE TABLE suppression (
    client_id    INTEGER NOT NULL,              -- 0: every client
    email        TEXT NOT NULL,                 -- lower case
    reason       TEXT NOT NULL CHECK (reason IN ('opt-out', 'bounce', 'complaint', 'operator')),
    at           INTEGER NOT NULL,
    source       TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (client_id, email)
) STRICT, WITHOUT ROWID;
INSERT INTO "suppression" VALUES(0,'josé@exemplo.com','operator',1795642508878,'');
CREATE INDEX delivery_waiting ON delivery (fragment_id, id) WHERE state = 'pending';
CREATE INDEX delivery_claimed ON delivery (fragment_id, id) WHERE state = 'claimed';
CREATE INDEX delivery_deferred ON delivery (fragment_id, next_at) WHERE state = 'deferred';
CREATE INDEX delivery_campaign ON delivery (campaign_id, state);
CREATE INDEX event_campaign ON event (campaign_id, kind, at);
CREATE INDEX event_delivery ON event (delivery_id, kind, at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('delivery',514080064);
COMMIT;
