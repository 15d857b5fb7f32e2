"""CONF: the settings of a campaign, one header line and one data line."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from mpftp.domain.campaign import CampaignSettings
from mpftp.domain.messages.merge_fields import MAX_MERGE_FIELDS, merge_fields
from mpftp.domain.profile import CONF_REQUIRED, Profile
from mpftp.domain.triplets.address import CheckedAddress, check_address
from mpftp.domain.triplets.findings import FindingCollector, make_finding
from mpftp.domain.triplets.foreign_fields import find_foreign_fields, overlaps, shows_signs_only
from mpftp.domain.triplets.send_time import parse_send_time
from mpftp.domain.triplets.spreadsheet import (
    EMPTY_WORDS,
    find_first_line,
    is_formula_error,
    settle_small_table,
)
from mpftp.domain.triplets.table import (
    ExpectedHeader,
    TableHeader,
    TableLine,
    detect_delimiter,
    parse_header,
    parse_records,
)
from mpftp.domain.triplets.torn import TORN_RULE, is_torn_record

MAX_SUBJECT_CHARS = 988
"""Characters of a subject: RFC 5322 limits a line to 998, of which ``Subject: `` takes nine."""

LONG_SUBJECT_CHARS = 150
"""Characters of a subject beyond which no mail program shows it."""

MAX_CONF_LINES = 1000
"""Lines of CONF that are looked at: it has two, and one mistake may add some more."""

MAX_SEND_DELAY = timedelta(days=366)
MAX_FOLDER_CHARS = 255
FILLED_VALUES = {"assunto": "CONF040", "texto": "CONF041"}
"""What of CONF may hold merge fields, and the rule about those of other systems there."""

_SHOWN_VALUES = frozenset({"assunto", "remetente_nome", "texto"})
_MARKUP = r"(?i)</?(?:[abiup]|br|em|strong|span|font|div|h[1-6]|img)(?:\s[^<>]*|/)?>|&(?:#\d+|[a-z]+);"

_SENDER_VALUES = frozenset({"remetente_nome", "remetente_email", "responder_para"})
_RULED_VALUES = frozenset({"remetente_email", "responder_para", "datahora_envio"})
_WITHOUT_QUOTES = frozenset({"remetente_email", "responder_para", "pasta", "datahora_envio", "ganalytics"})
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_FREE_PROVIDERS = """
gmail.com googlemail.com hotmail.com outlook.com live.com msn.com yahoo.com yahoo.com.br ymail.com
icloud.com me.com aol.com uol.com.br bol.com.br terra.com.br ig.com.br globo.com
"""
_FREE_MAIL = frozenset(_FREE_PROVIDERS.split())


class ConfContext(NamedTuple):
    """What a value is checked against: the profile, the client's zone, the present moment."""

    profile: Profile
    zone: tzinfo
    now: datetime
    delimiter: str | None = None
    columns: tuple[str, ...] = ()
    """Of MAIL, as far as they are known."""


class _ConfValue(NamedTuple):
    """One value of the data line, and where it stands."""

    name: str
    header: str
    text: str
    line: TableLine
    at: int

    def note(
        self, rule: str, file: str, findings: FindingCollector, at: int = 0, width: int = 1, **values: str
    ) -> None:
        index = self.at + at
        begin = self.line.text.rfind("\n", 0, index) + 1
        end = self.line.text.find("\n", index)
        line_text = self.line.text[begin : end if end >= 0 else len(self.line.text)]
        line_number = self.line.number + self.line.text.count("\n", 0, index)
        all_values = {"header": self.header, "value": self.text[:80], **values}
        findings.add(make_finding(rule, file, line_number, index - begin + 1, line_text, width, **all_values))


