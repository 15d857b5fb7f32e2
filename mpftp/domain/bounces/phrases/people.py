"""What people and their programs write: requests to leave, absences, challenges, digests, quotations.

Written for ``normalize`` text, but QUOTATION_BEGINS, which finds a place in the text as it is.
"""

from __future__ import annotations

import re

from mpftp.domain.bounces.phrases import compile_phrases, join_phrases

QUOTATION_BEGINS = re.compile(
    join_phrases(
        r"""
    ^[ \t]*+>?[ \t]*+(?:em|no dia|on|el|am|le|il) [^\n]{4,200}\n?[^\n]{0,120}(?:escreveu|wrote|escribi[oó]
        |schrieb|a [eé]crit|ha scritto)[^\n]{0,5}:[ \t]*$
    ^[ \t]*(?:em|on|el|le) [^\n]{4,200}@[^\n]{1,80}(?:escreveu|wrote|escribi[oó])[^\n]{0,5}:
    ^[^\n]{3,120}(?:escreveu|wrote|escribi[oó])(?: ?\([^\n]{4,60}\))?[ \t]*:[ \t]*$
    ^[ \t]*-{2,}[ \t]*(?:em|on|el) [^\n]{4,200}(?:escreveu|wrote|escribi[oó])[ \t]*-{2,}
    ^-- ?$
    ^[ \t]*-{2,}[ \t]*(?:mensagem (?:original|encaminhada)|original message|mensaje (?:original|reenviado)
        |forwarded message)
    ^[ \t]*_{10,}[ \t]*$
    ^[ \t]*(?:de|from)[ \t]*:[^\n]{3,200}\n[ \t]*(?:enviad[ao]|sent|date|data|para|to|fecha)[^\n]{0,30}:
        """
    ),
    re.IGNORECASE | re.MULTILINE,
)
"""Where a mail program begins to quote the message that it answers, and where a signature begins."""

NOTICE_BEGINS = compile_phrases(
    r"""
    \b(?:this|the|esta|este|essa|esse) (?:e-?mails?|messages?|mensagem|mensaje|correo|communication
        |comunicac\w+)\b[^.]{0,120}\b(?:confidencia\w+|confidential\w*|privileged|sigilos\w+
        |intended (?:for|only|solely|recipient)|exclusiv\w+)
    \bconfidentiality notice|\baviso (?:legal|de (?:confidencialidad|privacidad))|\bdisclaimer\b
    \byou (?:are receiving|received|have received) this (?:(?:e-?mail|message|newsletter) )?because
    \bvoce (?:esta recebendo|recebeu|recebe) (?:este|esta|esse|essa) (?:e-?mail|mensagem) (?:por\b|porque
        |pois)
    \b(?:recibe|recibio|recibiendo) este (?:correo|mensaje|e-?mail) porque
    """
)
"""Where a notice begins that a firm puts below all that its people write."""

