"""Imports go down only; stages and adapters never import their own kind; one importer a library."""

from __future__ import annotations

import graphlib
import sys

FLOORS = {
    "errors": 0,
    "permissions": 0,
    "version": 0,
    "domain": 1,
    "adapters": 2,
    "stages": 3,
    "wiring": 4,
    "cli": 5,
    "tracker": 5,
}
CLOSED = ("adapters", "stages")  # floors whose rooms do not know one another

COMMANDS = "mpftp.cli.commands."
ROOMS = ("bounces", "deliverability", "messages", "results", "sending", "triplets")

ONE_IMPORTER = {
    "sqlite3": "mpftp.adapters.store",
    "ftputil": "mpftp.adapters.ftp",
    "ftplib": "mpftp.adapters.ftp",
    "paramiko": "mpftp.adapters.sftp",
    "pydantic": "mpftp.adapters.config",
    "pydantic_core": "mpftp.adapters.config",
    "imapclient": "mpftp.adapters.mailbox",
    "email_validator": "mpftp.domain.triplets.address",
    "waitress": "mpftp.cli.commands.track",
    "rich": "mpftp.cli",
    "click": "mpftp.cli",
    "tomli_w": "mpftp.adapters.config",
    "tomllib": "mpftp.adapters.config",
    "smtplib": "mpftp.adapters.smtp",
    "mailbox": "mpftp.adapters.mailbox",
}
"""Each library's one home: a module, or a package with what is in it."""

PURE = {
    "sqlite3", "socket", "ssl", "ftplib", "smtplib", "imaplib", "http", "urllib.request", "asyncio",
    "subprocess", "threading", "multiprocessing", "tempfile", "shutil", "os", "fcntl", "logging",
}  # fmt: skip
"""What floor 1 may not touch: it has no input or output, and no say in how work is spread."""


def test_imports_go_down_only(modules):
    wrong = []
    for module in modules:
        for name, line in module.imports():
            if name.startswith("mpftp.") and floor(name) > floor(module.name):
                wrong.append(f"{module.place}:{line} (floor {floor(module.name)}) imports {name}")
    assert not wrong, "\n".join(wrong)


def test_stages_and_adapters_do_not_know_their_own_kind(modules):
    wrong = []
    for module in modules:
        for name, line in module.imports():
            mine, other = room(module.name), room(name)
            if mine and other and mine != other and mine[0] == other[0]:
                wrong.append(f"{module.place}:{line} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_no_imports_go_in_a_circle(modules):
    """Neither between modules nor between the rooms of the domain, whose own words know no room."""
    for place in (lambda name: name, domain_room):
        graph = {place(module.name): set() for module in modules}
        for module in modules:
            package = module.name.rpartition(".")[0]
            graph[place(module.name)] |= {
                place(name)
                for name, _ in module.imports()
                if place(name) in graph and name != package and place(name) != place(module.name)
            }
        graph.pop(None, None)
        graphlib.TopologicalSorter(graph).prepare()


def test_the_two_front_doors_do_not_know_each_other(modules):
    wrong = [
        f"{module.place}:{line} imports {name}"
        for module in modules
        for name, line in module.imports()
        if (module.name.startswith("mpftp.tracker") and name.startswith(("mpftp.cli", "mpftp.stages")))
    ]
    assert not wrong, "\n".join(wrong)


def test_no_command_knows_another(modules):
    """Commands share the context, the views and the wiring; a view knows neither commands nor wiring."""
    wrong = [
        f"{module.place}:{line} imports {name}"
        for module in modules
        for name, line in module.imports()
        if name != module.name
        and (
            (module.name.startswith(COMMANDS) and name.startswith(COMMANDS))
            or (module.name.startswith("mpftp.cli.views.") and name.startswith((COMMANDS, "mpftp.wiring")))
        )
    ]
    assert not wrong, "\n".join(wrong)


def test_each_library_has_one_importer(modules):
    wrong = []
    for module in modules:
        for name, line in module.imports():
            home = ONE_IMPORTER.get(name.split(".")[0])
            if home and not (module.name == home or module.name.startswith(home + ".")):
                wrong.append(f"{module.place}:{line} imports {name}, whose one importer is {home}")
    assert not wrong, "\n".join(wrong)


def test_every_foreign_library_has_a_home_in_the_table(modules):
    """A library that nobody thought about gets a home before it gets a second importer."""
    importers: dict[str, set[str]] = {}
    for module in modules:
        for name, _ in module.imports():
            top = name.split(".")[0]
            if top not in sys.stdlib_module_names and top not in ("mpftp", "__future__"):
                importers.setdefault(top, set()).add(module.name)
    many = {top: names for top, names in importers.items() if len(names) > 1 and top not in ONE_IMPORTER}
    assert not many


def test_the_domain_is_pure(modules):
    wrong = [
        f"{module.place}:{line} imports {name}"
        for module in modules
        if floor(module.name) == 1
        for name, line in module.imports()
        if any(name == bad or name.startswith(bad + ".") for bad in PURE)
    ]
    assert not wrong, "\n".join(wrong)


def floor(name: str) -> int:
    """The floor of a module of ours; the package's own two files look on from above."""
    parts = name.split(".")
    return FLOORS.get(parts[1], 5) if len(parts) > 1 and parts[1] != "__main__" else 5


def domain_room(name: str) -> str | None:
    """The room of a module of the domain, ``""`` for a word of the whole house."""
    parts = name.split(".")
    if parts[:2] != ["mpftp", "domain"] or len(parts) < 3:
        return None
    return parts[2] if len(parts) > 3 or parts[2] in ROOMS else ""


def room(name: str) -> tuple[str, str] | None:
    """The (floor, module or package) of a module on a closed floor."""
    parts = name.split(".")
    if len(parts) > 2 and parts[0] == "mpftp" and parts[1] in CLOSED:
        return parts[1], parts[2]
    return None
