"""What commands write as JSON is what its schema says, and no member is without a word in it."""

from __future__ import annotations

import json

import jsonschema
import pytest
from click.testing import CliRunner

from mpftp.adapters.event_log import EventLogWriter
from mpftp.adapters.store.database import Database
from mpftp.cli import main
from mpftp.domain.campaign import EventKind
from mpftp.domain.clock import from_ms
from mpftp.domain.event_log import Event

LATER = "assunto;remetente_email;pasta;datahora_envio\nOi;a@exemplo.com.br;P;2026-03-20 10:00\n"


@pytest.fixture
def busy(host):
    """A published campaign with events, one that waits, one that was refused, a suppression file."""
    host.lay("Um")
    host.run("collect")
    host.run("send")
    with Database(host.config.state, read_only=True) as db:
        number = db.value("SELECT min(id) FROM delivery WHERE state = 'sent'")
    log = EventLogWriter(host.config.spool_dir / "events")
    for kind in (EventKind.OPEN, EventKind.OPT_OUT):
        log.append(Event(kind, number, from_ms(1_772_500_000_000), ip="203.0.113.7", agent="M"))
    log.close()
    host.hours += 100
    host.run("publish")
    host.lay("Dois", CONF=LATER)
    host.lay("Ruim", HTML="")
    (host.remote / "Lista_SUPRESSAO_20260301").write_text("email\nx@exemplo.com.br\n")
    host.run("collect", code=1)
    return host


def schema(name):
    found = json.loads(CliRunner().invoke(main, ["config", "schema", name]).stdout)
    jsonschema.Draft202012Validator.check_schema(found)
    return found


def strict(node):
    """*node* without room for members that it does not name."""
    if isinstance(node, list):
        return [strict(part) for part in node]
    if not isinstance(node, dict):
        return node
    inner = {name: strict(part) for name, part in node.items()}
    named = isinstance(node.get("properties"), dict) and "required" in node
    return {"additionalProperties": False} | inner if named else inner


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("status", ["status", "--json"]),
        ("status", ["status", "--json", "--all"]),
        ("campaign_list", ["campaign", "list", "--json"]),
        ("campaign", ["campaign", "show", "Um_20260301", "--json"]),
        ("campaign", ["campaign", "show", "Dois_20260301", "--json"]),
    ],
)
def test_a_document_keeps_to_its_schema(busy, name, words):
    document = json.loads(busy.run(*words).stdout)
    jsonschema.validate(document, strict(schema(name)))


def test_every_line_of_the_results_keeps_to_its_schema(busy):
    lines = busy.run("results", "Um_20260301", "--format", "jsonl").stdout.splitlines()
    assert len(lines) == 3
    for line in lines:
        jsonschema.validate(json.loads(line), schema("results"))


def test_every_line_of_the_log_keeps_to_its_schema(busy, tmp_path):
    path = tmp_path / "log"
    busy.remote.rename(busy.remote.with_name("away"))
    busy.run("collect", "-vv", "--log-file", str(path), "--log-format", "json", code=1)
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert len(lines) >= 2
    for line in lines:
        jsonschema.validate(line, schema("log"))
