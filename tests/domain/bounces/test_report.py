"""Reports of many makes and languages, each as ``parse_report`` understands it."""

from pathlib import Path

import pytest

from mpftp.domain.bounces.report import parse_report

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.eml"))


def sample(path):
    """The expectation in a sample's first line (class, recipients, status, reasons), and the message."""
    line, _, content = path.read_bytes().partition(b"\n")
    return line.decode("utf-8").removeprefix("X-Expected: ").split(), content


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_understood(path):
    (kind, recipients, status, reasons), content = sample(path)
    report = parse_report(content)
    assert report.report_class == kind
    assert [failure.recipient for failure in report.failures] == [
        name for name in recipients.split(",") if name != "-"
    ]
    for failure in report.failures:
        assert status in ("-", failure.status)
        assert reasons == "-" or failure.reason in reasons.split("|")


@pytest.mark.parametrize("end", [b"\r\n", b"\r"], ids=["windows", "old-mac"])
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_line_ends_change_nothing(path, end):
    _, content = sample(path)
    assert parse_report(content.replace(b"\n", end)) == parse_report(content)


STATUS = 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n'


@pytest.mark.parametrize(
    ("head", "body", "kind"),
    [
        (
            "From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example>\n"
            "Subject: Returned mail: see transcript for details\n"
            "Auto-Submitted: auto-generated (failure)\n" + STATUS,
            "<<< No Message Collected >>>",
            "permanent",
        ),
        (
            "From: MAILER-DAEMON@mx.example\nSubject: Warning: could not send message for past 4 hours\n",
            "The message has not been delivered yet, and we will keep trying.",
            "delay",
        ),
        (
            "From: postmaster@mx.example\nSubject: Undeliverable\nAuto-Submitted: auto-replied\n" + STATUS,
            "--b\nContent-Type: message/delivery-status\n\nAction: failed\nStatus: 4.4.7\n\n--b--",
            "transient",
        ),
    ],
)
def test_a_mail_system_that_names_nobody_tells_of_a_fate_all_the_same(head, body, kind):
    """The address that the report came to then says whose it is."""
    report = parse_report(f"{head}\n{body}\n".encode())
    assert (report.report_class, [failure.recipient for failure in report.failures]) == (kind, [""])
