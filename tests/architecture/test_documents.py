"""README, manual pages, CI and examples say what the program does, and the program what they say."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import click
import pytest

from mpftp.adapters.config.model import Config
from mpftp.adapters.config.sample import iter_settings, render_sample
from mpftp.cli import COMMANDS, EPILOG, main
from mpftp.domain.profile import CONF_FIELDS, LINK_FIELDS, MAIL_FIELDS, RESULT_COLUMNS
from mpftp.domain.texts.en import RULE_REASONS
from mpftp.domain.triplets.rules import RULES
from mpftp.errors import Exit
from mpftp.version import __version__

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def load_generator():
    sys.path.insert(0, str(ROOT / "man"))
    spec = importlib.util.spec_from_file_location("generate", ROOT / "man" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.path.remove(str(ROOT / "man"))
    return module


GENERATOR = load_generator()
COMMAND_PAGES = sys.modules["command_pages"]
COMMON = {name for option in GENERATOR.common_parameters() for name in option.opts if name.startswith("--")}


PAGES = sorted(path.relative_to(ROOT / "man") for path in (ROOT / "man").rglob("*.[157]"))


def commands_below(name):
    """The command itself, or those of a group."""
    return [command for _, command in COMMAND_PAGES.leaves(name, COMMAND_PAGES.command_of(name))]


def options_of(name):
    """Its own options, as they are written."""
    return {
        written
        for command in commands_below(name)
        for option in COMMAND_PAGES.own_options(command)
        for written in option.opts
        if written.startswith("--")
    }


def test_the_readmes_table_of_commands_is_the_programs():
    assert GENERATOR.readme(README) == README, "run: python man/generate.py"


def test_the_readme_lists_no_command_that_does_not_exist():
    assert re.findall(r"^\| `mpftp ([a-z-]+)", README, re.MULTILINE) == list(COMMANDS)


def test_the_readme_names_the_common_options():
    assert all(f"`{name}`" in README for name in COMMON)


@pytest.mark.parametrize("code", list(Exit))
def test_exit_codes_are_in_help_readme_and_manual(code):
    assert f"\n| {int(code)} |" in README
    assert re.search(rf"\b{int(code)} ", EPILOG)
    assert f"\n.B {int(code)}\n" in (ROOT / "man" / "mpftp.1").read_text("utf-8")


@pytest.mark.parametrize("page", list(GENERATOR.PAGES))
def test_manual_pages_are_those_of_this_program(page):
    committed = (ROOT / "man" / page).read_text("utf-8")
    assert committed == GENERATOR.PAGES[page](), "run: python man/generate.py"


def test_the_manual_has_every_option_and_every_setting():
    overview = (ROOT / "man" / "mpftp.1").read_text("utf-8").replace(r"\-", "-")
    assert all(rf"\fB{option}\fR" in overview for option in COMMON)
    for name in COMMANDS:
        assert rf"\fBmpftp-{name}\fR(1)" in overview
        own = (ROOT / "man" / f"mpftp-{name}.1").read_text("utf-8").replace(r"\-", "-")
        assert all(rf"\fB{option}\fR" in own for option in options_of(name))
    page = (ROOT / "man" / "mpftp.toml.5").read_text("utf-8")
    assert all(rf"\fB{path.rpartition('.')[2]}\fR" in page for path, _ in iter_settings())
    assert all(f"[{path.rpartition('.')[0]}]" in page for path, _ in iter_settings() if "." in path)


@pytest.mark.parametrize("file", ["mpftp-triplet.5", "pt_BR/mpftp-triplet.5"])
def test_the_manual_of_the_files_names_every_field_and_file(file):
    page = (ROOT / "man" / file).read_text("utf-8")
    for name in (
        *CONF_FIELDS,
        *MAIL_FIELDS[:12],
        "livre1",
        "livre50",
        *RESULT_COLUMNS,
        *LINK_FIELDS,
        "ERRO",
        "RECIBO",
        "SUPRESSAO",
    ):
        assert name in page


def test_the_manual_of_the_rules_in_the_clients_language_has_every_rule():
    page = (ROOT / "man" / "pt_BR" / "mpftp-validate.1").read_text("utf-8").replace(r"\-", "-")
    assert re.findall(r"^\.SS (\w+)$", page, re.MULTILINE) == [
        rule for kind in RULE_REASONS for rule in RULES if rule.rstrip("0123456789") == kind
    ]
    assert set(re.findall(r"(?<![\w-])--[a-z-]+", page)) <= options_of("validate") | COMMON


def test_the_manual_for_clients_is_installed_in_their_language():
    data_files = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"][
        "data-files"
    ]
    pages = {f"share/man/pt_BR/man{page[-1]}" for page in GENERATOR.PAGES if page.startswith("pt_BR/")}
    assert pages <= set(data_files)


def pages_named_in(text):
    """The pages of ours that *text* names, as files: ``mpftp-send.1`` for ``mpftp-send(1)``."""
    plain = re.sub(r"\\f[BIR]", "", text.replace(r"\-", "-"))
    return {f"{name}.{section}" for name, section in re.findall(r"\b(mpftp[\w.-]*) ?\(([157])\)", plain)}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_page_that_a_page_names_is_there(page):
    named = pages_named_in((ROOT / "man" / page).read_text("utf-8"))
    assert named <= {path.name for path in PAGES}
    assert named


@pytest.mark.parametrize("place", ["README.md", ".github/CONTRIBUTING.md", "mpftp/ARCHITECTURE.md"])
def test_every_page_that_a_document_names_is_there(place):
    assert pages_named_in((ROOT / place).read_text("utf-8")) <= {path.name for path in PAGES}


def test_the_overview_names_every_page():
    overview = (ROOT / "man" / "mpftp.1").read_text("utf-8")
    assert pages_named_in(overview) == {str(path) for path in PAGES if path.parent == Path()} - {"mpftp.1"}
    assert "pt_BR/" not in overview


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_mandoc_finds_nothing_in_a_page(page):
    if not shutil.which("mandoc"):
        missing("mandoc")
    found = subprocess.run(
        ["mandoc", "-T", "lint", ROOT / "man" / page], capture_output=True, text=True, check=False
    )
    assert found.stdout == ""


def missing(program):
    """Skip, but where everything is to be tested."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{program} is not installed")


