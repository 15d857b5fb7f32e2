"""``doctor``: try everything that a run needs, step by step, and say what to do about what fails."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from mpftp.domain.clock import Clock
from mpftp.domain.deliverability.checks import CheckGrade, CheckResult
from mpftp.domain.endpoint import Endpoint, RemoteListing
from mpftp.domain.file_names import UploadPolicy, has_foreign_bytes
from mpftp.domain.texts import count_text
from mpftp.errors import EndpointError, Exit, MpftpError
from mpftp.permissions import explain_denied

log = logging.getLogger("mpftp.doctor")

RELAY_REPLY_SECONDS = 300.0  # for greeting, MAIL and RCPT: RFC 5321, 4.5.3.2
MAX_CLOCK_SKEW = timedelta(minutes=2)  # of a clock, before it is worth a word
LOW_DISK_BYTES = 1_000_000_000  # bytes free, below which a disk is soon full

RunSteps = Callable[[], Iterable[tuple[str, str, str]]]
"""The steps up to the login: (what, found, advice); raises at the first that fails."""


FindLines = Callable[[], str]
"""The lines of a client's table with which its directory can be listed; ``""`` when none are known."""

DescribeWays = Callable[[], str]
"""By which commands a directory was listed; ``""`` where there is only one way."""


def check_client(
    name: str,
    steps: RunSteps,
    endpoint: Endpoint,
    clock: Clock,
    upload: UploadPolicy,
    working_lines: FindLines = str,
    ways: DescribeWays = str,
) -> Iterator[CheckResult]:
    """One client's server, from its name to a probe file that is written, renamed and deleted.

    *working_lines* is asked where the directory cannot be listed and other settings may help; *ways*
    where it was listed.
    """
    passed: set[str] = set()
    try:
        for topic, detail, advice in steps():
            passed.add(topic)
            yield CheckResult(topic, name, CheckGrade.WARNING if advice else CheckGrade.GOOD, detail, advice)
        listing = endpoint.list()
        passed.add("directory")
        yield _listing(name, listing, ways())
        yield from _probe(name, endpoint, clock, upload)
    except MpftpError as error:
        yield failed_check(name, "server", error)
        endpoint.close()  # a server may bear one connection only
        if _may_be_settings(passed, error) and (lines := working_lines()):
            yield CheckResult(
                "settings", name, CheckGrade.WARNING, "other settings work there",
                f"write in [clients.{name}]: {lines}",
            )  # fmt: skip
    finally:
        endpoint.close()


def _may_be_settings(passed: set[str], error: MpftpError) -> bool:
    """Whether to try other settings after *error*: never where that repeats a refused login in vain.

    Nor where the certificate is not trusted: whoever poses as the server would get the password.
    """
    if "directory" in passed or "certificate" in error.message:
        return False
    has_failed_in_tls = "connect" in passed and "TLS" not in passed
    return "login" in passed or has_failed_in_tls or "tls = " in error.hint


def failed_check(name: str, topic: str, error: MpftpError) -> CheckResult:
    """What *error* means for the check of *topic*."""
    return CheckResult(topic, name, CheckGrade.BAD, error.message, error.hint)


_NOT_UNDERSTOOD = "1 line of the listing that was|{count} lines of the listing that were"


def _listing(name: str, files: RemoteListing, ways: str) -> CheckResult:
    files_text = count_text("1 file|{count} files", len(files))
    undecodable = [file.name for file in files if has_foreign_bytes(file.name)]
    if undecodable:
        return CheckResult(
            "directory", name, CheckGrade.WARNING,
            f"{count_text('1 name is|{count} names are', len(undecodable))} not UTF-8, of {files_text}",
            'set encoding = "latin-1" (or "cp1252") for this client',
        )  # fmt: skip
    if hidden := files.not_understood:
        examples = "; ".join(line.strip()[:80] for line in hidden[:3])
        return CheckResult(
            "directory", name, CheckGrade.WARNING,
            f"{files_text}, and {count_text(_NOT_UNDERSTOOD, len(hidden))} not understood: {examples}",
            "files in such lines are not taken; please report this server",
        )  # fmt: skip
    return CheckResult("directory", name, CheckGrade.GOOD, f"{files_text} {ways}".rstrip())


