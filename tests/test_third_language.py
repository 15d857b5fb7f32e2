"""One more language is one module and one line: all that people read has it, and falls back alike."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from mpftp.adapters.config import load_config
from mpftp.adapters.config.model import ClientTable
from mpftp.adapters.config.sample import format_limits
from mpftp.cli import main
from mpftp.domain import texts as languages_module
from mpftp.domain.file_names import AnswerType, InputType, ResultType, TripletKey
from mpftp.domain.profile import DEFAULT_PROFILE
from mpftp.domain.results.answers import Receipt, format_error_file, format_receipt_file, is_answer_file
from mpftp.domain.results.files import ResultFormat, ResultRow, write_result
from mpftp.domain.results.notices import Notice, NoticeKind, NoticeMessage, NoticeRecipient
from mpftp.domain.results.situations import UNSENT
from mpftp.domain.texts import LOADERS, Texts, en, languages, pt_BR, texts
from mpftp.domain.triplets.findings import Finding, message, remedy
from mpftp.tracker import pages

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ZONE = ZoneInfo("America/Sao_Paulo")
STYLE = ResultFormat(DEFAULT_PROFILE, ZONE, "es")
KEY = TripletKey("Promo", "20260301")
MARK = "es:"
UNMARKED = {"time", "day", "hour", "separators", "name"}
"""Texts that are no sentences: forms of a time, signs, a file's name."""

CONFIG = """
state = "state.db"
[clients.acme]
endpoint = "file:///srv/acme"
language = "es"
"""


def marked(value, key=""):
    """*value* of the English texts, each of its texts with a mark that tells where it came from."""
    if isinstance(value, Mapping):
        return {key: marked(text, key) for key, text in value.items()}
    if isinstance(value, tuple):
        return tuple(marked(text) for text in value)
    return value if key in UNMARKED else MARK + value


@pytest.fixture(autouse=True)
def spanish(monkeypatch):
    """A third language for as long as a test runs: the English one, marked, with a table and a key less."""
    module = SimpleNamespace(**{name: marked(getattr(en, name)) for name in Texts.__annotations__})
    del module.PAGE_WORDS, module.NOTICES["refused"]
    monkeypatch.setitem(LOADERS, "es", lambda: module)
    caches = (languages_module._load, pages.render_broken_link)
    for cache in caches:
        cache.cache_clear()
    yield module
    for cache in caches:
        cache.cache_clear()


@pytest.fixture
def run(tmp_path):
    """A function that runs a command with a client who reads the third language."""
    path = tmp_path / "mpftp.toml"
    path.write_text(CONFIG, "utf-8")
    return lambda *words: CliRunner().invoke(main, [*words, "--config", str(path)], catch_exceptions=False)


def test_it_is_among_the_languages_and_told_by_two_letters():
    assert languages() == ("pt_BR", "en", "es")
    assert texts("es_MX").RULES["CONF020"] == marked(en.RULES["CONF020"])


def test_a_table_or_a_text_that_it_lacks_is_the_default_languages():
    words = texts("es")
    assert words.PAGE_WORDS == pt_BR.PAGE_WORDS
    assert words.NOTICES["refused"] == pt_BR.NOTICES["refused"]
    assert words.NOTICES["accepted"] == MARK + en.NOTICES["accepted"]


def test_the_configuration_takes_it_and_the_sample_offers_it(run, tmp_path):
    run("status")
    assert load_config(tmp_path / "mpftp.toml").clients["acme"].language == "es"
    assert format_limits(ClientTable.model_fields["language"]) == 'One of: "pt_BR", "en", "es".'


def test_findings_and_the_answers_to_an_upload_have_it():
    finding = Finding("CONF020", "Promo_CONF_20260301", 2, 1, "", values={"header": "assunto"})
    assert message(finding, "es") == MARK + en.RULES["CONF020"][0]
    kept = {"line": 2, "column": 1, "excerpt": "", "values": dict(finding.values)}
    group = {"rule": finding.rule, "file": finding.file, "severity": "error", "count": 3, "findings": [kept]}
    refused = format_error_file([group], DEFAULT_PROFILE, "es")
    head, first, more = refused.decode("utf-8-sig").splitlines()
    assert head == MARK + "file;line;column;rule;problem;remedy"
    assert message(finding, "es") in first
    assert remedy(finding, "es") in first
    assert MARK + "2 more" in more
    receipt = Receipt(NOW, dict.fromkeys(InputType, "0" * 64), 2, 0, 0, 0, ((NOW, 2),))
    accepted = format_receipt_file(receipt, KEY, DEFAULT_PROFILE, "es", ZONE, 3)
    lines = accepted.decode("utf-8-sig").splitlines()
    assert all(line.startswith(MARK) for line in lines)
    assert is_answer_file(refused, DEFAULT_PROFILE)
    assert is_answer_file(accepted, DEFAULT_PROFILE)