_LIST = "".join(
    (
        r"(?:list\w*|mailing|newsletter|base|cadastro|banco de dados|grupo|e-?mails?|correos?|mensagens",
        r"|mensajes|mails?|boletin\w*|suscripci\w*|inscric\w*|database|envios?|publicidade?|publicidad",
        r"|propaganda\w*|promoc\w*|ofertas|distribu\w*)",
    )
)
LEAVE = compile_phrases(
    rf"""
    \b(?:quero|queria|gostaria(?:mos)? de|desej(?:o|amos)|preciso|pretendo
        |como (?:eu )?(?:faco|fazer) (?:para|pra)|solicit(?:o|amos)|peco para|peco
        |pedimos|pode[mr]?) (?:\w+ ){{0,2}}(?:sair (?:d(?:a|e|essa|esta|este
        |esse)s? )?(?:\w+ ){{0,2}}{_LIST}|sair$|sair daqui|me descadastr\w+|descadastr\w+|desinscrever
        |cancelar (?:a |o |minha |meu )?(?:inscric\w+|newsletter|recebimento|cadastro|envio)|ser (?:removid
        |retirad|excluid|descadastrad)[oa]|(?:me |minha )?remo(?:cao|ver)|exclusao|descadastro
        |(?:me )?desvincul\w+|retirada (?:d\w+ )?(?:\w+ )?(?:e-?mail|endereco|contato|nome|cadastro|lista))\b
    \bquero sair\b(?: d[aeo]s?\b| dessa| desta)? ?(?:\w+ )?(?:lista|mailing|newsletter)?$
    \b(?:me|nos) (?:remov[ae]m?|tir[ea]m?(?!,? (?:\w+ )?(?:duvida|foto|print|copia|preco))|retir[ea]m?
        |exclu[ai]m?|descadastr[ea]m?|apag(?:ue|uem|a)
        |delet[ea]m?|desinscrev[ae]m?|remover|retirar|excluir|tirar(?! (?:\w+ )?(?:duvida|foto|print|copia
        |preco))|descadastrar)\b
    \b(?:remov[ae]m?|tir[ea]m?|retir[ea]m?|exclu[ai]m?|descadastr[ea]m?|apaguem?|delet[ea]m?|remover
        |retirar|excluir|descadastrar|tirar|remocao|exclusao|retirada)(?:-me\b|-nos\b
        | (?:d?[oe]ste |d?esse |o |do |de |d?a )?(?:meu|minha|nosso|este|esse) (?:e-?mail|endereco|nome
        |contato|cadastro|conta)| (?:o e-?mail )?@(?: d[aeo]s?\b|$)| o e-?mail(?: d[aeo]s? | abaixo| acima
        |$)| eu | meus dados)
    \bdescadastr(?:e|ar|em|o)-?(?:me|se)?\b
    \b(?:par[ea]m?|pararem|deix[ea]m?|cess[ea]m?|favor parar|pod(?:e|em|er|eria|eriam|iam) parar
        |chega) (?:ja |logo |por favor )?(?:de
        |com) (?:me |nos )?(?:\w+ )?(?:mandar|enviar|envio|encher|spam|e-?mails?|mandando|envi\w+)
    \bparem? (?:com )?(?:de |os |com os |esses )?(?:enviar|mandar|envios?|e-?mails)\b
    \bn(?:ao)? (?:quero|desejo|pretendo|gostaria de|tenho interesse em|aguento)(?: mais)? (?:mais )?(?:receber
        |ser contatad[oa]|e-?mails?|saber de|estas? mensage|essas? mensage|esses e-?mails|mensagens
        |receb\w+)
    \bnao tenho (?:mais )?(?:nenhum )?interesse (?:em|n[oa]s) (?:receber|(?:\w+ )?(?:promoc|ofertas|e-?mails
        |mensage|newsletter|propaganda|divulgac|comunicad))
    ^(?:parem?|pare)(?: imediatamente| agora| com isso| ja)?$
    \b(?:nao|nunca) (?:autorizo|autorizei|permito)(?: mais)? (?:o |est\w+ |ess\w+ |seus? )?(?:envio|receb
        |uso d
        |contato|e-?mail|mensage)
    \bja (?:pedi|solicitei|tentei|mandei)\b[^,]{{0,30}}\b(?:sair d\w+ (?:\w+ )?(?:lista|mailing)|remocao
        |exclusao|descadastr\w*|me (?:remov|retir|tir|exclu|descadastr)\w+)
    \b(?:can't|cannot|couldn't|unable to|tried to|trying to) unsubscribe|\bwant out of
        |\bunsubscribe (?:link|button)\b[^,]{{0,20}}(?:not|n't|broken)
        |\bcancel (?:my |this |the )?(?:subscription|newsletter|e-?mails?)
    \bcomo (?:eu )?(?:saio d\w+ (?:\w+ )?(?:lista|mailing)|(?:me )?d(?:escadastro|esinscrevo)
        |cancelo (?:[oa]s? |minha )?(?:recebimento|inscric|newsletter|envio))
    (?:^|, ?|: ?)(?:por favor|favor|gentileza|please|kindly),? (?:me )?(?:retirar|remover|excluir
        |descadastrar|remove|unsubscribe|eliminar|borrar|quitar)$
        |(?:^|, ?)(?:retirem|removam|excluam|descadastrem)(?: por favor)?$
    \bnao (?:me |nos )?(?:mandem?|envi(?:e|em|ar)|mandar|encaminh(?:ar|em?)
        |escrev(?:a|am)|mande)(?: mais)?(?: nada| e-?mails?
        | mensage\w*| isso| mais)
    \b(?:cancel(?:e|em|ar|amento)|cancelem) (?:d?[aeo]s? )?(?:meu |minha |o |a )?(?:inscric\w+|newsletter
        |recebimento|cadastro|envio|assinatura d\w+ (?:newsletter|e-?mail|boletim))
    \bquiero (?:\w+ )?(?:darme de baja|la baja|salir(?: de)?|desuscribir\w*
        |cancelar (?:la |mi )?suscripci\w+|que me (?:borr|elimin|quit|saqu|den de baja)\w*|dejar de recibir)
    \b(?:deseo|quisiera|me gustaria|solicito|necesito|pido|ruego|como (?:hago para
        |puedo)) (?:\w+ ){{0,2}}(?:dar(?:me|se)? de baja|(?:la |mi )baja|salir(?: de)?|desuscribir\w*
        |cancelar (?:la |mi )?suscripci\w+|dejar de recibir|que me (?:borr|elimin|quit|saqu|den de baja)\w*)
    \b(?:borr|elimin|quit|saqu|saca|remuev|retir)\w*(?:me|nos)\b
    \b(?:den|denme|dar|darme|deme|dame|dadme|favor de dar|doy) (?:me )?de baja\b|\bde baja (?:por favor
        |mi correo|de (?:la|esta|su) lista)|^baja de (?:la|esta|su) lista
    \bme (?:borr|elimin|quit|saqu|den de baja|desuscrib|remuev)\w*
    \b(?:borr|elimin|quit|saqu|remuev|retir)\w* (?:por favor )?(?:mis?|nuestros?|este) (?:correo
        |e-?mail|direccion|nombre|cuenta|datos)
    \b(?:dej|par|ces)(?:en|e|a|ad) (?:ya )?de (?:enviar|mandar|escribir|molestar|envi)\w*
    \bno (?:quiero|deseo|me interesa|quisiera)(?: mas)? (?:recibir|mas (?:correos|e-?mails|mensajes)
        |seguir recibiendo|sus (?:correos|mensajes)|estos (?:correos|mensajes)|que me (?:envi|mand
        |escrib)\w*)
    \bno (?:me |nos )?(?:envi|mand|escrib)\w+ (?:mas(?! (?:tarde|de))|nada)
    \b(?:remove|delete|take|unsubscribe|drop|exclude|strike) @ (?:from|off|out)\b
    \b(?:remove|delete|take|unsubscribe|drop|exclude|strike|opt|get) (?:me|us|my (?:e-?mail|address|name
        |contact|account|details|data)|this (?:e-?mail|address))\b(?:(?: e-?mail)? (?:address )?(?:from|off
        |out|please|now|immediately|of)|$|,| )
    \b(?:want|wish|like|need|ask|asking|trying|request|how (?:do|can) i|please)(?: to
        | you to)? (?:be )?(?:unsubscribed?|opt(?:ed)? out|removed? from|taken off|leave (?:this|the
        |your) (?:mailing )?list|get off)
    \bunsubscribe\b(?: me| us| please| from| this)
    \bstop (?:sending|e-?mailing|mailing|contacting|spamming|writing|these|bothering|all)\b
    \b(?:do not|don't|no longer|not) (?:want|wish|care|like)(?: to)? (?:receive|get|be (?:contacted
        |e-?mailed|mailed|on)|hear|any more|more|these|your|this|e-?mails?|further)
    \b(?:do not|don't|never|quit|cease) (?:send|e-?mail|mail|contact|sending|write|e-?mailing|mailing
        |contacting)(?: me| us| to me)?(?: anything| any| any more| anymore| again| these| more| e-?mails?)
    \bno more (?:e-?mails?|mails?|messages|newsletters|spam)\b|\bchega de (?:e-?mails?|spam|mensagens)
        |\bbasta de (?:correos|mensajes|spam|e-?mails)
    """
)
"""A sentence in which a reader asks to be mailed no more, in Portuguese, Spanish and English."""

