"""What the configuration file may say: one pydantic model a table, defaults and meanings included.

Field descriptions are the comments that ``mpftp init`` writes, so they are for operators.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from mpftp.adapters.config.base import (
    AddressOrNone,
    ConfigTable,
    DayList,
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
from mpftp.adapters.config.places import DEFAULT_STATE
from mpftp.adapters.config.profiles import ProfileTable
from mpftp.adapters.config.transports import DkimTable, MaildirTable, SmtpTable
from mpftp.domain.bounces.repetition import DEFAULT_REPETITION
from mpftp.domain.campaign import DEFAULT_MAX_INVALID_SHARE
from mpftp.domain.clock import DEFAULT_TIME_ZONE
from mpftp.domain.file_names import UPLOAD_BY_RENAME
from mpftp.domain.machines import DEFAULT_MACHINE_SECONDS
from mpftp.domain.profile import DEFAULT_PROFILE, Profile
from mpftp.domain.texts import DEFAULT_LANGUAGE


class FragmentTable(ConfigTable):
    """Batches of *contacts*, one every *every_hours*."""

    contacts: int = Field(gt=0, description="Contacts in one fragment; without this table all at once.")
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
    enabled: bool = Field(
        True, description="false: the client rests; nothing is taken from it, what was accepted goes on."
    )
    port: int | None = Field(None, ge=1, le=65535, description="Default 21 (ftps: 990).")
    time_zone: ZoneName = Field(DEFAULT_TIME_ZONE, description="For schedules and result files.")
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
    profile: str = Field(DEFAULT_PROFILE.name, description="Name of a profile below, or the built-in one.")
    display_name: str = Field("", description="The client's name on the opt-out page.")
    notify: AddressOrNone = Field("", description="Address told of refusals and results; empty: nobody.")
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
        DEFAULT_MAX_INVALID_SHARE,
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
    keep_contacts_days: int | None = Field(
        None, ge=1, description="Days for which a campaign's contacts are kept here; absent: for ever."
    )
    keep_events_days: int | None = Field(
        None,
        ge=1,
        description="Days for which opens and clicks are kept, then only counted; absent: for ever.",
    )
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
    temporary_name: str = Field(
        UPLOAD_BY_RENAME.temporary_name,
        pattern=r"^([^/\\{}]+\{name\}[^/\\{}]*|\{name\}[^/\\{}]+)$",
        description="Name of a file of ours until all its bytes are there; then it is renamed.",
    )
    upload: Literal["rename", "direct"] = Field(
        "rename",
        description='"direct": write files under their own names, where the login may not rename; whoever'
        " looks in the middle sees part of a file, and result files of two editions. CANCELADO comes last.",
    )
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


class TrackingTable(ConfigTable):
    """The web endpoint that links, pixel and opt-out point to."""

    base_url: str = Field(
        "http://localhost:8080", pattern=r"^https?://[^\s?#]+$", description="As readers reach it."
    )
    listen: str = Field("127.0.0.1:8080", description="Where `mpftp track` listens.")
    key_file: FilePath | None = Field(
        None, description="Signing keys; default: `tracking.keys` beside the state file."
    )
    links: FilePath | None = Field(
        None, description="Folder for a link file a campaign, for trackers on other hosts; absent: none."
    )
    home_url: str = Field(
        "",
        pattern=r"^(https?://[^\s?#]+)?$",
        description="On a host without the state: the tracker that has it, for web copies.",
    )
    proxies: list[NetworkText] = Field(
        default=["127.0.0.0/8", "::1"],
        description="Addresses of our own proxies, whose X-Forwarded-For names the reader.",
    )
    machine_networks: list[NetworkText] = Field(
        default=[], description="Address ranges of scanners; opens and clicks from there are marked."
    )
    machine_seconds: float = Field(
        DEFAULT_MACHINE_SECONDS,
        ge=0,
        description="Opens and clicks sooner after the delivery are marked as a machine's.",
    )


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
    repeated_bounces: int = Field(
        DEFAULT_REPETITION.bounces, ge=2, description="Campaigns whose bounces suppress an address."
    )
    repeated_bounces_days: int = Field(
        DEFAULT_REPETITION.over.days, ge=0, description="Days over which those campaigns lie at least."
    )


class Config(ConfigTable):
    """The whole file."""

    state: StatePath = Field(DEFAULT_STATE, description="The state file (SQLite).")
    spool: FilePath | None = Field(None, description="Working files; default: `spool` beside the state.")
    on_doubt: Literal["resend", "skip"] = Field(
        "resend", description="What a message whose answer was lost (a crash, a relay that fell silent) gets."
    )
    on_trouble: list[str] = Field(
        default_factory=list,
        description="A command that gets each new trouble, and its end, as JSON on standard input.",
    )
    log_addresses: bool = Field(False, description="Write contacts' addresses whole into the log.")
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
            if client.profile != DEFAULT_PROFILE.name and client.profile not in self.profiles:
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
    def sends_by_smtp(self) -> bool:
        """Whether some client's messages go through a relay."""
        return any(client.transport == "smtp" for client in self.clients.values())

    @property
    def spool_dir(self) -> Path:
        """Where working files lie."""
        return self.default_path(self.spool, "spool")

    def default_path(self, configured: Path | None, name: str) -> Path:
        """*configured*, or *name* in the state file's directory."""
        return configured if configured is not None else self.state.parent / name
