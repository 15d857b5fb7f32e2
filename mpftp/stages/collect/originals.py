"""The spool of this machine: downloads under way, and the originals of what was accepted."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mpftp.domain.file_names import InputType, TripletKey
from mpftp.errors import TryLaterError

if TYPE_CHECKING:
    from mpftp.domain.triplets.text import OpenBinary

GZIP_LEVEL = 1  # text shrinks to a quarter even so, and ten times faster than at the default
SMALL_FILE_BYTES = 128 * 1024  # read once and kept while it is checked, for a check opens each file often


def originals_dir(spool: Path, client: str, key: TripletKey) -> Path:
    """Where the compressed originals of an accepted triplet lie, one ``TYPE.gz`` each."""
    return spool / "originals" / client / f"{key.name}_{key.date}"


@contextmanager
def spool_errors(folder: Path) -> Iterator[None]:
    """A full or broken disk here is no fault of the client: the next run goes on."""
    try:
        yield
    except OSError as error:
        raise TryLaterError(
            f"{folder}: cannot be written ({error.strerror})", hint="free some space, or change `spool`"
        ) from error


def store_originals(openers: Mapping[InputType, OpenBinary], folder: Path) -> None:
    """Keep the originals, compressed; whole or not at all. See ``sync_originals`` for what the disk has."""
    making = folder.with_name(f".{folder.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    making.mkdir(parents=True)
    for kind, opener in openers.items():
        with opener() as source, gzip.open(making / f"{kind.value}.gz", "wb", GZIP_LEVEL) as target:
            shutil.copyfileobj(source, target, 1 << 20)
    os.rename(making, folder)


def sync_originals(folder: Path) -> None:
    """Return only when the disk has all of *folder* and its name; nothing is done for one that is pruned.

    That is due before a client's own files go, or a word is given to him: a power cut may not take ours
    then. It takes seven waits for the disk, so a triplet that stays on its server goes without.
    """
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        _sync(path)
    for parent in (folder, *list(folder.parents)[:3]):
        _sync(parent)  # the client's folder may be as new as the triplet's


def _sync(path: Path) -> None:
    """Return only when the disk has *path*, a file's content or a folder's names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_opener(path: Path) -> OpenBinary:
    """Return what opens *path* for reading its bytes, each time from the start; a small file is in memory."""
    if path.stat().st_size <= SMALL_FILE_BYTES:
        return partial(io.BytesIO, path.read_bytes())
    return lambda: path.open("rb")


def sha256_of(opener: OpenBinary) -> str:
    """Return the SHA-256 of what *opener* opens, hexadecimal."""
    digest = hashlib.sha256()
    with opener() as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def prune_originals(spool: Path, client: str, oldest: datetime) -> None:
    """Remove the originals of *client* that were taken before *oldest*."""
    for folder in (spool / "originals" / client).glob("*"):
        if folder.stat().st_mtime < oldest.timestamp():
            shutil.rmtree(folder, ignore_errors=True)
