"""Rules of MAIL's addresses and values."""

from __future__ import annotations

from mpftp.domain.triplets.findings import Scope
from mpftp.domain.triplets.rules.rule import ERROR, NOTICE, WARNING, Rule
from mpftp.domain.triplets.rules.table import shared_rules

CONTACT = Scope.CONTACT

MAIL_RULES: tuple[Rule, ...] = (
    *shared_rules("MAIL"),
    Rule(
        "MAIL013",
        NOTICE,
        ("linha em branco", "Nada precisa ser feito: ela não conta."),
        ("a blank line", "Nothing needs to be done: it does not count."),
        CONTACT,
        fix="safe",
    ),
    Rule(
        "MAIL014",
        ERROR,
        (
            "esta linha usa o separador “{delimiter}”, e o cabeçalho, “{wanted}”",
            "Use o mesmo separador no arquivo todo.",
        ),
        (
            "this line uses the delimiter “{delimiter}”, the header “{wanted}”",
            "Use one delimiter in the whole file.",
        ),
        CONTACT,
    ),
    Rule(
        "MAIL046",
        ERROR,
        (
            "a linha de cabeçalho aparece outra vez",
            "Retire-a; dois arquivos parecem ter sido juntados.",
        ),
        ("the header line appears again", "Remove it; two files seem to have been joined."),
        CONTACT,
        fix="safe",
    ),
    Rule(
        "MAIL017",
        WARNING,
        (
            "o valor de “{header}” tem {length} caracteres (mais de {limit})",
            "Confira se há aspas que não foram fechadas.",
        ),
        (
            "the value of “{header}” has {length} characters (more than {limit})",
            "Check for a quote that was not closed.",
        ),
        CONTACT,
    ),
    Rule(
        "MAIL018",
        NOTICE,
        ("espaço sobrando em volta do valor de “{header}”", "Retire os espaços do começo e do fim."),
        ("a space too many around the value of “{header}”", "Remove the spaces at its start and end."),
        CONTACT,
        fix="safe",
    ),
    Rule(
        "MAIL019",
        WARNING,
        ("“{value}” é um erro de fórmula da planilha", "Corrija a fórmula, ou deixe o campo vazio."),
        ("“{value}” is a formula error of the spreadsheet", "Mend the formula, or leave the field empty."),
        CONTACT,
    ),
    Rule(
        "MAIL020",
        ERROR,
        ("o endereço de e-mail está vazio", "Preencha o endereço, ou retire o contato."),
        ("the e-mail address is empty", "Fill in the address, or remove the contact."),
        CONTACT,
    ),
    Rule(
        "MAIL021",
        ERROR,
        ("“{email}” não tem “@”", "Escreva o endereço completo, por exemplo ana@empresa.com.br."),
        ("“{email}” has no “@”", "Write the whole address, for example ana@company.com."),
        CONTACT,
    ),
    Rule(
        "MAIL022",
        ERROR,
        ("há {number} endereços no mesmo campo", "Deixe um endereço por linha."),
        ("there are {number} addresses in one field", "Keep one address a line."),
        CONTACT,
    ),
    Rule(
        "MAIL023",
        ERROR,
        ("há um espaço dentro do endereço “{email}”", "Retire o espaço, ou corrija o endereço."),
        ("there is a space inside the address “{email}”", "Remove the space, or correct the address."),
        CONTACT,
    ),
    Rule(
        "MAIL024",
        ERROR,
        (
            "a parte antes do “@” não é válida: “{local}”",
            "Confira pontos no começo, no fim ou repetidos e caracteres não permitidos.",
        ),
        (
            "the part before the “@” is not valid: “{local}”",
            "Look for dots at its start or end, doubled dots, and characters that are not allowed.",
        ),
        CONTACT,
    ),
    Rule(
        "MAIL025",
        ERROR,
        ("o domínio não é válido: “{domain}”", "Corrija o que está depois do “@”."),
        ("the domain is not valid: “{domain}”", "Correct what follows the “@”."),
        CONTACT,
    ),
    Rule(
        "MAIL026",
        ERROR,
        ("o domínio “{domain}” está incompleto", "Complete o domínio, por exemplo com “.com.br”."),
        ("the domain “{domain}” is incomplete", "Complete the domain, for example with “.com”."),
        CONTACT,
    ),
    Rule(
        "MAIL027",
        ERROR,
        ("o endereço é longo demais: {length} (o limite é {limit})", "Corrija o endereço."),
        ("the address is too long: {length} (the limit is {limit})", "Correct the address."),
        CONTACT,
    ),
    Rule(
        "MAIL028",
        ERROR,
        (
            "o campo contém nome e endereço: “{email}”",
            "Deixe só o endereço; o nome fica na coluna própria.",
        ),
        (
            "the field holds a name and an address: “{email}”",
            "Keep the address only; the name has a column of its own.",
        ),
        CONTACT,
        fix="unsafe",
    ),
    Rule(
        "MAIL029",
        NOTICE,
        ("espaço em volta do endereço", "Retire-o; o endereço será usado sem ele."),
        ("a space around the address", "Remove it; the address will be used without it."),
        CONTACT,
        fix="safe",
    ),
    Rule(
        "MAIL030",
        WARNING,
        ("o domínio “{domain}” parece um erro de digitação", "Seria “{meant}”?"),
        ("the domain “{domain}” looks like a slip", "Did you mean “{meant}”?"),
        CONTACT,
        fix="unsafe",
    ),
    Rule(
        "MAIL031",
        WARNING,
        ("o endereço “{email}” já apareceu na linha {first}", "Só a primeira linha recebe a mensagem."),
        ("the address “{email}” came before, on line {first}", "Only the first line gets the message."),
        CONTACT,
        fix="safe",
    ),
    Rule(
        "MAIL032",
        WARNING,
        (
            "“{local}@” é um endereço de função, não de uma pessoa",
            "Confirme que o destinatário pediu para receber as mensagens.",
        ),
        (
            "“{local}@” is the address of a role, not of a person",
            "Make sure that the recipient asked for the messages.",
        ),
        CONTACT,
        optional=True,
    ),
    Rule(
        "MAIL033",
        WARNING,
        ("o domínio “{domain}” não recebe e-mail: {reason_pt}", "Corrija o domínio, ou retire os contatos."),
        ("the domain “{domain}” takes no mail: {reason_en}", "Correct the domain, or remove the contacts."),
        CONTACT,
    ),
    Rule(
        "MAIL034",
        WARNING,
        (
            "o domínio “{domain}” é reservado e não recebe mensagens",
            "Substitua o endereço de exemplo por um real.",
        ),
        (
            "the domain “{domain}” is reserved and takes no messages",
            "Replace the sample address by a real one.",
        ),
        CONTACT,
    ),
    Rule(
        "MAIL035",
        ERROR,
        (
            "há um caractere invisível dentro do endereço ({character})",
            "Apague-o; ele costuma vir de texto copiado de uma página.",
        ),
        (
            "there is an invisible character inside the address ({character})",
            "Delete it; it often comes with text copied from a page.",
        ),
        CONTACT,
        fix="unsafe",
    ),
    Rule(
        "MAIL036",
        WARNING,
        (
            "“{local}” tem letras acentuadas; só servidores com SMTPUTF8 entregam a mensagem",
            "Confira se o endereço é este mesmo.",
        ),
        (
            "“{local}” has non-ASCII letters; only servers with SMTPUTF8 deliver the message",
            "Check that this really is the address.",
        ),
        CONTACT,
    ),
    Rule(
        "MAIL037",
        ERROR,
        ("há mais de um “@” em “{email}”", "Corrija o endereço."),
        ("there is more than one “@” in “{email}”", "Correct the address."),
        CONTACT,
    ),
    Rule(
        "MAIL038",
        ERROR,
        ("o endereço começa com “mailto:”", "Retire “mailto:”."),
        ("the address begins with “mailto:”", "Remove “mailto:”."),
        CONTACT,
        fix="unsafe",
    ),
    Rule(
        "MAIL039",
        WARNING,
        (
            "forma de endereço permitida, mas muito rara: “{email}”",
            "Confira se o endereço é este mesmo; muitos servidores o recusam.",
        ),
        (
            "a permitted but very rare form of address: “{email}”",
            "Check that this really is the address; many servers refuse it.",
        ),
        CONTACT,
    ),
    Rule(
        "MAIL040",
        WARNING,
        (
            "a planilha abreviou o número: “{value}”",
            "Formate a coluna “{header}” como texto e exporte outra vez.",
        ),
        (
            "the spreadsheet abbreviated the number: “{value}”",
            "Format the column “{header}” as text and export it again.",
        ),
        CONTACT,
    ),
    Rule(
        "MAIL041",
        WARNING,
        ("“{value}” não é uma data de nascimento", "Escreva AAAA-MM-DD ou DD/MM/AAAA."),
        ("“{value}” is not a date of birth", "Write YYYY-MM-DD or DD/MM/YYYY."),
        CONTACT,
    ),
    Rule(
        "MAIL042",
        WARNING,
        ("“{value}” não é a sigla de um estado", "Use a sigla de duas letras, por exemplo SP."),
        ("“{value}” is not the code of a Brazilian state", "Use its two letters, for example SP."),
        CONTACT,
    ),
    Rule(
        "MAIL043",
        WARNING,
        ("“{value}” não é um CEP", "Escreva oito algarismos, por exemplo 01310-100."),
        ("“{value}” is not a Brazilian postal code", "Write eight digits, for example 01310-100."),
        CONTACT,
    ),
    Rule(
        "MAIL044",
        WARNING,
        ("“{value}” não é um valor usual de “{header}”", "Use M ou F, ou deixe vazio."),
        ("“{value}” is no usual value of “{header}”", "Use M or F, or leave it empty."),
        CONTACT,
    ),
    Rule(
        "MAIL045",
        ERROR,
        ("nenhum dos {lines} contatos pode receber a mensagem", "Corrija os endereços indicados."),
        ("none of the {lines} contacts can get the message", "Correct the addresses that are named."),
    ),
)
