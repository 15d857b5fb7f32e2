"""The pages for contributors name what is there: every path and module exists, every folder is named."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "mpftp"
PAGES = (PACKAGE / "ARCHITECTURE.md", ROOT / ".github/CONTRIBUTING.md", ROOT / ".github/SECURITY.md")
FLOORS = (
    "errors",
    "permissions",
    "version",
    "wiring/",
    "domain/",
    "adapters/",
    "stages/",
    "cli/",
    "tracker/",
)


def code_words(page):
    """What stands between backquotes, blocks left out."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL))


def is_there(path):
    """Whether *path* is a path of the project, or the end of one of the package."""
    inner = (found.as_posix() for found in PACKAGE.rglob("*"))
    return (ROOT / path).exists() or any(found.endswith(f"/{path.rstrip('/')}") for found in inner)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_path_that_a_page_names_exists(page):
    paths = [
        word
        for word in code_words(page)
        if re.fullmatch(r"[.\w/-]+(/|\.(py|md|toml|sql))", word) and "NAME" not in word
    ]
    assert paths or page.name == "SECURITY.md"
    assert not [path for path in paths if not is_there(path)]


def test_every_module_in_the_table_of_floors_exists():
    table = PAGES[0].read_text("utf-8").partition("## Floors")[2].partition("##")[0]
    rows = [line for line in table.splitlines() if re.match(r"\| \d ", line)]
    for row in rows:
        place, held = row.split("|")[2:4]
        for floor in re.findall(r"`([\w/]+)`", place):
            assert floor in FLOORS
            if not floor.endswith("/"):
                assert (PACKAGE / f"{floor}.py").exists() or (PACKAGE / floor).is_dir()
                continue
            for name in re.findall(r"`([\w./]+)`", held):
                inner = PACKAGE / floor / name
                assert inner.exists() or inner.with_suffix(".py").exists(), f"{floor}{name}"


def test_every_folder_of_the_package_is_named():
    text = PAGES[0].read_text("utf-8")
    folders = {path.parent.relative_to(PACKAGE) for path in PACKAGE.rglob("__init__.py")} - {Path(".")}
    missing = [
        folder
        for folder in folders
        if f"`{folder.name}/" not in text and f"`{folder}/" not in text and f"{folder}/" not in text
    ]
    assert not missing


def test_every_table_of_the_state_is_named():
    text = PAGES[0].read_text("utf-8").partition("## The state's tables")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(\w+)`", text))
    scripts = "\n".join(
        path.read_text("utf-8") for path in sorted(PACKAGE.glob("adapters/store/migrations/*.sql"))
    )
    made = set(re.findall(r"CREATE TABLE (\w+)", scripts)) - set(
        re.findall(r"ALTER TABLE (\w+) RENAME", scripts)
    )
    assert not {table for table in made if not table.endswith(("_new", "_old"))} - named


def test_the_readme_leads_to_the_pages():
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [
        path
        for path in ("mpftp/ARCHITECTURE.md", ".github/CONTRIBUTING.md", ".github/SECURITY.md")
        if path not in readme
    ] == []
