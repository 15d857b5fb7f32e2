"""SMTP reply codes (RFC 5321) and statuses (RFC 3463): found in text, weighed, and read as a class."""

from __future__ import annotations

import re

from mpftp.domain.campaign import BounceClass
from mpftp.domain.texts import texts

STATUS = re.compile(r"(?<![\w.])([245])\.(\d)\.(\d{1,3})(?![\d.]\d|\d)")
"""A status of RFC 3463 in running text, kept apart from version numbers and IP addresses."""

REPLY = re.compile(r"(?<![\d.#/-])(?<!\d:)(?<!port )([45][0-7]\d)(?=[\s:;,)\]-]|$)")
"""An SMTP reply code in a diagnostic."""

SPOKEN_REPLY = re.compile(
    r"(?im)(?:^[^\w\n]{0,12}|[:;(<'\"=]\s{0,4}|\b(?:said|error|code|status|reply|returned|response|smtp)\W{1,6})"
    r"([45][0-5]\d)(?=[ -]{1,4}(?:#?[45]\.\d|[a-z<\"'\[(-])|[\s.,;)\]'\"]*$)"
)
"""An SMTP reply code in prose, where numbers stand for other things, too."""


def status_in(text: str) -> str:
    """The RFC 3463 status of a failure in *text* that says most, the first of several; ``""`` without any."""
    statuses = [".".join(digits) for digits in STATUS.findall(text) if digits[0] != "2"]
    return max(statuses, key=_weight, default="")


def _weight(status: str) -> int:
    """How much a status says: nothing but its class, what it is about (``x.1.0``), or the very reason."""
    return 0 if is_general(status) else 1 if status.endswith(".0") else 2


def is_general(status: str) -> bool:
    """Whether *status* names nothing but its class (``5.0.0``, ``4.0.0``, and the idle ``x.5.0``)."""
    return status[1:] in ("", ".0.0", ".5.0")


def class_for(code: str) -> BounceClass:
    """The class of a reply or status: its first digit, ``4`` transient, anything else permanent.

    So it is where a server gave up, too: RFC 3463, section 2, says of 4.X.X that it may stand in a final
    report (RFC 3464 "failed"), and that sending in the future may be successful. A server that was away
    for five days (4.4.1, 4.4.7) says nothing of the mailbox.
    """
    return BounceClass.TRANSIENT if code.lstrip().startswith("4") else BounceClass.PERMANENT


def class_text(bounce_class: BounceClass | str, language: str) -> str:
    """Return the class in *language*, ``""`` for an empty one. Raises ``ValueError`` for an unknown one."""
    if not bounce_class:
        return ""
    return texts(language).BOUNCE_CLASSES[BounceClass(bounce_class)]
