"""One person in the files beside the state: originals, mail that was set aside, logs, results under way."""

from __future__ import annotations

import email
import email.policy
import gzip
import mmap
import os
import re
import shutil
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from mpftp.domain.addresses import canonical_address
from mpftp.domain.bounces.mailbox import MAX_MESSAGE_BYTES, MailboxMessage
from mpftp.domain.persons import blank_contact
from mpftp.errors import MpftpError

_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


@dataclass(frozen=True, slots=True)
class PersonFiles:
    """Where files of ours may hold a person.

    *originals* and *results* are folders of the spool, *maildirs* those in which reports lie; *logs*
    are files that quote addresses, such as the journal; *state* is searched only.
    """

    originals: Path
    results: Path
    maildirs: tuple[Path, ...]
    logs: tuple[Path, ...]
    state: Path

    def erase_originals(self, address: str, client: str | None) -> int:
        """Empty the person's lines in every MAIL that was kept; return how many lines."""
        paths = sorted(self.originals.glob(f"{client or '*'}/*/MAIL.gz"))
        return sum(_erase_original(path, address) for path in paths)

    def find_messages(self, address: str) -> dict[Path, str]:
        """The messages that hold *address*, and by which digest the state knows each."""
        return {path: _read_message(path).digest for path in self._messages_holding(address)}

    def remove_messages(self, paths: Iterable[Path]) -> None:
        """Remove the messages at *paths*."""
        for path in paths:
            path.unlink(missing_ok=True)

    def export_messages(self, address: str) -> list[dict[str, str]]:
        """The messages that hold *address*, as they came: where each lies, and its first mebibyte."""
        return [
            {"file": str(path), "message": _read_message(path).data.decode("utf-8", "replace")}
            for path in self._messages_holding(address)
        ]

    def mask(self, texts: Collection[str]) -> int:
        """Overwrite *texts* with asterisks in the logs, in place; return how often."""
        return sum(_mask(path, texts) for path in self.logs if path.is_file())

    def remove_results(self, texts: Collection[str]) -> None:
        """Remove result files that hold *texts* and that ``publish`` will write anew."""
        for folder in self.results.glob("*-*"):
            if not (folder / "fixed.json").exists() and any(_holds(path, texts) for path in _files(folder)):
                shutil.rmtree(folder)

    def traces(self, texts: Collection[str]) -> list[Path]:
        """The files that hold any of *texts* even so."""
        state = [self.state, Path(f"{self.state}-wal")]
        everywhere = [*state, *self.logs, *self._messages(), *_files(self.originals), *_files(self.results)]
        return [path for path in everywhere if path.is_file() and _holds(path, texts)]

    def _messages_holding(self, address: str) -> list[Path]:
        return [path for path in self._messages() if _message_holds(path, address)]

    def _messages(self) -> Iterator[Path]:
        for maildir in self.maildirs:
            for folder in (maildir, *sorted(maildir.glob(".*"))):
                for part in ("new", "cur", "tmp"):
                    yield from _files(folder / part)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Say of a compressed file that was cut short, as by a power cut, what to do."""
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise MpftpError(
            f"{path}: cannot be read to its end ({error})",
            hint="it is a damaged copy of ours: delete it, and give the order again",
        ) from None


@contextmanager
def _rewriting(path: Path) -> Iterator[Path]:
    """Make a draft beside the compressed *path*, readable for us alone; it is removed on any error."""
    draft = path.with_name(f".{path.name}.erasing")
    draft.unlink(missing_ok=True)
    draft.touch(0o600, exist_ok=False)
    try:
        with _reading(path):
            yield draft
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _put_in_place(draft: Path, path: Path, count: int) -> int:
    """Put *draft* in the place of *path*, or remove it if its *count* of erasures is 0; return *count*."""
    if count:
        shutil.copystat(path, draft)  # its age says when it is to go
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(path)
    else:
        draft.unlink()
    return count


def _erase_original(path: Path, address: str) -> int:
    """Write *path* anew without the person; the old file stays until the new one is whole."""
    with _reading(path), gzip.open(path, "rb") as file:
        encoding, count = _UTF16.get(file.read(2), "latin-1"), 0
    with _rewriting(path) as draft:
        with (
            gzip.open(path, "rt", encoding=encoding, errors="surrogatepass", newline="") as source,
            gzip.open(draft, "wt", 1, encoding=encoding, errors="surrogatepass", newline="") as target,
        ):
            for record, lines in blank_contact(source, address):
                target.write(record)
                count += lines
        return _put_in_place(draft, path, count)


def _read_message(path: Path) -> MailboxMessage:
    with path.open("rb") as file:
        return MailboxMessage(path.name, file.read(MAX_MESSAGE_BYTES), path.stat().st_size)


def _message_holds(path: Path, address: str) -> bool:
    data = _read_message(path).data
    canonical = canonical_address(address)
    if canonical.encode() in data.lower():
        return True
    message = email.message_from_bytes(data, EmailMessage, policy=email.policy.compat32)
    parts = [part.get_payload(decode=True) for part in message.walk() if not part.is_multipart()]
    return any(canonical.encode() in part.lower() for part in parts if isinstance(part, bytes))


def _pattern(texts: Collection[str]) -> re.Pattern[bytes]:
    longest_first = sorted({text.encode() for text in texts if text}, key=len, reverse=True)
    return re.compile(b"|".join(map(re.escape, longest_first)), re.IGNORECASE)


def _holds(path: Path, texts: Collection[str]) -> bool:
    if not texts or not path.stat().st_size:
        return False
    if path.suffix == ".gz":
        with _reading(path), gzip.open(path, "rb") as lines:
            return any(_pattern(texts).search(line) for line in lines)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _pattern(texts).search(data) is not None


def _mask(path: Path, texts: Collection[str]) -> int:
    """Asterisks for *texts*, as many bytes as before: whoever appends to the file is not disturbed."""
    if not texts or not path.stat().st_size:
        return 0
    if path.suffix == ".gz":
        return _mask_compressed(path, texts)
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as data:
        spans = [match.span() for match in _pattern(texts).finditer(data)]
        for start, end in spans:
            data[start:end] = b"*" * (end - start)
        data.flush()
    return len(spans)


def _mask_compressed(path: Path, texts: Collection[str]) -> int:
    count, pattern = 0, _pattern(texts)
    with _rewriting(path) as draft:
        with gzip.open(path, "rb") as source, gzip.open(draft, "wb") as target:
            for line in source:
                masked, times = pattern.subn(lambda match: b"*" * len(match[0]), line)
                target.write(masked)
                count += times
        return _put_in_place(draft, path, count)
