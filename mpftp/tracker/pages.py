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
class Page:
    """The words of one page; ``{of}`` says whose e-mails it is about."""

    title: str
    text: str
    button: str = ""
    note: str = ""


PT: Mapping[str, Page] = {
    "ask": Page(
        "Cancelar o recebimento de e-mails",
        "Você quer deixar de receber os e-mails {of}?",
        "Sim, quero cancelar",
        "Se não quiser cancelar, basta fechar esta página: nada será alterado.",
    ),
    "done": Page(
        "Cancelamento confirmado",
        "Você não receberá mais os e-mails {of}.",
        note="Uma mensagem que já estava a caminho ainda pode chegar.",
    ),
    "trial": Page(
        "Mensagem de teste",
        "Este link é de uma mensagem de teste e não altera nada. Na mensagem verdadeira, aqui a pessoa"
        " deixa de receber os e-mails {of}.",
    ),
    "later": Page(
        "Tente novamente em instantes",
        "Não foi possível atender ao seu pedido agora. Recarregue esta página daqui a pouco.",
    ),
    "gone": Page(
        "Esta página não está mais disponível",
        "A mensagem à qual este link pertence já foi removida.",
    ),
}

EN: Mapping[str, Page] = {
    "ask": Page(
        "Unsubscribe",
        "Do you want to stop receiving e-mails {of}?",
        "Yes, unsubscribe me",
        "If you want to keep receiving them, just close this page: nothing will change.",
    ),
    "done": Page(
        "You are unsubscribed",
        "You will not receive any more e-mails {of}.",
        note="A message that was already on its way may still arrive.",
    ),
    "trial": Page(
        "Test message",
        "This link belongs to a test message and changes nothing. In the real message, it is here that"
        " a person stops receiving e-mails {of}.",
    ),
    "later": Page(
        "Please try again in a moment",
        "Your request could not be answered just now. Reload this page in a little while.",
    ),
    "gone": Page(
        "This page is no longer available",
        "The message that this link belongs to has been removed.",
    ),
}

BROKEN: Mapping[str, Page] = {
    "pt_BR": Page(
        "Link incompleto",
        "Este link está incompleto ou não existe. Abra-o de novo a partir da mensagem, inteiro.",
    ),
    "en": Page(
        "Incomplete link",
        "This link is incomplete or does not exist. Please open it again from the message, all of it.",
    ),
}
"""What a reader sees of whom nothing is known, in every language there is."""

LANGUAGES: Mapping[str, Mapping[str, Page]] = {"pt_BR": PT, "en": EN}
OF_SENDER: Mapping[str, str] = {"pt_BR": "de {}", "en": "from {}"}
OF_NOBODY: Mapping[str, str] = {"pt_BR": "deste remetente", "en": "from this sender"}


def render(which: str, language: str, sender: str) -> bytes:
    """The page *which* in *language*, from *sender* (``""`` when nobody knows who it is)."""
    page = LANGUAGES[language][which]
    of_sender = _of(f"<strong>{escape(sender)}</strong>" if sender else "", language)
    parts = [f"<p>{escape(page.text).format(of=of_sender)}</p>"]
    if page.button:
        parts.append(f'<form method="post"><button type="submit">{escape(page.button)}</button></form>')
    if page.note:
        parts.append(f'<p class="note">{escape(page.note)}</p>')
    document = _template().substitute(
        lang=language.replace("_", "-"),
        title=escape(page.title),
        style=_style(),
        sender=f'<p class="sender">{escape(sender)}</p>' if sender else "",
        body="\n".join(parts),
    )
    return document.encode("utf-8")


@functools.cache
def broken() -> bytes:
    """The page of a link that was not ours, or not whole: one text for all of them."""
    first, second = BROKEN.values()
    document = _template().substitute(
        lang="pt-BR",
        title=escape(first.title),
        style=_style(),
        sender="",
        body=f'<p>{escape(first.text)}</p><p lang="en">{escape(second.text)}</p>',
    )
    return document.encode("utf-8")


def plain(which: str, language: str, sender: str) -> bytes:
    """The page's words as plain text, for a mail program that pressed the button itself."""
    page = LANGUAGES[language][which]
    return f"{page.text.format(of=_of(sender, language))}\n".encode()


def _of(sender: str, language: str) -> str:
    return OF_SENDER[language].format(sender) if sender else OF_NOBODY[language]


@functools.cache
def policy() -> str:
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
