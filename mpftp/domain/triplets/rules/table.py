"""Rules that CONF and MAIL share: headers, delimiters, quotes, numbers of fields."""

from __future__ import annotations

from mpftp.domain.triplets.findings import Scope
from mpftp.domain.triplets.rules.rule import ERROR, NOTICE, WARNING, Rule

_ROW_SCOPED = frozenset({"008", "009", "011", "012"})
"""What spoils only one contact when it happens on a line of MAIL."""

_SHARED = (
    (
        "001",
        ERROR,
        ("o arquivo está vazio", "Inclua a linha de cabeçalho e os dados."),
        ("the file is empty", "Write the header line and the data."),
    ),
    (
        "002",
        ERROR,
        ("o arquivo só tem o cabeçalho", "Inclua os dados abaixo da linha de cabeçalho."),
        ("the file has only its header", "Add the data below the header line."),
    ),
    (
        "003",
        ERROR,
        ("falta o cabeçalho obrigatório “{header}”", "Inclua a coluna “{header}”.{instead_pt}"),
        ("the required header “{header}” is missing", "Add the column “{header}”.{instead_en}"),
    ),
    (
        "004",
        ERROR,
        (
            "o cabeçalho “{header}” não é conhecido",
            "Use os cabeçalhos dos arquivos de exemplo, sem alterá-los.{hint_pt}",
        ),
        (
            "the header “{header}” is not known",
            "Use the headers of the sample files, unaltered.{hint_en}",
        ),
    ),
    (
        "005",
        ERROR,
        ("o cabeçalho “{header}” está repetido (coluna {first})", "Deixe uma só coluna “{header}”."),
        ("the header “{header}” is repeated (column {first})", "Keep one column “{header}” only."),
    ),
    (
        "006",
        NOTICE,
        (
            "a coluna “{header}” está fora da ordem dos arquivos de exemplo",
            "Nada precisa ser feito: os valores são reconhecidos pelo cabeçalho.",
        ),
        (
            "the column “{header}” is not where the sample files have it",
            "Nothing needs to be done: values are recognised by their header.",
        ),
    ),
    (
        "007",
        ERROR,
        (
            "os campos estão separados por “{delimiter}”, e não por “{wanted}”",
            "Separe os campos com “{wanted}”.",
        ),
        (
            "the fields are separated by “{delimiter}”, not by “{wanted}”",
            "Separate the fields by “{wanted}”.",
        ),
    ),
    (
        "008",
        ERROR,
        (
            "aspas abertas aqui não são fechadas",
            'Feche as aspas; aspas dentro de um valor são escritas em dobro ("").',
        ),
        (
            "the quote opened here is never closed",
            'Close the quote; a quote inside a value is written twice ("").',
        ),
    ),
    (
        "009",
        ERROR,
        (
            "há texto depois das aspas que fecham o valor",
            'Escreva em dobro ("") as aspas que fazem parte do valor.',
        ),
        (
            "there is text after the quote that closes the value",
            'Write twice ("") a quote that is part of the value.',
        ),
    ),
    (
        "010",
        WARNING,
        (
            "aspas no meio de um valor sem aspas",
            'Coloque o valor todo entre aspas e escreva as aspas internas em dobro ("").',
        ),
        (
            "a quote inside an unquoted value",
            'Quote the whole value, and write the inner quotes twice ("").',
        ),
    ),
    (
        "011",
        ERROR,
        (
            "a linha tem {found} campos; o cabeçalho tem {wanted}",
            "Complete a linha; um campo vazio também conta.",
        ),
        (
            "the line has {found} fields; the header has {wanted}",
            "Complete the line; an empty field counts, too.",
        ),
    ),
    (
        "012",
        ERROR,
        (
            "a linha tem {found} campos; o cabeçalho tem {wanted}",
            "Coloque entre aspas o valor que contém o separador, ou retire o campo a mais.",
        ),
        (
            "the line has {found} fields; the header has {wanted}",
            "Quote the value that holds the delimiter, or remove the extra field.",
        ),
    ),
    (
        "016",
        ERROR,
        ("o cabeçalho tem {found} colunas; o limite é {limit}", "Confira o separador e o arquivo."),
        ("the header has {found} columns; the limit is {limit}", "Check the delimiter and the file."),
    ),
    (
        "015",
        ERROR,
        (
            "há uma coluna sem cabeçalho",
            "Dê o cabeçalho da coluna, ou retire o separador que sobra no fim da linha.",
        ),
        (
            "there is a column without a header",
            "Give the column its header, or remove the delimiter left over at the end of the line.",
        ),
    ),
)


def shared_rules(prefix: str) -> tuple[Rule, ...]:
    """The shared rules as those of CONF or of MAIL."""
    return tuple(
        Rule(
            prefix + number,
            severity,
            pt,
            en,
            Scope.CONTACT if prefix == "MAIL" and number in _ROW_SCOPED else Scope.TRIPLET,
            fix="safe" if number == "010" else "",
        )
        for number, severity, pt, en in _SHARED
    )
