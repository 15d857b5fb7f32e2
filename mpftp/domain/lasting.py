"""Troubles that last over many runs of a command: what is new in one, and what is over."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from mpftp.errors import Exit, MpftpError

UNAVAILABLE = "unavailable"
"""The topic of everything that may pass by itself: its words change while it lasts."""

UNKNOWN_LINES = "unknown lines"
"""The topic of lines in a listing that hide no file of ours, as far as one can tell."""

MAX_TOPIC_CHARS = 200

_VARYING = re.compile(r"\d+")


class TroubleKey(NamedTuple):
    """By what a trouble is known again: where it is, and which one."""

    place: str
    topic: str


@dataclass(frozen=True, slots=True)
class LastingTrouble:
    """A trouble that one run met at *place* (a client, the relay; empty: the command itself).

    *passes*: it may end by itself, and its end is reported.
    """

    place: str
    topic: str
    text: str
    hint: str = ""
    passes: bool = False

    @property
    def key(self) -> TroubleKey:
        """By what it is known again."""
        return TroubleKey(self.place, self.topic)


@dataclass(frozen=True, slots=True)
class SaidTrouble:
    """A trouble that a run of *command* said *since* then; *silent*: another command had said it."""

    command: str
    place: str
    topic: str
    text: str
    passes: bool
    silent: bool
    since: datetime

    @property
    def key(self) -> TroubleKey:
        """By what it is known again."""
        return TroubleKey(self.place, self.topic)


@dataclass(frozen=True, slots=True)
class TroubleChanges:
    """What one run has to say: troubles that *began* (and whether silently), and those that *ended*."""

    began: list[tuple[LastingTrouble, bool]]
    ended: list[SaidTrouble]


def make_trouble(place: str, error: MpftpError) -> LastingTrouble:
    """*error*, met at *place*, as a trouble that may last."""
    passes = error.exit_code is Exit.TRY_LATER
    topic = error.topic or (UNAVAILABLE if passes else find_topic(error.message))
    return LastingTrouble(place, topic, error.message, error.hint, passes)


def find_topic(text: str) -> str:
    """What stays of *text* when the same trouble is met again: all but its numbers."""
    return " ".join(_VARYING.sub("#", text).split())[:MAX_TOPIC_CHARS]


def compare_troubles(
    command: str, said: Sequence[SaidTrouble], met: Sequence[LastingTrouble], well: Collection[str]
) -> TroubleChanges:
    """Compare what a run of *command* met with what was *said*; *well*: the places it saw to the end.

    What another command has said of the same place is not said again.
    """
    own = [one for one in said if one.command == command]
    others = [one for one in said if one.command != command]
    known = {one.key for one in own}
    new = {trouble.key: trouble for trouble in met if trouble.key not in known}
    began = [(trouble, any(_is_same(trouble, other) for other in others)) for trouble in new.values()]
    now = {trouble.key for trouble in met}
    return TroubleChanges(began, [one for one in own if one.place in well and one.key not in now])


def _is_same(trouble: LastingTrouble, said: SaidTrouble) -> bool:
    """Return whether *trouble* is what another command has *said*, as of an unavailable server."""
    if trouble.place and trouble.passes:
        return said.passes and said.place == trouble.place
    return said.key == trouble.key and (trouble.topic != UNAVAILABLE or said.text == trouble.text)
