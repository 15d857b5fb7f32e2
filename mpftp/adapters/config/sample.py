"""A commented configuration file, made from the models, so that it can never disagree with them."""

from __future__ import annotations

import json
import re
import types
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from textwrap import wrap
from typing import Any, Literal, Union, get_args, get_origin

import tomli_w
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from mpftp.adapters.config.base import OneOf
from mpftp.adapters.config.model import ClientTable, Config
from mpftp.adapters.config.profiles import ProfileTable

INTRODUCTION = """\
Configuration of mpftp; `man mpftp.toml` explains every setting.
A setting behind a # shows its default; nothing after its = sign: not set.
Relative paths count from this file's directory.
Keep the mode of this file at 0600 if it holds a password."""

NAMED_TABLES: Mapping[str, tuple[type[BaseModel], str]] = {
    "clients": (ClientTable, "NAME"),
    "profiles": (ProfileTable, "NAME"),
}
"""Tables of tables: the model of one, and the name under which an unused one is shown."""


def render_sample(values: Mapping[str, Any]) -> str:
    """The whole configuration as TOML: *values* as they are, every other setting as a comment."""
    lines = [f"# {line}" for line in INTRODUCTION.splitlines()] + [""]
    lines += _table(Config, values, ())
    return "\n".join(lines).rstrip() + "\n"


def iter_settings(
    model: type[BaseModel] = Config, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, FieldInfo]]:
    """Every setting there is as (path, field): ``state``, ``smtp.host``, ``clients.NAME.endpoint``."""
    tables: list[Iterator[tuple[str, FieldInfo]]] = []
    for name, info in model.model_fields.items():
        if path == () and name in NAMED_TABLES:
            named, key = NAMED_TABLES[name]
            tables.append(iter_settings(named, (name, key)))
        elif below := _submodel(info):
            tables.append(iter_settings(below, (*path, name)))
        else:
            yield ".".join((*path, name)), info
    for table in tables:
        yield from table


def _table(model: type[BaseModel], values: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """The lines of one table: its own settings first (TOML demands that), then the tables in it."""
    inner: list[tuple[str, type[BaseModel]]] = []
    for name, info in model.model_fields.items():
        if path == () and name in NAMED_TABLES:
            continue
        if below := _submodel(info):
            inner.append((name, below))
        else:
            yield from _setting(name, info, values)
    for name, below in inner:
        yield from _headed(below, values.get(name), (*path, name))
    if path == ():
        for name, (below, is_shown) in NAMED_TABLES.items():
            for key, table in (values.get(name) or {is_shown: None}).items():
                yield from _headed(below, table, (name, key))


def _headed(model: type[BaseModel], values: Mapping[str, Any] | None, path: tuple[str, ...]) -> Iterator[str]:
    """A table with its header; one that is not in use is a comment from end to end."""
    yield ""
    yield from _comment(model.__doc__ or "")
    yield f"{'#' if values is None else ''}[{'.'.join(map(_key, path))}]"
    yield from _table(model, values or {}, path)


def _key(name: str) -> str:
    """*name* as a part of a table's header, quoted where TOML asks for it."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)


def _setting(name: str, info: FieldInfo, values: Mapping[str, Any]) -> Iterator[str]:
    yield from _comment(" ".join(filter(None, (info.description, format_limits(info)))))
    if name in values:
        yield _line(name, values[name])
    else:
        yield f"#{_line(name, _default(info))}"


def format_limits(info: FieldInfo) -> str:
    """What values a setting may have, as a sentence; ``""`` where its description says it all."""
    choices = [value for limit in info.metadata if isinstance(limit, OneOf) for value in limit.values()]
    for option in (info.annotation, *_options(info.annotation)):
        choices += get_args(option) if get_origin(option) is Literal else ()
    if choices:
        return f"One of: {', '.join(map(json.dumps, dict.fromkeys(choices)))}."
    bounds = {type(limit).__name__: limit for limit in info.metadata}
    least = bounds["Ge"].ge if "Ge" in bounds else None
    if "Le" in bounds:
        return f"{'Above 0' if least is None else least} to {bounds['Le'].le}."
    if "Gt" in bounds:
        return f"More than {bounds['Gt'].gt}."
    return "" if least in (None, 0) else f"At least {least}."


def _comment(text: str) -> Iterator[str]:
    plain = " ".join(re.sub(r"\*(\w+)\*", r"\1", text.replace("``", "`")).split())
    yield from (f"# {line}" for line in wrap(plain, 100))


def _line(name: str, value: Any) -> str:
    if value is None:
        return f"{name} ="
    if value == {}:
        return f"{name} = {{}}"
    line = tomli_w.dumps({name: _plain(value)}).strip()
    # A list stands in one line, so that one "#" is enough to show it as a default.
    return " ".join(part.strip() for part in line.splitlines()) if isinstance(value, list) else line


def _plain(value: Any) -> Any:
    if isinstance(value, (Path, Enum)):
        return str(value)
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _default(info: FieldInfo) -> Any:
    return None if info.is_required() else info.get_default(call_default_factory=True)


def _submodel(info: FieldInfo) -> type[BaseModel] | None:
    """The model of a field that is a table of its own."""
    for option in _options(info.annotation):
        if isinstance(option, type) and issubclass(option, BaseModel):
            return option
    return None


def _options(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
