"""``status --check``: one line and performance data, as monitoring plugins are expected to write."""

from __future__ import annotations

from datetime import UTC

from mpftp.cli.views.status import format_trouble
from mpftp.domain.campaign import CampaignState
from mpftp.domain.printable import escape_invisible
from mpftp.domain.texts import count_text
from mpftp.stages.status import CheckLevel, Status

MAX_NAMED = 3  # troubles, the worst first; the rest is counted
MAX_TROUBLE_CHARS = 400


def format_plugin_line(status: Status) -> str:
    """How things stand, on one line: the level, the worst troubles in UTC, and figures behind a bar."""
    sentences = [
        _clean(f"{one.about}: {format_trouble(one, UTC, 'Z')}")[:MAX_TROUBLE_CHARS]
        for one in status.trouble[:MAX_NAMED]
    ]
    if len(status.trouble) > MAX_NAMED:
        sentences.append(f"and {len(status.trouble) - MAX_NAMED} more: `mpftp status`")
    under_way = status.states.get(CampaignState.ACTIVE, 0)
    clients = count_text("1 client|{count} clients", len(status.clients))
    well = f"{clients}, {count_text('1 campaign|{count} campaigns', under_way)} under way"
    return f"{format_level(status.level, '; '.join(sentences) or well)} | {_performance(status)}"


def format_level(level: CheckLevel, text: str) -> str:
    """The start of the line: who speaks, how bad it is, and *text* without what has a meaning of its own."""
    return f"MPFTP {level.name} - {_clean(text)}"


def _clean(text: str) -> str:
    return escape_invisible(" ".join(text.replace("|", "/").split()))


def _performance(status: Status) -> str:
    """The figures: ``label=value[unit];warn;crit;min``."""
    critical = sum(one.critical for one in status.trouble)
    due = (status.now - status.oldest_due).total_seconds() if status.oldest_due else 0
    free = min((disk.free for disk in status.machine.disks), default=0)
    labelled = [
        f"trouble={len(status.trouble)};0;;0",
        f"critical={critical};;0;0",
        f"clients_failing={sum(client.failures > 0 for client in status.clients)};0;;0",
        f"oldest_due={due:.0f}s;;7200;0",
        f"undecided={status.undecided_messages};;;0",
        f"events_waiting={status.machine.events_waiting_bytes}B;;;0",
        f"reports_waiting={status.machine.reports_waiting};;;0",
        f"state={status.machine.state_bytes}B;;;0",
        f"disk_free={free}B;;;0",
    ]
    return " ".join(labelled)
