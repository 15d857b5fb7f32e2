"""The check of a whole triplet, whatever its bytes: it ends, it counts right, and all ways to read agree."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from mpftp.domain.campaign import DeliveryState
from mpftp.domain.file_names import InputType, TripletKey
from mpftp.domain.profile import DEFAULT_PROFILE, Profile
from mpftp.domain.triplets.rules import Scope
from mpftp.domain.triplets.triplet import CheckOptions, TripletFiles, check_triplet, is_refused

KEY = TripletKey("P", "20260301")
NOW = datetime(2026, 2, 1, tzinfo=UTC)
CONF = b"assunto;remetente_email;pasta\nOi;ola@lojabela.com.br;P\n"
HTML = b'<html><head><title>x</title></head><body>Oi <a href="{{descadastro}}">sair</a></body></html>'


def look(mail=b"", conf=CONF, html=HTML, profile=DEFAULT_PROFILE, **options):
    data = {InputType.CONF: conf, InputType.HTML: html, InputType.MAIL: mail}
    files = TripletFiles(KEY, {kind: (lambda raw=raw: io.BytesIO(raw)) for kind, raw in data.items()})
    return check_triplet(files, profile, zone=UTC, now=NOW, options=CheckOptions(**options))


def facts(inspection):
    found = [(f.rule, f.line, f.column, f.width, f.excerpt) for f in inspection.findings]
    return inspection.counts, sorted(found, key=str)


FRAGMENTS = st.sampled_from(
    [
        "email;nome\n", "email,nome\r\n", "nome\temail\n", "ana@x.com.br", "bia@gmial.com", "ANA@X.com.br",
        ";", ",", '"', '""', "\n", "\r\n", "\r", "\t", "São Paulo", "SÃ£o", "\x00", "\ufeff", "\x1a", " ",
        "a@b", "@", "<", ">", "x" * 70, "{{", "}}", "josé@café.com.br", '"a b"@x.com', "[1.2.3.4]", ";;;;",
        "#N/D",
    ]
).map(lambda part: part.encode("utf-8"))  # fmt: skip
WILD = st.lists(FRAGMENTS | st.binary(max_size=6), max_size=40).map(b"".join)


@settings(max_examples=100, deadline=None)
@given(WILD, WILD, WILD)
def test_no_bytes_make_it_crash_and_the_counts_add_up(conf, html, mail):
    inspection = look(mail, conf, html)
    contacts = list(inspection.contacts())
    counts = inspection.counts
    assert counts.lines == counts.valid + counts.invalid + counts.repeated == len(contacts)
    states = [contact.state for contact in contacts]
    assert states.count(DeliveryState.PENDING) == counts.valid
    assert states.count(DeliveryState.REPEATED) == counts.repeated
    assert all("@" in c.email for c in contacts if c.state is not DeliveryState.INVALID)
    is_refused(inspection, 0.5)
    inspection.findings.to_json()


@settings(max_examples=100, deadline=None)
@given(WILD)
@example(b'email;nome\nana@x.com.br;"a\nb\nc"\nbia@x.com.br;"\n')
def test_contacts_and_counting_agree(mail):
    drawn, counted = look(b"email;nome\n" + mail), look(b"email;nome\n" + mail)
    list(drawn.contacts())
    counted.count_contacts()
    assert facts(drawn) == facts(counted)


VALUES = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufffd"), max_size=12
)
LINED = st.lists(VALUES, min_size=1, max_size=3).map("\n".join)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(LINED, VALUES), min_size=1, max_size=12), st.sampled_from(";,\t"), st.booleans())
def test_values_come_out_as_a_csv_writer_put_them_in(rows, delimiter, everything):
    """But for those over several lines that look like further contacts, and a spreadsheet's ``="x"``."""
    assume(not any(value.startswith('="') for row in rows for value in row))
    rows = [(name.replace("\n", " ") if delimiter in name else name, city) for name, city in rows]
    out = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if everything else csv.QUOTE_MINIMAL
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator="\r\n")
    writer.writerow(["email", "nome", "cidade"])
    for number, (name, city) in enumerate(rows):
        writer.writerow([f"c{number}@lojabela.com.br", name, city])
    inspection = look(out.getvalue().encode("utf-8"))
    contacts = list(inspection.contacts())
    assert [contact.values[1:] for contact in contacts] == [tuple(row) for row in rows]
    assert inspection.counts.valid == len(rows)


