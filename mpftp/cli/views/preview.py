"""``--preview``: a message as its reader would get it."""

from __future__ import annotations

from collections.abc import Iterator

from mpftp.cli.views.findings import TextStyle, escape_invisible
from mpftp.domain.triplets.preview import Preview

NO_PREVIEW_TEXTS = {
    "pt_BR": {
        "settings": "o arquivo CONF não pode ser usado",
        "html": "o arquivo HTML não pode ser usado",
        "mail": "o arquivo MAIL não pode ser usado",
        "contact": "o arquivo MAIL não tem o contato {number}",
        "state": "o contato {number} não é válido",
    },
    "en": {
        "settings": "the CONF file cannot be used",
        "html": "the HTML file cannot be used",
        "mail": "the MAIL file cannot be used",
        "contact": "the MAIL file has no contact {number}",
        "state": "contact {number} is not valid",
    },
}
_LINKS = {"pt_BR": "Links", "en": "Links"}
_TEXT = {"pt_BR": "Texto", "en": "Text"}


def render_preview(shown: Preview, style: TextStyle) -> Iterator[str]:
    """Header fields, the text part, and where the links lead."""
    for name, value in shown.headers:
        yield f"{style.colourize(name + ':', '1')} {escape_invisible(value)}"
    yield ""
    yield style.colourize(f"── {_TEXT[style.language]} ──", "36")
    yield from (escape_invisible(line) for line in shown.text.rstrip("\n").split("\n"))
    yield ""
    yield style.colourize(f"── {_LINKS[style.language]} ──", "36")
    for number, link in enumerate(shown.links, 1):
        yield f"{number:3}  {escape_invisible(link)}"
