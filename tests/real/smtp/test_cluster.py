"""A cluster of relays, as mpftp-growing(7) has it: what is stopped, replaced and refused costs nobody."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mpftp.adapters.store.database import Database
from tests.real.smtp import cluster as samples

pytestmark = pytest.mark.real

CONTACTS = 600


@pytest.fixture
def cluster():
    """Three instances of postfix; root has to start them, in a folder that their users can reach."""
    if os.geteuid() != 0:
        pytest.skip("postfix has to be started by root")
    if not shutil.which("postfix"):
        if os.environ.get("CI"):
            pytest.fail("postfix is missing; install the package postfix")
        pytest.skip("postfix is missing")
    base = Path(tempfile.mkdtemp(prefix="mpftp-cluster-"))
    base.chmod(0o711)
    started = samples.Cluster(base)
    try:
        yield started
    finally:
        started.stop()
        shutil.rmtree(base)


@pytest.mark.timeout(600)
def test_relays_go_and_come_and_everybody_gets_one_message(site, cluster):
    Database(site.state).close()
    # Slow enough that each connection is idle again before its turn, also on a busy machine.
    samples.configure(site, cluster.configuration(rate="100/s"))
    first = samples.addresses(CONTACTS, "um")
    site.fill(0, "Um", emails=first)
    assert site.run("send") == (0, "", "")
    cluster.drain()
    found = cluster.delivered()
    assert sum(found.values(), Counter()) == dict.fromkeys(first, 1)
    connections = {name: one.connections() for name, one in cluster.instances.items()}
    assert connections == {"relay1": 4, "relay2": 2, "relay3": 0}
    assert found["relay1"].total() == pytest.approx(CONTACTS * 2 / 3, rel=0.1)

    samples.configure(site, cluster.configuration(rate="200/s"))
    second = samples.addresses(2 * CONTACTS, "dois")
    site.fill(0, "Dois", emails=second)
    now = datetime.now(UTC)
    samples.send_while_relays_go(site, cluster, len(second))
    for hours in (1, 2):
        code = site.run("send", "--now", (now + timedelta(hours=hours)).isoformat())[0]
    assert code == 0
    assert set(site.states()) == {"sent"}
    cluster.drain()
    found = cluster.delivered()
    got = sum(found.values(), Counter())
    assert set(got) == {*first, *second}
    doubts = site.query("SELECT sum(doubts) FROM delivery")[0][0]
    assert got.total() - len(got) <= doubts <= 2 * samples.CONNECTIONS

    reports = sum(address.startswith("none") for address in got.elements())
    assert site.run("bounces") == (0, "", "")
    counted = site.query("SELECT count(*) FROM event WHERE kind = 'bounce'")[0][0]
    unknown = sum(address.startswith("none") for address in got)
    assert unknown <= counted <= reports
    suppressed = {email for (email,) in site.query("SELECT email FROM suppression WHERE reason = 'bounce'")}
    assert suppressed == {address for address in got if address.startswith("none")}
    assert {"relay1", "relay2", "relay3"} <= {
        name for name, to in found.items() if any(address.startswith("none") for address in to)
    }
