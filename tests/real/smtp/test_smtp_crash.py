"""The real process killed at random instants: nobody skipped, doubles bounded, the sums always right."""

import random
import time
from collections import Counter

import pytest

pytestmark = pytest.mark.real

CONTACTS = 2000
CONNECTIONS = 4
KILLS = 12


@pytest.mark.timeout(300)
def test_killed_again_and_again_it_skips_nobody(site, sink):
    relay = sink()
    site.configure(relay.port, connections=CONNECTIONS)
    site.fill(CONTACTS)
    chance = random.Random(4)
    kills = 0
    while kills < KILLS:
        process = site.start("send")
        so_far = len(relay.accepted)
        give_up = time.monotonic() + 10
        # Once it sends, kill it within a few more messages.
        while process.poll() is None and len(relay.accepted) == so_far and time.monotonic() < give_up:
            time.sleep(0.001)
        time.sleep(chance.random() * 0.05)
        if process.poll() is not None:
            break
        process.kill()
        process.communicate()
        kills += 1
        assert sum(site.states().values()) == CONTACTS
    assert kills == KILLS, "the campaign was too small for so many kills"
    assert site.run("send")[0] == 0
    assert site.states() == {"sent": CONTACTS}
    got = Counter(relay.accepted)
    assert len(got) == CONTACTS
    assert sum(got.values()) - CONTACTS <= kills * CONNECTIONS
    doubts = site.query("SELECT sum(doubts) FROM delivery")[0][0]
    assert sum(got.values()) - CONTACTS <= doubts <= kills * CONNECTIONS
