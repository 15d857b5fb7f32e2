"""What the configuration file may say: one pydantic model a table, defaults and meanings included.

Field descriptions are the comments that ``mpftp init`` writes, so they are for operators.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from mpftp.adapters.config.base import (
    ConfigTable,
    DayList,
    Delimiter,
    EncodingName,
    FilePath,
    LanguageName,
    LoginTable,
    Name,
    NetworkText,
    Rate,
    StatePath,
    SupportTable,
    ZoneName,
)
from mpftp.domain.profile import CONF_FIELDS, DEFAULT_PROFILE, MAIL_FIELDS, RESULT_COLUMNS, Profile
from mpftp.domain.texts import DEFAULT_LANGUAGE
from mpftp.errors import ConfigError

if TYPE_CHECKING:
    from mpftp.domain.messages.dkim import DkimKey

log = logging.getLogger("mpftp.config")


class FragmentTable(ConfigTable):
    """Batches of *contacts*, one every *every_hours*."""

    contacts: int = Field(gt=0, description="Contacts in one fragment.")
    every_hours: float = Field(gt=0, description="Hours between two fragments.")
    catch_up: Literal["spread", "at_once"] = Field(
        "spread", description="What overdue fragments do: keep their distance, or go out together."
    )


class ClientTable(LoginTable):
    """One client: where its files are, and the rules for it."""

    endpoint: str = Field(
        description="ftp://HOST, ftps://HOST (TLS from the start), sftp://HOST (needs mpftp[sftp]), or"
        " file:///FOLDER for a local folder."
    )
    directory: str = Field("", description="Directory on the server; empty is the login's own.")
    port: int | None = Field(None, ge=1, le=65535, description="Default 21 (ftps: 990).")
    time_zone: ZoneName = Field("America/Sao_Paulo", description="For schedules and result files.")
    language: LanguageName = Field(DEFAULT_LANGUAGE, description="Of what the client reads.")
    results_after_days: int = Field(
        3, ge=0, le=365, description="Days between the last fragment and the six result files."
    )
    publish_again_after_days: DayList = Field(
        default=[],
        description="Days after the first edition at which a further one replaces it: 7 or [7, 30].",
    )
    late_optouts_days: int = Field(
        30, ge=0, le=365, description="Days from the last edition for which CANCELADO is kept up to date."
    )
    fragment: FragmentTable | None = Field(None, description="Send in batches; absent: all at once.")
    send_window: str | None = Field(
        None, pattern=r"^\d\d:\d\d-\d\d:\d\d$", description='Hours for sending, "08:00-20:00".'
    )
    transport: Literal["smtp", "maildir"] = Field("maildir", description="Transport for the messages.")
    profile: str = Field("default", description="Name of a profile below, or the built-in one.")
    display_name: str = Field("", description="The client's name on the opt-out page.")
    notify: str = Field("", description="Address told of refusals and results; empty: nobody.")
    error_file: bool = Field(True, description="Answer a refused triplet with NAME_ERRO_DATE.")
    receipt_file: bool = Field(False, description="Answer an accepted one with NAME_RECIBO_DATE.")
    situation_file: bool = Field(False, description="Publish NAME_SITUACAO_DATE, MAIL line by line.")
    settle_seconds: int = Field(
        60, ge=0, description="A file is whole when two looks of ours, so far apart, saw the same; 0: one."
    )
    incomplete_after_hours: float = Field(
        24, gt=0, description="An incomplete triplet older than this is reported."
    )
    max_file_bytes: int = Field(
        2_000_000_000, gt=0, description="A larger file is refused before it is downloaded."
    )
    max_invalid_share: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Refuse the triplet when more than this share of contacts is invalid.",
    )
    schedule_max_past_days: float = Field(
        2,
        ge=0,
        description="A campaign whose datahora_envio is longer ago is held until `mpftp campaign resume`.",
    )
    stop_at_failure_rate: float = Field(
        0.2,
        gt=0,
        le=1,
        description="Pause a campaign that fails more often (from 20 answers and 5 refusals on).",
    )
    after_collect: str = Field(
        "keep", pattern=r"^(keep|delete|move:.+)$", description='"keep", "delete" or "move:DIR".'
    )
    keep_days: int = Field(90, ge=0, description="Days for which the originals are kept here.")
    tls: Literal["auto", "explicit", "none"] = Field(
        "auto",
        description='For ftp://: "auto" uses TLS (AUTH TLS) where the server offers it, and checks its'
        ' certificate; "explicit" refuses a server without it; "none" never uses it.',
    )
    tls_verify: bool = Field(True, description="Check the server's certificate and name.")
    tls_ca_file: FilePath | None = Field(None, description="Certificates to trust instead of the system's.")
    known_hosts: FilePath | None = Field(
        None, description="sftp: file of known host keys; default ~/.ssh/known_hosts."
    )
    private_key_file: FilePath | None = Field(None, description="sftp: key to log in with.")
    passive: bool = Field(True, description="Passive data connections; false for active ones.")
    encoding: EncodingName = Field("utf-8", description="Of the file names on the server.")
    timeout_seconds: float = Field(60, gt=0, description="Seconds to wait for one reply of the server.")
    visit_seconds: float = Field(1800, gt=0, description="Patience with one whole visit.")

    @field_validator("endpoint")
    @classmethod
    def _usable(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("ftp", "ftps", "sftp", "file"):
            raise ValueError("must start with ftp://, ftps://, sftp:// or file://")
        if parts.username or parts.password:
            raise ValueError("must not hold a login; use user and password_env or password_file")
        if parts.scheme == "file" and (parts.netloc or not parts.path.startswith("/")):
            raise ValueError("must name an absolute folder, as in file:///srv/acme")
        if parts.scheme != "file" and not parts.hostname:
            raise ValueError("names no host")
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The client's time zone."""
        return ZoneInfo(self.time_zone)