def _probe(name: str, endpoint: Endpoint, clock: Clock, upload: UploadPolicy) -> Iterator[CheckResult]:
    """Write, date, rename and delete a file whose name no client uses, by the client's upload policy."""
    renamed = f"mpftp-doctor-{secrets.token_hex(4)}"
    probe = upload.name_for(renamed)
    with TemporaryDirectory() as folder:
        source = Path(folder, probe)
        source.write_bytes(b"mpftp doctor was here; delete me\r\n")
        try:
            endpoint.upload(source, probe)
            yield CheckResult("write", name, CheckGrade.GOOD, "a probe file was stored")
            yield _server_clock(name, endpoint.modified(probe), clock())
            if not upload.direct:
                _try_rename(endpoint, probe, renamed)
                yield CheckResult("rename", name, CheckGrade.GOOD, "the probe file was renamed")
        finally:
            for left in {probe, renamed}:
                with suppress(MpftpError):
                    endpoint.delete(left)
        endpoint.delete(renamed)
        if endpoint.size(renamed) is None:
            yield CheckResult("delete", name, CheckGrade.GOOD, "the probe file is gone")
        else:
            yield CheckResult(
                "delete", name, CheckGrade.BAD, f"{renamed} is still there", "let the login delete files"
            )


def _try_rename(endpoint: Endpoint, old: str, new: str) -> None:
    """Rename *old*; a lasting refusal names the way without."""
    try:
        endpoint.rename(old, new)
    except EndpointError as error:
        raise EndpointError(
            error.message, hint='let the login rename; or set upload = "direct" for this client'
        ) from None


def _server_clock(name: str, modified: datetime | None, now: datetime) -> CheckResult:
    if modified is None:
        return CheckResult(
            "time", name, CheckGrade.WARNING, "the server does not tell when a file was changed",
            "harmless: a file is whole when two looks of ours saw the same",
        )  # fmt: skip
    skew = modified - now
    hours = round(skew / timedelta(minutes=30)) / 2
    if hours and abs(skew - timedelta(hours=hours)) <= MAX_CLOCK_SKEW:
        return CheckResult(
            "time", name, CheckGrade.GOOD,
            f"its times are those of a zone {hours:+g} hours off UTC, which harms nothing",
        )  # fmt: skip
    if abs(skew) > MAX_CLOCK_SKEW:
        return CheckResult(
            "time", name, CheckGrade.WARNING, f"its clock is {skew.total_seconds():+.0f} seconds off ours",
            "set the clock of that server, or of this machine, by NTP",
        )  # fmt: skip
    return CheckResult("time", name, CheckGrade.GOOD, "its clock agrees with ours")


def check_reply_timeout(name: str, seconds: float) -> CheckResult | None:
    """Whether ``timeout_seconds`` is less than what RFC 5321, 4.5.3.2 asks for; ``None`` when it is not."""
    if seconds >= RELAY_REPLY_SECONDS:
        return None
    return CheckResult(
        "relay", name, CheckGrade.WARNING, f"gets only {seconds:g} s for a reply (timeout_seconds)",
        f"a busy relay may need {RELAY_REPLY_SECONDS:g} s (RFC 5321, 4.5.3.2), which is the default",
    )  # fmt: skip


def check_relay(name: str, greet: Callable[[], frozenset[str]]) -> CheckResult:
    """Whether the relay takes our connection; *greet* returns what it offers."""
    try:
        offered = greet()
    except MpftpError as error:
        return failed_check(name, "relay", error)
    if "PIPELINING" not in offered:
        return CheckResult(
            "relay", name, CheckGrade.WARNING, "answers, without PIPELINING", "sending will be slow"
        )
    return CheckResult("relay", name, CheckGrade.GOOD, "answers")


def check_tracker(
    url: str, fetch: Callable[[str], tuple[int, str, datetime | None]], clock: Clock
) -> Iterator[CheckResult]:
    """Whether readers' clicks arrive at our tracker; its clock is compared to ours on the way."""
    try:
        status, text, at = fetch(f"{url.rstrip('/')}/robots.txt")
    except MpftpError as error:
        yield CheckResult(
            "tracker", url, CheckGrade.BAD, error.message, "start `mpftp track`, or correct tracking.base_url"
        )
        return
    if status != 200 or "Disallow: /" not in text:
        yield CheckResult(
            "tracker", url, CheckGrade.BAD, f"something else answers there ({status})",
            "have the web server pass this address on to `mpftp track`",
        )  # fmt: skip
    elif url.startswith("http://"):
        yield CheckResult(
            "tracker", url, CheckGrade.WARNING, "answers, but without TLS", "use https in tracking.base_url"
        )
    else:
        yield CheckResult("tracker", url, CheckGrade.GOOD, "answers")
    if at is not None and abs(at - clock()) > MAX_CLOCK_SKEW:
        seconds = (at - clock()).total_seconds()
        yield CheckResult(
            "clock",
            url,
            CheckGrade.WARNING,
            f"the tracker's clock is {seconds:+.0f} seconds off ours",
            "set both clocks by NTP",
        )


