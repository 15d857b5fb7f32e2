"""The tables of DKIM keys, and the keys themselves, read when they are needed."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from mpftp.adapters.config.base import ConfigTable, FilePath
from mpftp.errors import ConfigError

if TYPE_CHECKING:
    from mpftp.domain.messages.dkim import DkimKey

log = logging.getLogger("mpftp.config")


class DkimKeyTable(ConfigTable):
    """The key, or the two keys, that sign for one domain."""

    selector: str = Field(
        "mpftp", pattern=r"^[A-Za-z0-9._-]+$", description="DNS holds the key at SELECTOR._domainkey."
    )
    key_file: FilePath | None = Field(
        None, description="Private key in PEM form, RSA or Ed25519; absent: the relay signs."
    )
    second_selector: str = Field("mpftp2", pattern=r"^[A-Za-z0-9._-]+$", description="Of the second key.")
    second_key_file: FilePath | None = Field(
        None, description="A second key that signs too, as Ed25519 beside RSA."
    )

    def load_keys_for(self, domain: str) -> list[DkimKey]:
        """The keys, read now; *domain* ``""`` stands for each sender's own.

        Raises ``ConfigError`` for a file that cannot be read.
        """
        from mpftp.domain.messages.dkim import DkimKey

        given = ((self.selector, self.key_file), (self.second_selector, self.second_key_file))
        return [DkimKey(domain, selector, _key(path)) for selector, path in given if path]


class DkimTable(DkimKeyTable):
    """DKIM signatures: the keys for senders of every domain, and of domains that have their own."""

    domain: str = Field("", description="Domain that signs; empty: each sender's own.")
    domains: dict[str, DkimKeyTable] = Field(
        default_factory=dict,
        description='Domains with keys of their own: [dkim.domains."loja.example"] with selector, key_file.',
    )

    def load_all_keys(self) -> tuple[DkimKey, ...]:
        """Every key there is, for ``MessageContext.dkim``. Raises ``ConfigError``."""
        own = [key for domain, table in self.domains.items() for key in table.load_keys_for(domain)]
        return (*own, *self.load_keys_for(self.domain))


def _key(path: Path) -> bytes:
    try:
        if path.stat().st_mode & 0o077:
            log.warning("others may read the DKIM key %s; run: chmod 600 %s", path, path)
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"the DKIM key {path} cannot be read: {error.strerror}") from None
