"""SASL for SMTP (RFC 4954): PLAIN, LOGIN, CRAM-MD5 and XOAUTH2."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable

from mpftp.adapters.smtp.relay import Relay

PLAINTEXT_MECHANISMS = frozenset({"PLAIN", "LOGIN", "XOAUTH2"})
"""Mechanisms that show the secret to anybody who listens on the way."""

PREFERRED_MECHANISMS = ("CRAM-MD5", "PLAIN", "LOGIN")

Responses = Callable[[bytes], bytes]
"""Turns the server's challenge into our answer."""


def choose_mechanism(relay: Relay, offered: frozenset[str], encrypted: bool) -> str | None:
    """The mechanism to use of those *offered*, or ``None`` when none fits.

    Without encryption, and unless the relay is this machine, none that shows the secret.
    """
    preferred: tuple[str, ...] = (relay.auth.upper(),) if relay.auth else PREFERRED_MECHANISMS
    if encrypted:
        preferred = tuple(sorted(preferred, key=lambda name: name == "CRAM-MD5"))
    for name in preferred:
        if (
            name in offered
            and name in _MECHANISMS
            and (encrypted or relay.is_loopback or name not in PLAINTEXT_MECHANISMS)
        ):
            return name
    return None


def start_auth(relay: Relay, mechanism: str) -> tuple[str, list[Responses]]:
    """The AUTH command, and the answers to the challenges that follow it, in order.

    Raises ``ValueError`` for a mechanism that is not spoken here.
    """
    if mechanism not in _MECHANISMS:
        raise ValueError(f"{mechanism} is no known way to log in")
    return _MECHANISMS[mechanism](relay.user.encode(), relay.password.encode())


def _plain(user: bytes, secret: bytes) -> tuple[str, list[Responses]]:
    """RFC 4616, section 2."""
    return f"AUTH PLAIN {_text(b'%c%b%c%b' % (0, user, 0, secret))}", []


def _xoauth2(user: bytes, secret: bytes) -> tuple[str, list[Responses]]:
    return f"AUTH XOAUTH2 {_text(b'user=%b%cauth=Bearer %b%c%c' % (user, 1, secret, 1, 1))}", []


def _login(user: bytes, secret: bytes) -> tuple[str, list[Responses]]:
    return "AUTH LOGIN", [lambda _: user, lambda _: secret]


def _cram(user: bytes, secret: bytes) -> tuple[str, list[Responses]]:
    """RFC 2195: the keyed digest of the challenge, which never shows the secret."""

    def digest(challenge: bytes) -> bytes:
        return user + b" " + hmac.new(secret, challenge, "md5").hexdigest().encode()

    return "AUTH CRAM-MD5", [digest]


_MECHANISMS: dict[str, Callable[[bytes, bytes], tuple[str, list[Responses]]]] = {
    "PLAIN": _plain,
    "LOGIN": _login,
    "CRAM-MD5": _cram,
    "XOAUTH2": _xoauth2,
}


def respond(answers: list[Responses], challenge: str) -> str:
    """Our line for the server's *challenge* (base64); an empty one when it asks for more than we know."""
    if not answers:
        return ""
    try:
        asked = b64decode(challenge)
    except ValueError:
        asked = b""
    return _text(answers.pop(0)(asked))


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")
