"""Rules of single columns: what the fast pattern takes is valid, and both roads say the same of a value."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.file_names import InputType, TripletKey
from mpftp.domain.profile import DEFAULT_PROFILE
from mpftp.domain.triplets import columns
from mpftp.domain.triplets.columns import (
    COLUMN_RULES,
    DIGIT_COLUMNS,
    ColumnRule,
    broken_rule,
    ordinary_value,
)
from mpftp.domain.triplets.triplet import CheckOptions, TripletFiles, check_triplet


def findings_of(column, value, other, times=1):
    """How often a line of MAIL breaks each rule, when one finding is kept: read fast but for its values."""
    text = f"email;{column};nome\n" + f"ana@lojabela.com.br;{value};{other}\n" * times
    key = TripletKey("P", "20260301")
    files = TripletFiles(key, {InputType.MAIL: lambda: io.BytesIO(text.encode())})
    now, options = datetime(2026, 2, 1, tzinfo=UTC), CheckOptions(keep=1)
    check = check_triplet(files, DEFAULT_PROFILE, zone=UTC, now=now, options=options)
    check.count_contacts()
    return {group.rule: group.count for group in check.findings.groups()}


@pytest.mark.parametrize("column", COLUMN_RULES)
@given(data=st.data())
def test_what_is_ordinary_is_valid(column, data):
    value = data.draw(st.from_regex(re.compile(ordinary_value(column).decode()), fullmatch=True))
    assert broken_rule(column, value) == ""


@pytest.mark.parametrize("column", COLUMN_RULES)
@given(value=st.text("0123456789/-.MFmfSPspx ", max_size=11))
def test_the_fast_road_and_the_slow_one_say_the_same(column, value):
    rule = COLUMN_RULES[column].rule
    plain, odd = findings_of(column, value, "Ana"), findings_of(column, value, '"Ana ""B"""')
    assert (rule in plain) == (rule in odd) == bool(broken_rule(column, value.strip()))


@pytest.mark.parametrize(
    ("column", "value"),
    [("cep", "01310"), ("cep", "01310-"), ("estado", "A"), ("sexo", "Fem"), ("data_nascimento", "1990-01")],
)
def test_the_beginning_of_a_valid_value_is_not_ordinary(column, value):
    """A repeated group may take it for one, in Python before 3.11.5."""
    line = re.compile(ordinary_value(column) + b";")
    assert line.match(f"{value};".encode()) is None


def test_a_new_rule_speaks_on_ordinary_lines_and_odd_ones_alike(monkeypatch):
    rules = {**COLUMN_RULES, "telefone": ColumnRule("MAIL043", lambda value: value.startswith("+"))}
    monkeypatch.setattr(columns, "COLUMN_RULES", rules)
    for other in ("Ana", '"Ana ""B"""'):
        assert "MAIL043" in findings_of("telefone", "11 5555", other)
        assert "MAIL043" not in findings_of("telefone", "+55 11 5555", other)
        assert "MAIL043" not in findings_of("telefone", "", other)


@pytest.mark.parametrize("column", sorted(DIGIT_COLUMNS))
@pytest.mark.parametrize("value", ["5E12", "5.5e9", "5,51E+12"])
def test_a_number_that_a_spreadsheet_spoilt_is_counted_on_each_line(column, value):
    assert findings_of(column, value, "Ana", 4)["MAIL040"] == 4


@pytest.mark.parametrize("value", ["5E12", "11.99999", "5,5"])
def test_only_in_columns_of_numbers_is_a_number_with_an_exponent_spoilt(value):
    assert "MAIL040" not in findings_of("nome", value, "Ana")


def test_a_column_without_a_rule_has_none():
    assert ordinary_value("nome") is None
    assert broken_rule("nome", "x") == ""


def test_a_number_may_be_no_longer_than_any_other_value():
    assert "MAIL017" in findings_of("telefone", "1" * 10_001, "Ana")
    assert "MAIL017" not in findings_of("telefone", "1" * 10_000, "Ana")
