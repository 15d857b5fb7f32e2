"""The configuration as people and editors are shown it: no secret in it, its form as a JSON Schema."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import BaseModel, SecretStr

from mpftp.adapters.config.model import Config
from mpftp.errors import ConfigError

HIDDEN = "********"
SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"

_LOGIN = re.compile(r"(?<=://)[^/@\s]+@")


def visible_settings(table: BaseModel) -> dict[str, Any]:
    """Every setting of *table* that has a value, defaults included, in TOML's types; secrets are hidden."""
    settings = ((name, _visible(getattr(table, name))) for name in type(table).model_fields)
    return {name: value for name, value in settings if value is not None}


def _visible(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return visible_settings(value)
    if isinstance(value, dict):
        return {name: _visible(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_visible(one) for one in value]
    if isinstance(value, SecretStr):
        return HIDDEN
    if isinstance(value, (Path, Enum)):
        return str(value)
    return _LOGIN.sub(f"{HIDDEN}@", value) if isinstance(value, str) else value


def render_settings(values: dict[str, Any]) -> str:
    """*values* as TOML."""
    return tomli_w.dumps(values)


def config_schema() -> dict[str, Any]:
    """The form of the configuration file as a JSON Schema, for editors that know TOML."""
    return {
        "$schema": SCHEMA_DIALECT,
        "$comment": "taplo and other editors' plug-ins: a first line `#:schema FILE` in mpftp.toml",
        **Config.model_json_schema(),
        "title": "mpftp.toml",
    }


def find_missing_passwords(config: Config) -> tuple[list[str], list[str]]:
    """The passwords that cannot be read, a sentence each: from files, and from what cron or systemd gives."""
    tables = {
        "smtp": config.smtp,
        "bounces": config.bounces,
        **{f"smtp.relays[{index}]": relay for index, relay in enumerate(config.smtp.relays)},
        **{f"clients.{name}": client for name, client in config.clients.items()},
    }
    files: list[str] = []
    from_environment: list[str] = []
    for where, table in tables.items():
        try:
            table.read_password()
        except ConfigError as error:
            (from_environment if table.password_file is None else files).append(f"{where}: {error.message}")
    return files, from_environment
