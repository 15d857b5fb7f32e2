"""A mailbox that a report names without a domain gets the one that the report's other parts tell."""

import pytest

from mpftp.domain.bounces.report import parse_report

HEAD = "From: Mail Delivery Subsystem <MAILER-DAEMON@mr2.its.yale.example>\nTo: bounces@envio.example\n"


def recipients(head: str, *body: str) -> list[str]:
    text = head + "Subject: Returned mail\n\n" + "\n".join(body)
    return [failure.recipient for failure in parse_report(text.encode()).failures]


@pytest.mark.parametrize(
    "line",
    [
        "user unknown: jsmith",
        "Unknown local user: <jsmith>",
        "550 jsmith... User unknown",
        "550 5.1.1 <jsmith>... User unknown",
        "jsmith: no such mailbox",
    ],
)
def test_the_reporter_serves_its_own_names(line):
    said = "Your message could not be delivered."
    assert recipients(HEAD, said, "", line) == ["jsmith@yale.example"]


def test_the_returned_message_knows_the_whole_address():
    copy = ("--- Original message follows ---", "From: loja@envio.example", "To: JSmith@cs.yale.example")
    found = recipients(HEAD, "Message not delivered to the following:", "", " jsmith    No match", "", *copy)
    assert found == ["JSmith@cs.yale.example"]
    returned = (
        "--b",
        "Content-Type: text/plain",
        "",
        "user unknown: jsmith",
        "--b",
        "Content-Type: message/rfc822",
        "",
        *copy[1:],
        "",
        "--b--",
    )
    assert recipients(HEAD + "Content-Type: multipart/mixed; boundary=b\n", *returned) == [
        "JSmith@cs.yale.example"
    ]


@pytest.mark.parametrize(
    ("mta", "author", "domain"),
    [
        ("dns; mx1.empresa.com.br", "postmaster@outra.example", "empresa.com.br"),
        ("x400; somewhere", "postmaster@mail.empresa.example", "empresa.example"),
    ],
)
def test_a_status_that_names_a_mailbox_only(mta, author, domain):
    status = (
        "--b",
        "Content-Type: message/delivery-status",
        "",
        f"Reporting-MTA: {mta}",
        "",
        "Final-Recipient: LOCAL; jsmith",
        "Action: failed",
        "Status: 5.1.1",
        "--b--",
    )
    head = f"From: {author}\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n"
    assert recipients(head, *status) == [f"jsmith@{domain}"]


def test_without_a_domain_nobody_is_named():
    assert recipients("From: MAILER-DAEMON\n", "Delivery failed.", "user unknown: jsmith") == [""]


def test_a_whole_address_is_better():
    assert recipients(HEAD, "jsmith... User unknown", "<ana@loja.example>: unknown user") == [
        "ana@loja.example"
    ]


def test_a_person_who_speaks_of_an_unknown_user_names_nobody():
    assert recipients("From: Bia <bia@loja.example>\n", "My order came back. User unknown: jsmith") == []
