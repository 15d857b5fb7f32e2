"""Rules of bytes, encodings and line ends, for all three files."""

from __future__ import annotations

from mpftp.domain.triplets.rules.rule import ERROR, NOTICE, WARNING, Rule

TEXT_RULES: tuple[Rule, ...] = (
    Rule(
        "TEXT001",
        ERROR,
        (
            "byte inválido {bytes} na posição {offset} do arquivo",
            "Grave o arquivo outra vez em UTF-8 ou Windows-1252, por inteiro.",
        ),
        (
            "invalid byte {bytes} at offset {offset} of the file",
            "Save the whole file again as UTF-8 or Windows-1252.",
        ),
    ),
    Rule(
        "TEXT002",
        ERROR,
        (
            "o arquivo mistura UTF-8 e Windows-1252; aqui, {bytes} na posição {offset}",
            "Converta todas as partes para a mesma codificação antes de juntá-las, de preferência UTF-8.",
        ),
        (
            "the file mixes UTF-8 and Windows-1252; here, {bytes} at offset {offset}",
            "Convert all parts to one encoding before joining them, preferably UTF-8.",
        ),
        fix="safe",
    ),
    Rule(
        "TEXT003",
        ERROR,
        (
            "caractere nulo (NUL) na posição {offset}",
            "Gere o arquivo outra vez; ele foi gravado ou transferido com defeito.",
        ),
        (
            "a NUL character at offset {offset}",
            "Write the file again; it was damaged when saved or transferred.",
        ),
        fix="unsafe",
    ),
    Rule(
        "TEXT004",
        WARNING,
        (
            "marca de ordem de bytes (BOM) no meio do arquivo",
            "Retire-a; ela costuma aparecer quando dois arquivos são juntados.",
        ),
        (
            "a byte order mark (BOM) in the middle of the file",
            "Remove it; it often gets there when two files are joined.",
        ),
        fix="safe",
    ),
    Rule(
        "TEXT005",
        ERROR,
        (
            "o arquivo parece estar em {encoding} sem marca (BOM)",
            "Grave o arquivo em UTF-8, ou em UTF-16 com BOM (“Unicode” no Bloco de notas).",
        ),
        (
            "the file looks like {encoding} without a mark (BOM)",
            "Save the file as UTF-8, or as UTF-16 with a BOM (“Unicode” in Notepad).",
        ),
        fix="safe",
    ),
    Rule(
        "TEXT006",
        WARNING,
        (
            "texto com acentos trocados, como “SÃ£o” em vez de “São”",
            "O texto em UTF-8 foi lido como Windows-1252; exporte os dados outra vez em UTF-8.",
        ),
        (
            "garbled accents, such as “SÃ£o” for “São”",
            "UTF-8 text was read as Windows-1252; export the data again as UTF-8.",
        ),
    ),
    Rule(
        "TEXT007",
        NOTICE,
        (
            "fins de linha misturados: {crlf} CR LF, {lf} LF, {cr} CR",
            "Grave o arquivo outra vez com um só tipo de fim de linha.",
        ),
        (
            "mixed line ends: {crlf} CR LF, {lf} LF, {cr} CR",
            "Save the file again with one kind of line end.",
        ),
        fix="safe",
    ),
    Rule(
        "TEXT008",
        WARNING,
        (
            "a última linha está cortada: a transferência parece ter sido interrompida",
            "Envie o arquivo outra vez, por inteiro.",
        ),
        (
            "the last line is cut off: the upload seems to have broken",
            "Upload the whole file again.",
        ),
    ),
    Rule(
        "TEXT009",
        WARNING,
        ("caractere de controle {bytes} na posição {offset}", "Retire-o; ele não pode ser exibido."),
        ("a control character {bytes} at offset {offset}", "Remove it; it cannot be shown."),
    ),
    Rule(
        "TEXT010",
        ERROR,
        ("o arquivo está em {encoding}, que não é aceito", "Grave o arquivo em UTF-8."),
        ("the file is in {encoding}, which is not accepted", "Save the file as UTF-8."),
        fix="safe",
    ),
    Rule(
        "TEXT011",
        ERROR,
        (
            "o arquivo não é texto: formato {format}",
            "Na planilha, use “Salvar como” e escolha CSV UTF-8; depois retire a extensão.",
        ),
        (
            "the file is no text: format {format}",
            "In the spreadsheet use “Save as” and choose CSV UTF-8; then remove the extension.",
        ),
    ),
    Rule(
        "TEXT013",
        WARNING,
        (
            "caractere de substituição “\ufffd”: uma letra foi perdida antes de chegar aqui",
            "Exporte os dados outra vez, na codificação certa.",
        ),
        (
            "a replacement character “\ufffd”: a letter was lost before it came here",
            "Export the data again, in the right encoding.",
        ),
    ),
    Rule(
        "TEXT015",
        NOTICE,
        (
            "as linhas terminam em CR, como em computadores Macintosh antigos",
            "Grave o arquivo com fins de linha CR LF ou LF.",
        ),
        (
            "the lines end in CR, as on old Macintosh computers",
            "Save the file with CR LF or LF line ends.",
        ),
        fix="safe",
    ),
    Rule(
        "TEXT016",
        ERROR,
        (
            "o arquivo termina no meio de um caractere UTF-8 (posição {offset})",
            "A transferência foi interrompida; envie o arquivo outra vez, por inteiro.",
        ),
        (
            "the file ends in the middle of a UTF-8 character (offset {offset})",
            "The upload broke; upload the whole file again.",
        ),
    ),
)
