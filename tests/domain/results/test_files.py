"""The six files as a client's Notepad and Excel meet them."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.clock import to_ms
from mpftp.domain.file_names import ResultType
from mpftp.domain.profile import DEFAULT_PROFILE, RESULT_COLUMNS
from mpftp.domain.results.files import (
    FORMULA_PREFIXES,
    ResultFormat,
    ResultRow,
    bounce_of_reply,
    escape_formula,
    write_result,
)
from mpftp.domain.sending.fragments import results_due_at
from mpftp.domain.texts import texts

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
NOON_UTC = to_ms(datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC))
STYLE = ResultFormat(DEFAULT_PROFILE, SAO_PAULO, "pt_BR")


def written(kind, rows, **changes):
    target = io.BytesIO()
    count = write_result(target, kind, rows, replace(STYLE, **changes))
    assert count == len(rows)
    return target.getvalue()


def test_an_open_is_one_line_in_the_clients_zone_with_bom_semicolons_and_crlf():
    row = ResultRow("ana@example.com", "7", NOON_UTC, ip="203.0.113.9", agent="Mozilla/5.0 (X; Y)")
    assert written(ResultType.ABERTURA, [row]) == (
        b"\xef\xbb\xbfemail;uidcli;datahora;ip;agente\r\n"
        b'ana@example.com;7;2026-03-01 09:00:05;203.0.113.9;"Mozilla/5.0 (X; Y)"\r\n'
    )


@pytest.mark.parametrize("kind", list(ResultType))
def test_without_rows_there_is_still_the_header(kind):
    assert written(kind, []).decode("utf-8-sig") == ";".join(RESULT_COLUMNS[kind.value]) + "\r\n"


def test_a_bounce_says_why_in_portuguese():
    row = ResultRow(
        "x@example.com", "", NOON_UTC, bounce_class="permanent", code="5.1.1", reason="user-unknown"
    )
    line = written(ResultType.RETORNADO, [row]).decode("utf-8-sig").splitlines()[1]
    assert line == "x@example.com;;2026-03-01 09:00:05;permanente;5.1.1;e-mail inexistente"


def test_a_relays_refusal_reads_as_the_bounce_it_is():
    row = ResultRow("x@example.com", "", NOON_UTC, code="452 4.2.2", reply="mailbox over quota")
    line = written(ResultType.RETORNADO, [bounce_of_reply(row)]).decode("utf-8-sig").splitlines()[1]
    assert line.split(";")[3:] == ["transitório", "4.2.2", "caixa postal cheia"]


@pytest.mark.parametrize("source", list(texts("pt_BR").OPT_OUT_SOURCES))
def test_an_opt_out_says_by_which_way_it_came(source):
    line = written(ResultType.CANCELADO, [ResultRow("x@example.com", "1", NOON_UTC, source=source)])
    assert texts("pt_BR").OPT_OUT_SOURCES[source] in line.decode("utf-8-sig")
    english = written(
        ResultType.CANCELADO, [ResultRow("x@example.com", "1", NOON_UTC, source=source)],
        language="en",
    )  # fmt: skip
    assert texts("en").OPT_OUT_SOURCES[source] in english.decode("utf-8-sig")


def test_a_profile_chooses_columns_headers_encoding_delimiter_and_line_ends():
    profile = DEFAULT_PROFILE._replace(
        results={**DEFAULT_PROFILE.results, "CLIQUE": (("url", "Endereço"), ("email", "E-mail"))},
        result_encoding="cp1252",
        result_delimiter=",",
        result_line_end="\n",
    )
    row = ResultRow("a@example.com", "1", NOON_UTC, url="https://loja.example/ação,☃")
    assert written(ResultType.CLIQUE, [row], profile=profile) == (
        'Endereço,E-mail\n"https://loja.example/ação,?",a@example.com\n'.encode("cp1252")
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8", "cp1252"])
def test_a_long_file_has_one_byte_order_mark_at_most(encoding):
    rows = [ResultRow(f"a{n}@example.com", str(n), NOON_UTC) for n in range(2500)]
    text = written(
        ResultType.ABERTURA, rows, profile=DEFAULT_PROFILE._replace(result_encoding=encoding)
    ).decode(encoding)
    assert "\ufeff" not in text
    assert [line["uidcli"] for line in csv.DictReader(io.StringIO(text), delimiter=";")] == [
        str(n) for n in range(2500)
    ]


@pytest.mark.parametrize("start", FORMULA_PREFIXES)
def test_a_formula_is_text(start):
    assert escape_formula(f"{start}cmd|' /C calc'!A0").startswith("'")
    assert escape_formula(f" \0 {start}=1+1").startswith("'")


@pytest.mark.parametrize("number", ["-5", "+5511999990000", "-1,50", "+0.5"])
def test_a_plain_signed_number_stays_a_number(number):
    assert escape_formula(number) == number


@pytest.mark.parametrize("cell", ["-1+1", "+5 5", "-1e5", "--1", "-", "+1,2,3", "-1\n", "-١"])
def test_what_only_begins_like_a_signed_number_is_text(cell):
    assert escape_formula(cell).startswith("'")


def is_signed_number(cell):
    return cell[0] in "+-" and cell[1:].replace(",", ".").replace(".", "", 1).isdigit()


@given(st.lists(st.text(max_size=30), min_size=5, max_size=5))
def test_whatever_a_reader_sends_stays_one_line_with_five_cells_and_no_formula(values):
    email, uidcli, ip, agent, _ = values
    data = written(ResultType.ABERTURA, [ResultRow(email, uidcli, NOON_UTC, ip=ip, agent=agent)])
    text = data.decode("utf-8-sig")
    assert text.count("\n") == text.count("\r") == 2
    _, line = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    assert len(line) == 5
    assert not any(cell.startswith(FORMULA_PREFIXES) and not is_signed_number(cell) for cell in line)


@given(
    st.lists(st.tuples(st.text(), st.text(alphabet=';,\t"a ')), max_size=3),
    st.sampled_from(";,\t"),
    st.booleans(),
)
def test_lines_are_those_of_the_csv_module(cells, delimiter, alone):
    profile = DEFAULT_PROFILE._replace(
        result_delimiter=delimiter,
        result_encoding="utf-8",
        results=DEFAULT_PROFILE.results
        | {"CANCELADO": (("uidcli", "n"),) if alone else (("uidcli", "n"), ("ip", "i"))},
    )
    target, expected = io.BytesIO(), io.StringIO(newline="")
    rows = [ResultRow("", uidcli, 0, ip=ip) for uidcli, ip in cells]
    write_result(target, ResultType.CANCELADO, rows, ResultFormat(profile, UTC, "pt_BR"))
    writer = csv.writer(expected, delimiter=delimiter)
    lines = [["n", "i"], *([escape_formula(cell) for cell in row] for row in cells)]
    writer.writerows(line[:1] if alone else line for line in lines)
    assert target.getvalue() == expected.getvalue().encode("utf-8", "replace")


def test_results_are_due_at_the_same_time_of_day_days_later():
    sent = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    assert results_due_at(sent, 3, SAO_PAULO) == sent + timedelta(days=3)
    assert results_due_at(sent, 0, SAO_PAULO) == sent


def test_daylight_saving_does_not_move_the_time_of_day():
    lisbon = ZoneInfo("Europe/Lisbon")
    sent = datetime(2026, 3, 28, 9, 0, tzinfo=lisbon)
    due = results_due_at(sent, 1, lisbon)
    assert due.astimezone(lisbon).hour == 9
    assert due - sent == timedelta(hours=23)