STAY = compile_phrases(
    r"""
    \bn(?:ao)? (?:quero|queria|desejo|pretendo|gostaria de)(?: mais)? (?:sair|ser (?:removid|retirad|excluid
        |descadastrad)|cancelar|me descadastr|descadastr|deixar de receber|perder)
    \bnao (?:me )?(?:remov|retir|exclu|descadastr|tir[ea])|\bnao parem? de|\bnao cancel
    \bno (?:quiero|deseo) (?:darme de baja|salir|dejar de|cancelar|la baja|perder)|\bno me (?:borr|elimin
        |quit|saqu|den de baja)|\bno dejen de
    \b(?:do not|don't|not|never) (?:want to |wish to |like to |)(?:be )?(?:remove|unsubscribe|delete|take
        |drop|opt|leave|removed|unsubscribed|stop)\b
    \b(?:nao|no|not|don't|didn't|never)\b[^,]{0,12}\b(?:pedi|pedi para|ped|ask(?:ed)?|solicit|request)
    \b(?:se|caso|if|si|in case)\b[^,]{0,80}\b(?:engano|por erro|equivocad\w*|por error|in error
        |by (?:mistake|error)
        |(?:nao|not|no|is|are|es|for|seja|e)\b[^,]{0,20}(?:destinatari\w+|recipient|addressee))
    \b(?:se|caso|if|si)\b[^,]{0,20}\b(?:(?:nao|no) (?:mais )?(?:quer|quiser|deseja|desejar|queira|deseje
        |desea|desee
        |quiere|quiera)|deseje|desejar|queira|quiser|you (?:no longer |do not |don't )?(?:wish|want
        |would like))\b
    \b(?:para|to|in order to) (?:\w+ )?(?:cancelar|sair|nao receber|deixar|descadastrar|remover|unsubscribe
        |stop
        |opt|darse|dejar|cancel|salir|be removed)\b.{0,80}\b(?:cli(?:que|ck)|haga|acess[ea]|responda|reply
        |envi[ea]
        |send|visite?|utilize)\b
    \b(?:sorteio|sorteo|cupom|cupon|frete|cargo|taxa|convidad\w+|carrinho|pedido|compra|produto|item|cart
        |order|carrito|compra|pedido|boleto|fatura|invoice|reserva
        |booking|entrega)\b
    """
)
"""The same words said the other way round, or of a purchase."""