def check_mailbox(name: str, open_mailbox: Callable[[], bool]) -> CheckResult:
    """Whether delivery reports can be read; *open_mailbox* returns ``False`` if there is none yet."""
    try:
        there = open_mailbox()
    except MpftpError as error:
        return failed_check(name, "bounces", error)
    if not there:
        return CheckResult(
            "bounces",
            name,
            CheckGrade.WARNING,
            "not there yet",
            "it comes with the first message; send one to try",
        )
    return CheckResult("bounces", name, CheckGrade.GOOD, "can be read")


def check_mailbox_mode(name: str, mode: int) -> CheckResult | None:
    """Whether users beside owner and group may use a mailbox here, which has addresses in it."""
    if not mode & 0o007:
        return None
    return CheckResult("bounces", name, CheckGrade.WARNING, "others may read it", f"run: chmod o-rwx {name}")


def check_state(path: Path, integrity: Callable[[], list[str]]) -> CheckResult:
    """Whether the state file is there and sound."""
    if not path.exists():
        return CheckResult(
            "state", str(path), CheckGrade.WARNING, "there is none yet", "`mpftp init --state-only` makes it"
        )
    try:
        wrong = integrity()
    except MpftpError as error:
        return failed_check(str(path), "state", error)
    if wrong:
        return CheckResult(
            "state", str(path), CheckGrade.BAD, "; ".join(wrong[:3]), "restore it from a backup"
        )
    return CheckResult("state", str(path), CheckGrade.GOOD, "sound")


def check_keys(path: str, numbers: Sequence[int]) -> CheckResult:
    """Which signing keys there are, the newest first."""
    if not numbers:
        return CheckResult(
            "keys", path, CheckGrade.GOOD, "no signing keys yet; the first `mpftp send` makes one"
        )
    first, *older = numbers
    others = f"; {', '.join(map(str, older))} {'verify' if len(older) > 1 else 'verifies'} older links"
    return CheckResult("keys", path, CheckGrade.GOOD, f"key {first} signs{others if older else ''}")


def check_resting(name: str) -> CheckResult:
    """What is said of a client that is not visited by order."""
    return CheckResult("name", name, CheckGrade.GOOD, "rests (enabled = false), and is not tried")


def check_shared_place(names: Sequence[str]) -> CheckResult:
    """What is said of clients whose files lie in one directory: each campaign there is every one's."""
    first, *others = names
    return CheckResult(
        "name", first, CheckGrade.WARNING, f"has the same server, login and directory as {', '.join(others)}",
        "each triplet there is mailed once for each of them; give each its own directory",
    )  # fmt: skip


def check_retention(name: str, *, contacts: bool, events: bool) -> CheckResult | None:
    """What is said of a client whose contacts or events are kept for ever; ``None`` when neither is."""
    kept = " and ".join(kind for kind, is_kept in (("contacts", contacts), ("events", events)) if is_kept)
    if not kept:
        return None
    return CheckResult("keeping", name, CheckGrade.GOOD, f"{kept} are kept for ever (see mpftp-privacy(7))")


def check_disk(
    path: Path, free_bytes: Callable[[Path], int], is_writable: Callable[[Path], bool]
) -> CheckResult:
    """Whether there is room where *path* is, or will be, and this user may write there."""
    there = next((folder for folder in (path, *path.parents) if folder.exists()), Path("/"))
    if not is_writable(there):
        message, hint = explain_denied(there)
        return CheckResult("disk", str(path), CheckGrade.BAD, message.removeprefix(f"{path}: "), hint)
    try:
        free = free_bytes(there)
    except OSError as error:
        return CheckResult(
            "disk", str(path), CheckGrade.BAD, f"cannot be looked at ({error.strerror})", "mount it"
        )
    detail = f"{free / 1e9:.1f} GB free"
    if free < LOW_DISK_BYTES:
        return CheckResult("disk", str(path), CheckGrade.BAD, detail, "free some space")
    return CheckResult("disk", str(path), CheckGrade.GOOD, detail)


def exit_code(checks: Iterable[CheckResult]) -> Exit:
    """1 when anything is bad; warnings are advice."""
    return Exit.FAILURE if any(check.grade is CheckGrade.BAD for check in checks) else Exit.OK