CSV_SPECTRUM = {
    "comma in quotes": ('"a@x.com.br","Silva, João"\r\n', "Silva, João"),
    "escaped quotes": ('a@x.com.br,"ha ""ha"" ha"\n', 'ha "ha" ha'),
    "json": ('a@x.com.br,"{""type"": ""Point"", ""coordinates"": [102.0, 0.5]}"\n',
             '{"type": "Point", "coordinates": [102.0, 0.5]}'),
    "newlines": ('a@x.com.br,"Once upon \na time"\n', "Once upon \na time"),
    "newlines crlf": ('a@x.com.br,"Once upon \r\na time"\r\n', "Once upon \r\na time"),
    "quotes and newlines": ('a@x.com.br,"ha \n""ha"" \nha"\n', 'ha \n"ha" \nha'),
    "empty": ('a@x.com.br,""\n', ""),
    "utf8": ("a@x.com.br,ʤ\n", "ʤ"),
    "no last line end": ("a@x.com.br,x", "x"),
}  # fmt: skip


@pytest.mark.parametrize("name", CSV_SPECTRUM)
def test_quoting_as_rfc_4180_has_it(name):
    rows, value = CSV_SPECTRUM[name]
    inspection = look(b"email,nome\n" + rows.encode("utf-8"))
    [contact] = inspection.contacts()
    assert (contact.email, contact.values[1], contact.state) == ("a@x.com.br", value, DeliveryState.PENDING)
    assert not inspection.findings.errors()


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("cp1252", "cp1252"),
        ("utf-16", "utf-8"),
        ("utf-16-be", "utf-8"),
    ],
)
def test_the_encoding_is_recognised(encoding, expected):
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    mail = mark + "email;nome\nana@x.com.br;João “Zé” €\n".encode(encoding)
    inspection = look(mail)
    [contact] = inspection.contacts()
    assert contact.values == ("ana@x.com.br", "João “Zé” €")
    assert not inspection.findings
    assert inspection.mail.scan.block_encoding == expected


def test_an_encoding_that_is_given_is_not_guessed():
    mail = "email;nome\nana@x.com.br;João\n".encode("cp850")
    inspection = look(mail, encoding="cp850")
    assert [contact.values[1] for contact in inspection.contacts()] == ["João"]


def test_the_first_of_repeated_contacts_wins_and_is_named():
    rows = [f"c{n}@x.com.br;{n}" for n in range(30)]
    mail = "\n".join(["email;nome", *rows, "", "C7@x.com.br;z", "ruim;y", "c7@X.com.br;w"]) + "\n"
    inspection = look(mail.encode())
    last = list(inspection.contacts())[-3:]
    assert [c.state.value for c in last] == ["repeated", "invalid", "repeated"]
    repeats = [f for f in inspection.findings if f.rule == "MAIL031"]
    assert [(f.line, f.values["first"]) for f in repeats] == [(33, "9"), (35, "9")]


SPELLINGS = ["ana@café.com.br", "ana@xn--caf-dma.com.br", "ana@cafe\u0301.com.br", "ANA@CAFÉ.com.br",
             "ana@XN--CAF-DMA.com.br"]  # fmt: skip


@pytest.mark.parametrize("row", ["{};x", '"{}";x', '{};"a b"', " {};x", '{};"a\nb"'], ids=str)
@pytest.mark.parametrize("first", range(len(SPELLINGS)))
def test_all_spellings_of_an_international_address_are_one_contact(row, first):
    """By the fast road and by the slow one, and as the copy that --fix makes has it."""
    spelt = SPELLINGS[first:] + SPELLINGS[:first]
    mail = "\n".join(["email;nome", "bia@café.com.br;x", *map(row.format, spelt), "ana@cafe.com.br;x"]) + "\n"
    states = [contact.state.value for contact in look(mail.encode()).contacts()]
    assert states == ["pending", "pending", *["repeated"] * 4, "pending"]


def test_an_international_address_of_windows_is_one_contact_too():
    mail = "email;nome\nana@café.com.br;São\nana@xn--caf-dma.com.br;São\n"
    states = [contact.state.value for contact in look(mail.encode("cp1252")).contacts()]
    assert states == ["pending", "repeated"]