AWAY = compile_phrases(
    r"""
    \b(?:estou|estarei|estaremos|estamos|encontro-me|encontro me|me encontro|estando|entrei
        |sai) (?:\w+ ){0,2}(?:de|em|no periodo de|no) (?:ferias|licenca|recesso|viagem|afastamento|feriado)
    \b(?:estou|estarei|estaremos|estamos|encontro-me|encontro me|me encontro) (?:\w+ ){0,2}(?:ausente|fora
        |afastad|sem acesso|viajando|indisponivel|com acesso)
    \bfora do escritorio|\bausencia (?:temporaria|do escritorio)|\blicenca[ -](?:maternidade|medica
        |paternidade|saude)|\bferias (?:ate|coletivas|de)\b|periodo de (?:ferias|ausencia)
    \b(?:nao (?:conseguirei|consigo|poderei|posso|terei como|vou (?:poder|conseguir)
        |estarei)) (?:te |lhe |lhes |os |a |o )?(?:responder|ler|acessar|atender|verificar|respondendo
        |disponivel)
    \b(?:com |tenho |terei |tendo )?acesso (?:muito |bem |bastante )?(?:limitado|restrito|reduzido
        |esporadico) (?:a|ao|aos|à)
    \b(?:retorno|retornarei|voltarei|volto|estarei de volta|retornando|respondo
        |responderei) (?:\w+ ){0,3}(?:dia|em|no|na|assim que|quando|apos|a partir|as|ao|logo)\b
    \b(?:esta|essa) (?:e uma )?(?:mensagem|resposta) (?:e )?(?:automatica|foi (?:enviada
        |gerada) automaticamente|automatizada)|\bresposta automatica|\bmensagem automatica
        |\be-?mail automatico|gerad[ao] automaticamente|nao responda (?:a )?(?:este|esta|esse|essa)
    \b(?:nao trabalh[ao] mais|nao (?:faz|faco) (?:mais )?parte|deixou a empresa|desligou-se|foi desligad
        |nao esta mais n[ao] empresa|nao integra mais|se desligou)
    \b(?:recebemos|confirmamos o recebimento d|obrigad[oa] p(?:elo|or) (?:seu|sua|entrar|nos)
        |agradecemos (?:o |a )?(?:seu|sua))\w* ?(?:\w+ ){0,2}(?:contato|mensagem|e-?mail|solicitacao)
    \bprotocolo (?:de atendimento|n|num|numero|gerado)|\b(?:seu|sua) (?:chamado|ticket|solicitacao
        |protocolo) (?:\w+ )?(?:foi|n|#|de)
    \b(?:estoy|estare|estaremos|estamos|me encuentro|me encontrare) (?:\w+ ){0,2}(?:de vacaciones|de viaje
        |de licencia|de baja medica|ausente|fuera|de permiso|con acceso|sin acceso)
    \bfuera de (?:la )?oficina|\b(?:tengo|tendre|con) (?:un )?acceso (?:muy )?(?:limitado|restringido
        |reducido)|\bacceso limitado
    \bno (?:podre|puedo|voy a poder|estare) (?:\w+ )?(?:responder|contestar|atender|leer|disponible
        |revisar)\w*
    \b(?:regreso|regresare|vuelvo|volvere|retorno|retornare|respondere|contestare) (?:\w+ ){0,3}(?:el|en
        |cuando|a mi|dia|al|tan pronto|a la)\b
    \b(?:este|esta) es un[a]? (?:mensaje|respuesta|correo) automatic|\brespuesta automatica
        |\bmensaje automatico|generad[oa] automaticamente|no responda (?:a )?este
    \bya no (?:trabaj|labor|forma parte|pertenece)\w*|dejo la empresa|hemos recibido (?:su|tu) (?:mensaje
        |correo|solicitud|consulta)|gracias por (?:contactar|comunicarse|escribir|su (?:mensaje|correo))
    \b(?:i am|i'm|i will be|i'll be|we are|we're|currently|am) (?:\w+ ){0,3}(?:out of (?:the )?office
        |on (?:vacation|leave|holiday|holidays|a trip|annual leave|maternity|parental|sick|business)|away
        |travell?ing|out until|out of the country|unavailable)
    \bout of (?:the )?office|\b(?:maternity|parental|annual|sick|medical) leave|\blimited (?:access
        |availability|connectivity)|\bintermittent access
    \b(?:will|may|shall) (?:\w+ )?(?:not |be unable to |be slow to |be delayed in )?(?:be able to )?(?:rep
        +ly|respond|answer|responding|get back|read|check)\w* (?:\w+ ){0,4}(?:when|upon|after|until
        |as soon as|once|on my|e-?mail|to you)
    \b(?:i (?:will )?return|back in the office|upon my return|when i (?:return|get back|am back)
        |return(?:ing)? on)\b
    \bthis is an auto\w*|\bautomat(?:ed|ic) (?:reply|response|message|e-?mail)|\bautomatically generated
        |\bauto-?(?:reply|response)|do not reply to this
    \bno longer (?:works? (?:here|at|for|with)|with the company|employed|an employee|part of)
        |\bhas left (?:the )?(?:company|organi|team)
    \b(?:thank you|thanks) for (?:your (?:message|e-?mail|inquiry|enquiry)|contacting|reaching out|writing)
        |\bwe have received your|\byour (?:ticket|request|case) (?:\w+ ){0,3}(?:has been|number|was|id|#)
    """
)
"""What a program writes for an owner who is away, or in the name of a firm that was written to."""

