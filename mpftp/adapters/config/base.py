"""What every table of the configuration is made of: strictness, checked texts, passwords."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    SecretStr,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema

from mpftp.domain.machines import parse_networks
from mpftp.domain.results.wording import Support
from mpftp.domain.sending.rate_limit import parse_rate
from mpftp.domain.texts import languages
from mpftp.domain.triplets.text_scan import is_text_encoding
from mpftp.errors import ConfigError
from mpftp.permissions import explain_denied

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise ValueError(f"no time zone is called {name!r}; write one such as America/Sao_Paulo") from None
    return name


ZoneName = Annotated[str, AfterValidator(_known_zone)]


def _known_encoding(name: str) -> str:
    if not is_text_encoding(name):
        raise ValueError(f"no encoding is called {name!r}; write one such as utf-8 or cp1252")
    return name


EncodingName = Annotated[str, AfterValidator(_known_encoding)]


@dataclass(frozen=True, slots=True)
class OneOf:
    """Beside a checked text: the values that it may have, for the sample and the manual."""

    values: Callable[[], Iterable[str]]

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Name the values in the JSON Schema of the file, too."""
        return {**handler(schema), "enum": list(self.values())}


def _known_language(name: str) -> str:
    if name not in languages():
        raise ValueError(f"must be {' or '.join(map(repr, languages()))}")
    return name


LanguageName = Annotated[str, AfterValidator(_known_language), OneOf(languages)]


_ONE_ADDRESS_AT_MOST = r"([^@\s]+@[^@\s]+)?"


def _one_address_at_most(text: str) -> str:
    if not re.fullmatch(_ONE_ADDRESS_AT_MOST, text):
        raise ValueError("must be an e-mail address, such as ana@example.com, or empty")
    return text


AddressOrNone = Annotated[
    str,
    AfterValidator(_one_address_at_most),
    WithJsonSchema({"type": "string", "pattern": f"^{_ONE_ADDRESS_AT_MOST}$"}),
]


def _one_mark(text: str) -> str:
    if len(text) != 1 or text in '"\r\n':
        raise ValueError("must be one character, and no quotation mark or line end")
    return text


Delimiter = Annotated[str, AfterValidator(_one_mark)]


def _one_or_more(value: Any) -> Any:
    return [value] if isinstance(value, int) else value


def _rising_days(days: list[int]) -> list[int]:
    if any(not 1 <= day <= 365 for day in days) or days != sorted(set(days)):
        raise ValueError("must be whole numbers from 1 to 365, each greater than the one before")
    return days


DayList = Annotated[
    list[int],
    BeforeValidator(_one_or_more),
    AfterValidator(_rising_days),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]}),
]


def _resolve_path(path: Path, info: ValidationInfo) -> Path:
    """A relative path counts from the configuration file's directory, given as the context."""
    return Path(info.context or ".") / path.expanduser()


def _follow_links(path: Path) -> Path:
    """Return *path* with its links followed, so that one file has one state, one journal, one lock."""
    return Path(os.path.realpath(path))


def _host_alone(text: str) -> str:
    if not text or text.count(":") == 1 or set(text) & set(" /@[]"):  # IPv6 has more colons
        raise ValueError("must be a name or an address alone; the port is a setting of its own, `port`")
    return text


HostName = Annotated[str, AfterValidator(_host_alone)]


def _known_rate(text: str) -> str:
    parse_rate(text)
    return text


Rate = Annotated[str, AfterValidator(_known_rate)]


def _known_network(text: str) -> str:
    parse_networks([text])  # raises ValueError, which names the text
    return text


NetworkText = Annotated[str, AfterValidator(_known_network)]

FilePath = Annotated[Path, AfterValidator(_resolve_path)]
StatePath = Annotated[Path, AfterValidator(_resolve_path), AfterValidator(_follow_links)]


class ConfigTable(BaseModel):
    """A table of the file: unknown keys are errors, values cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_SURROUNDINGS = "cron or systemd gives it, where it starts mpftp (see mpftp.toml(5))"
"""What to do about a password that surrounds the program, and is not there."""


class LoginTable(ConfigTable):
    """A table that holds a login. At most one of the four ways to give the password."""

    user: str = Field("", description="Login name.")
    password: SecretStr | None = Field(None, description="The password itself; keep the file's mode at 0600.")
    password_env: str | None = Field(None, description="Environment variable that holds the password.")
    password_file: FilePath | None = Field(None, description="File whose first line is the password.")
    password_credential: str | None = Field(
        None, description="Name of a systemd credential (LoadCredential=) that is the password."
    )

    @model_validator(mode="after")
    def _one_password(self) -> LoginTable:
        configured = [self.password, self.password_env, self.password_file, self.password_credential]
        if sum(value is not None for value in configured) > 1:
            raise ValueError("give only one of password, password_env, password_file, password_credential")
        return self

    def read_password(self) -> str:
        """The password, read when it is needed; ``""`` when none is configured.

        Raises ``ConfigError``, which names the missing variable, file or credential.
        """
        if self.password is not None:
            return self.password.get_secret_value()
        if self.password_env is not None:
            if self.password_env not in os.environ:
                raise ConfigError(
                    f"the environment variable {self.password_env} is not set", hint=_SURROUNDINGS
                )
            return os.environ[self.password_env]
        path = self.password_file
        if self.password_credential is not None:
            folder = os.environ.get("CREDENTIALS_DIRECTORY")
            if not folder:
                raise ConfigError("CREDENTIALS_DIRECTORY is not set", hint=_SURROUNDINGS)
            path = Path(folder) / self.password_credential
        if path is None:
            return ""
        try:
            return (path.read_text("utf-8").splitlines() or [""])[0]
        except PermissionError:
            message, hint = explain_denied(path)
            raise ConfigError(f"the password file {message}", hint=hint) from None
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
            raise ConfigError(
                f"the password file {path} cannot be read: {reason}",
                hint="its first line is the password; its mode 0600, its owner the user that runs cron",
            ) from None


class SupportTable(ConfigTable):
    """Whom clients and readers may ask: shown in letters, answers and pages."""

    name: str = Field("", description="The operator's name.")
    address: AddressOrNone = Field("", description="E-mail address; answers to letters go there.")
    url: str = Field("", pattern=r"^(https?://\S+)?$", description="Page for questions.")

    def to_domain(self) -> Support:
        """The support as the domain knows it."""
        return Support(self.name, self.address, self.url)
