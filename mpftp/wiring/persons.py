"""Where one person's data may lie: the state, the spool, the mailboxes of reports, the logs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from mpftp.adapters.config import Config
from mpftp.adapters.event_log import blank_events, log_files
from mpftp.adapters.person_files import PersonFiles
from mpftp.wiring.mailboxes import spool_mailbox


def find_person_files(config: Config, logs: Iterable[Path]) -> PersonFiles:
    """Our files that may hold a person; with each of *logs* also those that were rotated beside it."""
    rotated = [path for log in logs for path in sorted(log.parent.glob(f"{log.name}*")) if path.is_file()]
    return PersonFiles(
        config.spool_dir / "originals",
        config.spool_dir / "results",
        tuple(path for path in (config.bounces.maildir, spool_mailbox(config)) if path is not None),
        (config.journal, *rotated),
        config.state,
    )


def make_event_eraser(config: Config) -> Callable[[Collection[int]], int]:
    """The function that erases the events of deliveries from the logs that were taken in."""
    return lambda ids: sum(blank_events(path, ids) for path in log_files(config.spool_dir / "events"))


def unreachable_places(config: Config, client: str | None) -> Iterator[str]:
    """Where a person may stand that no command of ours reaches; the operator sees to it."""
    if client:
        yield "messages that were set aside: they may be of another client"
    yield "files on the clients' servers, and copies that clients made of them"
    yield "backups (`mpftp backup`) and other copies of the state file and the spool"
    yield "messages that were delivered, and log files of the relay and of the web server"
    yield "log files that no --log names, systemd's journal, and the link files of trackers on other hosts"
    for mailbox in (config.bounces.imap, config.bounces.mbox):
        if mailbox:
            yield f"messages in {mailbox}"
