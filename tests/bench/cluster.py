"""Send through three Postfix instances while they die, come back and are replaced; count who got what.

    python tests/bench/cluster.py [contacts]

5,000 contacts by default; root has to start it. Each contact must have its message, the doubles may be no
more than the connections of the two relays that died, and the reports of all relays must be counted.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from mpftp.adapters.store.database import Database
from tests.real.smtp import cluster as samples

CONTACTS = int(sys.argv[1]) if len(sys.argv) > 1 else 5000


def make_site():
    """The test suite's ``Site`` in a folder of its own."""
    path = Path(__file__).parents[1] / "real" / "smtp" / "conftest.py"
    spec = importlib.util.spec_from_file_location("smtp_fixtures", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Site(Path(tempfile.mkdtemp(prefix="mpftp-cluster-site-")))


def send(site, cluster):
    """Two campaigns, the relays whole and then not; the shares of the first, and whom messages reached."""
    Database(site.state).close()
    samples.configure(site, cluster.configuration())
    site.fill(0, "Um", emails=samples.addresses(CONTACTS, "um"))
    site.run("send")
    cluster.drain()
    shares = {name: to.total() / CONTACTS for name, to in cluster.delivered().items()}
    site.fill(0, "Dois", emails=samples.addresses(CONTACTS, "dois"))
    now = datetime.now(UTC)
    samples.configure(site, cluster.configuration(rate=f"{max(200, CONTACTS // 50)}/s"))
    samples.send_while_relays_go(site, cluster, CONTACTS)
    for hours in (1, 2):
        site.run("send", "--now", (now + timedelta(hours=hours)).isoformat())
    cluster.drain()
    return shares, sum(cluster.delivered().values(), Counter())


def main():
    base = Path(tempfile.mkdtemp(prefix="mpftp-cluster-"))
    base.chmod(0o711)
    site = make_site()
    cluster = samples.Cluster(base)
    try:
        shares, got = send(site, cluster)
        code = site.run("bounces")[0]
        doubts = site.query("SELECT sum(doubts) FROM delivery")[0][0]
        counted = site.query("SELECT count(DISTINCT delivery_id) FROM event WHERE kind = 'bounce'")[0][0]
    finally:
        cluster.stop()
        shutil.rmtree(base)
        shutil.rmtree(site.folder)
    doubles = got.total() - len(got)
    unknown = sum(address.startswith("none") for address in got)
    print(f"{2 * CONTACTS} contacts: skipped {2 * CONTACTS - len(got)}, doubles {doubles}, doubts {doubts}")
    print("shares " + ", ".join(f"{name} {share:.3f}" for name, share in shares.items()))
    print(f"unknown {unknown}, counted by bounces {counted}")
    sound = len(got) == 2 * CONTACTS and doubles <= doubts <= 2 * samples.CONNECTIONS
    sound = sound and counted == unknown and code == 0 and abs(shares["relay1"] - 2 / 3) < 2 / 30
    print("sound" if sound else "NOT SOUND")
    sys.exit(not sound)


if __name__ == "__main__":
    main()
