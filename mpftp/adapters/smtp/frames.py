"""How the parent and its sending processes talk: length-prefixed ``marshal`` over a socket pair.

Both ends are the same program on the same machine, started together, so ``marshal`` fits: it is
the fastest there is, and its format need not outlive them.
"""

from __future__ import annotations

import marshal
from typing import Any

LENGTH_BYTES = 4


def encode_frame(message: tuple[Any, ...]) -> bytes:
    """*message* (numbers, texts, bytes, tuples, lists) as one frame."""
    body = marshal.dumps(message)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


class FrameDecoder:
    """Cuts a stream of bytes into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes | memoryview) -> list[tuple[Any, ...]]:
        """The messages that *data* completes."""
        self._buffer += data
        messages: list[tuple[Any, ...]] = []
        start = 0
        while len(self._buffer) - start >= LENGTH_BYTES:
            end = start + LENGTH_BYTES + int.from_bytes(self._buffer[start : start + LENGTH_BYTES], "big")
            if len(self._buffer) < end:
                break
            messages.append(marshal.loads(self._buffer[start + LENGTH_BYTES : end]))  # noqa: S302
            start = end
        del self._buffer[:start]
        return messages
