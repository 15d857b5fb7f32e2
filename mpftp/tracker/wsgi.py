"""A request as the handlers see it, a response as they give it; the one place that knows WSGI (PEP 3333)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from mpftp.domain.machines import Network, is_address, is_in_networks

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]

MAX_BODY_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """One response; *headers* are added to those that every response has."""

    status: HTTPStatus
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)


# Never kept: each opening and click must reach us, and a page of one reader is no other's.
COMMON_HEADERS = [("Cache-Control", "no-store, private, max-age=0")]

PAGE_HEADERS = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Robots-Tag", "noindex, nofollow"),
]

_STATUS_LINES = {status: f"{status.value} {status.phrase}" for status in HTTPStatus}


def send_response(response: HttpResponse, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Give *response*; a HEAD request gets the same without its body (RFC 9110, 9.3.2)."""
    length = ("Content-Length", str(len(response.body)))
    start_response(_STATUS_LINES[response.status], [*COMMON_HEADERS, *response.headers, length])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [response.body]


def text_response(status: HTTPStatus, text: str) -> HttpResponse:
    """A response in plain text, for programs and for whoever tries paths."""
    return HttpResponse(status, text.encode(), [("Content-Type", "text/plain; charset=utf-8")])


def request_header(environ: Environ, name: str) -> str:
    """The request header *name* (as ``User-Agent``) as text; ``""`` when absent.

    WSGI passes bytes as Latin-1; they are read as UTF-8 here, what is neither as a mark.
    """
    value: str = environ.get("HTTP_" + name.upper().replace("-", "_"), "")
    return value if value.isascii() else value.encode("latin-1", "replace").decode("utf-8", "replace")


def read_body(environ: Environ) -> bytes:
    """Return the first ``MAX_BODY_BYTES`` of the request's body, empty when it is missing or cut."""
    try:
        length = min(int(environ.get("CONTENT_LENGTH") or 0), MAX_BODY_BYTES)
        return environ["wsgi.input"].read(length) if length > 0 else b""
    except (ValueError, OSError):
        return b""


def is_prefetch(environ: Environ) -> bool:
    """Whether a program fetches this in advance, for a person who may never ask for it."""
    for name in ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ"):
        if name in environ and environ[name].lower().startswith(("prefetch", "preview", "prerender")):
            return True
    return False


def remote_address(environ: Environ, proxies: Sequence[Network]) -> str:
    """The address that the request came from, behind our own *proxies*.

    ``X-Forwarded-For`` is read from its end, and only as far as each hop is a proxy of ours, for
    what stands before that is what a stranger says of itself.
    """
    address: str = environ.get("REMOTE_ADDR", "")
    if "HTTP_X_FORWARDED_FOR" not in environ:
        return address
    for hop in reversed(request_header(environ, "X-Forwarded-For").split(",")):
        if not is_in_networks(address, proxies) or not is_address(hop.strip()):
            break
        address = hop.strip()
    return address