HELD = compile_phrases(
    r"""
    \b(?:held|on hold|pending|waiting|quarantin\w+|not (?:yet )?(?:been )?delivered|was not delivered
        |withheld|blocked until|will be delivered (?:once|after|when|as soon)|before (?:it|your|this|we)
        |awaiting)\b
    \b(?:retida|retido|em espera|aguarda\w*|quarentena|pendente|nao foi entregue|nao sera entregue
        |sera entregue (?:apos|assim|depois|quando|somente)|antes de|para que (?:ela|seu|sua|a mensagem
        |o e-?mail))\b
    \b(?:retenid[oa]|en espera|cuarentena|pendiente|no (?:fue|ha sido|sera) entregad[oa]
        |sera entregad[oa] (?:una vez|despues|cuando|tras)|antes de|para que (?:su|el|tu))\b
    """
)
"""That a message is kept until its sender does something."""

PROVE = compile_phrases(
    r"""
    \b(?:confirm|verify|prove|show|validate)\w* (?:that )?(?:you are|you're|you|your(?:self| identity
        | message| e-?mail| address)?|this (?:message|request)|the sender|by)\b
    \b(?:you are|you're) (?:a )?(?:real|human|not a (?:robot|machine|spammer))|\bcaptcha|\bchallenge\b
        |\bwhite ?list|(?:sender|safe|approved) ?list|authenticate yourself|click (?:here|the link
        |on the link|below)|complete the (?:form|verification)|solve
    \b(?:confirm|verifi|valid|autentic|comprov|prov)\w* (?:que (?:voce )?(?:e|nao e)|seu|sua|voce|o envio
        |sua identidade|o remetente|este e-?mail|clicando|respondendo|esta mensagem|a mensagem|o seu)
    \b(?:clique|clicar|acesse|responda|preencha|digite)\b[^.;]{0,60}\b(?:confirm|liber|autoriz|valid|entreg
        |link|codigo|abaixo|palavra|caracteres|formulario|para que)
    \b(?:confirm|verifi|valid|demuestr|compruebe)\w* (?:que (?:usted )?(?:es|no es)|su|usted|el envio|este
        |haciendo|respondiendo|tu|la)
    \b(?:haga clic|pulse|responda|complete|visite|ingrese)\b[^.;]{0,60}\b(?:confirm|liber|autoriz|valid
        |entreg|enlace|codigo|formulario|para que)
    \bpessoa real|\bnao e (?:um )?robo|\bpersona real|\bno es (?:un )?robot|ser humano
        |lista de (?:remetentes|remitentes|permitid|autorizad|seguros|confian)
    """
)
"""What the sender is to do."""

