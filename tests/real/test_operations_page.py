"""mpftp-operations(7), word for word: from one host to another; page and samples please their readers.

A folder stands for a host: absolute paths of the page lie below it, and what only root may do (users,
owners, services) is left out.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from tests.machine import PAGE, read_commands

pytestmark = pytest.mark.real

ROOT = Path(__file__).parents[2]
PLACES = ("/etc", "/var/lib", "/var/backups", "/opt")
LEFT_OUT = ("useradd", "chown", "systemctl", "pgrep")
ADDRESSES = [f"u{number}@exemplo.com.br" for number in range(12)]
TRIPLET = {
    "CONF": "assunto;remetente_email;pasta\nOi;a@exemplo.com.br;P\n",
    "HTML": '<html><body><p>Oi</p><a href="{{descadastro}}">sair</a></body></html>',
    "MAIL": "\n".join(["email", *ADDRESSES]) + "\n",
}
CONFIG = """state = "../../var/lib/mpftp/state.db"
[maildir]
path = "{mail}"
[clients.acme]
endpoint = "file://{server}"
transport = "maildir"
settle_seconds = 0
"""


class Host:
    """A folder that stands for a machine."""

    def __init__(self, root):
        self.root = root
        self.etc, self.state = root / "etc/mpftp", root / "var/lib/mpftp"
        for place in ("etc/cron.d", "etc/systemd/system", "etc/nginx/conf.d", "var/lib", "var/backups",
                      "opt/mpftp/bin", "stubs"):  # fmt: skip
            (root / place).mkdir(parents=True)
        self.stub("install", f'exec {sys.executable} -c "{INSTALL}" "$@"')
        self.stub("runuser", 'shift 3; exec "$@"')
        for name in LEFT_OUT:
            self.stub(name, f"[ {name} != pgrep ]")

    def stub(self, name, text):
        path = self.root / "stubs" / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def install_program(self):
        """What `python3 -m venv` and `pip install` of the page do: the command, and the files beside it."""
        (self.root / "opt/mpftp/bin/mpftp").symlink_to(Path(sys.executable).with_name("mpftp"))
        data = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["data-files"]
        for folder, patterns in data.items():
            target = self.root / "opt/mpftp" / folder
            target.mkdir(parents=True, exist_ok=True)
            for pattern in patterns:
                for path in ROOT.glob(pattern):
                    if path.is_file():
                        shutil.copy(path, target)

    def map(self, text):
        """*text* with its absolute paths below this host's folder."""
        return re.sub(rf"(?<![\w./-])({'|'.join(PLACES)})/", lambda match: f"{self.root}{match[0]}", text)

    def sh(self, text, *, may_fail=False):
        """Run commands of the page, one after the other; what they said."""
        path = f"{self.root}/stubs:/usr/sbin:/usr/bin:/bin"
        done = subprocess.run(
            ["/bin/sh", "-c" if may_fail else "-ec", self.map(text)], capture_output=True, text=True,
            env={"PATH": path, "HOME": str(self.root)}, stdin=subprocess.DEVNULL, check=False, timeout=50,
        )  # fmt: skip
        assert may_fail or done.returncode == 0, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def configure(self, server, mail):
        (self.etc / "mpftp.toml").write_text(CONFIG.format(server=server, mail=mail))

    def cron(self):
        """What every line of cron's table says when it is run: ``(command, code, output)``."""
        table = (self.root / "etc/cron.d/mpftp").read_text().splitlines()
        lines = [match[1] for line in table if (match := re.match(r"(?:[\d*/]+\s+){5}mpftp\s+(.*)", line))]
        names = dict(line.split("=", 1) for line in table if re.match(r"[A-Z_]+=", line))
        env = {"PATH": self.map(names["PATH"]), "MPFTP_CONFIG": self.map(names["MPFTP_CONFIG"])}
        for line in lines:
            done = subprocess.run(["/bin/sh", "-c", self.map(line.replace(r"\%", "%"))], env=env, text=True,
                                  capture_output=True, timeout=50, check=False,
                                  stdin=subprocess.DEVNULL)  # fmt: skip
            yield line, done.returncode, done.stdout + done.stderr


