"""The sample's crontab under Debian's cron, every line at every minute: no mail when all is well."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MINUTES = 3
SENDMAIL = """#!/bin/sh
cat > "{mails}/$$.$(date +%s%N)"
"""
FILES = {
    "CONF": "assunto;remetente_email;pasta\nOi;a@exemplo.com.br;P\n",
    "HTML": '<html><body><p>Oi</p><a href="{{descadastro}}">sair</a></body></html>',
    "MAIL": "email\nana@exemplo.com.br\nbia@exemplo.com.br\n",
}


def missing(reason):
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def cron():
    """Debian's cron, which nobody started: it gets a file system of its own, so it must be ours alone."""
    program = shutil.which("cron", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if program is None:
        missing("needs cron (Debian package cron)")
    if os.geteuid() or subprocess.run(["unshare", "--mount", "true"], check=False).returncode:
        pytest.skip("needs to be root, and to mount for itself")
    if not Path("/usr/sbin/sendmail").exists() or not Path("/etc/cron.d").is_dir():
        missing("needs /usr/sbin/sendmail and /etc/cron.d to mount over")
    return program


def sample_lines(folder):
    """The lines of the sample, each at every minute, as root, with our program."""
    places = {"/var/lib/node_exporter": folder / "metrics", "/var/backups/mpftp": folder / "backups"}
    lines = []
    for line in (ROOT / "examples" / "cron.d").read_text("utf-8").splitlines():
        if match := re.fullmatch(r"#?(?:[*\d/]+\s+){5}mpftp\s+(.*)", line):
            command = match[1]
            for theirs, ours in places.items():
                command = command.replace(theirs, str(ours))
            lines.append(f"* * * * * root {command}")
    assert len(lines) == 7
    return lines


@pytest.mark.timeout(60 * (MINUTES + 3))
def test_the_sample_mails_nothing_when_all_is_well(cron, tmp_path):
    for name in ("acme", "backups", "cron.d", "mails", "metrics"):
        (tmp_path / name).mkdir()
    for kind, text in FILES.items():
        (tmp_path / f"acme/Promo_{kind}_20260301").write_text(text)
    config = tmp_path / "mpftp.toml"
    config.write_text(
        f'state = "state.db"\n[clients.acme]\nendpoint = "file://{tmp_path}/acme"\nsettle_seconds = 0\n'
    )
    config.chmod(0o600)
    program = Path(sys.executable).parent
    subprocess.run([program / "mpftp", "init", "--state-only", "--config", config], check=True)
    head = [f"PATH={program}:/usr/bin:/bin", f"MPFTP_CONFIG={config}", "MAILTO=operator"]
    control = "* * * * * root echo this is mailed"
    (tmp_path / "cron.d/mpftp").write_text("\n".join([*head, *sample_lines(tmp_path), control, ""]))
    (tmp_path / "sendmail").write_text(SENDMAIL.format(mails=tmp_path / "mails"))
    (tmp_path / "sendmail").chmod(0o755)
    script = (
        f"mount -t tmpfs none /var/spool && mkdir -p /var/spool/cron/crontabs && mount -t tmpfs none /run"
        f" && mount --bind {tmp_path}/cron.d /etc/cron.d"
        f" && mount --bind {tmp_path}/sendmail /usr/sbin/sendmail && exec {cron} -f"
    )
    running = subprocess.Popen(["unshare", "--mount", "sh", "-c", script], start_new_session=True)
    try:
        mails = wait_for_minutes(tmp_path / "mails", running)
    finally:
        running.terminate()
        running.wait()
    assert [mail for mail in mails if "this is mailed" not in mail] == []
    assert (tmp_path / "metrics/mpftp.prom").read_text("utf-8").count("\nmpftp_up 1\n") == 1
    assert len(list((tmp_path / "maildir/new").iterdir())) == 2


def wait_for_minutes(folder, running):
    """Wait until cron has mailed the control of each minute, and what runs had time to end."""
    while True:
        assert running.poll() is None, "cron ended"
        mails = [path.read_text("utf-8", "replace") for path in folder.iterdir()]
        if sum("this is mailed" in mail for mail in mails) >= MINUTES:
            time.sleep(15)
            return [path.read_text("utf-8", "replace") for path in folder.iterdir()]
        time.sleep(1)