def test_international_addresses_are_told_apart_where_encodings_are_mixed():
    rows = [
        "ana@café.com.br;São".encode(),
        *(f"ana@caf{letter}.com.br;São".encode("cp1252") for letter in "éê"),
        "bia@café.com.br;".encode() + "São".encode("cp1252"),
    ]
    states = [contact.state.value for contact in look(b"email;nome\n" + b"\n".join(rows * 2)).contacts()]
    assert states == ["pending", "repeated", "pending", "pending", *["repeated"] * 4]


def test_findings_are_counted_beyond_those_that_are_kept():
    mail = "email;nome\n" + "".join(f"ruim{n};x\n" for n in range(1000))
    inspection = look(mail.encode(), keep=5)
    inspection.count_contacts()
    group = next(g for g in inspection.findings.groups() if g.rule == "MAIL021")
    assert (group.count, [f.line for f in group.first]) == (1000, [2, 3, 4, 5, 6])


def test_a_contact_error_refuses_the_contact_and_too_many_the_triplet():
    mail = b"email;nome\nana@x.com.br;Ana\nbia@x.com.br;Bia\nruim;x\n"
    inspection = look(mail)
    inspection.count_contacts()
    assert inspection.findings.errors(Scope.TRIPLET) == 0
    assert not is_refused(inspection, 0.5)
    assert is_refused(inspection, 0.3)


def test_an_extra_column_passes_where_the_profile_admits_it():
    mail = b"email;time\nana@x.com.br;Bahia\n"
    assert look(mail).findings.errors()
    inspection = look(mail, html=HTML.replace(b"Oi", b"Oi {{time}}"), profile=Profile(extra_columns=True))
    assert [contact.values[1] for contact in inspection.contacts()] == ["Bahia"]
    assert inspection.columns == ("email", "time")
    assert not inspection.findings.errors()


def test_a_profile_renames_headers():
    profile = Profile(mail={**DEFAULT_PROFILE.mail, "email": "E-mail", "nome": "Nome completo"})
    mail = b"E-mail;Nome completo\nana@x.com.br;Ana\n"
    inspection = look(mail, html=HTML.replace(b"Oi", b"Oi {{nome}}"), profile=profile)
    inspection.count_contacts()
    assert inspection.columns == ("email", "nome")
    assert not inspection.findings


def test_lines_that_are_only_counted_are_contacts_all_the_same():
    lines = ["sem arroba"] * 1500 + ["ana@lojabela.com.br"] + ["a@b"] * 500 + ['"'] * 3
    check = look("\n".join(["email", *lines, ""]).encode())
    contacts = list(check.contacts())
    counts = {group.rule: group.count for group in check.findings.groups()}
    assert counts["MAIL056"] == 1001
    assert len(contacts) == check.counts.lines
    assert [c.line for c in contacts if c.state is DeliveryState.PENDING] == [1502]
    assert check.counts.invalid == len(contacts) - 1


LINES_TO_COUNT = (
    "ana@gmial.com;A", '"bia@gmial.com";B', 'c@x.com.br;"C\n\nd@gmial.com"', 'd@gmial.com;"D\n\nD"',
    "e@exemplo.com;E", "f..f@gmial.com;F", "g@GMIAL.com;G", "h@gmial.com", "", ";", '"i@gmial.com;I',
    "  j@gmial.com ; J ", " k@x.com.br;NULL ;  ", 'l@x.com.br; "L" ', "m@x.com.br; =1;", "o@bad-.com;O",
    "n@x.com.br;  ;;", "P@x;",
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(LINES_TO_COUNT), max_size=30))
def test_findings_that_are_only_counted_are_as_many_as_when_each_is_kept(lines):
    mail = "\n".join(["email;nome", *lines, ""]).encode()
    every, few = look(mail, keep=0), look(mail, keep=2)
    assert list(every.contacts()) == list(few.contacts())
    assert every.counts == few.counts
    kept = {group.rule: (group.count, group.first[:2]) for group in every.findings.groups()}
    assert kept == {group.rule: (group.count, group.first) for group in few.findings.groups()}