def test_letters_have_it():
    to = NoticeRecipient("ana@cliente.example", "bounces@mail.example", "es", ZONE, error_file=True)
    facts = {"contacts": 2, "lines": 2, "fragments": 1, "suppressed": 1, "first": 0}
    letter = NoticeMessage(Notice(NoticeKind.ACCEPTED, 1, "acme", KEY, NOW, facts), to).render(1, "", (), NOW)
    text = letter.data.replace(b"=\r\n", b"").decode()
    assert f"Promo 20260301: {MARK}accepted" in text
    assert f"{MARK}The triplet Promo of 2026-03-01 was accepted: 2 contacts" in text


@pytest.mark.parametrize(
    ("kind", "row", "said"),
    [
        (
            ResultType.RETORNADO,
            {"bounce_class": "permanent", "reason": "user-unknown"},
            "the address does not exist",
        ),
        (ResultType.RETORNADO, {"bounce_class": UNSENT, "reason": "opted-out"}, "opted out before"),
        (ResultType.CANCELADO, {"source": "mailto"}, "reply by e-mail"),
        (AnswerType.SITUACAO, {"situation": "incerto"}, "in doubt"),
    ],
)
def test_result_files_have_it(kind, row, said):
    target = io.BytesIO()
    write_result(target, kind, [ResultRow("ana@example.com", "1", 0, **row)], STYLE)
    assert MARK + said in target.getvalue().decode("utf-8-sig")


def test_the_report_page_has_it(run, story):
    story().tell("open", "ana@example.com", 1, mark="gmail-proxy")
    page = run("report", "Promo_20260301", "--html", "-").stdout
    for text in ('<html lang="es">', en.REPORT["title"], en.REPORT["hours"], en.MACHINE_MARKS["gmail-proxy"]):
        assert (MARK * (text[0] != "<") + text) in page.replace("&#x27;", "'")


def test_the_guide_has_it(run, tmp_path):
    assert run("guide", "acme", str(tmp_path / "guide")).exit_code == 0
    page = (tmp_path / "guide" / "index.html").read_text("utf-8")
    for text in (en.GUIDE["intro"], en.GUIDE_COLUMNS["assunto"], en.BOUNCE_REASONS["mailbox-full"]):
        assert MARK + text in page
    [letter] = (tmp_path / "guide").rglob("*_HTML_*")
    assert '<html lang="es">' in letter.read_text("utf-8")


def test_pages_for_readers_have_it():
    page = pages.render_page("ask", "es", "Loja").decode()
    assert '<html lang="es">' in page
    assert MARK + en.PAGES["ask"]["title"] in page
    assert f'<p lang="es">{MARK}{en.PAGES["broken"]["text"]}' in pages.render_broken_link().decode()


PROGRAM = """
from types import SimpleNamespace
from mpftp.domain.texts import LOADERS
LOADERS["es"] = lambda: SimpleNamespace(RULES={"CONF020": ("el asunto falta", "Rellene {header}.")})
from mpftp.cli import main
main()
"""


def validate(*words):
    """What ``validate`` prints in a program with a third language, of someone whose locale speaks it."""
    command = [sys.executable, "-c", PROGRAM, "validate", *words]
    locale = {"LC_ALL": "", "LC_MESSAGES": "", "LANG": "es_MX.UTF-8"}
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **locale}, check=False, timeout=60
    )


def test_validate_offers_it_and_follows_the_locale():
    assert "el asunto falta" in validate("--list-rules", "--lang", "es").stdout
    assert "el asunto falta" in validate("--list-rules").stdout
    assert "pt_BR, en, es" in validate("--list-rules", "--lang", "fr").stderr
