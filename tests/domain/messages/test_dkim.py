"""DKIM: another implementation accepts what we sign, and nothing that was changed on the way."""

from __future__ import annotations

import pickle
import re
from dataclasses import replace
from datetime import UTC, datetime

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from mpftp.domain.campaign import CampaignSettings
from mpftp.domain.messages.compiler import MessageContext, compile_message
from mpftp.domain.messages.dkim import DkimKey, aligned_keys, sign_message
from mpftp.domain.tokens import Signer
from mpftp.errors import ConfigError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def pem(
    key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey, password: bytes = b""
) -> bytes:
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)


RSA = DkimKey("loja.example", "r2026", pem(rsa.generate_private_key(65537, 2048)))
ED = DkimKey("loja.example", "e2026", pem(ed25519.Ed25519PrivateKey.generate()))
MESSAGE = b"From: Loja <sac@loja.example>\r\nTo: ana@x.example\r\nSubject:  Um\r\n\tdois \r\n\r\nOi\r\n"


def verify(data: bytes, *keys: DkimKey, index: int = 0) -> bool:
    records = {f"{key.selector}._domainkey.{key.domain}.".encode(): key.dns_record.encode() for key in keys}
    try:
        return dkim.DKIM(data).verify(index, dnsfunc=lambda name, timeout=5: records.get(name, b""))
    except dkim.ValidationError:
        return False


@pytest.mark.parametrize("key", [RSA, ED], ids=["rsa", "ed25519"])
def test_another_implementation_accepts_the_signature(key: DkimKey):
    data = sign_message(MESSAGE, 1_772_366_400, [key])
    assert data.endswith(MESSAGE)
    assert verify(data, key)


def test_a_domain_with_two_keys_signs_twice():
    data = sign_message(MESSAGE, 0, [RSA, ED])
    assert data.count(b"DKIM-Signature: ") == 2
    assert verify(data, RSA, ED, index=0)
    assert verify(data, RSA, ED, index=1)


@pytest.mark.parametrize("key", [RSA, ED], ids=["rsa", "ed25519"])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Oi", b"Ai"),
        (b"sac@", b"fac@"),
        (b"Subject:", b"From: x@evil.example\r\nSubject:"),
        (b"Subject:", b"Subject: x\r\nSubject:"),
        (b"t=0", b"t=1"),
        (b"\r\n\r\nOi", b"\r\n\r\nOi\r\nOi"),
    ],
)
def test_a_change_breaks_the_signature(key: DkimKey, old: bytes, new: bytes):
    data = sign_message(MESSAGE, 0, [key])
    assert old in data
    assert not verify(data.replace(old, new, 1), key)


def test_spaces_and_folds_in_headers_may_change_on_the_way():
    data = sign_message(MESSAGE, 0, [RSA])
    assert verify(data.replace(b"Subject:  Um\r\n\tdois ", b"SUBJECT: Um dois"), RSA)


@pytest.mark.parametrize("body", [b"", b"\r\n", b"\r\n\r\n\r\n", b"a", b"a\r\n\r\n\r\n", b"a\r\n\r\nb\r\n"])
def test_line_ends_at_the_end_of_the_body_count_once(body: bytes):
    assert verify(sign_message(b"From: a@loja.example\r\n\r\n" + body, 0, [ED]), ED)


@settings(max_examples=60)
@given(st.text(max_size=80), st.text(max_size=80))
def test_every_rendered_message_is_signed_rightly_whatever_its_values(name: str, code: str):
    template = compiled([ED])
    data = template.render(7, "ana@x.example", ["ana@x.example", name, code], NOW).data
    assert verify(data, ED)


def compiled(keys: list[DkimKey], from_email: str = "sac@news.loja.example"):
    mailing = MessageContext(
        "https://t.example",
        "b@b.example",
        Signer([(1, b"k" * 32)]).sign,
        (),
        campaign="1",
        client="acme",
        dkim=tuple(keys),
    )
    conf = CampaignSettings(
        "Olá {{nome}}", from_email, "P", from_name="Loja São João", reply_to="x@loja.example"
    )
    return compile_message(conf, "<p>{{livre1}}.\n.</p>", ("email", "nome", "livre1"), mailing)


def test_the_signature_covers_what_bulk_senders_must_sign():
    data = compiled([RSA]).render(7, "ana@x.example", ["", "Ana", "1"], NOW).data
    names = re.search(rb"h=([^;]*);", data)
    assert names
    assert names[1].decode().replace("\r\n ", "").split(":") == [
        "from", "to", "subject", "date", "message-id", "reply-to", "list-unsubscribe",
        "list-unsubscribe-post", "feedback-id", "mime-version", "content-type", "from", "to", "subject",
    ]  # fmt: skip
    assert b"t=1772366400;" in data
    assert all(len(line) <= 78 for line in data.split(b"\r\n"))


def test_a_signing_template_travels_to_another_process():
    template = pickle.loads(pickle.dumps(compiled([RSA])))
    assert verify(template.render(7, "ana@x.example", ["", "Ana", "1"], NOW).data, RSA)


def test_a_sender_whose_domain_has_no_key_is_left_to_the_relay():
    data = compiled([RSA], "sac@other.example").render(7, "a@x.example", ["", "", ""], NOW).data
    assert data.startswith(b"Date: ")


@pytest.mark.parametrize(
    ("address", "selectors"),
    [
        ("a@loja.example", ["r", "e"]),
        ("a@LOJA.example", ["r", "e"]),
        ("a@news.loja.example", ["n"]),
        ("a@x.y.loja.example", ["r", "e"]),
        ("a@bücher.example", ["b"]),
        ("a@xn--bcher-kva.example", ["b"]),
        ("a@maloja.example", []),
        ("a@example", []),
    ],
)
def test_the_nearest_domain_signs(address: str, selectors: list[str]):
    keys = [
        DkimKey("loja.example", "r", b""),
        DkimKey("Loja.Example", "e", b""),
        DkimKey("news.loja.example", "n", b""),
        DkimKey("bücher.example", "b", b""),
    ]
    assert [key.selector for key in aligned_keys(address, keys)] == selectors


def test_a_key_for_all_signs_in_the_name_of_each_senders_domain():
    keys = [DkimKey("loja.example", "r", b""), DkimKey("", "all", b"")]
    assert aligned_keys("a@other.example", keys) == (DkimKey("other.example", "all", b""),)
    assert aligned_keys("a@loja.example", keys) == (keys[0],)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"pem": b"no key"}, "no private key in PEM form"),
        ({"pem": pem(ed25519.Ed25519PrivateKey.generate(), b"secret")}, "without a passphrase"),
        ({"pem": pem(ec.generate_private_key(ec.SECP256R1()))}, "neither Ed25519 nor RSA"),
        ({"selector": "a b; d=evil"}, "is no DKIM selector"),
    ],
    ids=["rubbish", "locked", "elliptic", "selector"],
)
def test_a_key_that_cannot_sign_stops_the_campaign_before_its_first_message(change, said: str):
    with pytest.raises(ConfigError, match=said):
        compiled([replace(RSA, **change)])


def test_no_key_is_shown():
    assert "PRIVATE" not in repr(RSA)
