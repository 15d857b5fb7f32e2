"""``mpftp validate`` as people and CI jobs run it: what it prints, and how it ends."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path, PureWindowsPath

import jsonschema
import pytest
from click.testing import CliRunner

from mpftp import validate_triplet
from mpftp.cli import main
from mpftp.cli.views.findings import TextStyle, render_text_report
from mpftp.cli.views.interchange import to_csv, to_github, to_report_json, to_sarif
from mpftp.domain.file_names import TripletKey
from mpftp.stages.validate import find_triplets

ROOT = Path(__file__).parents[3]
TRIPLETS = ROOT / "examples" / "triplets"
BAD = str(TRIPLETS / "mail-bad-addresses")
NOW = ["--now", "2026-02-01T12:00:00-03:00"]


@pytest.fixture
def run(monkeypatch):
    for name in ("LC_ALL", "LC_MESSAGES", "MPFTP_CONFIG", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_US.UTF-8")

    def call(*arguments, code=None):
        result = CliRunner().invoke(main, ["validate", *NOW, *map(str, arguments)])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        if code is not None:
            assert result.exit_code == code, result.output
        return result

    return call


def test_a_correct_triplet_is_one_line_and_exit_0(run):
    result = run(TRIPLETS / "correct", code=0)
    expected = "Marco 20260301: no problem; 3 contacts: 3 valid, 0 invalid, 0 repeated; accepted\n"
    assert result.stdout == expected


def test_the_three_files_may_be_named_instead_of_their_folder(run):
    files = sorted((TRIPLETS / "correct").iterdir())
    assert "accepted" in run(*files, code=0).stdout
    assert "SET001" in run(*files[:2], code=1).stdout


def test_a_mistake_shows_place_caret_rule_and_remedy(run):
    lines = run(BAD, "--select", "MAIL030", code=0).stdout.splitlines()
    assert lines[:5] == [
        "warning[MAIL030]: the domain “gmial.com” looks like a slip",
        f"  --> {BAD}/Marco_MAIL_20260301:6:6",
        " 6 | rita@gmial.com;1005;Rita;Belém;PA",
        "   |      ^^^^^^^^^",
        "   = remedy: Did you mean “gmail.com”?",
    ]


def test_the_language_is_the_locales_unless_asked(run, monkeypatch):
    assert "there are 2 addresses" in run(BAD).stdout
    monkeypatch.setenv("LANG", "pt_BR.UTF-8")
    assert "há 2 endereços no mesmo campo" in run(BAD).stdout
    assert "there are 2 addresses" in run(BAD, "--lang", "en").stdout


@pytest.fixture
def many(tmp_path):
    for kind in ("CONF", "HTML"):
        source = TRIPLETS / "correct" / f"Marco_{kind}_20260301"
        (tmp_path / source.name).write_bytes(source.read_bytes())
    rows = "".join(f"ruim{n};{n};x;y;SP\n" for n in range(4_000))
    (tmp_path / "Marco_MAIL_20260301").write_text("email;uidcli;nome;cidade;estado\n" + rows)
    return tmp_path


def test_a_mistake_on_4000_lines_is_one_group_with_its_first_lines_and_the_count(run, many):
    lines = run(many, "--select", "MAIL021", code=1).stdout.splitlines()
    assert len(lines) < 20
    assert "   … and 3997 more, on lines 5, 6, 7, 8, 9, 10, 11, 12, …" in lines
    assert run(many, "--select", "MAIL021", "--all").stdout.count("\n  --> ") == 4_000


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "and one more, on line 5"), ("pt_BR", "e mais um, na linha 5")]
)
def test_one_finding_more_is_told_in_the_singular(run, many, lang, said):
    mail = many / "Marco_MAIL_20260301"
    mail.write_text("".join(mail.read_text().splitlines(keepends=True)[:5]))
    assert f"   … {said}\n" in run(many, "--select", "MAIL021", "--lang", lang, code=1).stdout


def test_rules_are_chosen_by_beginnings_and_left_out(run):
    def rules(*options):
        report = json.loads(run(BAD, "--format", "json", *options).stdout)
        return {finding["rule"] for finding in report["triplets"][0]["findings"]}

    assert rules() == {"MAIL021", "MAIL022", "MAIL030", "MAIL031"}
    assert rules("--ignore", "MAIL021,MAIL03") == {"MAIL022"}
    assert rules("--select", "mail031") == {"MAIL031"}
    assert rules("--severity", "error") == {"MAIL021", "MAIL022"}


def test_only_the_first_errors_are_shown_if_asked(run):
    text = run(BAD, "--max-errors", "1", code=1).stdout
    assert text.count("error[") == 1
    assert "errors shown at most: 1" in text
    assert "2 errors" in text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ["--select", "MIAL021"],
            "no rule is called 'MIAL021'; did you mean MAIL021? See mpftp validate --list-rules",
        ),
        (["--select", "miial021"], "no rule is called 'miial021'; did you mean MAIL021?"),
        (["--explain", "MAIL999"], "no rule is called 'MAIL999'"),
        (["--encoding", "utf-88"], "write an encoding such as utf-8"),
        (["--delimiter", "::"], "write one character"),
        (["no/such/folder"], "there is no file or folder no/such/folder"),
        (["--client", "loja", "--fix", "copies"], "--client checks and nothing else"),
        (["--client", "loja", "--preview", "1"], "--client checks and nothing else"),
        (["--client", "loja", "."], "--client checks and nothing else"),
    ],
)
def test_wrong_usage_is_told_in_a_line_and_exit_2(run, options, words):
    assert words in run(*options, code=2).stderr


def test_the_catalogue_is_listed_and_explained(run):
    listed = run("--list-rules", code=0).stdout.splitlines()
    assert len(listed) > 100
    assert not any("…" in line for line in listed)
    assert all(re.match(r"[A-Z]{3,4}\d{3} +(error|warning|notice) ", line) for line in listed)
    explained = run("--explain", "mail012", "--lang", "pt_BR", code=0).stdout
    assert explained.startswith("MAIL012 (erro, recusa só o contato da linha)")
    assert "man mpftp-validate (MAIL012)" in explained


def test_json_keeps_to_its_schema(run):
    schema = json.loads((ROOT / "mpftp/cli/views/report.schema.json").read_text())
    for folder in ("mail-bad-addresses", "name-impossible-date", "text-spreadsheet", "correct"):
        report = json.loads(run(TRIPLETS / folder, "--format", "json").stdout)
        jsonschema.validate(report, schema)
    assert report["summary"] == {"errors": 0, "warnings": 0, "notices": 0}


MESSAGE = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}},
           "additionalProperties": False}  # fmt: skip
REGION = {
    "type": "object",
    "properties": {
        **{name: {"type": "integer", "minimum": 1} for name in ("startLine", "startColumn", "endColumn")},
        "snippet": MESSAGE,
    },
    "additionalProperties": False,
}
PLACE = {
    "type": "object",
    "required": ["artifactLocation"],
    "properties": {
        "artifactLocation": {
            "type": "object",
            "properties": {"uri": {"type": "string", "pattern": "^[A-Za-z0-9._~:/%-]+$"}},
            "additionalProperties": False,
        },
        "region": REGION,
    },
    "additionalProperties": False,
}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
RULE = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string"},
        "shortDescription": MESSAGE,
        "help": MESSAGE,
        "defaultConfiguration": {
            "type": "object",
            "properties": {"level": LEVEL, "enabled": {"type": "boolean"}},
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}
RESULT = {
    "type": "object",
    "required": ["message"],
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": LEVEL,
        "message": MESSAGE,
        "locations": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"physicalLocation": PLACE},
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}


DRIVER = {
    "type": "object",
    "required": ["name", "rules"],
    "properties": {
        "name": {"const": "mpftp"},
        "semanticVersion": {"type": "string", "pattern": r"^\d+\.\d+\.\d+"},
        "rules": {"type": "array", "items": RULE, "uniqueItems": True},
    },
    "additionalProperties": False,
}
RUN = {
    "type": "object",
    "required": ["tool", "results"],
    "properties": {
        "tool": {
            "type": "object",
            "required": ["driver"],
            "properties": {"driver": DRIVER},
            "additionalProperties": False,
        },
        "language": {"type": "string", "pattern": "^[a-zA-Z]{2}-[a-zA-Z]{2}$"},
        "columnKind": {"const": "unicodeCodePoints"},
        "results": {"type": "array", "items": RESULT},
    },
    "additionalProperties": False,
}
LOG = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string", "pattern": "^https://docs.oasis-open.org/sarif/sarif/v2.1.0/"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "items": RUN, "minItems": 1, "maxItems": 1},
    },
    "additionalProperties": False,
}
"""What SARIF 2.1.0 allows of the members that we write, and no other member."""


@pytest.mark.parametrize(
    ("options", "language"),
    [
        ([BAD, TRIPLETS / "name-extension"], "en-US"),
        (["--lang", "pt_BR", "--all", "--select", "ALL", TRIPLETS], "pt-BR"),
    ],
)
def test_sarif_is_what_the_standard_allows(run, options, language):
    log = json.loads(run(*options, "--format", "sarif").stdout)
    jsonschema.validate(log, LOG)
    [tool_run] = log["runs"]
    assert tool_run["language"] == language
    assert len(tool_run["results"]) >= 5
    rules = tool_run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in tool_run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_csv_has_a_line_a_finding(run):
    rows = list(csv.DictReader(io.StringIO(run(BAD, "--format", "csv").stdout)))
    assert [(row["rule"], row["line"], row["column"]) for row in rows] == [
        ("MAIL021", "5", "1"), ("MAIL022", "8", "1"), ("MAIL030", "6", "6"), ("MAIL031", "7", "1"),
    ]  # fmt: skip


def test_github_gets_annotations(run):
    first = run(BAD, "--format", "github").stdout.splitlines()[0]
    assert first.startswith(
        f"::error file={BAD}/Marco_MAIL_20260301,title=MAIL021,line=5,col=1,endColumn=21::"
    )


def test_a_hostile_name_cannot_speak_to_the_terminal(run, tmp_path):
    (tmp_path / "x\x1b[31m_CONF_20260301").write_text("a")
    assert "\x1b" not in run(tmp_path, code=1).stdout


@pytest.mark.parametrize("form", ["text", "json", "csv", "sarif", "github"])
def test_a_hostile_value_cannot_speak_to_the_terminal(run, tmp_path, form):
    for kind, written in (
        ("MAIL", "email;nome\nana@x.com.br;\u202e\x1b]0;x\x07\u2028\n\x1b[2J;B\n"),
        ("CONF", "assunto;remetente_email;pasta\nOi {{a\x1b[1m}};ola@lojabela.com.br;P\u202e\n"),
        ("HTML", "<html><body>{{n\x1b[0mome}}<a href='x\x9b1m\x1b[1m'>x</a></body></html>\n"),
    ):
        (tmp_path / f"x\x1b[31m\u202e_{kind}_20260301").write_text(written, "utf-8")
        (tmp_path / f"A_{kind}_20260301").write_text(written, "utf-8")
    told = run(tmp_path, "--all", "--format", form, code=1).stdout
    assert told.replace("\n", "").isprintable()


@pytest.mark.parametrize("name", ["hex", "rot13", "idna", "undefined", "x\udcff", "\x00"])
def test_what_is_no_encoding_of_texts_is_refused(run, name):
    assert "write an encoding such as utf-8" in run(TRIPLETS / "correct", "--encoding", name, code=2).stderr


def test_fix_writes_copies_elsewhere_and_shows_what_changed(run, tmp_path):
    before = {path.name: path.read_bytes() for path in Path(BAD).iterdir()}
    text = run(BAD, "--fix", tmp_path / "out", "--unsafe-fixes", code=1).stdout
    assert "-rita@gmial.com;1005;Rita;Belém;PA\n+rita@gmail.com;1005;Rita;Belém;PA\n" in text
    assert "lines corrected: 1, dropped: 1" in text
    assert "MAIL030" not in text
    assert {path.name: path.read_bytes() for path in Path(BAD).iterdir()} == before
    assert "rita@gmail.com" in (tmp_path / "out" / "Marco_MAIL_20260301").read_text("utf-8")
    assert "the originals are here" in run(BAD, "--fix", BAD, code=2).stderr


def test_fix_into_a_folder_of_the_originals_says_the_same_each_time(run, tmp_path):
    shutil.copytree(BAD, tmp_path / "in")
    said = [run(tmp_path / "in", "--fix", tmp_path / "in" / "fixed", code=1).stdout for _ in range(2)]
    assert said[0] == said[1]


def test_what_no_copy_puts_right_is_still_said_when_the_copies_are_checked(run, tmp_path):
    source = tmp_path / "source"
    shutil.copytree(TRIPLETS / "correct", source)
    for name, text in (("X_MAIL_20260301.csv", "x"), ("Y_SUPRESSAO_20260301", "nome\n")):
        (source / name).write_text(text)
    (source / "Marco_ABERTURA_20260301").write_text("x")
    (source / "Marco_MAIL_20260301").write_text('"email;nome\nana@lojabela.com.br;Ana"\n')
    rules = {"NAME003", "MAIL003", "SET006", "MAIL058"}
    asked = [source, "--format", "json"]
    found = [run(*asked, *more, code=1).stdout for more in ([], ["--fix", tmp_path / "copies"])]
    for said in map(json.loads, found):
        groups = [group for one in said["triplets"] for group in one["findings"]]
        assert {group["rule"] for group in groups if group["severity"] == "error"} == rules


def test_a_preview_is_the_message_of_one_contact(run, tmp_path):
    sample = TRIPLETS / "correct"
    text = run(sample, "--preview", "2", code=0).stdout
    assert "Subject: Novidades de março para João Lima\n" in text
    assert "Em Goiânia, o frete é grátis" in text
    assert "  1  https://www.livrariabelavista.com.br/lancamentos?utm_source=newsletter" in text
    page = tmp_path / "page.html"
    assert run(sample, "--preview-html", page, code=0).stdout == ""
    assert "Olá, Ana Souza!" in page.read_text("utf-8")
    assert "has no contact 9" in run(sample, "--preview", "9", code=1).stderr
    assert "one triplet" in run(TRIPLETS, "--preview", "1", code=2).stderr


def test_a_page_that_a_preview_writes_says_its_encoding(run, tmp_path):
    page = tmp_path / "page.html"
    run(TRIPLETS / "correct", "--preview-html", page, code=0)
    assert page.read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_preview_that_lacks_a_field_is_refused_in_the_language_asked_for(run):
    asked = [TRIPLETS / "html-unknown-merge-field", "--preview", "1", "--lang", "pt_BR"]
    assert "sem --preview, o validate diz quais" in run(*asked, code=1).stderr


def test_a_clients_server_is_looked_at_and_left_alone(run, tmp_path):
    server = tmp_path / "server"
    server.mkdir()
    for path in Path(BAD).iterdir():
        (server / path.name).write_bytes(path.read_bytes())
    (server / "notes.txt").write_text("x")
    config = tmp_path / "mpftp.toml"
    config.write_text(f'state = "{tmp_path}/state.db"\n[clients.acme]\nendpoint = "file://{server}"\n')
    config.chmod(0o600)
    text = run("--config", config, "--client", "acme", code=1).stdout
    assert "acme:/Marco_MAIL_20260301:5:1" in text
    assert "NAME010" in text
    assert len(list(server.iterdir())) == 4
    assert not (tmp_path / "state.db").exists()
    assert "did you mean acme?" in run("--config", config, "--client", "acne", code=2).stderr


@pytest.fixture
def served(tmp_path):
    """A client's folder with a configuration: (folder, path of the configuration)."""
    server, config = tmp_path / "server", tmp_path / "mpftp.toml"
    server.mkdir()
    config.write_text(f'state = "{tmp_path}/state.db"\n[clients.acme]\nendpoint = "file://{server}"\n')
    config.chmod(0o600)
    return server, config


