-- A client is told of a pause, too, each time anew. Which kinds of notices there are the program knows.
CREATE TABLE notice_of_any_kind (
    kind     TEXT NOT NULL,
    about    INTEGER NOT NULL,                  -- refusal.id, campaign.id (three kinds), publication.id
    sent_at  INTEGER NOT NULL,
    PRIMARY KEY (kind, about)
) STRICT, WITHOUT ROWID;
INSERT INTO notice_of_any_kind SELECT kind, about, sent_at FROM notice;
DROP TABLE notice;
ALTER TABLE notice_of_any_kind RENAME TO notice;

CREATE TRIGGER pause_is_told_anew AFTER UPDATE OF state ON campaign
WHEN NEW.state = 'active' AND OLD.state = 'paused'
BEGIN
    DELETE FROM notice WHERE kind = 'paused' AND about = NEW.id;
END;
