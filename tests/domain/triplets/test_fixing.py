"""Corrected copies: they validate for what they claim to fix, and fixing them again changes nothing."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mpftp.domain.file_names import InputType, TripletKey
from mpftp.domain.profile import DEFAULT_PROFILE
from mpftp.domain.triplets.address import fix_address
from mpftp.domain.triplets.fixing import write_fixed_copies
from mpftp.domain.triplets.mailbox_domains import is_certain_domain
from mpftp.domain.triplets.rules import RULES
from mpftp.domain.triplets.triplet import TripletFiles, check_triplet

KEY = TripletKey("P", "20260301")
CONF = b"assunto;remetente_email;pasta\r\n Oi ;ola@lojabela.com.br;P\r\n"
HTML = '<html><head><meta charset="windows-1252"></head><body>Olá {{nome}}</body></html>'.encode("cp1252")


class Kept(io.BytesIO):
    def __init__(self, copies, name):
        super().__init__()
        self.copies, self.name = copies, name

    def close(self):
        self.copies[self.name] = self.getvalue()
        super().close()


def says_no_change(done):
    """Whether nothing is counted of a copy that differs from the original."""
    lines = done.changed or done.dropped or done.cleaned or done.line_ends or done.line_end_added
    return not (lines or done.encoding or done.bom_added)


def fixed(data, unsafe=False, profile=DEFAULT_PROFILE):
    files = TripletFiles(KEY, {kind: (lambda raw=raw: io.BytesIO(raw)) for kind, raw in data.items()})
    inspection = check_triplet(files, profile, zone=UTC, now=datetime(2026, 2, 1, tzinfo=UTC))
    inspection.count_contacts()
    copies = {}
    done = write_fixed_copies(files, inspection, lambda name: Kept(copies, name), unsafe=unsafe)
    return {kind: copies[KEY.file(kind)] for kind in data if KEY.file(kind) in copies}, done, inspection


def test_a_file_that_would_be_fixed_anew_each_time_is_left_as_it_is_and_that_is_said():
    mail = b'\xc3\xa9\n"\r;" ;#";'
    data = {InputType.CONF: CONF, InputType.HTML: HTML, InputType.MAIL: mail}
    copies, done, _ = fixed(data)
    assert copies[InputType.MAIL] == mail
    assert copies[InputType.CONF] != CONF
    assert [one.unsettled for one in done] == [False, False, True]
    said = [one for one in done if one.file == "P_MAIL_20260301"]
    assert all(says_no_change(one) for one in said)
    assert [one.unsettled for one in fixed(copies)[1]] == [False, False, True]


def fix_mail(*rows, unsafe=False, encoding="utf-8"):
    mail = ("\n".join(["email;nome", *rows]) + "\n").encode(encoding)
    copies, done, _ = fixed({InputType.CONF: CONF, InputType.HTML: HTML, InputType.MAIL: mail}, unsafe)
    return copies[InputType.MAIL].decode("utf-8").splitlines()[1:], done


def test_text_becomes_utf_8_with_line_feeds_and_says_so():
    data = {
        InputType.CONF: CONF,
        InputType.HTML: HTML,
        InputType.MAIL: "email;nome\r\na@x.com.br;João\r\n".encode("cp1252"),
    }
    copies, done, _ = fixed(data)
    assert copies[InputType.MAIL] == "email;nome\na@x.com.br;João\n".encode()
    assert copies[InputType.HTML].decode() == HTML.decode("cp1252").replace("windows-1252", "utf-8")
    assert copies[InputType.CONF] == CONF.replace(b"\r\n", b"\n").replace(b" Oi ", b"Oi")
    said = {one.file: (one.encoding, one.line_ends) for one in done}
    assert said["P_MAIL_20260301"] == ("WINDOWS-1252", "CR LF")


@pytest.mark.parametrize(
    ("written", "wanted", "rule"),
    [
        (b"email;n\xff;;", b"email;n\xff", "MAIL050"),
        (b'email;n\xff;""; ', b"email;n\xff", "MAIL050"),
        (b'"email;nome;n\xff";', b"email;nome;n\xff", "MAIL054"),
        (b"E-MAIL;n\xff", b"email;n\xff", "MAIL003"),
        (b'email;"n\xff";"a;b"', b'email;"n\xff";"a;b"', ""),
    ],
)
def test_headers_that_hold_bytes_which_are_no_text_are_fixed_as_others_are(written, wanted, rule):
    data = {InputType.CONF: CONF, InputType.HTML: HTML, InputType.MAIL: written + b"\na@x.com.br;A\n"}
    copies, _, before = fixed(data)
    assert copies[InputType.MAIL].splitlines()[0] == b"\xef\xbb\xbf" + wanted
    after = fixed(data | copies)[2]
    assert [f.rule for f in before.findings if f.rule == rule] == [rule] * bool(rule)
    assert rule not in {f.rule for f in after.findings}


def test_no_merge_field_is_written_with_a_sign_for_bytes_that_are_no_text():
    html = "<p>Olá {{nome}} *|EMAIL|*</p>"
    mail = b"email;nome\xff\na@x.com.br;Ana\n"
    copies, _, _ = fixed({InputType.CONF: CONF, InputType.HTML: html.encode(), InputType.MAIL: mail})
    assert copies[InputType.HTML].decode() == html.replace("*|EMAIL|*", "{{email}}")


@pytest.mark.parametrize("kind", list(InputType))
def test_a_file_that_was_cut_off_within_a_character_is_not_made_whole(kind):
    mail = "email;nome\na@x.com.br;Conceição \nb@x.com.br;Jo".encode()
    data = {InputType.CONF: CONF + "ção".encode(), InputType.HTML: HTML.decode("cp1252").encode()}
    data = data | {InputType.MAIL: mail}
    data[kind] += "ã".encode()[:1]
    copies, _, _ = fixed(data)
    assert copies[kind] == data[kind]
    after = fixed(copies)[2]
    assert {f.file for f in after.findings if f.rule == "TEXT016"} == {KEY.file(kind)}


@pytest.mark.parametrize("encoding", ["latin-1", "cp850", "utf-16-le"])
def test_copies_are_read_as_utf_8_whatever_encoding_the_profile_names(encoding):
    profile = DEFAULT_PROFILE._replace(encoding=encoding)
    written = {
        InputType.CONF: "assunto;remetente_email;pasta\nPromoção;ola@lojabela.com.br;P\n",
        InputType.HTML: "<body>Olá {{nome}}</body>",
        InputType.MAIL: "email;nome\nana@x.com.br; João\n",
    }
    copies, done, _ = fixed({kind: text.encode(encoding) for kind, text in written.items()}, profile=profile)
    assert copies[InputType.MAIL].decode("utf-8-sig") == "email;nome\nana@x.com.br;João\n"
    assert all(one.bom_added for one in done)
    again, done, check = fixed(copies, profile=profile)
    assert again == copies
    assert all(says_no_change(one) for one in done)
    assert {scan.encoding for scan in check.scans.values()} == {"utf-8"}


def test_a_line_in_another_encoding_is_read_by_itself():
    mail = "email;nome\na@x.com.br;João\nb@x.com.br;".encode() + b"Jos\xe9\n"
    copies, _, _ = fixed({InputType.CONF: CONF, InputType.HTML: HTML, InputType.MAIL: mail})
    assert copies[InputType.MAIL].decode().splitlines()[1:] == ["a@x.com.br;João", "b@x.com.br;José"]


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        ([" Ana@X.COM.BR ; Ana "], ["Ana@x.com.br;Ana"]),
        (["a@x.com.br;1", "A@X.com.br;2", "b@x.com.br;3"], ["a@x.com.br;1", "b@x.com.br;3"]),
        (["a@x.com.br;1", "", ";", "email;nome"], ["a@x.com.br;1"]),
        (['a@x.com.br;Zé "Bola"'], ['a@x.com.br;"Zé ""Bola"""']),
        (["ruim;x", "c@gmial.com;y"], ["ruim;x", "c@gmial.com;y"]),
        (['a@x.com.br;"aberta'], ['a@x.com.br;"aberta']),
        (["a@x.com.br;1;2"], ["a@x.com.br;1;2"]),
        (["a@x.com.br", '"b@x.com.br"'], ["a@x.com.br;", "b@x.com.br;"]),
    ],
)
def test_rows_are_fixed_without_guessing(rows, kept):
    assert fix_mail(*rows)[0] == kept


