"""Rules of file names and of the set of three."""

from __future__ import annotations

from mpftp.domain.triplets.rules.rule import ERROR, NOTICE, WARNING, Rule

_PATTERN_PT = "Use NOME_TIPO_AAAAMMDD, por exemplo Promo_CONF_20260301."
_PATTERN_EN = "Use NAME_TYPE_YYYYMMDD, for example Promo_CONF_20260301."

NAME_RULES: tuple[Rule, ...] = (
    Rule(
        "NAME001",
        ERROR,
        ("o tipo “{type}” não existe", "Os tipos são CONF, HTML e MAIL{nearest_pt}. Renomeie o arquivo."),
        ("there is no type “{type}”", "The types are CONF, HTML and MAIL{nearest_en}. Rename the file."),
    ),
    Rule(
        "NAME002",
        ERROR,
        ("o tipo “{type}” não está em letras maiúsculas", "Renomeie o arquivo para {wanted}."),
        ("the type “{type}” is not in capitals", "Rename the file to {wanted}."),
    ),
    Rule(
        "NAME003",
        ERROR,
        ("o nome tem a extensão “{extension}”", "Retire a extensão: {wanted}."),
        ("the name has the extension “{extension}”", "Remove the extension: {wanted}."),
    ),
    Rule(
        "NAME004",
        ERROR,
        ("a data “{date}” não tem oito algarismos", "Escreva a data como AAAAMMDD, por exemplo 20260301."),
        ("the date “{date}” does not have eight digits", "Write the date as YYYYMMDD, for example 20260301."),
    ),
    Rule(
        "NAME005",
        ERROR,
        ("a data “{date}” não existe no calendário", "Escreva uma data real como AAAAMMDD."),
        ("the date “{date}” is not in the calendar", "Write a real date as YYYYMMDD."),
    ),
    Rule(
        "NAME006",
        ERROR,
        ("a data “{date}” está na ordem DDMMAAAA", "Comece pelo ano: {wanted}."),
        ("the date “{date}” is in the order DDMMYYYY", "Begin with the year: {wanted}."),
    ),
    Rule(
        "NAME007",
        ERROR,
        ("falta o nome da campanha antes do tipo", _PATTERN_PT),
        ("the campaign's name is missing before the type", _PATTERN_EN),
    ),
    Rule(
        "NAME008",
        ERROR,
        ("o nome contém um caractere que não pode ser usado: {character}", "Retire-o: {wanted}."),
        ("the name holds a character that cannot be used: {character}", "Remove it: {wanted}."),
    ),
    Rule(
        "NAME009",
        WARNING,
        (
            "arquivo oculto ou temporário: o envio parece não ter terminado",
            "Termine o envio, ou apague o arquivo; ele não será lido.",
        ),
        (
            "a hidden or temporary file: its upload seems unfinished",
            "Finish the upload, or delete the file; it will not be read.",
        ),
    ),
    Rule(
        "NAME010",
        NOTICE,
        ("o arquivo não faz parte de nenhum envio", _PATTERN_PT),
        ("the file is part of no triplet", _PATTERN_EN),
    ),
    Rule(
        "NAME011",
        ERROR,
        (
            "as partes do nome estão separadas por “{separator}” e não por “_”",
            "Renomeie o arquivo para {wanted}.",
        ),
        (
            "the parts of the name are separated by “{separator}”, not by “_”",
            "Rename the file to {wanted}.",
        ),
    ),
    Rule(
        "NAME012",
        ERROR,
        (
            "o nome tem {bytes} bytes; os nomes dos resultados não caberiam",
            "Encurte o nome da campanha para no máximo {limit} bytes.",
        ),
        (
            "the name has {bytes} bytes; the names of the results would not fit",
            "Shorten the campaign's name to {limit} bytes or fewer.",
        ),
    ),
    Rule(
        "NAME013",
        WARNING,
        (
            "o nome tem espaços ou letras acentuadas, que alguns servidores FTP alteram",
            "Prefira letras sem acento, algarismos, “-” e “_”.",
        ),
        (
            "the name has spaces or accented letters, which some FTP servers alter",
            "Prefer plain letters, digits, “-” and “_”.",
        ),
    ),
    Rule(
        "NAME014",
        ERROR,
        ("o nome é o de uma cópia (“{mark}”)", "Renomeie o arquivo para {wanted}."),
        ("the name is that of a copy (“{mark}”)", "Rename the file to {wanted}."),
    ),
    Rule(
        "SET001",
        ERROR,
        (
            "falta o arquivo {missing}",
            "Envie os três arquivos com o mesmo nome e a mesma data: CONF, HTML e MAIL.",
        ),
        (
            "the file {missing} is missing",
            "Upload all three files with the same name and date: CONF, HTML and MAIL.",
        ),
    ),
    Rule(
        "SET002",
        ERROR,
        (
            "o nome difere de {other} só em maiúsculas e minúsculas",
            "Escreva o nome do mesmo modo nos três arquivos.",
        ),
        (
            "the name differs from {other} only in upper and lower case",
            "Write the name in the same way in all three files.",
        ),
    ),
    Rule(
        "SET003",
        ERROR,
        (
            "há um quarto arquivo para {name}, {date}; são sempre três",
            "Apague ou renomeie este arquivo; ficam CONF, HTML e MAIL.",
        ),
        (
            "there is a fourth file for {name}, {date}; there are always three",
            "Delete or rename this file; CONF, HTML and MAIL remain.",
        ),
    ),
    Rule(
        "SET004",
        ERROR,
        ("a data difere da de {other}", "Use a mesma data nos três arquivos do envio."),
        ("the date differs from that of {other}", "Use the same date in all three files."),
    ),
    Rule(
        "SET005",
        ERROR,
        (
            "o conteúdo parece ser o de um arquivo {other}, não {kind}",
            "Confira se os arquivos não foram trocados e envie cada um com o seu nome.",
        ),
        (
            "the content looks like that of a {other} file, not {kind}",
            "Check whether the files were swapped, and upload each under its own name.",
        ),
    ),
    Rule(
        "SET006",
        ERROR,
        (
            "já existe o arquivo de resposta {other}: este nome já foi processado",
            "Use um nome novo; ou apague os arquivos de resposta, se o envio deve mesmo ser repetido.",
        ),
        (
            "our file {other} exists: this name was processed before",
            "Use a new name; or delete our files, if it is really meant to be sent again.",
        ),
    ),
    Rule(
        "SET007",
        ERROR,
        ("nenhum arquivo de envio foi encontrado", "Indique a pasta ou os três arquivos: CONF, HTML e MAIL."),
        ("no file of a triplet was found", "Name the folder or the three files: CONF, HTML and MAIL."),
    ),
    Rule(
        "SET008",
        ERROR,
        ("o arquivo não pode ser lido: {reason}", "Confira as permissões e se é um arquivo comum."),
        ("the file cannot be read: {reason}", "Check its permissions, and that it is a regular file."),
    ),
    Rule(
        "SET009",
        ERROR,
        (
            "o arquivo tem {bytes} bytes; o limite é de {limit} bytes",
            "Divida a lista em mais de um envio, ou peça um limite maior.",
        ),
        (
            "the file has {bytes} bytes; the limit is {limit} bytes",
            "Split the list into more than one triplet, or ask for a higher limit.",
        ),
    ),
)