def parse_conf(
    text: str, file: str, context: ConfContext, findings: FindingCollector
) -> CampaignSettings | None:
    """The settings in *text*; ``None`` when they cannot be used, and *findings* says why."""
    expected = ExpectedHeader(context.profile.conf, CONF_REQUIRED)
    needed = [header for name, header in expected.headers.items() if name in CONF_REQUIRED]
    first = find_first_line(text, needed)
    if not first:
        findings.add(make_finding("CONF001", file, 1))
        return None
    known = set(expected.headers.values())
    configured = context.delimiter or context.profile.delimiter
    delimiter, wrong = detect_delimiter(first, known, configured)
    lines = parse_records(text, delimiter, MAX_CONF_LINES)
    address = expected.headers["remetente_email"]
    shapes = list(settle_small_table(lines, delimiter, needed, address, torn=text[-1:] != "\n"))
    if not lines:
        findings.add(make_finding("CONF001", file, 1))
        return None
    first_line = lines[0]
    if wrong:
        kinds = {"delimiter": wrong, "wanted": configured or ";"}
        column = first_line.text.find(wrong) + 1
        findings.add(make_finding("CONF007", file, first_line.number, column, first_line.text, 1, **kinds))
    header = parse_header(
        first_line.row, first_line.text, expected, findings, ("CONF", file, first_line.number)
    )
    if not header.columns:
        return None
    _note_shapes(shapes, file, findings)
    if len(lines) == 1:
        findings.add(make_finding("CONF002", file, first_line.number, 1, first_line.text))
        return None
    if text[-1:] != "\n" and _is_torn(lines[-1], delimiter, header, file, findings):
        return None
    data = lines[1]
    _note_quotes(data, header, file, context, findings)
    for extra in lines[2:3] if not data.row.broken else ():
        width, count = len(extra.text), str(len(lines) - 1)
        findings.add(make_finding("CONF014", file, extra.number, 1, extra.text, width, lines=count))
    if data.row.broken or not _wide_enough(data, first_line, file, findings):
        return None
    return _settings(_values_of(data, header), file, context, findings)


def _values_of(data: TableLine, header: TableHeader) -> dict[str, _ConfValue]:
    """Return the values of the data line, by our names of their columns; not those with a NUL (TEXT003)."""
    values = {}
    for index, name in enumerate(header.columns):
        if name is not None and "\x00" not in data.row.values[index]:
            start = data.row.starts[index]
            start += data.text.startswith('"', start)
            values[name] = _ConfValue(name, header.names[index], data.row.values[index], data, start)
    return values


def _is_torn(
    last: TableLine, delimiter: str, header: TableHeader, file: str, findings: FindingCollector
) -> bool:
    """Return whether the *last* line, which has no end, was cut off; note it."""
    email = header.index("remetente_email")
    torn = is_torn_record(last.text, delimiter, len(header.columns), email)
    if torn:
        findings.add(make_finding(TORN_RULE, file, last.number, len(last.text) + 1, last.text, 1))
    return torn


def _note_shapes(
    shapes: Iterable[tuple[str, TableLine, int, int]], file: str, findings: FindingCollector
) -> None:
    """Note what a spreadsheet, or joining two files, made of the lines."""
    for end, line, at, width in shapes:
        count = len(line.row.values)
        values = {"surplus": str(width), "found": str(count - width), "wanted": str(count)}
        findings.add(make_finding("CONF" + end, file, line.number, at + 1, line.text, width, **values))


def _note_quotes(
    data: TableLine, header: TableHeader, file: str, context: ConfContext, findings: FindingCollector
) -> None:
    """Note what is wrong with quotes, but for those of another system's field, which go with it.

    Those in a value that can hold none make it invalid, and that is said of it.
    """
    rules = {"unclosed": "CONF008", "trailing": "CONF009", "stray": "CONF010"}
    problems = [data.row.broken] if data.row.broken else data.row.problems
    fields = find_foreign_fields(data.text, context.columns, context.profile) if problems else ()
    for problem in problems:
        column = bisect_right(data.row.starts, problem.at) - 1
        known = problem.kind == "stray" and (
            any(one.start < problem.at < one.end for one in fields)
            or _WITHOUT_QUOTES.intersection(header.columns[column : column + 1])
        )
        if not known:
            findings.add(make_finding(rules[problem.kind], file, data.number, problem.at + 1, data.text))


def _wide_enough(data: TableLine, header_line: TableLine, file: str, findings: FindingCollector) -> bool:
    width, expected = len(data.row.values), len(header_line.row.values)
    counts = {"found": str(width), "wanted": str(expected)}
    if width < expected:
        findings.add(make_finding("CONF011", file, data.number, len(data.text) + 1, data.text, 1, **counts))
    elif width > expected:
        at = data.row.starts[expected] + 1
        findings.add(
            make_finding("CONF012", file, data.number, at, data.text, len(data.text) - at + 1, **counts)
        )
    return width == expected


