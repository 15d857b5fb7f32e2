"""Addresses of links and images in HTML: which rule one breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mpftp.domain.messages.markup import unescape_attribute
from mpftp.domain.messages.merge_fields import merge_fields
from mpftp.domain.profile import LINK_FIELDS, Profile

_PRIVATE_HOST = re.compile(
    r"(?:localhost|127\.\d+\.\d+\.\d+|10\.\d+\.\d+\.\d+|192\.168\.\d+\.\d+|172\.(?:1[6-9]|2\d|3[01])\.\d+\.\d+|\[::1\]"
    r"|[^./]+\.(?:local|lan|internal|localhost|test|invalid))(?=[:/?#]|$)",
    re.IGNORECASE,
)
_BROKEN_SCHEME = re.compile(
    r"(?:(?!https?://)[htps]{3,8}[:;.]{0,2}[/\\]|https?:/*https?(?::|//)"
    r"|[\"'“”„‘’«»\s\u200b\ufeff]+https?:)",
    re.IGNORECASE,
)
"""Letters of "http" in another order or number, other signs than ``://``, or more before or after it."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_MALFORMED_HOST = re.compile(r"\.|.*(?:\.\.|[\s,;\\])", re.DOTALL)
_PORT = re.compile(r"(?:\[.*\]|[^:]*)(?::([0-9]*))?")
_MAX_PORT = 65_535
# Few pages need these, so they are compiled when they are first used.
_NO_MAILBOX = r"[\w.+-]+(?:\?|$)"
_BEFORE_LINK = r"(?is)(?:https?://)?|[^?]*\?.*"
_BACKGROUND = (
    r"(?is)/\*.*?(?:\*/|\Z)"
    r"|background(?:-image)?\s*+:[^;{}:]*?url\(\s*+(?:[\"']|&quot;|&#39;)?([^\"')\s&][^\"')\s]*+)"
)
"""A comment, so that nothing is found inside it, or a background."""

_NO_ADDRESS = re.compile(r"#.*|[a-z]+(?:\([^()]*\))?", re.IGNORECASE | re.DOTALL)
"""A colour, a word such as ``none``, or a place in the same page."""

_FOLLOWED = frozenset({"mailto", "tel", "sms", "whatsapp", "ftp", "callto", "skype", "geo"})


def scheme_of(address: str) -> str:
    """Return the scheme of *address* in lower case, one letter for a drive; ``""`` if it has none."""
    match = _SCHEME.match(address)
    return match[1].lower() if match else ""


def link_rule(href: str, profile: Profile, *, has_base: bool) -> str:
    """Return the rule that a link's target breaks, ``""`` if none; *has_base*: of a page with ``<base>``."""
    if href in ("", "#", "mailto:"):
        return "HTML019"
    if _has_link_behind(href, profile):
        return "HTML023"
    if href.startswith(("#", profile.merge_open)):
        return ""
    if _BROKEN_SCHEME.match(href):
        return "HTML029"
    scheme = scheme_of(href)
    if not scheme:
        return "" if href.startswith("//") or has_base else "HTML007"
    if scheme in ("http", "https"):
        return _web_rule(href, profile)
    if scheme == "file" or len(scheme) == 1:
        return "HTML008"
    if scheme in ("javascript", "vbscript", "data"):
        return "HTML009"
    if scheme == "mailto" and re.match(_NO_MAILBOX, href[len("mailto:") :]):
        return "HTML023"
    return "" if scheme in _FOLLOWED else "HTML033"


def _has_link_behind(href: str, profile: Profile) -> bool:
    """Return whether one of our links, which are whole addresses, stands behind more than a scheme.

    Editors put the page's own address before it. In a query, as in ``?u={{ver_online}}``, it is a value.
    """
    links = (field for field in merge_fields(href, profile) if field.name in LINK_FIELDS)
    return any(not re.fullmatch(_BEFORE_LINK, href[: field.start]) for field in links)


def image_rule(source: str, profile: Profile, *, has_base: bool) -> str:
    """Return the rule that an image's address breaks, ``""`` if none; *has_base* as in ``link_rule``."""
    if source.startswith(("//", profile.merge_open)):
        return ""
    if _BROKEN_SCHEME.match(source):
        return "HTML029"
    scheme = scheme_of(source)
    if scheme in ("http", "https"):
        return _web_rule(source, profile) or ("HTML010" if scheme == "http" else "")
    if scheme == "data":
        return "HTML014"
    if scheme or source.startswith("\\\\"):
        return "HTML035"
    return "" if has_base else "HTML017"


def names_picture(background: str) -> bool:
    """Return whether *background*, of an attribute or a style, is an address and not a colour or a word."""
    return _NO_ADDRESS.fullmatch(background.strip()) is None


def find_backgrounds(css: str) -> Iterator[tuple[int, str]]:
    """Yield each address of a background in *css*, which may be a ``style`` attribute, and its index."""
    for match in re.finditer(_BACKGROUND, css):
        if match[1] and names_picture(match[1]):
            yield match.start(1), unescape_attribute(match[1])


def _web_rule(address: str, profile: Profile) -> str:
    authority = re.split(r"[/?#]", address.partition("://")[2], maxsplit=1)[0]
    if not authority:
        return "HTML023"
    host = authority.rpartition("@")[2]
    if profile.merge_open not in host:
        port = _PORT.fullmatch(host)
        if port is None or _MALFORMED_HOST.match(host) or int(port[1] or 0) > _MAX_PORT:
            return "HTML023"
    return "HTML024" if _PRIVATE_HOST.match(host) else ""