DIGEST = compile_phrases(
    r"""
    \bquarantine (?:\w+ )?(?:summary|digest|report|notification|notice|list|messages?)|(?:spam|e-?mail
        |message|daily|mail) (?:quarantine|digest)|\bquarantined? (?:e-?mails?|messages?|items)
    \b(?:relatorio|resumo|aviso|lista|notificacao|digest)\b[^.;]{0,30}\bquarentena|\b(?:mensage(?:m|ns)
        |e-?mails?|itens) (?:\w+ )?(?:em|na|retid[oa]s|bloquead[oa]s na) quarentena
        |quarentena de (?:e-?mail|spam|mensage)
    \b(?:informe|resumen|aviso|lista|notificacion|reporte)\b[^.;]{0,30}\bcuarentena|\b(?:mensajes?|correos?
        |elementos) (?:\w+ )?(?:en|retenid[oa]s en) (?:la )?cuarentena|cuarentena de (?:correo|spam|mensaj)
    \bspam (?:report|summary|notification) for\b|\b(?:you have|voce tem|tiene
        |usted tiene) (?:\d+ )?(?:new )?(?:\w+ )?(?:quarantin|mensagens em quarentena
        |mensajes en cuarentena)
    """
)
"""Subjects of what a filter lists for its own user."""
