"""Kill `mpftp send` at random instants, many times; count who was skipped and who got two messages.

    python tests/bench/send_crash.py [kills] [seed]

The sink records what it accepted. Each kill takes the whole command (SIGKILL to its main process); the
next run goes on. At the end every contact must have its message, and the doubles may be no more
than connections times kills. After each kill the lines of MAIL must be the sum over the states.
"""

from __future__ import annotations

import importlib.util
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # its fixtures are those of the tests

KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 200
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
CONNECTIONS = 6
EACH_RUN = 1200  # contacts, about, that one run gets through before it is killed


def fixtures():
    """The test suite's ``Site`` and ``Sink``."""
    path = Path(__file__).parents[1] / "real" / "smtp" / "conftest.py"
    spec = importlib.util.spec_from_file_location("smtp_fixtures", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main():
    module = fixtures()
    chance = random.Random(SEED)
    contacts = KILLS * EACH_RUN
    site = module.Site(Path(tempfile.mkdtemp(prefix="mpftp-crash-")))
    relay = module.Sink()
    site.configure(relay.port, connections=CONNECTIONS)
    site.fill(contacts)
    print(f"seed {SEED}: {KILLS} kills, {contacts} contacts, {CONNECTIONS} connections")
    kills = early = 0
    try:
        while kills < KILLS:
            before = len(relay.accepted)
            process = site.start("send")
            if chance.random() < 0.2:  # at any instant, also before the first message
                time.sleep(chance.random())
                early += 1
            else:
                while process.poll() is None and len(relay.accepted) == before:
                    time.sleep(0.001)
                time.sleep(chance.random() * 0.06)
            if process.poll() is not None:
                break
            process.kill()
            process.communicate()
            kills += 1
            states = site.states()
            assert sum(states.values()) == contacts, states
            if kills % 20 == 0:
                print(f"{kills} kills: {len(relay.accepted)} accepted, {states}")
        code, out, err = site.run("send")
        got = Counter(relay.accepted)
        doubles = sum(got.values()) - len(got)
        doubts = site.query("SELECT sum(doubts) FROM delivery")[0][0]
        print(f"{kills} kills ({early} at any instant): skipped {contacts - len(got)}, doubles {doubles}")
        print(f"allowed doubles {kills * CONNECTIONS}, counted as doubts {doubts}, states {site.states()}")
        sound = len(got) == contacts and doubles <= doubts <= kills * CONNECTIONS and kills == KILLS
        sound = sound and site.states() == {"sent": contacts} and code == 0
    finally:
        relay.stop()
        shutil.rmtree(site.folder)
    print("sound" if sound else f"NOT SOUND: {out}{err}")
    sys.exit(not sound)


if __name__ == "__main__":
    main()
