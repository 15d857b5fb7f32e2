"""What mail servers say of themselves, and words that fit more than one reason.

Written for ``normalize`` text, as ``reason_pattern`` reads it: one phrase a line.
"""

from __future__ import annotations

from mpftp.domain.bounces.phrases import Phrases

VAGUE: Phrases = {
    "content": r"""
    virus
    malware
    phish
    infected
    (?:banned|forbidden|prohibited|blocked|dangerous|executable|illegal
        |unsafe) (?:\w+ )?(?:attachment|content|file|extension)
    attachment[^.]{0,40}(?:not allowed|blocked|prohibited|banned|reject|stripped|removed)
    (?:message|mail|content|body|header|headers|mime|from header
        |line)s?\b[^.]{0,40}(?:content|rejected|malformed|invalid|illegal|not conform|violat
        |missing|not rfc|non-rfc|8-?bit)
    content (?:reject|filter|refus|not accept|policy|violat)
    rfc ?(?:822|2822|5322|5321) (?:compliant|violation|conform)
    (?:conteudo|anexo)[^.]{0,40}(?:recusad|rejeitad|bloquead|proibid|nao permitid)
    """,
    "expired": r"""
    failed \d+ attempts|after \d+ attempts
    (?:retry|delivery|queue|retransmission|message) (?:\w+ )?(?:time(?:out|d out)?|period
        |lifetime|expir)
    (?:been|was|in the|on the|message is|it's|sat|stayed|waiting) (?:\w+ ){0,3}(?:queue
        |queued) (?:\w+ ){0,3}too long
    queued? too long
    (?:could not|cannot|couldn't|not|unable to|can't) be delivered (?:for|within|in
        |after) (?:\w+ ){0,3}\d
    (?:for|within|after|over|the last) (?:more than )?\d+ (?:hours?|days?|minutes?|seconds?)
    (?:exceeded|reached|past|maximum)[^.]{0,30}(?:retr(?:y|ies)|attempts|time in queue
        |lifetime|queue time)
    gave up|giving up(?! on)
    retry (?:limit|count|timeout|time)
    (?:message|delivery) (?:has )?expired
    no prazo
    prazo[^.]{0,30}(?:expir|esgot)
    tempo (?:limite|maximo)[^.]{0,40}(?:fila|excedid|entrega|expir)
    """,
    "unreachable": r"""
    (?:connection|connect|host|network|server|session|smtp|conversation|read|connect to
        |operation)s?\b[^.]{0,60}(?:timed? ?-?out|refused|reset|dropped|lost|unreachable
        |not (?:responding|respond|reachable|available|answering)|closed|failed|is down
        |unavailable|broken|no route|aborted|terminated|shut)
    (?:timed? ?out|lost connection|no route|unable to connect|cannot connect
        |could not connect|couldn't (?:connect|establish|make)|can't connect|failed to connect
        |not able to connect|no answer|no response|did not respond|not responding
        |unable to (?:reach|contact|establish)|could not (?:contact|reach)|cannot contact
        |unreachable)
    (?:nao (?:foi possivel|consegui\w*) (?:conectar|estabelecer|contatar|conex))
    (?:servidor|host|conexao)[^.]{0,40}(?:nao (?:responde|respondeu|disponivel)
        |indisponivel|recusad|fora do ar|inacessivel|expirou|esgotad)
    (?:server|host|mailbox|postfach)\b[^.]{0,40}(?:nicht erreich|antwortet nicht)
    (?:conexion|servidor)[^.]{0,40}(?:rechazad|no (?:responde|disponible)|agotad)
    """,
    "policy": r"""
    polic(?:y|ies)
    (?:access|permission|transaction|request|delivery|message|mail
        |e-?mail)s?\b[^.]{0,30}(?:denied|not authori[sz]ed|refused|rejected|prohibited
        |forbidden|not permitted|not allowed|reject|blocked)
    (?:administrative|administratively) (?:prohibit|den|block|reject)
    administrat(?:or|ive)[^.]{0,30}(?:prohibit|reject|denied|block)
    not (?:authori[sz]ed|permitted|allowed)
    security (?:reasons|policy|violation)
    local (?:policy|rules?|configuration)
    (?:rejected|refused|denied|blocked) (?:by|due|for|because|message)
    transaction failed
    politica
    acesso negado
    rejeitad[ao]|recusad[ao]
    """,
    "user-unknown": r"""
    mailbox (?:unava\w+|not available)|rejected recipients?\b
    ^(?:requested (?:mail )?action not taken|requested action aborted)[ .]*$
    (?:recipient|rcpt|address)(?: address)?s?~?(?: is| was)? ?(?:rejected|refused|not accepted
        |denied)(?! ?: ?(?!access denied)\w)
    undeliverable (?:address|recipient|to)
    """,
    "system": r"""
    (?:local|internal|server|configuration|software|i/o|disk|database|mapping|ldap|resource|lookup
        |temporary|temporarily)s?\b[^.]{0,30}(?:error|failure|problem|full\b|fail|unavailable
        |exception|broken|out of)
    system (?:error|failure|problem|full)|error while (?:being )?process
    (?:service|system|server|resources?)[^.]{0,30}(?:unavailable|not available|overload
        |busy|shutting|temporarily|insufficient|low|load)
    (?:insufficient|not enough|out of|no) (?:\w+ )?(?:disk|storage|space|memory|resources)
    try (?:again )?later
    command (?:died|failed|output|line)
    pipe (?:to|command|transport)
    unable to (?:open|write|create|lock|fork|run|access)
    can't (?:create|open|write|lock|access)
    cannot (?:create|open|write|lock|access|append)
    permission denied
    erro (?:interno|no servidor|temporario|do sistema)
    tente novamente
    """,
}
"""Reason -> phrases that count only where no status says more, in the order in which they are tried."""
