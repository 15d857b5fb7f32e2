"""At which step of an SMTP conversation a refusal came, and a refusal's text made ready to be read."""

from __future__ import annotations

import functools
import re

from mpftp.domain.bounces.phrases import normalize
from mpftp.domain.sending.transport import Step

BEFORE_RECIPIENT = frozenset({Step.CONNECT, Step.HELO, Step.AUTH, Step.MAIL})
"""Steps at which the server does not know yet who is written to: their answers speak of us."""

_COMMAND = r"(?P<command>ehlo|helo|lhlo|auth|mail|rcpt|data|bdat|end\ of\ data|\.|starttls)"
_STEPS = re.compile(
    rf"""(?ix)
    \(?(?:this\ is\ )?
        (?:in\s{{1,9}}(?:reply|response)\s{{1,9}}to|resposta\ ao?(?:\ comando)?|respuesta\ al?(?:\ comando)?)
        \s{{1,9}}(?:the\ )?(?:end\s{{1,9}}of\s{{1,9}})?["'<]?{_COMMAND}\b
        (?:[^)\n]{{0,80}}\n[ \t]+(?=[\w ]{{1,20}}\)))?[^)\n]{{0,80}}\)?
    | \b(?:remote\ (?:mail\ )?server|smtp\ error|error|failure)[^:\n]{{0,40}}\ after\ (?:pipelined\ )?
        (?:{_COMMAND.replace("command", "after")}\b[^\n]{{0,300}}?|initial\ connection)(?:\n|$|(?=:\s)|:\ )
    | \.\.\.\ while\ talking\ to\ \S+[ \t]*\n[ \t]*(?=<<<)
    | ^[^\n<>]{{0,40}}(?:>>>|-->|\bsent:)\ ?(?!mail\ (?!from:)|rcpt\ (?!to:))
        {_COMMAND.replace("command", "sent")}\b[^\n]*$
    | (?P<qmail_mail>connected\ to\ \S+\ but\ sender\ was\ rejected)
    | (?P<qmail_helo>connected\ to\ \S+\ but\ (?:greeting\ failed|my\ name\ was\ rejected))
    | (?P<qmail_rcpt>\ does\ not\ like\ recipient)
    | (?P<qmail_data>\ failed\ (?:on\ data\ command|after\ i\ sent\ the\ message))
    """,
    re.MULTILINE,
)
_OF_COMMAND = {
    "ehlo": Step.HELO, "helo": Step.HELO, "lhlo": Step.HELO, "starttls": Step.HELO, "auth": Step.AUTH,
    "mail": Step.MAIL, "rcpt": Step.RCPT, "data": Step.DATA, "bdat": Step.END_OF_DATA,
    "end of data": Step.END_OF_DATA, ".": Step.END_OF_DATA,
}  # fmt: skip
_OF_QMAIL = {
    "qmail_mail": Step.MAIL, "qmail_helo": Step.HELO, "qmail_rcpt": Step.RCPT, "qmail_data": Step.END_OF_DATA,
}  # fmt: skip

_ADDRESS = re.compile(r"[^\s<>@()]{1,100}@[\w.-]{1,255}")
_REPLY_AHEAD = re.compile(
    r"(?i)\bhost \S{1,255}(?: ?\[[^\]\s]{1,60}\])?(?::\d+)?(?:,? \S{1,60}){0,3}? ?"
    r"(?:said|replied|refused to talk to me):"
    r"|\b(?:said|says|was|returned|replied|responded(?: with)?|response|reply|answer(?:ed)?|disse|respondeu"
    r"|dijo|respondio|error|erro|message|mensagem)[ \t]*[:=]\s"
)
_IP = re.compile(
    r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w])|\[IPv6:[^\]\s]{2,60}\]"
    r"|\b(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{0,4}"
)
_REPLY_CODE = re.compile(
    r"(?m)(?<![\w.])[245][0-5]\d(?=[ -]{1,3}\S|\s*$)(?:[ -]{1,3}#?[245]\.\d\.\d{1,3}(?!\d))?[ -]?"
)
_FIRST_OF_SEVERAL = re.compile(r"(?<![\w.])([45][0-5]\d)-(?=\S)")
_TRANSCRIPT = re.compile(r"(?m)^[ \t]*(?:>>>[^\n]*$|<<<|>|\|)")
_SENT = re.compile(
    r"(?m)^[^\n<>]{0,40}(?:>>>|-->|\bsent:)[ \t]*"
    r"(?i:ehlo|helo|mail from:|rcpt to:|data|auth|rset|quit|starttls)[^\n]*$"
)
_DOT_INSIDE = re.compile(r"(?<=[\w@#])\.(?=\w)")


@functools.lru_cache(maxsize=16)  # one report asks several times about the same words
def find_step(text: str) -> Step:
    """The step that *text* names as the one whose answer it repeats; the last one of several."""
    step = Step.UNKNOWN
    for match in _STEPS.finditer(text[:8000]):
        step = _step_of(match)
    return step


def _step_of(match: re.Match[str]) -> Step:
    for name, step in _OF_QMAIL.items():
        if match[name]:
            return step
    command = match["command"] or match["after"] or match["sent"]
    if command and "end of" in " ".join(match[0].lower().split()):
        return Step.END_OF_DATA
    return _OF_COMMAND[command.lower()] if command else Step.CONNECT


def _one_line(text: str) -> str:
    """*text* without the codes before the further lines of one reply (RFC 5321, section 4.2.1)."""
    first = _FIRST_OF_SEVERAL.search(text)
    if not first:
        return text
    further = rf"\s{first[1]}[ -](?:#?[45]\.\d\.\d{{1,3}}\s)?"
    return text[: first.end()] + re.sub(further, " ", text[first.end() :])


@functools.lru_cache(maxsize=16)
def refusal_words(text: str) -> str:
    """*text* as phrases read it (``normalize`` text): who was asked, addresses and numbers taken out.

    What parts two utterances - a reply's code, a colon after "said", a line of a transcript - is an end
    of a sentence, which no phrase crosses; dots inside of names and numbers are none.
    """
    text = _STEPS.sub(" . ", text)
    text = _REPLY_AHEAD.sub(" . ", _ADDRESS.sub("@", text))
    text = _IP.sub("ip#", text)
    if ">>>" in text or "-->" in text or "sent:" in text:
        text = _SENT.sub(" . ", text)
    text = _REPLY_CODE.sub(" . ", _one_line(_TRANSCRIPT.sub(" . ", text)))
    return normalize(_DOT_INSIDE.sub("·", text)).strip(" .")
