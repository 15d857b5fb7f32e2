"""Postfix itself: the report that it writes for an unknown user comes back through its pipe and counts.

The pipe's user need not be able to reach the interpreter that runs these tests, so the pipe hands the message
and its argument to the test, which gives them to the command.
"""

from __future__ import annotations

import os
import shutil
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mpftp.adapters.keys import load_signing_keys
from mpftp.domain.tokens import Signer, TokenKind

USER = "nobody"

MAIN = """\
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
maillog_file = {root}/log
maillog_file_prefixes = {root}
myhostname = mail.provider.test
mydestination = provider.test
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
local_recipient_maps =
alias_maps =
alias_database =
relay_domains = envio.test
transport_maps = inline:{{ envio.test=mpftp: }}
smtpd_relay_restrictions = permit_mynetworks, reject
smtputf8_enable = no
"""

MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
local unix - n n - - local
error unix - - n - - error
retry unix - - n - - error
postlog unix-dgram n - n - 1 postlogd
mpftp unix - n n - 10 pipe
  flags=q user={user} argv=/bin/sh {root}/keep ${{original_recipient}}
"""

KEEP = """cat > {root}/dropped/draft
printf %s "$1" > {root}/dropped/recipient
mv {root}/dropped/draft {root}/dropped/report
"""


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder that the pipe's user can reach, as pytest's own is not."""
    root = Path(tempfile.mkdtemp(prefix="mpftp-postfix-"))
    root.chmod(0o711)
    yield root
    shutil.rmtree(root)


@pytest.fixture
def postfix(tmp_path: Path) -> Iterator[int]:
    """The port of an instance of its own; root has to start it."""
    if os.geteuid() != 0:
        pytest.skip("postfix has to be started by root")
    if not shutil.which("postfix"):
        if os.environ.get("CI"):
            pytest.fail("postfix is missing; install the package postfix")
        pytest.skip("postfix is missing")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    etc = tmp_path / "etc"
    for folder in (etc, tmp_path / "queue", tmp_path / "data"):
        folder.mkdir()
    shutil.chown(tmp_path / "data", "postfix")
    (tmp_path / "dropped").mkdir()
    shutil.chown(tmp_path / "dropped", USER)
    (tmp_path / "keep").write_text(KEEP.format(root=tmp_path))
    (etc / "main.cf").write_text(MAIN.format(root=tmp_path))
    (etc / "master.cf").write_text(MASTER.format(port=port, user=USER, root=tmp_path))
    subprocess.run(["postfix", "-c", str(etc), "start"], check=True, timeout=60, capture_output=True)
    try:
        yield port
    finally:
        subprocess.run(["postfix", "-c", str(etc), "stop"], check=True, timeout=60, capture_output=True)


def test_the_report_that_postfix_writes_suppresses_the_address(story, db, postfix, tmp_path):
    ana = story(emails=("ana@provider.test",)).deliveries["ana@provider.test"]
    token = Signer(load_signing_keys(tmp_path / "tracking.keys")).sign(TokenKind.BOUNCE, ana)
    config = tmp_path / "mpftp.toml"
    config.write_text('state = "state.db"\n[bounces]\naddress = "bounces@envio.test"\n')
    config.chmod(0o600)
    with smtplib.SMTP("127.0.0.1", postfix, timeout=30) as smtp:
        smtp.sendmail(
            f"bounces+{token}@envio.test", ["ana@provider.test"], b"Subject: Oferta\r\n\r\nOl\xc3\xa1\r\n"
        )
    report = tmp_path / "dropped/report"
    until = time.monotonic() + 60
    while not report.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert report.exists(), (tmp_path / "log").read_text()
    recipient = (tmp_path / "dropped/recipient").read_text()
    with report.open("rb") as message:
        subprocess.run(
            [
                sys.executable,
                "-m",
                "mpftp",
                "bounces",
                "--config",
                str(config),
                "--recipient",
                recipient,
                "-",
            ],
            stdin=message,
            check=True,
            timeout=60,
        )
    assert [tuple(row) for row in db.rows("SELECT email, reason FROM suppression")] == [
        ("ana@provider.test", "bounce")
    ]
    [row] = db.rows("SELECT delivery_id, class, code, reason FROM event WHERE kind = 'bounce'")
    assert tuple(row) == (ana, "permanent", "5.1.1", "user-unknown")
