"""A recipients' domain that asks for patience gets it, and the rest of the campaign goes on."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.real

SLOW = "d1.example"  # a third of the contacts are there
CONTACTS = 300


def sent_to(relay):
    return sum(who.endswith(SLOW) for who in relay.accepted)


def send_in(site, minutes):
    now = site.query(f"SELECT strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now', '+{minutes} minutes')")[0][0]
    code, _, said = site.run("send", "--now", now)
    assert (code, said) == (0, "")
    return now


@pytest.mark.parametrize("reply", ["421 4.7.0 Too much mail for this domain", "450 4.7.1 Rate limited"])
def test_a_domain_that_asks_to_slow_down_rests_and_comes_back(site, sink, reply):
    relay = sink({"RCPT": lambda _, who, __: reply if SLOW in who else None})
    site.configure(relay.port)
    site.fill(CONTACTS)
    send_in(site, 0)
    assert len(relay.accepted) == CONTACTS * 2 // 3
    asked = sum(SLOW in line for line in relay.dialogue)
    assert asked < CONTACTS / 3
    code, page, _ = site.run("status")
    assert code == 0
    assert f"Slow: {SLOW} rests until " in page
    assert f"({reply[:9]})" in page
    assert site.run("status", "--check")[0] == 0

    send_in(site, 2)
    assert sum(SLOW in line for line in relay.dialogue) - asked <= 5 + asked
    one = json.loads(site.run("status", "--json")[1])["slow_domains"][0]
    assert (one["domain"], one["pause_seconds"]) == (SLOW, 120)

    relay.script.clear()
    for minutes in (5, 30, 60, 120):
        send_in(site, minutes)
    assert site.states() == {"sent": CONTACTS}
    assert sorted(relay.accepted) == sorted(set(relay.accepted))
    assert "Slow" not in site.run("status")[1]
