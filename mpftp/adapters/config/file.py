"""Finding and reading the configuration file."""

from __future__ import annotations

import logging
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from mpftp.adapters.config.model import Config
from mpftp.errors import ConfigError
from mpftp.permissions import denied

log = logging.getLogger("mpftp.config")

_ERROR_TEXTS = {
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "must be a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "must be a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "must be true or false, without quotes"),
    **dict.fromkeys(("string_type", "path_type"), "must be text in quotes"),
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type"), "must be a table"),
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "string_pattern_mismatch": "has the wrong form; the pattern is {pattern}",
}
"""What pydantic's types of error mean to the person who writes the file."""

MIN_LIKENESS = 0.5  # of a setting's name to one that is known, from 0 to 1


def load_config(path: Path) -> Config:
    """Read and check *path*; relative paths in it are taken from its own directory.

    Raises ``ConfigError`` that lists every problem with its position. No value of a password appears.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: there is no such configuration file", hint="write one with `mpftp init`"
        ) from None
    except PermissionError:
        raise denied(ConfigError, path) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as UTF-8 text ({error})") from None
    config, values = _parse(text, path)
    _warn_about_mode(path, values)
    return config


def check_config(text: str, path: Path) -> Config:
    """Check *text*, the content of *path* or what is to be it. Raises ``ConfigError`` with every fault."""
    return _parse(text, path)[0]


def _parse(text: str, path: Path) -> tuple[Config, dict[str, Any]]:
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{path}: not valid TOML: {error}",
            hint='a line is `name = value`, text stands in "quotes", a table begins with `[name]`',
        ) from None
    try:
        return Config.model_validate(values, context=path.resolve().parent), values
    except ValidationError as error:
        problems = "\n".join(f"{path}: {problem}" for problem in _format_errors(error, text))
        raise ConfigError(problems, hint="`man mpftp.toml` explains every setting") from None


def find_state_path(path: Path) -> Path | None:
    """Where the state file is by a configuration *path* that may be faulty, ``None`` where nothing says."""
    try:
        named: str = tomllib.loads(path.read_text("utf-8")).get("state", Config.model_fields["state"].default)
        return path.resolve().parent / named
    except (OSError, ValueError, TypeError):
        return None


def _format_errors(error: ValidationError, text: str) -> Iterator[str]:
    """Yield one sentence a problem: the line, if it is known, the setting's path, what is wrong."""
    for problem in error.errors(include_input=False, include_url=False):
        is_name = problem["loc"][-1:] == ("[key]",)
        location = problem["loc"][:-1] if is_name else problem["loc"]
        where = ".".join(str(part) for part in location)
        message = _ERROR_TEXTS.get(problem["type"], problem["msg"].removeprefix("Value error, "))
        message = message.format_map(problem.get("ctx", {})) if problem["type"] in _ERROR_TEXTS else message
        if is_name:
            message = "a name has only letters, digits, `.`, `_` and `-`, 64 at most"
        elif problem["type"] == "extra_forbidden":
            message = "unknown setting" + _nearest(problem["loc"])
        elif problem["type"] == "missing":
            message, location = "required, but missing", location[:-1]
        yield ": ".join(part for part in (_line_of(location, text), where, message) if part)


def _nearest(loc: tuple[int | str, ...]) -> str:
    """`` (did you mean ...?)`` for an unknown setting, when a known one is near."""
    import difflib

    model: Any = Config
    for part in loc[:-1]:
        model = _table_of(model, str(part))
        if model is None:
            return ""
    known = list(getattr(model, "model_fields", {}))
    likeness = {one: difflib.SequenceMatcher(None, one, str(loc[-1])).ratio() for one in known}
    best = max(likeness.values(), default=0.0)
    if best < MIN_LIKENESS:
        return f"; known here: {', '.join(known)}"
    nearest = [repr(one) for one, ratio in likeness.items() if ratio == best]
    return f" (did you mean {' or '.join(nearest)}?)"


def _table_of(model: Any, part: str) -> Any:
    """The model of the table *part* inside *model*, which may be a mapping of named tables."""
    if isinstance(model, type) and issubclass(model, BaseModel):
        annotation = model.model_fields[part].annotation if part in model.model_fields else None
        options = [annotation, *get_args(annotation)]
        if any(getattr(option, "__origin__", None) is dict for option in options):
            return annotation
        return next((o for o in options if isinstance(o, type) and issubclass(o, BaseModel)), None)
    arguments = get_args(model)
    return arguments[1] if len(arguments) == 2 else None


def _line_of(loc: tuple[int | str, ...], text: str) -> str:
    """``line N`` of the setting at *loc*, or of the table or list that it stands in; ``""`` if unsure."""
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    tables: Counter[tuple[str, ...]] = Counter()
    for line_number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("["):
            table = _split_key(stripped.partition("]")[0].strip("["))
            if stripped.startswith("[["):
                tables[table] += 1
                table = (*table, str(tables[table] - 1))
            lines.setdefault(table, line_number)
        elif "=" in stripped and not stripped.startswith("#"):
            lines.setdefault(table + _split_key(stripped.partition("=")[0]), line_number)
    setting = tuple(map(str, loc))
    prefixes = (setting[:length] for length in range(len(setting), 0, -1))
    return next((f"line {lines[part]}" for part in prefixes if part in lines), "")


def _split_key(key: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in key.split("."))


def _warn_about_mode(path: Path, values: dict[str, Any]) -> None:
    """Warn of each file with a password or a key that others may read: this one, or one it names."""
    smtp = values.get("smtp", {})
    tables = [smtp, values.get("bounces", {}), *smtp.get("relays", []), *values.get("clients", {}).values()]
    named = [path.absolute()] if any("password" in table for table in tables) else []
    named += [
        path.absolute().parent / Path(str(table[key])).expanduser()
        for table in tables
        for key in ("password_file", "private_key_file")
        if key in table
    ]
    for file in dict.fromkeys(named):
        with suppress(OSError):  # one that is not there is told of when it is needed
            if file.stat().st_mode & 0o077:
                log.warning(
                    "%s holds a password or a key and others may read it; run: chmod 600 %s", file, file
                )
