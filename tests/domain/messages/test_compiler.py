"""Whole messages: what the standard library reads in them is exactly what was meant, for every value."""

from __future__ import annotations

import html
import pickle
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.campaign import CampaignSettings
from mpftp.domain.messages.compiler import MessageContext, compile_message
from mpftp.domain.messages.links import find_links
from mpftp.domain.messages.quoting import replace_controls
from mpftp.domain.messages.template import Template
from mpftp.domain.profile import DEFAULT_PROFILE
from mpftp.domain.tokens import SignedToken, Signer, TokenKind

NOW = datetime(2026, 3, 1, 12, 30, 5, tzinfo=UTC)
COLUMNS = ("email", "nome", "livre1")
SIGNER = Signer([(1, b"k" * 32)])
SETTINGS = CampaignSettings("Olá {{nome|você}}", "sac@loja.example", "Pasta", from_name="Loja São João")
PAGE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"></head><body>
<div style="display:none">Só hoje, {{nome|você}}!</div>
<p>Olá, {{nome|Jo&atilde;o}}. <a href="https://loja.example/?id={{livre1}}&amp;x=1">Veja</a></p>
<img src="https://loja.example/{{livre1}}.png" alt="{{nome}}">
<a href="{{ver_online}}">Ver</a> <a href="{{descadastro}}">Sair</a></body></html>"""


def compiled(settings: CampaignSettings = SETTINGS, page: str = PAGE, **changes: object) -> Template:
    links = tuple(find_links(page, DEFAULT_PROFILE, settings.analytics))
    mailing = MessageContext("https://t.example", "bounces@b.example", SIGNER.sign, links)
    return compile_message(settings, page, COLUMNS, replace(mailing, **changes))


def read(data: bytes) -> EmailMessage:
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def rendered(template: Template, *values: str, email: str = "ana@x.example") -> EmailMessage:
    return read(template.render(7, email, [email, *values], NOW).data)


def parts(message: EmailMessage) -> tuple[str, str]:
    """The text and the HTML of a message that has exactly these two parts."""
    assert message.get_content_type() == "multipart/alternative"
    assert not message.preamble
    assert not message.epilogue
    text, page = message.iter_parts()
    assert [(part.get_content_type(), part.get_content_charset()) for part in (text, page)] == [
        ("text/plain", "utf-8"),
        ("text/html", "utf-8"),
    ]
    for part in (message, text, page):
        assert part.defects == []
        assert all(header.defects == () for header in part.values())
    return tuple(part.get_payload(decode=True).decode().replace("\r\n", "\n") for part in (text, page))


def tokens(kind: TokenKind, link: int = 0) -> str:
    return SIGNER.sign(kind, 7, link)


def test_the_headers_are_all_that_bulk_mail_needs_and_no_more():
    message = rendered(compiled(campaign="12", client="acme"), "Ana", "1")
    opt_out = tokens(TokenKind.OPT_OUT)
    assert {name: str(value) for name, value in message.items() if name != "Message-ID"} == {
        "Date": "Sun, 01 Mar 2026 12:30:05 +0000",
        "To": "ana@x.example",
        "Subject": "Olá Ana",
        "From": "Loja São João <sac@loja.example>",
        "List-Unsubscribe": f"<https://t.example/u/{opt_out}>, "
        f"<mailto:bounces+{opt_out}@b.example?subject=unsubscribe>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Feedback-ID": "12:acme:campaign:mpftp",
        "MIME-Version": "1.0",
        "Content-Type": 'multipart/alternative; boundary="=_mpftp_alternative"',
    }
    assert re.fullmatch(rf"<{tokens(TokenKind.BOUNCE)}\.[0-9a-f]{{16}}@loja\.example>", message["Message-ID"])


def test_the_page_has_the_contacts_values_links_and_pixel_and_is_else_untouched():
    _, page = parts(rendered(compiled(), 'José "Zé" <x>', "a/b"))
    click = tokens(TokenKind.CLICK, 1)
    name = "José &quot;Zé&quot; &lt;x&gt;"
    pixel = (
        f'<img src="https://t.example/o/{tokens(TokenKind.OPEN)}.gif" alt="" width="1" height="1"'
        ' style="border:0;width:1px;height:1px">'
    )
    assert page == (
        PAGE.replace("{{nome|você}}", name).replace("{{nome|Jo&atilde;o}}", name).replace("{{nome}}", name)
        .replace("https://loja.example/?id={{livre1}}&amp;x=1", f"https://t.example/c/{click}")
        .replace("{{livre1}}", "a%2Fb")
        .replace("{{ver_online}}", f"https://t.example/w/{tokens(TokenKind.WEB)}")
        .replace("{{descadastro}}", f"https://t.example/u/{tokens(TokenKind.OPT_OUT)}")
        .replace("</body>", pixel + "</body>")
    )  # fmt: skip


def test_the_text_part_says_the_same():
    text, _ = parts(rendered(compiled(), "Ana <3", "1"))
    assert text == (
        "Só hoje, Ana <3!\n\n"
        f"Olá, Ana <3. Veja: https://t.example/c/{tokens(TokenKind.CLICK, 1)}\n\n"
        f"Ana <3 Ver <https://t.example/w/{tokens(TokenKind.WEB)}> "
        f"Sair: https://t.example/u/{tokens(TokenKind.OPT_OUT)}\n"
    )


@pytest.mark.parametrize("empty", ["", " ", "\t\u00a0"])
def test_an_empty_value_takes_the_fallback_in_every_place(empty: str):
    message = rendered(compiled(), empty, "1")
    text, page = parts(message)
    assert message["Subject"] == "Olá você"
    assert "Só hoje, você!" in page
    assert "Olá, Jo&atilde;o. " in page
    assert "Olá, João. Veja" in text


def test_the_envelope_carries_the_token_of_the_delivery():
    out = compiled().render(7, "ana@x.example", ["ana@x.example", "Ana", "1"], NOW)
    local, domain = out.sender.split("@")
    assert (out.recipient, domain) == ("ana@x.example", "b.example")
    assert len(local) <= 64
    assert SIGNER.verify(local.removeprefix("bounces+")) == SignedToken(TokenKind.BOUNCE, 7)


def test_the_message_id_is_the_deliverys_own_and_stays():
    template, values = compiled(), ["ana@x.example", "Ana", "1"]
    first, again, other = (
        read(template.render(number, "ana@x.example", values, NOW + timedelta(hours=number)).data)[
            "Message-ID"
        ]
        for number in (7, 7, 8)
    )
    assert first == again != other
    later = read(compiled().render(7, "ana@x.example", values, NOW + timedelta(days=1)).data)
    assert later["Message-ID"] == first


def test_a_date_of_another_zone_keeps_its_moment():
    out = compiled().render(7, "a@x.example", ["", "", ""], NOW.astimezone(timezone(timedelta(hours=-3))))
    assert read(out.data)["Date"].datetime == NOW


def test_a_template_survives_pickle_before_and_after_its_first_message():
    template, values = compiled(), ["ana@x.example", "Ana", "1"]
    before = pickle.loads(pickle.dumps(template))
    out = template.render(7, "ana@x.example", values, NOW)
    after = pickle.loads(pickle.dumps(template))
    assert (
        before.render(7, "ana@x.example", values, NOW) == out == after.render(7, "ana@x.example", values, NOW)
    )


VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=120) | st.lists(
    st.sampled_from(["\r\n", "\n.", "From ", "--=_mpftp_alternative", "=", "é", "😀", "مرحبا", "\u202e",
                     "x" * 80, " ", "\0", "<b>", "&", '"', "{{nome}}",
                     "\x0b", "\x85", "\u2028", "=?utf-8?Q?x?="])
).map("".join)  # fmt: skip


def unified(text: str) -> str:
    return re.sub("\r\n|\r", "\n", text)


LITERALS = st.lists(
    st.sampled_from(["a", "é ", "\n", ".", "From ", "=", "x" * 76, "漢", " ", "\t", "--=_mpftp_alternative"]),
    max_size=6,
).map("".join)


@given(st.lists(st.tuples(LITERALS, st.sampled_from([1, 2])), max_size=5), LITERALS, VALUES, VALUES)
def test_every_message_reads_back_to_exactly_its_parts(slots, end, name, code):
    """Literals and fields in any order, in the page and in the text, with any values."""
    names = {1: "{{nome|-}}", 2: "{{livre1|-}}"}
    values = {1: unified(name), 2: unified(code)}
    shown = {number: value if value.strip() else "-" for number, value in values.items()}
    page = "<p>" + "".join(literal + names[number] for literal, number in slots) + end
    text = "T" + page[3:] + "{{descadastro}}"
    template = compiled(SETTINGS._replace(text=text), page)
    data = template.render(7, "ana@x.example", ["ana@x.example", name, code], NOW).data
    assert not re.search(rb"(?m)^\.|\r(?!\n)|(?<!\r)\n", data)  # what SMTP would change or refuse
    read_text, read_page = parts(read(data))
    filled = "".join(literal + html.escape(shown[number]) for literal, number in slots) + end
    assert read_page.partition("<img src=")[0] == "<p>" + filled
    assert read_text == (
        "T" + "".join(literal + shown[number] for literal, number in slots) + end
        + f"https://t.example/u/{tokens(TokenKind.OPT_OUT)}"
    )  # fmt: skip


@given(VALUES, VALUES, VALUES)
def test_no_value_adds_a_header_a_part_or_a_line_that_smtp_would_change(name, code, address):
    template = compiled(SETTINGS._replace(subject="{{nome|x}} {{livre1}}"))
    out = template.render(7, "ana@x.example", [address, name, code], NOW)
    plain = template.render(7, "ana@x.example", ["", "Ana", "1"], NOW)
    message = read(out.data)
    assert message.keys() == read(plain.data).keys()
    parts(message)
    subject = f"{name if name.strip() else 'x'} {code if code.strip() else ''}"
    assert message["Subject"] == replace_controls(subject)
    assert out.data.isascii()
    assert b"\n" not in out.data.replace(b"\r\n", b"")
    assert b"\r" not in out.data.replace(b"\r\n", b"")
    for line in out.data.split(b"\r\n"):
        assert len(line) <= 998
        assert not line.startswith((b".", b"From "))
    assert out.data.endswith(b"--=_mpftp_alternative--\r\n")


def test_a_surrogate_from_a_broken_export_does_not_stop_the_message():
    text, page = parts(rendered(compiled(), "a\ud800b", "\udcff"))
    assert "Olá, a?b" in page
    assert "Olá, a?b" in text


def test_a_contact_with_too_few_values_gets_fallbacks():
    out = compiled().render(7, "ana@x.example", ["ana@x.example"], NOW)
    assert read(out.data)["Subject"] == "Olá você"


def test_a_field_of_ten_thousand_characters_goes_whole():
    value = "ção " * 2_500
    message = rendered(compiled(), value, "1")
    assert value.strip() in parts(message)[1]
    assert message["Subject"] == f"Olá {value}".strip()


def test_addresses_in_other_scripts_go_as_the_wire_wants_them():
    template = compiled(SETTINGS._replace(from_email="sac@bücher.example", reply_to="josé@bücher.example"))
    out = template.render(7, "用户@bücher.example", ["", "", ""], NOW)
    assert out.recipient == "用户@xn--bcher-kva.example"
    assert "To: 用户@xn--bcher-kva.example\r\n".encode() in out.data
    assert b"From: =?utf-8?B?TG9qYSBTw6NvIEpvw6Nv?= <sac@xn--bcher-kva.example>\r\n" in out.data
    assert "Reply-To: josé@xn--bcher-kva.example\r\n".encode() in out.data
    assert b"@xn--bcher-kva.example>\r\nFrom" in out.data  # the Message-ID


@pytest.mark.parametrize(
    "address", ["a@x.example\r\nBcc: b@y.example", "a@x.example>, <b@y.example", "a,b@x.example"]
)
def test_an_address_adds_no_header_and_no_recipient(address: str):
    message = read(compiled().render(7, address, ["", "", ""], NOW).data)
    assert "Bcc" not in message
    assert len(message["To"].addresses) == 1


def test_the_web_copy_is_the_page_without_the_pixel():
    template = compiled()
    values = ["ana@x.example", "Ana & Bia", "1"]
    _, page = parts(read(template.render(7, "ana@x.example", values, NOW).data))
    assert template.web_copy(7, "ana@x.example", values) == re.sub(r"<img src=\S+\.gif[^>]*>", "", page)


def test_replies_go_where_the_client_wants_them():
    message = rendered(compiled(SETTINGS._replace(reply_to="vendas@loja.example")), "Ana", "1")
    assert message["Reply-To"] == "vendas@loja.example"


def test_tokens_made_all_at_once_are_the_same():
    values = ["ana@x.example", "Ana", "1"]
    fast, slow = compiled(make_token_writer=SIGNER.make_token_writer), compiled()
    again = pickle.loads(pickle.dumps(fast))
    for number in (1, 300, 2**40):
        outs = [t.render(number, "ana@x.example", values, NOW) for t in (fast, slow, again)]
        assert outs[0] == outs[1] == outs[2]


def test_a_subject_without_fields_is_the_same_for_all():
    out = compiled(SETTINGS._replace(subject="Só hoje")).render(7, "ana@x.example", ["", "", ""], NOW)
    assert read(out.data)["Subject"] == "Só hoje"


def test_a_tracker_under_an_international_name_is_reached_by_its_ascii_one():
    message = rendered(compiled(base_url="https://bücher.example/t/"), "Ana", "1")
    assert f"https://xn--bcher-kva.example/t/o/{tokens(TokenKind.OPEN)}.gif" in parts(message)[1]
    assert message["List-Unsubscribe"].startswith("<https://xn--bcher-kva.example/t/u/")


def test_settings_add_no_header_either():
    hostile = SETTINGS._replace(
        from_name="x\r\nBcc: a@b.example", reply_to="a@b.example>\r\nBcc: c@d.example"
    )
    message = rendered(compiled(hostile._replace(subject="y\nBcc: e@f.example")), "Ana", "1")
    assert "Bcc" not in message
