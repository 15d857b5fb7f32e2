"""Bytes of a client's file in blocks: cut at line ends, whatever system wrote them."""

from __future__ import annotations

import io
from functools import partial

import pytest

from mpftp.domain.triplets import text


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_blocks_are_cut_at_line_ends_of_every_system(monkeypatch, line_end):
    monkeypatch.setattr(text, "BLOCK_BYTES", 64)
    data = b"email;nome\n" + b"".join(b"a%d@x.com.br;A%s" % (n, line_end) for n in range(200))
    scan = text.scan_text(lambda: io.BytesIO(data))
    blocks = list(text.read_blocks(io.BytesIO(data), scan))
    assert max(map(len, blocks)) <= 128
    assert all(block.endswith(b"\n") for block in blocks)
    assert b"".join(blocks).splitlines() == data.splitlines()


@pytest.mark.parametrize("letter", ["a", "é", "€", "😀", "\r\n"])
@pytest.mark.parametrize("shift", range(4))
def test_a_line_that_is_cut_is_not_cut_in_a_character(monkeypatch, letter, shift):
    monkeypatch.setattr(text, "BLOCK_BYTES", 64)
    monkeypatch.setattr(text, "MAX_LINE_BYTES_KEPT", 64)
    data = b"x" * shift + letter.encode() * 200
    scan = text.scan_text(lambda: io.BytesIO(data))
    blocks = list(text.read_blocks(io.BytesIO(data), scan))
    assert scan.utf8
    assert len(blocks) > 2
    assert "".join(block.decode() for block in blocks) == data.decode()


@pytest.mark.parametrize("sign", ["", "€", "😀", "“"])
@pytest.mark.parametrize(("stray", "mixed"), [(b"\xa1", False), (b"jo\xe3o", True)])
def test_a_familiar_sign_is_no_letter_of_another_encoding(sign, stray, mixed):
    data = f"São {sign}\n".encode() * 30 + stray + b"\n"
    scan = text.scan_text(lambda: io.BytesIO(data))
    assert (scan.encoding, scan.mixed) == ("utf-8", mixed)


@pytest.mark.parametrize(
    "mark", ["\x1a", "\x1a\x1a\x1a", "\x1a\n", "\x1a\r\n", "\x1a\x1a\r\n\x1a", "\x1a\r\n\r\n"]
)
@pytest.mark.parametrize("written", ["email;nome\r\nana@x.com.br;A\r\n", "email;nome\r\nana@x.com.br;A", ""])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_ctrl_z_and_what_follows_at_the_end_is_no_part_of_the_text(written, mark, encoding):
    data, plain = (text.encode(encoding) for text in (written + mark, written))
    scan, without = text.scan_text(lambda: io.BytesIO(data)), text.scan_text(lambda: io.BytesIO(plain))
    assert scan.ctrl_z == len(mark)
    assert (scan.lf, scan.crlf, scan.cr, scan.lines) == (without.lf, without.crlf, without.cr, {})
    assert scan.lacks_line_end == without.lacks_line_end
    assert b"".join(text.read_blocks(io.BytesIO(data), scan)).decode() == written


@pytest.mark.parametrize("block_bytes", [3, 5, 64])
def test_ctrl_z_at_the_end_may_reach_over_blocks(monkeypatch, block_bytes):
    monkeypatch.setattr(text, "BLOCK_BYTES", block_bytes)
    data = b"email;nome\nana@x.com.br;A\x1ab\n" + b"\x1a\r\n" * 9
    scan = text.scan_text(lambda: io.BytesIO(data))
    assert (scan.ctrl_z, scan.lines) == (27, {"TEXT009": 1})
    assert b"".join(text.read_blocks(io.BytesIO(data), scan)) == data[:-27]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("magic", ["PK\x03\x04", "%PDF-", "{\\rtf", "GIF8"])
def test_a_text_that_would_be_another_format_in_utf_8_is_none(encoding, magic):
    """A corrected copy of it would be refused."""
    scan = text.scan_text(partial(io.BytesIO, f"{magic}email;nome\r\nana@x.com.br;Ana\r\n".encode(encoding)))
    assert scan.binary
    assert not text.scan_text(partial(io.BytesIO, f"x{magic}email;nome\r\n".encode(encoding))).binary


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8"])
@pytest.mark.parametrize("given", ["utf-16", "utf-32"])
def test_an_encoding_that_asks_for_a_mark_is_read_without_one(given, encoding):
    data = "email;nome\r\nana@x.com.br;Ana\r\n".encode(encoding)
    scan = text.scan_text(lambda: io.BytesIO(data), given)
    assert scan.encoding == (encoding if given == "utf-16" and encoding != "utf-8" else f"{given}-le")
    assert b"".join(text.read_blocks(io.BytesIO(data), scan))


@pytest.mark.parametrize("wrong", ["cp850", "cp437", "mac_roman", "cp1252"])
@pytest.mark.parametrize("name", ["João", "Conceição", "José", "Olá", "Antônio", "Avó"])
def test_utf_8_that_was_read_in_another_encoding_is_seen(wrong, name):
    data = f"nome\n{name.encode().decode(wrong, 'replace')}\n".encode()
    assert "TEXT006" in text.scan_text(lambda: io.BytesIO(data)).lines


@pytest.mark.parametrize("wrong", ["cp850", "mac_roman", "cp1252", "latin-1"])
@pytest.mark.parametrize("written", ["10 €", "d’água", "1 – 2", "uma… outra", "Você", "único"])
def test_signs_of_utf_8_that_were_read_in_another_encoding_are_seen(wrong, written):
    data = f"nome\n{written.encode().decode(wrong)}\n".encode()
    assert "TEXT006" in text.scan_text(lambda: io.BytesIO(data)).lines


@pytest.mark.parametrize(
    "written",
    ["├── a\n└── é", "├── pasta", "√2 é", "√ é", "naïf «não»", "São João", "‚Ärger‘", "Åse, Åström: „Å“"],
)
def test_signs_of_their_own_are_not_garbled(written):
    assert not text.scan_text(lambda: io.BytesIO(written.encode())).lines


def test_a_mark_that_was_read_as_text_is_seen():
    data = "\u00ef\u00bb\u00bf<html></html>".encode()
    assert text.scan_text(lambda: io.BytesIO(data)).lines == {"TEXT006": 1}


@pytest.mark.parametrize(
    ("written", "lines"),
    [("Oi \u00a0\u200c\u200b\u200d\u200e\u200f\ufeff" * 9, {}), ("\u034f\u200c\u2007\ufeff\u00ad\ufeff", {}),
     ("Oi\n\ufeffemail;nome\n", {"TEXT004": 1}), ("Ana\ufeff Souza", {"TEXT004": 1})],
)  # fmt: skip
def test_signs_that_fill_up_the_line_of_an_inbox_are_no_marks_of_joined_files(written, lines):
    assert text.scan_text(lambda: io.BytesIO(written.encode())).lines == lines


@pytest.mark.parametrize("named", ["latin-1", "cp1252", "iso8859-15", "cp850"])
def test_utf_8_that_is_read_in_the_encoding_that_was_named_is_garbled(named):
    written = "São João\nÁurea Conceição\nSÃO PAULO\nÃGUA – “Zé” ª º €\n"
    scan = text.scan_text(lambda: io.BytesIO(written.encode()), named)
    assert (scan.encoding, scan.lines["TEXT006"]) == (text.codecs.lookup(named).name, 3)
    assert text.scan_text(lambda: io.BytesIO(written.encode(named, "ignore")), named).lines == {}
