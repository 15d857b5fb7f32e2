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
    """The words of one page; ``{name}`` is the sender's."""

    title: str
    text: str
    button: str = ""
    note: str = ""


PT: Mapping[str, Page] = {
    "ask": Page(
        "Cancelar o recebimento de e-mails",
        "Você quer deixar de receber os e-mails de {name}?",
        "Sim, quero cancelar",
        "Se não quiser cancelar, basta fechar esta página: nada será alterado.",
    ),
    "done": Page(
        "Cancelamento confirmado",
        "Você não receberá mais os e-mails de {name}.",
        note="Uma mensagem que já estava a caminho ainda pode chegar.",
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
        "Do you want to stop receiving e-mails from {name}?",
        "Yes, unsubscribe me",
        "If you want to keep receiving them, just close this page: nothing will change.",
    ),
    "done": Page(
        "You are unsubscribed",
        "You will not receive any more e-mails from {name}.",
        note="A message that was already on its way may still arrive.",
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

LANGUAGES: Mapping[str, Mapping[str, Page]] = {"pt_BR": PT, "en": EN}
NOBODY: Mapping[str, str] = {"pt_BR": "este remetente", "en": "this sender"}


def render(which: str, language: str, sender: str) -> bytes:
    """The page *which* in *language*, from *sender* (``""`` when nobody knows who it is)."""
    page = LANGUAGES[language][which]
    name = f"<strong>{escape(sender)}</strong>" if sender else NOBODY[language]
    parts = [f"<p>{escape(page.text).format(name=name)}</p>"]
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


def plain(which: str, language: str, sender: str) -> bytes:
    """The page's words as plain text, for a mail program that pressed the button itself."""
    page = LANGUAGES[language][which]
    return f"{page.text.format(name=sender or NOBODY[language])}\n".encode()


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
