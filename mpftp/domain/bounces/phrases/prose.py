"""The words by which reports in prose are taken apart: failures, delays, labels, returned messages.

Written for ``normalize`` text, but COPY_BEGINS, which finds a place in the text as it is.
"""

from __future__ import annotations

import re

from mpftp.domain.bounces.phrases import compile_phrases, join_phrases

COPY_BEGINS = re.compile(
    join_phrases(
        r"""
    ^[ >*|=_#+-]{0,60}[-=*_]{2,60}\s{0,8}(?:this is a copy|below this|the (?:header|body|original)
        |original|returned
            |message (?:header|text|follows|copy)|start of|begin|included|forwarded|unsent|your message
            |headers? of|copy of|e-?mail header|received header|attached
        |mensagem (?:original|devolvida)|mensaje original|message d'origine|ursprungliche
        |c[oó]pia)[^\n]{0,120}$
        ^[ >*|=_#+-]{0,60}(?:below this line|this is a copy|the original message (?:was|is) (?:attached|below)
            |(?:the )?original message(?: follows| headers?| text)?\s*[:.-]*\s*$|original message header
            |(?:a )?copy of (?:the|your)(?: original)? message|message headers?(?: follow)|returned message
            |included is a copy|(?:the )?(?:text|body) of (?:the|your) (?:original )?(?:message|mail)
            |your (?:original )?message (?:reads|follows|was:?[ \t]*$|header|headers|is below)|unsent message
            |the (?:first \d+ lines|headers?) of (?:the|your)|headers? (?:of (?:the|your)|follow)
            |the header of the original|start of (?:forwarded|returned)|begin (?:forwarded|message)
            |the following is (?:a copy|the (?:original|header|message))|your message (?:headers|content)
            |mensagem original|abaixo (?:segue|est[aá]) (?:a )?(?:c[oó]pia|mensagem)|c[oó]pia da mensagem
            |segue (?:abaixo )?(?:a |uma )?c[oó]pia|mensaje original|copia del mensaje
            |cabe[cç]alhos? da mensagem|der header der|hier folgt|original-nachricht)[^\n]{0,120}$
        ^[ \t>|]{0,4}(?:received|return-path|x-apparently-to|dkim-signature|delivered-to)\s*:\s*\S
        """
    ),
    re.IGNORECASE | re.MULTILINE,
)
"""Where the copy of the returned message begins."""

FAILED = compile_phrases(
    r"""
    fail|undeliver|not (?:be )?(?:deliver|sent|transmit)|unable to|could ?n[o']t|can ?not|can't
        |did ?n[o']t|unknown|reject|refus
    return|error|problem|bounce|invalid|no such|not exist|not found|permanent|fatal|denied|unreachable
    disabled|inactive|full\b|quota|unsuccess|delay|warning|not (?:listed|recognized|accept)
        |has no|no account
    aborted|expired|blocked|nondeliver|non-deliver|undelivered|delivery status
        |delivery (?:notification|report)
    nao (?:foi|pode|existe|pud|consegu)|falh|erro|devolv|recusad|rejeitad|inexistente|desconhecid|imposs
    no (?:se (?:pudo|ha)|existe|fue|es posible)|rechaz|fallo|devuelt|no entregad
    nicht|konnte|fehler|unzustell|fehlgeschlagen|abgewiesen
    impossible|echec|pas (?:pu|ete)|n'a pas|n'existe|refuse|erreur|non remis
    non (?:e|esiste|e stato|recapit)|impossibile|errore|mancat[ao]
    niet|fout|mislukt|nie (?:mozna|zostal|istnieje)|blad
    atrasad|adiad|retras|retard|differe|verzoger|ritard
    kunde inte|kan inte|kunne ikke|misslyck|mislyk|ei voitu|teslim edileme|iletileme|basarisiz
    실패|못했|반송|오류
    失败|失敗|エラー|配信|届|送信でき|送達|退信|无法|無法|不存在|не (?:удал|может|доставл)|ошибк|недостав
    """
)
"""Words of failure, wide on purpose: they count only beside an address, or in what looks like a report."""

