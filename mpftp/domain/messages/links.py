"""Links of a message: which are followed, how they are numbered, and where each leads in the end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urljoin, urlsplit, urlunsplit

from mpftp.domain.addresses import ascii_domain
from mpftp.domain.messages import merge_fields
from mpftp.domain.messages.markup import Attribute, HtmlOutline, scan_html, unescape_attribute
from mpftp.domain.profile import LINK_FIELDS, Profile

UTM_DEFAULTS = {"utm_source": "newsletter", "utm_medium": "email"}
_URL_SAFE = ":/?#[]@!$&'()*+,;=%~"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A followed link: where its attribute is in the HTML, and its final target, merge fields and all."""

    attribute: Attribute
    url: str


def find_links(html: str, profile: Profile, analytics: str = "") -> list[str]:
    """The distinct targets of the followed links of *html*, in order of appearance; number 1 is first.

    A target may hold merge fields, and has the ``utm_*`` parameters of *analytics* (CONF's
    ``ganalytics``) where it lacks them.
    """
    return list(
        dict.fromkeys(anchor.url for anchor in find_anchors(html, scan_html(html), profile, analytics))
    )


def find_anchors(html: str, markup: HtmlOutline, profile: Profile, analytics: str) -> Iterator[Anchor]:
    """Every followed link of *html* in order.

    Followed are ``http`` and ``https`` links of ``<a>``, ``<area>`` and Outlook's VML, and those that
    begin with a merge field. Never followed: ``mailto:``, ``tel:`` and other schemes, places in the
    same page, relative links without a ``<base>``, and links that hold our own ones.
    """
    for attribute in markup.urls:
        if attribute.name == "href" and (attribute.tag in ("a", "area") or ":" in attribute.tag):
            written = html[attribute.start : attribute.end]
            url = resolve_href(unescape_attribute(written), markup.base, profile)
            if url:
                yield Anchor(attribute, add_utm_parameters(url, analytics, profile))


def resolve_href(href: str, base: str, profile: Profile) -> str:
    """The absolute URL template that *href* leads to, ``""`` when it is not to be followed."""
    href = re.sub(r"[\t\r\n]", "", href).strip()
    pieces = merge_fields.parse_merge_fields(href, profile)
    if any(isinstance(piece, merge_fields.MergeField) and piece.name in LINK_FIELDS for piece in pieces):
        return ""
    if not pieces or isinstance(pieces[0], merge_fields.MergeField):
        return href
    if _whole_address_in_field(pieces):
        return href.partition("//")[2]
    if re.match(r"https?://[^/]", href, re.IGNORECASE):
        return href
    if re.match(r"//[^/]", href):
        return "https:" + href
    return join_base(href, base)


def join_base(href: str, base: str) -> str:
    """A relative *href* as *base* (``<base href>``) makes it whole; ``""`` for any other, or without one."""
    if not base or re.match(r"#|//[^/]|[a-z][a-z0-9+.-]*:", href, re.IGNORECASE):
        return ""
    joined = urljoin(base, href)
    return joined if _is_web(joined) else ""


def _whole_address_in_field(pieces: list[str | merge_fields.MergeField]) -> bool:
    """Whether this is ``http://{{field}}``, which editors make of a field that holds a whole address."""
    if len(pieces) < 2 or str(pieces[0]).lower() not in ("http://", "https://"):
        return False
    return len(pieces) == 2 or str(pieces[2]).startswith(("?", "#"))


def add_utm_parameters(url: str, analytics: str, profile: Profile) -> str:
    """*url* with the ``utm_*`` parameters of *analytics* that it lacks, before its ``#``.

    *analytics* is the campaign's name, or ready-made parameters (``utm_source=x&utm_campaign=y``).
    """
    parameters = _utm(analytics)
    if not parameters:
        return url
    masked = _masked(url, profile)
    cut = masked.find("#") if "#" in masked else len(url)
    query = masked[:cut].partition("?")[2]
    present = {name.lower() for name, _ in parse_qsl(query, keep_blank_values=True)}
    added = "&".join(
        f"{name}={quote(value, safe='')}" for name, value in parameters.items() if name not in present
    )
    if not added:
        return url
    joint = "?" if "?" not in masked[:cut] else "" if url[:cut].endswith(("?", "&")) else "&"
    return url[:cut] + joint + added + url[cut:]


def fill_url(url_template: str, fields: Mapping[str, str], profile: Profile) -> str:
    """*url_template* with the values of *fields* (our names): a plain ASCII URL for a ``Location``.

    Values are quoted, so none can leave its place in the URL; only a field at the very start may
    be a whole address. ``""`` when what results is no ``http`` or ``https`` URL.
    """
    values = {name.casefold(): value for name, value in fields.items()}
    url = ""
    for index, piece in enumerate(merge_fields.parse_merge_fields(url_template, profile)):
        if isinstance(piece, str):
            url = _continued(url, piece) if index == 1 else url + piece
        else:
            value = values.get(piece.name.casefold(), "").strip() or piece.fallback
            url += parse_web_address(value) if index == 0 else quote_value(value)
    return ascii_url(url)


def quote_value(value: str) -> str:
    """*value* as a part of a URL: everything that could end its part is quoted."""
    return quote(value, safe="", errors="replace")


def parse_web_address(value: str) -> str:
    """*value* as a whole web address, whose ``http://`` may be left out; ``""`` for any other scheme."""
    value = value.strip()
    if not value or _is_web(value):
        return value
    if re.match(r"[a-z][a-z0-9+-]*:(?!\d)|[/#?]", value, re.IGNORECASE):
        return ""
    return "http://" + value


def ascii_url(url: str) -> str:
    """*url* as RFC 3986 wants it: host in ASCII, other characters quoted; ``""`` if it is no web address."""
    if not _is_web(url):
        return ""
    try:
        parts = urlsplit(url)
        plain = urlunsplit(parts._replace(netloc=_ascii_host(parts.netloc)))
    except ValueError:
        return ""
    return quote(plain, safe=_URL_SAFE, errors="replace")


def _ascii_host(netloc: str) -> str:
    if netloc.isascii():
        return netloc
    host, colon, port = netloc.partition(":")
    return ascii_domain(host) + colon + port


def _is_web(url: str) -> bool:
    return re.match(r"https?://[^/?#\s]", url, re.IGNORECASE) is not None


def _continued(start: str, remainder: str) -> str:
    """*remainder* after an address that came from a field, which may have a query and a fragment."""
    before, separator, fragment = start.partition("#")
    if remainder.startswith("?") and "?" in before:
        remainder = "&" + remainder[1:]
    return before + remainder + separator + fragment


def _masked(url: str, profile: Profile) -> str:
    """*url* with its merge fields blotted out, so that no ``?`` or ``#`` in a fallback counts."""
    return "".join(
        piece if isinstance(piece, str) else "_" * (piece.end - piece.start)
        for piece in merge_fields.parse_merge_fields(url, profile)
    )


def _utm(analytics: str) -> dict[str, str]:
    text = analytics.strip().lstrip("?&")
    if not text:
        return {}
    if "=" in text:
        parameters = parse_qsl(text)
        return {name.lower(): value for name, value in parameters if name.lower().startswith("utm_")}
    return {**UTM_DEFAULTS, "utm_campaign": text}
