"""Ways to log in: which one, and what is said."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest

from mpftp.adapters.smtp import sasl
from tests.settings import make_relay


def test_no_password_goes_over_an_open_line():
    relay = make_relay("relay.example", user="u", password="s")
    offered = frozenset({"PLAIN", "LOGIN", "CRAM-MD5"})
    assert sasl.choose_mechanism(relay, offered, encrypted=False) == "CRAM-MD5"
    assert sasl.choose_mechanism(relay, offered - {"CRAM-MD5"}, encrypted=False) is None
    assert sasl.choose_mechanism(relay, offered, encrypted=True) == "PLAIN"
    assert (
        sasl.choose_mechanism(make_relay("localhost", user="u"), frozenset({"PLAIN"}), encrypted=False)
        == "PLAIN"
    )
    assert "segredo" not in repr(make_relay("x", password="segredo"))


def test_cram_md5_as_in_its_rfc():
    """RFC 2195, section 2."""
    relay = make_relay("x", user="tim", password="tanstaaftanstaaf")
    command, answers = sasl.start_auth(relay, "CRAM-MD5")
    challenge = b64encode(b"<1896.697170952@postoffice.reston.mci.net>").decode()
    assert command == "AUTH CRAM-MD5"
    said = b64decode(sasl.respond(answers, challenge))
    assert said == b"tim b913a602c7eda7a495b4e6e7334d3890"


def test_a_mechanism_that_is_not_known_is_never_spoken():
    relay = make_relay("x", user="u", password="s", auth="scram-sha-256")
    assert sasl.choose_mechanism(relay, frozenset({"SCRAM-SHA-256", "CRAM-MD5"}), encrypted=True) is None
    with pytest.raises(ValueError, match="SCRAM-SHA-256"):
        sasl.start_auth(relay, "SCRAM-SHA-256")
