"""Changes to the configuration file that leave every other line, comments included, as it is.

Lines are changed, not values written anew: the result of an edit is read again and compared with what was
intended, and a file whose form the edit does not understand is left to its owner.
"""

from __future__ import annotations

import os
import re
import secrets
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import tomli_w

from mpftp.adapters.config.file import check_config
from mpftp.errors import ConfigError
from mpftp.permissions import denied, explain_denied

_HEADER = re.compile(r"(\s*\[\[?)(?:[^\]]*?)(\]\]?\s*(?:#.*)?\r?\n?)")
_UNQUOTED_KEY = re.compile(r"[A-Za-z0-9_-]+")

Tables = dict[str, Any]


def rename_client_section(text: str, old: str, new: str) -> str:
    """*text* with the client *old* called *new*. Raises ``ConfigError`` for a form it cannot edit."""

    def apply_change(values: Tables) -> None:
        clients = values["clients"].items()
        values["clients"] = {new if name == old else name: table for name, table in clients}

    lines = [_rename_in(line, above, old, new) for line, above in _lines_with_tables(text)]
    return _checked(text, "".join(lines), apply_change, f"rename the section of {old} to {new}")


def remove_client_section(text: str, name: str) -> str:
    """*text* without the client *name* and the comment right above it. Raises ``ConfigError``."""

    def apply_change(values: Tables) -> None:
        del values["clients"][name]
        if not values["clients"]:
            del values["clients"]

    parts = list(_lines_with_tables(text))
    owned = [above[:2] == ("clients", name) for _, above in parts]
    kept = list(owned)
    for index in range(1, len(parts)):
        if owned[index] != owned[index - 1]:  # what stands right above a header belongs to it
            for above in range(index - 1, -1, -1):
                if not parts[above][0].lstrip().startswith("#"):
                    break
                kept[above] = owned[index] and any(line.strip() for line, _ in parts[:above])
    lines = [line for (line, _), gone in zip(parts, kept, strict=True) if not gone]
    return _checked(text, "".join(lines), apply_change, f"remove the section of {name}", without_empty=True)


def set_client_enabled(text: str, name: str, *, enabled: bool) -> str:
    """*text* with ``enabled`` of the client *name* set. Raises ``ConfigError``."""

    def apply_change(values: Tables) -> None:
        values["clients"][name]["enabled"] = enabled

    value, lines, table = str(enabled).lower(), [], ("clients", name)
    has_setting = "enabled" in tomllib.loads(text)["clients"][name]
    for line, above in _lines_with_tables(text):
        if has_setting and above == table:
            line = re.sub(r"^(\s*enabled\s*=\s*)(?:true|false)", rf"\g<1>{value}", line)
        lines.append(line)
        if not has_setting and _header_of(line) == table:
            lines.append(f"enabled = {value}{_line_end(text)}")
    return _checked(
        text, "".join(lines), apply_change, f"write `enabled = {value}` into the section of {name}"
    )


def add_client_section(text: str, name: str, table: Mapping[str, Any]) -> str:
    """*text* with a section for the client *name* at its end. Raises ``ConfigError``."""

    def apply_change(values: Tables) -> None:
        values.setdefault("clients", {})[name] = dict(table)

    section = tomli_w.dumps({"clients": {name: dict(table)}}).replace("[clients]\n", "").lstrip("\n")
    end = _line_end(text)
    before = text if not text or text.endswith("\n") else text + end
    added = (before + ("\n" if before else "") + section).replace("\r\n", "\n").replace("\n", end)
    return _checked(text, added, apply_change, f"add a section for {name}")


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _checked(
    before: str, after: str, apply_change: Callable[[Tables], None], task: str, *, without_empty: bool = False
) -> str:
    """*after*, when it says what *before* does after the change that *apply_change* makes."""
    intended = tomllib.loads(before)
    apply_change(intended)
    try:
        edited = tomllib.loads(after)
    except tomllib.TOMLDecodeError:
        edited = {}
    if without_empty and edited.get("clients") == {}:
        del edited["clients"]
    if edited != intended or list(edited.get("clients", {})) != list(intended.get("clients", {})):
        raise ConfigError(
            "the configuration is written in a form that is not edited here",
            hint=f"{task} in the file yourself, then run the same command again",
        )
    return after


def _lines_with_tables(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each line with its end, and the table that it belongs to; a header belongs to its own."""
    above: tuple[str, ...] = ()
    for line in text.splitlines(keepends=True):
        above = _header_of(line) or above
        yield line, above


def _header_of(line: str) -> tuple[str, ...] | None:
    """The path of a table whose header *line* is."""
    if not line.lstrip().startswith("["):
        return None
    try:
        value: Any = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return None
    path: list[str] = []
    while value:
        name, value = next(iter(value.items()))
        path.append(name)
        value = value[0] if isinstance(value, list) else value
    return tuple(path)


def _rename_in(line: str, above: tuple[str, ...], old: str, new: str) -> str:
    header = _header_of(line)
    if header and header[:2] == ("clients", old):
        parts = ".".join(map(_key, ("clients", new, *header[2:])))
        return _HEADER.sub(lambda match: f"{match[1]}{parts}{match[2]}", line, count=1)
    spellings = "|".join(re.escape(text) for text in (old, f'"{old}"', f"'{old}'"))
    prefix = {("clients",): r"\s*", (): r"\s*clients\s*\.\s*"}.get(above)
    if header or prefix is None:
        return line
    return re.sub(rf"^({prefix})(?:{spellings})(?=\s*[.=])", lambda match: match[1] + _key(new), line)


def _key(name: str) -> str:
    return name if _UNQUOTED_KEY.fullmatch(name) else f'"{name}"'


def edit_config(path: Path, edit: Callable[[str], str]) -> None:
    """Change the file at *path* as *edit* changes its text, whole or not at all. Raises ``ConfigError``."""
    draft = ConfigDraft(path, edit(read_config_text(path)))
    try:
        draft.put_in_place()
    finally:
        draft.discard()


def read_config_text(path: Path) -> str:
    """The text of the file at *path*, its line ends as they are. Raises ``ConfigError``."""
    try:
        return path.read_bytes().decode("utf-8")
    except PermissionError:
        raise denied(ConfigError, path) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as UTF-8 text ({error})") from None


class ConfigDraft:
    """A new text for the configuration file, checked and on the disk beside it, until it is put in place."""

    def __init__(self, path: Path, text: str) -> None:
        """Write the draft, with the mode and the owner of the file. Raises ``ConfigError``."""
        self.path = path.resolve()
        check_config(text, path)
        self._draft = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        try:
            self._write(text.encode("utf-8"))
        except PermissionError:
            self.discard()
            message, hint = explain_denied(self._draft)
            raise ConfigError(message, hint=f"{hint}; nothing was changed") from None
        except OSError as error:
            self.discard()
            raise ConfigError(
                f"{path}: cannot be changed ({error.strerror}: {self.path.parent})",
                hint="run this as a user who may write there; nothing was changed",
            ) from None

    def _write(self, data: bytes) -> None:
        old = self.path.stat()
        with open(os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            if (os.geteuid(), os.getegid()) != (old.st_uid, old.st_gid):
                os.fchown(file.fileno(), old.st_uid, old.st_gid)
            os.fchmod(file.fileno(), old.st_mode & 0o7777)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def put_in_place(self) -> None:
        """Let the draft be the configuration, whole, and on the disk."""
        self._draft.replace(self.path)
        descriptor = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def discard(self) -> None:
        """Remove the draft, if it is still there."""
        self._draft.unlink(missing_ok=True)
