-- When a campaign was paused, so that its results are due some days later even if nothing went out.
ALTER TABLE campaign ADD COLUMN stopped_at INTEGER;

-- When CANCELADO was last written again for those who opted out after the edition.
ALTER TABLE publication ADD COLUMN optouts_at INTEGER;

-- A campaign that goes on is no longer stopped, and what was begun of its results is made anew.
CREATE TRIGGER campaign_goes_on AFTER UPDATE OF state ON campaign
WHEN NEW.state = 'active' AND OLD.state = 'paused'
BEGIN
    UPDATE campaign SET stopped_at = NULL WHERE id = NEW.id;
    DELETE FROM publication WHERE campaign_id = NEW.id AND published_at IS NULL;
END;