REPORT_SUBJECT = compile_phrases(
    r"""
    undeliver|nondeliver|non-deliver|delivery (?:status|failure|failed|has failed|report
        |notification|problem|error)
    returned (?:mail|message|to sender)|(?:mail|message|e-?mail) (?:delivery |system )?(?:failed
        |failure|error|problem)
    failure (?:notice|notification|delivery)|delivery.{0,20}(?:fail|unsuccessful)|delayed mail|message status
    ^(?:warning: )?(?:could not send|unable to deliver)|could ?(?:not|n't) be delivered|error sending your
    nao (?:entregue|foi (?:possivel )?(?:ser )?entreg)|falha (?:na|de) entrega|(?:mensagem
        |e-?mail) (?:devolvid|retornad)
    erro (?:na|de) entrega|no (?:se )?(?:entregad|pudo entregar|se puede entregar)
        |mensaje (?:devuelto|no entregado)
    unzustellbar|nicht zugestellt|fehlgeschlagen|non remis|echec de (?:la )?(?:remise|distribution)
        |impossible de remettre
    non recapitat|mancato recapito|impossibile recapitare|onbestelbaar|niet bezorgd|nie dostarczon
        |недоставлен|не доставлен
    配信(?:できません|エラー|不能)|送信できません|メール.{0,10}エラー|退信|无法投递|投递失败|無法傳遞
    """
)
"""Subjects that only reports have."""

UNDELIVERED = compile_phrases(
    r"""
    (?:could|can|was|were|been|is)(?: ?not|n't)(?: be)? (?:delivered|transmitted|relayed)
    did(?: not|n't) reach the following|(?:could|can) ?(?:not|n't) be sent
    undeliverable|undelivered|(?:un|not |n't )able to (?:be )?deliver|delivery (?:has )?failed
        |failed to deliver
    delivery failure|permanent (?:fatal )?errors?\b|(?:delivery|fatal) (?:errors|problems)
        |transcript of session
    address(?:es|\(es\))? failed|returned mail\b|user(?:name)? unknown|no such (?:user|address|mailbox)
    mailbox (?:is )?full|mail (?:delivery )?system at
    (?<!\d)5[05]\d[ -]+(?:#?5\.\d\.\d+|[a-z<\[-])|rcpt to:
    nao (?:foi|pode|pude|sera) (?:possivel )?(?:ser )?(?:entreg|envia)|entrega[^.]{0,20}falh|falha na entrega
    no (?:se (?:pudo|ha podido)|fue|pudo ser) (?:posible )?entreg
    (?:konnte|wurde) nicht (?:zugestellt|ausgeliefert)|n'a (?:pas )?pu etre (?:remis|livre|delivre)
    送信できませんでした|配信できません|无法投递|не может быть доставлен
    """
)
"""Words that make a report of any message, for every author and subject."""

OF_ORIGINAL = compile_phrases(r"^original[ -](?:address|recipient|to)$")
"""Labels of the address that we wrote to, below those of the one it became."""

ADDRESSED_TO = compile_phrases(
    r"following|recipients?|addressees?|users?|destinat|usuarios?|seguintes?|empfanger"
)
"""Words of a heading above a list of recipients."""

WARNING_ONLY = compile_phrases(
    r"""
    warning (?:message )?only|(?:do(?:es)? )?not need to (?:re-?send|be resent)
        |no action is required on your part
    still being retried|status notification \(delay\)|delayed mail|^warning: (?:could not send|message)
    nao (?:e|ha) (?:necessario|preciso|necessidade de) (?:re)?enviar|has not (?:yet )?been delivered (?:yet
        |to one or more of its recipients after)|has not yet been delivered
    (?:ainda nao|nao) (?:foi|pode|pude|conseguimos|pudemos)(?: ser)? ?(?:entregue|entregar)? ainda
        |ainda nao (?:foi|pode|pude|conseguimos|pudemos)(?: ser)? (?:entreg|possivel)
    (?:aun|todavia) no (?:se )?(?:ha|fue|pudo|pudimos|hemos|ha podido)(?: sido| podido| ser)? (?:entreg
        |posible)|no es necesario (?:reenviar|volver|que (?:lo )?(?:reenvi|vuelva))
    (?:apenas|so|solo|somente|unicamente) (?:um|un) aviso|nenhuma acao (?:e|sera) necessaria|no (?:tiene
        |es necesario|hace falta) (?:que )?(?:hacer|realizar)? ?(?:nada|ninguna accion)
        |ninguna accion (?:es )?necesaria
    no need to (?:re-?send|send it again)|there is no need to|still trying to deliver
    """
)
"""What only a report says that is not the last word yet."""