def test_pages_bear_the_day_of_the_release_or_of_the_last_revision(tmp_path, monkeypatch):
    roff = sys.modules["roff"]
    log = tmp_path / "CHANGELOG.md"
    monkeypatch.setattr(roff, "CHANGELOG", log)
    log.write_text(f"## [9.0.0] - 2031-05-01\n\n## [{__version__}] - unreleased\n", "utf-8")
    assert roff.page_date() == roff.REVISED
    log.write_text(f"## [9.0.0] - 2031-05-01\n\n## [{__version__}] - 2031-01-02\n", "utf-8")
    assert roff.page_date() == "2031-01-02"


def test_every_command_has_examples_and_pages_to_read_next():
    assert set(COMMAND_PAGES.FACTS) == set(COMMANDS)
    assert all(facts["see"] and facts["examples"] for facts in COMMAND_PAGES.FACTS.values())


@pytest.mark.parametrize(
    ("name", "line"),
    [(name, line) for name, facts in COMMAND_PAGES.FACTS.items() for line in facts["examples"]],
)
def test_an_example_of_the_manual_is_a_command_line_of_that_command(name, line, tmp_path, monkeypatch):
    """Parsed as the program would, in a folder where every path that it reads is there."""
    program, first, *words = shlex.split(re.split(r" [|>] ", line)[0])
    assert (program, first) == ("mpftp", name)
    monkeypatch.chdir(tmp_path)
    command = COMMAND_PAGES.command_of(name)
    if isinstance(command, click.Group):
        command = command.get_command(click.Context(command), words.pop(0))
    read = [number for number, word in enumerate(words) if re.search(r"^/|^outbox$|\.(eml|csv)$", word)]
    for number in read:
        place = tmp_path / Path(words[number]).name
        words[number] = str(place)
        place.touch() if place.suffix else place.mkdir()
    with command.make_context(name, words):
        pass


def test_every_setting_says_what_it_is_for():
    assert not [path for path, info in iter_settings() if not info.description]


def test_every_option_says_what_it_is_for():
    silent = [
        f"{name} {parameter.opts[0]}"
        for name in COMMANDS
        for command in commands_below(name)
        for parameter in COMMAND_PAGES.own_options(command)
        if not parameter.help
    ]
    assert not silent


