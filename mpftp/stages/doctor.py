"""``doctor``: try everything that a run needs, step by step, and say what to do about what fails."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from mpftp.domain.clock import Clock
from mpftp.domain.endpoint import Endpoint, RemoteListing
from mpftp.domain.senders.deliverability import Check, Grade
from mpftp.errors import Exit, MpftpError

log = logging.getLogger("mpftp.doctor")

SKEW = timedelta(minutes=2)  # of a clock, before it is worth a word
LITTLE = 1_000_000_000  # bytes free, below which a disk is soon full

Steps = Callable[[], Iterable[tuple[str, str, str]]]
"""The steps up to the login: (what, found, advice); raises at the first that fails."""


def examine_client(name: str, steps: Steps, endpoint: Endpoint, clock: Clock) -> Iterator[Check]:
    """One client's server, from its name to a probe file that is written, renamed and deleted."""
    try:
        for what, found, advice in steps():
            yield Check(what, name, Grade.WARNING if advice else Grade.GOOD, found, advice)
        yield _listing(name, endpoint.list())
        yield from _probe(name, endpoint, clock)
    except MpftpError as error:
        yield failed(name, "server", error)
    finally:
        endpoint.close()


def failed(name: str, what: str, error: MpftpError) -> Check:
    """What *error* means for the check of *what*."""
    return Check(what, name, Grade.BAD, error.what, error.hint)


def _listing(name: str, files: RemoteListing) -> Check:
    odd = [file.name for file in files if any("\ud800" <= letter <= "\udfff" for letter in file.name)]
    if odd:
        return Check(
            "directory", name, Grade.WARNING,
            f"{len(odd)} of {len(files)} files have names that are not UTF-8",
            'set encoding = "latin-1" (or "cp1252") for this client',
        )  # fmt: skip
    return Check("directory", name, Grade.GOOD, f"{len(files)} files")


def _probe(name: str, endpoint: Endpoint, clock: Clock) -> Iterator[Check]:
    """Write, date, rename and delete a file whose name no client uses."""
    probe = f"mpftp-doctor-{secrets.token_hex(4)}.tmp"
    renamed = probe.replace(".tmp", "-2.tmp")
    with TemporaryDirectory() as folder:
        source = Path(folder, probe)
        source.write_bytes(b"mpftp doctor was here; delete me\r\n")
        try:
            endpoint.upload(source, probe)
            yield Check("write", name, Grade.GOOD, "a probe file was stored")
            yield _server_clock(name, endpoint.modified(probe), clock())
            endpoint.rename(probe, renamed)
            yield Check("rename", name, Grade.GOOD, "the probe file was renamed")
        finally:
            for left in (probe, renamed):
                with suppress(MpftpError):
                    endpoint.delete(left)
        endpoint.delete(renamed)
        if endpoint.size(renamed) is None:
            yield Check("delete", name, Grade.GOOD, "the probe file is gone")
        else:
            yield Check("delete", name, Grade.BAD, f"{renamed} is still there", "let the login delete files")


def _server_clock(name: str, modified: datetime | None, now: datetime) -> Check:
    if modified is None:
        return Check(
            "time", name, Grade.WARNING, "the server does not tell when a file was changed",
            "new files wait for two runs; ask for MDTM or MLSD",
        )  # fmt: skip
    skew = modified - now
    if abs(skew) > SKEW:
        return Check(
            "time", name, Grade.WARNING, f"its clock is {skew.total_seconds():+.0f} seconds off ours",
            "set the clock of that server, or of this machine, by NTP",
        )  # fmt: skip
    return Check("time", name, Grade.GOOD, "its clock agrees with ours")


def examine_relay(name: str, greet: Callable[[], frozenset[str]]) -> Check:
    """Whether the relay takes our connection; *greet* returns what it offers."""
    try:
        offered = greet()
    except MpftpError as error:
        return failed(name, "relay", error)
    if "PIPELINING" not in offered:
        return Check("relay", name, Grade.WARNING, "answers, without PIPELINING", "sending will be slow")
    return Check("relay", name, Grade.GOOD, "answers")


def examine_tracker(
    url: str, look: Callable[[str], tuple[int, str, datetime | None]], clock: Clock
) -> Iterator[Check]:
    """Whether readers' clicks arrive at our tracker; its clock is compared to ours on the way."""
    try:
        status, text, moment = look(f"{url.rstrip('/')}/robots.txt")
    except MpftpError as error:
        yield Check("tracker", url, Grade.BAD, error.what, "start `mpftp track`, or mend tracking.base_url")
        return
    if status != 200 or "Disallow: /" not in text:
        yield Check(
            "tracker", url, Grade.BAD, f"something else answers there ({status})",
            "have the web server pass this address on to `mpftp track`",
        )  # fmt: skip
    elif url.startswith("http://"):
        yield Check(
            "tracker", url, Grade.WARNING, "answers, but without TLS", "use https in tracking.base_url"
        )
    else:
        yield Check("tracker", url, Grade.GOOD, "answers")
    if moment is not None and abs(moment - clock()) > SKEW:
        seconds = (moment - clock()).total_seconds()
        yield Check("clock", url, Grade.WARNING, f"the tracker's clock is {seconds:+.0f} seconds off ours",
                    "set both clocks by NTP")  # fmt: skip


def examine_mailbox(name: str, look: Callable[[], bool]) -> Check:
    """Whether delivery reports can be read; *look* opens the mailbox, ``False``: it is not there yet."""
    try:
        there = look()
    except MpftpError as error:
        return failed(name, "bounces", error)
    if not there:
        return Check(
            "bounces",
            name,
            Grade.WARNING,
            "not there yet",
            "it comes with the first message; send one to try",
        )
    return Check("bounces", name, Grade.GOOD, "can be read")


def examine_state(path: Path, integrity: Callable[[], list[str]]) -> Check:
    """Whether the state file is there and sound."""
    if not path.exists():
        return Check(
            "state", str(path), Grade.WARNING, "there is none yet", "the first `mpftp collect` makes it"
        )
    try:
        wrong = integrity()
    except MpftpError as error:
        return failed(str(path), "state", error)
    if wrong:
        return Check("state", str(path), Grade.BAD, "; ".join(wrong[:3]), "restore it from a backup")
    return Check("state", str(path), Grade.GOOD, "sound")


def examine_disk(path: Path, free_bytes: Callable[[Path], int]) -> Check:
    """Whether there is room where *path* is, or will be."""
    there = next((place for place in (path, *path.parents) if place.exists()), Path("/"))
    try:
        free = free_bytes(there)
    except OSError as error:
        return Check("disk", str(path), Grade.BAD, f"cannot be looked at ({error.strerror})", "mount it")
    said = f"{free / 1e9:.1f} GB free"
    if free < LITTLE:
        return Check("disk", str(path), Grade.BAD, said, "free some space")
    return Check("disk", str(path), Grade.GOOD, said)


def exit_code(checks: Iterable[Check]) -> Exit:
    """1 when anything is bad; warnings are advice."""
    return Exit.TROUBLE if any(check.grade is Grade.BAD for check in checks) else Exit.OK