@pytest.mark.parametrize("stray", ["", "leia-me.txt"])
def test_a_clients_server_with_nothing_for_us(run, served, stray):
    server, config = served
    if stray:
        (server / stray).write_text("x")
    done = run("--config", config, "--client", "acme", code=1)
    assert "no file of a triplet lies on the server" in done.stderr
    assert "check directory and endpoint of acme" in done.stderr
    assert ("NAME010" in done.stdout) is bool(stray)
    assert "SET007" not in done.stdout


def test_a_clients_server_with_nothing_but_a_bad_name(run, served):
    server, config = served
    (server / "Promo_mail_20260301").write_text("x")
    done = run("--config", config, "--client", "acme", code=1)
    assert "NAME002" in done.stdout
    assert "lies on the server" not in done.stderr


def test_a_clients_names_in_another_encoding_name_the_setting(run, served):
    server, config = served
    for kind in ("CONF", "HTML", "MAIL"):
        (server / os.fsdecode(f"Promoção_{kind}_20260301".encode("latin-1"))).write_text("x")
    done = run("--config", config, "--client", "acme", code=1)
    assert "3 names on the server are in another encoding than utf-8" in done.stderr
    assert 'set encoding = "latin-1"' in done.stderr
    assert "NAME008" not in done.stdout


