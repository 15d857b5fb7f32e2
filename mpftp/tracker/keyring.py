"""The signing keys as a running tracker holds them: a key that was added since counts at once."""

from __future__ import annotations

from pathlib import Path

from mpftp.adapters.keys import load_signing_keys
from mpftp.domain.tokens import SignedToken, Signer, TokenKind
from mpftp.errors import ConfigError


class Keyring:
    """Verifies tokens with the keys of *path*, read again when the file has changed."""

    def __init__(self, path: Path) -> None:
        """Read the keys, making the file when it is missing. Raises ``ConfigError``."""
        self._path = path
        self._signer = Signer(load_signing_keys(path))
        self._seen = self._version()

    def verify(self, text: str) -> SignedToken | None:
        """What *text* says when one of our keys signed it, else ``None``."""
        return self._signer.verify(text) or (self._signer.verify(text) if self._reload() else None)

    def sign(self, kind: TokenKind, delivery_id: int, link: int = 0) -> str:
        """A token by the newest key, for the links of a web copy."""
        return self._signer.sign(kind, delivery_id, link)

    def _reload(self) -> bool:
        """Read the file again if it has changed; a file that cannot be used changes nothing."""
        version = self._version()
        if version == self._seen:
            return False
        try:
            self._signer = Signer(load_signing_keys(self._path))
        except ConfigError:
            return False
        self._seen = version
        return True

    def _version(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_size, status.st_mtime_ns
