"""How an edition's files appear on the client's server: by renames, or directly where none may be."""

from __future__ import annotations

import filecmp
from collections.abc import Sequence
from pathlib import Path

from mpftp.domain.endpoint import Endpoint
from mpftp.domain.file_names import ResultType
from mpftp.errors import EndpointError, EndpointUnavailableError
from mpftp.stages.publish.plan import EditionJob

MANIFEST_NAME = "fixed.json"  # holds the row counts of an edition whose files begin to appear
UNFIXED_NAME = "counted.json"  # the same before that


def upload_edition(endpoint: Endpoint, job: EditionJob, folder: Path) -> None:
    """Have the files of *folder* appear on the client's server, as its upload policy says.

    Raises ``EndpointError`` or ``EndpointUnavailableError``; by renames the client has the old or the new.
    """
    # What a cut run fixed may lack SITUACAO, if it was asked for since.
    files = [(path, name) for path, name in job.files(folder) if path.exists()]
    if job.settings.upload.direct:
        _upload_directly(endpoint, files, folder)
        return
    temporary = {name: job.settings.upload.name_for(name) for _, name in files}
    for path, name in files:
        _upload(endpoint, path, temporary[name])
    for path, name in files:
        _check_size(endpoint, path, temporary[name])
    _fix(folder)
    for _, name in files:
        endpoint.rename(temporary[name], name)


def _upload_directly(endpoint: Endpoint, files: Sequence[tuple[Path, str]], folder: Path) -> None:
    """Write each of *files* under its own name; CANCELADO last, which says that the others are there.

    What a cut run has brought already is left alone.
    """
    _fix(folder)
    for path, name in sorted(files, key=lambda file: f"_{ResultType.CANCELADO}_" in file[1]):
        if not _is_there(endpoint, path, name):
            _upload(endpoint, path, name)
        _check_size(endpoint, path, name)


def _is_there(endpoint: Endpoint, path: Path, name: str) -> bool:
    """Whether *name* on the server holds the bytes of *path*."""
    size = path.stat().st_size
    if endpoint.size(name) != size:
        return False
    copy = path.with_name(f"{path.name}.there")
    try:
        endpoint.download(name, copy, size=size)
        return filecmp.cmp(path, copy, shallow=False)
    except EndpointError:
        return False  # the login may not read


def _fix(folder: Path) -> None:
    """From here on the edition is these bytes, whichever run brings them."""
    if not (folder / MANIFEST_NAME).exists():
        (folder / UNFIXED_NAME).rename(folder / MANIFEST_NAME)


def _check_size(endpoint: Endpoint, path: Path, name: str) -> None:
    size, expected = endpoint.size(name), path.stat().st_size
    if size != expected:
        raise EndpointUnavailableError(f"{name}: {size or 0} of {expected} bytes arrived on the server")


def _upload(endpoint: Endpoint, path: Path, name: str) -> None:
    """Upload *path*; what a cut run left goes first on a server that replaces no file."""
    try:
        endpoint.upload(path, name)
    except EndpointError:
        if endpoint.size(name) is None:
            raise
        endpoint.delete(name)
        endpoint.upload(path, name)
