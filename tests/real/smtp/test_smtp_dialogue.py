"""What ``-vv`` shows of a session with a relay: each command and reply, and never the password."""

import hmac
import json
from base64 import b64encode

import pytest

from tests.secrets import SECRET, assert_no_secret

CHALLENGE = "334 " + b64encode(b"<1896.697170952@relay>").decode()


def challenge(*_):
    return CHALLENGE


def welcome(*_):
    return "235 2.7.0 Welcome"


@pytest.mark.parametrize(
    ("mechanism", "sent"),
    [
        ("PLAIN", ["AUTH PLAIN ***"]),
        ("LOGIN", ["AUTH LOGIN", "***", "***"]),
        ("CRAM-MD5", ["AUTH CRAM-MD5", "***"]),
        ("XOAUTH2", ["AUTH XOAUTH2 ***"]),
    ],
)
@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_session(site, sink, mechanism, sent, log_format):
    relay = sink(extensions=("PIPELINING", f"AUTH {mechanism}"))
    relay.script["AUTH"] = challenge if len(sent) > 1 else welcome
    for answer in answers(mechanism):
        relay.script[answer.upper()] = challenge
    if len(sent) > 1:
        relay.script[answer.upper()] = welcome
    smtp = f'user = "joana"\npassword = "{SECRET}"\nauth = "{mechanism.lower()}"'
    site.configure(relay.port, smtp=smtp, connections=1)
    site.config.chmod(0o600)
    site.fill(2, emails=["ana.lima@a.example", "bia@b.example"])
    log = site.folder / "log"
    code, out, err = site.run("send", "-vv", "--log-file", log, "--log-format", log_format)
    assert (code, out, err, len(relay.accepted)) == (0, "", "", 2)
    written = log.read_text("utf-8")
    assert_no_secret(written)
    for hidden in ("ana.lima", "Olá", "<html", "hmac", "DKIM"):
        assert hidden not in written
    shown = list(lines_of(written, log_format))
    assert [line for way, line in shown if (way == ">" and "AUTH" in line) or line == "***"] == sent
    assert (">", "RCPT TO:<a***@a.example>") in shown
    assert sum(line.endswith(" bytes of text)") for way, line in shown if way == ">") == 2
    assert ("<", "235 2.7.0 Welcome") in shown
    assert shown[-2] == (">", "QUIT")
    assert shown[-1][1].startswith("221 ")


def answers(mechanism):
    """What we say to the challenges of *mechanism*."""
    digest = hmac.new(SECRET.encode(), b"<1896.697170952@relay>", "md5").hexdigest()
    said = {"LOGIN": ["joana", SECRET], "CRAM-MD5": [f"joana {digest}"]}
    return [b64encode(words.encode()).decode() for words in said.get(mechanism, [])]


def lines_of(written, log_format):
    """The dialogue in a log: the way it went, and the line."""
    for line in written.splitlines():
        message = json.loads(line)["message"] if log_format == "json" else line.partition("mpftp.smtp: ")[2]
        words = message.split(" ", 3)
        if len(words) == 4 and words[2] in "<>":
            yield words[2], words[3]


def test_nothing_is_shown_unasked(site, sink):
    relay = sink()
    site.configure(relay.port)
    site.fill(1)
    code, _, err = site.run("send", "-v")
    assert code == 0
    assert "RCPT" not in err
