"""Addresses: RFC 5321 mailboxes and their like in other scripts pass, everything else is told why not."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import email_validator
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mpftp.domain.file_names import InputType, TripletKey
from mpftp.domain.profile import DEFAULT_PROFILE
from mpftp.domain.triplets.address import check_address, find_domain_warning, is_international
from mpftp.domain.triplets.triplet import TripletFiles, check_triplet

GOOD = [
    "ana@empresa.com.br",
    "ana.souza+loja@mail.empresa.com.br",
    "!#$%&'*+/=?^_`{|}~-@empresa.com",
    "1@1.com",
    "a" * 64 + "@empresa.com",
    "ana@" + "a" * 63 + ".com",
    "ana@mason-dixon.com",
    "ana@xn--caf-dma.com.br",
    "ana@r3---sn.empresa.com",
    '"ana souza"@empresa.com',
    '"ana..souza"@empresa.com',
    '"ana\\"souza"@empresa.com',
    "ana@[192.0.2.1]",
    "ana@[IPv6:2001:db8::1]",
    "josé@empresa.com.br",
    "ana@café.com.br",
    "δοκιμή@παράδειγμα.δοκιμή",
    "二ノ宮@黒川.日本",
]

BAD = {
    "": "MAIL020",
    "   ": "MAIL020",
    "ana": "MAIL021",
    "ana.empresa.com.br": "MAIL021",
    "ana@x.com,eva@x.com": "MAIL022",
    "ana@x.com; eva@x.com": "MAIL022",
    "ana@x.com eva@x.com": "MAIL022",
    "ana souza@x.com": "MAIL023",
    "ana@ x.com": "MAIL023",
    "ana@x.com (casa)": "MAIL023",
    ".ana@x.com": "MAIL024",
    "ana.@x.com": "MAIL024",
    "ana..souza@x.com": "MAIL024",
    "ana(souza)@x.com": "MAIL024",
    "@x.com": "MAIL024",
    '"ana"souza@x.com': "MAIL024",
    "ana@": "MAIL025",
    "ana@.com": "MAIL025",
    "ana@x..com": "MAIL025",
    "ana@x.com.": "MAIL025",
    "ana@-x.com": "MAIL025",
    "ana@x-.com": "MAIL025",
    "ana@x_y.com": "MAIL025",
    "ana@192.0.2.1": "MAIL025",
    "ana@[192.0.2]": "MAIL025",
    "ana@[300.0.2.1]": "MAIL025",
    "ana@" + "a" * 64 + ".com": "MAIL025",
    "ana@xn--a-b-c-ol.com": "MAIL025",
    "ana@empresa": "MAIL026",
    "a" * 65 + "@x.com": "MAIL027",
    "ana@" + ".".join(["a" * 60] * 5) + ".com": "MAIL027",
    "@" * 5000: "MAIL027",
    "Ana <ana@x.com>": "MAIL028",
    "<ana@x.com>": "MAIL028",
    "an\u200ba@x.com": "MAIL035",
    "ana@souza@x.com": "MAIL037",
    "mailto:ana@x.com": "MAIL038",
}


def contacts_of(addresses):
    """The contacts of a MAIL with these addresses."""
    data = ("email;nome\n" + "".join(f"{address};x\n" for address in addresses)).encode()
    files = TripletFiles(TripletKey("P", "20260301"), {InputType.MAIL: lambda: io.BytesIO(data)})
    check = check_triplet(files, DEFAULT_PROFILE, zone=UTC, now=datetime(2026, 2, 1, tzinfo=UTC))
    return list(check.contacts())


@pytest.mark.parametrize("address", GOOD)
def test_a_mailbox_passes(address):
    assert check_address(address).email


@pytest.mark.parametrize("address", BAD)
def test_what_is_none_is_told_by_its_own_rule_and_place(address):
    examined = check_address(address)
    assert not examined.email
    fault = examined.issues[-1]
    assert fault.rule == BAD[address]
    assert 0 <= fault.at <= len(address)


@pytest.mark.parametrize("mark", ["'", "=", "*", "+", "-", "`"])
def test_a_mark_before_an_address_is_permitted_but_told(mark):
    [issue] = check_address(f"{mark}ana@x.com.br").issues
    assert issue.rule == "MAIL039"


def test_an_address_is_used_trimmed_and_its_domain_in_lower_case():
    examined = check_address(" Ana.Souza@EMPRESA.com.br\u00a0")
    assert examined.email == "Ana.Souza@empresa.com.br"
    assert [trouble.rule for trouble in examined.issues] == ["MAIL029"]


@pytest.mark.parametrize(
    "domain",
    ["gmail.com", "mail.com", "ymail.com", "empresa.com.br", "uol.com.br", "gmx.com", "hotmail.com.br"],
)
def test_a_genuine_domain_is_no_typo(domain):
    assert find_domain_warning(domain) is None


def test_a_typo_is_warned_of_with_what_was_meant():
    rule, values = find_domain_warning("gmial.com")
    assert (rule, dict(values)["meant"]) == ("MAIL030", "gmail.com")


@pytest.mark.parametrize("size", range(250, 258))
def test_the_limit_of_254_bytes_holds_on_both_roads(size):
    domain = ".".join(["b" * 62, "c" * 61, "d" * 63])
    address = "a" * 64 + "@" + domain[: size - 65 - 4] + ".com"
    assert len(address) == size
    assert bool(check_address(address).email) == (size <= 254)
    assert [contact.state.value for contact in contacts_of([address])] == [
        "pending" if size <= 254 else "invalid"
    ]


@settings(max_examples=150, deadline=None)
@given(st.text("abé-ßñ.0Çя", min_size=1, max_size=12))
def test_a_domain_in_other_letters_is_judged_as_the_library_does(name):
    domain = f"{name}.com.br"
    if domain.isascii():
        return
    try:
        email_validator.validate_email(
            "a@" + domain, check_deliverability=False, test_environment=True, globally_deliverable=False
        )
        accepted = True
    except email_validator.EmailNotValidError:
        accepted = False
    assert is_international(domain) == accepted


PIECES = st.sampled_from(
    [
        "a",
        "B",
        "1",
        ".",
        "..",
        "-",
        "_",
        "+",
        "@",
        "gmail.com",
        "x.com.br",
        "é",
        "café.com.br",
        "CAFÉ.com.br",
        "пример.рф",
        "gma\u200bil.com",
        " ",
        "'",
        '"a b"',
        "[1.2.3.4]",
    ]
)
ADDRESSES = st.lists(PIECES, max_size=9).map("".join)


@settings(max_examples=150, deadline=None)
@given(ADDRESSES)
def test_what_passes_passes_the_library_too(address):
    accepted = check_address(address).email
    if accepted and "--" not in accepted:
        email_validator.validate_email(
            accepted, allow_quoted_local=True, allow_domain_literal=True, check_deliverability=False,
            test_environment=True, globally_deliverable=False, strict=True,
        )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(ADDRESSES.filter(lambda address: '"' not in address), min_size=1, max_size=8))
def test_the_fast_road_and_the_slow_one_agree(addresses):
    drawn = [contact.email for contact in contacts_of(addresses) if contact.state.value != "invalid"]
    assert drawn == [check_address(address).email for address in addresses if check_address(address).email]