DELAYED = compile_phrases(
    r"""
    (?:will|shall) (?:continue|keep|be (?:retried|tried)|still|retry)(?:[^.]{0,40}(?:try
        |attempt|deliver|retr))?
    (?:still|being) (?:trying|retried|attempt|queued|in the (?:mail )?queue)
    (?:has|have) not yet been (?:delivered|sent)|not yet (?:been )?(?:delivered|able)
    (?:delivery|message|mail|e-?mail)[^.]{0,30}(?:has been|is|was|being|temporarily) (?:delayed|deferred)
    delayed mail|delivery (?:delay|delayed)|delay(?:ed)? (?:delivery|notification)
        |status notification \(delay\)
    (?:could not|couldn't|cannot) (?:send|be (?:sent|delivered)
        |deliver)[^.]{0,40}(?:for (?:the )?(?:past|last)|yet)
    warning: (?:could not send|message|mail|e-?mail)|no action is required on your part
    attempts? to deliver[^.]{0,60}(?:will continue|continue)|next attempt|will be (?:retried
        |re-?tried|attempted again)
    we(?:'ll| will) (?:keep|try|continue)|gmail will retry|continue to try|retries? will
    continuar(?:a|emos|ao)? (?:a )?(?:tentar|tentando)
        |sera(?:o)? (?:feitas )?(?:novas? tentativas?|tentad)|novas tentativas
    (?:foi|esta|entrega)[^.]{0,20}(?:atrasad|adiad)|nao e necessario (?:re)?enviar
    se (?:seguira|seguir[aá]|continuara)[^.]{0,20}intent|retrasad|weiter(?:hin)? versucht|verzoger
    nuevos intentos|(?:volveremos|se volvera|voltaremos|vamos) a (?:intent|tent)\w+|vamos tentar
        |tentaremos (?:de novo|novamente|outra vez)
    (?:seguira|seguiremos|continuara|continuaremos|continuaran|seguiran) (?:a )?(?:intent|tent)
        |(?:tentativas|intentos)(?: de entrega)? (?:\w+ )?(?:continuar|seguir|proseguir|prosseguir)\w*
    (?:sera )?(?:reenviad[oa]|reenviara|entregue|retentad[oa])(?: \w+)? automaticamente|(?:entrega|mensagem
        |mensaje)[^.]{0,60}(?:adiad|aplazad|atrasad|retrasad|postergad|pospuest|diferid|demorad)
    (?:continua|permanece|sigue|esta) (?:na fila|en (?:la )?cola)|atraso na entrega|retraso en la entrega
    nouvelles? tentatives?|retarde|differe|ulteriori tentativi|ritardat
    """
)
"""What a report says that is not the last word yet."""

GAVE_UP = compile_phrases(
    r"""
    giv(?:en|ing) up|gave up|i've given up|no (?:further|more) (?:attempts|delivery attempts|retries)
    will not be (?:retried|attempted|tried)|(?:won't|not) (?:going to )?try again|this is a permanent error
    permanent (?:fatal )?(?:error|failure)|retry (?:time(?:out)?|limit) (?:was )?exceeded|too long
    (?:could|can) ?not be delivered[^.]{0,60}(?:returned|permanent)|message (?:was|is being
        |has been) returned
    has expired|delivery (?:has )?failed|undeliverable|(?:mail|message
        |delivery) (?:could )?not (?:be )?delivered\b(?! (?:yet|for))
    no se haran mas|no habra mas|nao havera|tentativas (?:foram|estao) encerradas
    desisti|definitiv|nao (?:sera|serao) (?:feitas?|tentad)|endgultig
    """
)
"""What only a final report says."""

