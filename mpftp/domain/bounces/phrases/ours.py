"""What mail servers say of us: our account, our host, our sender, how much we send.

Written for ``normalize`` text, as ``reason_pattern`` reads it: one phrase a line, ``~`` for a few words.
They are tried before all others: a refusal that speaks of the sender says nothing of who was written to.
"""

from __future__ import annotations

from mpftp.domain.bounces.phrases import Phrases

OURS: Phrases = {
    "authentication": r"""
    d ?marc\b
    dkim\b[^.;]{0,60}\b(?:fail|reject|not pass|invalid|required|did not|missing|falh|inval|obrigat|fallo)
    (?:fail|reject|not pass|invalid|violat|falh|fallo)\w*[^.;]{0,40}\bdkim\b
    sender (?:is )?(?:un|not )authenticated|(?:registros? (?:de )?)spf\b
    spf (?:record|check|policy|fail|validation|error|softfail|-all|hard ?fail|registro|entry|verif|falh
        |invalid)
    (?:per|by|by its|to) (?:\w+ )?spf\b
    spf\b[^.;]{0,60}\b(?:fail|reject|not pass|denied|not (?:allowed|permitted|authori)|check|violat
        |falh|recus|rejeit|inval|rechaz|fallo|no (?:esta )?autoriz|nao (?:esta )?autoriz|not designate)
    (?:fail|reject|not pass|violat|denied|falh|recus|rejeit|rechaz|fallo)\w*[^.;]{0,40}\bspf\b
    openspf\b|sender policy framework|sender id (?:fail|check)
    (?:un|non-?)authenticated (?:e-?mail|mail|sender|message)|e-?mail (?:is )?not authenticated
    mensage[mn]s? nao autenticad|remetente nao autenticad|(?:correo|mensaje|remitente) no autenticad
    (?:reverse (?:dns|lookup|name|resolution)|rdns|dns revers[oa]|revers[oa] dns
        |\bptr\b)[^.;]{0,60}\b(?:fail|record|lookup|missing|not\b|no\b|nao
        |invalid|reject|required|entry|registro|inexist|ausent|inval|obrigat|does)
    (?:no|without|missing|sem|sin|lacks?|invalid|bad|falta|requires?|not have|tem
        |tiene) (?:a |an |any |de |valid |o |el |registro )*(?:reverse (?:dns|host|name|lookup)|rdns|ptr\b
        |dns revers|registro ptr)
    (?:cannot|can't|could not|unable to|failed to) (?:find|resolve|verify) your (?:reverse )?(?:host ?name
        |host|ip)
    (?:ip|host|server|client)~(?:no|not have an?|without|lacks) (?:ptr|reverse)
    arc seal|bimi\b
    """,
    "rate-limited": r"""
    rate.?limit|frequency limit|(?:sending|mail|message|envelope) rate\b
    (?:daily|hourly|monthly|diari[ao]s?|por hora|por dia|mensal|mensual|horari[ao])~(?:limit|quota|cota
        |cuota|maximo)
    (?:limit|quota|cota|cuota|maximo|maximum|exce[ds]\w*)~(?:daily|hourly|diari[ao]s?|por hora|por dia
        |per (?:hour|day|minute)|mensa(?:l|is)|mensual(?:es)?)\b
    (?:sending|submission|outgoing|outbound|smtp|relay|envios?|salida|saida) ?~(?:limite?s?|quota|cota
        |cuota|threshold|allowance)\b
    (?:limite?|quota|cota|cuota|threshold)(?: (?:de|for|of|to|on|do|del))? ?(?:\w+ ){0,2}(?:envios?|sending
        |outgoing|outbound|submission|salida|saida|relay)\b
    exceeded (?:the |your |its )?(?:limit for the |max(?:imum)? |allowed |limit of )+(?:number of )?(?:mes
        +sages|e-?mails|mails|recipients|envios)
    (?:max(?:imum)?|limite?)(?: number)?(?: of)?~(?:e-?mails|messages|mails|mensagens|mensajes
        |correos) (?:per|por|allowed|permitid|a cada)
    (?:e-?mails?|messages?|mails?|mensagens|mensajes|correos) (?:per|por) (?:hour|day|minute|hora|dia
        |minuto|second)
    \brecipients? (?:rate )?limit|limite? (?:of |de |on )?(?:recipients|destinatari[oa]s)
    too many[^.;:]{0,30}\b(?:connections?|messages|mails|e-?mails|sessions|recipients|addresses|errors
        |requests|concurrent|commands|users|hits)\b(?! (?:in|for
        |on) (?:the |this |your |his |her |user'?s? )?(?:mail ?box|inbox|folder|user|account|server))
    too many (?:\w+ )?(?:invalid|unknown|bad|failed|wrong) (?:recipients|users|rcpt|addresses|commands)
    (?:mailbox|user|recipient|account)[^.;]{0,40}(?:too quickly|at a rate|too (?:fast|frequent))
    receiving (?:mail|messages) (?:at a rate|too quickly)|receiving too (?:much|many)\b
    rec[ei]bi?endo (?:e-?mails|mensagens|correos?|mensajes) (?:a um?a (?:taxa|tasa|velocid)|(?:muito|muy
        |demasiado) rapid)
    (?:exceeded|reached|maximum|limit)~(?:connections?|sessions?|concurrent|recipients (?:per|this))\b
    (?:message|delivery) (?:\w+ )?(?:rate|limit)~(?:exceed|reach)
    you (?:have |'ve )?(?:exceeded|reached)~limit
    (?:numero|number|limite?|maxim\w+|excedid[oa]|excedeu|excedio|excesso|exceso)~(?:destinatari[oa]s
        |recipients|recipientes)\b
    throttl|temporarily (?:deferred|rate)|unusual rate|too (?:fast|quickly|frequent)|traffic volume
    exceeded (?:the |your )?(?:number of |max )?(?:e-?mails|messages) (?:per|allowed)
    (?:muit[ao]s|excesso de|limite de|demasiad[ao]s|exceso de|numero (?:maximo
        |excessivo) de)(?: \w+)? (?:conexoes|conexiones|mensagens|mensajes|envios?|destinatarios|correos
        |e-?mails|sessoes|sesiones|tentativas)\b(?! (?:na caixa|en (?:el|su) buzon))
    (?:limite|cota|quota|cuota)~(?:de envios?|de mensagens|de mensajes|de e-?mails|de correos|conex
        |por hora|diari[oa]|destinatarios)
    (?:atingiu|excedeu|ultrapassou|alcanzo|supero|excedio|superado|excedido)~(?:limite|maximo|cota
        |cuota)(?: \w+){0,3} (?:envios?|mensagens|mensajes|e-?mails|correos|destinatarios|conex\w*|hora|dia
        |diari[oa]s?)\b
    """,
    "sender-refused": r"""
    (?:your|sua|tua|vossa|su|tu|votre|sender'?s?|sending|outgoing|submission|smtp
        |mailing) (?:\w+ ){0,2}(?:account|conta|cuenta|compte)\b~(?:suspend|suspens|disabled|blocked|locked
        |deactivat|inactive|restrict|not (?:allowed|authori|permitted|verified|active)|terminated|closed
        |banned|bloque|bloqued|bloquead|desativad|desabilitad|desactivad|inabilitad|cancelad|limitad
        |restring|nao (?:esta|pode|foi|tem)|no (?:esta|puede|tiene)|paused|on hold|under review|compromis
        |abus|deshabilitad|has been|is)\w*(?! (?:exist|valid))
    (?:your|sua|su|tu) (?:\w+ ){0,2}(?:message|mensagem|mensaje|e-?mail|mail) (?:can(?:'t|not) be sent
        |couldn't be sent because you|nao pode ser enviad\w+ porque (?:voce|sua))
    (?:account|conta|cuenta|user|usuario)(?: \w+)?~(?:from sending|for sending|to send|para (?:o )?envi\w+
        |de enviar|para envios?|para mandar|sending disabled)\b
    (?:conta|cuenta|account) (?:de envio|de envios|de saida|de salida|smtp|remetente|remitente|emisora
        |do remetente|del remitente)
    (?:outgoing|outbound) (?:e?-?mails?|messages?|mail|smtp)~(?:suspend|disabled|blocked|held|not allowed
        |denied|restricted)\w*
    (?:envio|envios|saida|salida)(?: de)?(?: (?:e-?mails|mensagens|mensajes|correos))?~(?:suspens[oa]s?
        |bloquead[oa]s?|suspendid[oa]s?|desativad[oa]s?|nao (?:permitid|autorizad)|no (?:permitid
        |autorizad))
    (?:suspended|blocked|disabled|banned|prohibited|restricted|prevented|bloquead[oa]|suspens[oa]
        |impedid[oa]|proibid[oa]|suspendid[oa]|suspendiert) (?:from|for|de|para|of|due to|to) (?:sending
        |send|enviar|envio|envios|mandar|relaying)
    (?:mail|message)s? (?:cannot|can't|could not) be sent until
    verified (?:sender|identit|domain|from)|identit(?:y|ies) (?:is |are )?(?:not verified|failed the check)
        |send(?:er)? ?as ?denied|sendasdenied
    e-?mail address(?:es)? (?:is|are) not verified|\bbatv\b|from: domain|provide a valid from
    invalid domain, see|invalid dns (?:mx|a)\b
    (?:not|un)[ -]?(?:authori[sz]ed|permitted|allowed|entitled)[^.;]{0,30} (?:to send|sending)\b
    (?:nao|no)(?: (?:esta|tem|tiene|es|e))?(?: (?:permissao|permiso))?(?: (?:autorizad
        |permitid)[oa])? (?:para|de|a) (?:enviar|mandar)\b
    (?:permission|rights?|permissao|permiso)s? to (?:send|post)\b
    unauthori[sz]ed (?:sender|from|mail from)|(?:sender|remetente|remitente) (?:nao|no|not) (?:autoriz
        |authori|permit|allowed)
    (?:mx|dns|spf|records?|registros?)(?: \w+)? (?:for|of|in|de|do|del|para|no|en) (?:your|seu|sua
        |su) (?:domain
        |dominio|sending|host|server|servidor)|(?:cannot|can't|may not) send\b(?! (?:\w+ ){0,2}to\b)
    (?:sender|originator|envelope.?from|return.?path|mail from|reverse.?path|from (?:address|header|domain
        |field)|(?:return|bounce) address|endereco de (?:retorno|resposta)|direccion de (?:retorno|respuesta)
        |mfrom|emetteur|expediteur|absender\w*|mittente|remetente|remitente)\b'?s?~(?:reject|invalid
        |not (?:exist|found|allowed|accept|verified|permitted|valid|listed|known|in)|fail|refus|denied
        |does(?:n't| not)|unknown|forbidden|unrouteable|unresolvable|unverified|block|black|inexist|inval
        |recusad|rejeitad|bloquead|rechazad|nao|no (?:esta |fue |es )?(?:exist|val|permit|autoriz|encontr
        |pudo)|desconhecid|desconocid|nicht|unbekannt|inconnu|sconosciut|restrict|lookup|verif|is too
        |(?:could not|couldn't|cannot|can't) be (?:resolv|verif|found|validat|reach)
        |banned|mismatch|unable|temporar|callback|callout|exceeded)
    (?:invalid|bad|unknown|illegal|rejected|refused|forbidden|unroutable|unrouteable|blocked|banned
        |malformed|unverified|denied|no such|non-?existent|unresolvable|unable to (?:verify|resolve|find)
        |could not (?:verify|resolve|find|be verified)|couldn't verify|cannot (?:verify|resolve|find)
        |can't (?:verify|resolve)|not? (?:a )?valid|missing|verify(?:ing)?|need(?:s)? valid)(?: the| your
        | domain of)? (?:sender|originator|envelope.?from|return.?path|mail from|reverse.?path
        |from (?:address|domain|header))
    (?:remetente|remitente|emetteur|expediteur)~(?:inval|inexist|desconhecid|desconocid)
    (?:endereco|dominio|domain|direccion|conta|e-?mail|address|correo|dns|mx|hostname|host)(?: \w+)? (?:de
        |do|del|of|da|for)(?: the| your| o| el)? (?:sender|remetente|remitente|origem|origen|mail from
        |envelope)
    (?:mail|message|mensage[mn]|e-?mail|correo)s? (?:from|de) (?:this|your|the|that|esse|este|seu|su
        |ese) (?:sender|domain|address|remetente|remitente|dominio|endereco|direccion)
    sender domain|sender address rejected|envelope sender|verification failed for <?@>?|sender verif
        |sender callout|callback verification|call-?out verification
    (?:de|do) seu dominio|your (?:e-?mail |sending |own |from )?(?:address|domain|sender)\b~(?:not|invalid
        |reject|refus|block|unknown|does|is|has|fail|banned|denied|missing|could|couldn't|can't|cannot)
    (?:seu|su|tu) (?:dominio|endereco|direccion|remetente)(?: de \w+)?~(?:inval|nao (?:existe|autoriz
        |foi aceit|e valid)|no (?:existe|autoriz|es val)|rejeitad|recusad|rechazad)
    sendernotauthenticated|rest(?:ricted|riction)[^.;]{0,60}sending to|restricted to (?:specific|certain
        |authenticated) senders
    only (?:accept|receiv)\w* (?:mail|messages|e-?mail)? ?from
    (?:only|not) (?:\w+ )?(?:accepts?|allowed)[^.;]{0,40}(?:from (?:people|senders|members)
        |specific senders|certain (?:people|senders))
    only (?:\w+ ){0,3}(?:members|subscribers|senders|users) (?:can|may|are allowed to) (?:send|post)
        |(?:sender|address) is not (?:subscribed|a member)
    backscatter|mismatch\w* client ip|postmaster (?:address )?(?:not|un|does)|domain (?:has
        |have) no (?:abuse|postmaster)
    (?:null|empty) (?:sender|return.?path|reverse.?path)|<>: ?sender|your (?:from|sender)
    (?:message|mail) (?:submission|send)~(?:denied|disabled|blocked|not allowed)
        |client (?:was |is )?not authenticated to send|storedrv\.?submission
    contact (?:us|support|suporte|soporte)~(?:reactivat|reativ|unblock|re-?enable|enable)|to (?:reactivate
        |re-?enable|unsuspend)
    """,
    "blocked": r"""
    (?:black|block|deny|reject|ban|spammer)[ -]?list
    \b(?:rbl|dnsbl|dnsrbl|drbl|spamhaus|spamcop|sorbs|barracudacentral|uceprotect|abuseat|surbl
        |uribl|mxtoolbox|senderbase|cloudmark|proofpoint|senderscore|invaluement|njabl|ordb
        |mail-abuse|spamrats|psbl|backscatterer|hostkarma|truncate|abusix|mailspike)\b
    (?:lista|listas) (?:negr|de bloqueio|bloque|de bloqueo)|blocklist|liste noire|sperrliste
    (?:your|seu|sua|su|tu|sending|client|connecting|source|originating) (?:\w+ ){0,2}(?:ip|host|server
        |network|hostname|host ?name|mail server|smtp server|servidor|rede|provedor|isp|machine|mta|system
        |address range|relay|client|ips|subnet)\b~(?:unknown|not\b|invalid|block|bann|reject|refus|denied
        |listed|blacklist|does|is\b|has\b|suspended|desconhecid|bloquead|nao|no\b|inval|recusad|rejeitad
        |rechazad|listad|restrict|bad|poor|blackl|dynamic)
    (?:ip|ip address|endereco ip|direccion ip|client host|sending host|connecting host|host ip)\b~(?:block
        |bann|reject|refus|denied|listed|blacklist|listad|bloquead|not (?:allowed|permitted|authori|accept
        |welcome)|unauthor|restrict|nao|no (?:permit|autoriz)|rejeitad|recusad|rechazad|suspens|poor|bad
        |dynamic|reputa|in our|prohib|forbid|suspicious|unknown|desconhecid|desconocid)
    (?:access|mail|messages?|e-?mails?|connections?|conexao|conexion|conexoes|acesso|acceso|mensage[mn]s
        |mensajes|correos?)(?: \w+){0,2} (?:from|de|do|da|desde|del|by)(?: (?:the|this|your|seu|sua|o|su
        |esse|este|unauthori[sz]ed|unknown))?(?: \w+){0,2} (?:ip|host|server|network|provider|country|hosts
        |servidor|ips|rede|red)\b
    (?:access|mail|messages?|e-?mails?|connections?)(?: \w+){0,2} (?:from) \[?ip#
    ip#\]?\)?(?: \w+){0,3} (?:is |has been |esta |foi |was |e |blocked|not (?:allowed|authori|permitted)
        |listed|banned|bloquead|listad)
    (?:blocked|banned|refused|rejected|denied|listed|bloquead[oa]|listad[oa]
        |blacklisted)[^.;]{0,30}(?:your (?:ip|host|server|network|address|mail server)|client host
        |ip address|ip#|seu (?:ip|servidor)|su (?:ip|servidor)|endereco ip|direccion ip)
    (?:poor|bad|low|negative|ma|baixa|mala|baja) (?:\w+ )?reputa\w+|reputa\w+~(?:poor|bad|low|score|block
        |reject|policy|baixa|ruim|mala|baja|neg)
    (?:sender|domain|ip|server) reputation|sender score
    (?:listed|found|listado|present|encontrado|consta) (?:in|by|on|at|em|en|na
        |no) (?:the |our |a |an )?(?:\S{0,60}\b(?:dnsbl|rbl|bl|zen|xbl|sbl|pbl|cbl|dul|drbl)\b|list\b
        |lista\b|internal list|local list)
    ^\W*(?:the )?host ?name (?:is )?(?:not valid|invalid)|^\W*invalid (?:domain|host) ?name\b(?! ?[:@<(])
    dynamic (?:ip|pool|address|hosts?)|dial-?up|residential (?:ip|address)|generic (?:reverse|ptr|rdns
        |hostname)
    (?:acesso|acceso|access) (?:\w+ )?(?:negado|denegado|denied|bloqueado) (?:a|ao|para|to|from|desde|de|for)
        + (?:o |el |the )?(?:seu|su|your|this|esse|este|ese)\b
    unknown (?:sending|client|connecting|remote|relay) (?:host|server|ip)\b|relay host ?name
        |no matches to nameserver|\((?:con|dns|dyn|hvip|hvu|rtr):[a-z0-9]{1,3}\)
    client host|banned sending|\bblocked using |:blocked\)|\baup#\w|client (?:ip|address)|spamtrap|spam ?trap
    (?:helo|ehlo)\b(?!\))|heloname|fully.qualified (?:host|domain)
    (?:host|hostname|host name|domain) (?:you|sent|given|provided|presented)~(?:helo|ehlo|not)
    get(?:ting)? removed|(?:removal|delist|de-?list|unblock)(?:ing)? (?:request|form|please|at|from|visit)
        |request (?:removal|delisting)|request (?:to be )?(?:unblock|delist)
    (?:domain|dominio|sender|remetente|remitente)s?\b~(?:blacklist|blocklist|is blocked|has been blocked
        |was blocked|banned|lista negra)
    (?:connection|session|conexao|conexion) (?:rejected|refused by (?:policy|administrator)|recusada pel
        |rejeitada)|no (?:smtp )?service (?:here|for you)
    """,
    "relaying": r"""
    (?:authentication|auth|login|autenticacao|autenticacion|autentificacion
        |smtp auth) (?:\w+ )?(?:is |e |es |esta )?(?:required|requires|needed|necessari|obrigatori|requerid
        |necesari|exigid|failed|falhou|fallida|fallo|first|obligatori|credentials|unsuccessful|disabled
        |mechanism)
    (?:requires?|require|exige|requiere|need|needs|needed|necessita|necesita|must|deve|debe|e necessario
        |es necesario|precisa|voce precisa)(?: \w+){0,3} (?:authenticat\w+|autentica\w*|autentificar\w*
        |smtp auth|auth\b|log ?in\b|login)
    (?:falha|erro|error|failure|fallo|problema)s? (?:de|na|en|in|of|da) (?:la )?(?:autentica|authentica|login)
    autentica(?:cao|cion)\b ?[:-]|you authenticated as|authenticated (?:as|user)\b
    credentials?\b|credencia(?:is|les)|(?:invalid|bad|wrong|incorrect|senha|clave
        |contrasena) (?:\w+ )?(?:password|login|incorret|incorrect|inval)
    not (?:logged in|authenticated)\b|client (?:was )?not authenticated|(?:usuario|cliente|servidor) (?:nao
        |no) autenticad|unauthenticated (?:relay|client|user|connection|smtp)
    (?:mailing|mail|delivery|sending|relay\w*) to remote (?:domains?|hosts?|addresses|users?)(?: is
        | are)? (?:not|dis|den|pro)
    remote (?:domains?|hosts?|recipients?) (?:are |is )?not (?:supported|allowed|permitted)
        |local (?:delivery|domains?|recipients?|addresses|mail) only|only local (?:delivery|mail|domains)
    not (?:an? )?open relay|open relay|use (?:your )?(?:isp|provider)'?s? (?:smtp|mail|outgoing)
        |pop before smtp|check (?:your )?mail before sending
    (?:nao|no) (?:esta |e )?(?:autorizad[oa]|permitid[oa]) (?:a
        |para) (?:fazer |hacer |usar )?(?:\w+ )?(?:relay|retransm|encaminh|reenvi|este servidor)
    relay(?:ing)?\b (?:from|for) (?:your|this|you|client|ip#)
    (?:your|seu|sua|su) (?:\w+ ){0,3}relay
    tenantattribution|smarthost
    """,
}
"""Reason -> phrases that speak of us. A report that has them suppresses no address."""
