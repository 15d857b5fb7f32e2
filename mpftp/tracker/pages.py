"""What readers see: pages in the client's language, with nothing from outside and no script."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from importlib import resources
from string import Template


@dataclass(frozen=True, slots=True)
class PageText:
    """The words of one page; ``{of}`` says whose e-mails it is about."""

    title: str
    text: str
    button: str = ""
    note: str = ""


PAGES_PT: Mapping[str, PageText] = {
    "ask": PageText(
        "Cancelar o recebimento de e-mails",
        "Você quer deixar de receber os e-mails {of}?",
        "Sim, quero cancelar",
        "Se não quiser cancelar, basta fechar esta página: nada será alterado.",
    ),
    "done": PageText(
        "Cancelamento confirmado",
        "Você não receberá mais os e-mails {of}.",
        note="Uma mensagem que já estava a caminho ainda pode chegar.",
    ),
    "trial": PageText(
        "Mensagem de teste",
        "Este link é de uma mensagem de teste e não altera nada. Na mensagem verdadeira, aqui a pessoa"
        " deixa de receber os e-mails {of}.",
    ),
    "later": PageText(
        "Tente novamente em instantes",
        "Não foi possível atender ao seu pedido agora. Recarregue esta página daqui a pouco.",
    ),
    "gone": PageText(
        "Esta página não está mais disponível",
        "A mensagem à qual este link pertence já foi removida.",
    ),
}

PAGES_EN: Mapping[str, PageText] = {
    "ask": PageText(
        "Unsubscribe",
        "Do you want to stop receiving e-mails {of}?",
        "Yes, unsubscribe me",
        "If you want to keep receiving them, just close this page: nothing will change.",
    ),
    "done": PageText(
        "You are unsubscribed",
        "You will not receive any more e-mails {of}.",
        note="A message that was already on its way may still arrive.",
    ),
    "trial": PageText(
        "Test message",
        "This link belongs to a test message and changes nothing. In the real message, it is here that"
        " a person stops receiving e-mails {of}.",
    ),
    "later": PageText(
        "Please try again in a moment",
        "Your request could not be answered just now. Reload this page in a little while.",
    ),
    "gone": PageText(
        "This page is no longer available",
        "The message that this link belongs to has been removed.",
    ),
}

BROKEN_LINK_PAGES: Mapping[str, PageText] = {
    "pt_BR": PageText(
        "Link incompleto",
        "Este link está incompleto ou não existe. Abra-o de novo a partir da mensagem, inteiro.",
    ),
    "en": PageText(
        "Incomplete link",
        "This link is incomplete or does not exist. Please open it again from the message, all of it.",
    ),
}
"""What a reader sees of whom nothing is known, in every language there is."""

PAGES_BY_LANGUAGE: Mapping[str, Mapping[str, PageText]] = {"pt_BR": PAGES_PT, "en": PAGES_EN}
SUPPORT_TEXTS: Mapping[str, str] = {"pt_BR": "Dúvidas: {}", "en": "Questions: {}"}
FROM_SENDER: Mapping[str, str] = {"pt_BR": "de {}", "en": "from {}"}
FROM_UNKNOWN: Mapping[str, str] = {"pt_BR": "deste remetente", "en": "from this sender"}


def render_page(which: str, language: str, sender: str, support: str = "") -> bytes:
    """The page *which* in *language*, from *sender* (``""`` when nobody knows who it is).

    *support* is whom its reader may ask, ``""`` for nobody.
    """
    page = PAGES_BY_LANGUAGE[language][which]
    of_sender = _from_text(f"<strong>{escape(sender)}</strong>" if sender else "", language)
    parts = [f"<p>{escape(page.text).format(of=of_sender)}</p>"]
    if page.button:
        button = f'<button type="submit" name="confirm" value="yes">{escape(page.button)}</button>'
        parts.append(f'<form method="post">{button}</form>')
    if page.note:
        parts.append(f'<p class="note">{escape(page.note)}</p>')
    if support:
        parts.append(f'<p class="note">{escape(SUPPORT_TEXTS[language].format(support))}</p>')
    document = _template().substitute(
        lang=language.replace("_", "-"),
        title=escape(page.title),
        style=_style(),
        sender=f'<p class="sender">{escape(sender)}</p>' if sender else "",
        body="\n".join(parts),
    )
    return document.encode("utf-8")


@functools.cache
def render_broken_link() -> bytes:
    """The page of a link that was not ours, or not whole: one text for all of them."""
    first, second = BROKEN_LINK_PAGES.values()
    document = _template().substitute(
        lang="pt-BR",
        title=escape(first.title),
        style=_style(),
        sender="",
        body=f'<p>{escape(first.text)}</p><p lang="en">{escape(second.text)}</p>',
    )
    return document.encode("utf-8")


def render_page_as_text(which: str, language: str, sender: str) -> bytes:
    """The page's words as plain text, for a mail program that pressed the button itself."""
    page = PAGES_BY_LANGUAGE[language][which]
    return f"{page.text.format(of=_from_text(sender, language))}\n".encode()


def _from_text(sender: str, language: str) -> str:
    return FROM_SENDER[language].format(sender) if sender else FROM_UNKNOWN[language]


@functools.cache
def content_security_policy() -> str:
    """The pages' Content-Security-Policy: their own style, their own form, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_style().encode("utf-8")).digest()).decode("ascii")
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


@functools.cache
def _template() -> Template:
    return Template(_resource("page.html"))


@functools.cache
def _style() -> str:
    return _resource("page.css")


def _resource(name: str) -> str:
    return resources.files("mpftp.tracker").joinpath(name).read_text("utf-8")
