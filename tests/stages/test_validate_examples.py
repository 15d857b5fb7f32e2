"""The sample triplets that users see: the correct ones pass, each other shows just what its name says."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mpftp.domain.profile import DEFAULT_PROFILE
from mpftp.domain.triplets.rules import Severity
from mpftp.stages.validate import ValidationSettings, find_triplets, validate

TRIPLETS = Path(__file__).parents[2] / "examples" / "triplets"

SHOWS = {
    "correct": set(),
    "correct-windows-1252": set(),
    "name-missing-file": {"SET001"},
    "name-extension": {"NAME003"},
    "name-lower-case-type": {"NAME002"},
    "name-impossible-date": {"NAME005"},
    "name-wrong-type": {"NAME001"},
    "name-fourth-file": {"NAME001", "SET003"},
    "name-upper-and-lower-case": {"SET001", "SET002"},
    "text-invalid-bytes": {"TEXT001"},
    "text-mixed-encodings": {"TEXT002"},
    "text-utf-16-without-mark": {"TEXT005"},
    "text-spreadsheet": {"TEXT011"},
    "text-garbled-accents": {"TEXT006"},
    "conf-two-data-lines": {"CONF014"},
    "conf-unreadable-time": {"CONF025"},
    "conf-line-break-in-subject": {"CONF022"},
    "conf-unknown-header": {"CONF003"},
    "mail-empty": {"MAIL001"},
    "mail-header-only": {"MAIL002"},
    "mail-without-email": {"MAIL003", "MAIL006"},
    "mail-wrong-delimiter": {"MAIL007"},
    "mail-broken-quotes": {"MAIL008"},
    "mail-too-many-fields": {"MAIL012"},
    "mail-bad-addresses": {"MAIL021", "MAIL022", "MAIL030", "MAIL031"},
    "html-unknown-merge-field": {"HTML005"},
    "html-unclosed-merge-field": {"HTML006"},
    "html-not-html": {"HTML002"},
    "html-local-links": {"HTML007", "HTML035"},
    "html-without-opt-out": {"HTML011"},
}


def test_every_sample_folder_is_checked_here():
    assert {folder.name for folder in TRIPLETS.iterdir() if folder.is_dir()} == set(SHOWS)


@pytest.mark.parametrize("folder", SHOWS)
def test_a_sample_shows_what_its_name_says(folder):
    rules = ValidationSettings(DEFAULT_PROFILE, UTC, datetime(2026, 2, 1, tzinfo=UTC))
    report = validate(find_triplets([TRIPLETS / folder]), rules)
    assert {finding.rule for one in report.checked for finding in one.findings} == SHOWS[folder]
    if not folder.startswith(("correct", "html-without", "text-garbled")):
        assert report.count(Severity.ERROR) > 0