def _settings(
    values: dict[str, _ConfValue], file: str, context: ConfContext, findings: FindingCollector
) -> CampaignSettings | None:
    before = findings.errors()
    texts = {name: value.text.strip() for name, value in values.items()}
    for value in values.values():
        _check_controls(value, file, findings)
        _check_markup(value, file, findings)
        _check_placeholder(value, file, findings)
        if value.name not in _SENDER_VALUES:
            _check_merge_fields(value, file, context, findings)
    _check_subject(values.get("assunto"), file, findings)
    sender = _check_address(values.get("remetente_email"), "CONF023", file, context, findings)
    reply_to = _check_address(values.get("responder_para"), "CONF024", file, context, findings)
    _check_folder(values.get("pasta"), file, findings)
    send_at = _check_time(values.get("datahora_envio"), file, context, findings)
    _check_name(values.get("remetente_nome"), file, context, findings)
    _check_analytics(values.get("ganalytics"), file, findings)
    if findings.errors() > before or not {"assunto", "remetente_email", "pasta"} <= set(texts):
        return None
    return CampaignSettings(
        subject=texts["assunto"],
        from_email=sender,
        folder=texts["pasta"],
        from_name=texts.get("remetente_nome", ""),
        reply_to=reply_to,
        send_at=send_at,
        analytics=texts.get("ganalytics", ""),
        text=texts.get("texto", ""),
    )


def _check_markup(value: _ConfValue, file: str, findings: FindingCollector) -> None:
    """Note the first tag or character reference in a value that is shown as it stands."""
    match = re.search(_MARKUP, value.text) if value.name in _SHOWN_VALUES else None
    if match and (match[0][0] == "<" or html.unescape(match[0]) != match[0]):
        value.note("CONF061", file, findings, match.start(), len(match[0]), code=match[0])


def _check_placeholder(value: _ConfValue, file: str, findings: FindingCollector) -> None:
    """Note a program's word for no value, but for values in which it is no address or time."""
    text = value.text.strip()
    if value.name not in _RULED_VALUES and (text in EMPTY_WORDS or is_formula_error(text)):
        value.note("CONF044", file, findings, value.text.index(text), len(text))


def _check_controls(value: _ConfValue, file: str, findings: FindingCollector) -> None:
    """No line break may reach a header field (header injection); the plain text may have several lines."""
    if value.name == "texto":
        return
    match = _CONTROL.search(value.text)
    if match:
        value.note("CONF022", file, findings, match.start(), 1, character=f"U+{ord(match[0]):04X}")


def _check_merge_fields(
    value: _ConfValue, file: str, context: ConfContext, findings: FindingCollector
) -> None:
    """Find merge fields that MAIL cannot fill, and in what is filled those of other systems."""
    fields = merge_fields(value.text, context.profile)
    if len(fields) > MAX_MERGE_FIELDS:
        counts = {"found": str(len(fields)), "limit": str(MAX_MERGE_FIELDS)}
        value.note("CONF039", file, findings, fields[MAX_MERGE_FIELDS].start, 1, **counts)
    foreign = find_foreign_fields(value.text, context.columns, context.profile)
    for field in foreign:
        spelling = "CONF041" if shows_signs_only(field, context.profile) else FILLED_VALUES.get(value.name)
        rule = "CONF034" if field.lacking else spelling
        if rule:
            value.note(
                rule, file, findings, field.start, field.end - field.start, **field.values(context.profile)
            )
    if value.name in FILLED_VALUES:
        spans = [(one.start, one.end) for one in foreign]
        own = [(one.start, one.end) for one in fields if not overlaps(spans, one.start, one.end)]
        _check_brackets(value, file, context.profile, sorted(spans + own), findings)


def _check_brackets(
    value: _ConfValue, file: str, profile: Profile, spans: list[tuple[int, int]], findings: FindingCollector
) -> None:
    """Note the first bracket outside of the fields at *spans*; in a text ``}}`` alone may be anything."""
    brackets = (profile.merge_open,) if value.name == "texto" else (profile.merge_open, profile.merge_close)
    halves = "|".join(re.escape(bracket) for bracket in brackets if len(bracket) > 1)
    for match in re.finditer(halves, value.text) if halves else ():
        if not overlaps(spans, *match.span()):
            value.note("CONF043", file, findings, match.start(), len(match[0]), bracket=match[0])
            return


