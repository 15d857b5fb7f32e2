"""What lies on a client's server, fetched to be checked like files in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mpftp.domain.endpoint import Endpoint, RemoteFile
from mpftp.domain.file_names import UploadPolicy, has_foreign_bytes, is_safe_name
from mpftp.domain.progress import OnProgress, ProgressUpdate
from mpftp.domain.triplets.findings import Finding
from mpftp.domain.triplets.grouping import group_files
from mpftp.stages.validate import FoundTriplet, find_in_folder


@dataclass(frozen=True, slots=True)
class FetchedFiles:
    """The triplets that were fetched, and *foreign* names, whose bytes are none of the client's encoding."""

    triplets: list[FoundTriplet]
    foreign: tuple[str, ...]


def fetch_triplets(
    endpoint: Endpoint,
    client: str,
    folder: Path,
    most_bytes: int,
    upload: UploadPolicy,
    progress: OnProgress,
) -> FetchedFiles:
    """Download what lies on a client's server into *folder*, and leave everything there as it is.

    Names that belong to no triplet are only named; a file of more than *most_bytes* is not read. Files
    of ours come there by *upload*. Raises what the endpoint raises.
    """
    listing = endpoint.list()
    files = [file for file in listing if not has_foreign_bytes(file.name)]
    refused = []
    uploads = _find_uploads(files, upload)
    for index, file in enumerate(uploads):
        progress(ProgressUpdate("downloading", index, len(uploads), file.name))
        if file.size > most_bytes:
            values = {"bytes": str(file.size), "limit": str(most_bytes)}
            refused.append(Finding("SET009", file.name, values=values))
        else:
            endpoint.download(file.name, folder / file.name, size=file.size)
    fetched = find_in_folder(Path(f"{client}:"), folder, [file.name for file in files], upload)
    foreign = tuple(file.name for file in listing if has_foreign_bytes(file.name))
    return FetchedFiles([_without_unread(one, refused) for one in fetched], foreign)


def _find_uploads(files: Sequence[RemoteFile], upload: UploadPolicy) -> list[RemoteFile]:
    """Those of *files* that belong to a triplet, or are a suppression file."""
    grouped = group_files([file.name for file in files], upload)
    triplets = (*grouped.complete.values(), *grouped.incomplete.values())
    names = {name for triplet in triplets for name in triplet.values()} | set(grouped.lists.values())
    return [file for file in files if file.name in names and is_safe_name(file.name)]


def _without_unread(triplet: FoundTriplet, refused: Sequence[Finding]) -> FoundTriplet:
    """*triplet* without the files that were not read, and with what is to be said of those."""
    mine = [one for one in refused if one.file in {path.name for path in triplet.files.values()}]
    gone = {one.file for one in mine}
    files = {kind: path for kind, path in triplet.files.items() if path.name not in gone}
    return triplet._replace(files=files, findings=(*triplet.findings, *mine))
