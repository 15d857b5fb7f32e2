"""Messages that no failure caused: complaints, automatic replies, challenges, requests to opt out."""

from __future__ import annotations

from mpftp.domain.mime import Message
from mpftp.domain.phrases import any_of, plain

_AUTO_SUBJECT = any_of(
    r"""
    out of (?:the )?office
    auto(?:matic|mated)?[ -]?(?:reply|response|antwort|responder|matische antwort)
    vacation|away from|on leave|on holiday|absence|abwesen|ausser haus
    respuesta automatica|fuera de (?:la )?oficina
    resposta automatica|fora do escritorio|(?:em|de) ferias|ausencia|ausente
    reponse automatique|absent
    risposta automatica|fuori (?:sede|ufficio)
    automatisch antwoord|afwezig
    不在|自動返信|自动回复|自動回覆|автоответ
    """
)
_CHALLENGE = any_of(
    r"""
    (?:confirm|verif|authenticat|approv)\w*[^.]{0,60}(?:you are (?:a )?(?:human|real|person)
        |your (?:e-?mail|message|address)|sender|delivery of your)
    challenge[ -/]?response
    (?:click|visit|follow)[^.]{0,60}(?:to (?:have|get|allow|deliver|release|send)
        |so that)[^.]{0,40}(?:message|e-?mail)[^.]{0,30}(?:delivered|through|released|inbox)
    tmda|spam ?arrest|boxbe|antispam uol|earthlink spamblocker
    (?:confirm\w*|autori[zs]\w*|clique|acesse)[^.]{0,80}(?:sua mensagem|seu e-?mail|remetente|entrega)
    """
)
_OPT_OUT = any_of(
    r"""
    ^(?:re:|res:|fw:|enc:)?\s*(?:unsubscribe|remove(?: me)?|opt[ -]?out|descadastr\w*
        |cancelar(?: (?:inscricao|cadastro|assinatura))?|remover?|sair|desinscrever|darse de baja|baja
        |desabonner|desinscription|abmelden|cancellami|stop)\b[\s.!]*
    """
)


_AUTO_FIELDS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-response-suppress")


def automatic_class(message: Message, *, bounced: bool) -> str:
    """``complaint``, ``auto-reply``, ``challenge``, ``opt-out``, or ``""`` for what is none of them.

    *bounced*: a failure was found, which only a complaint outweighs.
    """
    if _is_feedback(message):
        return "complaint"
    if bounced:
        return ""
    subject = plain(message.headers.get("subject"))
    if _OPT_OUT.match(subject):
        return "opt-out"
    if _is_challenge(message, subject):
        return "challenge"
    return "auto-reply" if _is_automatic(message, subject) else ""


def _is_feedback(message: Message) -> bool:
    """An abuse report (RFC 5965), by its type or by the part that makes it one."""
    if message.parameters.get("report-type", "").lower() == "feedback-report":
        return True
    return any(section.kind == "message/feedback-report" for section in message.sections)


def _is_challenge(message: Message, subject: str) -> bool:
    first = next((section.text for section in message.sections if section.kind.startswith("text/")), "")
    return bool(_CHALLENGE.search(subject) or _CHALLENGE.search(plain(first[:3000])))


def _is_automatic(message: Message, subject: str) -> bool:
    """RFC 3834's field, the older ones that programs write, or the subject's words."""
    headers = message.headers
    submitted = headers.get("auto-submitted").lower()
    if submitted and not submitted.startswith("no"):
        return True
    if any(
        name in headers
        for name in ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-response-suppress")
    ):
        return True
    if headers.get("precedence").lower() in ("auto_reply", "auto-reply"):
        return True
    return bool(_AUTO_SUBJECT.search(subject))
