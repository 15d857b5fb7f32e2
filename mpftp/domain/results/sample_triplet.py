"""A model triplet for one client, and what would come back for it: by its own profile and language.

The input is accepted by the rules without a finding; the answers are written by the functions that write
the real ones, from made-up events of the same contacts.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from datetime import datetime, timedelta

from mpftp.domain.bounces.reasons import BounceReason
from mpftp.domain.campaign import BounceClass
from mpftp.domain.clock import to_ms
from mpftp.domain.file_names import AnswerType, InputType, ResultType, TripletKey
from mpftp.domain.profile import OPT_OUT_FIELD, WEB_COPY_FIELD, Profile
from mpftp.domain.results.answers import Receipt, format_error_file, format_receipt_file
from mpftp.domain.results.files import ResultFormat, ResultRow, write_result
from mpftp.domain.results.situations import Situation
from mpftp.domain.results.wording import NO_SUPPORT, Support
from mpftp.domain.texts import language_tag, texts

OFFER_URL = "https://www.livrariabelavista.com.br/novidades"
_CONTACTS = (
    {"email": "ana.souza@livrariabelavista.com.br", "uidcli": "1001", "nome": "Ana Souza", "sexo": "F",
     "data_nascimento": "1985-04-12", "celular": "(11) 98888-1001", "cidade": "São Paulo", "estado": "SP",
     "cep": "01310-100", "livre1": "ouro"},
    {"email": "joao.lima@livrariabelavista.com.br", "uidcli": "1002", "nome": "João Lima", "sexo": "M",
     "data_nascimento": "1990-11-03", "celular": "(62) 97777-1002", "cidade": "Goiânia", "estado": "GO",
     "cep": "74003-010", "livre1": "prata"},
    {"email": "bia.araujo@livrariabelavista.com.br", "uidcli": "1003", "nome": "Beatriz Araújo", "sexo": "F",
     "data_nascimento": "1978-01-30", "celular": "(82) 96666-1003", "cidade": "Maceió", "estado": "AL",
     "cep": "57020-000", "livre1": "ouro"},
)  # fmt: skip
ENCODING_NAMES = {"cp1252": "windows-1252", "utf-8-sig": "utf-8"}
"""What HTML and people call an encoding that Python calls otherwise."""

_AGENT = "Mozilla/5.0"


def sample_key(language: str, day: datetime) -> TripletKey:
    """Return the name and date of the model triplet."""
    return TripletKey(texts(language).GUIDE_SAMPLE["name"], f"{day:%Y%m%d}")


def sample_input(profile: Profile, language: str, encoding: str) -> dict[InputType, bytes]:
    """Return the three files of the model, with the headers, delimiter and brackets of *profile*."""
    say = texts(language).GUIDE_SAMPLE
    settings = {
        "assunto": say["subject"],
        "remetente_nome": say["sender"],
        "remetente_email": "novidades@livrariabelavista.com.br",
        "responder_para": "contato@livrariabelavista.com.br",
        "pasta": say["folder"],
    }
    names = [name for name in profile.mail if name in _CONTACTS[0]]
    conf = [list(profile.conf.values()), [settings.get(name, "") for name in profile.conf]]
    mail = [[profile.mail[name] for name in names], *([each[name] for name in names] for each in _CONTACTS)]
    return {
        InputType.CONF: _table(conf, profile, encoding),
        InputType.HTML: _html(profile, language, encoding),
        InputType.MAIL: _table(mail, profile, encoding),
    }


def _table(rows: Sequence[Sequence[str]], profile: Profile, encoding: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=profile.delimiter or ";", lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode(encoding)


def merge_field_text(profile: Profile, name: str, fallback: str = "") -> str:
    """Return the merge field *name* as a client of *profile* writes it."""
    inside = f"{name}|{fallback}" if fallback else name
    return f"{profile.merge_open}{inside}{profile.merge_close}"


def _html(profile: Profile, language: str, encoding: str) -> bytes:
    say = texts(language).GUIDE_SAMPLE
    name = merge_field_text(profile, "nome", say["fallback"])
    charset = ENCODING_NAMES.get(encoding, encoding)
    return f"""<!DOCTYPE html>
<html lang="{language_tag(language)}">
<head>
<meta charset="{charset}">
<title>{say["subject"]}</title>
</head>
<body>
<p><a href="{merge_field_text(profile, WEB_COPY_FIELD)}">{say["web_copy"]}</a></p>
<h1>{say["greeting"].format(name=name)}</h1>
<p><a href="{OFFER_URL}">{say["offer"]}</a></p>
<p><a href="{merge_field_text(profile, OPT_OUT_FIELD)}">{say["opt_out"]}</a></p>
</body>
</html>
""".encode(encoding)


def sample_answers(
    key: TripletKey,
    files: dict[InputType, bytes],
    style: ResultFormat,
    now: datetime,
    days: int,
    support: Support = NO_SUPPORT,
) -> dict[str, bytes]:
    """Return what comes back for the model, by file name: the six, SITUACAO, ERRO and RECIBO."""
    written = {}
    for kind, rows in _rows(to_ms(now)).items():
        target = io.BytesIO()
        write_result(target, kind, rows, style)
        written[key.file(kind)] = target.getvalue()
    header = style.profile.mail["email"]
    values = {"header": header, "instead": f"{header}s"}
    finding = {"line": 1, "column": 1, "excerpt": f"{header}s", "values": values}
    group = {"rule": "MAIL003", "file": key.file(InputType.MAIL), "severity": "error", "count": 1,
             "findings": [finding]}  # fmt: skip
    written[key.file(AnswerType.ERRO)] = format_error_file([group], style.profile, style.language, support)
    hashes = {kind: hashlib.sha256(data).hexdigest() for kind, data in files.items()}
    receipt = Receipt(now, hashes, len(_CONTACTS), 0, 0, 0, ((now, len(_CONTACTS)),))
    written[key.file(AnswerType.RECIBO)] = format_receipt_file(
        receipt, key, style.profile, style.language, style.zone, days, support
    )
    return written


def _rows(at: int) -> dict[ResultType | AnswerType, list[ResultRow]]:
    """Ana opens twice and clicks, João's mailbox is full, Bia opens and opts out."""
    hour = timedelta(hours=1) // timedelta(milliseconds=1)
    ana, joao, bia = (ResultRow(each["email"], each["uidcli"], at) for each in _CONTACTS)
    opens = [seen(who, at + hours * hour) for who, hours in ((ana, 1), (bia, 2), (ana, 5))]
    click = seen(ana, at + hour)._replace(url=OFFER_URL)
    bounce = joao._replace(
        bounce_class=BounceClass.PERMANENT, code="5.2.2", reason=BounceReason.MAILBOX_FULL, at=at + 60_000
    )
    situations = ((ana, Situation.SENT), (joao, Situation.RETURNED), (bia, Situation.SENT))
    lines = [
        (bounce if who is joao else who)._replace(line=index, situation=situation)
        for index, (who, situation) in enumerate(situations, 2)
    ]
    return {
        ResultType.ABERTURA: opens,
        ResultType.ABERTURAUNICA: opens[:2],
        ResultType.CLIQUE: [click],
        ResultType.CLIQUEUNICO: [click],
        ResultType.RETORNADO: [bounce],
        ResultType.CANCELADO: [bia._replace(at=at + 2 * hour, source="link")],
        AnswerType.SITUACAO: lines,
    }


def seen(who: ResultRow, at: int) -> ResultRow:
    """Return the open of *who* at that time."""
    return who._replace(at=at, ip="203.0.113.9", agent=_AGENT)
