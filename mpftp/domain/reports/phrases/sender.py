"""What mail servers say of the sender and the message: spam, lists, limits, authentication.

Written for ``plain`` text, as ``any_of`` reads it: one phrase a line.
"""

from __future__ import annotations

from mpftp.domain.reports.phrases import Phrases

SENDER: Phrases = {
    "greylisted": r"""
    gr[ea]y-?list
    greet pause
    try again in \d+ (?:sec|min)
    """,
    "authentication": r"""
    \bdmarc\b
    \bdkim\b.{0,60}(?:fail|reject|not pass|invalid|required|did not)
    (?:fail|reject|not pass|invalid|violat).{0,40}\bdkim\b
    sender is (?:un|not )authenticated|registros? (?:de )?spf
    (?:no|missing|invalid|without|lacks?|bad|check) (?:\w+ ){0,3}spf record
    spf record (?:is|was|does|not|missing)
    \bspf\b.{0,60}(?:fail|reject|not pass|denied|not allowed|not permitted|check|violat)
    (?:fail|reject|not pass|violat|denied).{0,40}\bspf\b
    openspf\.
    sender policy framework
    unauthenticated (?:e-?mail|mail|sender|message)
    (?:reverse dns|rdns|\bptr\b).{0,60}(?:fail|record|lookup|missing|not |no |invalid
        |reject|required|entry)
    (?:cannot|can't|could not|unable to) (?:find|resolve) your (?:reverse )?(?:hostname
        |host name)
    client host rejected: cannot find your
    no reverse dns
    """,
    "rate-limited": r"""
    rate.?limit|frequency limit
    (?:too many|exceeded|maximum|limit)[^.]{0,40}(?:connections?|messages? (?:per|from|in
        |sent)|recipients (?:per|this)|e?-?mails? (?:per|from|sent)|sessions|concurrent
        |per (?:hour|day|minute|connection|session)|sending limit)
    too many (?:messages|recipients|connections|emails|mails|sessions)
    receiving mail (?:at a rate|too quickly)
    (?:daily|hourly|sending|message|delivery|submission) (?:\w+ )?(?:rate|quota
        |limit)[^.]{0,30}(?:exceed|reach|limit)
    throttl
    temporarily (?:deferred|rate)
    unusual rate
    too (?:fast|quickly|frequent)
    traffic volume
    (?:muitas|excesso de|limite de) (?:conexoes|mensagens|envios|destinatarios)
    limite de (?:envio|conex|mensagens)
    demasiad[ao]s (?:conexiones|mensajes)
    """,
    "loop": r"""
    too many hops
    hop count
    (?:mail|message|routing|forwarding|delivery|smtp)[ -](?:\w+ )?loop
    loops? back to (?:myself|me)
    loop(?:ing)? (?:detected|problem)
    excessive number of (?:received|hops)
    delivered-to: .{0,20}already
    (?:loop|laco|ciclo) (?:de|no) (?:e-?mail|correio|encaminhamento|mensage)
    saltos demais
    maximum hop
    """,
    "blocked": r"""
    (?:black|block|deny|reject|ban)[ -]?list
    \b(?:rbl|dnsbl|dnsrbl|spamhaus|spamcop|sorbs|barracudacentral|uceprotect|abuseat|surbl
        |uribl|mxtoolbox|senderbase|cloudmark|proofpoint|senderscore|invaluement|njabl|ordb
        |mail-abuse)\b
    (?:ip|host|server|client|connection|network|sender|address|domain)s?\b[^.]{0,60}(?:is |been\s
        |are |was )?(?:temporarily |currently\s
        |permanently )?(?:blocked|banned|blacklisted|blocklisted)
    (?:blocked|banned|refused|rejected|denied)[^.]{0,30}(?:your (?:ip|host|server|network
        |address|mail server)|client host|ip address)
    (?:poor|bad|low|negative) (?:\w+ )?reputation
    reputation[^.]{0,40}(?:poor|bad|low|score|block|reject|policy)
    (?:listed|found) (?:in|by|on|at) (?:\S+\.)?(?:dnsbl|rbl|bl|zen|xbl|sbl|pbl|cbl|sbl-xbl
        |dul|list)\b
    dynamic ip
    (?:ip|endereco|servidor|remetente|dominio)[^.]{0,40}(?:bloquead|lista negra|listado)
    lista negra
    liste noire
    access denied.{0,40}(?:ip|banned)
    banned sending ip
    \bblocked using |:blocked\)|\baup#\w
    bloquead[ao] por
    """,
    "spam": r"""
    \b(?:is|as|like|likely|contains?|be|considered|identified|classified|detected|possible
        |suspected|probable|suspicious|looks?|refused|reject\w*|tagged|our|flagged|scored?|marked
        |for|this|of|your|se[mn]d\w*|no|anti)[ -]?(?:an? |to be |high |possible\s
        |likely )*(?:spam|junk|uce|ube)\b
    \bspam(?:my|mer|ming|med)?\b[^.]{0,50}(?:detect|reject|block|refus|filter|score|content|classif
        |message|not accept|found|denied|source|drop|threshold|protect|policy|suspect)
    (?:message|mail|e-?mail|content)s?\b[^.]{0,40}\b(?:spam|junk|unsolicited|bulk)
    unsolicited
    spamassassin
    antispam
    anti-spam
    junk mail
    bulk (?:e-?)?mail
    bayesian
    (?:suspeit|considerad|identificad|classificad|parece)[^.]{0,40}spam
    mail content denied
    \bdenied \[\w{1,4}\]|\bdt:spm\b
    """,
    "too-large": r"""
    (?:message|mail|e-?mail|attachment|file|letter)s?\b[^.]{0,50}(?:too (?:big|large)
        |exceed[^.]{0,50}(?:size|limit|length|kb|mb|bytes)|larger than|over the (?:\w+ )?size)
    (?:message|mail|data|maximum|max)[ _](?:file )?size[^.]{0,40}(?:exceed|limit|violat|too
        |larger)
    exceed[^.]{0,40}(?:message|attachment|file|mail) size
    (?:exceeds|exceeded|over)[^.]{0,40}size (?:limit|maximum)
    size (?:limit|exceed)
    too (?:big|large) (?:message|for)
    (?:mensagem|e-?mail|anexo)[^.]{0,40}(?:muito grande|grande demais|excede|tamanho|ultrapass)
    tamanho (?:maximo|da mensagem)
    (?:mensaje|correo)[^.]{0,40}(?:demasiado grande|tamano|excede)
    message trop (?:gros|volumineux|long)
    nachricht[^.]{0,30}zu gro(?:ss|ß)
    """,
    "content": r"""
    \bvirus\b|malware|phishing|content (?:presents|restriction)|potential security (?:issue|risk)
    (?:corrupt|malformed|invalid|illegal) (?:message|mime|content|header|body)
    (?:lone|bare) (?:cr|lf)\b|(?:banned|forbidden|prohibited|dangerous) (?:\w+ )?(?:attachment|file
        |extension)
    conteudo (?:proibido|nao permitido|malicioso)
    """,
    "sender-refused": r"""
    sender domain must exist|unauthori[sz]ed sender|sendernotauthenticated|rest(?:ricted
        |riction)[^.]{0,60}sending to
    sender (?:address|domain|verify|is|was|not|e-?mail)[^.]{0,60}(?:reject|invalid
        |not (?:exist|found|allowed|accept|verified|permitted)|fail|refused|denied|does(?:n't
        | not)|unknown|forbidden)
    (?:sender|from|envelope.?from|return.?path|mail from
        |reverse.?path)\b[^.]{0,30}(?:reject|refused|denied|not allowed|invalid
        |could not be verified|not verified)
    (?:could not|unable to|can't|cannot) (?:be )?verif\w+ (?:the )?sender
    (?:not|un)(?:authori[sz]ed|permitted|allowed)[^.]{0,30} to send (?:e?-?mail|messages?
        |mail)?[^.]{0,20}(?:to|on behalf|as)
    only (?:accept|receiv)\w* (?:mail|messages|e-?mail)? ?from
    restricted to (?:specific|certain|authenticated) senders
    (?:only|not) (?:\w+ )?(?:accepts?|allowed)[^.]{0,40}(?:from (?:people|senders|members)
        |specific senders|certain (?:people|senders))
    backscatter
    remetente[^.]{0,40}(?:recusad|invalid|rejeitad|nao (?:autorizad|permitid|existe|encontrad))
    callback verification
    unrout(?:e)?able sender|mismatch\w* client ip
    e-?mail address(?:es)? (?:is|are) not verified|identit(?:y|ies) failed the check
    """,
    "relaying": r"""
    rela(?:y|ying)\b[^.]{0,50}(?:denied|not (?:permitted|allowed|authori[sz]ed|possible
        |accept)|prohibited|disallowed|access|refused|forbidden|reject|restrict|disabled)
    (?:unable|not (?:permitted|allowed|authori[sz]ed)|refus\w+|cannot|won't|don't
        |not configured|no|reject\w*|unauthori[sz]ed|deny|not an open|do not|does not
        |will not) (?:to )?(?:\w+ )?relay
    we (?:do not|don't) relay
    not (?:a )?gateway
    isn't in my (?:list|control file)
    (?:not|isn't) in my list of allowed rcpthosts
    domain (?:is )?not (?:hosted|local|served|handled|accepted|in|configured)
    not (?:hosted|handled|served) (?:here|by|on)
    nao autorizad[oa] (?:a|para) (?:fazer )?(?:relay|retransm|encaminh)
    nao (?:e )?(?:permitid[ao] )?(?:faz |permite )?(?:o )?(?:relay|retransmiss)
    authentication required
    must authenticate
    """,
}
"""Reason -> phrases that say it clearly."""
