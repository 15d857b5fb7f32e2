"""Listings of the world's servers, and lines that are none."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.adapters.ftp.listing import MAX_SIZE_BYTES, parse_list, parse_mlsd, parse_mlsd_time

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
    listing = parse_mlsd(lines)
    assert seen(listing) == [("Promo de Março_MAIL_20260301", 12, AT), ("sem hora", 3, None)]
    assert listing.not_understood == ("type=file; sem tamanho", "lixo")


@pytest.mark.parametrize(
    "line",
    [
        "  type=file;size=9276;modify=20260301090000; Promo_MAIL_20260301",
        " Type=file; Size=9276; Modify=20260301090000; Promo_MAIL_20260301",
        "TYPE=FILE;SIZE=9276;MODIFY=20260301090000.25; Promo_MAIL_20260301",
        "sIZE=9276;mODIFY=202603010900;tYPE=fILE; Promo_MAIL_20260301",
        "size=9276;modify=2026030109; Promo_MAIL_20260301",
        "type=file;size=9276;modify=20260301090000 Promo_MAIL_20260301",
        "\ttype=file;size=9276;modify=20260301090000;\tPromo_MAIL_20260301",
        "type=file;size=9276;modify=20260301090000; ./Promo_MAIL_20260301",
        "type=file;size=9276;modify=20260301090000;x.note=a b; Promo_MAIL_20260301",
    ],
)
def test_mlsd_in_odd_manners(line):
    assert seen(parse_mlsd([line])) == [("Promo_MAIL_20260301", 9276, AT)]


def test_list_of_unix_servers():
    lines = [
        "total 12",
        "drwxr-xr-x    2 0        0            4096 Mar 01 09:00 feito",
        "-rw-r--r--    1 1000     1000           12 Mar 01 09:00 Promo_MAIL_20260301",
        "-rw-r--r--    1 ftp      ftp           345 Mar 01  2025 com espaco no nome",
        "lrwxrwxrwx    1 0        0               4 Mar 01 09:00 atalho -> feito",
        "crw-------    1 0        0            0, 12 Mar 01 09:00 console",
        "Zrw-r--r--    1 0        0               4 Mar 01 09:00 outra coisa",
        "-rw-r--r--    1 0        0            9.1K Mar 01 09:00 arredondado",
    ]
    listing = parse_list(lines)
    assert seen(listing) == [("Promo_MAIL_20260301", 12, None), ("com espaco no nome", 345, None)]
    assert listing.not_understood == tuple(lines[-2:])


MODES = ["-rw-r--r--+", "-rw-r--r--.", "-rw-r--r--@", "-rw-r--r-", "rw-r--r--", "-rwSr-xr-T", "- [R----F--]"]
OWNERS = ["1 ftp      ftp     ", "1 joao     Domain Users", "1 1000 12", "1 jan 12", "folder", "", "1 0 0",
          "1 LOJA\\ana Usuários do domínio", "1 maio 3"]  # fmt: skip
DATES = [
    "Nov 13 15:33", "Nov  3  2025", "Feb 29 15:33", "Out 13 15:33", "dez 13 15:33", "fev. 13 15:33",
    "ago 13 2025", "ene 13 15:33", "dic 13 2025", "sept. 13 15:33", "Mär 13 15:33", "Mai 13 2025",
    "Okt 13 15:33", "févr. 13 15:33", "août 13 2025", "déc 13 15:33", "m\udce4r 13 15:33", "loka 13 15:33",
    "13 Out 15:33", "3 fev. 2025", "13. Okt 15:33", "13 de outubro de 2025", "13-Nov-2025 15:33",
    "2026-11-13 15:33", "2026-11-13 15:33:20.000000000 -0300", "2026-11-13T15:33", "2026-11-13",
    "2026-11-13T15:33:20Z", "2026-11-13T15:33:20.000-03:00", "13.11. 15:33", "11 13 2025", "11-13 2025",
    "Nov 13, 2025 15:33", "11-13 15:33", "13/11/2026 15:33", "11/13/26 03:33PM", "2026/11/13 15:33",
    "13.11.2026 15:33",
    "Fri Nov 13 15:33:11 2026", "sex. 13 nov 15:33", "Nov 13 2025 15:33", "11月 13 15:33", "11月13日 15:33",
]  # fmt: skip


@pytest.mark.parametrize("date", DATES)
def test_unix_manners_of_the_world(date):
    for start, mode, owner in product(["", "   "], MODES, OWNERS):
        line = f"{start}{mode} {owner} 9276 {date} Promo 12_MAIL_20260301"
        assert seen(parse_list([line])) == [("Promo 12_MAIL_20260301", 9276, None)], line


@pytest.mark.parametrize(
    "date", ["Nov 13 15:33", "Nov 13  2025", "13 Out 15:33", "2026-11-13 15:33", "11/13/26 03:33PM"]
)
@pytest.mark.parametrize(
    "name",
    ["p 50_MAIL_20260301", "AM_MAIL_20260301", "am x", "2026 x", "12 Mar 2026 10:00 x", "+5511 x", "a -> b",
     "5 Nov 13 15:33 x", "1.234 Nov 13 15:33 x", "-x", "Z x", "<DIR> x", "fim "],
)  # fmt: skip
def test_a_name_is_not_taken_for_a_date(date, name):
    lines = [f"-rw-r--r-- 1 {owner} 9276 {date} {name}" for owner in ("ftp ftp", "1000 12", "root")]
    lines += [f"{date}  9276 {name}" for date in ("11-13-26  03:33PM", "13/11/2026 15:33:10")]
    assert seen(parse_list(lines)) == [(name, 9276, None)] * 5


def test_blanks_before_every_name_are_the_servers_and_others_the_names():
    line = "-rw-r--r-- 1 ftp ftp 9276 Nov 13 15:33"
    assert [file.name for file in parse_list([f"{line}   a", f"{line}   b  c"])] == ["a", "b  c"]
    assert [file.name for file in parse_list([f"{line} a", f"{line}   b"])] == ["a", "  b"]
    assert parse_list([f"{line}    "]).not_understood == (f"{line}    ",)


@pytest.mark.parametrize(
    "line",
    [
        "-rw-r--r-- 1 ftp ftp 9,276 Nov 13 15:33 Promo_MAIL_20260301",
        "-rw-r--r-- 1 ftp ftp 9.276 Nov 13 15:33 Promo_MAIL_20260301",
        "13/11/2026  15:33   9\xa0276 Promo_MAIL_20260301",
        "12345 12 -rw-r--r-- 1 ftp ftp 9276 Nov 13 15:33 Promo_MAIL_20260301",
        "-rw-r--r-- 1 ftp ftp 9276 Nov 13 15:33 ./Promo_MAIL_20260301",
        "9276  Nov 13, 2025 15:33 Promo_MAIL_20260301",
        "    9276      A          11-13-26   15:33  Promo_MAIL_20260301",
        "ACME            9276 11/13/26 15:33:20 *STMF      Promo_MAIL_20260301",
        "-[RWCEMFA] 1 acme 9276 Nov 13 15:33 Promo_MAIL_20260301",
        "+i8388621.29609,m824255902,r,s9276\tPromo_MAIL_20260301",
        "+r,s9276,\tPromo_MAIL_20260301",
    ],
)
def test_other_manners(line):
    assert [(file.name, file.size) for file in parse_list([line])] == [("Promo_MAIL_20260301", 9276)]


@pytest.mark.parametrize(
    "line",
    ["lrwxrwxrwx 1 ftp ftp 4 Nov 13 15:33 atalho", "drwxr-sr-x+ 2 1 1 9276 Nov 13 15:33 feito", "totale 4",
     "    0 DIR       02-11-103  16:15  feito", "0  Nov 13, 2025 15:33 feito/", "d????????? ? ? ? ? ? feito",
     "ACME   36864 11/13/26 15:33:20 *DIR   feito/", "ACME          *MEM       FEITO.FEITO",
     "type=dir;modify=20260301090000 feito", "type=dir;size=4096 feito", "type=OS.unix=slink:/a b;size=1; c"],
)  # fmt: skip
def test_lines_of_no_file(line):
    listing = parse_list([line])
    assert not listing.files
    assert not listing.not_understood


def test_columns_stand_in_for_a_date_that_is_none():
    line = "-rw-r--r--   1 ftp      ftp          9276 ??? ?? ??:?? Promo_MAIL_20260301"
    assert seen(parse_list([line])) == [("Promo_MAIL_20260301", 9276, None)]


@pytest.mark.parametrize(
    "date",
    ["11-02-26  15:33", "11/02/2026  03:33PM", "2026-11-02  15:33", "02.11.2026  15:33:10", "11-02-26  3:33p",
     "11-02-26 03:33 PM", "02/11/26", "2026/11/02 3:33 a.m."],
)  # fmt: skip
def test_dos_manners_of_the_world(date):
    lines = [f"{date}   9276 Promo_MAIL_20260301", f"  {date}   9.276 Promo_MAIL_20260301"]
    lines += [f"{date}  <DIR>  feito", f"{date}  <JUNCTION>  atalho [x]"]
    listing = parse_list(lines)
    assert seen(listing) == [("Promo_MAIL_20260301", 9276, None)] * 2
    assert not listing.not_understood


def test_eplf_tells_times():
    lines = [
        "+i8388621.48594,m1772355600,r,s9276,\tPromo_MAIL_20260301",
        "+s12,r,\tsem hora",
        "+i8388621.44468,/,\tfeito",
        "+r,\tsem tamanho",
    ]
    listing = parse_list(lines)
    assert seen(listing) == [("Promo_MAIL_20260301", 9276, AT), ("sem hora", 12, None)]
    assert listing.not_understood == (lines[-1],)


def test_one_listing_in_two_manners():
    lines = ["-rw-r--r-- 1 0 0 3 Mar 01 09:00 a", "03-01-26  09:00AM  4 b", "type=file;size=5; c"]
    assert (
        seen(parse_list(lines)) == seen(parse_mlsd(lines)) == [("a", 3, None), ("b", 4, None), ("c", 5, None)]
    )


@pytest.mark.parametrize(
    "line",
    ["1 jan 1 2026 " * 600, "9" * 8000, " " * 8000, "1 " * 4000, "a=b;" * 2000, "1 abc 1 " + " " * 8000,
     ("1 ab 1 " + " " * 100) * 70],
)  # fmt: skip
def test_no_line_takes_long(line):
    started = time.process_time()
    for text in (line, f"-rw-r--r-- {line}", f"01-01-26 1,{line}", f"+{line}"):
        parse_list([text])
        parse_mlsd([text])
    assert time.process_time() - started < 1


def test_list_of_iis():
    lines = [
        "03-01-26  09:00AM       <DIR>          feito",
        "03-01-26  09:00AM                   12 Promo_MAIL_20260301",
        "03-01-2026  09:00PM                345 com espaco no nome",
    ]
    assert seen(parse_list(lines)) == [("Promo_MAIL_20260301", 12, None), ("com espaco no nome", 345, None)]


def test_sizes_beyond_all_disks_stay_numbers_the_state_can_hold():
    assert parse_mlsd([f"type=file;size={'9' * 5000}; a"]).files[0].size == MAX_SIZE_BYTES
    assert parse_list([f"-rw-r--r-- 1 0 0 {'9' * 30} Mar 01 09:00 a"]).files[0].size == MAX_SIZE_BYTES


@pytest.mark.parametrize(
    "text", ["", "2026", "20261301090000", "20260301 09:00", "202603019", "２０２６０３０１０９００００x"]
)
def test_times_that_are_none(text):
    assert parse_mlsd_time(text) is None


@given(st.lists(st.text(max_size=80), max_size=8))
def test_no_line_is_too_odd(lines):
    for file in [*parse_mlsd(lines), *parse_list(lines)]:
        assert file.name
        assert 0 <= file.size <= MAX_SIZE_BYTES