@pytest.mark.parametrize(
    "tag",
    [
        '<img alt="" src="<%- x %>">',
        '<img alt="" src=" <%= base %>/a.png">',
        '<a href="${host}/b">x</a>',
        '<td background="[[fundo]]">',
        '<a href="${x}">x</a>',
    ],
)
def test_a_url_that_begins_with_a_foreign_field_is_not_relative(tag):
    found = {finding.rule for finding in look(html=HTML.replace(b"Oi", tag.encode())).findings}
    assert "HTML031" in found
    assert not found & {"HTML007", "HTML017"}


SENDER = "assunto;remetente_nome;remetente_email;responder_para;pasta;texto\n"
FIELDS = [
    '{{first_name | default: "amigo"}}',
    "{{{nome}}}",
    "{{{{nome}}}}",
    "{{apelido}}",
    "%%=v(@nome)=%%",
    "*|FNAME|*",
    "{{nome}}",
]


@pytest.mark.parametrize("written", FIELDS)
@pytest.mark.parametrize(
    "conf",
    ["Oi {};Loja;a@loja.com.br;;P;", "Oi;{};a@loja.com.br;;P;", "Oi;Loja;a@loja.com.br;{};P;",
     "Oi;Loja;{};;P;", "Oi;Loja;a@loja.com.br;;P;Oi {}", "Oi;Loja;%%nome%%@loja.com.br;;P;"],
)  # fmt: skip
def test_a_field_in_conf_is_told_once(conf, written):
    found = look(b"email;nome\nana@x.com.br;Ana\n", (SENDER + conf.format(written) + "\n").encode())
    rules = [finding.rule for finding in found.findings if finding.file == KEY.file(InputType.CONF)]
    filled = written == "{{nome}}" and ("Oi {}" in conf)
    assert len(rules) == (0 if filled else 1), rules


@pytest.mark.parametrize("written", FIELDS)
@pytest.mark.parametrize(
    "html", ["<p>{}</p>", "<a href='{}'>x</a>", "<a href='https://x.com.br/?a={}'>x</a>"]
)
def test_a_field_in_html_is_told_once(html, written):
    page = HTML.replace(b"Oi", html.format(written).encode())
    found = look(b"email;nome\nana@x.com.br;Ana\n", html=page)
    rules = [finding.rule for finding in found.findings]
    assert len(rules) == (written != "{{nome}}"), rules


def test_no_field_is_filled_in_the_sender_so_none_is_suggested_there():
    conf = (SENDER + "Oi;%%nome%%;{{nome}}@loja.com.br;;P;\n").encode()
    found = look(b"email;nome\nana@x.com.br;Ana\n", conf).findings
    assert sorted((one.rule, one.column) for one in found) == [("CONF042", 4), ("CONF042", 13)]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("assunto;remetente_email;data", [("CONF003", ""), ("CONF004", "datahora_envio")]),
        ("subject;from;folder", [("CONF003", "subject"), ("CONF003", "from"), ("CONF003", "folder")]),
        ("assunto;remetente;remetente_email;pasta", [("CONF004", "remetente_nome")]),
        ("assunto;remetente_email;pasta;lista", [("CONF004", "")]),
    ],
)
def test_a_wrong_header_of_conf_is_told_once_and_suggests_what_is_missing(header, said):
    conf = (
        header
        + "\n"
        + ";".join(["x", "a@loja.com.br", "a@loja.com.br", "P"][-header.count(";") - 1 :])
        + "\n"
    )
    found = look(b"email;nome\nana@x.com.br;Ana\n", conf.encode()).findings
    values = [(one.rule, one.values.get("instead") or one.values.get("nearest", "")) for one in found]
    assert sorted(one for one in values if one[0] in ("CONF003", "CONF004")) == sorted(said)


@pytest.mark.parametrize(
    ("conf", "column"),
    [("Oi {{nome;L;a@loja.com.br;;P;", 4), ("Oi {nome}};L;a@loja.com.br;;P;", 9),
     ("{{nome}} {{;L;a@loja.com.br;;P;", 10), ("Oi;L;a@loja.com.br;;P;Oi {{nome", 26)],
)  # fmt: skip
def test_a_field_of_conf_that_is_not_whole_is_an_error(conf, column):
    found = look(b"email;nome\nana@x.com.br;Ana\n", (SENDER + conf + "\n").encode()).findings
    assert [(one.rule, one.column) for one in found] == [("CONF043", column)]
