"""Events of deliveries, and the one line of JSON that each of them is in the event log."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple

from mpftp.domain.campaign import BounceClass, EventKind
from mpftp.domain.clock import from_ms, to_ms

MAX_EVENT_TEXT_CHARS = 500  # characters kept of what a stranger's program says of itself


class Event(NamedTuple):
    """What happened to one delivery, and when (*at* is aware, UTC).

    *link* is a click's number; *ip* and *agent* say who asked; *bounce_class*, *code* (RFC 3463) and
    *reason* (key of the closed list) belong to bounces; *source* says by which way an opt-out or
    complaint came; *mark* says why a machine is suspected behind it, ``""`` for a person.
    """

    kind: EventKind
    delivery_id: int
    at: datetime
    link: int = 0
    ip: str = ""
    agent: str = ""
    bounce_class: BounceClass | None = None
    code: str = ""
    reason: str = ""
    source: str = ""
    mark: str = ""


_TEXTS = ("ip", "agent", "code", "reason", "source", "mark")


def format_event(event: Event) -> bytes:
    """Return *event* as one line of ASCII; no text in it can end the line."""
    line = f'{{"kind":"{event.kind.value}","delivery":{event.delivery_id},"at":{to_ms(event.at)}'
    if event.link:
        line += f',"link":{event.link}'
    if event.bounce_class:
        line += f',"class":"{event.bounce_class.value}"'
    for name in _TEXTS:
        if text := getattr(event, name):
            line += f',"{name}":{json.dumps(clean_text(text))}'
    return (line + "}\n").encode("ascii")


def parse_event(line: bytes) -> Event | None:
    """The event of one line of the log, ``None`` when it holds no event that we could have written."""
    try:
        members = json.loads(line.decode())
        return Event(
            EventKind(members["kind"]),
            _check_integer(members["delivery"]),
            from_ms(_check_integer(members["at"])),
            _check_integer(members.get("link", 0)),
            bounce_class=BounceClass(members["class"]) if "class" in members else None,
            **{name: clean_text(str(members[name])) for name in _TEXTS if name in members},
        )
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def clean_text(text: str) -> str:
    """Return *text* cut to ``MAX_EVENT_TEXT_CHARS``, with spaces for what cannot be printed."""
    short = text[:MAX_EVENT_TEXT_CHARS]
    if short.isprintable():
        return short
    return "".join(char if char.isprintable() else " " for char in short)


def _check_integer(value: Any) -> int:
    """*value* when the state file can hold it as a positive number."""
    if type(value) is not int or not 0 <= value < 2**63:
        raise ValueError(f"{value!r} is no whole number")
    return value
