"""Link files: what goes in comes out, and half a file is none."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.link_files import (
    LinkFile,
    LinkFileName,
    format_link_file,
    parse_link_file,
    parse_link_file_name,
)

HEAD = LinkFile(
    "Loja & Cia",
    "pt_BR",
    "",
    "{{",
    "}}",
    {1: "https://loja.example/", 2: "https://x.example/{{uidcli}}"},
    ("uidcli",),
)


def written(head, rows):
    return b"".join(format_link_file(head, rows))


@given(st.lists(st.text(max_size=20), max_size=20))
def test_what_was_written_is_read(values):
    read = parse_link_file(written(HEAD, [[value] for value in values]))
    assert replace(read, values=()) == HEAD
    assert [json.loads(line) for line in read.values] == [[value] for value in values]


def test_a_file_without_merge_fields_holds_nothing_of_any_contact():
    data = written(replace(HEAD, columns=()), [["ana@example.com"]])
    assert b"ana@" not in data
    assert parse_link_file(data).values == []


@pytest.mark.parametrize("kept", [0, 1, 40, -1, -20, -70])
def test_a_file_that_was_carried_by_halves_is_refused(kept):
    data = written(HEAD, [["7"], ["8"]])
    with pytest.raises(ValueError, match="not whole"):
        parse_link_file(data[:kept])


def test_a_changed_byte_is_noticed():
    data = written(HEAD, [["7"], ["8"]])
    with pytest.raises(ValueError, match="not whole"):
        parse_link_file(data.replace(b'["7"]', b'["9"]'))


def test_another_version_is_refused(monkeypatch):
    monkeypatch.setattr("mpftp.domain.link_files.VERSION", 2)
    data = written(HEAD, [])
    monkeypatch.undo()
    with pytest.raises(ValueError, match="version 2"):
        parse_link_file(data)


@pytest.mark.parametrize(
    "name", ["1-2-3.link", "1-2.links", ".1-2-3.links.ab", "a-2-3.links", "1-2-3.links.tmp"]
)
def test_other_names_are_no_link_files(name):
    assert parse_link_file_name(name) is None


def test_the_name_says_which_deliveries_it_has():
    assert parse_link_file_name(str(LinkFileName(7, 100, 250))) == (7, 100, 250)
