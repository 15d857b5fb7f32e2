"""Delivery status notifications: the fields of RFC 3464, also where they are not quite as it says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from mpftp.domain.bounces.codes import STATUS, status_in
from mpftp.domain.bounces.mime import MimeHeaders, MimeMessage, MimePart, parse_headers

STATUS_KINDS = frozenset(
    {"message/delivery-status", "message/global-delivery-status", "message/delivery-report"}
)


def _address_pattern(letters: str) -> re.Pattern[str]:
    local = rf"[{letters}!#$%&'*+/=?^_`{{|}}~.-]"
    label = rf"[{letters}_-]{{1,63}}"
    # Starting only where no such character stands before keeps the search linear.
    return re.compile(rf"(?<!{local}){local}{{1,128}}@{label}(?:\.{label})*")


ADDRESS_PATTERN = _address_pattern(r"A-Za-z0-9\u00c0-\u024f")
"""An address in running text, in Latin letters only, since some scripts write no spaces around it."""

WIDE_ADDRESS = _address_pattern(r"\w")
"""An address in a field of its own, where it may be internationalised (RFC 6533)."""

_ODD_ADDRESS = re.compile(r"(?<![^\s<;])[^\s<>;@]{1,128}@[^\s<>;@]{1,255}")
"""What no domain is, and yet was written to; an address failed for that very reason."""

_TYPE = re.compile(r"^\s*[\w.-]+\s*;\s*")
_ADDRESS_TYPE = re.compile(r"(?i)^(?:mailto|smtp|rfc822|e?mail|to|addr(?:ess)?)[:=]")
_XTEXT = re.compile(r"\+(?:2B|3D)")
_ESCAPED = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")
_NEEDLESS_QUOTES = re.compile(r'"([\w.+-]{1,64})"(?=@)')
_QUOTED_ADDRESS = re.compile(r'"[^"@\r\n]{1,64}"@[\w.-]{1,255}')
_ANGLE_ADDRESS = re.compile(r"<\s*+([^<>\s][^<>\s@]*+@[^<>\s]++)\s*+>")


@dataclass(frozen=True, slots=True)
class RecipientStatus:
    """What one report says of one recipient; texts are as found, ``""`` where the report is silent.

    *action* is lower case: ``failed``, ``delayed``, ``delivered``, ``relayed``, ``expanded``.
    *original* and *final* are addresses of RFC 3464, 2.3.1 and 2.3.2; *name* is a mailbox of the
    reporting server's own, which it gave without a domain.
    """

    action: str
    status: str
    diagnostic: str
    original: str = ""
    final: str = ""
    name: str = ""

    @property
    def recipient(self) -> str:
        """The address that we wrote to, as far as the report tells."""
        return self.original or self.final


def parse_recipient_statuses(message: MimeMessage) -> list[RecipientStatus]:
    """One entry a recipient of every status section; those of an outer report come before returned ones."""
    outer = [section for section in message.sections if is_delivery_status(section) and not section.returned]
    chosen = outer or [section for section in message.sections if is_delivery_status(section)]
    return [status for section in chosen for status in _groups(section.text)]


def is_delivery_status(section: MimePart) -> bool:
    """Whether *section* holds the fields of RFC 3464, by its type or by what it says."""
    return section.kind in STATUS_KINDS


def parse_fields_in_text(text: str) -> list[RecipientStatus]:
    """The groups of RFC 3464 fields written into running text, as some servers do."""
    if not names_recipient(text):
        return []
    return _groups(re.sub(r"(?m)^[ \t]{1,4}(?=[A-Z][\w-]+:)", "", text))


def names_recipient(text: str) -> bool:
    """Whether running *text* holds the field of RFC 3464 that names a recipient."""
    return bool(re.search(r"(?im)^[ \t]{0,4}(?:final|original)-recipient[ \t]*:", text))


def _groups(text: str) -> list[RecipientStatus]:
    """Each block of fields that names a recipient, an action or a status."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    blocks = [parse_headers(block.encode("utf-8", "replace")) for block in re.split(r"\n[ \t]*\n", lines)]
    statuses = [status for block in blocks[:200] for status in _split_by_recipient(block)]
    return [status for status in statuses if status is not None]


def _split_by_recipient(block: MimeHeaders) -> list[RecipientStatus | None]:
    """A block with several Final-Recipient fields lacks the empty lines between its groups."""
    starts = [index for index, (name, _) in enumerate(block.fields) if name == "final-recipient"]
    if len(starts) < 2:
        return [_status(block)]
    bounds = [0, *starts[1:], len(block.fields)]
    return [_status(MimeHeaders(block.fields[start:end])) for start, end in pairwise(bounds)]


def _status(block: MimeHeaders) -> RecipientStatus | None:
    """One group of per-recipient fields; ``None`` for the per-message group and for other text."""
    original, final = (find_address(block.get(name)) for name in ("original-recipient", "final-recipient"))
    action = re.sub(r"[^a-z].*", "", block.get("action").strip().lower(), flags=re.DOTALL)
    status = status_in(block.get("status"))
    if not (original or final or action or status):
        return None
    original = original or find_address(block.get("x-actual-recipient")) if not final else original
    diagnostic = " ".join(filter(None, map(_untyped, block.all("diagnostic-code"))))
    if not diagnostic:
        diagnostic = block.get("x-supplementary-info") or block.get("x-smtp-error") or ""
    name = re.fullmatch(r"<?([A-Za-z0-9][\w.+-]{0,63})>?", _untyped(block.get("final-recipient")).strip())
    return RecipientStatus(
        action,
        status or _stated(block.get("status")),
        diagnostic,
        original,
        final,
        name[1] if name else "",
    )


def _stated(status: str) -> str:
    """A status of success; ``5.0.0`` for one that only shows its class (``5``, ``550``, ``5.x.x``)."""
    if match := STATUS.search(status):
        return ".".join(match.groups())
    match = re.match(r"\s*([245])", status)
    return f"{match[1]}.0.0" if match else ""


def _untyped(value: str) -> str:
    """A field's value without its type (``smtp;``, ``X-Postfix;``)."""
    return _TYPE.sub("", value)


def find_address(value: str) -> str:
    """The address in a typed field (``rfc822; user@example.com``), or ``""``."""
    if not value:
        return ""
    text = _XTEXT.sub(_xtext_char, _untyped(value).strip())
    text = _NEEDLESS_QUOTES.sub(r"\1", _ESCAPED.sub(_unicode, text))
    if match := _QUOTED_ADDRESS.search(text):
        return match[0]
    if match := _ANGLE_ADDRESS.search(text):
        text = match[1]
    match = WIDE_ADDRESS.search(text) or _ODD_ADDRESS.search(text)
    return strip_address(match[0]) if match else ""


def _unicode(match: re.Match[str]) -> str:
    """One character of RFC 6533's encoding of an address, as it is where it can be none."""
    code_point = int(match[1], 16)
    return chr(code_point) if 0x20 < code_point < 0x110000 else match[0]


def _xtext_char(match: re.Match[str]) -> str:
    """One character of RFC 3461's xtext: the two that addresses hold."""
    return chr(int(match[0][1:], 16))


def strip_address(address: str) -> str:
    """*address* without the punctuation and the type that running text leaves on it."""
    stripped = address.strip(" \t\r\n<>()[]\"',;:*").rstrip(".-").lstrip(".=/&`{|}")
    return _ADDRESS_TYPE.sub("", stripped)