def test_no_option_shows_a_type_of_python_for_its_value():
    shown = {
        f"{name} {option.opts[0]}": option.make_metavar(click.Context(command))
        for name in COMMANDS
        for command in commands_below(name)
        for option in COMMAND_PAGES.own_options(command)
    }
    assert not {option for option, value in shown.items() if re.search("INTEGER|FLOAT|RANGE", value)}


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_help_ends_with_the_exit_codes(name):
    command = main.get_command(click.Context(main), name)
    assert "78 configuration or state file" in " ".join(command.get_help(click.Context(command)).split())


@pytest.mark.parametrize("place", ["README.md", ".github/CONTRIBUTING.md"])
def test_every_file_that_a_document_links_to_is_there(place):
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / place).read_text("utf-8"))
    ours = [link for link in links if "://" not in link]
    assert ours
    assert not [link for link in ours if not (ROOT / place).parent.joinpath(link).exists()]


def test_the_picture_of_a_terminal_is_whole_and_fetches_nothing():
    picture = (ROOT / "examples" / "pictures" / "status.svg").read_text("utf-8")
    assert "status" in ElementTree.fromstring(picture).findtext("{*}title")
    assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)|@font-face|<image", picture)


def commands_of_the_readme():
    return [line for line in README.splitlines() if line.startswith("python3 -m venv")]


def test_the_readme_opens_with_what_it_does_and_then_two_commands():
    fences = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    assert [fence.strip() for fence in fences] == commands_of_the_readme()
    assert len(fences) == 2
    assert "examples/demo.py" in fences[0]
    assert "pytest" in fences[1]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout: nothing is committed here")
def test_nothing_else_is_committed_at_the_top():
    """What a trial leaves there is soon taken for a part of the project."""
    command = ["git", "-c", "safe.directory=*", "ls-files"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = {line.partition("/")[0] for line in listed.splitlines() if not line.startswith(".")}
    assert names == {
        *("CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml"),
        *("examples", "man", "mpftp", "tests"),
    }


def test_ci_runs_the_readmes_test_command_word_for_word():
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    (extraction,) = re.findall(r"^tests=\$\((.+)\)$", script, re.MULTILINE)
    found = subprocess.run(["bash", "-c", extraction], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == commands_of_the_readme()[1]
    assert 'bash -c "$tests"' in script
    assert (ROOT / ".ci" / "run").stat().st_mode & stat.S_IXUSR


def test_the_readmes_configuration_loads():
    (example,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    assert Config.model_validate(tomllib.loads(example)).clients["acme"].results_after_days == 3


def test_a_sample_configuration_has_every_setting_and_loads():
    text = render_sample(
        {"clients": {"acme": {"endpoint": "ftp://x", "fragment": {"contacts": 1, "every_hours": 1}}}}
    )
    for path, _ in iter_settings():
        assert re.search(rf"^#?{path.rpartition('.')[2]} =", text, re.MULTILINE), path
    assert Config.model_validate(tomllib.loads(text)).clients["acme"].port is None


def test_a_samples_defaults_are_the_models():
    """Every commented default may be taken in: it changes nothing."""
    text = render_sample({"clients": {"a": {"endpoint": "ftp://x"}}})
    lines, table = [], ""
    for line in text.splitlines():
        if line.startswith(("[", "#[")):
            table = line
        shown = re.match(r"#\w+ = .|#\[(?!clients|profiles)", line) and not table.startswith(("#[c", "#[p"))
        lines.append(line.removeprefix("#") if shown else line)
    assert Config.model_validate(tomllib.loads("\n".join(lines))) == Config.model_validate(
        tomllib.loads(text)
    )


def test_the_changelog_speaks_of_this_version():
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_units_and_crontab_call_commands_that_exist():
    called = set()
    for path in (ROOT / "examples" / "systemd").glob("*.service"):
        called |= set(re.findall(r"^ExecStart=\S+/mpftp (\w+)", path.read_text("utf-8"), re.MULTILINE))
    called |= set(re.findall(r"\smpftp\s+mpftp (\w+)", (ROOT / "examples" / "crontab").read_text("utf-8")))
    assert called <= set(COMMANDS)
    assert {"collect", "send", "publish", "bounces"} <= called
