"""The source as the house's rules see it: every module parsed once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Module:
    """One module of the package: its dotted name, its text, its tree."""

    name: str
    path: Path
    text: str
    tree: ast.Module

    @property
    def place(self) -> str:
        """Where it is, as a failing test shows it."""
        return str(self.path.relative_to(ROOT))

    def imports(self) -> Iterator[tuple[str, int]]:
        """Every module that is imported anywhere in it, ``TYPE_CHECKING`` included, and the line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.place}:{node.lineno}: relative import"
                base = node.module or ""
                yield base, node.lineno
                yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)


@pytest.fixture(scope="session")
def modules() -> list[Module]:
    """Every module of the package."""
    return [read_module(path) for path in sorted((ROOT / "mpftp").rglob("*.py"))]


def read_module(path: Path) -> Module:
    """Parse one file of the package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    text = path.read_text("utf-8")
    name = ".".join(parts).removesuffix(".__init__")
    return Module(name, path, text, ast.parse(text))