@pytest.mark.parametrize("mark", [b"\x1a", b"\x1a\x1a", b"\x1a\n", b"\x1a\r\n", b"\x1a\r\n\x1a"])
def test_ctrl_z_at_the_end_is_told_once_a_file_and_gone_from_the_copies(mark):
    mail = b"email;nome\r\na@x.com.br;A\x1ab\r\n"
    copies, _, before = fixed(
        {InputType.CONF: CONF + mark, InputType.HTML: HTML + b"\r\n" + mark, InputType.MAIL: mail + mark}
    )
    told = [(finding.rule, finding.line) for finding in before.findings if finding.rule.startswith("TEXT")]
    assert sorted(told, key=str) == [("TEXT009", 2), *[("TEXT018", None)] * 3]
    assert copies[InputType.MAIL] == b"email;nome\na@x.com.br;A\x1ab\n"
    assert not any(raw.rstrip(b"\r\n").endswith(b"\x1a") for raw in copies.values())


@pytest.mark.parametrize(
    ("kind", "written", "column"),
    [
        ("MAIL", '"email;nome\nana@x.com.br;Ana"\nbia@x.com.br;Bia\n', 1),
        ("MAIL", 'email;"nome\nana@x.com.br;Ana"\nbia@x.com.br;Bia\n', 7),
        ("MAIL", 'email;"nome\nana@x.com.br;Ana\nbia@x.com.br;Bia"\n', 7),
        ("MAIL", '"email;nome\nana@x.com.br;Ana\n', 1),
        ("MAIL", '"email";"nome\n"ana@x.com.br";"Ana"\n', 9),
        ("MAIL", '"email;"nome"\n"ana@x.com.br";"Ana"\n', 1),
        ("MAIL", 'email;"nome"s\nana@x.com.br;Ana\n', 7),
        ("CONF", '"assunto;remetente_email;pasta\nOi";ola@x.com.br;P\n', 1),
        ("CONF", 'assunto;remetente_email;"pasta\nOi;ola@x.com.br;P"\n', 25),
        ("CONF", 'assunto;"remetente_email;pasta\nOi;"ola@x.com.br";P\n', 9),
        ("CONF", '"assunto;"remetente_email";"pasta"\n"Oi";"ola@x.com.br";"P"\n', 1),
    ],
)
def test_a_quote_that_spoils_a_header_is_one_finding_and_what_is_below_it_stays(kind, written, column):
    mail = b"email;nome\na@x.com.br;Ana\n"
    data = {InputType.CONF: CONF, InputType.HTML: HTML, InputType.MAIL: mail}
    data[InputType(kind)] = written.encode()
    copies, done, inspection = fixed(data)
    said = [finding for finding in inspection.findings if kind in finding.file]
    assert [(one.rule, one.line, one.column) for one in said] == [(f"{kind}058", 1, column)]
    assert copies[InputType(kind)] == data[InputType(kind)]
    assert all(says_no_change(one) for one in done if kind in one.file)


