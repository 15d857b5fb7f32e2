"""A machine of its own inside this one: processes, network, name and files apart; nothing of it stays."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "man/mpftp-operations.7"
NEEDED = ("unshare", "nsenter", "runuser")
SHARED_WITH_NOBODY = ["--mount", "--pid", "--net", "--uts", "--fork", "--kill-child"]
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
    "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive", "TERM": "dumb",
}  # fmt: skip
START = """set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 none {folder}
mkdir {folder}/files {folder}/work {folder}/root
mount -t overlay -o lowerdir=/,upperdir={folder}/files,workdir={folder}/work overlay {folder}/root
cd {folder}/root
mount -t proc proc proc
mount --rbind /dev dev
mount -t tmpfs none run
mkdir run/lock
hostname {name}
exec chroot . {python} -c "$1"
"""
FIRST_PROCESS = """
import fcntl, os, socket, struct, time
SET_INTERFACE_FLAGS, UP = 0x8914, 1
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, SET_INTERFACE_FLAGS, struct.pack("16sh", b"lo", UP))
print("up", flush=True)
while True:
    try:
        os.wait()
    except ChildProcessError:
        time.sleep(0.05)
"""


def missing(reason):
    """What a test needs is not here: a skip, but not where everything has to be tested."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


class Machine:
    """This system's programs, over whose files others are written in memory; its network is a loopback."""

    def __init__(self, folder: Path, name: str):
        script = START.format(folder=folder, name=name, python=sys.executable)
        self._started: list[subprocess.Popen] = []
        self._outside = subprocess.Popen(
            ["unshare", *SHARED_WITH_NOBODY, "sh", "-c", script, "sh", FIRST_PROCESS], env=ENVIRONMENT,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        said = self._outside.stdout.readline()
        if said != "up\n":
            self.end()
            pytest.fail(f"the machine does not start: {said}")
        outside = self._outside.pid
        self._first = Path(f"/proc/{outside}/task/{outside}/children").read_text().split()[0]
        self._enter = ["nsenter", "-t", self._first, "-m", "-p", "-n", "-u", "-r", "-w"]

    def end(self):
        """End everything that runs there; the files go with it."""
        self._outside.kill()
        self._outside.communicate()
        for process in self._started:
            process.wait()

    def path(self, place):
        """The file at an absolute *place* there, as it is seen from here."""
        return Path(f"/proc/{self._first}/root{place}")

    def read(self, place):
        return self.path(place).read_text("utf-8")

    def write(self, place, text, mode=None):
        """Write a file there, over one that keeps its owner and mode."""
        self.path(place).write_text(text, "utf-8")
        if mode is not None:
            self.path(place).chmod(mode)

    def let_all_reach(self, *places):
        """Open the folders above *places* to every user there."""
        for place in places:
            for folder in (Path(place), *Path(place).parents):
                path = self.path(folder)
                path.chmod(path.stat().st_mode | 0o011)

    def sh(self, text, *, may_fail=False, **environment):
        """Run *text* there as root, until a line fails; what was said."""
        done = subprocess.run(
            [*self._enter, "/bin/sh", "-c" if may_fail else "-ec", text], text=True, check=False, timeout=120,
            env=ENVIRONMENT | environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert may_fail or done.returncode == 0, f"{text}\n{done.stdout}"
        return done.stdout

    def start(self, text):
        """Run *text* there as root, and do not wait."""
        self._started.append(subprocess.Popen(
            [*self._enter, "/bin/sh", "-c", text], env=ENVIRONMENT, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ))  # fmt: skip

    def answer(self, text, answers):
        """Run *text* there on a terminal, and answer each question by its first words; what was shown."""
        ours, theirs = pty.openpty()
        command = ["setsid", "--ctty", *self._enter, "/bin/sh", "-ec", text]
        with subprocess.Popen(command, env=ENVIRONMENT, stdin=theirs, stdout=theirs, stderr=theirs) as asking:
            os.close(theirs)
            shown, answered = "", 0
            with suppress(OSError):
                while block := os.read(ours, 4096):
                    shown += block.decode()
                    asked = [name for name in answers if name in shown[answered:]]
                    if asked and shown.endswith(": "):
                        answered = len(shown)
                        os.write(ours, f"{answers[asked[0]]}\n".encode())
            os.close(ours)
        assert asking.returncode == 0, shown
        return shown


def read_commands(section):
    """The blocks of commands of one section of mpftp-operations(7), as the reader's eye has them."""
    text = PAGE.read_text("utf-8").partition(f"\n.SH {section}\n")[2].partition("\n.SH ")[0]
    blocks = re.findall(r"^\.nf\n(.*?)^\.fi$", text, re.DOTALL | re.MULTILINE)
    return [block.replace(r"\-", "-").replace(r"\e", "\\") for block in blocks]


def wait_until(condition, *, seconds, what):
    """Return the first true value of *condition*; fail when there is none for *seconds*."""
    give_up = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < give_up, f"in vain for {seconds} s: {what()}"
        time.sleep(0.25)
    return value
