"""The addresses of one block of MAIL as hashes, and on which of its lines each stands."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(slots=True)
class HashBatch:
    """The addresses of one block as hashes, in order. *blanks* are the lines that have none.

    *lines* are physical lines, *data* those that hold a contact. *is_unfinished* says that the last record
    was left unfinished.
    """

    lines: int
    data: int
    hashes: array[int]
    blanks: array[int] = field(default_factory=lambda: array("L"))
    is_unfinished: bool = False

    def places(self) -> LinePlaces:
        """Where the hashes stand, in as many numbers as there are hashes at the most."""
        if len(self.blanks) <= len(self.hashes):
            return LinePlaces(self.blanks)
        others = set(range(self.lines)).difference(self.blanks)
        return LinePlaces(array("L"), array("L", sorted(others)))


class LinePlaces(NamedTuple):
    """The lines of a block that have a hash: all but *blanks*, or those in *lines* if they are fewer."""

    blanks: array[int]
    lines: array[int] = array("L")

    def line_index(self, index: int) -> int:
        """The index of the line that hash *index* (from 0) belongs to."""
        if self.lines:
            return self.lines[index]
        for blank in self.blanks:
            if blank > index:
                break
            index += 1
        return index