def test_a_file_that_cannot_be_read_is_copied_so_that_the_copies_are_a_triplet():
    for mail in (b"", b"PK\x03\x04" + bytes(100), HTML, ";".join(map(str, range(1001))).encode()):
        data = {InputType.CONF: CONF, InputType.HTML: HTML, InputType.MAIL: mail}
        assert fixed(data)[0][InputType.MAIL] == mail


def test_a_value_over_lines_keeps_its_quotes_when_its_line_is_written_anew():
    assert fix_mail('a@x.com.br;"Ana\r\nMaria"\r')[0] == ['a@x.com.br;"Ana', 'Maria"']
    assert fix_mail("a@x.com.br; Ana\r", ' b@x.com.br;"Ana\nMaria"')[0][1:] == ['b@x.com.br;"Ana', 'Maria"']


def test_what_is_no_text_stays_as_it_is_and_what_was_read_otherwise_is_shown():
    mail = (
        "email;nome\na@x.com.br;São\n".encode() + b"b@x.com.br;J\xe3o\nc@x.com.br;J\xffo\nd@x.com.br;Z\x00e\n"
    )
    data = {InputType.CONF: CONF, InputType.HTML: HTML, InputType.MAIL: mail}
    copies, done, before = fixed(data)
    assert copies[InputType.MAIL] == b"\xef\xbb\xbf" + mail.replace(b"J\xe3o", "Jão".encode())
    shown = next(one for one in done if one.file == "P_MAIL_20260301").first
    assert [(c.line, c.old, c.new) for c in shown] == [(3, "b@x.com.br;J\ufffdo", "b@x.com.br;Jão")]
    places = {(f.rule, f.line, f.column) for f in before.findings if f.rule.startswith("TEXT")}
    assert places == {("TEXT002", 3, 13), ("TEXT001", 4, 13), ("TEXT003", 5, 13)}


