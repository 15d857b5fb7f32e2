"""Listings of the world's servers, and lines that are none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.adapters.ftp.listing import HUGE, from_list, from_mlsd, moment

AT = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def seen(files):
    return [(file.name, file.size, file.modified) for file in files]


def test_mlsd():
    lines = [
        "type=cdir;modify=20260301090000; .",
        "type=pdir; ..",
        "type=dir;modify=20260301090000; feito",
        "Type=file;Size=12;Modify=20260301090000.123;UNIX.mode=0644; Promo de Março_MAIL_20260301",
        "type=file;size=3; sem hora",
        "type=file; sem tamanho",
        "type=OS.unix=slink:/x;size=1; atalho",
        "lixo",
        "",
    ]
    assert seen(from_mlsd(lines)) == [("Promo de Março_MAIL_20260301", 12, AT), ("sem hora", 3, None)]


def test_list_of_unix_servers():
    lines = [
        "total 12",
        "drwxr-xr-x    2 0        0            4096 Mar 01 09:00 feito",
        "-rw-r--r--    1 1000     1000           12 Mar 01 09:00 Promo_MAIL_20260301",
        "-rw-r--r--    1 ftp      ftp           345 Mar 01  2025 com espaco no nome",
        "lrwxrwxrwx    1 0        0               4 Mar 01 09:00 atalho -> feito",
        "-rw-r--r--+   1 0        0               4 Mar 01 09:00 modo estranho",
    ]
    assert seen(from_list(lines)) == [("Promo_MAIL_20260301", 12, None), ("com espaco no nome", 345, None)]


def test_list_of_iis():
    lines = [
        "03-01-26  09:00AM       <DIR>          feito",
        "03-01-26  09:00AM                   12 Promo_MAIL_20260301",
        "03-01-2026  09:00PM                345 com espaco no nome",
    ]
    assert seen(from_list(lines)) == [("Promo_MAIL_20260301", 12, None), ("com espaco no nome", 345, None)]


def test_sizes_beyond_all_disks_stay_numbers_the_state_can_hold():
    assert from_mlsd([f"type=file;size={'9' * 5000}; a"])[0].size == HUGE
    assert from_list([f"-rw-r--r-- 1 0 0 {'9' * 30} Mar 01 09:00 a"])[0].size == HUGE


@pytest.mark.parametrize(
    "text", ["", "2026", "20261301090000", "20260301 09:00", "２０２６０３０１０９００００x"]
)
def test_times_that_are_none(text):
    assert moment(text) is None


@given(st.lists(st.text(max_size=80), max_size=8))
def test_no_line_is_too_odd(lines):
    for file in from_mlsd(lines) + from_list(lines):
        assert file.name
        assert 0 <= file.size <= HUGE
