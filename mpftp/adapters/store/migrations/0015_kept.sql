-- Contacts and events can be deleted after a time; what was counted of them stays.

ALTER TABLE campaign ADD COLUMN contacts_deleted_at INTEGER;
ALTER TABLE campaign ADD COLUMN events_deleted_at INTEGER;

CREATE TABLE kept_totals (
    campaign_id  INTEGER PRIMARY KEY REFERENCES campaign ON DELETE CASCADE,
    totals       TEXT NOT NULL                  -- JSON: what was counted of opens and clicks
) STRICT;
