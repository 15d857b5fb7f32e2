"""The file of signing keys: one key a line, the newest last; it signs, the older ones still verify.

A ``Keyring`` holds them as a running tracker does: what was added or taken out counts at once.
"""

from __future__ import annotations

import errno
import logging
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path

from mpftp.domain.tokens import SignedToken, Signer, TokenKind
from mpftp.errors import ConfigError, MpftpError, TryLaterError, UsageError
from mpftp.permissions import denied

log = logging.getLogger("mpftp.keys")

SECRET_BYTES = 32
MAX_KEYS = 256
KEY_CHECK_SECONDS = 0.25  # for which a running tracker takes the file to be the same


def load_signing_keys(path: Path) -> list[tuple[int, bytes]]:
    """The keys of *path* as (id, secret), the newest first; a missing file is made with one fresh key.

    Any number of processes may call this at once: all get the same key. Raises ``ConfigError``, or
    ``TryLaterError`` when the disk is full.
    """
    try:
        if not path.exists():
            _create(path)
    except OSError as error:
        raise _known(path, error) or _unusable(path, str(error)) from None
    return _read(path)


def read_signing_keys(path: Path) -> list[tuple[int, bytes]]:
    """The keys of *path*, the newest first; none when there is no file. Raises ``ConfigError``."""
    return _read(path) if path.exists() else []


def _read(path: Path) -> list[tuple[int, bytes]]:
    try:
        text = path.read_text("ascii")
        if path.stat().st_mode & 0o077:
            log.warning("%s holds the signing keys and others may read it; run: chmod 600 %s", path, path)
    except (OSError, UnicodeDecodeError) as error:
        raise _known(path, error) or _unusable(path, str(error)) from None
    return _parse(path, text)


def add_key(path: Path) -> int:
    """Append a fresh key, which signs from now on, and return its id; old links stay valid.

    Raises ``ConfigError``, also when all 256 ids are taken.
    """
    load_signing_keys(path)
    try:
        with _locked_file(path) as file:
            used = {key_number for key_number, _ in _parse(path, file.read().decode("ascii"))}
            key_number = next((key_number for key_number in range(MAX_KEYS) if key_number not in used), None)
            if key_number is None:
                raise _unusable(path, "all 256 key ids are taken; delete the oldest lines")
            file.write(_line(key_number))
            os.fsync(file.fileno())
    except (OSError, UnicodeDecodeError) as error:
        raise _known(path, error) or _unusable(path, str(error)) from None
    return key_number


def remove_key(path: Path, key_number: int) -> None:
    """Take the key *key_number* out of *path*; every token that it signed is invalid from then on.

    Raises ``UsageError`` when it is not in there, or the only one; ``ConfigError``.
    """
    if not path.exists():
        raise UsageError(f"{path}: there are no signing keys")
    try:
        with _locked_file(path) as file:
            text = file.read().decode("ascii")
            keys = [known for known, _ in _parse(path, text)]
            if key_number not in keys:
                known_numbers = ", ".join(map(str, sorted(keys)))
                raise UsageError(f"{path} has no key {key_number}", hint=f"its keys are {known_numbers}")
            if len(keys) == 1:
                raise UsageError(
                    f"key {key_number} is the only one, and is not revoked",
                    hint="add another first: mpftp track --rotate-key",
                )
            kept = [line for line in text.splitlines(keepends=True) if _number_of(line) != key_number]
            _replace(path, "".join(kept))
    except (OSError, UnicodeDecodeError) as error:
        raise _known(path, error) or _unusable(path, str(error)) from None


def _number_of(line: str) -> int | None:
    """The number of the key that *line* holds."""
    text = line.partition(" ")[0]
    return int(text) if text.isdigit() else None