OF_HELP = compile_phrases(
    r"unsubscribe|\bcommands?\b|\bhelp\b|\bsupport\b|assistance|\bcontact\b|\bsuporte\b|\bajuda\b"
)
"""A label before the address of somebody who is asked, or asks for, something else."""

OF_RECIPIENT = compile_phrases(
    r"""
    ^(?:(?:final|original|failed|intended|affected|bad|invalid|unknown|rejected|actual|envelope
        |your|the|smtp
        |for|a|following|undeliverable|delivery to)[ -])*
        +(?:recipients?|rcpt(?: to)?|addressees?|forward-path|mailbox(?:es)?|to address|destination
        |e-?mail address(?:es)?|address(?:es)?|users?)
        +(?: (?:address(?:es)?|name|e-?mail|mailbox|id|unknown|not found|\(s\)|list|is))*$
    (?:fail|undeliver|not (?:be )?(?:deliver|sent|reach)|could ?n[o']t|can ?not|unable|unknown|reject|refus
        |invalid|bounced|error|problem)[^:]{0,60}\b
        +(?:to|for|recipients?|address(?:es)?|users?|mailbox(?:es)?|reach|person|people|alias|accounts?)
        +(?:\(e?s\))?$
    ^(?:destinatarios?|usuarios?|enderecos?(?: de e-?mail)?(?: do destinatario)?|caixa postal|conta
        |para o endereco)$
    (?:nao (?:foi|pode|pud|existe)|falh|erro|devolv|recusad|rejeitad|desconhecid|invalid|imposs)[^:]{0,60}\b
        +(?:para|a|ao|destinatarios?|enderecos?|usuarios?|conta|caixa|e-?mail)
        +(?: abaixo| seguintes?| destinatarios?)?$
    (?:no (?:se pudo|ha podido|fue|existe)|rechaz|fallo|invalid)[^:]{0,60}\b
        +(?:a|para|destinatarios?|direccion(?:es)?|usuarios?|buzon)$
    ^(?:direccion(?: de correo)?|destinataires?|adresse(?: du destinataire)?|empfanger(?:adresse)?|indirizzo
        |destinatari[oi]?|ontvanger|odbiorca|получатель|адрес)$
    ^(?:your |this |the )?(?:message|mail|e-?mail)(?: sent)? to$|^addressed to$
    (?:nicht|konnte|fehler|unbekannt)[^:]{0,60}\b(?:an|fur|empfanger|adressen?)(?: werden
        | zugestellt werden)?$
    (?:pas|impossible|echec|erreur|inconnu)[^:]{0,60}\b(?:a|pour|destinataires?|adresses?)$
    宛先|受信者|あて先|送信先|收件人|收件地址
    """
)
"""Labels of an address that failed."""

OF_SENDER = compile_phrases(
    r"""
    ^(?:[\w-]+ )*(?:from|sender|reply-to|return-path|originator|author|mail from|errors-to|envelope-from
        |contact|support)$
    ^(?:message-?id|references|in-reply-to|received|subject|sent|date|reporting-mta|remote-mta|cc|x-[\w-]+
        |list-[\w-]+|content-[\w-]+)$
    ^(?:de|remetente|remitente|desde|von|absender|expediteur|da|mittente|van|afzender|od|nadawca|от
        |отправитель|assunto|asunto|betreff|objet|oggetto|enviad[ao](?: por)?|data|fecha|datum)$
    差出人|送信者|发件人|寄件者
    """
)
"""Labels of an address, or of something like one, that did not fail."""

OF_HEADER = compile_phrases(r"^(?:to|para|an|a|aan|do|кому|destinatario original|original to)$")
"""Labels of what the returned message was addressed to, which need not be what failed."""

OF_STRANGERS = compile_phrases(
    r"""
    contact|please (?:e-?mail|send|forward|report|write|notify|see|direct|call|reply)|questions
        |assist|help ?desk|support
    for (?:more|further) (?:information|help|details)|administrator|if you (?:believe|think
        |feel|have)|complain
    (?:entre|favor entrar|entrar) em contato|contate|contacte|duvidas|ajuda|suporte
        |administrador|bitte|wenden|veuillez|contattare
    """
)
"""Lines that name somebody to turn to."""
