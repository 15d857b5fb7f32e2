"""The words by which mail servers of many makes and languages say why they refuse a message.

Patterns are written for ``plain`` text: lower case, no accents, one space between words. CLEAR ones
say the reason by themselves; VAGUE ones only where no status does.
"""

from __future__ import annotations

import functools
import re
import unicodedata

_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "`": "'", "´": "'"})


def plain(text: str) -> str:
    """*text* in lower case, without accents, with straight quotes and single spaces."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_QUOTES)).casefold()
    kept = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(kept.split())


Phrases = tuple[tuple[str, str], ...]
"""Reason -> its phrases, as ``any_of`` reads them."""


@functools.lru_cache(maxsize=4096)
def first_match(table: Phrases, words: str) -> str:
    """The first key of *table* with a phrase that is found in *words* (``plain`` text), or ``""``."""
    return next((key for key, pattern in _compiled(table) if pattern.search(words)), "")


@functools.cache
def _compiled(table: Phrases) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The patterns, compiled when they are first needed: most commands never do."""
    return tuple((key, any_of(phrases)) for key, phrases in table)


def any_of(phrases: str) -> re.Pattern[str]:
    """One pattern for all *phrases*: one a line; a line that starts with ``|`` goes on with the one above."""
    lines = [line.strip() for line in phrases.strip().splitlines()]
    return re.compile("".join(line if line.startswith("|") else f"|{line}" for line in lines)[1:])


