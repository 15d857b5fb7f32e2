"""How near `mpftp send` with DKIM (RSA-2048) comes to the machine's raw signing rate over all cores.

    python tests/bench/send_dkim.py [contacts] [rounds]

The same campaign, sink and connections as send_speed.py, every message signed. The yardstick is measured
before and after each run: ``cryptography`` called directly in as many threads as there are cores, which do
nothing else. Measured twice: with the relay on the same cores, and with the relay on a core that neither
mpftp nor the yardstick may use, as a relay elsewhere would be. bench_render.py has the signing alone. Prints
the ratios (wanted: 0.9 of the ceiling); one delivered message is verified by another implementation.

The ceiling is what postfix's smtp-source (written in C, one and the same message for all) would reach if each
of its messages cost one bare signature more, with no core ever idle: nothing rendered, hashed or settled.
"""

from __future__ import annotations

import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import dkim
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from mpftp.domain.messages.dkim import DkimKey

HERE = Path(__file__).parent


def neighbour(name):
    """Another benchmark of this folder, as a module."""
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RENDER, SPEED = neighbour("bench_render"), neighbour("send_speed")
KEY = rsa.generate_private_key(65537, 2048)
TABLE = '[dkim]\nkey_file = "dkim.pem"\n'


def yardstick():
    """Signatures a second over all cores."""
    return RENDER.raw_signing(lambda content: KEY.sign(content, padding.PKCS1v15(), hashes.SHA256()), 5_000)


def campaign(module, site, port):
    """A fresh campaign of signed messages, ready to be sent to *port*."""
    SPEED.fill(module, site)
    (site.folder / "dkim.pem").write_bytes(RENDER.pem(KEY))
    site.configure(port, connections=SPEED.CONNECTIONS, top=TABLE)


def check_one(module, site):
    """One message, as a relay gets it, has a signature that another implementation accepts."""
    relay = module.Sink()
    wanted, SPEED.CONTACTS = SPEED.CONTACTS, 1
    campaign(module, site, relay.port)
    SPEED.CONTACTS = wanted
    site.run("send")
    relay.stop()
    record = DkimKey("loja.example", "mpftp", RENDER.pem(KEY)).dns_record.encode()
    assert dkim.DKIM(relay.messages[0]).verify(dnsfunc=lambda name, timeout=5: record)
    return len(relay.messages[0])


def measure(module, site, port):
    """One run: messages a second, and the yardstick."""
    campaign(module, site, port)
    before = yardstick()
    started = time.monotonic()
    out, err = site.start("send").communicate()
    rate = SPEED.CONTACTS / (time.monotonic() - started)
    assert site.states() == {"sent": SPEED.CONTACTS}, (site.states(), out, err)
    return rate, (before + yardstick()) / 2


def busy():
    """Seconds that all cores have worked so far."""
    user, nice, system, _, _, irq, softirq, *_ = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def ceiling(port, size):
    """The share of raw signing that smtp-source could reach, all cores shared with the relay."""
    count = min(SPEED.CONTACTS, 60_000)  # as many as ``smtp_source`` sends
    before = busy()
    SPEED.smtp_source(port, size)
    sending, signing = (busy() - before) / count, len(os.sched_getaffinity(0)) / yardstick()
    return signing / (signing + sending)


def compare(module, site, size, ours, relays):
    """Rounds of ``measure``: mpftp and the yardstick on the cores *ours*, the relay on *relays*."""
    port = 22_000 + os.getpid() % 10_000
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    os.sched_setaffinity(0, relays)
    sink = subprocess.Popen([SPEED.program("smtp-sink"), *user, f"127.0.0.1:{port}", "1000"])
    os.sched_setaffinity(0, ours)
    RENDER.CORES = len(ours)
    ratios = []
    try:
        time.sleep(0.5)
        for _ in range(SPEED.ROUNDS):
            rate, raw = measure(module, site, port)
            ratios.append(rate / raw)
            print(f"mpftp send {rate:8.0f}/s   raw signing {raw:8.0f}/s   ratio {ratios[-1]:.2f}")
        if ours == relays:
            print(f"ceiling, for smtp-source and bare signatures: {ceiling(port, size):.2f}")
    finally:
        sink.terminate()
        sink.wait()
    print(f"ratio, median of {SPEED.ROUNDS}: {statistics.median(ratios):.2f}  (wanted: 0.9 of the ceiling)")


def main():
    module = SPEED.fixtures()
    cores = os.sched_getaffinity(0)
    with tempfile.TemporaryDirectory(prefix="mpftp-bench-") as folder:
        site = module.Site(Path(folder) / "site")
        site.folder.mkdir()
        size = check_one(module, site)
        print(f"{SPEED.CONTACTS} contacts, {size} bytes a message, RSA-2048")
        print(f"mpftp, yardstick and relay on the same {len(cores)} cores")
        compare(module, site, size, cores, cores)
        if len(cores) > 1:
            print("the relay on a core of its own")
            compare(module, site, size, cores - {max(cores)}, {max(cores)})


if __name__ == "__main__":
    sys.exit(main())
