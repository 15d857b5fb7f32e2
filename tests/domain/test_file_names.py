"""File names: what is one of ours, what was meant, and which triplets a directory holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.file_names import FileName, InputType, ResultType, TripletKey, UploadPolicy, parse_file_name
from mpftp.domain.triplets.grouping import check_name, group_files

WHOLE = ["P_CONF_20260301", "P_HTML_20260301", "P_MAIL_20260301"]
KEY = TripletKey("P", "20260301")


def rules(listing, key=KEY):
    return sorted(finding.rule for finding in listing.findings.get(key, ()))


def test_the_name_is_all_before_the_last_two_parts():
    assert parse_file_name("a_b_MAIL_20260301") == FileName(TripletKey("a_b", "20260301"), InputType.MAIL)
    assert parse_file_name("X_CLIQUE_CONF_20260301") == FileName(
        TripletKey("X_CLIQUE", "20260301"), InputType.CONF
    )
    assert parse_file_name("P_CLIQUEUNICO_20260301") == FileName(KEY, ResultType.CLIQUEUNICO)


STEMS = st.text(max_size=8)
TYPES = st.sampled_from(["CONF", "conf", "MAIL", "TEXTO", "ERRO"])
DATES = st.sampled_from(["20260301", "20260231", "٢٠٢٦٠٣٠١", "2026030"])


@given(st.text(max_size=30) | st.builds("{}_{}_{}".format, STEMS, TYPES, DATES))
def test_what_is_parsed_is_safe_as_a_file_name(name):
    known = parse_file_name(name)
    findings = check_name(name)
    if known is None:
        assert findings
        return
    assert name == known.key.file(known.kind)
    assert not name.startswith((".", "~"))
    assert not set(name) & set('/\\:*?"<>|\x00\n\r\x7f')
    assert len(name.encode("utf-8")) <= 255
    assert {finding.rule for finding in findings} <= {"NAME013"}


@pytest.mark.parametrize(
    "name", ["../P_CONF_20260301", "P/../x_CONF_20260301", ".P_CONF_20260301", "P\x00_CONF_20260301"]
)
def test_a_hostile_name_is_none_of_ours(name):
    assert parse_file_name(name) is None


def test_a_directory_is_sorted_into_triplets():
    listing = group_files([*WHOLE, "Q_CONF_20260301", "leia.txt", "P_ERRO_20260301"])
    assert set(listing.complete) == {KEY}
    assert set(listing.incomplete) == {TripletKey("Q", "20260301")}
    assert rules(listing, TripletKey("Q", "20260301")) == ["SET001", "SET001"]
    assert rules(listing, None) == ["NAME010"]
    assert rules(listing) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("P_mail_20260301", ["NAME002"]),
        ("P_MAIL_20260301.csv", ["NAME003"]),
        ("P_MAIL_20260301 (1)", ["NAME014"]),
        ("P-MAIL-20260301", ["NAME011"]),
        ("P_EMAILS_20260301", ["NAME001"]),
        ("P_PESSOAS_20260301", ["NAME001", "SET001"]),
        ("P_MAIL_20260301.part", ["NAME009"]),
    ],
)
def test_a_misnamed_third_file_is_one_mistake_of_its_triplet(name, expected):
    listing = group_files([*WHOLE[:2], name])
    assert set(listing.incomplete) == {KEY}
    assert rules(listing) == expected


@pytest.mark.parametrize(
    ("template", "name"),
    [("{name}.up", "P_ERRO_20260301.up"), ("{name}.csv", "P_ABERTURA_20260301.csv"),
     ("in-{name}~1", "in-P_SITUACAO_20260301~1"), ("{name}.tmp", "P_RECIBO_20260301.tmp")],
)  # fmt: skip
def test_what_a_cut_run_of_ours_left_is_nobodys_upload(template, name):
    listing = group_files([*WHOLE, name], UploadPolicy(template))
    assert set(listing.complete) == {KEY}
    assert not listing.findings


def test_a_misnamed_upload_that_ends_as_our_temporary_names_do_is_told():
    listing = group_files([*WHOLE[:2], "P_MAIL_20260301.csv"], UploadPolicy("{name}.csv"))
    assert rules(listing) == ["NAME003"]


def test_an_impossible_date_is_a_triplet_that_can_be_answered():
    listing = group_files([name.replace("0301", "0231") for name in WHOLE])
    assert not listing.complete
    assert rules(listing, TripletKey("P", "20260231")) == ["NAME005"] * 3


def test_a_fourth_file_spoils_a_whole_triplet():
    listing = group_files([*WHOLE, "P_mail_20260301"])
    assert rules(listing) == ["NAME002", "SET003"]


def test_a_folder_of_many_wrong_names_is_sorted_in_one_go():
    """Each looked for among all others, they would take a minute."""
    stems = [f"a{number}" for number in range(20_000)]
    listing = group_files([f"{stem}_CONF_20260301" for stem in stems] + ["A7_HTML_20260301"])
    assert len(listing.incomplete) == 20_001
    assert rules(listing, TripletKey("a7", "20260301")) == ["SET001", "SET001", "SET002"]
    assert rules(listing, TripletKey("a8", "20260301")) == ["SET001", "SET001"]


def test_a_name_full_of_spaces_is_read_once():
    listing = group_files([f"conf{' ' * 220}{number}" for number in range(400)])
    assert not listing.complete
    assert not listing.incomplete