INSTALL = (
    "import os, sys; a = sys.argv[1:]; "
    "a = [w for n, w in enumerate(a) if w not in ('-o', '-g') and a[n - 1] not in ('-o', '-g')]; "
    "os.execv('/usr/bin/install', ['install', *a])"
)


@pytest.fixture
def server(tmp_path):
    """A client's folder with a triplet in it."""
    folder = tmp_path / "server"
    folder.mkdir()
    put(folder, "Promo")
    return folder


def put(folder, name):
    for kind, text in TRIPLET.items():
        (folder / f"{name}_{kind}_20260301").write_text(text, "utf-8")
        os.utime(folder / f"{name}_{kind}_20260301", (1_770_000_000,) * 2)


def mailed(folder):
    heads = [path.read_text().partition("\n\n")[0] for path in (folder / "new").iterdir()]
    return Counter(re.search(r"^To: .*?(u\d+@[\w.]+)", head, re.MULTILINE)[1] for head in heads)


def set_up(host, server, mail):
    """FROM NOTHING TO CRON, but relay and tracker; what makes the state, and what starts the clock."""
    _, user, config, state, *_, clock, _ = read_commands("FROM NOTHING TO CRON")
    program = re.search(r"^.*venv.*\n.*pip install.*\n", user, re.MULTILINE)[0]
    host.sh(user.replace(program, ""))
    host.install_program()
    host.sh(config)
    assert (host.etc / "mpftp.toml").stat().st_mode & 0o777 == 0o600
    host.configure(server, mail)
    return state, clock


@pytest.mark.timeout(300)
def test_a_state_moves_to_another_host(tmp_path, server):
    old, new, mail = Host(tmp_path / "old"), Host(tmp_path / "new"), tmp_path / "mail"
    state, clock = set_up(old, server, mail)
    set_up(new, server, mail)
    old.sh(state + clock)
    run = "mpftp {} --config /etc/mpftp/mpftp.toml"
    program = "/opt/mpftp/bin/"
    old.sh(program + run.format("collect") + "\n" + program + run.format("send --max-messages 5"))
    assert mailed(mail).total() == 5
    old.stub("rsync", f'exec cp -a "$2." "$(echo "$3" | sed s,^new-host:{old.root},{new.root},)"')
    leave, arrive = read_commands("MOVING TO ANOTHER HOST")
    old.sh(leave.replace("new-host:/", f"new-host:{old.root}/"))
    assert not (old.root / "etc/cron.d/mpftp").exists()
    done = old.sh(program + run.format("send"), may_fail=True)
    assert "the state file is missing" in done
    for line in arrive.splitlines():
        new.sh(line, may_fail="doctor" in line)
    put(server, "Natal")
    for line, code, said in new.cron():
        assert (line, code, said) == (line, 0, "")
    assert mailed(mail) == dict.fromkeys(ADDRESSES, 2)
    assert "restored" not in new.sh(program + run.format("campaign list"))


@pytest.mark.parametrize(
    "command",
    [["mandoc", "-T", "lint", PAGE], ["sh", "-n", ROOT / "examples/postfix.sh"]],
    ids=lambda command: command[0],
)  # fmt: skip
def test_page_and_samples_please_who_reads_them(command):
    program = shutil.which(command[0], path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if program is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(
        [program, *map(str, command[1:])], capture_output=True, text=True, timeout=60, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "error:" not in said


def test_the_two_samples_for_cron_differ_by_the_user_alone():
    table, own = ((ROOT / "examples" / name).read_text().splitlines() for name in ("cron.d", "crontab"))
    assert [
        line.replace("  mpftp  ", "  ", 1).replace(" mpftp  mpftp", " mpftp") for line in table[1:]
    ] == own[1:]


def test_nginx_takes_the_sample(tmp_path, certificate):
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    sample = (ROOT / "examples/nginx.conf").read_text("utf-8")
    sample = re.sub(r"(ssl_certificate(?:_key)?) .*;", rf"\1 {certificate};", sample)
    assert sample.count(str(certificate)) == 2
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid;\nerror_log {tmp_path}/log;\nevents {{}}\nhttp {{\n{sample}\n}}\n"
    )
    done = subprocess.run([program, "-t", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")], text=True,
                          capture_output=True, timeout=60, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
