"""Corrected copies of checked triplets: where they are written, and how they are checked in turn."""

from __future__ import annotations

import contextlib
import errno
import functools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from mpftp.errors import UsageError
from mpftp.stages.validate import (
    CheckedTriplet,
    FoundTriplet,
    ValidationReport,
    ValidationSettings,
    check_found,
)

if TYPE_CHECKING:
    from mpftp.domain.triplets.fixing import FixedFile


class FixedTriplet(NamedTuple):
    """The corrected copies of one triplet's files, in *folder*."""

    folder: Path
    files: tuple[FixedFile, ...]


def fix(report: ValidationReport, folder: Path, *, unsafe: bool, keep: int) -> list[FixedTriplet]:
    """Write corrected copies of every triplet in *report* into *folder*, never beside an original.

    Triplets of several folders get a subfolder each. Raises ``UsageError`` when *folder* holds an
    original, ``OSError`` when a copy cannot be written.
    """
    triplets = [one for one in report.checked if one.check and one.files]
    sources = sorted({one.folder.resolve() for one in triplets})
    targets = dict.fromkeys(sources, folder)
    if len(sources) > 1:
        targets = {source: folder / f"{n}-{source.name}" for n, source in enumerate(sources, 1)}
    if not {target.resolve() for target in (folder, *targets.values())}.isdisjoint(sources):
        raise UsageError(
            f"{folder}: the originals are here", hint="name another folder for the corrected copies"
        )
    done = []
    for one in triplets:
        target = targets[one.folder.resolve()]
        target.mkdir(parents=True, exist_ok=True)
        done.append(FixedTriplet(target, _fix_one(one, target, unsafe, keep)))
    return done


def _fix_one(one: CheckedTriplet, target: Path, unsafe: bool, keep: int) -> tuple[FixedFile, ...]:
    from mpftp.domain.triplets.fixing import write_fixed_copies

    assert one.check is not None
    assert one.files is not None
    write = functools.partial(_open_copy, target)
    return tuple(write_fixed_copies(one.files, one.check, write, unsafe=unsafe, keep=keep))


def check_copies(
    report: ValidationReport, fixed: Iterable[FixedTriplet], rules: ValidationSettings
) -> ValidationReport:
    """Check the copies that ``fix`` made of *report*'s triplets; what it made none of stays as it is.

    An encoding that *rules* name is the originals': copies are UTF-8.
    """
    rules = rules._replace(options=replace(rules.options, encoding=None))
    copies = iter(fixed)
    checked = []
    for one in report.checked:
        if one.check is None or one.files is None:
            checked.append(one)
            continue
        folder, key = next(copies).folder, one.files.key
        files = {kind: folder / key.file(kind) for kind in one.files.openers}
        checked.append(check_found(FoundTriplet(folder, key, files, one.named), rules))
    return ValidationReport(checked)


@contextlib.contextmanager
def _open_copy(folder: Path, name: str) -> Iterator[BinaryIO]:
    """Open the copy *name* for writing and reading; it appears whole, once written, or not at all.

    Never writes through a symbolic link (``OSError``, ``ELOOP``), nor into a file that someone has open.
    """
    path, part = folder / name, folder / ".mpftp-copy.part"
    if path.is_symlink():
        raise OSError(errno.ELOOP, "Is a symbolic link", str(path))
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "Is a directory", str(path))
    try:
        part.unlink(missing_ok=True)
        created = part.open("x+b")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    try:
        with created as out:
            yield out
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
