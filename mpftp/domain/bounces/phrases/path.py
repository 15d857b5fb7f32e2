"""What is said of servers on the way that were away, gave up, or failed; of DNS that did not answer.

Written for ``normalize`` text, as ``reason_pattern`` reads it: one phrase a line, ``~`` for a few words.
Clear words only, for they win over those that speak of a recipient.
"""

from __future__ import annotations

from mpftp.domain.bounces.phrases import Phrases

PATH: Phrases = {
    "expired": r"""
    retry time(?:out)? (?:was )?(?:not (?:been )?reached|exceeded)
    (?:envelope|message|delivery|queue|mail|mensagem|mensaje)(?: time| lifetime
        | period)? (?:has |time )?expired|message (?:has )?(?:been in|timed out in|was in) (?:the )?queue
    retransmission|retry (?:limit|count|period|timeout)|(?:maximum|max) (?:retr(?:y|ies)|queue|time in queue)
    (?:been|sat|stayed|was) (?:in|on) (?:the|our|this) (?:mail )?queue (?:for )?too long|queued too long
        |in queue too long
    (?:could not|cannot|couldn't|not|unable to|can't) be delivered (?:for|within|in
        |after) (?:\w+ ){0,3}\d+ (?:hour|day|minute|second)
    (?:failed|tried|trying|unsuccessful|attempts?) (?:\w+ ){0,4}(?:for|over|after) (?:\w+ ){0,3}\d+ (?:hour
        |day|attempts)
    prazo~(?:expir|esgot)|tempo (?:limite|maximo)~(?:fila|excedid|entrega|expir|esgotad)|plazo~(?:expir
        |agot|vencid)|(?:expirou|caducado|caduco|expiro|expirado) (?:na|en|a|la|o)\b~(?:fila|cola|entrega
        |envio)
    """,
    "unreachable": r"""
    (?:connection|connect|conversation|session|read|operation|smtp|network|socket|conexao
        |conexion)\b~(?:timed? ?-?out|refused\b(?! by)|reset|dropped|lost|broken|failed|aborted
        |unexpectedly|recusada|rechazada|caiu|esgotad|agotad|perdid|interrompid|interrumpid|expirou|falhou
        |fallo)
    timed? ?-?out\b|timeout\b|lost connection|no route to|network (?:is )?unreachable
        |host (?:is )?(?:unreachable|down|not responding)|connection was lost|socket error
    (?:unable|not able|failed|failure|couldn't|could not|cannot|can't) (?:to )?(?:connect|contact|reach
        |establish|make|open)(?: \w+){0,4} (?:connection|host|server|to|mx|mail|smtp|exchanger|servers
        |hosts|any)\b
    (?:did not|didn't|does not|doesn't|not|no) (?:accept our requests? to connect|respond(?:ing)?
        |answer(?:ing)?|response|reply)\b
    (?:recipient|remote|destination|mail|smtp|other|receiving)(?:'s)? (?:mail )?(?:server|host|mx|exchanger
        |system)s?\b~(?:down|not available|unavailable|away|offline|not responding|busy|unreachable|failing)
    all (?:hosts|servers|mx|mxs|mail servers|relays) ?~(?:failing|failed|unreachable|down|busy|refus
        |unavailable)|have been failing for a long time
    (?:no|none of the|any of the) (?:mx |mail )?(?:hosts?|servers?|exchangers?) (?:could be|were|was|are
        |is) (?:reach|contact|available|accept)
    (?:host|domain|name|dns|mx|server|nameserver|name service)s?\b[^.;]{0,60}\b(?:try again|servfail
        |temporar\w+ (?:fail|error|unavail)|timed? ?out|lookup did not complete|did not complete
        |query failed|refused)
    (?:temporary|transient|temporaria|temporal)(?: \w+){0,2} (?:name|dns|lookup|resolution|resolver
        |resolucao|resolucion)|try again$|host or domain name not found[^;]{0,80}try again|servfail
        |lookup did not complete|dns query failed|dns (?:server |lookup )?(?:time|fail|error)
    (?:falha|erro|error|fallo|problema)s? (?:temporari[oa] |temporal |na |no |de |en |en la )*(?:dns
        |resolucao|resolucion|conex|consulta|rede|red)\b
    (?:nao|no)(?: (?:foi possivel|consegui\w*|se (?:pudo|puede|ha podido)|fue posible|pude
        |pudo))(?: se)? (?:conectar|estabelecer|establecer|contatar|contactar|conex|alcanc|alcanz
        |abrir conex)
    (?:servidor|host|conexao|conexion|servidores)\b~(?:nao (?:responde\w*|respondeu|disponivel|esta respond
        |aceit\w+ conex)|indisponivel|recusad[ao] conex|fora do ar|inacessivel|no (?:responde|respondio
        |disponible|esta disponible)|caido|inaccesible|sem resposta|sin respuesta)
    (?:nao|no) (?:houve|hubo) resposta|sem resposta do servidor|sin respuesta del servidor
        |tempo (?:de conexao )?esgotado|tiempo (?:de espera )?agotado
    (?:server|host|mailbox|postfach)\b[^.]{0,40}(?:nicht erreich|antwortet nicht)
    (?:malformed|unexpected|invalid|garbled|incomplete) (?:\w+ )?(?:reply|response|answer|greeting|banner)
        |bad greeting
    tls (?:handshake|negotiation|required|connection|session|is required|error|failure)|starttls
        |ssl (?:error|handshake)|certificate (?:verif|expired|not|verify)
    """,
    "system": r"""
    (?:mail ?box|account|user|recipient|caixa(?: postal)?|conta|buzon|cuenta|service|servico|servicio
        |system|server|servidor|resources?)\b(?: is| esta)? (?:temporarily|temporariamente|temporalmente
        |currently|momentaneamente) (?:unavailable|not available|indisponivel|no disponible|inacessivel
        |locked|busy|overloaded)
    (?:server|system|servidor|sistema)\b(?: \w+){0,2} (?:busy|ocupado|sobrecarregad\w+|sobrecargad\w+
        |overload\w*)|mail ?box (?:is )?(?:busy|in use)|(?:account|user|mailbox) server\b
    temporarily (?:unavailable|unable|not available)|temporariamente indisponivel|temporalmente no disponible
    (?:improper|bad|out of|wrong|invalid|unexpected) (?:command )?sequence|sequence of commands|(?:command
        |verb) (?:not (?:implemented|recognized|understood|supported)|unrecognized|unknown)
        |unrecognized command|unknown command|syntax error|comando (?:desconhecid|nao reconhecid
        |no reconocid|desconocid|invalid)|protocol (?:error|violation)|pipelining
    internal (?:server |system |software )?error|erro interno|error interno|(?:local|configuration|software
        |i/o|disk|database|mapping|ldap|resource|mail server) (?:\w+ )?(?:error|failure|problem|unavailable
        |misconfigur)
    insufficient system|system (?:storage|resources|config|incorrectly)|disk full|out of memory
        |no space left|read-?only file|cannot append|cannot open|queue file write
    policy (?:server|service|daemon)(?: \w+)? (?:error|timeout|unavailable)|milter
    """,
}
"""Reason -> phrases that say it clearly."""
