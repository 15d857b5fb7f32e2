"""Messages that no failure caused: complaints, automatic replies, challenges, requests to opt out."""

from __future__ import annotations

import re

from mpftp.domain.bounces.dsn import ADDRESS_PATTERN
from mpftp.domain.bounces.mime import MimeHeaders, MimeMessage, parse_headers, strip_markup
from mpftp.domain.bounces.phrases import compile_phrases, normalize
from mpftp.domain.bounces.phrases.people import (
    AWAY,
    DIGEST,
    HELD,
    LEAVE,
    NOTICE_BEGINS,
    PROVE,
    QUOTATION_BEGINS,
    STAY,
)

_AUTO_SUBJECT = compile_phrases(
    r"""
    out of (?:the )?office
    auto(?:matic|mated)?[ -]?(?:reply|response|antwort|responder|matische antwort)
    vacation|away from|on leave|on holiday|absence|abwesen|ausser haus
    ^(?:re: )?thank(?:s| you) for (?:your (?:e-?mail|message|inquiry)|contacting|writing)
    ^(?:re: |res: )?(?:muito )?obrigad[oa] (?:por|pelo|pela) (?:(?:o |a )?(?:seu|sua) )?
        +(?:contato|e-?mail|mensagem|entrar em contato|escrever)
    ^(?:re: |res: )?recebemos (?:o |a )?(?:seu|sua) (?:contato|e-?mail|mensagem|solicitacao)
    respuesta automatica|fuera de (?:la )?oficina
    resposta automatica|fora do escritorio|(?:em|de) ferias|ausencia|ausente
    reponse automatique|absent
    risposta automatica|fuori (?:sede|ufficio)
    automatisch antwoord|afwezig
    autosvar|automatis\w* svar|franvaro|automaattinen vastaus|otomatik yanit
    automatyczna odpowiedz|automaticka odpoved|automatikus valasz|raspuns automat
    不在|自動(?:返信|応答)|自动回复|自動回覆|자동 ?(?:회신|응답)|부재중|автоответ
    """
)
_CHALLENGE = compile_phrases(
    r"""
    (?:confirm|verif|authenticat|approv)\w*[^.]{0,60}(?:you are (?:a )?(?:human|real|person)
        |your (?:e-?mail|message|address)|sender|delivery of your)
    challenge[ -/]?response
    (?:click|visit|follow)[^.]{0,60}(?:to (?:have|get|allow|deliver|release|send)
        |so that)[^.]{0,40}(?:message|e-?mail)[^.]{0,30}(?:delivered|through|released|inbox)
    (?:click|visit|follow)[^.]{0,80}(?:allowed|approved|guest|white|safe) ?(?:list|senders?)
    (?:protected|guarded) by[^.]{0,60}(?:challenge|spam ?blocker|verification|anti-?spam|spam ?guard)
    (?:prove|verify|confirm) (?:that )?(?:you(?:'re| are)?|your message)[^.]{0,30}
        +(?:human|person|not (?:a )?(?:spam|robot|machine)|legitimate)
    tmda|spam ?arrest|boxbe|antispam uol|earthlink spamblocker
    (?:confirm\w*|autori[zs]\w*|clique|acesse)[^.]{0,80}(?:sua mensagem|seu e-?mail|remetente|entrega)
    """
)
_CHALLENGE_NOTICE = compile_phrases(
    r"boxbe|not pre-?approved|challenge[ -/]?response|awaiting (?:sender )?(?:verif|confirm)"
)
_OPT_OUT = compile_phrases(
    r"""
    ^(?:(re|res|aw|rv|tr)\s*:)?\s*(?:lgpd\W{1,3})?(?:please |por favor,? |favor |(?:pedido|solicitacao
        |solicitud)(?: de)? )?(?:unsubscribe(?: request)?|remove(?: me)?|opt[ -]?out
        |descadastr\w*|cancelar(?: (?:inscricao|cadastro|assinatura|recebimento|newsletter
        |suscripcion))?|remover?|remocao|sair|desinscrever|desinscricao|desuscrib\w*|dar(?:se|me)? de baja
        |baja|unsub
        |exclusao|cancelamento (?:d[aeo] )?(?:inscricao|assinatura|newsletter|recebimento)
        |desabonner|desinscription|abmelden|cancellami|stop(?: this)?|par(?:e|ar|em)|chega|basta
        |remov[ae]m?|retir(?:ar|em?)|exclu(?:ir|am?)|elimin(?:ar|en)|quit(?:ar|en)
        |(?:nao|no) quer[eo] (?:m[ai]i?s|receber|recibir)(?: receber| recibir| m[ai]i?s)?)
        +(?: (?:(?:d[aeo]s?|from|my) )?(?:(?:la|su|sua|esta|essa|minha|the|your|this) )?(?:lista?|mailing
        |newsletter|base|dados|e-?mails?))?
        +(?:,? (?:me|please|por favor|gracias|obrigad[oa]))?[\s.!]*$
    """
)


