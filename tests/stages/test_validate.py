"""Finding and checking triplets: folders, unreadable files, a server, DNS, and the Python interface."""

from __future__ import annotations

import errno
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mpftp import message, validate_triplet
from mpftp.adapters.parallel import forked_map
from mpftp.domain.deliverability.dns import LookupFailedError
from mpftp.domain.endpoint import RemoteFile
from mpftp.domain.file_names import UPLOAD_BY_RENAME, TripletKey
from mpftp.domain.profile import DEFAULT_PROFILE
from mpftp.domain.progress import silent
from mpftp.domain.triplets import parallel
from mpftp.errors import UsageError
from mpftp.stages.validate import ValidationSettings, check_domains, find_triplets, validate
from mpftp.stages.validate.copies import check_copies, fix
from mpftp.stages.validate.server_files import fetch_triplets

TRIPLETS = Path(__file__).parents[2] / "examples" / "triplets"
RULES = ValidationSettings(DEFAULT_PROFILE, ZoneInfo("America/Sao_Paulo"), datetime(2026, 2, 1, tzinfo=UTC))


def rules_in(report):
    return {finding.rule for finding in report}


def copy(folder: Path, source="correct", **contents: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    for path in (TRIPLETS / source).iterdir():
        kind = path.name.split("_")[1]
        (folder / path.name).write_bytes(contents.get(kind, path.read_bytes()))
    return folder


def test_a_hidden_file_is_told_of_only_if_it_may_be_part_of_a_triplet(tmp_path):
    for name in (".gitignore", ".DS_Store", ".pre-commit-config.yaml", ".Promo_MAIL_20260301.part"):
        (tmp_path / name).write_text("x")
    named = [finding.file for one in find_triplets([tmp_path]) for finding in one.findings]
    assert named == [".Promo_MAIL_20260301.part"]


def test_folders_are_searched_with_their_subfolders_but_not_hidden_ones(tmp_path):
    copy(tmp_path / "a")
    copy(tmp_path / "b")
    copy(tmp_path / ".git")
    assert [found.folder.name for found in find_triplets([tmp_path])] == ["a", "b"]


def test_a_folder_with_several_names_is_checked_once(tmp_path):
    folder = copy(tmp_path / "a")
    (tmp_path / "link").symlink_to(folder)
    other = tmp_path / "a" / ".." / "a"
    assert [found.folder for found in find_triplets([folder, other, tmp_path / "link"])] == [folder]
    files = sorted(folder.iterdir())
    [found] = find_triplets([files[0], other / files[1].name, tmp_path / "link" / files[2].name])
    assert (found.folder, len(found.files)) == (folder, 3)


def test_nothing_to_check_is_an_error(tmp_path):
    assert rules_in(validate(find_triplets([tmp_path]), RULES)) == {"SET007"}


def test_where_nothing_was_found_is_named(tmp_path):
    (tmp_path / "Promo.zip").write_text("x")
    for searched in (tmp_path, tmp_path / "Promo.zip"):
        report = validate(find_triplets([searched]), RULES, searched=[searched])
        assert [one.folder for one in report.checked if one.refused] == [searched]


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_checked(tmp_path):
    copy(tmp_path, HTML=b"no html")
    (tmp_path / "Marco_MAIL_20260301").unlink()
    (tmp_path / "Marco_MAIL_20260301").symlink_to(tmp_path / "nowhere")
    report = validate(find_triplets([tmp_path]), RULES)
    assert {"SET008", "HTML002"} <= rules_in(report)
    assert report.refused


@pytest.mark.parametrize(
    ("error", "portuguese", "english"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), "o acesso foi negado", "access is denied"),
        (OSError(errno.EIO, "Input/output error"), "o sistema informa EIO", "the system reports EIO"),
        (None, "é uma pasta", "it is a folder"),
    ],
)
def test_why_a_file_cannot_be_read_is_said_in_the_readers_language(
    tmp_path, monkeypatch, error, portuguese, english
):
    copy(tmp_path)
    mail = tmp_path / "Marco_MAIL_20260301"

    def refuse(path, *arguments):
        raise error

    found = find_triplets(sorted(tmp_path.iterdir()))
    if error is None:
        mail.unlink()
        mail.mkdir()
    else:
        monkeypatch.setattr(Path, "open", refuse)
    finding = next(one for one in validate(found, RULES) if one.rule == "SET008")
    assert message(finding, "pt_BR") == f"o arquivo não pode ser lido: {portuguese}"
    assert message(finding, "en") == f"the file cannot be read: {english}"


def test_a_half_triplet_is_refused_but_its_files_are_checked(tmp_path):
    copy(tmp_path, CONF=b"assunto;pasta\nx;y\n")
    (tmp_path / "Marco_HTML_20260301").unlink()
    assert rules_in(validate(find_triplets([tmp_path]), RULES)) == {"SET001", "CONF003"}


