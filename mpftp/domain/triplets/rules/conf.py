"""Rules of CONF's values."""

from __future__ import annotations

from mpftp.domain.triplets.rules.rule import ERROR, WARNING, Rule
from mpftp.domain.triplets.rules.table import shared_rules

CONF_RULES: tuple[Rule, ...] = (
    *shared_rules("CONF"),
    Rule(
        "CONF014",
        ERROR,
        ("há {lines} linhas de dados; deve haver uma só", "Deixe uma linha de dados abaixo do cabeçalho."),
        ("there are {lines} data lines; there must be one", "Keep one data line below the header."),
    ),
    Rule(
        "CONF020",
        ERROR,
        ("o assunto está vazio", "Preencha “{header}”."),
        ("the subject is empty", "Fill in “{header}”."),
    ),
    Rule(
        "CONF021",
        ERROR,
        ("o assunto tem {length} caracteres; o limite é {limit}", "Encurte o assunto."),
        ("the subject has {length} characters; the limit is {limit}", "Shorten the subject."),
    ),
    Rule(
        "CONF022",
        ERROR,
        (
            "“{header}” contém um caractere de controle ou uma quebra de linha ({character})",
            "Escreva o valor em uma só linha.",
        ),
        (
            "“{header}” holds a control character or a line break ({character})",
            "Write the value on one line.",
        ),
    ),
    Rule(
        "CONF023",
        ERROR,
        (
            "o remetente “{value}” não é um endereço de e-mail",
            "Escreva um só endereço, por exemplo contato@empresa.com.br.",
        ),
        (
            "the sender “{value}” is not an e-mail address",
            "Write a single address, for example contact@company.com.",
        ),
    ),
    Rule(
        "CONF024",
        ERROR,
        ("o endereço de resposta “{value}” não é válido", "Escreva um só endereço, ou deixe o campo vazio."),
        ("the reply address “{value}” is not valid", "Write a single address, or leave the field empty."),
    ),
    Rule(
        "CONF025",
        ERROR,
        (
            "a data e hora de envio “{value}” não pode ser lida",
            "Escreva AAAA-MM-DD HH:MM ou DD/MM/AAAA HH:MM, ou deixe vazio para enviar já.",
        ),
        (
            "the sending time “{value}” cannot be read",
            "Write YYYY-MM-DD HH:MM or DD/MM/YYYY HH:MM, or leave it empty to send now.",
        ),
    ),
    Rule(
        "CONF026",
        WARNING,
        (
            "a data e hora de envio “{value}” já passou",
            "O envio será imediato; corrija a data se não for o desejado.",
        ),
        (
            "the sending time “{value}” is in the past",
            "It will be sent at once; correct the time if that is not meant.",
        ),
    ),
    Rule(
        "CONF027",
        WARNING,
        ("o envio está marcado para daqui a mais de um ano: “{value}”", "Confira o ano."),
        ("the sending time is more than a year away: “{value}”", "Check the year."),
    ),
    Rule(
        "CONF028",
        ERROR,
        ("o nome da pasta contém “{character}”", "Use letras, algarismos, espaço, “-” e “_”."),
        ("the folder's name holds “{character}”", "Use letters, digits, space, “-” and “_”."),
    ),
    Rule(
        "CONF029",
        ERROR,
        ("a pasta está vazia", "Preencha “{header}” com o nome da pasta da mensagem."),
        ("the folder is empty", "Fill in “{header}” with the message's folder."),
    ),
    Rule(
        "CONF030",
        WARNING,
        (
            "a hora “{value}” não existe nesse dia (começo do horário de verão)",
            "O envio será na hora seguinte; escolha outra hora se não for o desejado.",
        ),
        (
            "the time “{value}” does not exist on that day (summer time begins)",
            "It will be sent an hour later; choose another time if that is not meant.",
        ),
    ),
    Rule(
        "CONF031",
        WARNING,
        (
            "o nome do remetente contém um endereço: “{value}”",
            "Escreva o nome da empresa; muitos filtros tratam um endereço aí como fraude.",
        ),
        (
            "the sender's name holds an address: “{value}”",
            "Write the company's name; many filters take an address there for fraud.",
        ),
    ),
    Rule(
        "CONF032",
        WARNING,
        (
            "o remetente usa o provedor gratuito {domain}, que recusa envios feitos por outros (DMARC)",
            "Use um endereço do domínio da própria empresa.",
        ),
        (
            "the sender uses the free provider {domain}, which has mail sent by others refused (DMARC)",
            "Use an address of the company's own domain.",
        ),
    ),
    Rule(
        "CONF033",
        WARNING,
        (
            "“{value}” não serve como nome de campanha do Google Analytics",
            "Use letras, algarismos, “-”, “_” e “.”, ou parâmetros utm_*.",
        ),
        (
            "“{value}” does not serve as a Google Analytics campaign name",
            "Use letters, digits, “-”, “_” and “.”, or utm_* parameters.",
        ),
    ),
    Rule(
        "CONF034",
        ERROR,
        (
            "o campo de mesclagem “{field}” não existe no arquivo MAIL",
            "Inclua a coluna no MAIL, ou retire o campo do texto.",
        ),
        (
            "the merge field “{field}” is not in the MAIL file",
            "Add the column to MAIL, or remove the field from the text.",
        ),
    ),
    Rule(
        "CONF036",
        WARNING,
        ("o domínio “{domain}” parece um erro de digitação", "Seria “{meant}”?"),
        ("the domain “{domain}” looks like a slip", "Did you mean “{meant}”?"),
    ),
    Rule(
        "CONF037",
        WARNING,
        (
            "o assunto tem {length} caracteres; os programas de e-mail mostram menos de {limit}",
            "Encurte o assunto; celulares mostram cerca de 40 caracteres.",
        ),
        (
            "the subject has {length} characters; mail programs show fewer than {limit}",
            "Shorten the subject; phones show about 40 characters.",
        ),
    ),
    Rule(
        "CONF038",
        ERROR,
        ("o nome da pasta tem mais de {limit} caracteres", "Encurte o nome da pasta."),
        ("the folder's name has more than {limit} characters", "Shorten the folder's name."),
    ),
    Rule(
        "CONF039",
        ERROR,
        ("há {found} campos de mesclagem; o limite é {limit}", "Retire os que sobram."),
        ("there are {found} merge fields; the limit is {limit}", "Remove those that are too many."),
    ),
)
