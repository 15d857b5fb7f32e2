"""How clients look in ``mpftp client``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from mpftp.domain.printable import escape_invisible


def format_utc(at: datetime | None) -> str | None:
    """*at* as ISO 8601 in UTC, for JSON."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def format_clients(clients: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """One line a client, in columns."""
    rows = [(one["name"], _state(one), _server(one), _visited(one), _campaigns(one)) for one in clients]
    if not rows:
        yield "There is no client yet: mpftp client add NAME"
    widths = [max(len(row[at]) for row in rows) for at in range(5)] if rows else []
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield escape_invisible("  ".join(cells).rstrip())


def format_client(one: Mapping[str, Any]) -> Iterator[str]:
    """What the state knows of a client, as comments above its settings."""
    yield escape_invisible(f"# {one['name']}: {_state(one)}; {_visited(one)}; {_campaigns(one)}")
    yield f"# {one['suppressed']} suppressed addresses"
    if one["trouble"]:
        yield escape_invisible(f"# {one['trouble']}")


def _state(one: Mapping[str, Any]) -> str:
    has_failed = one["failures"] and one["state"] == "enabled"
    return f"failed {one['failures']}x" if has_failed else str(one["state"])


def _server(one: Mapping[str, Any]) -> str:
    return "-" if one["endpoint"] is None else f"{one['endpoint']} {one['directory'] or ''}".rstrip()


def _visited(one: Mapping[str, Any]) -> str:
    at = one["visited_at"]
    return f"last visit {at[:16].replace('T', ' ')}Z" if at else "never visited"


def _campaigns(one: Mapping[str, Any]) -> str:
    count = one["campaigns"]
    return f"{count} campaign{'s' * (count != 1)}"