@contextmanager
def _locked_file(path: Path) -> Iterator[FileIO]:
    """Open *path* for changes that no other program makes meanwhile."""
    while True:
        with path.open("r+b", buffering=0) as file:
            os.lockf(file.fileno(), os.F_LOCK, 0)
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):  # else it was replaced meanwhile
                yield file
                return


def merge_signing_keys(path: Path, text: str) -> None:
    """Put the keys of *text*, the content of such a file, into *path*, before those that it has.

    A key whose id is taken stays out. Raises ``ConfigError``.
    """
    own = path.read_text("ascii") if path.exists() else ""
    taken = {key_number for key_number, _ in _parse(path, own)} if own else set()
    added = [
        (key_number, secret) for key_number, secret in _parse(path, text)[::-1] if key_number not in taken
    ]
    lines = "".join(f"{key_number} {secret.hex()}\n" for key_number, secret in added)
    _replace(path, lines + own)


def _replace(path: Path, text: str) -> None:
    """Let *text* be the content of *path*, whole, on the disk, and for this user alone."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _known(path: Path, error: Exception) -> MpftpError | None:
    """A full disk passes, and no key is lost by it; a lack of permission is told as that."""
    if isinstance(error, PermissionError):
        return denied(ConfigError, path)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return TryLaterError(f"{path}: {error.strerror}", hint="free some space; nothing was lost")
    return None


def _create(path: Path) -> None:
    """Make the file under another name first: linking shows it whole, and only to the first of many."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, _line(0))
        os.fsync(descriptor)
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.close(descriptor)
        draft.unlink()


def _line(key_number: int) -> bytes:
    return f"{key_number} {secrets.token_hex(SECRET_BYTES)}\n".encode("ascii")


def _parse(path: Path, text: str) -> list[tuple[int, bytes]]:
    keys: dict[int, bytes] = {}
    for line_number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        key_number, _, secret = line.partition(" ")
        try:
            key = int(key_number), bytes.fromhex(secret)
        except ValueError:
            raise _unusable(path, f"line {line_number} is not `ID HEXADECIMAL`") from None
        if not 0 <= key[0] < MAX_KEYS or len(key[1]) < 16 or key[0] in keys:
            raise _unusable(path, f"line {line_number}: a repeated or impossible id, or too short a key")
        keys[key[0]] = key[1]
    if not keys:
        raise _unusable(path, "it holds no key")
    return list(keys.items())[::-1]


def _unusable(path: Path, reason: str) -> ConfigError:
    return ConfigError(
        f"{path}: the signing keys cannot be used: {reason}",
        hint="restore the file from a backup; deleting it makes every link already sent invalid",
    )


class Keyring:
    """Verifies tokens with the keys of *path*, read again when the file has changed."""

    def __init__(self, path: Path) -> None:
        """Read the keys, making the file when it is missing. Raises ``ConfigError``."""
        self._path = path
        self._signer = Signer(load_signing_keys(path))
        self._seen = self._version()
        self._checked_at = time.monotonic()

    def verify(self, text: str) -> SignedToken | None:
        """What *text* says when one of our keys signed it, else ``None``.

        A key that was taken out of the file counts no more a quarter of a second later.
        """
        if time.monotonic() - self._checked_at > KEY_CHECK_SECONDS:
            self._reload()
        return self._signer.verify(text) or (self._signer.verify(text) if self._reload() else None)

    def sign(self, kind: TokenKind, delivery_id: int, link: int = 0) -> str:
        """A token by the newest key, for the links of a web copy."""
        return self._signer.sign(kind, delivery_id, link)

    def _reload(self) -> bool:
        """Read the file again if it has changed; one that is gone or cannot be used changes nothing."""
        self._checked_at = time.monotonic()
        version = self._version()
        if version in (self._seen, None):
            return False
        try:
            keys = read_signing_keys(self._path)
        except ConfigError:
            return False
        if not keys:
            return False
        self._signer = Signer(keys)
        self._seen = version
        return True

    def _version(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_size, status.st_mtime_ns
