"""Logins, TLS, several relays, limits and rates, against relays on loopback."""

from __future__ import annotations

import datetime
import hmac
import ipaddress
import socket
import ssl
import time
from base64 import b64decode, b64encode

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

pytestmark = pytest.mark.real


@pytest.fixture
def certificate(tmp_path):
    """A function that makes a self-signed certificate for a name or address: (file, server context)."""

    def make(name):
        key = ec.generate_private_key(ec.SECP256R1())
        try:
            alternative = x509.IPAddress(ipaddress.ip_address(name))
        except ValueError:
            alternative = x509.DNSName(name)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.UTC)
        day = datetime.timedelta(days=1)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - day)
            .not_valid_after(now + day)
            .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        pem = made.public_bytes(serialization.Encoding.PEM)
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path = tmp_path / f"{name}.pem"
        path.write_bytes(secret + pem)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(path)
        return path, context

    return make


class Inbox:
    """What aiosmtpd took."""

    def __init__(self):
        self.recipients = []

    async def handle_DATA(self, server, session, envelope):
        self.recipients += envelope.rcpt_tos
        return "250 2.0.0 Ok"


@pytest.fixture
def aiosmtpd():
    """A function that starts aiosmtpd with options of its SMTP class: (port, inbox)."""
    running = []

    def start(**options):
        inbox = Inbox()

        class Here(Controller):
            def factory(self):
                return SMTP(inbox, enable_SMTPUTF8=True, **options)

        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        controller = Here(inbox, hostname="127.0.0.1", port=port)
        controller.start()
        running.append(controller)
        return port, inbox

    yield start
    for controller in running:
        controller.stop()


@pytest.mark.parametrize("mechanism", ["plain", "login"])
def test_starttls_and_login(site, aiosmtpd, certificate, mechanism):
    file, context = certificate("127.0.0.1")
    logins = []

    def check(server, session, envelope, how, data):
        logins.append((how, data.login, data.password))
        return AuthResult(success=data.password == b"segredo")

    port, inbox = aiosmtpd(
        tls_context=context, require_starttls=True, auth_required=True, authenticator=check
    )
    smtp = (
        f'tls = "starttls"\ntls_ca_file = "{file}"\nuser = "acme"\npassword = "segredo"\nauth = "{mechanism}"'
    )
    site.configure(port, smtp=smtp, connections=1)
    site.config.chmod(0o600)
    site.fill(5)
    assert site.run("send") == (0, "", "")
    assert len(inbox.recipients) == 5
    assert logins == [(mechanism.upper(), b"acme", b"segredo")]


def test_a_wrong_password_is_told_and_never_shown(site, aiosmtpd, certificate):
    file, context = certificate("127.0.0.1")
    port, _ = aiosmtpd(
        tls_context=context, require_starttls=True, auth_required=True,
        authenticator=lambda *_: AuthResult(success=False, handled=False),
    )  # fmt: skip
    smtp = f'tls = "starttls"\ntls_ca_file = "{file}"\nuser = "acme"\npassword = "segredo"'
    site.configure(port, smtp=smtp)
    site.config.chmod(0o600)
    site.fill(5)
    code, _, err = site.run("send", "-v")
    assert code == 1
    assert "login with" in err
    assert "535" in err
    assert "segredo" not in err
    assert b64encode(b"segredo").decode() not in err
    assert site.states() == {"pending": 5}


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_certificate_of_another_name_is_not_trusted(site, sink, aiosmtpd, certificate, tls):
    file, context = certificate("other.example")
    port = sink(ssl=context).port if tls == "implicit" else aiosmtpd(tls_context=context)[0]
    site.configure(port, smtp=f'tls = "{tls}"\ntls_ca_file = "{file}"')
    site.fill(5)
    code, _, err = site.run("send")
    assert code == 1
    assert "its certificate is not to be trusted" in err
    assert site.states() == {"pending": 5}


def test_an_unknown_certificate_is_not_trusted(site, sink, certificate):
    _, context = certificate("127.0.0.1")
    site.configure(sink(ssl=context).port, smtp='tls = "implicit"')
    site.fill(5)
    code, _, err = site.run("send")
    assert code == 1
    assert "its certificate is not to be trusted" in err


def test_implicit_tls(site, sink, certificate):
    file, context = certificate("127.0.0.1")
    relay = sink(ssl=context)
    site.configure(relay.port, smtp=f'tls = "implicit"\ntls_ca_file = "{file}"')
    site.fill(60)
    assert site.run("send") == (0, "", "")
    assert len(set(relay.accepted)) == 60


def test_starttls_that_is_not_offered_stops_everything(site, sink):
    relay = sink()
    site.configure(relay.port, smtp='tls = "starttls"')
    site.fill(5)
    code, _, err = site.run("send")
    assert code == 1
    assert "does not offer STARTTLS" in err
    assert relay.accepted == []


