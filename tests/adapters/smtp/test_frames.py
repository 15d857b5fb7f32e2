"""Frames between the parent and its sending processes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mpftp.adapters.smtp.frames import FrameDecoder, encode_frame


@given(st.lists(st.tuples(st.text(), st.integers(), st.binary()), max_size=5), st.integers(1, 50))
def test_frames_are_read_however_they_are_cut(messages, size):
    wire = b"".join(encode_frame(message) for message in messages)
    unpacker = FrameDecoder()
    found = [one for at in range(0, len(wire), size) for one in unpacker.feed(wire[at : at + size])]
    assert found == messages
