-- Events beyond the thousand that are kept of a kind and a delivery: how many more there were.
CREATE TABLE more_events (
    campaign_id  INTEGER NOT NULL REFERENCES campaign ON DELETE CASCADE,
    delivery_id  INTEGER NOT NULL REFERENCES delivery ON DELETE CASCADE,
    kind         TEXT NOT NULL,
    count        INTEGER NOT NULL,
    PRIMARY KEY (campaign_id, delivery_id, kind)
) STRICT, WITHOUT ROWID;
