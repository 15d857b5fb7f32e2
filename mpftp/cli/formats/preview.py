"""``--preview``: a message as its reader would get it."""

from __future__ import annotations

from collections.abc import Iterator

from mpftp.cli.formats.text import Style, visible
from mpftp.domain.triplets.preview import Preview

WHY_NOT = {
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


def render(shown: Preview, style: Style) -> Iterator[str]:
    """Header fields, the text part, and where the links lead."""
    for name, value in shown.headers:
        yield f"{style.paint(name + ':', '1')} {visible(value)}"
    yield ""
    yield style.paint(f"── {_TEXT[style.language]} ──", "36")
    yield from (visible(line) for line in shown.text.rstrip("\n").split("\n"))
    yield ""
    yield style.paint(f"── {_LINKS[style.language]} ──", "36")
    for number, link in enumerate(shown.links, 1):
        yield f"{number:3}  {visible(link)}"