def test_cram_md5_shows_no_password(site, sink):
    challenge = b"<1896.697170952@relay>"
    relay = sink({"AUTH": lambda *_: "334 " + b64encode(challenge).decode()},
                 extensions=("PIPELINING", "AUTH CRAM-MD5"))  # fmt: skip
    digest = hmac.new(b"segredo", challenge, "md5").hexdigest()
    answer = b64encode(f"acme {digest}".encode()).decode()
    relay.script[answer.upper()] = lambda *_: "235 2.7.0 Welcome"
    site.configure(relay.port, smtp='user = "acme"\npassword = "segredo"', connections=1)
    site.config.chmod(0o600)
    site.fill(3)
    assert site.run("send") == (0, "", "")
    assert len(relay.accepted) == 3


def test_xoauth2(site, sink):
    relay = sink({"AUTH": lambda *_: "235 2.7.0 Welcome"}, extensions=("PIPELINING", "AUTH XOAUTH2"))
    site.configure(
        relay.port, smtp='user = "acme@x.example"\npassword = "token-1"\nauth = "xoauth2"', connections=1
    )
    site.config.chmod(0o600)
    site.fill(3)
    assert site.run("send") == (0, "", "")
    said = next(line for line in relay.dialogue if line.startswith("AUTH"))
    assert b64decode(said.split()[2]) == b"user=acme@x.example\x01auth=Bearer token-1\x01\x01"


def relays(*ports, **options):
    """[[smtp.relays]] for *ports*; *options* maps a port's place (``r0``) to further lines."""
    return "".join(
        f'[[smtp.relays]]\nhost = "127.0.0.1"\nport = {port}\n{options.get(f"r{place}", "")}\n'
        for place, port in enumerate(ports)
    )


def test_the_weights_of_relays(site, sink):
    heavy, light = sink(delay=0.002), sink(delay=0.002)
    site.configure(1, smtp=relays(heavy.port, light.port, r0="weight = 3"), connections=4)
    site.fill(400)
    assert site.run("send") == (0, "", "")
    assert len(heavy.accepted) + len(light.accepted) == 400
    assert (heavy.most, light.most) == (3, 1)  # how much each then takes is for its speed to say


def test_a_dead_relay_is_passed_over(site, sink):
    alive = sink()
    site.configure(1, smtp=relays(1, alive.port))
    site.fill(50)
    code, out, err = site.run("send")
    assert (code, out) == (0, "")
    assert "127.0.0.1:1" in err
    assert len(alive.accepted) == 50


def test_a_backup_stands_by(site, sink):
    first, second = sink(), sink()
    site.configure(1, smtp=relays(first.port, second.port, r1="backup = true"))
    site.fill(30, "One")
    assert site.run("send") == (0, "", "")
    assert (len(first.accepted), second.counts["BANNER"]) == (30, 0)
    first.script["BANNER"] = lambda *_: "554 5.3.2 Closed"
    site.fill(30, "Two")
    assert site.run("send")[0] == 0
    assert len(second.accepted) == 30


def test_a_connection_is_made_anew_after_so_many_messages(site, sink):
    relay = sink()
    site.configure(relay.port, smtp="messages_per_connection = 10", connections=1)
    site.fill(35)
    assert site.run("send") == (0, "", "")
    assert len(relay.accepted) == 35
    assert relay.counts["BANNER"] == relay.counts["QUIT"] == 4


def test_a_rate_for_one_domain_holds_up_no_other(site, sink):
    times = {}

    def note(_, recipient, __):
        times.setdefault(recipient.rpartition("@")[2], []).append(time.monotonic())

    relay = sink({"TEXT": note})
    site.configure(relay.port, top='[throttle]\n"d0.example" = "20/s"')
    site.fill(120)
    assert site.run("send") == (0, "", "")
    assert {domain: len(moments) for domain, moments in times.items()} == dict.fromkeys(times, 40)
    slow, fast = times["d0.example"], times["d1.example"]
    assert slow[-1] - slow[0] > 1.8
    assert fast[-1] < slow[10]


def test_a_rate_for_all(site, sink):
    moments = []
    relay = sink({"TEXT": lambda *_: moments.append(time.monotonic())})
    site.configure(relay.port, top='[throttle]\n"*" = "50/s"')
    site.fill(60)
    assert site.run("send") == (0, "", "")
    assert len(moments) == 60
    assert moments[-1] - moments[0] > 0.9


def test_so_many_messages_and_no_more(site, sink):
    relay = sink()
    site.configure(relay.port)
    site.fill(50)
    assert site.run("send", "--max-messages", "20") == (0, "", "")
    assert len(relay.accepted) == 20
    assert site.states() == {"sent": 20, "pending": 30}


@pytest.mark.parametrize(("tls", "said"), [
    ("implicit", 'does not speak TLS on this port; perhaps it wants tls = "starttls"'),
    ("starttls", "does not offer STARTTLS"),
])  # fmt: skip
def test_tls_on_a_port_without_it_says_so(site, sink, tls, said):
    relay = sink()
    site.configure(relay.port, smtp=f'tls = "{tls}"')
    site.fill(3)
    code, _, err = site.run("send")
    assert code == 1
    assert f"127.0.0.1:{relay.port}: {said}" in err
    assert site.states() == {"pending": 3}
