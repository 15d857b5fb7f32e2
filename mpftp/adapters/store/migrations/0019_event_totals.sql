-- Opens and clicks are counted once, as far as memory.counted_until, and for good when they are deleted.
ALTER TABLE memory ADD COLUMN counted_until INTEGER NOT NULL DEFAULT 0;  -- the last event that is in kept_totals

CREATE TABLE kept_totals_new (
    campaign_id  INTEGER PRIMARY KEY REFERENCES campaign ON DELETE CASCADE,
    is_final     INTEGER NOT NULL DEFAULT 0,    -- 1: its opens and clicks are deleted, later ones count nothing
    totals       TEXT NOT NULL                  -- JSON: what was counted of opens and clicks
) STRICT;
INSERT INTO kept_totals_new SELECT campaign_id, 1, totals FROM kept_totals;
DROP TABLE kept_totals;
ALTER TABLE kept_totals_new RENAME TO kept_totals;

-- The number of the newest event is given again after it was deleted: what gets it then is still to be counted.
CREATE TRIGGER newest_event_is_deleted AFTER DELETE ON event
WHEN OLD.id > (SELECT coalesce(max(id), 0) FROM event)
BEGIN
    UPDATE memory SET counted_until = min(counted_until, (SELECT coalesce(max(id), 0) FROM event));
END;
