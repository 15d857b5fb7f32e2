-- Addresses on the list stand in their canonical form (lower case, NFC, IDN as A-labels): where two
-- spellings meet, what a reader or the operator asked for outlives what a server said.

INSERT INTO suppression (client_id, email, reason, at, source)
    SELECT client_id, canonical(email), reason, at, source FROM suppression WHERE email <> canonical(email)
    ON CONFLICT DO UPDATE SET reason = excluded.reason, at = excluded.at, source = excluded.source
    WHERE suppression.reason = 'bounce' AND excluded.reason <> 'bounce';

DELETE FROM suppression WHERE email <> canonical(email);