class RelayTable(LoginTable):
    """One relay of several."""

    host: str = Field("localhost", description="The relay.")
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


class TrackingTable(ConfigTable):
    """The web endpoint that links, pixel and opt-out point to."""

    base_url: str = Field(
        "http://localhost:8080", pattern=r"^https?://[^\s?#]+$", description="As readers reach it."
    )
    listen: str = Field("127.0.0.1:8080", description="Where `mpftp track` listens.")
    key_file: FilePath | None = Field(
        None, description="Signing keys; default: `tracking.keys` beside the state file."
    )
    proxies: list[NetworkText] = Field(
        default=["127.0.0.0/8", "::1"],
        description="Addresses of our own proxies, whose X-Forwarded-For names the reader.",
    )
    machine_networks: list[NetworkText] = Field(
        default=[], description="Address ranges of scanners; opens and clicks from there are marked."
    )
    machine_seconds: float = Field(
        5, ge=0, description="Opens and clicks sooner after the delivery are marked as a machine's."
    )


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


class BouncesTable(LoginTable):
    """Where delivery reports arrive; the login is that of the IMAP mailbox."""

    address: str = Field(
        "bounces@localhost",
        pattern=r"^[^@\s+]{1,29}@[^@\s]+$",
        description="Envelope sender, without +TOKEN.",
    )
    maildir: FilePath | None = Field(None, description="Maildir that `mpftp bounces` reads.")
    mbox: FilePath | None = Field(None, description="mbox file that `mpftp bounces` empties.")
    imap: str | None = Field(
        None, pattern=r"^imaps?://[^\s/?#]+(/[^\s?#]*)?$", description="IMAP mailbox, imaps://HOST/FOLDER."
    )
    imap_tls: Literal["required", "none"] = Field("required", description='"none": only on loopback.')
    imap_ca_file: FilePath | None = Field(None, description="Certificates to trust instead of the system's.")
    timeout_seconds: float = Field(60, gt=0, description="Seconds to wait for one reply of the IMAP server.")
    keep_days: int = Field(90, ge=1, description="Days for which counted messages stay in Taken.")
    repeated_bounces: int = Field(3, ge=2, description="Campaigns whose bounces suppress an address.")
    repeated_bounces_days: int = Field(14, ge=0, description="Days over which those campaigns lie at least.")