REPLY_PREFIX = re.compile(r"(?:re|res|aw|rv|tr|sv|ynt|antw|enc|fwd?|odp|ref)(?:\[\d+\])? ?:")
"""What programs put before the subject that they answer or forward, in ``normalize`` text."""

_AUTO_FIELDS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-response-suppress")


def classify_feedback(message: MimeMessage) -> str:
    """``complaint`` for an abuse report (RFC 5965), ``unknown`` for feedback of another kind, else ``""``.

    Microsoft's reports are no RFC 5965: the message, with a field that names the reader.
    """
    if any("x-hmxmroriginalrecipient" in returned for returned in message.returned):
        return "complaint"
    reports = [section for section in message.sections if section.kind == "message/feedback-report"]
    if not reports and message.parameters.get("report-type", "").lower() != "feedback-report":
        return ""
    fields = parse_headers(reports[0].text.strip().encode("utf-8", "replace")) if reports else MimeHeaders([])
    kind = fields.get("feedback-type").strip().lower()
    return "unknown" if kind in ("not-spam", "virus", "auth-failure", "dmarc") else "complaint"


def is_challenge_notice(diagnostic: str) -> bool:
    """Whether the diagnostic of a status notification asks the sender to prove himself."""
    return bool(_CHALLENGE_NOTICE.search(normalize(diagnostic)))


def held_class(subject: str, text: str) -> str:
    """What a mail system tells of a message that it holds: no failure.

    ``challenge`` until its sender proves himself, ``auto-reply`` for a digest for the system's own user,
    else ``""``.
    """
    words = normalize(f"{subject}. {text[:3000]}")
    if HELD.search(words) and PROVE.search(words):
        return "challenge"
    return "auto-reply" if DIGEST.search(normalize(subject)) else ""


def classify_auto_reply(message: MimeMessage) -> str:
    """``auto-reply``, ``challenge``, ``opt-out``, or ``""`` for what is none of them."""
    subject = normalize(message.headers.get("subject"))
    if message.parameters.get("report-type", "").lower() == "disposition-notification":
        return "auto-reply"
    automatic = _is_automatic(message, subject)
    text = own_words(_text_of(message))
    if _asks_to_opt_out(subject, text, automatic=automatic):
        return "opt-out"
    words = normalize(text[:3000])
    if _CHALLENGE.search(subject) or _CHALLENGE.search(words) or held_class(subject, text) == "challenge":
        return "challenge"
    if automatic or DIGEST.search(subject):
        return "auto-reply"
    return "auto-reply" if AWAY.search(words) else ""


def _text_of(message: MimeMessage) -> str:
    """The text that the author wrote: the first plain section, else the first page of HTML."""
    texts = [s for s in message.sections if s.kind.startswith("text/") and not s.returned]
    written = next((s.text for s in texts if s.kind != "text/html"), "")
    return written if written.strip() else next((strip_markup(s.text[:20_000]) for s in texts), "")


def own_words(text: str) -> str:
    """*text* without the lines that it quotes, and without all that follows where a quotation begins."""
    if match := QUOTATION_BEGINS.search(text):
        text = text[: match.start()]
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith((">", "|")))


def _asks_to_opt_out(subject: str, text: str, *, automatic: bool) -> bool:
    """Whether the subject is nothing but such a request, or what a person writes holds one.

    A program that answers repeats our own subject behind ``Re:``.
    """
    asked = _OPT_OUT.match(subject)
    if automatic:
        return bool(asked and not asked[1])
    lines = [line for line in text[:2000].splitlines() if line.strip()]
    if asked or _OPT_OUT.match(normalize(lines[0][:80]) if lines else ""):
        return True
    answers = REPLY_PREFIX.match(subject)
    return asks_to_leave(normalize(text[:1500])) or (not answers and asks_to_leave(subject))


def asks_to_leave(words: str) -> bool:
    """Whether a sentence of *words* (``normalize`` text), notices aside, asks for no more mail."""
    if notice := NOTICE_BEGINS.search(words):
        words = words[: notice.start()]
    words = ADDRESS_PATTERN.sub("@", words)
    sentences = re.split(r"[.!?;\n]+ ?", words)
    return any(LEAVE.search(sentence) and not STAY.search(sentence) for sentence in sentences[:20])


def _is_automatic(message: MimeMessage, subject: str) -> bool:
    """RFC 3834's field, the older ones that programs write, or the subject's words."""
    headers = message.headers
    submitted = headers.get("auto-submitted").lower()
    if submitted and not submitted.startswith("no"):
        return True
    if any(name in headers for name in _AUTO_FIELDS):
        return True
    if headers.get("precedence").lower() in ("auto_reply", "auto-reply"):
        return True
    return bool(_AUTO_SUBJECT.search(subject))
