"""mpftp-operations(7), walked word for word on a machine of its own: Debian's cron, postfix and nginx.

Two things are not a fresh Debian's. There is no init: systemctl checks the units, and starts what their
ExecStart says. There is no internet: the packages are installed already, and so is what pip would fetch.
"""

from __future__ import annotations

import email
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from email import policy
from pathlib import Path

import pytest

from tests.machine import NEEDED, Machine, missing, read_commands, wait_until

pytestmark = pytest.mark.real

ROOT = Path(__file__).parents[2]
CONFIG, TABLE = "/etc/mpftp/mpftp.toml", "/etc/cron.d/mpftp"
MINUTES = 3
PROGRAMS = ("cron", "nginx", "postfix", "postconf", "openssl", "systemd-analyze")
SYSTEMCTL = """#!/bin/sh
set -e
units=/etc/systemd/system
case $1 in
daemon-reload)
    said=$(systemd-analyze verify $units/mpftp-* 2>&1) && [ -z "$said" ] || { echo "$said"; exit 1; }
    ;;
reload) "$2" -s reload ;;
enable)
    run=$(sed -n 's/^ExecStart=//p' "$units/$3")
    names=$(sed -n 's/^Environment=//p' "$units/$3")
    setsid runuser -u "$(sed -n 's/^User=//p' "$units/$3")" -- env $names $run > /var/log/unit 2>&1 &
    ;;
esac
"""
POSTFIX = """
echo 'postfix postfix/main_mailer_type select Internet Site' | debconf-set-selections
echo 'postfix postfix/mailname string mail.example.com' | debconf-set-selections
rm -f /etc/postfix/main.cf /usr/sbin/policy-rc.d
dpkg-reconfigure postfix
postconf -e 'myhostname = mail.example.com' 'mydestination = $myhostname, localhost, exemplo.com.br' \
    'home_mailbox = Maildir/' 'maillog_file = /var/log/mail.log'
echo "sumiu: \\"|/bin/sh -c 'exit 67'\\"" >> /etc/aliases
echo 'root: operador' >> /etc/aliases
newaliases
for name in ana bia operador; do useradd --create-home $name; done
"""
DAEMONS = """
echo '127.0.0.1 mail.example.com clique.example.com' >> /etc/hosts
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
    -subj /CN=clique.example.com -addext subjectAltName=DNS:clique.example.com \
    -keyout /etc/ssl/private/clique.example.com.key \
    -out /etc/ssl/certs/clique.example.com.pem 2> /dev/null
cat /etc/ssl/certs/clique.example.com.pem >> /etc/ssl/certs/ca-certificates.crt
postfix start
nginx
cron
mkdir -p /srv/acme /var/lib/node_exporter
"""
ANSWERS = {
    "Name of the first client": "acme", "Its server": "ftp://127.0.0.1:2121", "Login name": "acme",
    "Password": "segredo", "Directory": "", "Time zone": "", "Contacts in one fragment": "0",
    "Days between": "0", "Transport": "smtp", "SMTP relay": "",
    "Address of the tracker": "https://clique.example.com",
    "Address for delivery reports": "bounces@bounces.example.com",
}  # fmt: skip
FILES = {
    "CONF": "assunto;remetente_email;pasta\nOi;loja@example.com;P\n",
    "HTML": '<html><a href="https://loja.example/">ver</a><a href="{{descadastro}}">sair</a></html>',
    "MAIL": "email\nana@exemplo.com.br\nbia@exemplo.com.br\nsumiu@exemplo.com.br\n",
}
VISIT = """
import http.client, ssl, sys
connection = http.client.HTTPSConnection("clique.example.com", context=ssl.create_default_context())
connection.request("GET", sys.argv[1], headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140"})
answer = connection.getresponse()
print(answer.status, answer.getheader("Location"))
"""


@pytest.fixture
def machine(tmp_path):
    """A machine with what `apt install` of the page leaves running, two readers, and the client's server."""
    paths = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    if absent := [name for name in (*NEEDED, *PROGRAMS) if not shutil.which(name, path=paths)]:
        missing(f"needs {', '.join(absent)}")
    if os.geteuid() or subprocess.run(["unshare", "--mount", "--net", "true"], check=False).returncode:
        pytest.skip("needs to be root, and to make namespaces of its own")
    machine = Machine(tmp_path, "mail.example.com")
    try:
        machine.write("/usr/local/sbin/systemctl", SYSTEMCTL, mode=0o755)
        machine.let_all_reach(sys.base_prefix, sysconfig.get_path("purelib"))
        machine.sh("rm -rf /etc/mpftp /opt/mpftp /var/lib/mpftp")  # of whoever uses the machine outside
        machine.sh(POSTFIX)
        machine.sh(DAEMONS)
        machine.start(f"exec {sys.executable} -W ignore -m pyftpdlib -i 127.0.0.1 -p 2121 -u acme -P segredo"
                      " -w -d /srv/acme")  # fmt: skip
        yield machine
    finally:
        machine.end()


