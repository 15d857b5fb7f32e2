"""Reports in prose: which addresses a text names as failed, whatever program or language wrote it."""

from __future__ import annotations

import html
import re

from mpftp.domain.dsn import ADDRESS, RecipientStatus, address_in, clean_address, is_status
from mpftp.domain.mime import Headers, Message
from mpftp.domain.phrases import any_of, plain

LONGEST = 60_000

_COPY_BEGINS = re.compile(
    any_of(
        r"""
        ^[ >*|=_#+-]*-{2,}\s*(?:this is a copy|below this|the (?:header|body)|original|returned
            |message (?:header|text|follows)|start of|begin|included|forwarded|unsent
            |mensagem original|mensaje original)[^\n]{0,120}$
        ^[ >*|=_#+-]*(?:below this line|this is a copy|the original message|original message
            |copy of (?:the|your) message|message header|returned message|included is a copy
            |your (?:original )?message (?:reads|follows)|a copy of the|unsent message
            |the (?:first \d+ lines|header|text|body) of (?:the|your)
            |mensagem original|abaixo (?:segue|esta))[^\n]{0,120}$
        ^(?:received|return-path|x-apparently-to|message-id|dkim-signature)\s*: .
        """
    ).pattern,
    re.IGNORECASE | re.MULTILINE,
)
_FAILED = any_of(
    r"""
    fail|undeliver|not (?:be )?deliver|unable to deliver|could ?n[o']t|can ?not|can't|unknown|reject|refus
    return|error|problem|bounce|invalid|no such|not exist|not found|permanent|fatal|denied|unreachable
    disabled|inactive|full\b|quota|unsuccess
    nao (?:foi|pode|existe)|falh|erro|devolv|recusad|inexistente|desconhecid|imposs|no (?:se pudo|existe)
    nicht|konnte|fehler|impossible|echec|pas pu|non (?:e|esiste)|失败|エラー|配信|ошибк|не (?:удал|может)
    """
)
_ROLES = re.compile(
    r"(?i)^(?:mailer-daemon|postmaster|mail-daemon|abuse|hostmaster|support|noreply|no-reply|bounces?)[@+-]"
)


def told_text(message: Message) -> str:
    """What the report itself says, without the message that it returns; at most ``LONGEST`` characters."""
    pieces: list[str] = []
    for section in message.sections:
        if section.returned or is_status(section) or not section.kind.startswith("text/"):
            continue
        if section.kind == "text/rfc822-headers":
            continue
        if section.kind == "text/html" and pieces:
            continue
        pieces.append(strip_markup(section.text) if section.kind == "text/html" else section.text)
    return _without_copy("\n".join(pieces)[:LONGEST])


def strip_markup(page: str) -> str:
    """The text of an HTML *page*."""
    page = re.sub(r"(?is)<(script|style)\b.{0,50000}?</\1>", " ", page)
    page = re.sub(r"(?i)<(?:br|/?p|/?div|/?tr|/?li|/?h\d)\b[^<>]{0,500}>", "\n", page)
    return html.unescape(re.sub(r"</?[a-zA-Z!][^<>@]{0,2000}>", " ", page))


def _without_copy(text: str) -> str:
    """*text* up to where the returned message begins; all of it when that would leave no address."""
    match = _COPY_BEGINS.search(text)
    while match and not ADDRESS.search(text[: match.start()]):
        match = _COPY_BEGINS.search(text, match.end())
    return text[: match.start()] if match else text


def told_failures(message: Message, text: str, general: RecipientStatus | None) -> list[RecipientStatus]:
    """The recipients that headers and *text* name as failed; *general* is a status without a recipient."""
    action, status, diagnostic = ("failed", "", "")
    if general:
        action, status, diagnostic = general.action, general.status, general.diagnostic
    found: dict[str, str] = {}
    for value in message.headers.all("x-failed-recipients"):
        found.update({clean_address(match[0]): "" for match in ADDRESS.finditer(value)})
    if not found and (general or _FAILED.search(plain(text[:5000] + " " + message.headers.get("subject")))):
        found = _addresses(text, _ours(message))
        if not found and message.returned and message.returned[0].get("to"):
            found = {address_in(message.returned[0].get("to")): text}
    return [
        RecipientStatus(action, status, diagnostic or context, final=address)
        for address, context in found.items()
        if address
    ]


def _ours(message: Message) -> set[str]:
    """Addresses that cannot be what failed: of this mailbox, of the sender, of the report's author."""
    outer = ("to", "from", "delivered-to", "return-path", "reply-to", "cc")
    blocks: list[tuple[Headers, tuple[str, ...]]] = [(message.headers, outer)]
    blocks += [(block, ("from", "return-path", "reply-to", "sender")) for block in message.returned]
    return {
        clean_address(match[0]).lower()
        for block, names in blocks
        for name in names
        for value in block.all(name)
        for match in ADDRESS.finditer(value)
    }


def _addresses(text: str, ours: set[str]) -> dict[str, str]:
    """Address -> the words around it, for those that stand near words of failure."""
    lines = text.splitlines()[:2000]
    found: dict[str, str] = {}
    for number, line in enumerate(lines):
        for match in ADDRESS.finditer(line):
            address = clean_address(match[0])
            if address.lower() in ours or _ROLES.match(address) or address in found:
                continue
            found[address] = "\n".join(lines[number : number + 6])
    return found