def test_foreign_names_that_are_not_ours_hide_nothing(run, served):
    server, config = served
    for path in (TRIPLETS / "correct").iterdir():
        (server / path.name).write_bytes(path.read_bytes())
    (server / os.fsdecode("relatório.pdf".encode("latin-1"))).write_text("x")
    done = run("--config", config, "--client", "acme")
    assert (done.stderr, "accepted" in done.stdout) == ("", True)
    (server / os.fsdecode("Promoção_MAIL_20260301".encode("latin-1"))).write_text("x")
    done = run("--config", config, "--client", "acme", code=1)
    assert "1 name on the server is in another encoding than utf-8" in done.stderr
    assert "accepted" in done.stdout


def test_a_leftover_of_ours_is_known_by_the_clients_temporary_name(run, served):
    server, config = served
    with config.open("a") as file:
        file.write('temporary_name = "up-{name}.part"\n')
    for path in (TRIPLETS / "correct").iterdir():
        (server / path.name).write_bytes(path.read_bytes())
    (server / "up-Marco_ABERTURA_20260301.part").write_text("x")
    assert "NAME" not in run("--config", config, "--client", "acme").stdout


def test_a_small_triplet_costs_no_heavy_import():
    heavy = {"rich", "pydantic", "email_validator", "dns", "idna", "cryptography", "sqlite3", "socket"}
    heavy |= {"email", "hashlib", "tempfile", "shutil", "multiprocessing", "difflib", "mpftp.domain.endpoint"}
    probe = f"import atexit, sys; atexit.register(lambda: print(sorted({heavy} & set(sys.modules))))"
    script = f"{probe}; from mpftp.cli import main; main()"
    command = [sys.executable, "-c", script, "validate", str(TRIPLETS / "correct")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_encoding_delimiter_and_profile_can_be_given(run, tmp_path):
    for path in (TRIPLETS / "correct").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    mail = tmp_path / "Marco_MAIL_20260301"
    mail.write_bytes("E-mail|nome|cidade\nana@x.com.br|João|São Luís\n".encode("cp850"))
    config = tmp_path / "mpftp.toml"
    config.write_text('[profiles.acme.mail]\nemail = "E-mail"\n')
    config.chmod(0o600)
    given = ["--encoding", "cp850", "--delimiter", "|", "--ignore", "CONF"]
    assert "MAIL003" in run(mail, *given, "--ignore", "SET001", code=1).stdout
    asked = [mail, *given, "--ignore", "SET001", "--config", config, "--profile", "acme"]
    assert "1 contact: 1 valid" in run(*asked, code=0).stdout
    assert "there is no profile 'acmee'" in run(*asked[:-1], "acmee", code=2).stderr
    assert "does nothing without --fix" in run(mail, "--unsafe-fixes", code=2).stderr


WITHOUT_UNIX = """
import os, signal, sys
for name in ("fcntl", "pwd", "grp", "resource", "termios", "syslog"):
    sys.modules[name] = None
for name in ("fork", "getuid", "geteuid", "getpgid", "killpg", "wait4", "sched_getaffinity", "fchmod",
             "O_NOFOLLOW", "O_DIRECTORY", "O_CLOEXEC", "O_NONBLOCK", "register_at_fork", "mkfifo"):
    vars(os).pop(name, None)
for name in ("SIGKILL", "SIGHUP", "SIGUSR1", "SIGALRM"):
    vars(signal).pop(name, None)
os.linesep = "\\r\\n"
"""
COMMAND_LINE = "from mpftp.cli import main; main(sys.argv[1:])"
PROGRAM = "from mpftp import validate_triplet; print(len(list(validate_triplet(sys.argv[-1]))))"


def run_without_unix(program, *arguments, cwd, encoding="cp850"):
    command = [sys.executable, "-c", WITHOUT_UNIX + program, *map(str, arguments)]
    environment = {"LANG": "pt_BR.UTF-8", "PATH": os.environ["PATH"], "PYTHONIOENCODING": encoding}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, check=False, timeout=50)
    assert done.stderr == b""
    assert done.stdout.count(b"\n") == done.stdout.count(b"\r\n") or program is PROGRAM
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--fix", "copies"],
        ["--preview", "1"],
        ["--preview-html", "page.html"],
        ["--jobs", "2"],
        ["--fix", "copies", "--unsafe-fixes"],
        ["--format", "json"],
        ["--format", "sarif"],
        ["--log-file", "check.log"],
        ["--list-rules"],
    ],
    ids=str,
)
def test_it_runs_without_what_only_unix_has(tmp_path, options):
    code, _ = run_without_unix(COMMAND_LINE, "validate", *NOW, *options, TRIPLETS / "correct", cwd=tmp_path)
    assert code == 0


