"""The tables of what carries messages: relays, Maildir, and the keys that sign them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from mpftp.adapters.config.base import ConfigTable, FilePath, HostName, LoginTable
from mpftp.errors import ConfigError

if TYPE_CHECKING:
    from mpftp.domain.messages.dkim import DkimKey

log = logging.getLogger("mpftp.config")


class RelayTable(LoginTable):
    """One relay of several."""

    host: HostName = Field("localhost", description="The relay's name or address.")
    port: int = Field(25, ge=1, le=65535, description="The relay's port.")
    tls: Literal["none", "starttls", "implicit"] = Field(
        "none", description='"starttls" and "implicit" check the certificate.'
    )
    tls_ca_file: FilePath | None = Field(None, description="Certificates to trust instead of the system's.")
    auth: Literal["", "plain", "login", "cram-md5", "xoauth2"] = Field(
        "", description="How to log in; empty: the best way offered. xoauth2: the password is the token."
    )
    weight: int = Field(1, ge=1, le=1000, description="This relay's share of the connections.")
    backup: bool = Field(False, description="Used only while no other relay works.")
    messages_per_connection: int = Field(
        0, ge=0, description="Messages after which a connection is made anew; 0: no bound."
    )
    hello: str = Field("", description="The name given in EHLO; empty: this machine's.")
    timeout_seconds: float = Field(
        300,
        gt=0,
        description="Seconds to wait for a connection and for each reply of the relay. Replies to DATA and to"
        " the end of a message have 120 and 600, whatever this says (RFC 5321, 4.5.3.2).",
    )


class SmtpTable(RelayTable):
    """A relay for the ``smtp`` transport, or several."""

    connections: int = Field(4, ge=1, le=200, description="Connections at the same time, to all relays.")
    retry_for_hours: float = Field(24, gt=0, description="How long a 4xx refusal is tried again.")
    relays: list[RelayTable] = Field(
        default_factory=list, description="Several relays, each a [[smtp.relays]]; then host is not used."
    )


class MaildirTable(ConfigTable):
    """The ``maildir`` transport: messages become files, for trying things out."""

    path: FilePath | None = Field(None, description="Default: `maildir` beside the state file.")


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

        configured = ((self.selector, self.key_file), (self.second_selector, self.second_key_file))
        return [DkimKey(domain, selector, _key(path)) for selector, path in configured if path]


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
