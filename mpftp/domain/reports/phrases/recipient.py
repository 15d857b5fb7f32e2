"""What mail servers say of the recipient: the address, the mailbox, the domain.

Written for ``plain`` text, as ``any_of`` reads it: one phrase a line.
"""

from __future__ import annotations

from mpftp.domain.reports.phrases import Phrases

RECIPIENT: Phrases = {
    "accents": r"""
    smtputf8|non-ascii (?:mailbox |e-?mail )?(?:address|recipient|local)
    internationali[sz]ed (?:e-?mail )?address
    (?:address|recipient)[^.]{0,40}(?:non-ascii|utf-?8)[^.]{0,40}not (?:supported|permitted|allowed)
    endereco[^.]{0,30}(?:acento|nao ascii)
    """,
    "mailbox-full": r"""
    (?:mail ?box|inbox|user|account|recipient|maildir|folder|mailfolder)[^.]{0,40} (?:is\s
        |has |are |was )?(?:currently |temporarily |almost |too )?(?:full\b|over ?quota
        |over (?:its |his |their |the )?(?:\w+ )?quota)
    (?:over|exceed(?:s|ed|ing)?|out of|above|insufficient
        |past)[ _-](?:[\w']+[ _-]){0,4}(?:quota|storage (?:limit|space|allocation)|mailbox (?:size
        |limit|storage))
    (?:quota|storage|mailbox (?:size|limit|space|capacity))[^.]{0,40}(?:exceed|reached
        |full\b|violat|exhausted)
    quota ?exceed|reached (?:\w+ )?quota
    (?:user|mailbox|account|recipient)s?\b[^.]{0,30} (?:has|have|contains?) too many (?:messages|e?-?mails)
    number of messages in[^.]{0,40}(?:mailbox|folder)[^.]{0,20}exceed|zu ?viele mails auf dem server
    overquota
    over-quota
    (?:not enough|insufficient|no more|lack of) (?:\w+ )?(?:storage|space
        |disk) (?:\w+ ){0,5}(?:mailbox|user|recipient|account)
    (?:mailbox|user|recipient|account)[^.]{0,60}(?:not enough|insufficient|too full
        |exceeded|no more) (?:\w+ )?(?:storage|space|room)
    mailbox too large
    mailbox has exceeded|mailbox exceeds (?:the |its )?(?:allowed|maximum|permitted) size
    exceeded (?:the )?(?:maximum )?(?:mailbox|inbox|storage|space)
    (?:the )?(?:user|recipient|person)[^.]{0,60} (?:has )?exceeded
    out of storage space
    (?:caixa|mailbox|conta|quota|cota|espaco|armazenamento|pasta)[^.]{0,60}(?:chei[ao]
        |lotad[ao]|esgotad[ao]|excedid[ao]|excedeu|excede|ultrapass|atingiu|superad|sem espaco
        |estourad)
    (?:excedeu|ultrapassou|atingiu|esgotou)[^.]{0,60}(?:quota|cota
        |limite de (?:armazenamento|espaco)|espaco|caixa|armazenamento)
    (?:nao ha|sem|falta de) espaco
    espaco (?:em disco |de armazenamento )?insuficiente
    (?:limite|capacidade) (?:de )?(?:armazenamento|espaco|da caixa)[^.]{0,60}(?:atingi|excedid|esgotad
        |alcancad|ultrapassad)
    (?:buzon|casilla|cuota|bandeja|espacio)[^.]{0,60}(?:llen[ao]|excedid[ao]|superad|agotad
        |sobrepas|completo)
    (?:excedi(?:do|o)|superado|sobrepasado|lleno)[^.]{0,60}(?:cuota|buzon|espacio|almacenamiento)
    (?:buzon|casilla|cuenta|usuario)[^.]{0,30} ?sin espacio
    (?:boite|quota|espace|messagerie)[^.]{0,60}(?:plein|depass|satur|atteint|insuffisant|epuise)
    (?:postfach|mailbox|quota|speicher\w*)[^.]{0,60}(?:voll\b|ubervoll|uberschritten
        |erschopft|uberfullt|ausgeschopft)
    erreicht[^.]{0,20}speicher|speicherlimit[^.]{0,20}erreicht
    (?:casella|quota|spazio)[^.]{0,60}(?:pien[ao]|superat|esaurit)
    superato (?:la |il )?(?:quota|limite di spazio|spazio)
    (?:postvak|postbus|mailbox|quot[au]m?|opslag\w*)[^.]{0,60}(?:vol\b|overschre[ed])
    (?:quot[au]m?|opslag\w*)[^.]{0,60}bereikt
    skrzyn[kc]\w+[^.]{0,60}(?:peln[aey]|przepeln|zapeln)
    (?:przekroczon|wyczerpan|brak)\w*[^.]{0,40}(?:limit|miejsc|pojemnos|kwot)\w*[^.]{0,30}(?:skrzyn[kc]|kont)
    (?:ящик|квот)[^.]{0,60}(?:переполн|превыш|исчерпан|заполнен)
    (?:недостаточно|нет) (?:свободного )?места[^.]{0,40}(?:ящик|пользовател|получател)
    (?:переполнен|превышен)[^.]{0,60}(?:ящик|квот)
    (?:メールボックス|容量|受信箱)[^。]{0,60}(?:いっぱい|一杯|超|オーバー|満杯)
    (?:邮箱|信箱|郵箱|空间|空間|容量)[^。]{0,40}(?:已满|已滿|满|滿|不足|超)
    """,
    "moved": r"""
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
    "mailbox-disabled": r"""
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
        |messages)(?! \(?null ?mx)
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
    "domain-unknown": r"""
    could not find a (?:gateway|route|mail server)
    (?:host|domain|server|site|hostname|domain name|mail exchanger|mx
        |system)s?\b[^.@]{0,40}(?:unknown|not found|(?:does|did)(?:n't| not) (?:exist|resolve)
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
    "user-unknown": r"""
    recip(?:ient)?notfound|nao (?:esta )?(?:listad|cadastrad)[oa] n[oa]
    no (?:exact )?match(?:es)? (?:to|for|found)|did not (?:exactly )?match|final e?-?mail delivery point
    (?:user|recipient|mail ?box|account|address|addressee|e-?mail|alias|id|name|person
        |login|username|destination|rcpt|customer|member|subscriber|list|group|uid
        |contact)s?\b[^.;]{0,60}(?:unknown|not (?:be )?(?:found|known|exist|listed
        |recogni[sz]ed|registered|located|here|valid|in (?:\w+ ){0,3}(?:directory|database|book
        |system|list)|our customer|a valid|a known|local|match)|(?:does|did|do)(?:n't
        | not)? ?(?:not )?(?:have|exist|match|appear|resolve|list)|non-?existe?nt|no such
        |invalid|is not (?:an?|our|one|active here)|isn't|undeliverable|unrouteable
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
    @>?[ :]{1,3}(?:is )?(?:unknown|not (?:found|known|valid)|(?:does|did)(?: not|n't) exist|invalid|no such)
    no mail ?box (?:available|here|by|with|for|found|currently)
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
    (?:anvandar|mottagar|bruger|bruker|modtager|mottaker|adress)\w*[^.]{0,40}(?:(?:finns|findes
        |finnes) (?:inte|ikke)|okand|ukendt|ukjent)
    존재하지 않|없는 (?:사용자|수신자|주소|계정)
    """,
}
"""Reason -> phrases that say it clearly."""
