"""Files made to fill the memory: what is kept of them is bounded, whatever they hold."""

from __future__ import annotations

import io
import tracemalloc
from array import array
from datetime import UTC, datetime

import pytest

from mpftp.domain.file_names import InputType, TripletKey
from mpftp.domain.profile import DEFAULT_PROFILE
from mpftp.domain.triplets.hash_batch import HashBatch
from mpftp.domain.triplets.repeats import SeenAddresses
from mpftp.domain.triplets.triplet import TripletFiles, check_triplet

MEGABYTE = 1 << 20
KEY = TripletKey("P", "20260301")


def check_mail(mail: bytes):
    files = TripletFiles(KEY, {InputType.MAIL: lambda: io.BytesIO(mail)})
    check = check_triplet(files, DEFAULT_PROFILE, zone=UTC, now=datetime(2026, 2, 1, tzinfo=UTC))
    check.count_contacts()
    return check


def peak_of(mail: bytes) -> int:
    """Bytes that the check of *mail* needs beside it at the most."""
    tracemalloc.start()
    try:
        check_mail(mail)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("unit", [b";", b'"', b"a", b'"a;', b"a@x.com.br;", b"\xc3\xa9", b"\x00"])
@pytest.mark.parametrize("head", [b"email;nome\n", b""])
def test_a_line_without_an_end_does_not_fill_the_memory(unit, head):
    assert peak_of(head + unit * (6 * MEGABYTE // len(unit))) < 64 * MEGABYTE


def test_quotes_that_are_never_closed_do_not_gather_long_lines():
    line = b'ana@x.com.br;"' + b"a" * 100_000 + b"\n"
    mail = b"email;nome\n" + line * 60
    assert peak_of(mail) < 16 * MEGABYTE
    found = {group.rule: group.count for group in check_mail(mail).findings.groups()}
    assert found["MAIL008"] == 60


def test_a_conf_whose_values_go_on_over_every_line_is_read_once():
    """Read again for each line, it would take hours."""
    conf = b'assunto;remetente_email;pasta;texto\nOi;ola@x.com.br;P;"' + b'";"\n' * (MEGABYTE // 5)
    files = TripletFiles(KEY, {InputType.CONF: lambda: io.BytesIO(conf)})
    check = check_triplet(files, DEFAULT_PROFILE, zone=UTC, now=datetime(2026, 2, 1, tzinfo=UTC))
    assert "CONF008" in {finding.rule for finding in check.findings}


def test_what_is_kept_of_lines_is_bounded_by_the_addresses_in_them():
    seen = SeenAddresses()
    seen.add(HashBatch(3, 3, array("q", [7]), array("L", [0, 2])), 10)
    seen.add(HashBatch(1000, 0, array("q"), array("L", range(1000))), 13)
    seen.add(HashBatch(4, 4, array("q", [8, 9, 7]), array("L", [1])), 1013)
    assert seen.find_first_lines({7, 8, 9}) == {7: 11, 8: 1013, 9: 1015}
    kept = sum(len(part) for _, _, places in seen._batches for part in places)
    assert kept == 2