def test_what_changed_is_told_line_by_line():
    _, done = fix_mail("a@x.com.br;1", "A@x.com.br;2", " b@x.com.br;3")
    mail = next(one for one in done if one.file == "P_MAIL_20260301")
    assert [(c.line, c.old, c.new) for c in mail.first] == [
        (3, "A@x.com.br;2", None),
        (4, " b@x.com.br;3", "b@x.com.br;3"),
    ]
    assert (mail.changed, mail.dropped) == (1, 1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("bia@gmial.com", "bia@gmail.com"),
        ("bia@gmal.co", "bia@gmal.co"),
        ("bia@hotmial.con", "bia@hotmial.con"),
        ("mailto:bia@x.com.br", "bia@x.com.br"),
        ("Bia <bia@X.com.br>", "bia@x.com.br"),
        ("bi\u200ba@x.com.br", "bia@x.com.br"),
        ("bia@x@y", "bia@x@y"),
    ],
)
def test_slips_are_fixed_only_when_guessing_is_allowed(before, after):
    is_mailbox = "@x@" not in before
    assert fix_address(before, unsafe=True) == (after, is_mailbox)
    assert fix_address(before, unsafe=False)[0] == before


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        (b"S\xc3\xa3o\xe1\x00\x80\x8d", b"S\xc3\xa3o\xe1\x80\x8d"),
        (b"S\xc3\xa3o\xef\x00\xbb\xbf! \x8d", b"\xef\xbb\xbfS\xc3\xa3o! \x8d"),
        (b"S\xc3\xa3o\xef\xbb\xef\xbb\xbf\xbf! \x8d", b"\xef\xbb\xbfS\xc3\xa3o! \x8d"),
        (b"<meta charset=UTF-8>\xc3\xa7 \x8d", b"\xef\xbb\xbf<meta charset=UTF-8>\xc3\xa7 \x8d"),
        (b"<meta charset=iso-8859-1>\xc3\xa7 \x8d", b"\xef\xbb\xbf<meta charset=utf-8>\xc3\xa7 \x8d"),
    ],
)
def test_bytes_that_come_together_are_read_as_the_copy_will_be(html, kept):
    data = {InputType.CONF: CONF, InputType.HTML: html, InputType.MAIL: b"email;nome\na@x.com.br;Ana\n"}
    copies, done, _ = fixed(data, unsafe=True)
    assert copies[InputType.HTML] == kept
    told = next(one for one in done if one.file == "P_HTML_20260301")
    assert told.bom_added == kept.startswith(b"\xef\xbb\xbf")
    again, done, _ = fixed(copies, unsafe=True)
    assert again == copies
    assert all(says_no_change(one) for one in done)


@pytest.mark.parametrize(
    ("row", "kept"),
    [
        (b"a@x.com.br;\xe1\x00\x80\x8d", b"a@x.com.br;\xe1\x80\x8d"),
        (b"\xe1\xe2\x80\x8b\x80\x8d@x.com.br;A", b"\xe1\x80\x8d@x.com.br;A"),
        (b"a\xe2\x80\x8db@x.com.br;Jo\xe3o", "ab@x.com.br;João".encode()),
    ],
)
def test_bytes_of_a_row_that_come_together_are_read_as_the_copy_will_be(row, kept):
    mail = b"email;nome\n" + row + "\nb@x.com.br;São\n".encode()
    copies, _, _ = fixed({InputType.CONF: CONF, InputType.HTML: HTML, InputType.MAIL: mail}, unsafe=True)
    assert copies[InputType.MAIL] == b"email;nome\n" + kept + "\nb@x.com.br;São\n".encode()
    again, done, _ = fixed(copies, unsafe=True)
    assert again == copies
    assert all(says_no_change(one) for one in done)


