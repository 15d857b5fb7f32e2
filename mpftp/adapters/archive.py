"""The file that ``backup`` writes: an uncompressed tar whose first member says what the others must be."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from mpftp.errors import StateError

MANIFEST = "manifest.json"
_NAMES = re.compile(r"state\.db|journal|tracking\.keys|events/[A-Za-z0-9-]+\.log")


def write_archive(target: IO[bytes], files: Mapping[str, Path], about: Mapping[str, Any]) -> None:
    """Write *files* (by their names in the archive) to *target*, after a manifest of them and *about*."""
    sums = {name: _sha256(path) for name, path in files.items()}
    manifest = json.dumps({**about, "files": sums}, indent=1, sort_keys=True).encode()
    with tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        manifest_entry = tarfile.TarInfo(MANIFEST)
        manifest_entry.size, manifest_entry.mode = len(manifest), 0o600
        tar.addfile(manifest_entry, _Bytes(manifest))
        for name, path in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = path.stat().st_size, 0o600
            with path.open("rb") as source:
                tar.addfile(member, source)


class _Bytes:
    """Bytes as ``tarfile`` reads them."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, size: int = -1) -> bytes:
        """The next *size* bytes."""
        taken, self._data = (self._data, b"") if size < 0 else (self._data[:size], self._data[size:])
        return taken


def extract_archive(path: Path, folder: Path) -> dict[str, Any]:
    """Unpack the archive *path* into *folder*; return its manifest.

    Raises ``StateError`` for what is no whole archive of ours: nothing else is written then.
    """
    try:
        with tarfile.open(path, "r:") as tar:
            source = tar.extractfile(MANIFEST)
            manifest: dict[str, Any] = json.loads(source.read(10_000_000)) if source else {}
            for name, expected in manifest["files"].items():
                _extract(tar, name, expected, folder, path)
    except (OSError, KeyError, ValueError, AttributeError, tarfile.TarError) as error:
        raise StateError(
            f"{path}: no whole backup of mpftp ({error})", hint="nothing was changed; name another backup"
        ) from None
    if "state.db" not in manifest["files"]:
        raise StateError(f"{path}: holds no state file", hint="nothing was changed; name another backup")
    return manifest


def _extract(tar: tarfile.TarFile, name: str, expected: str, folder: Path, path: Path) -> None:
    source = tar.extractfile(name) if _NAMES.fullmatch(name) else None
    if source is None:
        raise StateError(f"{path}: holds {name!r}, which is no part of a backup")
    target = folder / name
    target.parent.mkdir(mode=0o700, exist_ok=True)
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while data := source.read(1 << 20):
            file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if _sha256(target) != expected:
        raise StateError(
            f"{path}: {name} is damaged: its SHA-256 is not the manifest's",
            hint="nothing was changed; name another backup",
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