def _has_merge_field(
    value: _ConfValue | None, file: str, context: ConfContext, findings: FindingCollector
) -> bool:
    """Whether the sender, who is the same for all, has a merge field in any spelling; note the first."""
    if value is None:
        return False
    foreign = find_foreign_fields(value.text, context.columns, context.profile)
    own = merge_fields(value.text, context.profile)
    spans = [(field.start, field.end) for field in foreign] + [(field.start, field.end) for field in own]
    if spans:
        start, end = min(spans, key=lambda span: span[0])
        value.note("CONF042", file, findings, start, end - start, field=value.text[start:end])
    return bool(spans)


def _check_subject(value: _ConfValue | None, file: str, findings: FindingCollector) -> None:
    if value is None:
        return
    length = len(value.text.strip())
    if not length:
        value.note("CONF020", file, findings)
    elif length > MAX_SUBJECT_CHARS:
        value.note(
            "CONF021", file, findings, MAX_SUBJECT_CHARS, 1, length=str(length), limit=str(MAX_SUBJECT_CHARS)
        )
    elif length > LONG_SUBJECT_CHARS:
        value.note(
            "CONF037",
            file,
            findings,
            LONG_SUBJECT_CHARS,
            1,
            length=str(length),
            limit=str(LONG_SUBJECT_CHARS),
        )


def _check_address(
    value: _ConfValue | None, rule: str, file: str, context: ConfContext, findings: FindingCollector
) -> str:
    """The address in *value*; an empty one is an error for the sender only."""
    if value is None or (not value.text.strip() and rule != "CONF023"):
        return ""
    address: CheckedAddress = check_address(value.text)
    for issue in address.issues:
        if issue.rule == "MAIL030":
            value.note("CONF036", file, findings, issue.at, issue.width, **issue.values)
    if not address.email:
        at = address.issues[-1]
        value.note(rule, file, findings, at.at, at.width)
    elif _has_merge_field(value, file, context, findings):
        return ""
    elif rule == "CONF023" and address.email.rpartition("@")[2] in _FREE_MAIL:
        domain = address.email.rpartition("@")[2]
        value.note("CONF032", file, findings, value.text.find("@") + 1, len(domain), domain=domain)
    return address.email


def _check_name(
    value: _ConfValue | None, file: str, context: ConfContext, findings: FindingCollector
) -> None:
    match = re.search(r"\S@\S", value.text) if value else None
    if not _has_merge_field(value, file, context, findings) and value and match:
        value.note("CONF031", file, findings, match.start() + 1, 1)


def _check_analytics(value: _ConfValue | None, file: str, findings: FindingCollector) -> None:
    match = re.search(r"[^\w .&=+%-]|^[?&]", value.text) if value else None
    if value and match:
        value.note("CONF033", file, findings, match.start(), 1)


def _check_folder(value: _ConfValue | None, file: str, findings: FindingCollector) -> None:
    if value is None:
        return
    forbidden = re.search(r'[\\/:*?"<>|]', value.text)
    if not value.text.strip():
        value.note("CONF029", file, findings)
    elif forbidden:
        value.note("CONF028", file, findings, forbidden.start(), 1, character=forbidden[0])
    elif len(value.text) > MAX_FOLDER_CHARS:
        value.note("CONF038", file, findings, MAX_FOLDER_CHARS, 1, limit=str(MAX_FOLDER_CHARS))


def _check_time(
    value: _ConfValue | None, file: str, context: ConfContext, findings: FindingCollector
) -> datetime | None:
    if value is None or not value.text.strip():
        return None
    naive = parse_send_time(value.text)
    if naive is None or not 1970 <= naive.year <= 9000:
        value.note("CONF025", file, findings, 0, len(value.text))
        return None
    local = naive.replace(tzinfo=context.zone)
    at = local.astimezone(UTC)
    if at.astimezone(context.zone).replace(tzinfo=None) != naive:
        value.note("CONF030", file, findings, 0, len(value.text))
    if at < context.now - timedelta(minutes=5):
        value.note("CONF026", file, findings, 0, len(value.text))
    elif at > context.now + MAX_SEND_DELAY:
        value.note("CONF027", file, findings, 0, len(value.text))
    return at
