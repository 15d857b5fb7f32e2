"""Reports of many makes and languages, each as ``read_report`` understands it."""

from pathlib import Path

import pytest

from mpftp.domain.reports.bounce import read_report

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.eml"))


def sample(path):
    """The expectation in a sample's first line (class, recipients, status, reasons), and the message."""
    line, _, octets = path.read_bytes().partition(b"\n")
    return line.decode("utf-8").removeprefix("X-Expected: ").split(), octets


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_understood(path):
    (kind, recipients, status, reasons), octets = sample(path)
    report = read_report(octets)
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
    _, octets = sample(path)
    assert read_report(octets.replace(b"\n", end)) == read_report(octets)
