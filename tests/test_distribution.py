"""Wheel and source archive bring the manual, the samples and the changelog to where they are looked for."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import distributions, requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LEFT_BEHIND = shutil.ignore_patterns(
    ".git", ".venv", ".*_cache", ".hypothesis", "tests", "*.egg-info", "__pycache__", "build", "dist"
)
BUILD = "from setuptools import build_meta as b; b.build_sdist({0!r}); b.build_wheel({0!r})"


pytestmark = pytest.mark.timeout(300)


def files_below(folder):
    return {path.relative_to(ROOT / folder) for path in (ROOT / folder).rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder with both archives, built from a copy of the sources."""
    if int(version("setuptools").partition(".")[0]) < 77:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("setuptools 77 is not installed")
    source = tmp_path_factory.mktemp("source") / "mpftp"
    shutil.copytree(ROOT, source, ignore=LEFT_BEHIND)
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BUILD.format(str(out))],
        cwd=source,
        check=True,
        capture_output=True,
    )
    return out


@pytest.fixture(scope="module")
def wheel(built):
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def shared(wheel):
    """What the wheel puts below share/ of the environment."""
    found = (re.fullmatch(r"[^/]+\.data/data/share/(.+)", name) for name in zipfile.ZipFile(wheel).namelist())
    return {Path(match[1]) for match in found if match}


def test_the_wheel_has_every_page_of_the_manual(shared):
    pages = {path for path in files_below("man") if re.search(r"\.[157]$", path.name)}
    assert pages
    expected = {Path("man") / page.parent / f"man{page.suffix[1:]}" / page.name for page in pages}
    assert {path for path in shared if path.parts[0] == "man"} == expected


def test_the_wheel_has_every_example_but_pictures_and_triplets_that_are_refused(shared):
    wanted = {
        path
        for path in files_below("examples")
        if path.parts[0] not in ("completion", "pictures", "triplets")
        or path.parts[:2] in (("triplets", "correct"), ("triplets", "correct-windows-1252"))
    }
    assert {path for path in shared if path.parts[0] == "mpftp"} == {
        Path("mpftp/examples") / path for path in wanted if "__pycache__" not in path.parts
    }


def test_the_wheel_has_the_changelog_and_the_completion_of_three_shells(shared):
    assert {Path("doc/mpftp/CHANGELOG.md"), Path("doc/mpftp/README.md")} <= shared
    assert {
        Path("bash-completion/completions/mpftp"),
        Path("fish/vendor_completions.d/mpftp.fish"),
        Path("zsh/site-functions/_mpftp"),
    } <= shared


def test_the_wheel_has_every_file_of_the_package(wheel):
    there = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("mpftp/")}
    assert there == {
        f"mpftp/{path}"
        for path in files_below("mpftp")
        if "__pycache__" not in path.parts and path.name != "ARCHITECTURE.md"
    }


def test_the_source_archive_has_what_the_wheel_is_made_of(built, shared):
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "mpftp/cli/__init__.py"} <= names
    shipped = {str(path.relative_to("mpftp")) for path in shared if path.parts[:2] == ("mpftp", "examples")}
    assert shipped <= names


def test_an_installation_has_command_manual_and_samples_where_they_are_looked_for(wheel, tmp_path):
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--no-compile",
         "--prefix", tmp_path, "--ignore-installed", "--disable-pip-version-check", wheel],
        check=True,
        capture_output=True,
    )  # fmt: skip
    assert (tmp_path / "bin" / "mpftp").is_file()
    for place in ("man/man1/mpftp-send.1", "man/man7/mpftp-operations.7", "mpftp/examples/crontab"):
        assert (tmp_path / "share" / place).is_file()


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
def test_the_completion_file_of_bash_completes_the_command():
    line = 'source "$1"; complete -p mpftp'
    done = subprocess.run(
        ["bash", "-c", line, "bash", ROOT / "examples/completion/bash/mpftp"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )
    assert done.stdout.startswith("complete ")


@pytest.mark.parametrize(
    ("shell", "file"),
    [("bash", "bash/mpftp"), ("zsh", "zsh/_mpftp"), ("fish", "fish/mpftp.fish")],
)
def test_a_completion_file_asks_the_program_for_its_shell(shell, file):
    text = (ROOT / "examples" / "completion" / file).read_text("utf-8")
    assert f"_MPFTP_COMPLETE={shell}_source mpftp" in text


def pinned_versions():
    """Distribution -> version, as ``.ci/constraints.txt`` pins them."""
    lines = (ROOT / ".ci" / "constraints.txt").read_text("utf-8").splitlines()
    pairs = (line.split("==") for line in lines if not line.startswith("#"))
    return {canonicalize_name(name): pinned for name, pinned in pairs}


def required_distributions():
    """Every requirement of mpftp with its extras, and of what these require here."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    waiting = [Requirement(text) for group in (project["dependencies"], *extras) for text in group]
    seen = set()
    while waiting:
        requirement = waiting.pop()
        asked = (requirement.name, *sorted(requirement.extras or {""}))
        if requirement.name == "mpftp" or asked in seen:
            continue
        yield requirement
        seen.add(asked)
        waiting += [
            inner
            for inner in map(Requirement, requires(requirement.name) or ())
            if not inner.marker or any(inner.marker.evaluate({"extra": extra}) for extra in asked[1:])
        ]


def test_the_constraints_pin_a_version_that_is_admitted_of_everything_required():
    pinned = pinned_versions()
    required = list(required_distributions())
    missing = [
        str(requirement)
        for requirement in required
        if not requirement.specifier.contains(pinned.get(canonicalize_name(requirement.name), "0a0"))
    ]
    assert len(required) > 30
    assert not missing, "run: .ci/constraints"


def test_the_constraints_can_be_installed_with_the_oldest_python():
    """Debian 12 has Python 3.11.2. What is installed in another version than the pinned one is not asked."""
    pinned = pinned_versions()
    refused = {
        one.name: one.metadata.get("Requires-Python")
        for one in distributions()
        if pinned.get(canonicalize_name(one.name)) == one.version
        and not SpecifierSet(one.metadata.get("Requires-Python", "")).contains("3.11.0")
    }
    assert not refused, "run .ci/constraints with that Python"


def test_ci_tests_the_versions_that_the_constraints_pin():
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert "pip install -q -c .ci/constraints.txt -e '.[test]'" in script
