"""An IMAP mailbox (RFC 9051): messages are read in part, marked as seen, moved to folders beside it."""

from __future__ import annotations

import logging
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from mpftp.domain.bounces.mailbox import MAX_MESSAGE_BYTES, MailboxFolder, MailboxMessage
from mpftp.domain.dialogue import format_received, format_sent
from mpftp.domain.foreign_text import STRUCK, SecretFilter, clean_foreign_text, make_secret_filter
from mpftp.errors import ConfigError, MpftpError, TryLaterError, UsageError

log = logging.getLogger("mpftp.imap")

FETCH_PART = f"BODY.PEEK[]<0.{MAX_MESSAGE_BYTES}>"


@dataclass(frozen=True)
class ImapServer:
    """Where the mailbox is and how to log in. *implicit*: TLS from the start, else STARTTLS if *tls*."""

    host: str
    port: int
    folder: str
    user: str
    password: str
    implicit: bool
    tls: bool
    ca_file: Path | None
    timeout: float

    @property
    def name(self) -> str:
        """The mailbox for messages; it holds no password."""
        return f"imap{'s' if self.implicit else ''}://{self.host}:{self.port}/{self.folder}"


def parse_imap_url(
    url: str,
    user: str,
    password: str,
    *,
    tls: bool,
    ca_file: Path | None,
    timeout: float,
) -> ImapServer:
    """The server that *url* names (``imaps://[USER@]HOST[:PORT][/FOLDER]``); INBOX is the default folder.

    Raises ``UsageError`` for a URL that is none, or that holds a password; ``ConfigError`` where a login
    would cross a network in the clear.
    """
    parts = urlsplit(url)
    try:
        port = parts.port or (993 if parts.scheme == "imaps" else 143)
    except ValueError:
        port = 0
    if not parts.hostname or not port or parts.password:
        raise UsageError(
            "a mailbox is written as imaps://USER@HOST/FOLDER, without the password",
            hint="give the password in [bounces] of the configuration",
        )
    folder = unquote(parts.path.strip("/")) or "INBOX"
    login = unquote(parts.username or "") or user
    implicit = parts.scheme == "imaps"
    if not (tls or implicit or _is_loopback(parts.hostname)):
        raise ConfigError(
            f"{parts.hostname}: the login would go in the clear",
            hint='imap_tls = "none" is for a server on loopback; write imaps:// or leave imap_tls out',
        )
    return ImapServer(parts.hostname, port, folder, login, password, implicit, tls, ca_file, timeout)


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or bool(re.fullmatch(r"127(?:\.\d{1,3}){3}", host))


class _DialogueHandler(logging.Handler):
    """Brings what imapclient logs of a session into our log: the lines, without literals."""

    def __init__(self, peer: str, strike: SecretFilter) -> None:
        super().__init__()
        self._peer, self._strike = peer, strike

    def attach(self) -> None:
        """Take the place of an earlier session's; there is one session at a time."""
        logger = logging.getLogger("imapclient")
        logger.handlers, logger.propagate = [self], False
        logger.setLevel(logging.DEBUG)

    def emit(self, record: logging.LogRecord) -> None:
        """Log *record* if it is a line of the dialogue; imapclient strikes out logins by itself."""
        spoken = re.fullmatch(r"([<>]) b(['\"])(.*?)\2?", record.getMessage(), re.DOTALL)
        if spoken:
            line = spoken[3].replace(r"\\", "\\").replace("**REDACTED**", STRUCK)
            form = format_sent if spoken[1] == ">" else format_received
            log.debug("%s", form(self._peer, line, self._strike))


class ImapMailbox:
    """One session with an IMAP server, opened at the first use."""

    def __init__(self, server: ImapServer) -> None:
        self._server = server
        self._client: IMAPClient | None = None
        self._made: set[str] = set()

    def messages(self) -> Iterator[MailboxMessage]:
        """Every message of the folder that is not marked as deleted."""
        with self._explained():
            client = self._open()
            uids = client.search(["UNDELETED"])
        for uid in uids:
            with self._explained():
                message = self._fetch(client, uid)
            if message is not None:
                yield message

    def _fetch(self, client: IMAPClient, uid: int) -> MailboxMessage | None:
        reply = client.fetch([uid], ["RFC822.SIZE", FETCH_PART]).get(uid)
        if not reply:
            return None
        data = next((value for key, value in reply.items() if key.startswith(b"BODY[]")), b"")
        return MailboxMessage(str(uid), data or b"", int(reply.get(b"RFC822.SIZE", len(data or b""))))

    def move_to(self, message: MailboxMessage, folder: MailboxFolder) -> None:
        """Mark the message as seen and move it to its own *folder*, made when it is missing."""
        uid = int(message.key)
        with self._explained():
            client = self._open()
            folder_name = self._folder(client, folder)
            client.add_flags([uid], [rb"\Seen"], silent=True)
            if client.has_capability("MOVE"):
                client.move([uid], folder_name)
                return
            client.copy([uid], folder_name)
            client.delete_messages([uid], silent=True)
            client.expunge([uid] if client.has_capability("UIDPLUS") else None)

    def _folder(self, client: IMAPClient, folder: MailboxFolder) -> str:
        """The folder beside the inbox, by the server's own delimiter."""
        listed = client.list_folders("", self._server.folder)
        delimiter = (listed[0][1] if listed else None) or b"."
        name = f"{self._server.folder}{delimiter.decode('ascii')}{folder.value}"
        if name not in self._made and not client.folder_exists(name):
            client.create_folder(name)
        self._made.add(name)
        return name

    def _open(self) -> IMAPClient:
        if self._client is None:
            server = self._server
            if log.isEnabledFor(logging.DEBUG):
                strike = make_secret_filter(server.password)
                _DialogueHandler(f"{server.host}:{server.port}", strike).attach()
            context = None
            if server.implicit or server.tls:
                context = ssl.create_default_context(cafile=server.ca_file and str(server.ca_file))
            client = IMAPClient(
                server.host, server.port, ssl=server.implicit, ssl_context=context, timeout=server.timeout
            )
            self._client = client
            if context and not server.implicit:
                client.starttls(context)
            # LOGIN knows ASCII only; SASL PLAIN is UTF-8 (RFC 4616).
            is_plain = (server.user + server.password).isascii()
            (client.login if is_plain else client.plain_login)(server.user, server.password)
            if not client.folder_exists(server.folder):
                raise ConfigError(
                    f"{server.name}: there is no folder {server.folder!r}",
                    hint="name one that exists behind the server in `imap` of [bounces]",
                )
            client.select_folder(server.folder)
        return self._client

    def close(self) -> None:
        """Log out; never raises."""
        if self._client is not None:
            with suppress(IMAPClientError, OSError):
                self._client.logout()
            self._client = None

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what goes wrong into our errors, without the password."""
        name = self._server.name
        try:
            yield
        except LoginError:
            raise MpftpError(
                f"{name}: the server refuses the login of {self._server.user!r}",
                hint="check `user` and the password in [bounces] of the configuration",
            ) from None
        except ssl.SSLError as error:
            raise MpftpError(
                f"{name}: no trusted TLS connection ({error.reason or error})",
                hint="set `imap_ca_file` in [bounces] when the server's certificate is your own",
            ) from None
        except (IMAPClientError, OSError) as error:
            reply_text = clean_foreign_text(str(error), make_secret_filter(self._server.password))
            raise TryLaterError(
                f"{name}: {reply_text}", hint="no message was lost; the next run goes on"
            ) from None