@pytest.mark.parametrize("encoding", ["cp850", "cp1252", "utf-8"])
def test_a_mistake_is_told_in_the_characters_of_the_console(encoding):
    environment = {"LANG": "pt_BR", "PATH": os.environ["PATH"], "PYTHONIOENCODING": encoding}
    command = [sys.executable, "-c", WITHOUT_UNIX + COMMAND_LINE, "validate", "--zzz"]
    done = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=50)
    assert done.returncode == 2
    assert "Erro: a opção --zzz não existe" in done.stderr.decode(encoding)


class WindowsFile(PureWindowsPath):
    """A file as a path of Windows names it, for code that asks nothing but whether it is a folder."""

    def is_dir(self):
        return False


def test_files_named_by_paths_of_windows_are_known_and_shown_so():
    folder = PureWindowsPath(r"C:\campanhas\março 2026")
    named = [WindowsFile(folder / path.name) for path in sorted(Path(BAD).iterdir())]
    [found] = find_triplets(named)
    assert (found.key, found.folder) == (TripletKey("Marco", "20260301"), folder)
    report = validate_triplet(BAD)
    report.checked[0].folder = folder
    shown = "\n".join(render_text_report(report, TextStyle("pt_BR")))
    assert r"--> C:\campanhas\março 2026\Marco_MAIL_20260301:5:1" in shown
    assert to_report_json(report, "pt_BR")["triplets"][0]["folder"] == str(folder)
    assert str(folder) in to_csv(report, "pt_BR")
    annotation = next(to_github(report, "pt_BR"))
    assert annotation.startswith("::error file=C%3A/campanhas/março 2026/Marco_MAIL_20260301,")
    [result, *_] = to_sarif(report, "pt_BR")["runs"][0]["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "file:///C:/campanhas/mar%C3%A7o%202026/Marco_MAIL_20260301"
    report.checked[0].folder = PureWindowsPath(r"entrada\hoje")
    [result, *_] = to_sarif(report, "pt_BR")["runs"][0]["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "entrada/hoje/Marco_MAIL_20260301"


def test_the_python_interface_runs_without_what_only_unix_has(tmp_path):
    code, out = run_without_unix(PROGRAM, BAD, cwd=tmp_path)
    assert (code, int(out) > 2) == (0, True)


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("cp850", 'aviso[MAIL030]: o domínio "gmial.com" parece um erro de digitação'),
        ("cp1252", "aviso[MAIL030]: o domínio “gmial.com” parece um erro de digitação"),
        ("ascii", 'aviso[MAIL030]: o dominio "gmial.com" parece um erro de digitacao'),
        ("utf-8", "aviso[MAIL030]: o domínio “gmial.com” parece um erro de digitação"),
    ],
)
def test_a_console_of_windows_shows_what_it_can(tmp_path, encoding, said):
    asked = ["validate", *NOW, "--select", "MAIL030", BAD]
    _, out = run_without_unix(COMMAND_LINE, *asked, cwd=tmp_path, encoding=encoding)
    lines = out.decode(encoding).splitlines()
    assert lines[0] == said
    assert lines[3] == "   |      ^^^^^^^^^"
    _, out = run_without_unix(COMMAND_LINE, *asked, "--fix", "copies", cwd=tmp_path, encoding=encoding)
    assert "--- Marco_MAIL_20260301" in out.decode(encoding)


def test_data_is_utf_8_on_every_console(tmp_path):
    asked = ["validate", *NOW, "--format", "json", BAD]
    _, out = run_without_unix(COMMAND_LINE, *asked, cwd=tmp_path, encoding="cp850")
    assert "“" in json.dumps(json.loads(out.decode("utf-8")), ensure_ascii=False)


def test_a_page_past_the_limit_of_merge_fields_is_told_that_alone(run, tmp_path):
    shutil.copytree(TRIPLETS / "correct", tmp_path, dirs_exist_ok=True)
    page = tmp_path / "Marco_HTML_20260301"
    page.write_text(
        page.read_text("utf-8").replace("</body>", "*|FNAME|*" + "{{nome}}" * 990 + "</body>"), "utf-8"
    )
    assert "HTML031" in run(tmp_path).stdout
    page.write_text(page.read_text("utf-8").replace("</body>", "{{nome}}" * 990 + "</body>"), "utf-8")
    text = run(tmp_path, code=1).stdout
    assert ("HTML040" in text, "HTML031" in text) == (True, False)
