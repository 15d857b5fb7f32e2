"""Bytes of a client's file in blocks: cut at line ends, whatever system wrote them."""

from __future__ import annotations

import io

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
