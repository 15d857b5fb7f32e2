"""Rules of the message."""

from __future__ import annotations

from mpftp.domain.triplets.rules.rule import ERROR, NOTICE, WARNING, Rule

HTML_RULES: tuple[Rule, ...] = (
    Rule(
        "HTML001",
        ERROR,
        ("o arquivo está vazio", "Inclua o código HTML da mensagem."),
        ("the file is empty", "Put in the message's HTML code."),
    ),
    Rule(
        "HTML002",
        ERROR,
        ("o conteúdo não é HTML", "Envie o código-fonte da mensagem, que começa com <html>."),
        ("the content is not HTML", "Upload the message's source code, which begins with <html>."),
    ),
    Rule(
        "HTML003",
        WARNING,
        ("não há <body>", "Coloque a mensagem entre <body> e </body>."),
        ("there is no <body>", "Put the message between <body> and </body>."),
    ),
    Rule(
        "HTML004",
        WARNING,
        ("<{tag}> não é fechado", "Inclua </{tag}> no lugar certo."),
        ("<{tag}> is never closed", "Add </{tag}> in its place."),
    ),
    Rule(
        "HTML005",
        ERROR,
        (
            "o campo de mesclagem “{field}” não existe no arquivo MAIL",
            "Inclua a coluna no MAIL, ou corrija o nome do campo.{hint_pt}",
        ),
        (
            "the merge field “{field}” is not in the MAIL file",
            "Add the column to MAIL, or correct the field's name.{hint_en}",
        ),
    ),
    Rule(
        "HTML006",
        ERROR,
        ("“{bracket}” abre um campo de mesclagem que não é fechado", "Feche o campo logo depois do nome."),
        ("“{bracket}” opens a merge field that is never closed", "Close the field right after its name."),
    ),
    Rule(
        "HTML007",
        ERROR,
        ("o link “{url}” é relativo", "Escreva o endereço completo, com https://."),
        ("the link “{url}” is relative", "Write the whole address, with https://."),
    ),
    Rule(
        "HTML008",
        ERROR,
        (
            "o link aponta para um arquivo do seu computador: “{url}”",
            "Publique o arquivo e use o endereço https:// dele.",
        ),
        (
            "the link leads to a file of your own computer: “{url}”",
            "Publish the file and use its https:// address.",
        ),
    ),
    Rule(
        "HTML009",
        ERROR,
        ("o link usa “{scheme}:”, que nenhum programa de e-mail segue", "Use um endereço https://."),
        ("the link uses “{scheme}:”, which no mail program follows", "Use an https:// address."),
    ),
    Rule(
        "HTML010",
        WARNING,
        ("a imagem usa http: “{url}”", "Use https://; vários programas não mostram imagens sem ele."),
        ("the image uses http: “{url}”", "Use https://; several programs show no image without it."),
    ),
    Rule(
        "HTML011",
        WARNING,
        (
            "não há link de descadastro {field}",
            'Inclua <a href="{field}">; a lei e os provedores o exigem.',
        ),
        (
            "there is no opt-out link {field}",
            'Add <a href="{field}">; the law and the providers demand it.',
        ),
    ),
    Rule(
        "HTML012",
        WARNING,
        (
            "a mensagem tem {size} KB; o Gmail corta a partir de {limit} KB",
            "Retire comentários, estilos repetidos e imagens embutidas.",
        ),
        (
            "the message has {size} KB; Gmail cuts it off at {limit} KB",
            "Remove comments, repeated styles and embedded images.",
        ),
    ),
    Rule(
        "HTML013",
        WARNING,
        ("a imagem não tem texto alternativo (alt)", 'Inclua alt="..."; vazio se for só decoração.'),
        ("the image has no alternative text (alt)", 'Add alt="..."; empty if it is mere decoration.'),
    ),
    Rule(
        "HTML014",
        WARNING,
        (
            "imagem embutida (data:); Gmail e Outlook não a mostram",
            "Publique a imagem e use o endereço https:// dela.",
        ),
        (
            "an embedded image (data:); Gmail and Outlook do not show it",
            "Publish the image and use its https:// address.",
        ),
    ),
    Rule(
        "HTML015",
        WARNING,
        ("<script> não funciona em e-mail e aumenta o risco de bloqueio", "Retire-o."),
        ("<script> does not work in e-mail and makes it likely to be blocked", "Remove it."),
    ),
    Rule(
        "HTML016",
        WARNING,
        ("<form> não funciona na maioria dos programas", "Use um link para um formulário na web."),
        ("<form> does not work in most programs", "Link to a form on the web."),
    ),
    Rule(
        "HTML017",
        ERROR,
        ("o endereço da imagem é relativo: “{url}”", "Escreva o endereço completo, com https://."),
        ("the image's address is relative: “{url}”", "Write the whole address, with https://."),
    ),
    Rule(
        "HTML019",
        WARNING,
        ("o link não leva a lugar nenhum", "Preencha href com o endereço completo, ou retire o link."),
        ("the link leads nowhere", "Give href a whole address, or remove the link."),
    ),
    Rule(
        "HTML020",
        WARNING,
        (
            "folha de estilos externa ({what}); os programas de e-mail a ignoram",
            "Coloque os estilos na própria mensagem.",
        ),
        (
            "an external style sheet ({what}); mail programs ignore it",
            "Put the styles into the message itself.",
        ),
    ),
    Rule(
        "HTML021",
        WARNING,
        ("<{tag}> não é mostrado em e-mail", "Use uma imagem com link."),
        ("<{tag}> is not shown in e-mail", "Use an image with a link."),
    ),
    Rule(
        "HTML022",
        NOTICE,
        ("a mensagem não tem título (<title>)", "Inclua <title> para a versão na web e leitores de tela."),
        ("the message has no title (<title>)", "Add <title> for the web copy and screen readers."),
    ),
    Rule(
        "HTML023",
        ERROR,
        ("o endereço do link está malformado: “{url}”", "Corrija o endereço."),
        ("the link's address is malformed: “{url}”", "Correct the address."),
    ),
    Rule(
        "HTML024",
        WARNING,
        (
            "o endereço só existe na rede local: “{url}”",
            "Use um endereço público; o destinatário não alcança este.",
        ),
        (
            "the address exists in your own network only: “{url}”",
            "Use a public address; the recipient cannot reach this one.",
        ),
    ),
    Rule(
        "HTML025",
        WARNING,
        (
            "a mensagem tem imagens e só {words} palavras de texto",
            "Escreva também em texto: muitos programas bloqueiam imagens, e os filtros desconfiam.",
        ),
        (
            "the message has images and only {words} words of text",
            "Write text, too: many programs block images, and filters are wary.",
        ),
    ),
    Rule(
        "HTML029",
        ERROR,
        ("o início do endereço está errado: “{url}”", "Comece com https://."),
        ("the beginning of the address is wrong: “{url}”", "Begin with https://."),
    ),
    Rule(
        "HTML030",
        NOTICE,
        ("não há link para ver a mensagem na web {field}", 'Inclua <a href="{field}"> no início.'),
        ("there is no link to the web copy {field}", 'Add <a href="{field}"> at the beginning.'),
        optional=True,
    ),
    Rule(
        "HTML031",
        WARNING,
        (
            "“{field}” parece um campo de mesclagem de outro sistema",
            "Use o formato {{{{nome}}}}; do jeito que está, o destinatário lê o código.",
        ),
        (
            "“{field}” looks like a merge field of another system",
            "Use the form {{{{nome}}}}; as it is, the recipient reads the code.",
        ),
    ),
    Rule(
        "HTML032",
        WARNING,
        ("redirecionamento automático (meta refresh)", "Retire-o; ele leva ao bloqueio da mensagem."),
        ("an automatic redirect (meta refresh)", "Remove it; it gets the message blocked."),
    ),
    Rule(
        "HTML033",
        WARNING,
        ("o link usa um esquema incomum: “{scheme}:”", "Confira se os programas de e-mail o seguem."),
        ("the link uses an unusual scheme: “{scheme}:”", "Check that mail programs follow it."),
    ),
    Rule(
        "HTML034",
        ERROR,
        ("a imagem não tem endereço (src)", "Preencha src com o endereço https:// da imagem."),
        ("the image has no address (src)", "Give src the image's https:// address."),
    ),
    Rule(
        "HTML035",
        ERROR,
        (
            "a imagem está no seu computador: “{url}”",
            "Publique a imagem e use o endereço https:// dela.",
        ),
        (
            "the image is on your own computer: “{url}”",
            "Publish the image and use its https:// address.",
        ),
    ),
    Rule(
        "HTML037",
        WARNING,
        ("“{bracket}” fecha um campo de mesclagem que não foi aberto", "Confira o campo antes dele."),
        ("“{bracket}” closes a merge field that was never opened", "Check the field before it."),
    ),
    Rule(
        "HTML038",
        WARNING,
        ("</{tag}> fecha o que não está aberto", "Retire-o, ou abra <{tag}> antes."),
        ("</{tag}> closes what is not open", "Remove it, or open <{tag}> before."),
    ),
    Rule(
        "HTML039",
        ERROR,
        (
            "uma marca, um comentário ou umas aspas começam aqui e não terminam",
            "Feche com “>”, “-->” ou as aspas; do jeito que está, o resto da mensagem não é lido.",
        ),
        (
            "a tag, a comment or a quoted value begins here and never ends",
            "Close it with “>”, “-->” or the quote; as it is, the rest of the message cannot be read.",
        ),
    ),
    Rule(
        "HTML040",
        ERROR,
        ("há {found} campos de mesclagem; o limite é {limit}", "Retire os que sobram."),
        ("there are {found} merge fields; the limit is {limit}", "Remove those that are too many."),
    ),
)
