"""What mail servers say of the recipient: the address, the mailbox, the domain.

Written for ``normalize`` text, as ``reason_pattern`` reads it: one phrase a line, ``~`` for a few words.
"""

from __future__ import annotations

from mpftp.domain.bounces.phrases import Phrases

RECIPIENT: Phrases = {
    "accents": r"""
    smtputf8|non-ascii (?:mailbox |e-?mail )?(?:address|recipient|local)
    internationali[sz]ed (?:e-?mail )?address
    (?:address|recipient)~(?:non-ascii|utf-?8)~not (?:supported|permitted|allowed)
    (?:endereco|direccion)~(?:acento|nao ascii|no ascii)
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
    (?:mail ?box|inbox) would exceed|full (?:mail ?box|inbox)\b(?! (?:name|path|address))
        |space (?:\w+ ){0,3}used up|exceeding (?:\w+ )?receiving limits?
        |exhausted (?:\w+ ){0,3}(?:storage|quota|space)|mail file size exceeds
    mailbox (?:has )?exceeded|mailbox exceeds (?:the |its )?(?:allowed|maximum|permitted) size
    exceeded (?:the )?(?:maximum )?(?:mailbox|inbox|storage|space)
    (?:user|recipient|person|usuario|destinatario)\b[^.]{0,60} (?:has )?exceeded (?:his|her|its|their
        |the)? ?(?:\w+ ){0,2}(?:quota|storage|space|mailbox|allocat\w+|limit$)
    (?:supero|supera|superou|excedio|excede|excedeu|sobrepaso|rebaso|agoto|ultrapassou|estourou|esgotou
        |acima d\w+|por encima de\w*)(?: limite)?~(?:cuota|cota|quota|capacidad\w*|espacio|espaco
        |almacenamiento|armazenamento)
    (?:casilla|buzon|bandeja)\b~(?:complet|llen|satur)|no (?:free |more )?(?:disk |storage )?(?:space
        |room) (?:left|available|in|for)(?! on (?:the )?(?:device|server))
    out of (?:storage|disk|space)|mailbox ?full|maildir (?:over|full)|(?:mail ?box|user
        |account) (?:is )?at (?:its |the )?limit|mail ?box~(?:space|storage|room)~(?:not enough
        |insufficient|exceed)|size of (?:the |your |his )?mail ?box
    (?:not|n't|without) (?:have )?(?:enough|sufficient) (?:free |disk |storage )?(?:space|storage
        |room)(?! on (?:the )?(?:server|system))
    (?:mail ?box|inbox|recipient|user|account|folder)[^.]{0,40}\b(?:too many (?:messages|e?-?mails)
        |is at capacity|limit (?:is )?reached)|storage (?:is )?full|mailbox has reached
    (?:messages|mensagens|mensajes|e-?mails) (?:in|na|no|en el|en su|in the) (?:\w+ )?(?:mailbox|caixa
        |buzon)[^.]{0,40}(?:exceed|limite?|excede)
    (?:caixa|mailbox|conta|quota|cota|espaco|armazenamento|pasta)[^.]{0,60}(?:chei[ao]
        |lotad[ao]|esgotad[ao]|excedid[ao]|excedeu|excede|ultrapass|atingiu|superad|sem espaco
        |estourad)
    (?:excedeu|ultrapassou|atingiu|esgotou)[^.]{0,60}(?:quota|cota
        |limite de (?:armazenamento|espaco)|espaco|caixa|armazenamento)
    (?:nao ha|sem|falta de|nao tem|nao possui) (?:mais )?(?:espaco|capacidade)|(?:no hay|falta de|no tiene
        |no dispone de) (?:mas )?espacio|espacio insuficiente
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
    (?:user|recipient|account|mailbox|address|customer|person|he|she|who)\b~(?:moved|relocated)\b
    (?:no longer|not) (?:using|use) this (?:e-?mail|address|mailbox)
    (?:e-?mail |mail )?address (?:has |was |is |have )?(?:been )?changed
    (?:new|changed) (?:my |his |her |our )?(?:e-?mail )?address (?:is|to)\b
    please (?:use|try|update)[^.;]{0,40}(?:new|following) (?:e-?mail )?address
    user not local; please try
    (?:mudou|alterou|trocou|cambio|ha cambiado) (?:de|seu|o|su) (?:endereco|e-?mail|direccion|correo)
    (?:novo|nuevo|nueva) (?:endereco|e-?mail|correo|direccion)
    nouvelle adresse
    """,
    "mailbox-disabled": r"""
    (?:mail ?box|account|user|recipient|e-?mail|address|customer|login|alias)s?\b(?:~
        |[ :-]{1,3})(?:disabled|inactive
        |suspended|deactivated|locked|expired|frozen|dormant|on hold|discontinued|closed|terminated|cancell?ed
        |not active|inactiv\w+|not activated|unplugged|out of service|decommissioned|archived|retired)\b
    (?:disabled|inactive|archived|suspended|deactivated|locked|expired|frozen|closed|terminated|dormant
        |discontinued
        |cancell?ed) (?:\w+ )?(?:mailbox|account|user|recipient|e-?mail address)
    (?:account|mailbox|user|recipient)\b~(?:not (?:been )?(?:currently )?(?:accepting|receiving|accept
        |receive|allowed to receive|enabled))\b(?! (?:from|this|our|external|internal|outside|internet
        |(?:any )?(?:e-?mails?|mails?
            |messages?) (?:from|in|with|of|that)))
    (?:no longer|not) (?:currently )?(?:accept(?:ing|s)?|receiv(?:e|ing)) (?:e-?mail|mail
        |messages)\b(?! (?:\(?null ?mx|from|for|in|with|of|that|contain|having|larger|bigger|over|unless
            |sent|when|until|at th|right now|now\b))
    extended inactivity|mailbox (?:is )?disabled|not (?:currently )?being accepted for this
    (?:conta|caixa|caixa postal|usuario|e-?mail|endereco|destinatari[oa]|mailbox)(?:~|[ :-]{1,3})(?:desativad
        |inativ|suspens|bloquead|desabilitad|cancelad|encerrad|expirad|congelad|fechad
            |extint)[oa]s?\b(?! (?:pelo|por|pela) (?!administrador
            |administracao|inatividade|falta de uso|desuso))
    (?:conta|caixa(?: postal)?|e-?mail|endereco|cuenta|buzon|casilla)(?:~|[ :-]{1,3})(?:desativad|desactivad
        |cancelad|encerrad|cerrad|excluid)[oa]s? (?:pel[oa]|por(?: el| la)?) (?:propri[oa] )?(?:usuari|titular
        |client|don[oa]|assinant|duen)
    (?:cuenta|buzon|usuario|casilla|direccion|destinatari[oa])(?:~|[ :-]{1,3})(?:desactivad|inactiv|suspendid
        |deshabilitad|inhabilitad|cancelad|cerrad|bloquead|expirad|dad[oa] de baja)[oa]?s?\b(?!
            + (?:por(?! (?:inactividad|falta de uso|desuso))
            |de
            |pelo))
    (?:nao|no) (?:esta )?(?:mais )?(?:recebe|recebendo|aceita|aceitando|recibe|recibiendo
        |acepta)(?: mais)? (?:mensagens|e-?mails?|mensajes|correos?)\b(?! (?:de|do|da|del|grand|mai?or|acima
            |marketing|promoc|publicit|em massa|com|con|sem|sin)\w*)
    (?:desativad|desactivad|inativ|inactiv|encerrad|cancelad|cerrad)[oa] (?:\w+ )?(?:conta|caixa|cuenta|buzon)
    (?:compte|boite|adresse)\b~(?:desactiv|inactif|inactive|suspendu|ferme|bloque|resili|archiv)
    (?:konto|postfach|benutzer|mailbox)\b~(?:deaktiviert|gesperrt|inaktiv|stillgelegt|geschlossen)
    (?:account|casella|utente|indirizzo)\b~(?:disattivat|sospes|disabilitat|inattiv|bloccat\w+ per inut)
    konto\b[^.;]{0,30}(?:zablokowan|nieaktywn|wylaczon)|en estado:? inactiv
    (?:ящик|аккаунт|пользовател)[^.]{0,50}(?:заблокирован|отключ|неактив)
    """,
    "domain-unknown": r"""
    could not find a (?:gateway|route|mail server)
    (?:host|domain|site|hostname|domain name|mail exchanger|mx|server name)s?\b(?:~|[ :-]{1,3}
        |[ (:<'"]{1,3}[^\s"'>)]{1,80}["'>)]?,? {1,2}(?:is |was |name )?)(?:unknown|not found|(?:does
        |did)(?:n't| not) (?:exist|resolve)
        |no such|invalid|unresolvable|unrouteable|unroutable|cannot be (?:found|resolved)|not resolvable
            |not registered|not valid
        |could not be (?:found|resolved)|couldn't be found|couldn't be (?:located|resolved)|isn't a known
            |was not found
        |non-?existent|has no mail|has expired|nonexistent)\b
    (?:unknown|no such|invalid|nonexistent|non-existent|illegal|unrouteable|unroutable
        |unresolvable|unable to (?:find|resolve|locate)|cannot (?:find|resolve)|can't (?:find
        |resolve)|couldn't (?:find|resolve|look ?up)|could not (?:find|resolve
        |look ?up)) (?:any )?(?:the )?(?:a )?(?:\w+ )?(?:host|domain|hostname|mail (?:server
        |exchanger)|mx|smtp server|site)s?\b
    name service error|domain must exist
    (?:dns|domain|mx|name) (?:\w+ )?(?:error|lookup|failure)~(?:no such|nxdomain|not found|not exist|domain
        |responded)
    nxdomain
    null ?mx
    (?:no|without|not have|lacks?|invalid|bad) (?:any |an? )?(?:valid\s
        |usable )?(?:mx|aaaa|dns|mail exchanger|mx or a|a)(?:,? (?:and|or|/)? ?(?:mx|a
        |aaaa))* (?:record|host)
    (?:domain|host)\b(?:~| ?\S{1,80} )(?:does|did)? ?not accept (?:e?-?mail|any mail|mail)
        |does not accept (?:any )?(?:e-?mail|mail)\b(?! (?:from|for|in|with|of|that|contain|larger|over
            |unless|sent|when|until|at th))
    does not (?:have|receive) (?:e-?)?mail
    hostname? (?:lookup|nor servname)
    retornou o erro dns
    unrouteable mail domain
    name or service not known
    nodename nor servname
    all relevant mx records point to non-existent hosts
    can't find [^;]{0,60} in (?:the )?dns
    (?:dominio|host)s?\b(?:~|[ :-]{1,3}|[ (:<'"]{1,3}[^\s"'>)]{1,80}["'>)]? )(?:nao (?:existe|encontrad
        |foi (?:possivel )?(?:encontr|localiz)|foi encontr|localizad|esta registrad|resolve)|inexistente
            |desconhecid|desconocid|inexist|invalid
        |no (?:existe|encontrad|se encontr|se pudo (?:encontr|resolv)|fue encontr))
    (?:nao|no) (?:existe|foi (?:possivel )?encontrad[oa]|foi possivel (?:encontrar|localizar|resolver)
        |se encontro|se pudo (?:encontrar|resolver)|se ha encontrado)(?: o| el| al)? (?:dominio|host)
    (?:domaine|serveur)[^.;:]{0,40}(?:inconnu|introuvable|n'existe pas)
    (?:domain|domane)[^.;:]{0,40}(?:existiert nicht|nicht gefunden|unbekannt)
    dominio[^.;:]{0,40}(?:sconosciut|non (?:esiste|trovat))
    (?:домен|сервер)[^.]{0,40}(?:не (?:найден|существует))
    """,
    "user-unknown": r"""
    recip(?:ient)?notfound|nao (?:esta )?(?:listad|cadastrad)[oa] n[oa]
    no (?:exact )?match(?:es)? (?:to|for|found)|did not (?:exactly )?match|final e?-?mail delivery point
    (?:user|recipient|mail ?box|account|address|addressee|alias|username|destination|rcpt|customer|member
        |subscriber|login|uid|e-?mail|person|list|group|name|id|contact)s?\b(?:~
            |[ :(<'"-]{1,4}(?:@[>)"']? ?)?
            |[ (:<'"]{1,3}[^\s"'>)]{1,80}["'>)]{0,2}[,:]? {1,2}(?:is |was )?)(?:unknown
            |not (?:be )?(?:found|known|exist|listed|present|ok
        |recogni[sz]ed|registered|located|our customer|valid|a valid|a known|in (?:\w+ ){0,3}(?:directory
            |database|book|system))|(?:does|did|do)(?:n't
        | not) (?:exist|match|appear|resolve)|non-?existe?nt|no such|nonexistent
        |invalid|is not (?:an?|our|one)? ?(?:active|valid|known|local|existing|registered|current)
            |isn't (?:a )?(?:valid|known|active)|undeliverable|unrouteable
        |unroutable|no longer (?:exists?|valid|available|on|in|with|work|an?|here|employ|active|at)|ambiguous
            |wasn't found|couldn't be (?:found|located)|could not be (?:found|resolved|matched|located)
        |never (?:existed|logged)|was not found|(?:cannot|can't) be verified|removed
        |deleted|obsolete|cannot be found|can't be found|has left|left the (?:company|organi))\b
    (?:user|recipient|account|customer|address|person)\b~(?:doesn't|does not|don't|do not) have
    (?:user|recipient|address|account|mailbox|local.?part|username)(?: name)?~(?:not (?:here|local)|is bad
        |has no)\b
    (?:unknown|no such|invalid|bad|nonexistent|non-existent|non existing|illegal|incorrect
        |unrecogni[sz]ed|undefined|no valid|not a valid|not an? (?:existing|active|known|local
        |valid)|unrouteable|unroutable|wrong|no matching|not our|not known|undeliverable
        |can't find|cannot find|couldn't find|could not find|unable to find
        |no longer an? (?:valid|active)?|there is no|there's no|we have no|have no
        |do not have an?|don't have an?|doesn't have an?|does not have an?|doesn't have any
        |not one of our) (?:(?!sender|from|your|valid credent)\w+[ -]){0,3}(?:user|recipient|mail ?box
            |account|address|addressee
        |alias|person|username|local.?part|local address|rcpt|employee|customer
        |subscriber|mailserver user|rfc822 name|receiver|destination|destination mailbox)(?:e?s|name
            | name)?\b(?! (?:policy|restrict|verification|permission|access))
    ^@>?[ :]{1,3}(?:is )?(?:unknown|not (?:found|known|valid)|(?:does|did)(?: not|n't) exist|invalid|no such)
    @[>"')]?[ :,]{1,3}(?:is )?(?:unknown|not (?:found|known|valid)|(?:does|did)(?: not|n't) exist|no such)
    this user doesn't have|can't accept user|missing home directory
    not a member of (?:this |the |our )?domain|no such mail ?drop|doesn't handle mail for that user
    not found in (?:the )?(?:ldap|director|database)|incorrectly addressed|no one (?:here )?(?:with|by) th
    badrcptto|badrecipientto|validrcptto|no \S{1,60} in (?:the )?name directory|rcp-p1\b|int-p[134]\b
    not (?:a )?local user|user not local|(?:isn't|not) in my user ?list|mailbox unavailable or access denied
    \bno (?:user|account|mail ?box|recipient|address|person)s? (?:here|by|with|found|named|called|like
        |available|exists?|on|at|of)\b
    (?:user|recipient|account|address)~?[^.;]{0,30}: ?(?:unknown|not found|no such)
    not listed in (?:public |domino|domino directory|the )
    no such (?:person|local user|virtual user|address|mailbox|recipient|account|name)
    (?:account|mailbox|user|recipient|address|e-?mail) (?:is|was|has been) (?:no longer|deleted|removed)
    double-checking the recipient's
    (?:no longer|not) (?:works? (?:here|for|at)|employed|with (?:the|this|us|our)|at this
        |in service|available at|on this server|on server|at our)\b
    verify the recipient|check the recipient(?:'s)? (?:e-?mail )?address
    dd requested mail action aborted, mailbox not found|mailbox not found|mailbox name not allowed
    mail to this (?:user|address|recipient)~(?:cannot|not|undeliver)
    recipient address(?:es)? rejected ?: (?:user|undeliverable|access denied|no |unknown|unverified
        |invalid|address|account|mailbox|recipient|not|nao|usu|n[oa]o|caixa|destinat)
    (?:recipient|address|rcpt)\b~(?:verification|verify|validation) fail
    address (?:lookup|verification)~(?:fail|match)
    invalid final delivery userid|rcpt (?:to )?(?:is )?(?:invalid|unknown|not exist)
    (?:unknown|invalid|undeliverable) recipients?\b|account unavailable|address error
    (?:usuario|destinatari[oa]|endereco|caixa|caixa postal|conta|e-?mail|correio|correo|mailbox
        |cliente|funcionari[oa]|colaborador[a]?)s?\b(?:~|[ :-]{1,3}
            |[ (:<'"]{1,3}[^\s"'>)]{1,80}["'>)]? )(?:inexistente|inexist|nao (?:existe|exist|foi encontrad
            |encontrad|pertence
        |cadastrad|localizad|e valid|reconhecid|consta|confirmad|pode ser (?:encontrad|localizad)
            |faz (?:mais )?parte|trabalha
        |foi localizad|esta (?:mais )?(?:cadastrad|ativ|disponivel)|foi possivel (?:encontr|localiz))
            |desconhecid|invalid|no (?:existe|encontrad
        |se encontr|es valid|valid)|excluid|removid|apagad|eliminad|desconocid)
    (?:nao (?:existe|encontrei|encontramos|ha|foi encontrad[ao]|foi possivel (?:encontrar
        |localizar)|consta)|inexistente|desconhecid[ao]|no (?:existe|hay
        |se (?:ha )?encontro|se ha encontrado|se encuentra|se pudo encontrar|encontramos)|nenhum[a]?
            |ningun[a]?)~?(?: \w+){0,3} (?:usuario|destinatario|endereco|caixa|conta|e-?mail|buzon
        |direccion|cuenta|casilla|persona|pessoa)\b
    (?:direccion|buzon|cuenta|casilla|usuario|destinatari[oa]|correo)s?\b(?:~|[ :-]{1,3}
        |[ (:<'"]{1,3}[^\s"'>)]{1,80}["'>)]? )(?:no (?:existe|encontrad|valid|disponible|es val|es conocid
        |pertenece|trabaja|reconocid
        |(?:fue|ha sido) encontrad|se (?:ha )?(?:encontr|encuentr|pudo (?:encontr|localiz)))|inexistente
            |desconocid|invalid|ya no existe|ha sido (?:eliminad|borrad)|eliminad|borrad)
    (?:e-?mail|correo|destinatari[oa])~(?:incorret|incorrect|errad|errone)[oa]
    (?:endereco|direccion)(?: de (?:e-?mail|correo))?(?: \w+)? (?:invalid|errad|incorret|incorrect|errone)
    (?:utilisateur|destinataire|adresse|boite|compte)\b[^.;:]{0,50}(?:inconnu|n'existe (?:pas
        |plus)|introuvable|invalide|inexistant|n'est pas|non trouv)
    (?:empfanger|benutzer|adresse|postfach|konto|mailadresse
        |teilnehmer)[^.;]{0,60}(?:unbekannt|existiert (?:nicht|leider)|nicht (?:gefunden|bekannt
        |vorhanden|existent|gultig|ermittelt|zugestellt)|ungultig|falsch)
    nessun (?:utente|destinatario|account)|destinatario errato
    (?:nao esta mais|ya no esta) e[mn] uso|nao e mais utilizad
    (?:utente|destinatario|indirizzo|casella|account)\b[^.;:]{0,50}(?:sconosciut|inesistente
        |non (?:esiste|valid|trovat|riconosciut))
    (?:gebruiker|ontvanger|adres|postvak|geadresseerde)\b[^.;]{0,50}(?:onbekend|bestaat niet
        |niet (?:gevonden|bekend))
    (?:uzytkownik|adres|konto|skrzynk|odbiorc)\w*[^.;]{0,50}(?:nie (?:istnieje|znalez|ma)
        |nieznan|nieistniej)
    nie ma (?:takiego|takiej)
    (?:пользовател|адрес|получател|ящик|аккаунт)\w*[^.]{0,50}(?:не (?:найден|существует
        |известен|зарегистрирован)|неизвест|недейств|несуществ)
    (?:нет такого|неизвестный) (?:пользовател|адрес|получател)
    (?:宛先|アドレス|ユーザ|受信者|メールボックス)[^。]{0,40}(?:見つか|存在し|不明|ありません|いません|間違)
    (?:用户|用戶|收件人|邮箱|郵箱|邮件地址|地址|帐号|账号|帳號)[^。]{0,40}(?:不存在|未找到|找不到|无效|無效|未知)
    (?:kullanici|alici|adres)[^.;]{0,40}(?:bulunamad|yok|gecersiz|bilinmeyen)
    (?:anvandar|mottagar|bruger|bruker|modtager|mottaker|adress)\w*[^.;]{0,40}(?:(?:finns|findes
        |finnes) (?:inte|ikke)|okand|ukendt|ukjent)
    존재하지 않|없는 (?:사용자|수신자|주소|계정)
    """,
}
"""Reason -> phrases that say it clearly."""
