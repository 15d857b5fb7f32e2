"""Connections to the state file that threads of one run hand on to one another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mpftp.adapters.store.database import Database


class DatabasePool:
    """Lends each borrower a connection of its own, and the next one that connection again.

    A fresh connection reads the schema and compiles every statement anew, which takes a fifth of the
    processor's time of a short visit. *open_database* makes one when none is free.
    """

    def __init__(self, open_database: Callable[[], Database]) -> None:
        self._open_database = open_database
        self._free: list[Database] = []

    @contextmanager
    def lend(self) -> Iterator[Database]:
        """A connection until the block ends; one whose block raises is closed, and not lent again."""
        db = self._free_or_new()
        try:
            yield db
        except BaseException:
            db.close()
            raise
        self._free.append(db)

    def _free_or_new(self) -> Database:
        try:
            return self._free.pop()
        except IndexError:
            return self._open_database()

    def close(self) -> None:
        """Close the connections that are free."""
        while self._free:
            self._free.pop().close()