def test_workers_and_one_process_find_the_same(tmp_path, monkeypatch):
    rows = "".join(f"c{n}@x.com.br;{n};Ana;Natal;RN\n" for n in range(3000))
    rows += "ruim;1;x;y;SP\nc7@x.com.br;1;x;y;SP\n" + '"d@x.com.br";2;"a\nb";c;SP\n' * 2
    copy(tmp_path, MAIL=f"email;uidcli;nome;cidade;estado\n{rows}".encode())
    monkeypatch.setattr(parallel.cut_spans, "__defaults__", (4096,))

    def facts(parallel_map):
        rules = ValidationSettings(DEFAULT_PROFILE, RULES.zone, RULES.now, parallel_map=parallel_map)
        report = validate(find_triplets([tmp_path]), rules)
        return [(f.rule, f.line, f.column, f.values) for f in report], report.checked[0].counts

    assert facts(None) == facts(forked_map(3))
    assert facts(None)[1].repeated == 2


class Server:
    """An endpoint with three good files, one too large, and one that is none of ours."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.taken: list[str] = []

    def list(self):
        return [RemoteFile(path.name, path.stat().st_size, None) for path in self.folder.iterdir()]

    def download(self, name, target, *, size=None, resume=False):
        self.taken.append(name)
        target.write_bytes((self.folder / name).read_bytes())


def test_a_server_is_looked_at_and_only_triplets_are_downloaded(tmp_path):
    server = Server(copy(tmp_path / "server"))
    (tmp_path / "server" / "leia-me.txt").write_text("x")
    (tmp_path / "server" / "Big_MAIL_20260301").write_text("x" * 5000)
    (tmp_path / "here").mkdir()
    found = fetch_triplets(server, "acme", tmp_path / "here", 2000, UPLOAD_BY_RENAME, silent).triplets
    assert sorted(server.taken) == [f"Marco_{kind}_20260301" for kind in ("CONF", "HTML", "MAIL")]
    report = validate(found, RULES)
    by_key = {one.key: {f.rule for f in one.findings} for one in report.checked}
    assert by_key[TripletKey("Marco", "20260301")] == set()
    assert by_key[TripletKey("Big", "20260301")] == {"SET001", "SET009"}
    assert by_key[None] == {"NAME010"}


def test_a_triplet_of_an_impossible_date_is_downloaded_too(tmp_path):
    server = Server(copy(tmp_path / "server"))
    for path in list((tmp_path / "server").iterdir()):
        path.rename(path.with_name(path.name.replace("20260301", "20260230")))
    (tmp_path / "here").mkdir()
    found = fetch_triplets(server, "acme", tmp_path / "here", 10**6, UPLOAD_BY_RENAME, silent).triplets
    assert len(server.taken) == 3
    rules = {finding.rule for one in validate(found, RULES).checked for finding in one.findings}
    assert rules == {"NAME005"}


def test_dns_says_which_domains_take_no_mail(tmp_path):
    rows = [
        "a@mx.com.br",
        "b@none.com.br",
        "c@null.com.br",
        "d@none.com.br",
        "e@address.com.br",
        "f@away.com.br",
    ]
    mail = "email;nome\n" + "".join(f"{row};x\n" for row in rows)
    copy(tmp_path, MAIL=mail.encode(), HTML=b"<html><body>x</body></html>")
    zone = {("mx.com.br", "MX"): ["10 mx.com.br."], ("null.com.br", "MX"): ["0 ."],
            ("address.com.br", "A"): ["192.0.2.1"]}  # fmt: skip
    asked = []

    def look_up(name, kind):
        asked.append((name, kind))
        if name == "away.com.br":
            raise LookupFailedError("no answer")
        return zone.get((name, kind), [])

    report = validate(find_triplets([tmp_path]), RULES)
    check_domains(report, RULES, look_up)
    group = next(g for g in report.checked[0].findings.groups() if g.rule == "MAIL033")
    said = {(f.line, f.column, f.values["domain"], f.excerpt) for f in group.first}
    assert said == {(3, 3, "none.com.br", "b@none.com.br;x"), (4, 3, "null.com.br", "c@null.com.br;x")}
    assert group.count == 3
    assert asked.count(("none.com.br", "MX")) == 1


def test_a_program_can_check_before_it_uploads(tmp_path):
    report = validate_triplet(TRIPLETS / "mail-bad-addresses", now=RULES.now)
    first = next(iter(report))
    assert (first.file, first.line, first.rule) == ("Marco_MAIL_20260301", 5, "MAIL021")
    assert message(first, "pt_BR") == "“carlos.empresa.com.br” não tem “@”"
    assert not report.refused
    assert validate_triplet(str(TRIPLETS / "mail-empty")).refused
    assert rules_in(validate_triplet(TRIPLETS / "mail-bad-addresses", select=["MAIL03"])) == {
        "MAIL030",
        "MAIL031",
    }
    with pytest.raises(LookupError, match="no rule is called"):
        validate_triplet(tmp_path, select=["NOPE"])
    with pytest.raises(FileNotFoundError):
        validate_triplet(tmp_path / "nowhere")


def test_the_example_of_such_a_program_runs():
    script = TRIPLETS.parent / "check_before_upload.py"
    command = [sys.executable, script, TRIPLETS / "mail-empty"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("Marco_MAIL_20260301:1:1: MAIL001: o arquivo está vazio. Inclua")
    assert done.returncode == 1


def test_a_copy_never_goes_through_a_link_and_appears_whole(tmp_path):
    originals, copies = tmp_path / "in", tmp_path / "out"
    originals.mkdir(), copies.mkdir()
    copy(originals)
    before = {path.name: path.read_bytes() for path in originals.iterdir()}
    (copies / "Marco_MAIL_20260301").symlink_to(originals / "Marco_MAIL_20260301")
    with pytest.raises(OSError, match="symbolic link"):
        fix(validate(find_triplets([originals]), RULES), copies, unsafe=False, keep=20)
    assert {path.name: path.read_bytes() for path in originals.iterdir()} == before
    (copies / "Marco_MAIL_20260301").unlink()
    (copies / "Marco_MAIL_20260301").mkdir()
    with pytest.raises(IsADirectoryError, match="Marco_MAIL_20260301"):
        fix(validate(find_triplets([originals]), RULES), copies, unsafe=False, keep=20)
    (copies / "Marco_MAIL_20260301").rmdir()
    (copies / ".mpftp-copy.part").mkdir()
    with pytest.raises(OSError, match=r"Marco_\w+_20260301'$"):
        fix(validate(find_triplets([originals]), RULES), copies, unsafe=False, keep=20)
    (copies / ".mpftp-copy.part").rmdir()
    held = (copies / "Marco_MAIL_20260301").open("w+b")
    held.write(b"someone's")
    held.flush()
    fix(validate(find_triplets([originals]), RULES), copies, unsafe=False, keep=20)
    held.seek(0)
    assert held.read() == b"someone's"
    held.close()
    assert sorted(path.name for path in copies.iterdir()) == sorted(before)


def test_copies_in_a_folder_of_the_originals_are_not_taken_for_originals(tmp_path):
    copies = tmp_path / "fixed"
    copy(tmp_path, MAIL=b"email;nome\nana@x.com.br ;Ana\n")
    for _ in range(2):
        (fixed,) = fix(validate(find_triplets([tmp_path], copies), RULES), copies, unsafe=False, keep=20)
        assert fixed.folder == copies
        assert [one.changed for one in fixed.files if "_MAIL_" in one.file] == [1]


def test_copies_are_read_as_utf_8_whatever_the_originals_were_said_to_be(tmp_path):
    copy(tmp_path / "in", MAIL="email;nome\nana@x.com.br;João\n".encode("cp850"))
    rules = RULES._replace(options=replace(RULES.options, encoding="cp850"))
    report = validate(find_triplets([tmp_path / "in"]), rules)
    done = fix(report, tmp_path / "out", unsafe=False, keep=20)
    (checked,) = check_copies(report, done, rules).checked
    assert [one.values for one in checked.check.contacts()] == [("ana@x.com.br", "João")]


def test_a_copy_never_takes_the_place_of_an_original(tmp_path):
    copy(tmp_path / "in")
    copies = tmp_path / "out"
    copies.mkdir()
    other = copy(copies / "1-in")
    for paths, folder in (([tmp_path / "in", other], copies), ([other], other), ([copies], other)):
        with pytest.raises(UsageError, match="the originals are here"):
            fix(validate(find_triplets(paths, folder), RULES), folder, unsafe=False, keep=20)


def test_a_suppression_file_is_checked_by_itself(tmp_path):
    (tmp_path / "L_SUPRESSAO_20260301").write_bytes(b"email;obs\nana@x.com.br;quero sair\nbia@;\n")
    report = validate(find_triplets([tmp_path]), RULES)
    assert (report.refused, report.checked[0].counts.lines, report.checked[0].counts.invalid) == (False, 2, 1)
    (tmp_path / "L_SUPRESSAO_20260301").write_bytes(b"nome\nAna\n")
    report = validate(find_triplets([tmp_path]), RULES)
    assert report.refused
    assert next((one.rule, one.file) for one in report) == ("MAIL003", "L_SUPRESSAO_20260301")


def test_a_suppression_file_with_the_name_of_a_triplet_is_refused(tmp_path):
    copy(tmp_path)
    (tmp_path / "Marco_SUPRESSAO_20260301").write_bytes(b"email\nana@x.com.br\n")
    report = validate(find_triplets([tmp_path]), RULES)
    assert [one.refused for one in report.checked] == [False, True]
    assert "SET012" in rules_in(report)
