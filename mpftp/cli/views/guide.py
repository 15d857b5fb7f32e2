"""The guide for one client: a page of its own that says how files are handed over and what comes back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from importlib import resources
from string import Template

from mpftp.domain.bounces.reasons import BounceReason
from mpftp.domain.file_names import AnswerType, InputType, ListType, ResultType, TripletKey
from mpftp.domain.profile import CONF_REQUIRED, MAIL_REQUIRED, OPT_OUT_FIELD, WEB_COPY_FIELD, Profile
from mpftp.domain.results.files import result_reason_text
from mpftp.domain.results.sample_triplet import ENCODING_NAMES, merge_field_text
from mpftp.domain.results.situations import UnsentReason
from mpftp.domain.results.wording import NO_SUPPORT, Support
from mpftp.domain.texts import CountedValue, language_tag, texts
from mpftp.version import __version__


@dataclass(frozen=True, slots=True)
class GuideSettings:
    """What was agreed on with one client, as its guide tells it.

    *fragment* is (contacts, hours between two batches); *answers* are the answer files it gets.
    """

    client: str
    language: str
    address: str
    user: str
    directory: str
    profile: Profile
    zone: str
    results_after_days: int
    incomplete_after_hours: float
    fragment: tuple[int, float] | None
    send_window: str
    answers: tuple[AnswerType, ...]
    support: Support = NO_SUPPORT


def render_guide(settings: GuideSettings, key: TripletKey, encoding: str, now: datetime) -> str:
    """Return the page: no script, nothing from outside, fit for a telephone and for paper."""
    say = texts(settings.language).GUIDE
    title = say["title"].format(client=settings.client)
    parts = [
        *_server(settings),
        *_input(settings, key, encoding),
        *_columns(settings),
        *_fields(settings),
        *_suppression_list(settings, key),
        *_times(settings),
        *_answers(settings, key),
        f"<h2>{escape(say['check'])}</h2><p>{escape(say['check_text'])}</p>",
        f"<p>{escape(say['check_windows'])}</p><pre>{escape(_windows_prompt(settings.language))}</pre>",
    ]
    if settings.support:
        text = say["questions_text"].format(support=settings.support)
        parts.append(f"<h2>{escape(say['questions'])}</h2><p>{escape(text)}</p>")
    views = resources.files("mpftp.cli.views")
    return Template(views.joinpath("report_page.html").read_text("utf-8")).substitute(
        lang=language_tag(settings.language),
        title=escape(title),
        style=views.joinpath("report_page.css").read_text("utf-8"),
        sender=escape(settings.support.name),
        subject=escape(title),
        sent=escape(say["intro"]),
        body="\n".join(parts),
        footer=escape(f"{now:{texts(settings.language).REPORT['day']}}"),
    )


def _windows_prompt(language: str) -> str:
    """Return the lines that install the program and check a folder at a prompt of Windows."""
    return (
        f"py -m pip install mpftp-{__version__}-py3-none-any.whl\n"
        f"py -m mpftp validate --lang {language} C:\\campanhas"
    )


def _server(settings: GuideSettings) -> Iterator[str]:
    say = texts(settings.language).GUIDE
    rows = [
        (say["address"], settings.address),
        (say["directory"], settings.directory or say["login_directory"]),
    ]
    if settings.user:
        rows.append((say["user"], settings.user))
    yield _table(say["server"], (), rows)


def _input(settings: GuideSettings, key: TripletKey, encoding: str) -> Iterator[str]:
    say = texts(settings.language).GUIDE
    rows = [(key.file(kind), say[kind.value]) for kind in InputType]
    yield _table(say["names"], (say["example"], say["meaning"]), rows, before=say["names_text"])
    delimiter = (settings.profile.delimiter or ";").replace("\t", "TAB")
    form = say["form"].format(encoding=ENCODING_NAMES.get(encoding, encoding).upper(), delimiter=delimiter)
    yield f"<p>{escape(form)}</p>"


def _columns(settings: GuideSettings) -> Iterator[str]:
    say, meanings = texts(settings.language).GUIDE, texts(settings.language).GUIDE_COLUMNS
    header = (say["column"], say["meaning"])
    tables = (
        (say["conf_columns"], settings.profile.conf, CONF_REQUIRED),
        (say["mail_columns"], settings.profile.mail, MAIL_REQUIRED),
    )
    for title, headers, required in tables:
        rows = [
            (header, meanings[name] + (f" ({say['required']})" if name in required else ""))
            for name, header in headers.items()
            if name in meanings
        ]
        free = [header for name, header in headers.items() if name.startswith("livre")]
        if free:
            rows.append((free[0] + (f" … {free[-1]}" if len(free) > 1 else ""), meanings["livre"]))
        yield _table(title, header, rows)


def _fields(settings: GuideSettings) -> Iterator[str]:
    say, profile = texts(settings.language).GUIDE, settings.profile
    fallback = texts(settings.language).GUIDE_SAMPLE["fallback"]
    text = say["fields_text"].format(
        field=merge_field_text(profile, "nome"),
        fallback=merge_field_text(profile, "nome", fallback),
        opt_out=merge_field_text(profile, OPT_OUT_FIELD),
        web_copy=merge_field_text(profile, WEB_COPY_FIELD),
    )
    yield f"<h2>{escape(say['fields'])}</h2><p>{escape(text)}</p>"


def _suppression_list(settings: GuideSettings, key: TripletKey) -> Iterator[str]:
    say = texts(settings.language).GUIDE
    own = TripletKey(f"{key.name}Lista", key.date)
    text = say["list_text"].format(
        name=own.file(ListType.SUPRESSAO),
        email=settings.profile.mail["email"],
        receipt=own.file(AnswerType.RECIBO),
    )
    yield f"<h2>{escape(say['list'])}</h2><p>{_cell(text)}</p>"


def _times(settings: GuideSettings) -> Iterator[str]:
    say = texts(settings.language).GUIDE
    lines = [
        say["zone"].format(zone=settings.zone),
        say["collect"].format(hours=CountedValue(f"{settings.incomplete_after_hours:g}")),
        say["at_once"],
    ]
    if settings.fragment:
        lines[-1] = say["fragments"].format(
            contacts=CountedValue(settings.fragment[0]), hours=f"{settings.fragment[1]:g}"
        )
    if settings.send_window:
        lines.append(say["window"].format(window=settings.send_window))
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    yield f"<h2>{escape(say['times'])}</h2><ul>{items}</ul>"


def _answers(settings: GuideSettings, key: TripletKey) -> Iterator[str]:
    say, profile = texts(settings.language).GUIDE, settings.profile
    if settings.answers:
        rows: list[Sequence[str]] = [(key.file(kind), say[kind.value]) for kind in settings.answers]
        yield _table(say["answers"], (say["file"], say["meaning"]), rows)
    rows = [
        (key.file(kind), say[kind.value], "; ".join(header for _, header in profile.results[kind.value]))
        for kind in ResultType
    ]
    text = say["results_text"].format(days=CountedValue(settings.results_after_days))
    yield _table(say["results"], (say["file"], say["meaning"], say["columns"]), rows, before=text)
    reasons = [result_reason_text(reason, settings.language) for reason in (*BounceReason, *UnsentReason)]
    items = "".join(f"<li>{escape(reason)}</li>" for reason in dict.fromkeys(reasons))
    yield f"<h2>{escape(say['reasons'])}</h2><ul>{items}</ul>"


def _table(title: str, header: Sequence[str], rows: Iterable[Sequence[str]], before: str = "") -> str:
    columns = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(cell)}</td>' for cell in row)}</tr>" for row in rows)
    text = f"<p>{escape(before)}</p>" if before else ""
    thead = f"<thead><tr>{columns}</tr></thead>" if header else ""
    width = " wide" if len(header) > 2 else ""
    table = f'<table class="names{width}">{thead}<tbody>{body}</tbody></table>'
    return f"<h2>{escape(title)}</h2>{text}{table}"


def _cell(text: str) -> str:
    """*text* escaped; a long name of a file or column may be parted behind each ``_``."""
    return escape(text).replace("_", "_<wbr>")
