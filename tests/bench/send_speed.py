"""How near `mpftp send` comes to postfix's smtp-source, both into smtp-sink, over 20 kept connections.

    python tests/bench/send_speed.py [contacts] [rounds]

Every message is distinct, about 12 KB, with 5 merge fields, 10 tracked links and a pixel; each delivery is
claimed and settled in the state file. The yardstick is measured before and after each of our runs, with
messages of the same size. Prints the ratio (wanted: at least 0.85) and the peak memory of all processes.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # its fixtures are those of the tests

CONTACTS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 3
CONNECTIONS = 20
SPARE = "promoções imperdíveis de verão com frete grátis para todo o Brasil " * 4 + "só hoje. " * 3


def fixtures():
    """The test suite's ``Site``."""
    path = Path(__file__).parents[1] / "real" / "smtp" / "conftest.py"
    spec = importlib.util.spec_from_file_location("smtp_fixtures", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def html():
    links = "".join(f"<p><a href='https://loja.example/{n}'>Oferta {n}</a> {SPARE}</p>\n" for n in range(10))
    fields = "{{nome|cliente}} {{uidcli}} {{cidade}} {{estado}} {{livre1}}"
    return f"<html><body><h1>{fields}</h1>{links}<p><a href='{{{{descadastro}}}}'>sair</a></p></body></html>"


def program(name):
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
    if not found:
        sys.exit(f"{name} is missing: apt-get install postfix")
    return found


class Memory(threading.Thread):
    """The peak of the proportional set sizes of a process and its children, in MB."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak = pid, 0.0

    def run(self):
        while os.path.exists(f"/proc/{self.pid}"):
            children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
            try:
                pids = [self.pid, *map(int, children.read_text().split())]
                texts = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids]
            except OSError:
                continue
            found = sum(int(re.search(r"^Pss:\s+(\d+)", text, re.M)[1]) for text in texts)
            self.peak = max(self.peak, found / 1024)
            time.sleep(0.1)


def smtp_source(port, size):
    started = time.monotonic()
    count = min(CONTACTS, 60_000)
    subprocess.run(
        [program("smtp-source"), "-s", str(CONNECTIONS), "-d", "-m", str(count), "-l", str(size),
         f"127.0.0.1:{port}"], check=True,
    )  # fmt: skip
    return count / (time.monotonic() - started)


def fill(module, site):
    """A campaign of CONTACTS contacts with seven columns."""
    module.COLUMNS = ("email", "uidcli", "nome", "cidade", "estado", "livre1")
    shutil.rmtree(site.folder)
    site.folder.mkdir()
    real = module.MailContact
    module.MailContact = lambda line, email, _: real(
        line, email, (email, str(line), f"José da Silva {line}", "São Paulo", "SP", f"valor {line}")
    )
    site.fill(CONTACTS, html=html())


def main():
    module = fixtures()
    site = module.Site(Path(tempfile.mkdtemp(prefix="mpftp-bench-")) / "site")
    site.folder.mkdir()
    port = 22_000 + os.getpid() % 10_000
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    sink = subprocess.Popen([program("smtp-sink"), *user, f"127.0.0.1:{port}", "1000"])
    time.sleep(0.5)
    ratios = []
    try:
        size = message_size(module, site)
        print(
            f"{os.cpu_count()} cores, {CONTACTS} contacts, {size} bytes a message, {CONNECTIONS} connections"
        )
        for _ in range(ROUNDS):
            fill(module, site)
            site.configure(port, connections=CONNECTIONS)
            before = smtp_source(port, size)
            started = time.monotonic()
            process = site.start("send")
            memory = Memory(process.pid)
            memory.start()
            out, err = process.communicate()
            rate = CONTACTS / (time.monotonic() - started)
            yardstick = (before + smtp_source(port, size)) / 2
            assert site.states() == {"sent": CONTACTS}, (site.states(), out, err)
            ratios.append(rate / yardstick)
            print(f"mpftp send {rate:8.0f}/s   smtp-source {yardstick:8.0f}/s   ratio {ratios[-1]:.2f}"
                  f"   peak memory {memory.peak:.0f} MB")  # fmt: skip
        print(f"ratio, median of {ROUNDS}: {statistics.median(ratios):.2f}  (wanted: 0.85)")
    finally:
        sink.terminate()
        sink.wait()
        shutil.rmtree(site.folder.parent)


def message_size(module, site):
    """The length of one message, as a relay gets it."""
    relay = module.Sink()
    global CONTACTS
    wanted, CONTACTS = CONTACTS, 1
    fill(module, site)
    CONTACTS = wanted
    site.configure(relay.port)
    site.run("send")
    relay.stop()
    return len(relay.messages[0])


if __name__ == "__main__":
    main()
