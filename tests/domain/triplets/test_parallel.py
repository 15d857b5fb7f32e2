"""A large MAIL shared by workers: the same findings and counts as in one piece, wherever it is cut."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mpftp.domain.file_names import InputType, TripletKey
from mpftp.domain.profile import DEFAULT_PROFILE
from mpftp.domain.triplets import parallel, repeats
from mpftp.domain.triplets.parallel import count_in_spans, cut_spans, scan_in_spans
from mpftp.domain.triplets.text import scan_text
from mpftp.domain.triplets.triplet import TripletFiles, check_triplet

FRAGMENTS = st.sampled_from(
    ["ana@x.com.br", "bia@gmial.com", "ANA@X.com.br", ";", '"', '""', "\n", "\r\n", "\r", "S\u00e3o Paulo",
     "\x00", "\ufeff", "\x1a", " ", "a@b", "x" * 70, "jos\u00e9@caf\u00e9.com.br", ";;;;"]
).map(lambda part: part.encode("utf-8"))  # fmt: skip
WILD = st.lists(FRAGMENTS | st.binary(max_size=6), max_size=40).map(b"".join)


@pytest.fixture(autouse=True)
def _small_spans(monkeypatch):
    monkeypatch.setattr(parallel.cut_spans, "__defaults__", (16,))
    monkeypatch.setattr(repeats, "MAX_SET_HASHES", 2)


def check_of(mail):
    files = TripletFiles(TripletKey("P", "20260301"), {InputType.MAIL: lambda: io.BytesIO(mail)})
    return check_triplet(files, DEFAULT_PROFILE, zone=UTC, now=datetime(2026, 2, 1, tzinfo=UTC))


def facts(check):
    found = [(f.rule, f.line, f.column, f.width, f.excerpt, dict(f.values)) for f in check.findings]
    return check.counts, sorted(found, key=str)


@settings(max_examples=150, deadline=None)
@given(WILD)
@example(b"ana@x.com.brana@x.com.br\n\x1a")
@example(b"ana@x.com.brana@x.com.br\n\x1a\x1a\x1a")
@example(b"ana@x.com.br;A\n" * 8 + b"\x1a\r\n" * 60)
@example(b"ana@x.com.br;A\x1a\r\n\x1a\x1a\n")
@example(b'email;nome\nana@x.com.br;"a\nb\nc"\nbia@x.com.br;"\n')
@example(b'ana@x.com.br;Ana\nb@x.com;"\nc@x.com;"\n')
@example(b"bia@x.com.br;Bia Souza\nana@x.com.br")
@example(b"bia@x.com.br;Bia Souza\nana@x.com.br\x1a")
@example(b"bia@x.com.br;Bia\rana@x.com.br;Ana\neva@x.com.br;Eva\n")
def test_workers_and_one_process_agree(mail):
    mail = b"email;nome\n" + mail
    alone, shared = check_of(mail), check_of(mail)
    alone.count_contacts()
    count_in_spans(shared, map)
    assert facts(shared) == facts(alone)
    scans = scan_in_spans(lambda: io.BytesIO(mail), None, map), scan_text(lambda: io.BytesIO(mail))
    assert len({(one.size, one.lf, one.crlf, one.cr, one.lacks_line_end) for one in scans}) == 1


@given(st.binary(max_size=200))
def test_spans_follow_each_other_and_end_with_lines(data):
    spans = cut_spans(io.BytesIO(data), 0, 10)
    if spans:
        assert [start for start, _ in spans] == [0, *(end for _, end in spans[:-1])]
        assert spans[-1][1] == len(data)
        assert all(data[end - 1 : end] == b"\n" for _, end in spans[:-1])
