"""How the parent and its sending processes talk: length-prefixed ``marshal`` over a socket pair.

Both ends are the same program on the same machine, started together, so ``marshal`` fits: it is
the fastest there is, and its format need not outlive them.
"""

from __future__ import annotations

import marshal
from typing import Any

HEAD = 4


def pack(message: tuple[Any, ...]) -> bytes:
    """*message* (numbers, texts, bytes, tuples, lists) as one frame."""
    body = marshal.dumps(message)
    return len(body).to_bytes(HEAD, "big") + body


class Unpacker:
    """Cuts a stream of bytes into messages."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes | memoryview) -> list[tuple[Any, ...]]:
        """The messages that *data* completes."""
        self._rest += data
        found: list[tuple[Any, ...]] = []
        start = 0
        while len(self._rest) - start >= HEAD:
            end = start + HEAD + int.from_bytes(self._rest[start : start + HEAD], "big")
            if len(self._rest) < end:
                break
            found.append(marshal.loads(self._rest[start + HEAD : end]))  # noqa: S302
            start = end
        del self._rest[:start]
        return found
