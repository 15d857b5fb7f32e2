"""How a state file is known for what it is: a mark kept in it, and again outside it, in the journal.

Every change of the state counts one up, and the journal learns the new mark before a message that the
change allows can go out. A copy of the state that was put back is behind the journal's mark, however
much it looks like the state itself; so no message is sent again from a state that lacks outcomes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mpftp.domain.clock import from_ms, to_ms


@dataclass(frozen=True, slots=True)
class Mark:
    """Which state file (*state_id*, random), how many *changes* it had seen, and when the last one was."""

    state_id: str
    changes: int
    at: datetime


class Doubt(StrEnum):
    """Why a state file cannot be trusted to know all that was sent."""

    OLDER = "older"
    OTHER = "other"
    JOURNAL_LOST = "journal lost"


def find_doubt(state: Mark, kept: Mark | None, *, was_marked: bool) -> Doubt | None:
    """Compare the state with the mark *kept* in the journal; ``None`` when the state can be trusted.

    *was_marked* is whether the journal was ever given a mark of this state.
    """
    if kept is None:
        return Doubt.JOURNAL_LOST if was_marked else None
    if kept.state_id != state.state_id:
        return Doubt.OTHER
    return Doubt.OLDER if kept.changes > state.changes else None


def format_mark(mark: Mark) -> str:
    """*mark* as a line of the journal, without its end."""
    return f"m {mark.state_id} {mark.changes} {to_ms(mark.at)}"


def parse_mark(line: str) -> Mark | None:
    """The mark of a line that ``format_mark`` made, ``None`` for any other line."""
    kind, *parts = line.split(" ")
    if kind != "m" or len(parts) != 3 or not (parts[1].isdigit() and parts[2].isdigit()):
        return None
    return Mark(parts[0], int(parts[1]), from_ms(int(parts[2])))
