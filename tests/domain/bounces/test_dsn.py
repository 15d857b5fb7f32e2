"""The fields of RFC 3464, as they are and as they should be."""

import pytest

from mpftp.domain.bounces.dsn import find_address, parse_fields_in_text


@pytest.mark.parametrize(
    ("field", "address"),
    [
        ("rfc822; ana@example.com", "ana@example.com"),
        ("RFC822;<ana@example.com>", "ana@example.com"),
        ("ana@example.com", "ana@example.com"),
        ("rfc822; ana+2Bofertas@example.com", "ana+ofertas@example.com"),
        ('rfc822; "ana maria"@example.com', '"ana maria"@example.com'),
        ("utf-8; josé@example.com", "josé@example.com"),
        (r"utf-8; jos\x{E9}@example.com", "josé@example.com"),
        ("rfc822; 'ana@example.com'", "ana@example.com"),
        ('"ana@example.com" <ana@example.com>', "ana@example.com"),
        ("rfc822; ana@#example.com", "ana@#example.com"),
        ("rfc822; ana", ""),
        ("local; ana", ""),
        ("x400; c=br; a= ; s=ana", ""),
        ("", ""),
    ],
)
def test_addresses_in_fields(field, address):
    assert find_address(field) == address


def test_groups_without_the_empty_lines_between_them():
    text = "".join(
        f"Final-Recipient: rfc822; {name}@example.com\nAction: {action}\nStatus: {status}\n"
        for name, action, status in (("ana", "failed", "5.1.1"), ("bia", "delayed", "4.4.1"))
    )
    found = [(one.recipient, one.action, one.status) for one in parse_fields_in_text(text)]
    assert found == [("ana@example.com", "failed", "5.1.1"), ("bia@example.com", "delayed", "4.4.1")]


def test_prose_has_no_fields():
    assert parse_fields_in_text("Action: none of these, for no recipient is named") == []