@pytest.mark.timeout(60 * (MINUTES + 7))
def test_from_nothing_to_cron(machine):
    packages, program, config, state, postfix, tracker, trial, cron, timers = read_commands(
        "FROM NOTHING TO CRON"
    )
    machine.sh(packages)
    install_program(machine, program)
    assert "segredo" not in machine.answer(config, ANSWERS)
    machine.sh(state + postfix + tracker)
    wait_until(lambda: visit(machine, "/robots.txt")[:3] == "200", seconds=30, what=lambda: story(machine))
    assert [line for line in machine.sh(trial).splitlines() if line[:3] != "ok "] == ["acme: nothing new"]
    machine.sh(timers.replace("enable", "is-enabled"))
    campaign_runs(machine, look_every_minute(machine, cron))
    mails = wait_until(lambda: minutes_of_cron(machine), seconds=120, what=lambda: story(machine))
    assert [mail for mail in mails if "this is mailed" not in mail] == []
    assert machine.read("/var/lib/node_exporter/mpftp.prom").count("\nmpftp_up 1\n") == 1
    assert list(machine.path("/var/backups/mpftp").glob("[1-7].tar"))


def install_program(machine, commands):
    """The page's commands; between two of them the new environment learns of what pip cannot fetch here."""
    make, pip, folders = re.fullmatch(r"(.*venv.*?\n)(.*pip install.*?\n)(.*)", commands, re.DOTALL).groups()
    machine.sh(make)
    ours = sysconfig.get_path("purelib")
    (site_packages,) = machine.path("/opt/mpftp/lib").glob("python3*/site-packages")
    (site_packages / "ours.pth").write_text(f"import sys; sys.path.insert(0, {ours!r})\n")
    machine.sh(f"cd {ROOT}\n{pip}", PIP_NO_INDEX="1", PIP_NO_BUILD_ISOLATION="0")
    machine.sh(folders)


def look_every_minute(machine, commands):
    """The page's commands; then each line of the sample at every minute, and one that is mailed each time.

    That of publish comes later, when readers have opened; returns the whole table.
    """
    text, changed = re.subn("(?m)^#settle_seconds = .*", "settle_seconds = 0", machine.read(CONFIG))
    assert changed == 1
    machine.write(CONFIG, text)
    machine.sh("chown mpftp /var/lib/node_exporter\n" + commands)
    line = r"(?m)^#?(?:[*\d/]+\s+){5}mpftp\s"
    table, lines = re.subn(
        line, "* * * * * mpftp ", machine.read(TABLE) + "0 0 * * * mpftp echo this is mailed\n"
    )
    assert lines == 8
    for kind, text in FILES.items():
        machine.write(f"/srv/acme/Promo_{kind}_20260301", text)
    machine.write(TABLE, re.sub(".*mpftp publish\n", "", table))
    return table


def campaign_runs(machine, table):
    """Cron collects and sends; readers and the pipe answer; cron publishes."""
    ana = wait_until(lambda: mails_of(machine, "/home/ana"), seconds=300, what=lambda: story(machine))
    wait_until(lambda: mails_of(machine, "/home/bia"), seconds=30, what=lambda: story(machine))
    html = email.message_from_string(ana[0], policy=policy.default).get_body(("html",)).get_content()
    pixel = re.search(r'<img[^>]* src="https://clique.example.com(/[^"]+)"', html)[1]
    link = re.search(r'<a href="https://clique.example.com(/[^"]+)">ver', html)[1]
    assert visit(machine, pixel).startswith("200")
    assert visit(machine, link) == "302 https://loja.example/"
    wait_until(lambda: "sumiu" in asked(machine, "suppress list"), seconds=30, what=lambda: story(machine))
    machine.write(TABLE, table)
    results = wait_until(lambda: six_files(machine), seconds=180, what=lambda: story(machine))
    people = {kind: re.findall(r"(?m)^(\w+)@", text) for kind, text in results.items()}
    assert people == {
        "ABERTURA": ["ana"], "ABERTURAUNICA": ["ana"], "CLIQUE": ["ana"], "CLIQUEUNICO": ["ana"],
        "RETORNADO": ["sumiu"], "CANCELADO": [],
    }  # fmt: skip


def six_files(machine):
    """The client's result files by kind, when there are six."""
    found = {path.name.split("_")[1]: path for path in machine.path("/srv/acme").glob("Promo_*_20260301")}
    results = {kind: path.read_text("utf-8-sig") for kind, path in found.items() if kind not in FILES}
    return results if len(results) == 6 else None


def minutes_of_cron(machine):
    """What cron mailed, once it has that of enough minutes and no run is at work any more."""
    mails = mails_of(machine, "/home/operador")
    enough = sum("this is mailed" in mail for mail in mails) >= MINUTES
    return (
        mails
        if enough
        and not machine.sh(
            "pgrep -u mpftp -f 'mpftp (collect|send|publish|bounces|status|backup)'", may_fail=True
        )
        else None
    )


def mails_of(machine, home):
    return [path.read_text("utf-8", "replace") for path in machine.path(f"{home}/Maildir/new").glob("*")]


def visit(machine, path):
    return machine.sh(f"/usr/bin/python3 -c '{VISIT}' '{path}'").strip()


def asked(machine, words):
    return machine.sh(f"runuser -u mpftp -- /opt/mpftp/bin/mpftp {words} --config /etc/mpftp/mpftp.toml")


def story(machine):
    """What an operator would read when nothing arrives."""
    return machine.sh(
        "ps axu | grep mpftp; tail -n 20 /var/log/mail.log /var/log/unit; ls -l /srv/acme; "
        "cat /home/operador/Maildir/new/*; "
        "runuser -u mpftp -- /opt/mpftp/bin/mpftp status --config /etc/mpftp/mpftp.toml",
        may_fail=True,
    )