class ProfileTable(ConfigTable):
    """A table of our field name -> the client's header, and how its results are written."""

    conf: dict[str, str] = Field(
        default_factory=dict, description=f'CONF: field = "header"; fields: {", ".join(CONF_FIELDS)}.'
    )
    mail: dict[str, str] = Field(
        default_factory=dict,
        description=f'MAIL: field = "header"; fields: {", ".join(MAIL_FIELDS[:12])}, livre1 to livre50.',
    )
    extra_columns: bool = Field(False, description="Admit any further MAIL column, by its own name.")
    encoding: EncodingName | None = Field(None, description="Of the input files; absent: recognised.")
    delimiter: Delimiter | None = Field(None, description="Of the input files; absent: recognised.")
    merge_open: str = Field("{{", min_length=1, description="What begins a merge field.")
    merge_close: str = Field("}}", min_length=1, description="What ends one.")
    results: dict[str, dict[str, str]] = Field(
        default_factory=dict,
        description="The columns of a result file in their order: [profiles.NAME.results.CLIQUE] with"
        ' email = "E-mail" and so on; mpftp-triplet(5) names files and columns.',
    )
    result_encoding: EncodingName = Field(
        "utf-8-sig", description="Of the result files; utf-8-sig has a BOM."
    )
    result_delimiter: Delimiter = Field(";", description="Of the result files.")
    result_line_end: Literal["\r\n", "\n"] = Field("\r\n", description="Of the result files.")
    returned_includes_unsent: bool = Field(True, description="RETORNADO has those to whom nothing went.")
    count_marked: bool = Field(True, description="Leave machines' opens and clicks in the results.")
    infer_opens: bool = Field(False, description="Add an open for a click without one.")

    @field_validator("conf")
    @classmethod
    def _conf_fields(cls, table: dict[str, str]) -> dict[str, str]:
        return _only(table, CONF_FIELDS)

    @field_validator("mail")
    @classmethod
    def _mail_fields(cls, table: dict[str, str]) -> dict[str, str]:
        return _only(table, MAIL_FIELDS)

    @field_validator("results")
    @classmethod
    def _results(cls, table: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        for kind, columns in _only(table, RESULT_COLUMNS).items():
            if not _only(columns, RESULT_COLUMNS[kind]):
                raise ValueError(f"{kind} has no column")
        return table

    def profile(self, name: str) -> Profile:
        """The profile as the domain knows it: the built-in one, with this table's changes."""
        results = {kind: tuple(columns.items()) for kind, columns in self.results.items()}
        rest = self.model_dump(exclude={"conf", "mail", "results"})
        return Profile(
            name=name,
            conf={**DEFAULT_PROFILE.conf, **self.conf},
            mail={**DEFAULT_PROFILE.mail, **self.mail},
            results={**DEFAULT_PROFILE.results, **results},
            **rest,
        )


def _only(table: dict[str, Any], known: Any) -> dict[str, Any]:
    for key in table:
        if key not in known:
            raise ValueError(f"{key!r} is not one of: {', '.join(known)}")
    return table


class Config(ConfigTable):
    """The whole file."""

    state: StatePath = Field(Path("/var/lib/mpftp/state.db"), description="The state file (SQLite).")
    spool: FilePath | None = Field(None, description="Working files; default: `spool` beside the state.")
    on_doubt: Literal["resend", "skip"] = Field(
        "resend", description="What a message whose answer was lost in a crash gets."
    )
    on_trouble: list[str] = Field(
        default_factory=list,
        description="A command that gets each new trouble, and its end, as JSON on standard input.",
    )
    max_connections: int = Field(16, ge=1, le=500, description="Clients visited at the same time.")
    run_seconds: float = Field(3300, gt=0, description="Patience with one whole run of collect.")
    support: SupportTable = SupportTable()
    smtp: SmtpTable = SmtpTable()
    throttle: dict[str, Rate] = Field(
        default_factory=dict, description='Domain = "20/s", "100/min" or "5000/h"; "*" bounds all together.'
    )
    maildir: MaildirTable = MaildirTable()
    tracking: TrackingTable = TrackingTable()
    dkim: DkimTable = DkimTable()
    bounces: BouncesTable = BouncesTable()
    profiles: dict[Name, ProfileTable] = Field(default_factory=dict)
    clients: dict[Name, ClientTable] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _profiles_exist(self) -> Config:
        for name, client in self.clients.items():
            if client.profile != "default" and client.profile not in self.profiles:
                raise ValueError(f"clients.{name}.profile: there is no profile {client.profile!r}")
        return self

    def profile(self, client: ClientTable) -> Profile:
        """The profile that *client* names."""
        table = self.profiles.get(client.profile)
        return table.profile(client.profile) if table else DEFAULT_PROFILE

    @property
    def journal(self) -> Path:
        """Where ``send`` notes what it hands over: beside the state file."""
        return self.state.with_name(self.state.name + ".journal")

    @property
    def spool_dir(self) -> Path:
        """Where working files lie."""
        return self.default_path(self.spool, "spool")

    def default_path(self, given: Path | None, name: str) -> Path:
        """*given*, or *name* in the state file's directory."""
        return given if given is not None else self.state.parent / name
