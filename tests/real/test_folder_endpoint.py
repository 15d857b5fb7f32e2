"""The contract of endpoints over a local folder, and what is its own."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from mpftp.adapters.folder import FolderEndpoint
from mpftp.domain.endpoint import FileChangedError
from mpftp.errors import EndpointError, EndpointProtocolError


@dataclass
class Place:
    folder: Path

    def put(self, name, data, *, age=3600):
        path = self.folder / name
        path.write_bytes(data)
        os.utime(path, (time.time() - age,) * 2)


@pytest.fixture
def place(tmp_path):
    (tmp_path / "folder").mkdir()
    return Place(tmp_path / "folder")


def test_the_contract(place, contract, tmp_path):
    contract(FolderEndpoint(place.folder), place, tmp_path)


def test_links_are_not_followed(place, tmp_path):
    (tmp_path / "secret").write_bytes(b"x")
    (place.folder / "Promo_MAIL_20260301").symlink_to(tmp_path / "secret")
    assert not list(FolderEndpoint(place.folder).list())
    with pytest.raises(EndpointError):
        FolderEndpoint(place.folder).download("Promo_MAIL_20260301", tmp_path / "copy")
    assert not (tmp_path / "copy").exists() or (tmp_path / "copy").read_bytes() == b""


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "..", "", "a\0b", "x" * 300])
def test_no_path_gets_out(place, name, tmp_path):
    (tmp_path / "copy").write_bytes(b"")
    endpoint = FolderEndpoint(place.folder)
    for action in (
        lambda: endpoint.download(name, tmp_path / "copy"),
        lambda: endpoint.upload(tmp_path / "copy", name),
        lambda: endpoint.rename("a", name),
        lambda: endpoint.delete(name),
        lambda: endpoint.size(name),
    ):
        with pytest.raises(EndpointProtocolError):
            action()


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(EndpointError, match="cannot list the folder: No such file or directory"):
        FolderEndpoint(tmp_path / "nada").list()


def test_a_file_that_is_not_as_listed(place, tmp_path):
    place.put("a", b"x" * 10)
    for size in (9, 11):
        with pytest.raises(FileChangedError):
            FolderEndpoint(place.folder).download("a", tmp_path / "copy", size=size)
