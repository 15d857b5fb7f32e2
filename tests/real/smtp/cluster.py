"""A cluster of three real Postfix instances, made from the samples, and what goes through it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections import Counter
from pathlib import Path

SAMPLES = Path(__file__).parents[3] / "examples" / "cluster"
USER = "nobody"
CONNECTIONS = 6
UNKNOWN_EACH = 10  # of so many addresses one is unknown

MAILBOXES = """\
maillog_file = {root}/log
maillog_file_prefixes = {root}
smtputf8_enable = no
smtpd_reject_unlisted_recipient = no
transport_maps = inline:{{ {{ envio.test = virtual: }}, {{ provider.test = virtual: }} }}
virtual_mailbox_domains = envio.test provider.test
virtual_mailbox_base = {base}
virtual_mailbox_maps = regexp:{root}/etc/boxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
"""
BOXES = """\
/^bounces\\+.*@envio\\.test$/ bounces/
/^u[0-9]+-[a-z]+@provider\\.test$/ {name}/
"""


def wait_until(condition, what, seconds=120):
    """Wait for what has to come; how long it takes says nothing."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, what
        time.sleep(0.02)


class Instance:
    """A Postfix with a queue of its own, which delivers into *base*; bounces go to one Maildir for all."""

    def __init__(self, base: Path, name: str, host: str, port: int):
        self.base, self.name, self.host, self.port = base, name, host, port
        self.root = base / f"instance-{name}"
        self.etc = self.root / "etc"
        for folder in (self.etc, self.root / "queue", self.root / "data"):
            folder.mkdir(parents=True)
        shutil.chown(self.root / "data", "postfix")
        self.runs = False
        self._write()

    def _write(self):
        main = (SAMPLES / "main.cf").read_text("utf-8")
        for old, new in (
            ("/var/spool/postfix-relay1", f"{self.root}/queue"),
            ("/var/lib/postfix-relay1", f"{self.root}/data"),
            ("relay1", self.name),
        ):  # fmt: skip
            assert old in main
            main = main.replace(old, new)
        nobody = (self.base / "bounces").stat()
        boxes = MAILBOXES.format(root=self.root, base=self.base, uid=nobody.st_uid, gid=nobody.st_gid)
        (self.etc / "main.cf").write_text(main + boxes)
        (self.etc / "boxes").write_text(BOXES.format(name=self.name))
        self.listen(True)

    def listen(self, listens: bool):
        """Whether it takes messages, or only gets rid of those it has."""
        master = (SAMPLES / "master.cf").read_text("utf-8")
        assert "\n127.0.0.11:25 inet" in master
        master = master.replace(
            "\n127.0.0.11:25 inet", f"\n{'' if listens else '#'}{self.host}:{self.port} inet"
        )
        mailbox = "virtual unix - n n - - virtual\n"
        (self.etc / "master.cf").write_text(master + mailbox)

    def _postfix(self, word):
        done = subprocess.run(["postfix", "-c", str(self.etc), word], timeout=60, check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip
        assert done.returncode == 0, done.stdout + self.log()

    def start(self):
        self._postfix("start")
        self.runs = True

    def stop(self):
        """End it at once, whatever it was doing."""
        if self.runs:
            self._postfix("abort")
            self.runs = False

    def queued(self):
        """The messages that it has accepted and not yet got rid of."""
        folders = ("maildrop", "incoming", "active", "deferred", "hold")
        return sum(path.is_file() for name in folders for path in (self.root / "queue" / name).rglob("*"))

    def connections(self):
        """How often a sender has connected."""
        return len(re.findall(r"smtpd\[\d+\]: connect from", self.log()))

    def log(self):
        """What it wrote down."""
        log = self.root / "log"
        return log.read_text("utf-8", "replace") if log.exists() else ""


class Cluster:
    """Three instances on three addresses of loopback, and a fourth that may replace one."""

    def __init__(self, base: Path):
        self.base = base
        (base / "bounces").mkdir()
        shutil.chown(base / "bounces", USER, "nogroup")
        self.port = self._free_port()
        self.instances = {}
        for number in (1, 2, 3):
            self.add(f"relay{number}", f"127.0.0.1{number}").start()
        (base / "bounces").chmod(0o711)

    @staticmethod
    def _free_port():
        with socket.socket() as free:
            free.bind(("127.0.0.11", 0))
            return free.getsockname()[1]

    def add(self, name, host):
        box = self.base / name
        box.mkdir()
        shutil.chown(box, USER, "nogroup")
        self.instances[name] = Instance(self.base, name, host, self.port)
        return self.instances[name]

    def stop(self):
        for instance in self.instances.values():
            instance.stop()

    def configuration(self, rate=""):
        """The sample's relays and bounces, for these instances; *rate* bounds them all together."""
        text = (SAMPLES / "relays.toml").read_text("utf-8")
        text = text.replace("port = 25", f"port = {self.port}").replace("@mail.example", "@envio.test")
        throttle = f'[throttle]\n"*" = "{rate}"\n' if rate else ""
        return f'{text}maildir = "{self.base}/bounces"\n{throttle}'

    def count(self, name):
        """The messages that the instance *name* has delivered so far."""
        folder = self.base / name / "new"
        return len(os.listdir(folder)) if folder.exists() else 0

    def drain(self):
        wait_until(lambda: not sum(one.queued() for one in self.instances.values() if one.runs), "queues")

    def delivered(self):
        """Whom each instance's messages went to: who is in its mailbox, and of whom it wrote a report."""
        found = {name: Counter() for name in self.instances}
        for name, to in found.items():
            for path in (self.base / name / "new").glob("*"):
                to[_field(path, "Delivered-To")] += 1
        for path in (self.base / "bounces").rglob("*"):
            if path.is_file() and "Reporting-MTA" in path.read_text("utf-8", "replace"):
                mta = _field(path, "Reporting-MTA").removeprefix("dns; ").removesuffix(".example")
                found[mta][_field(path, "Final-Recipient").removeprefix("rfc822; ")] += 1
        return found


def _field(path, name):
    text = path.read_text("utf-8", "replace")
    return re.search(rf"^{name}: *(.*?)\s*$", text, re.MULTILINE | re.IGNORECASE)[1]


def addresses(contacts, name):
    """So many addresses of one campaign; the relays find that some are unknown."""
    kinds = (("none" if number % UNKNOWN_EACH == 0 else "u") for number in range(contacts))
    return [f"{kind}{number}-{name}@provider.test" for number, kind in enumerate(kinds)]


def configure(site, text):
    site.config.write_text(
        f'state = "state.db"\n{text}\n[clients.acme]\nendpoint = "file://{site.folder}"\ntransport = "smtp"\n'
        "settle_seconds = 0\n"
    )


def send_while_relays_go(site, cluster, contacts):
    """Run ``send``; both usual relays die in the middle, one comes back, the other is replaced.

    The sender is held while they go and come, so that no speed of the machine decides what it meets.
    """
    before = {name: cluster.count(name) for name in cluster.instances}
    process = site.start("send", start_new_session=True)
    try:
        _go_and_come(cluster, process.pid, lambda name: (cluster.count(name) - before[name]) / contacts)
        process.communicate(timeout=600)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def _go_and_come(cluster, sender, taken):
    """*taken* tells which part of all messages a relay has delivered in this run."""
    first, second = cluster.instances["relay1"], cluster.instances["relay2"]
    wait_until(lambda: taken("relay1") > 0.1 and taken("relay2") > 0.05, "the usual relays take nothing")
    os.killpg(sender, signal.SIGSTOP)
    first.stop()
    second.stop()
    os.killpg(sender, signal.SIGCONT)
    wait_until(lambda: taken("relay3") > 0.05, "the backup takes nothing")
    os.killpg(sender, signal.SIGSTOP)
    first.start()
    cluster.add("relay4", second.host).start()
    second.listen(False)
    second.start()
    os.killpg(sender, signal.SIGCONT)
