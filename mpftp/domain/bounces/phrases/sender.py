"""What mail servers say of the message, and of a sender whom they do not name: spam, loops, size, relaying.

Written for ``normalize`` text, as ``reason_pattern`` reads it: one phrase a line, ``~`` for a few words.
"""

from __future__ import annotations

from mpftp.domain.bounces.phrases import Phrases

SENDER: Phrases = {
    "greylisted": r"""
    gr[ea]y-?list|greet pause|lista (?:cinza|gris)
    try again in \d+ (?:sec|min)
    """,
    "loop": r"""
    too many hops
    hop count|hopcount
    (?:mail|message|routing|forwarding|delivery|smtp)[ -](?:\w+ )?loop
    loops? back to (?:myself|me)
    loop(?:ing)? (?:detected|problem)
    excessive number of (?:received|hops)
    delivered-to: [^.;]{0,20}already
    (?:loop|laco|ciclo|bucle) (?:de|no|en) (?:e-?mail|correio|encaminhamento|mensage|correo|mensaje)
    saltos demais|demasiados saltos|muitos saltos
    maximum hop
    """,
    "blocked": r"""
    (?:bloquead|blocked|rejeitad|recusad|rechazad|refused|rejected)\w* (?:pel[oa]|por|by)(?: (?:o|el|la|the
        |este|this|seu|su))? (?:destinatari|usuari|user|recipient|addressee|contat
        |receiver)\w*\b(?!'?s? (?:domain|server|system|mail|host|gateway))
    (?:destinatari[oa]|usuari[oa]|recipient|user|addressee)(?: \w+)? (?:bloqueou|recusou|rejeitou|bloqueo
        |ha bloqueado|rechazo|has blocked|blocked|has rejected|refuses|does not want|nao deseja|nao quer
        |no desea|no quiere|nao aceita (?:mensagens|e-?mails) de|does not accept (?:messages|mail
        |e-?mails?) from)
    (?:address|domain|sender|network|connection)s?\b~(?:blocked|banned)
    (?:blocked|banned) (?:address|domain|network)
    block list|blocked at (?:your|the) request|access control list|personal (?:block|black)
    blocked by (?:\w+ )?(?:policy|filter|rule|admin\w*)|bloquead[oa] pela (?:politica|regra)
    bloquead[ao] por(?! (?:inatividade|inactividad|falta de uso|desuso))
    """,
    "spam": r"""
    \b(?:is|as|like|likely|contains?|be|considered|identified|classified|detected|possible
        |suspected|probable|suspicious|looks?|refused|reject\w*|tagged|our|flagged|scored?|marked
        |for|this|of|your|se[mn]d\w*|no|anti|bloquead[oa] (?:por|como)|como|e|de
            |por)[ -]?(?:an? |to be |high |possible\s
        |likely )*(?:spam|junk|uce|ube)\b
    spam(?:my|mer|ming|med)?\b[^.]{0,50}(?:detect|reject|block|refus|filter|score|content|classif
        |message|not accept|found|denied|source|drop|threshold|protect|policy|suspect|e-?mail|mail\b
            |detectad|rejeit|bloque|recus)
    (?:message|mail|e-?mail|content|mensagem|mensaje|correo|conteudo|contenido)s?\b[^.]{0,40}\b(?:spam|junk
        |unsolicited|bulk)\b
    (?:recebid\w+|recibid\w+|tanto|muito|mucho|demasiado|enviando|envia) spam\b|unsolicited|nao solicitad
        |no solicitad|no deseado
    spamassassin|rspamd
    antispam
    anti-spam
    junk mail|lixo eletronico|correo basura
    bulk (?:e-?)?mail
    bayesian
    (?:suspeit|considerad|identificad|classificad|parece|sospech|catalogad|marcad)\w*[^.]{0,40}\b(?:spam
        |no deseado)
    mail content denied
    \bdenied \[\w{1,4}\]|\bdt:spm\b|^spam\b
    """,
    "too-large": r"""
    (?:message|mail|e-?mail|attachment|file|letter)s?\b[^.]{0,50}(?:too (?:big|large)
        |exceed[^.]{0,50}\b(?:size|length|kb|mb|bytes)|exceed[^.]{0,30}\b(?:maximum|fixed
            |allowed) (?:message )?(?:size|limit)|larger than|over the (?:\w+ )?size)
    (?:message|mail|data|maximum|max)[ _](?:file )?size\b[^.]{0,40}(?:exceed|limit|violat|too
        |larger)
    exceed[^.]{0,40}(?:message|attachment|file|mail) size
    (?:exceeds|exceeded|over)[^.]{0,40}\bsize (?:limit|maximum)
    size (?:limit|exceed)
    too (?:big|large) (?:message|for)
    (?:mensagem|e-?mail|anexo)s?\b[^.]{0,40}(?:muito grande|grande demais|excede\b[^.]{0,30}tamanho|tamanho
        |ultrapassa\b[^.]{0,30}tamanho)
    tamanho (?:maximo|da mensagem)|tamano (?:maximo|del mensaje)
    (?:mensaje|correo|archivo)s?\b[^.]{0,40}(?:demasiado grande|tamano|muy grande)
    message trop (?:gros|volumineux|long)
    nachricht[^.]{0,30}zu gro(?:ss|ß)
    """,
    "content": r"""
    virus\b|malware|phishing|content (?:presents|restriction)|potential security (?:issue|risk)
    (?:corrupt|malformed|invalid|illegal|missing|duplicate|bad|multiple) (?:\w+ )?(?:message|mime|content
        |header|headers|body|date|message-id|subject|from header)\b
    (?:lone|bare) (?:cr|lf)\b|(?:banned|forbidden|prohibited|dangerous|disallowed|blocked
        |executable) (?:\w+ )?(?:attachment|file
        |extension|url|link|word)s?\b
    (?:message|mail|e-?mail|body|headers?|attachments?|url|link)s?\b~(?:banned|forbidden|prohibited|not rfc
        |non-rfc|not conform|malformed|8-?bit|blacklisted|suspicious|malicious)
    header(?:s)? (?:field |line )?(?:is |are )?(?:missing|malformed|invalid|too long|syntax|contains)
    (?:cabecalho|encabezado|anexo|adjunto|conteudo|contenido|corpo|cuerpo|assunto|asunto
        |link)s?\b~(?:recusad|rejeitad|bloquead|proibid|invalid|malicios|suspeit|sospechos|prohibid
        |rechazad|nao permitid|no permitid|ausente|malformad|perigos|peligros)
    (?:link|url|enlace|palavras?|palabras?)s? (?:\w+ )?(?:suspeit|sospechos|proibid|prohibid|malicios
        |bloquead)|without an? (?:valid )?(?:date|message-id|from|subject|header)
    (?:address|recipient|domain)(?:es|s)?\b[^.;]{0,30}\b(?:in|of) (?:the )?(?:[\w-]+ ){0,2}(?:headers?|b?cc)\b
    (?:attachment|anexo|adjunto)s?\b~(?:not allowed|nao permit|no permit)
    (?:mensagem|mensaje|message|correo|e-?mail)~(?:recusad|rejeitad|rechazad|rejected|refused)\w* (?:por
        |pelo|por su
        |due to|because of|for) (?:\w+ )?(?:conteudo|contenido|content)
    message-?id\b~(?:invalid|unknown|domain|missing)|headers? (?:from|to|cc|reply-to|sender)\b
    conteudo (?:proibido|nao permitido|malicioso)
    message contains (?:a |an )?(?:link|url|unsafe|dangerous|prohib|bad)|line (?:is )?too long
        |lines? longer than
    """,
    "relaying": r"""
    rela(?:y|ying)\b~(?:denied|not (?:permitted|allowed|authori[sz]ed|possible
        |accept)|prohibited|disallowed|access|refused|forbidden|reject|restrict|disabled|nao|negad
            |no permit|denegad)
    (?:unable|not (?:permitted|allowed|authori[sz]ed)|refus\w+|cannot|won't|don't
        |not configured|no|reject\w*|unauthori[sz]ed|deny|not an open|do not|does not
        |will not) (?:to )?(?:\w+ )?relay
    we (?:do not|don't) relay
    not (?:a )?gateway
    isn't in my (?:list|control file)
    (?:not|isn't) in my list of allowed rcpthosts
    domain (?:is )?not (?:hosted|local|served|handled|accepted|in|configured)
    not (?:hosted|handled|served) (?:here|by|on)
    nao (?:e )?(?:permitid[ao] )?(?:faz |permite )?(?:o )?(?:relay|retransmiss)
    (?:no se permite|no permite|no puede|no hace)(?: \w+){0,2} (?:relay|reenvi|retransmi)
    """,
}
"""Reason -> phrases that say it clearly."""
