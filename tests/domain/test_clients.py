"""Places of clients, and who may be whom under a new name."""

from __future__ import annotations

import pytest

from mpftp.domain.clients import KnownClient, find_copies, find_successors, format_place


@pytest.mark.parametrize(
    "given",
    [
        ("ftp://ftp.Exemplo.com.br", "in", None),
        ("ftp://ftp.exemplo.com.br/", "/in/", 21),
        ("ftps://ftp.exemplo.com.br:990/in", "", None),
        ("sftp://ftp.exemplo.com.br.", "in", 22),
    ],
)
def test_one_place_has_one_spelling(given):
    assert format_place(*given) == "ftp.exemplo.com.br/in"


@pytest.mark.parametrize(
    "given",
    [("ftp://a", "in", 2121), ("ftp://a", "out", None), ("ftp://b", "in", None), ("ftp://a", "", None)],
)
def test_other_places_are_told_apart(given):
    assert format_place(*given) != format_place("ftp://a", "in", None)


@pytest.mark.parametrize(
    ("known", "found"),
    [
        ([], {}),
        ([KnownClient("old", "p")], {"new": "old"}),
        ([KnownClient("old", "p"), KnownClient("new", "")], {"new": "old"}),
        ([KnownClient("old", "p"), KnownClient("new", "elsewhere")], {"new": "old"}),
        ([KnownClient("old", "p"), KnownClient("new", "p")], {}),
        ([KnownClient("old", "p", is_removed=True)], {}),
        ([KnownClient("old", "p", has_memory=False)], {}),
        ([KnownClient("old", "q")], {}),
        ([KnownClient("old", "")], {}),
        ([KnownClient("other", "p")], {}),
    ],
)
def test_a_newcomer_at_the_place_of_one_that_vanished_may_be_that_one(known, found):
    assert find_successors({"new": "p", "other": "r"}, known) == found


@pytest.mark.parametrize(
    ("known", "found"),
    [
        ([], {"copy": "acme"}),
        ([KnownClient("acme", "p")], {"copy": "acme"}),
        ([KnownClient("acme", "p"), KnownClient("copy", "")], {"copy": "acme"}),
        ([KnownClient("acme", "p"), KnownClient("copy", "elsewhere")], {"copy": "acme"}),
        ([KnownClient("copy", "p")], {"acme": "copy"}),
        ([KnownClient("acme", "p"), KnownClient("copy", "p")], {}),
    ],
)
def test_a_newcomer_at_the_place_of_another_is_a_copy_of_it(known, found):
    assert find_copies([["acme", "copy"]], {"acme": "p", "copy": "p", "beta": "q"}, known) == found