PARTS = st.sampled_from(
    [" ", ";", '"', "\n", "\r\n", "\r", "a@x.com.br", "A@X.COM.br", "b@gmial.com", "Ana <c@x.com.br>",
     "mailto:d@x.com.br",
     "São", "SÃ£o", "\ufeff", "\t", "email;nome\n", "\x00", "\x1a", "'", "{{nome}}", "<p>", "ruim"]
).map(str.encode) | st.binary(max_size=3)  # fmt: skip
WILD = st.lists(PARTS, max_size=30).map(b"".join)


OCTETS = st.sampled_from(
    [b"\xe1", b"\x80", b"\x8d", b"\xc3", b"\xa3", b"\xef", b"\xbb", b"\xbf", b"\xff", b"\xe3", b"\x00",
     b" ", b"\n", b";", b'"', b"@", b"a@x.com.br", "São".encode(), "\u200b".encode(), "\u200d".encode(),
     "\ufeff".encode(), b"<meta charset=UTF-8>", b"<meta charset='iso-8859-1'>"]
)  # fmt: skip
BYTES = st.lists(OCTETS, max_size=20).map(b"".join)
"""Bytes that are no text, with what is taken out of the copy between them."""


def uncertain_slip(finding):
    """A domain that is likely a slip, but more than one edit away from what it was meant for."""
    values = finding.values
    return finding.rule == "MAIL030" and not is_certain_domain(values["domain"], values["meant"])


@settings(max_examples=100, deadline=None)
@given(WILD | BYTES, WILD | BYTES, WILD | BYTES, st.booleans())
@example(b"", b"", b"a@x.com.br\n", False)
@example(b"", b"", b"a@x.com.br\x1a ", False)
@example(b"a;b\nx\x1a ", b"<p>\x1a\xef\xbb\xbf", b"a@x.com.br;x \x1a \x1a ", False)
@example(b"", b"<p>\x1a\x00", b"Ana <c@x.com.br\x1a>", True)
@example(b"a;b\x1a\nx;y\x1a\n", b"<p>\x1a\r\n\x1a\n", b"a@x.com.br;x\x1a\na@x.com.br;y\n \n", False)
@example(b"a;b\n\x1a \x1a\n;x\x1a \n\xe3\n", b"", b"", False)
@example(b"", b"\x1a\r\r\n", b'"a@x.com.br;x"\x1a\na@x.com.br;x\n', False)
@example(b"\x1a" * 5000, b"\x1a\n" * 5000, b"\x1a" * 5000, True)
@example(b';"', b"", b"", False)
@example(b"", b"", b"b@gmial.comA;", True)
@example(b"", b"", b'"| "', False)
@example(b'assunto;pasta\nx;y;"', b"", b'a@x.com.br;x;"', False)
@example(b"\r\n\xe3 \r\n\x00\xe3\x1a", b"", b'";x";', True)
@example(b'assunto;remetente_email;pasta;;\n";"', b"", b' ";"\r\n', False)
@example(b' ";"', b"", b' ="1";x\r\n', False)
def test_a_copy_keeps_its_claims_and_is_a_fixed_point(conf, html, mail, unsafe):
    data = {InputType.CONF: conf, InputType.HTML: html, InputType.MAIL: b"email;nome\n" + mail}
    copies, told, before = fixed(data, unsafe)
    same = {one.file for one in told if says_no_change(one)}
    assert all(copies[kind] == data[kind] for kind in copies if KEY.file(kind) in same)
    again, done, after = fixed(copies, unsafe)
    assert again == copies
    assert not any(one.changed or one.dropped or one.line_ends for one in done)
    claimed = {rule.id for rule in RULES.values() if rule.fix == "safe" or (unsafe and rule.fix == "unsafe")}
    cut = {finding.file for finding in before.findings if finding.rule == "TEXT016"}
    assert all(copies[kind] == data[kind] for kind in copies if KEY.file(kind) in cut)
    left = [finding for finding in after.findings if finding.file not in cut and not uncertain_slip(finding)]
    assert not claimed & {finding.rule for finding in left}
    if InputType.MAIL in copies:
        assert after.counts.valid >= before.counts.valid or unsafe


