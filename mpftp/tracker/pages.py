"""What readers see: pages in the client's language, with nothing from outside and no script."""

from __future__ import annotations

import base64
import functools
import hashlib
from html import escape
from importlib import resources
from string import Template

from mpftp.domain.texts import language_tag, languages, texts


def render_page(which: str, language: str, sender: str, support: str = "") -> bytes:
    """The page *which* in *language*, from *sender* (``""`` if unknown).

    *support* is whom its reader may ask, ``""`` if there is no such person.
    """
    page = texts(language).PAGES[which]
    of_sender = _from_text(f"<strong>{escape(sender)}</strong>" if sender else "", language)
    parts = [f"<p>{escape(page['text']).format(of=of_sender)}</p>"]
    if "button" in page:
        button = f'<button type="submit" name="confirm" value="yes">{escape(page["button"])}</button>'
        parts.append(f'<form method="post">{button}</form>')
    if "note" in page:
        parts.append(f'<p class="note">{escape(page["note"])}</p>')
    if support:
        parts.append(f'<p class="note">{escape(texts(language).PAGE_WORDS["support"].format(support))}</p>')
    document = _template().substitute(
        lang=language_tag(language),
        title=escape(page["title"]),
        style=_style(),
        sender=f'<p class="sender">{escape(sender)}</p>' if sender else "",
        body="\n".join(parts),
    )
    return document.encode("utf-8")


@functools.cache
def render_broken_link() -> bytes:
    """The page of a link that was not ours, or not whole: one text for all of them."""
    first, *others = languages()
    page = texts(first).PAGES["broken"]
    body = [f"<p>{escape(page['text'])}</p>"]
    for language in others:
        text = escape(texts(language).PAGES["broken"]["text"])
        body.append(f'<p lang="{language_tag(language)}">{text}</p>')
    document = _template().substitute(
        lang=language_tag(first),
        title=escape(page["title"]),
        style=_style(),
        sender="",
        body="".join(body),
    )
    return document.encode("utf-8")


def render_page_as_text(which: str, language: str, sender: str) -> bytes:
    """The page's words as plain text, for a mail program that pressed the button itself."""
    page = texts(language).PAGES[which]
    return f"{page['text'].format(of=_from_text(sender, language))}\n".encode()


def _from_text(sender: str, language: str) -> str:
    words = texts(language).PAGE_WORDS
    return words["sender"].format(sender) if sender else words["unknown"]


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
