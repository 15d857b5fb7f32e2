"""Where delivery reports are read: the configured mailboxes, those named on the command line, our own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mpftp.errors import ConfigError

if TYPE_CHECKING:
    from mpftp.adapters.config import Config
    from mpftp.adapters.mailbox.imap import ImapMailbox
    from mpftp.domain.bounces.mailbox import Mailbox


def spool_mailbox(config: Config) -> Path:
    """The Maildir in which messages from standard input and from mbox files wait until they are read."""
    return config.spool_dir / "bounces"


def open_mailbox(config: Config, name: str) -> Mailbox:
    """The mailbox *name*, by what it is. Raises ``ConfigError`` or ``UsageError``."""
    from mpftp.adapters.mailbox.maildir import MaildirMailbox

    if name.startswith(("imap://", "imaps://")):
        return open_imap_mailbox(config, name)
    if Path(name).is_file():
        from mpftp.adapters.mailbox.mbox import MboxMailbox

        return MboxMailbox(Path(name), MaildirMailbox(spool_mailbox(config), create=True))
    return MaildirMailbox(Path(name))


def open_imap_mailbox(config: Config, url: str) -> ImapMailbox:
    """The IMAP mailbox at *url*, with the login of ``[bounces]``. Raises ``ConfigError``."""
    from mpftp.adapters.mailbox.imap import ImapMailbox, parse_imap_url

    bounces = config.bounces
    try:
        password = bounces.read_password()
    except ConfigError as error:
        raise ConfigError(f"bounces: {error.message}", hint=error.hint) from None
    server = parse_imap_url(
        url,
        bounces.user,
        password,
        tls=bounces.imap_tls == "required",
        ca_file=bounces.imap_ca_file,
        timeout=bounces.timeout_seconds,
    )
    return ImapMailbox(server)
