"""A look at a web address of ours."""

from __future__ import annotations

import email.utils
import http.client
import urllib.error
import urllib.request
from datetime import UTC, datetime

from mpftp.domain.foreign_text import clean_foreign_text
from mpftp.errors import TryLaterError

MAX_PAGE_BYTES = 64 * 1024  # bytes that are read of a response


def fetch_page(url: str, seconds: float) -> tuple[int, str, datetime | None]:
    """Fetch *url* (http or https): the status, the start of the text, the server's time if it tells.

    Raises ``TryLaterError`` when there is no response within *seconds*.
    """
    request = urllib.request.Request(url, headers={"User-Agent": "mpftp-doctor"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=seconds) as response:  # noqa: S310 - the configuration allows http(s) only
            return (
                response.status,
                response.read(MAX_PAGE_BYTES).decode("utf-8", "replace"),
                _time(response.headers.get("Date")),
            )
    except urllib.error.HTTPError as error:
        with error:
            return error.code, "", _time(error.headers.get("Date"))
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise TryLaterError(f"{url}: no answer ({clean_foreign_text(str(reason))})") from None


def _time(text: str | None) -> datetime | None:
    try:
        at = email.utils.parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