HEADS = st.lists(
    st.sampled_from(
        [
            b"email",
            b";",
            b"nome",
            b"NOME",
            b"Cidade ",
            b"\xe3o",
            b"\xe1\x00\x80\x8d",
            b"\xff",
            b"\x8d",
            b" ",
            b'"',
            b"\x00",
        ]
    ),
    max_size=6,
).map(b"".join)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([b"", b"\xef\xbb\xbf"]), HEADS, BYTES, st.booleans())
@example(b"\xef\xbb\xbf", b"\xe3o", b"\x8d", False)
@example(b"", b'nome;"', b"a@x.com.br;A", False)
@example(b"", b'""\x00', b"", True)
@example(b"", b"\xff\xff", b"\xa3", False)
@example(b"", b"email", b'"@\n"', False)
@example(b"", b"nome;;", b'";\xe3;\x1a"', False)
def test_a_header_with_bytes_that_are_no_text_keeps_them(mark, head, mail, unsafe):
    data = {
        InputType.CONF: CONF,
        InputType.HTML: HTML,
        InputType.MAIL: mark + b"email;" + head + b"\n" + mail,
    }
    copies, told, before = fixed(data, unsafe)
    same = {one.file for one in told if says_no_change(one)}
    assert all(copies[kind] == data[kind] for kind in copies if KEY.file(kind) in same)
    assert fixed(copies, unsafe)[0] == copies
    other_page = "TEXT017" in {finding.rule for finding in before.findings}
    if b"\xff" in head and InputType.MAIL in copies and not other_page:
        assert b"\xff" in copies[InputType.MAIL] or "\xff".encode() in copies[InputType.MAIL]


def test_fields_of_other_systems_become_ours_where_that_is_certain():
    conf = b"assunto;remetente_email;pasta\n%%nome%% [nome];ola@x.com.br;P\n"
    html = b'<body>*|NOME|* {nome} {<b>{nome}</b>} <style>a{nome}</style> {{nome|default("x")}}</body>'
    copies, _, _ = fixed(
        {InputType.CONF: conf, InputType.HTML: html, InputType.MAIL: b"email;nome\na@x.com.br;A\n"}
    )
    assert copies[InputType.CONF] == conf.replace(b"%%nome%%", b"{{nome}}")
    assert copies[InputType.HTML] == (
        b"<body>{{nome}} {nome} <b>{{nome}}</b> <style>a{nome}</style> {{nome|x}}</body>"
    )


def test_headers_that_differ_in_case_and_accents_alone_become_ours():
    data = {
        InputType.CONF: b"Assunto;Remetente_Email;PASTA\n{fname};ola@x.com.br;P\n",
        InputType.HTML: b"<body>*|NOME|*</body>",
        InputType.MAIL: "E-mail;Nome;Data Nascimento;Telefône;nome\na@x.com.br;Ana;;;\n".encode(),
    }
    copies, _, _ = fixed(data)
    assert copies[InputType.CONF].startswith(b"assunto;remetente_email;pasta\n")
    mail = copies[InputType.MAIL].decode().splitlines()
    assert mail[:2] == ["email;Nome;data_nascimento;telefone;nome", "a@x.com.br;Ana;;;"]
    assert copies[InputType.HTML] == b"<body>{{nome}}</body>"
    assert fixed(copies)[0] == copies


def test_fields_follow_the_header_that_the_copy_will_have():
    mail, html = b"email;no\x00me\na@x.com.br;Ana\n", b"<body>##nome##</body>"
    copies, _, _ = fixed({InputType.CONF: CONF, InputType.HTML: html, InputType.MAIL: mail}, unsafe=True)
    assert copies[InputType.HTML] == b"<body>{{nome}}</body>"
    assert fixed(copies, unsafe=True)[0] == copies


