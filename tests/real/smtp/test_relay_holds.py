"""A relay that refuses everybody, in whatever words: the campaign is held, and goes on when it may."""

from __future__ import annotations

from collections import Counter

import pytest

pytestmark = pytest.mark.real

REFUSALS = {
    "550 Account suspended": 300,
    "550 5.4.5 Limite diário de envios excedido": 20,
    "554 5.7.1 IP bloqueado por má reputação": 120,
    "550 Cuenta suspendida, contacte a soporte": 3,
    "550 5.1.1 User unknown": 25,
}


@pytest.mark.parametrize(("refusal", "contacts"), REFUSALS.items())
def test_a_refusal_of_all_is_held_and_everybody_is_sent_to_after_the_retry(site, sink, refusal, contacts):
    relay = sink({"RCPT": lambda *_: refusal})
    site.configure(relay.port)
    site.fill(contacts)
    code, _, said = site.run("send")
    assert code == 1
    assert "is paused: relay" in said
    assert site.states() == {"pending": contacts}
    assert site.query("SELECT email FROM suppression") == []
    code, shown, _ = site.run("status", "--check")
    assert code == 2
    assert "relay" in shown
    relay.script.clear()
    assert site.run("campaign", "retry", "Promo_20260301")[0] == 0
    assert site.run("send")[0] == 0
    assert site.states() == {"sent": contacts}
    assert set(Counter(relay.accepted).values()) == {1}
    assert len(relay.accepted) == contacts
