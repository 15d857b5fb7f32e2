"""How downloaded files are opened and kept."""

import gzip
import hashlib

import pytest

from mpftp.domain.file_names import InputType
from mpftp.stages.collect.originals import SMALL_FILE_BYTES, make_opener, sha256_of, store_originals


@pytest.mark.parametrize("size", [0, 10, SMALL_FILE_BYTES, SMALL_FILE_BYTES + 1, 3_000_000])
def test_a_file_of_any_size_is_opened_from_its_start_each_time(tmp_path, size):
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    path = tmp_path / "MAIL.part"
    path.write_bytes(data)
    opener = make_opener(path)
    with opener() as first, opener() as second:
        assert first.read(5) == data[:5]
        assert second.read() == data
        assert first.read() == data[5:]
    assert sha256_of(opener) == hashlib.sha256(data).hexdigest()
    store_originals({InputType.MAIL: opener}, tmp_path / "kept" / "Promo_20260301")
    assert gzip.decompress((tmp_path / "kept" / "Promo_20260301" / "MAIL.gz").read_bytes()) == data


def test_a_small_file_is_read_once(tmp_path):
    path = tmp_path / "CONF.part"
    path.write_bytes(b"assunto")
    opener = make_opener(path)
    path.write_bytes(b"another")
    with opener() as file:
        assert file.read() == b"assunto"