CLEAR: Phrases = (
    (
        "greylisted",
        r"""
        gr[ea]y-?list
        greet pause
        try again in \d+ (?:sec|min)
        """,
    ),
    (
        "authentication",
        r"""
        \bdmarc\b
        \bdkim\b.{0,60}(?:fail|reject|not pass|invalid|required|did not)
        (?:fail|reject|not pass|invalid|violat).{0,40}\bdkim\b
        \bspf\b.{0,60}(?:fail|reject|not pass|denied|record|not allowed|not permitted|check|violat)
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
    ),
    (
        "mailbox-full",
        r"""
        (?:mail ?box|inbox|user|account|recipient|maildir|folder|mailfolder)[^.]{0,40} (?:is\s
            |has |are |was )?(?:currently |temporarily |almost |too )?(?:full\b|over ?quota
            |over (?:its |his |their |the )?(?:\w+ )?quota)
        (?:over|exceed(?:s|ed|ing)?|out of|above|insufficient
            |past)[ _-](?:\w+[ _-]){0,4}(?:quota|storage (?:limit|space|allocation)|mailbox (?:size
            |limit|storage))
        (?:quota|storage|mailbox (?:size|limit|space|capacity))[^.]{0,40}(?:exceed|reached
            |full\b|violat|exhausted)
        quota ?exceed
        overquota
        over-quota
        (?:not enough|insufficient|no more|lack of) (?:\w+ )?(?:storage|space
            |disk) (?:\w+ ){0,5}(?:mailbox|user|recipient|account)
        (?:mailbox|user|recipient|account)[^.]{0,60}(?:not enough|insufficient|too full
            |exceeded|no more) (?:\w+ )?(?:storage|space|room)
        mailbox too large
        mailbox has exceeded
        exceeded (?:the )?(?:maximum )?(?:mailbox|inbox|storage|space)
        (?:the )?(?:user|recipient|person)[^.]{0,60} (?:has )?exceeded
        out of storage space
        (?:caixa|mailbox|conta|quota|cota|espaco|armazenamento|pasta)[^.]{0,60}(?:chei[ao]
            |lotad[ao]|esgotad[ao]|excedid[ao]|excedeu|excede|ultrapass|atingiu|superad|sem espaco
            |estourad)
        (?:excedeu|ultrapassou|atingiu|esgotou)[^.]{0,60}(?:quota|cota
            |limite de (?:armazenamento|espaco)|espaco|caixa|armazenamento)
        (?:nao ha|sem|falta de) espaco
        (?:buzon|casilla|cuota|bandeja|espacio)[^.]{0,60}(?:llen[ao]|excedid[ao]|superad|agotad
            |sobrepas|completo)
        (?:excedido|superado|sobrepasado|lleno)[^.]{0,60}(?:cuota|buzon|espacio)
        (?:boite|quota|espace)[^.]{0,60}(?:plein|depass|satur|atteint|insuffisant)
        (?:postfach|mailbox|quota|speicher\w*)[^.]{0,60}(?:voll\b|ubervoll|uberschritten
            |erschopft|uberfullt|ausgeschopft)
        (?:casella|quota|spazio)[^.]{0,60}(?:pien[ao]|superat|esaurit)
        (?:postvak|postbus|mailbox)[^.]{0,60}(?:vol\b|overschreed)
        skrzynk\w+[^.]{0,60}(?:pelna|przepeln)
        (?:ящик|квот)[^.]{0,60}(?:переполн|превыш|исчерпан)
        (?:переполнен|превышен)[^.]{0,60}(?:ящик|квот)
        (?:メールボックス|容量|受信箱)[^。]{0,60}(?:いっぱい|一杯|超|オーバー|満杯)
        (?:邮箱|信箱|郵箱|空间|空間|容量)[^。]{0,40}(?:已满|已滿|满|滿|不足|超)
        """,
    ),
    (
        "rate-limited",
        r"""
        rate.?limit
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
    ),
    (
        "loop",
        r"""
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
    ),
    (
        "blocked",
        r"""
        (?:black|block|deny|reject|ban)[ -]?list
        \b(?:rbl|dnsbl|dnsrbl|spamhaus|spamcop|sorbs|barracudacentral|uceprotect|abuseat|surbl
            |uribl|mxtoolbox|senderbase|cloudmark|proofpoint|senderscore|invaluement|njabl|ordb
            |mail-abuse)\b
        (?:ip|host|server|client|connection|network|sender|address|domain
            |mail)s?\b[^.]{0,60}(?:is |been |are |was )?(?:temporarily |currently\s
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
        bloquead[ao] por
        """,
    ),
    (
        "spam",
        r"""
        \b(?:is|as|like|likely|contains?|be|considered|identified|classified|detected|possible
            |suspected|probable|suspicious|looks?|refused|reject\w*|tagged|flagged|scored?|marked
            |for|this|of|your|se[mn]d\w*|no|anti)[ -]?(?:an? |to be |high |possible\s
            |likely )*(?:spam|junk|uce|ube)\b
        \bspam(?:my|mer|ming|med)?\b[^.]{0,50}(?:detect|reject|block|refus|filter|score|content
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
        """,
    ),
    (
        "too-large",
        r"""
        (?:message|mail|e-?mail|attachment|file|letter)s?\b[^.]{0,50}(?:too (?:big|large|long)
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
    ),
    (
        "moved",
        r"""
        (?:user|recipient|account|mailbox|address|customer|person|he|she
            |who)\b[^.]{0,40} (?:has |have )?(?:moved|relocated)\b
        (?:no longer|not) (?:using|use) this (?:e-?mail|address|mailbox)
        (?:e-?mail |mail )?address (?:has |was |is |have )?(?:been )?changed
        (?:new|changed) (?:my |his |her |our )?(?:e-?mail )?address (?:is|to)\b
        please (?:use|try|update)[^.]{0,40}(?:new|following) (?:e-?mail )?address
        user not local; please try
        (?:mudou|alterou|trocou) (?:de|seu|o) (?:endereco|e-?mail)
        (?:novo|nuevo) (?:endereco|e-?mail|correo)
        nouvelle adresse
        """,
    ),
    (
        "mailbox-disabled",
        r"""
        (?:mail ?box|account|user|recipient|e-?mail|address|mail|customer|login
            |alias)\b[^.]{0,50}(?:\bis|\bhas been|\bwas|\bare|\bcurrently|\btemporarily|:
            |-)?[^.]{0,20}(?:disabled|inactive|suspended|deactivated|locked|expired|frozen|dormant
            |on hold|restricted|discontinued|closed|terminated|cancell?ed|not active|inactiv
            |not activated|unplugged|out of service)\b
        (?:disabled|inactive|suspended|deactivated|locked|expired|frozen|closed|terminated
            |cancell?ed)\b[^.]{0,20}(?:mailbox|account|user|recipient|address)
        (?:account|mailbox|user
            |recipient)[^.]{0,40}(?:not (?:been )?(?:currently )?(?:accepting|receiving|accept
            |receive|allowed to receive|enabled))
        (?:no longer|not) (?:currently )?(?:accept(?:ing|s)?|receiv(?:e|ing)) (?:e-?mail|mail
            |messages)
        prohibited by administrator
        extended inactivity
        (?:conta|caixa|usuario|e-?mail|endereco|destinatario|mailbox)[^.]{0,50}(?:desativad
            |inativ|suspens|bloquead|desabilitad|cancelad|encerrad|expirad|congelad)
        (?:cuenta|buzon|usuario|casilla|direccion)[^.]{0,50}(?:desactivad|inactiv|suspendid
            |deshabilitad|cancelad|cerrad|bloquead)
        (?:compte|boite|adresse)[^.]{0,50}(?:desactiv|inactif|inactive|suspendu|ferme|bloque|resili)
        (?:konto|postfach|benutzer|mailbox)[^.]{0,50}(?:deaktiviert|gesperrt|inaktiv
            |stillgelegt|geschlossen)
        (?:account|casella|utente)[^.]{0,50}(?:disattivat|sospes|disabilitat|inattiv)
        (?:ящик|аккаунт|пользовател)[^.]{0,50}(?:заблокирован|отключ|неактив)
        """,
    ),
    (
        "sender-refused",
        r"""
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
        """,
    ),
    (
        "domain-unknown",
        r"""
        (?:host|domain|server|site|hostname|domain name|mail exchanger|mx
            |system)s?\b[^.]{0,40}(?:unknown|not found|(?:does|did)(?:n't| not) (?:exist|resolve)
            |no such|invalid|unresolvable|unrouteable|cannot be (?:found|resolved)
            |could not be (?:found|resolved)|couldn't be found|isn't a known|was not found
            |non-?existent|has no mail)
        (?:unknown|no such|invalid|nonexistent|non-existent|bad|illegal|unrouteable
            |unresolvable|unable to (?:find|resolve|locate)|cannot (?:find|resolve)|can't (?:find
            |resolve)|couldn't (?:find|resolve|look ?up)|could not (?:find|resolve
            |look ?up)) (?:any )?(?:the )?(?:\w+ )?(?:host|domain|hostname|mail (?:server
            |exchanger)|mx|smtp server|site)
        name service error
        (?:dns|domain|mx|name) (?:\w+ )?(?:error|lookup|failure|query)[^.]{0,40}(?:fail|domain
            |nxdomain|not found|no such|return|temporar|error|responded)
        nxdomain
        null ?mx
        (?:no|without|missing|not have|lacks?|invalid|bad|valid) (?:any |an? )?(?:valid\s
            |usable )?(?:mx|a|aaaa|dns|mail exchanger)(?:,? (?:and|or|/)? ?(?:mx|a
            |aaaa))* (?:record|host)
        does not accept (?:e?-?mail|any mail|mail for)
        does not (?:have|receive) (?:e-?)?mail
        hostname? (?:lookup|nor servname)
        retornou o erro dns
        unrouteable mail domain
        name or service not known
        nodename nor servname
        all relevant mx records point to non-existent hosts
        can't find .{0,60} in (?:the )?dns
        (?:dominio|servidor|host)[^.]{0,50}(?:nao (?:existe|encontrad
            |foi (?:possivel )?(?:encontr|localiz)|localizad)|inexistente|desconhecid|invalid
            |no (?:existe|encontrad|se encontr))
        (?:domaine|serveur)[^.]{0,40}(?:inconnu|introuvable|n'existe pas)
        (?:domain|domane|server)[^.]{0,40}(?:existiert nicht|nicht gefunden|unbekannt)
        dominio[^.]{0,40}(?:sconosciut|non (?:esiste|trovat))
        (?:домен|сервер)[^.]{0,40}(?:не (?:найден|существует))
        """,
    ),
    (
        "user-unknown",
        r"""
        (?:user|recipient|mail ?box|account|address|addressee|e-?mail|alias|id|name|person
            |login|username|destination|rcpt|customer|member|subscriber|list|group|uid
            |contact)s?\b[^.;]{0,60}(?:unknown|not (?:be )?(?:found|known|exist|listed
            |recogni[sz]ed|registered|located|here|valid|in (?:\w+ ){0,3}(?:directory|database|book
            |system|list)|our customer|a valid|a known|local|match)|(?:does|did|do)(?:n't
            | not)? ?(?:not )?(?:have|exist|match|appear|resolve|list)|non-?existe?nt|no such
            |invalid|is not (?:an?|our|one|active here)|isn't|unavailable|undeliverable|unrouteable
            |unroutable|no longer (?:exist|valid|available|on|in|with|work|an?|here|employ|use|has
            |active|at)|ambiguous|wasn't found|couldn't be found|could not be (?:found|resolved
            |verified|matched|located)|couldn't|bad|never (?:existed|logged)|was not found|removed
            |deleted|obsolete|has no|cannot be found|has left|left the)
        (?:unknown|no such|invalid|bad|nonexistent|non-existent|illegal|incorrect
            |unrecogni[sz]ed|undefined|no valid|not a valid|not an? (?:existing|active|known|local
            |valid)|unrouteable|unroutable|wrong|no matching|not our|not known|undeliverable
            |can't find|cannot find|couldn't find|could not find|unable to find
            |no longer an? (?:valid|active)?|there is no|there's no|we have no|have no
            |do not have an?|don't have an?|doesn't have an?|does not have an?|doesn't have any
            |not one of our) (?:\w+[ -]){0,4}(?:user|recipient|mail ?box|account|address|addressee
            |alias|person|username|local.?part|local address|rcpt|names?|employee|customer
            |subscriber|mailserver user|rfc822 name|receiver|destination)
        no mailbox (?:here|by|with|for|found|currently)
        this user doesn't have
        (?:user|recipient|account|address)[^.]{0,30}: ?(?:unknown|not found|no such)
        user not (?:here|in|known|found|exist|local)
        not listed in (?:public |domino|domino directory|the )
        no such (?:person|local user|virtual user|address|mailbox|recipient|account)
        (?:account|mailbox|user|recipient|address|e-?mail)[^.]{0,30} (?:is|was
            |has been) (?:no longer|deleted|removed|not)
        double-checking the recipient's
        (?:no longer|not) (?:works? (?:here|for|at)|employed|with (?:the|this|us|our)|at this
            |in service|available at|on this server|on server)
        verify the recipient
        dd requested mail action aborted, mailbox not found
        mail to this (?:user|address|recipient)[^.]{0,30}(?:cannot|not|undeliver)
        recipient address rejected: (?:user|undeliverable|access denied|no|unknown|unverified
            |invalid)
        (?:recipient|address|rcpt)[^.]{0,30} (?:verification|verify|validation) fail
        address (?:lookup|verification|not|does) .{0,30}(?:fail|match)
        rcpt (?:to )?(?:is )?(?:invalid|unknown|not exist)
        (?:usuario|destinatario|endereco|caixa|conta|e-?mail|correio|mailbox
            |cliente)[^.]{0,60}(?:inexistente|nao (?:existe|exist|foi encontrad|encontrad|pertence
            |cadastrad|localizad|e valid|reconhecid|consta|confirmad|pode ser encontrad
            |foi localizad|esta cadastrad|foi possivel)|desconhecid|invalid|no (?:existe|encontrad
            |se encontr|es valid|valid)|excluid|removid|apagad)
        (?:nao (?:existe|encontrei|encontramos|ha|foi encontrad[ao]|foi possivel (?:encontrar
            |localizar))|inexistente|desconhecid[ao]|no (?:existe
            |se encontro)) [^.]{0,40}(?:usuario|destinatario|endereco|caixa|conta|e-?mail|buzon
            |direccion)
        (?:direccion|buzon|cuenta|casilla)[^.]{0,50}(?:no (?:existe|encontrad|valid|disponible
            |se (?:ha )?(?:encontr|pudo))|inexistente|desconocid|invalid)
        (?:utilisateur|destinataire|adresse|boite|compte)[^.]{0,50}(?:inconnu|n'existe (?:pas
            |plus)|introuvable|invalide|inexistant|n'est pas|non trouv)
        (?:empfanger|benutzer|adresse|postfach|konto|mailadresse
            |teilnehmer)[^.]{0,60}(?:unbekannt|existiert (?:nicht|leider)|nicht (?:gefunden|bekannt
            |vorhanden|existent|gultig|ermittelt|zugestellt)|ungultig|falsch)
        (?:utente|destinatario|indirizzo|casella|account)[^.]{0,50}(?:sconosciut|inesistente
            |non (?:esiste|valid|trovat|riconosciut))
        (?:gebruiker|ontvanger|adres|postvak|geadresseerde)[^.]{0,50}(?:onbekend|bestaat niet
            |niet (?:gevonden|bekend))
        (?:uzytkownik|adres|konto|skrzynk|odbiorc)\w*[^.]{0,50}(?:nie (?:istnieje|znalez|ma)
            |nieznan|nieistniej)
        nie ma (?:takiego|takiej)
        (?:пользовател|адрес|получател|ящик|аккаунт)\w*[^.]{0,50}(?:не (?:найден|существует
            |известен|зарегистрирован)|неизвест|недейств|несуществ)
        (?:нет такого|неизвестный) (?:пользовател|адрес|получател)
        (?:宛先|アドレス|ユーザ|受信者|メールボックス)[^。]{0,40}(?:見つか|存在し|不明|ありません|いません|間違)
        (?:用户|用戶|收件人|邮箱|郵箱|邮件地址|地址|帐号|账号|帳號)[^。]{0,40}(?:不存在|未找到|找不到|无效|無效|未知)
        (?:kullanici|alici|adres)[^.]{0,40}(?:bulunamad|yok|gecersiz|bilinmeyen)
        """,
    ),
    (
        "relaying",
        r"""
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
        nao (?:e )?(?:permitid[ao] )?(?:faz |permite )?(?:o )?(?:relay|retransmiss)
        authentication required
        must authenticate
        """,
    ),
)

VAGUE: Phrases = (
    (
        "content",
        r"""
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
    ),
    (
        "expired",
        r"""
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
        gave? up|giving up
        retry (?:limit|count|timeout|time)
        (?:message|delivery) (?:has )?expired
        no prazo
        prazo[^.]{0,30}(?:expir|esgot)
        tempo (?:limite|maximo)[^.]{0,40}(?:fila|excedid|entrega|expir)
        """,
    ),
    (
        "unreachable",
        r"""
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
        (?:conexion|servidor)[^.]{0,40}(?:rechazad|no (?:responde|disponible)|agotad)
        """,
    ),
    (
        "policy",
        r"""
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
    ),
    (
        "user-unknown",
        r"""
        mailbox (?:unavailable|not available|error|does)
        (?:requested (?:mail )?action not taken|requested action aborted)
        mailbox\b
        (?:recipient|rcpt|address)[^.]{0,20}(?:reject|refused|not accepted|denied)
        undeliverable (?:address|recipient|to)
        """,
    ),
    (
        "system",
        r"""
        (?:local|system|internal|server|configuration|software|processing|delivery|i/o|disk
            |database|mapping|ldap|resource|lookup|temporary|temporarily
            |queue)s?\b[^.]{0,30}(?:error|failure|problem|full\b|fail|unavailable|exception|broken
            |out of)
        (?:service|system|server|resources?)[^.]{0,30}(?:unavailable|not available|overload
            |busy|shutting|temporarily|insufficient|low|load)
        (?:insufficient|not enough|out of|no) (?:\w+ )?(?:disk|storage|space|memory|resources)
        try (?:again )?later
        command (?:died|failed|output|line)
        pipe (?:to|command|transport)
        unable to (?:open|write|create|lock|deliver|fork|run|access)
        can't (?:create|open|write|lock|access)
        cannot (?:create|open|write|lock|access|append)
        permission denied
        erro (?:interno|no servidor|temporario|do sistema)
        tente novamente
        """,
    ),
)