@pytest.mark.parametrize("unsafe", [False, True])
def test_a_copy_that_looks_like_utf_16_says_that_it_is_utf_8(unsafe):
    html = "<html><body><p>Oi, veja as ofertas de hoje</p></body></html>".encode("utf-16-le")
    data = {InputType.CONF: CONF, InputType.MAIL: b"email;nome\na@x.com.br;Ana\n"}
    copies, _, _ = fixed({**data, InputType.HTML: html[:40] + b"${nome}" + html[40:]}, unsafe)
    assert fixed(copies, unsafe)[0] == copies


@pytest.mark.parametrize("line", ['"";"";""', '";";', '";x;";'])
def test_a_line_of_conf_that_is_blank_or_quoted_as_a_whole_is_fixed_at_once(line):
    conf = f"assunto;remetente_email;pasta\n{line}\nOi;ola@lojabela.com.br;P\n".encode()
    copies, _, _ = fixed({InputType.CONF: conf})
    assert fixed(copies)[0] == copies


def test_what_only_a_header_line_that_is_corrected_would_fill_is_corrected_too():
    conf = 'assunto;remetente_nome;remetente_email;pasta\n{{Endereço|"sua" rua}};%%nome%%;a@x.com.br;P\n'
    data = {
        InputType.CONF: conf.encode(),
        InputType.HTML: "<body>{{Endereço}} {{{nome}}} {{fone}}</body>".encode(),
        InputType.MAIL: "email;nome;Endereço;telefone\na@x.com.br;Ana;Rua A;\n".encode(),
    }
    copies, _, _ = fixed(data)
    assert copies[InputType.HTML] == b"<body>{{endereco}} {{nome}} {{fone}}</body>"
    assert copies[InputType.CONF].splitlines()[1] == b'"{{endereco|""sua"" rua}}";%%nome%%;a@x.com.br;P'
    assert fixed(copies)[0] == copies


@pytest.mark.parametrize("more", ["", "<p>José, três</p>\n" * 9])
def test_two_encodings_on_one_line_are_mixed_and_read_each_by_itself(more):
    html = "<p>São ".encode() + "João</p>\n".encode("cp1252") + more.encode("cp1252")
    copies, _, before = fixed({InputType.CONF: CONF, InputType.HTML: html})
    told = [(one.rule, one.line) for one in before.findings if one.rule.startswith("TEXT")]
    assert told == [("TEXT002", 1)]
    assert copies[InputType.HTML].decode() == f"<p>São João</p>\n{more}"


def test_a_line_of_dos_among_utf_8_is_no_windows_1252():
    mail = "email;nome\na@x.com.br;João\n".encode() + "b@x.com.br;José\n".encode("cp850")
    copies, _, before = fixed({InputType.CONF: CONF, InputType.HTML: HTML, InputType.MAIL: mail})
    assert "TEXT001" in {one.rule for one in before.findings}
    assert "José\n".encode("cp850") in copies[InputType.MAIL]


def test_a_change_among_lines_that_are_all_alike_is_told_at_its_line():
    """Compared with each other, they would take many minutes."""
    page = b"<html>\n" + b"x\n" * 60_000 + b"<meta charset=latin1>\n" + b"x\n" * 60_000 + b"</html>\n"
    mail = b"email;nome\nana@x.com.br;Ana\n"
    _, done, _ = fixed({InputType.CONF: CONF, InputType.HTML: page, InputType.MAIL: mail})
    html = next(one for one in done if one.file == "P_HTML_20260301")
    assert [(c.line, c.old, c.new) for c in html.first] == [
        (60_002, "<meta charset=latin1>", "<meta charset=utf-8>")
    ]


def test_spaces_where_the_name_of_an_encoding_is_missing_are_read_once():
    page = b"<html><head><meta charset=" + b" " * 400_000 + b"></head><body>{{nome}}</body></html>\n"
    mail = b"email;nome\nana@x.com.br;Ana\n"
    copies, _, _ = fixed({InputType.CONF: CONF, InputType.HTML: page, InputType.MAIL: mail})
    assert copies[InputType.HTML] == page
