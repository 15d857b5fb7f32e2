"""Texts in Brazilian Portuguese."""

from __future__ import annotations

from collections.abc import Mapping

RULES: Mapping[str, tuple[str, str]] = {
    "NAME001": (
        "o tipo “{type}” não existe",
        "Use CONF, HTML, MAIL ou, na lista de supressão, SUPRESSAO{nearest_type}. Renomeie-o.{nearest}",
    ),
    "NAME002": ("o tipo “{type}” não está em letras maiúsculas", "Renomeie o arquivo para {wanted}."),
    "NAME003": ("o nome tem a extensão “{extension}”", "Retire a extensão: {wanted}."),
    "NAME004": (
        "a data “{date}” não tem oito algarismos",
        "Escreva a data como AAAAMMDD, por exemplo 20260301.{nearest}",
    ),
    "NAME005": ("a data “{date}” não existe no calendário", "Escreva uma data real como AAAAMMDD."),
    "NAME006": ("a data “{date}” está na ordem DDMMAAAA", "Comece pelo ano: {wanted}."),
    "NAME007": (
        "falta o nome da campanha antes do tipo",
        "Use NOME_TIPO_AAAAMMDD, por exemplo Promo_CONF_20260301.",
    ),
    "NAME008": ("o nome contém um caractere que não pode ser usado: {character}", "Retire-o: {wanted}."),
    "NAME009": (
        "arquivo oculto ou temporário: o envio parece não ter terminado",
        "Termine o envio, ou apague o arquivo; ele não será lido.",
    ),
    "NAME010": (
        "o arquivo não faz parte de nenhum envio",
        "Use NOME_TIPO_AAAAMMDD, por exemplo Promo_CONF_20260301.",
    ),
    "NAME011": (
        "as partes do nome estão separadas por “{separator}” e não por “_”",
        "Renomeie o arquivo para {wanted}.",
    ),
    "NAME012": (
        "o nome tem {bytes:1 byte|# bytes}; os nomes dos resultados não caberiam",
        "Encurte o nome da campanha para no máximo {limit:1 byte|# bytes}.",
    ),
    "NAME013": (
        "o nome tem espaços ou letras acentuadas, que alguns servidores FTP alteram",
        "Prefira letras sem acento, algarismos, “-” e “_”.",
    ),
    "NAME014": ("o nome é o de uma cópia (“{mark}”)", "Renomeie o arquivo para {wanted}."),
    "NAME015": ("o nome continua depois da data: “{suffix}”", "Renomeie o arquivo para {wanted}."),
    "NAME016": (
        "as partes do nome não estão na ordem NOME_TIPO_AAAAMMDD",
        "Renomeie o arquivo para {wanted}.",
    ),
    "NAME017": (
        "não se reconhece a que envio o arquivo pertence",
        (
            "Envie três arquivos sem extensão e sem compactação: NOME_CONF_AAAAMMDD, NOME_HTML_AAAAMMDD e"
            " NOME_MAIL_AAAAMMDD."
        ),
    ),
    "SET001": (
        "falta o arquivo {missing}",
        "Envie os três arquivos com o mesmo nome e a mesma data: CONF, HTML e MAIL.",
    ),
    "SET002": (
        "o nome difere de {other} só em maiúsculas e minúsculas",
        "Escreva o nome do mesmo modo nos três arquivos.",
    ),
    "SET003": (
        "há um quarto arquivo para {name}, {date}; são sempre três",
        "Apague ou renomeie este arquivo; ficam CONF, HTML e MAIL.",
    ),
    "SET004": ("a data difere da de {other}", "Use a mesma data nos três arquivos do envio."),
    "SET005": (
        "o conteúdo parece ser o de um arquivo {other}, não {kind}",
        "Confira se os arquivos não foram trocados e envie cada um com o seu nome.",
    ),
    "SET006": (
        "já existe o arquivo de resposta {other}: este nome já foi processado",
        "Escolha outro nome: cada nome é processado uma só vez, mesmo sem os arquivos de resposta.",
    ),
    "SET007": (
        "nenhum arquivo de envio foi encontrado",
        "Indique a pasta ou os três arquivos (CONF, HTML e MAIL), sem compactação.",
    ),
    "SET008": ("o arquivo não pode ser lido: {unreadable}", "Confira as permissões e se é um arquivo comum."),
    "SET009": (
        "o arquivo tem {bytes:1 byte|# bytes}; o limite é de {limit:1 byte|# bytes}",
        "Divida a lista em mais de um envio, ou peça um limite maior.",
    ),
    "SET010": (
        "o nome é o mesmo de {other}, com os acentos escritos de outro modo (um Mac faz isso)",
        "Apague um dos dois arquivos e deixe só o que vale.",
    ),
    "SET011": (
        "este nome já foi processado{processed}",
        "Escolha outro nome: cada nome é processado uma só vez, e estes arquivos não serão lidos.",
    ),
    "SET012": (
        "a lista de supressão tem o NOME e a data de um envio",
        "Renomeie a lista, por exemplo com outro NOME: as respostas aos dois teriam o mesmo nome.",
    ),
    "SET013": (
        "o arquivo está em outro formato, {format}, e não em CSV",
        "Exporte os dados outra vez como CSV, com a linha de cabeçalho.",
    ),
    "TEXT001": (
        "byte inválido {bytes} na posição {offset} do arquivo",
        "Grave o arquivo outra vez em UTF-8 ou Windows-1252, por inteiro.",
    ),
    "TEXT002": (
        "o arquivo mistura UTF-8 e Windows-1252; aqui, {bytes} na posição {offset}",
        "Converta todas as partes para a mesma codificação antes de juntá-las, de preferência UTF-8.",
    ),
    "TEXT003": (
        "caractere nulo (NUL) na posição {offset}",
        "Gere o arquivo outra vez; ele foi gravado ou transferido com defeito.",
    ),
    "TEXT004": (
        "marca de ordem de bytes (BOM) no meio do arquivo",
        "Retire-a; ela costuma aparecer quando dois arquivos são juntados.",
    ),
    "TEXT005": (
        "o arquivo parece estar em {encoding} sem marca (BOM)",
        "Grave o arquivo em UTF-8, ou em UTF-16 com BOM (“Unicode” no Bloco de notas).",
    ),
    "TEXT006": (
        "texto com letras ou sinais trocados, como “SÃ£o” em vez de “São”",
        "O texto foi lido em outra codificação que não a sua, como Windows-1252; exporte-o de novo em UTF-8.",
    ),
    "TEXT007": (
        "fins de linha misturados: {crlf} CR LF, {lf} LF, {cr} CR",
        "Grave o arquivo outra vez com um só tipo de fim de linha.",
    ),
    "TEXT008": (
        "a última linha está cortada: a transferência parece ter sido interrompida",
        "Envie o arquivo outra vez, por inteiro.",
    ),
    "TEXT009": ("caractere de controle {bytes} na posição {offset}", "Retire-o; ele não pode ser exibido."),
    "TEXT010": ("o arquivo está em {encoding}, que não é aceito", "Grave o arquivo em UTF-8."),
    "TEXT011": (
        "o arquivo não é texto: formato {format}",
        "Exporte-o como texto (na planilha, “Salvar como” CSV UTF-8; a mensagem, HTML) e retire a extensão.",
    ),
    "TEXT013": (
        "caractere de substituição “�”: uma letra foi perdida antes de chegar aqui",
        "Exporte os dados outra vez, na codificação certa.",
    ),
    "TEXT015": (
        "as linhas terminam em CR, como em computadores Macintosh antigos",
        "Grave o arquivo com fins de linha CR LF ou LF.",
    ),
    "TEXT016": (
        "o arquivo termina no meio de um caractere UTF-8 (posição {offset})",
        "A transferência foi interrompida; envie o arquivo outra vez, por inteiro.",
    ),
    "TEXT017": (
        "o texto parece estar em {encoding} (DOS ou Mac antigo); assim, “{word}” chegaria como “{garbled}”",
        "Exporte-o de novo em UTF-8, ou use a cópia de validate --fix; para conferir: --encoding {encoding}.",
    ),
    "TEXT018": (
        "o arquivo termina com Ctrl-Z, como em programas de DOS",
        "Nada precisa ser feito: ele não conta.",
    ),
    "TEXT019": (
        "uma letra parece perdida: há “?” no meio de uma palavra",
        "Exporte os dados outra vez, em UTF-8, de onde as letras ainda estão certas.",
    ),
    "TEXT020": (
        "há um código no lugar de uma letra ou sinal, como “&atilde;” ou “\\u00e3”, e ele iria assim",
        "Exporte os dados outra vez com as próprias letras, em UTF-8.",
    ),
    "CONF001": ("o arquivo está vazio", "Inclua a linha de cabeçalho e os dados."),
    "CONF002": ("o arquivo só tem o cabeçalho", "Inclua os dados abaixo da linha de cabeçalho."),
    "CONF003": ("falta o cabeçalho obrigatório “{header}”", "Inclua a coluna “{header}”.{instead}"),
    "CONF004": (
        "o cabeçalho “{header}” não é conhecido",
        "Use os cabeçalhos dos arquivos de exemplo, sem alterá-los.{nearest}",
    ),
    "CONF005": ("o cabeçalho “{header}” está repetido (coluna {first})", "Deixe uma só coluna “{header}”."),
    "CONF006": (
        "a coluna “{header}” está fora da ordem dos arquivos de exemplo",
        "Nada precisa ser feito: os valores são reconhecidos pelo cabeçalho.",
    ),
    "CONF007": (
        "os campos estão separados por “{delimiter}”, e não por “{wanted}”",
        "Separe os campos com “{wanted}”.",
    ),
    "CONF008": (
        "as aspas abertas aqui não são fechadas",
        'Feche as aspas; aspas dentro de um valor são escritas em dobro ("").',
    ),
    "CONF009": (
        "há texto depois das aspas que fecham o valor",
        'Retire esse texto, ou escreva em dobro ("") as aspas que fazem parte do valor.',
    ),
    "CONF010": (
        "há aspas no meio de um valor que não está entre aspas",
        'Coloque o valor todo entre aspas e escreva as aspas internas em dobro ("").',
    ),
    "CONF011": (
        "a linha tem {found:um campo|# campos}; o cabeçalho tem {wanted}",
        "Complete a linha; um campo vazio também conta.",
    ),
    "CONF012": (
        "a linha tem {found:um campo|# campos}; o cabeçalho tem {wanted}",
        "Coloque entre aspas o valor que contém o separador, ou retire o campo a mais.",
    ),
    "CONF016": (
        "o cabeçalho tem {found:uma coluna|# colunas}; o limite é {limit}",
        "Confira o separador e o arquivo.",
    ),
    "CONF015": (
        "há uma coluna sem cabeçalho",
        "Escreva o cabeçalho, ou retire a coluna, como a dos números de linha que o pandas e o R gravam.",
    ),
    "CONF014": (
        "há {lines:uma linha|# linhas} de dados; deve haver uma só",
        "Deixe uma linha de dados abaixo do cabeçalho.",
    ),
    "CONF020": ("o assunto está vazio", "Preencha “{header}”."),
    "CONF021": ("o assunto tem {length:1 caractere|# caracteres}; o limite é {limit}", "Encurte o assunto."),
    "CONF022": (
        "“{header}” contém um caractere de controle ou uma quebra de linha ({character})",
        "Escreva o valor em uma só linha.",
    ),
    "CONF023": (
        "o remetente “{value}” não é um endereço de e-mail",
        "Escreva um só endereço, por exemplo contato@empresa.com.br.",
    ),
    "CONF024": (
        "o endereço de resposta “{value}” não é válido",
        "Escreva um só endereço, ou deixe o campo vazio.",
    ),
    "CONF025": (
        "a data e hora de envio “{value}” não pode ser lida",
        "Escreva AAAA-MM-DD HH:MM ou DD/MM/AAAA HH:MM, ou deixe vazio para enviar já.",
    ),
    "CONF026": (
        "a data e hora de envio “{value}” já passou",
        "O envio será imediato; corrija a data se não for o desejado.",
    ),
    "CONF027": ("o envio está marcado para daqui a mais de um ano: “{value}”", "Confira o ano."),
    "CONF028": ("o nome da pasta contém “{character}”", "Use letras, algarismos, espaço, “-” e “_”."),
    "CONF029": ("a pasta está vazia", "Preencha “{header}” com o nome da pasta da mensagem."),
    "CONF030": (
        "a hora “{value}” não existe nesse dia (começo do horário de verão)",
        "O envio será na hora seguinte; escolha outra hora se não for o desejado.",
    ),
    "CONF031": (
        "o nome do remetente contém um endereço: “{value}”",
        "Escreva o nome da empresa; muitos filtros tratam um endereço aí como fraude.",
    ),
    "CONF032": (
        "o remetente usa o provedor gratuito {domain}, que recusa envios feitos por outros (DMARC)",
        "Use um endereço do domínio da própria empresa.",
    ),
    "CONF033": (
        "“{value}” não serve como nome de campanha do Google Analytics",
        "Use letras, algarismos, “-”, “_” e “.”, ou parâmetros utm_*.",
    ),
    "CONF034": (
        "o campo de mesclagem “{field}” não existe no arquivo MAIL",
        "Corrija ou retire o campo{add_column}{free_column}.{nearest}{command}",
    ),
    "CONF036": ("o domínio “{domain}” parece um erro de digitação", "Seria “{meant}”?"),
    "CONF037": (
        "o assunto tem {length:1 caractere|# caracteres}; os programas de e-mail mostram menos de {limit}",
        "Encurte o assunto; celulares mostram cerca de 40 caracteres.",
    ),
    "CONF038": ("o nome da pasta tem mais de {limit:1 caractere|# caracteres}", "Encurte o nome da pasta."),
    "CONF039": ("há {found:um campo|# campos} de mesclagem; o limite é {limit}", "Retire os que sobram."),
    "CONF040": (
        "“{field}” é um campo de mesclagem de outro sistema ou em outra grafia",
        "{ours}{no_field}Do jeito que está, o destinatário lê o código.",
    ),
    "CONF041": (
        "“{field}” é um campo de mesclagem de outro sistema ou em outra grafia",
        "{ours}{no_field}Do jeito que está, o destinatário lê o código.",
    ),
    "CONF042": (
        "“{field}” é um campo de mesclagem, e o remetente é o mesmo para todos",
        "Escreva-o sem campos, que ali não se preenchem: o destinatário lê o código.",
    ),
    "CONF043": (
        "“{bracket}” está sem o seu par: um campo de mesclagem não foi escrito inteiro",
        "Escreva o campo inteiro. Do jeito que está, o destinatário lê o código.",
    ),
    "CONF044": (
        "“{value}” é o que um programa ou uma planilha grava no lugar de um valor, e iria assim",
        "Escreva o valor de “{header}”, ou deixe o campo vazio.",
    ),
    "CONF046": (
        "a linha de cabeçalho aparece outra vez",
        "Retire-a; dois arquivos parecem ter sido juntados.",
    ),
    "CONF050": (
        "{surplus:uma coluna vazia|# colunas vazias} e sem cabeçalho no fim, como o Excel grava",
        "Nada precisa ser feito.",
    ),
    "CONF051": (
        "linha “sep=” do Excel",
        "Nada precisa ser feito: ela não conta.",
    ),
    "CONF052": (
        "a linha tem {found:um campo|# campos} de {wanted}; os que faltam no fim contam como vazios",
        "Nada precisa ser feito, se eles estão mesmo vazios.",
    ),
    "CONF053": (
        "{surplus:sobra um campo vazio|sobram # campos vazios} no fim da linha",
        "Nada precisa ser feito.",
    ),
    "CONF054": (
        "a linha toda está entre aspas",
        "Nada precisa ser feito: ela é lida sem elas.",
    ),
    "CONF058": (
        "as aspas abertas aqui não cercam um só cabeçalho; nada abaixo desta linha foi lido",
        "Retire as aspas que sobram, ou feche-as logo depois do cabeçalho.",
    ),
    "CONF059": (
        "a primeira linha traz dados, e não os cabeçalhos; nada foi lido",
        "Inclua acima dela a linha de cabeçalho, com “{header}”.",
    ),
    "CONF060": (
        "há texto acima do cabeçalho, como um título ou o “#TYPE” do PowerShell",
        "Nada precisa ser feito: ele não conta.",
    ),
    "CONF061": (
        "“{code}” é código HTML, que aqui aparece como está escrito",
        "Escreva o texto sem tags, e as próprias letras e sinais, como “é” e “&”.",
    ),
    "MAIL001": ("o arquivo está vazio", "Inclua a linha de cabeçalho e os dados."),
    "MAIL002": ("o arquivo só tem o cabeçalho", "Inclua os dados abaixo da linha de cabeçalho."),
    "MAIL003": ("falta o cabeçalho obrigatório “{header}”", "Inclua a coluna “{header}”.{instead}"),
    "MAIL004": (
        "o cabeçalho “{header}” não é conhecido",
        "Use os cabeçalhos dos arquivos de exemplo, sem alterá-los.{nearest}{free_header}",
    ),
    "MAIL005": ("o cabeçalho “{header}” está repetido (coluna {first})", "Deixe uma só coluna “{header}”."),
    "MAIL006": (
        "a coluna “{header}” está fora da ordem dos arquivos de exemplo",
        "Nada precisa ser feito: os valores são reconhecidos pelo cabeçalho.",
    ),
    "MAIL007": (
        "os campos estão separados por “{delimiter}”, e não por “{wanted}”",
        "Separe os campos com “{wanted}”.",
    ),
    "MAIL008": (
        "as aspas abertas aqui não são fechadas",
        'Feche as aspas; aspas dentro de um valor são escritas em dobro ("").',
    ),
    "MAIL009": (
        "há texto depois das aspas que fecham o valor",
        'Retire esse texto, ou escreva em dobro ("") as aspas que fazem parte do valor.',
    ),
    "MAIL010": (
        "há aspas no meio de um valor que não está entre aspas",
        'Coloque o valor todo entre aspas e escreva as aspas internas em dobro ("").',
    ),
    "MAIL011": (
        "a linha tem {found:um campo|# campos}; o cabeçalho tem {wanted}",
        "Complete a linha (um campo vazio também conta), ou retire-a, se não é um contato.",
    ),
    "MAIL012": (
        "a linha tem {found:um campo|# campos}; o cabeçalho tem {wanted}",
        "Coloque entre aspas o valor que contém o separador, ou retire o campo a mais.",
    ),
    "MAIL016": (
        "o cabeçalho tem {found:uma coluna|# colunas}; o limite é {limit}",
        "Confira o separador e o arquivo.",
    ),
    "MAIL015": (
        "há uma coluna sem cabeçalho",
        "Escreva o cabeçalho, ou retire a coluna, como a dos números de linha que o pandas e o R gravam.",
    ),
    "MAIL013": ("linha em branco", "Nada precisa ser feito: ela não conta."),
    "MAIL014": (
        "esta linha usa o separador “{delimiter}”, e o cabeçalho, “{wanted}”",
        "Use o mesmo separador no arquivo todo.",
    ),
    "MAIL046": (
        "a linha de cabeçalho aparece outra vez",
        "Retire-a; dois arquivos parecem ter sido juntados.",
    ),
    "MAIL047": (
        "as aspas abertas aqui só fecham na linha {last} e engolem o que parece ser outro contato",
        'Retire as aspas que sobram; dentro de um valor, escreva-as em dobro ("").',
    ),
    "MAIL050": (
        "{surplus:uma coluna vazia|# colunas vazias} e sem cabeçalho no fim, como o Excel grava",
        "Nada precisa ser feito.",
    ),
    "MAIL051": (
        "linha “sep=” do Excel",
        "Nada precisa ser feito: ela não conta.",
    ),
    "MAIL052": (
        "a linha tem {found:um campo|# campos} de {wanted}; os que faltam no fim contam como vazios",
        "Nada precisa ser feito, se eles estão mesmo vazios.",
    ),
    "MAIL053": (
        "{surplus:sobra um campo vazio|sobram # campos vazios} no fim da linha",
        "Nada precisa ser feito.",
    ),
    "MAIL054": (
        "a linha toda está entre aspas",
        "Nada precisa ser feito: ela é lida sem elas.",
    ),
    "MAIL055": (
        "“{value}” é um texto escrito como fórmula",
        "Nada precisa ser feito: vale “{plain}”.",
    ),
    "MAIL056": (
        "linha sem endereço de e-mail; depois de {limit:uma linha|# linhas} com erro, só se contam as demais",
        "Corrija primeiro as linhas mostradas: o motivo costuma ser o mesmo em todas.",
    ),
    "MAIL057": (
        "a linha tem mais de {limit:1 caractere|# caracteres}, e não é lida",
        "Exporte o arquivo de novo, com um contato por linha.",
    ),
    "MAIL058": (
        "as aspas abertas aqui não cercam um só cabeçalho; nada abaixo desta linha foi lido",
        "Retire as aspas que sobram, ou feche-as logo depois do cabeçalho.",
    ),
    "MAIL059": (
        "a primeira linha traz dados, e não os cabeçalhos; nada foi lido",
        "Inclua acima dela a linha de cabeçalho, com “{header}”.",
    ),
    "MAIL060": (
        "há texto acima do cabeçalho, como um título ou o “#TYPE” do PowerShell",
        "Nada precisa ser feito: ele não conta.",
    ),
    "MAIL062": (
        (
            "{lines:uma linha tem|# linhas têm} {average:1 caractere|# caracteres} em média;"
            " isso não é uma lista de contatos, e não foi lido"
        ),
        "Exporte o arquivo de novo, com um contato por linha.",
    ),
    "MAIL017": (
        "o valor de “{header}” tem {length:1 caractere|# caracteres} (mais de {limit})",
        "Confira se há aspas que não foram fechadas.",
    ),
    "MAIL018": (
        "há espaços sobrando em volta do valor de “{header}”",
        "Retire os espaços do começo e do fim.",
    ),
    "MAIL019": (
        "“{value}” é um erro da planilha, que ela mostra no lugar do valor",
        "Corrija a fórmula ou alargue a coluna e exporte outra vez, ou deixe o campo vazio.",
    ),
    "MAIL061": (
        "“{value}” é o campo vazio de um programa ou banco de dados, e iria assim na mensagem",
        "Deixe o campo vazio.",
    ),
    "MAIL020": ("o endereço de e-mail está vazio", "Preencha o endereço, ou retire o contato."),
    "MAIL021": ("“{email}” não tem “@”", "Escreva o endereço completo, por exemplo ana@empresa.com.br."),
    "MAIL022": ("há {number:um endereço|# endereços} no mesmo campo", "Deixe um endereço por linha."),
    "MAIL023": ("há um espaço dentro do endereço “{email}”", "Retire o espaço, ou corrija o endereço."),
    "MAIL024": (
        "a parte antes do “@” não é válida: “{local}”",
        "Confira pontos no começo, no fim ou repetidos e caracteres não permitidos.",
    ),
    "MAIL025": ("o domínio não é válido: “{domain}”", "Corrija o que está depois do “@”."),
    "MAIL026": ("o domínio “{domain}” está incompleto", "Complete o domínio, por exemplo com “.com.br”."),
    "MAIL027": (
        "o endereço é longo demais: {length:1 caractere|# caracteres} (o limite é {limit})",
        "Corrija o endereço.",
    ),
    "MAIL028": (
        "o campo contém nome e endereço: “{email}”",
        "Deixe só o endereço; o nome fica na coluna própria.",
    ),
    "MAIL029": ("há espaços em volta do endereço", "Retire-os; o endereço será usado sem eles."),
    "MAIL030": ("o domínio “{domain}” parece um erro de digitação", "Seria “{meant}”?"),
    "MAIL031": (
        "o endereço “{email}” já apareceu na linha {first}",
        "Só a primeira linha recebe a mensagem.",
    ),
    "MAIL032": (
        "“{local}@” é um endereço de função, não de uma pessoa",
        "Confirme que o destinatário pediu para receber as mensagens.",
    ),
    "MAIL033": (
        "o domínio “{domain}” não recebe e-mail: {no_mail}",
        "Corrija o domínio, ou retire os contatos.",
    ),
    "MAIL034": (
        "o domínio “{domain}” é interno, de exemplo ou de preenchimento, e não o de um contato",
        "Substitua o endereço por um real, ou retire o contato.",
    ),
    "MAIL035": (
        "há um caractere invisível dentro do endereço ({character})",
        "Apague-o; ele costuma vir de texto copiado de uma página.",
    ),
    "MAIL036": (
        "“{local}” tem letras acentuadas; só servidores com SMTPUTF8 entregam a mensagem",
        "Confira se o endereço é este mesmo.",
    ),
    "MAIL037": ("há mais de um “@” em “{email}”", "Corrija o endereço."),
    "MAIL038": ("o endereço começa com “mailto:”", "Retire “mailto:”."),
    "MAIL039": (
        "forma de endereço permitida, mas muito rara: “{email}”",
        "Confira se o endereço é este mesmo; muitos servidores o recusam.",
    ),
    "MAIL040": (
        "a planilha abreviou o número: “{value}”",
        "Formate a coluna “{header}” como texto e exporte outra vez.",
    ),
    "MAIL041": ("“{value}” não é uma data de nascimento", "Escreva AAAA-MM-DD ou DD/MM/AAAA."),
    "MAIL042": ("“{value}” não é a sigla de um estado", "Use a sigla de duas letras, por exemplo SP."),
    "MAIL043": ("“{value}” não é um CEP", "Escreva oito algarismos, por exemplo 01310-100."),
    "MAIL044": ("“{value}” não é um valor usual de “{header}”", "Use M ou F, ou deixe vazio."),
    "MAIL045": (
        "{lines:o único contato não|nenhum dos # contatos} pode receber a mensagem",
        "Corrija o que se diz {lines:da linha dele|das linhas deles}.",
    ),
    "HTML001": ("o arquivo está vazio", "Inclua o código HTML da mensagem."),
    "HTML002": ("o conteúdo não é HTML", "Envie o código-fonte da mensagem, que começa com <html>."),
    "HTML003": ("não há <body>", "Coloque a mensagem entre <body> e </body>."),
    "HTML004": ("<{tag}> não é fechado", "Inclua </{tag}> no lugar certo."),
    "HTML005": (
        "o campo de mesclagem “{field}” não existe no arquivo MAIL",
        "Corrija ou retire o campo{add_column}{free_column}.{nearest}{command}",
    ),
    "HTML006": (
        "“{bracket}” abre um campo de mesclagem que não é fechado",
        "Feche o campo logo depois do nome.",
    ),
    "HTML007": ("o link “{url}” é relativo", "Escreva o endereço completo, com https:// ou mailto:."),
    "HTML008": (
        "o link aponta para um arquivo do seu computador: “{url}”",
        "Publique o arquivo e use o endereço https:// dele.",
    ),
    "HTML009": ("o link usa “{scheme}:”, que nenhum programa de e-mail segue", "Use um endereço https://."),
    "HTML010": ("a imagem usa http: “{url}”", "Use https://; vários programas não mostram imagens sem ele."),
    "HTML011": (
        "não há link de descadastro {field}",
        'Inclua <a href="{field}">; a lei e os provedores o exigem.',
    ),
    "HTML012": (
        "a mensagem tem {size} KB; o Gmail corta a partir de {limit} KB",
        "Retire comentários, estilos repetidos e imagens embutidas.",
    ),
    "HTML013": ("a imagem não tem texto alternativo (alt)", 'Inclua alt="..."; vazio se for só decoração.'),
    "HTML014": (
        "imagem embutida (data:); Gmail e Outlook não a mostram",
        "Publique a imagem e use o endereço https:// dela.",
    ),
    "HTML015": ("<script> não funciona em e-mail e aumenta o risco de bloqueio", "Retire-o."),
    "HTML016": ("<form> não funciona na maioria dos programas", "Use um link para um formulário na web."),
    "HTML017": ("o endereço da imagem é relativo: “{url}”", "Escreva o endereço completo, com https://."),
    "HTML019": ("o link não leva a lugar nenhum", "Preencha href com o endereço completo, ou retire o link."),
    "HTML020": (
        "folha de estilos externa ({what}); os programas de e-mail a ignoram",
        "Coloque os estilos na própria mensagem.",
    ),
    "HTML021": ("<{tag}> não é mostrado em e-mail", "Use uma imagem com link."),
    "HTML022": (
        "a mensagem não tem título (<title>)",
        "Inclua <title> para a versão na web e leitores de tela.",
    ),
    "HTML023": ("o endereço está malformado: “{url}”", "Corrija o endereço."),
    "HTML024": (
        "o endereço só existe na rede local: “{url}”",
        "Use um endereço público; o destinatário não alcança este.",
    ),
    "HTML025": (
        "a mensagem tem imagens e só {words:uma palavra|# palavras} de texto",
        "Escreva também em texto: muitos programas bloqueiam imagens, e os filtros desconfiam.",
    ),
    "HTML029": ("o início do endereço está errado: “{url}”", "Comece com https://."),
    "HTML030": ("não há link para ver a mensagem na web {field}", 'Inclua <a href="{field}"> no início.'),
    "HTML031": (
        "“{field}” é um campo de mesclagem de outro sistema ou em outra grafia",
        "{ours}{no_field}Do jeito que está, o destinatário lê o código, ou nada.",
    ),
    "HTML032": ("redirecionamento automático (meta refresh)", "Retire-o; ele leva ao bloqueio da mensagem."),
    "HTML033": ("o link usa um esquema incomum: “{scheme}:”", "Confira se os programas de e-mail o seguem."),
    "HTML034": ("a imagem não tem endereço (src)", "Preencha src com o endereço https:// da imagem."),
    "HTML035": (
        "a imagem não está na web: “{url}”",
        "Publique a imagem e use o endereço https:// dela.",
    ),
    "HTML037": ("“{bracket}” fecha um campo de mesclagem que não foi aberto", "Confira o campo antes dele."),
    "HTML038": ("</{tag}> fecha o que não está aberto", "Retire-o, ou abra <{tag}> antes."),
    "HTML039": (
        "uma tag, um comentário, aspas ou um elemento como <title> começam aqui e não terminam",
        "Feche com “>”, “-->”, as aspas ou a tag final; do jeito que está, o resto da mensagem não é lido.",
    ),
    "HTML040": ("há {found:um campo|# campos} de mesclagem; o limite é {limit}", "Retire os que sobram."),
    "HTML041": (
        "a mensagem tem mais de {limit:uma tag|# tags}",
        "Faça uma mensagem menor: nenhum programa de e-mail mostra uma destas inteira.",
    ),
    "HTML042": (
        "há tags dentro do campo de mesclagem “{field}”",
        "{ours}Entre as chaves do campo não pode haver tags.",
    ),
}
"""What is wrong, and how to correct it: templates that a finding's values fill."""

RULE_REASONS: Mapping[str, str] = {
    "NAME": "O robô reconhece os arquivos só pelo nome; um nome fora do padrão nunca é lido.",
    "SET": "Um envio são sempre três arquivos com o mesmo nome e a mesma data; sem um deles nada é enviado.",
    "TEXT": "O texto vai ao destinatário como foi lido: uma codificação errada estraga acentos e nomes.",
    "CONF": "O CONF diz o que será enviado, por quem e quando; um engano aqui vale para todos os contatos.",
    "MAIL": "Cada linha do MAIL é um contato; endereços ruins prejudicam a reputação de quem envia.",
    "HTML": "Programas de e-mail mostram menos do que um navegador, e filtros desconfiam do que é incomum.",
}
"""Why rules matter, by the beginning of their identifiers."""

ASIDES: Mapping[str, str] = {
    "nearest": " Você quis dizer “{}”?",
    "instead": " “{}” parece ser ela.",
    "ours": "Escreva {}. ",
    "no_field": "Retire-o, ou ponha um campo do MAIL no lugar dele. ",
    "add_column": ", ou inclua a coluna no MAIL",
    "free_header": " Outros dados vão em uma coluna livre, como “{}”.",
    "free_column": ", ou use uma coluna livre do MAIL, como {}",
    "command": " “{}” é um comando de outro sistema, que não vale aqui.",
    "nearest_type": " (talvez {})",
    "processed": " em {}",
}
"""What a rule's text adds, by the name of the value, when its finding has it."""

MAIL_PROBLEMS: Mapping[str, str] = {
    "none": "ele não existe ou não tem servidor de e-mail",
    "null": "ele declara que não recebe e-mail (RFC 7505)",
}
"""Why a domain takes no mail."""

FILE_PROBLEMS: Mapping[str, str] = {
    "ENOENT": "o arquivo não existe",
    "EISDIR": "é uma pasta",
    "irregular": "não é um arquivo comum",
    "EACCES": "o acesso foi negado",
    "EROFS": "o disco não aceita gravação",
    "ENOSPC": "o disco está cheio",
    "ENOTDIR": "há um arquivo onde deveria haver uma pasta",
    "EEXIST": "já existe um arquivo com esse nome",
    "ELOOP": "é um link simbólico",
    "other": "o sistema informa {code}",
}
"""Why a file cannot be read, by the name of the system's error where it has one."""

BOUNCE_REASONS: Mapping[str, str] = {
    "user-unknown": "e-mail inexistente",
    "domain-unknown": "domínio inexistente",
    "bad-address": "endereço inválido",
    "mailbox-full": "caixa postal cheia",
    "mailbox-disabled": "caixa postal desativada",
    "moved": "destinatário mudou de endereço",
    "unreachable": "servidor do destinatário não responde",
    "expired": "prazo de entrega esgotado",
    "spam": "mensagem recusada como spam",
    "blocked": "remetente bloqueado pelo provedor",
    "authentication": "falha na autenticação do remetente (SPF, DKIM ou DMARC)",
    "rate-limited": "limite de mensagens do provedor excedido",
    "greylisted": "adiada pelo provedor (greylisting)",
    "policy": "recusada pela política do provedor",
    "sender-refused": "remetente recusado pelo provedor",
    "relaying": "servidor não recebe mensagens para este domínio",
    "too-large": "mensagem grande demais",
    "content": "conteúdo recusado",
    "accents": "servidor não aceita endereços com acentos",
    "loop": "mensagem em laço (loop) entre servidores",
    "system": "falha no servidor do destinatário",
    "other": "motivo não informado",
}
"""Why a message came back."""

MACHINE_MARKS: Mapping[str, str] = {
    "gmail-proxy": "proxy de imagens do Gmail",
    "apple-privacy": "proteção de privacidade do Apple Mail",
    "yahoo-proxy": "proxy de imagens do Yahoo",
    "image-proxy": "proxy de imagens de um provedor",
    "scanner": "verificador de segurança",
    "bot": "robô ou gerador de prévias",
    "program": "programa, não navegador",
    "no-agent": "programa que não se identifica",
    "network": "rede de verificadores configurada",
    "too-fast": "poucos segundos após a entrega",
    "all-links": "todos os links de uma só vez",
}
"""Why a machine is suspected behind an open or a click."""

BOUNCE_CLASSES: Mapping[str, str] = {
    "permanent": "permanente",
    "transient": "transitório",
}
"""Whether a refusal is for good."""

GUIDE: Mapping[str, str] = {
    "title": "Guia de integração: {client}",
    "intro": "Como enviar campanhas e receber os resultados pelo servidor de arquivos.",
    "server": "Seu servidor",
    "address": "Endereço",
    "directory": "Pasta",
    "login_directory": "a pasta inicial do usuário",
    "user": "Usuário",
    "names": "Os três arquivos de cada envio",
    "names_text": "Cada envio são exatamente três arquivos, sem extensão, com o mesmo NOME e a mesma data"
    " (AAAAMMDD). O tipo fica em letras maiúsculas. O NOME é seu: pode ter espaços, acentos e “_”. A data faz"
    " parte do nome; o CONF diz quando as mensagens saem. Um NOME com a mesma data é processado uma única"
    " vez: escolha outro para cada envio. Um envio que foi recusado não foi processado: corrija os arquivos e"
    " envie-os com os mesmos nomes.",
    "example": "Exemplo",
    "CONF": "os dados do envio: um cabeçalho e uma linha",
    "HTML": "a mensagem inteira",
    "MAIL": "os contatos: um cabeçalho e uma linha para cada um",
    "form": "CONF e MAIL: texto em {encoding}, valores separados por “{delimiter}”; um valor que o"
    " contém fica entre aspas. Não altere os nomes dos cabeçalhos; as colunas que não são obrigatórias podem"
    " faltar.",
    "list": "Quem não deve receber",
    "list_text": "{name}: sua própria lista de supressão, com um cabeçalho “{email}” e um endereço por linha;"
    " outras colunas não são lidas. Ela não precisa de outro arquivo, entra na sua lista antes dos envios que"
    " estão ao lado dela, e é sempre confirmada por {receipt}. Use um NOME que nenhum envio tem.",
    "conf_columns": "Colunas de CONF",
    "mail_columns": "Colunas de MAIL",
    "column": "Coluna",
    "meaning": "O que é",
    "required": "obrigatória",
    "fields": "Campos na mensagem e no assunto",
    "fields_text": "Escreva {field} onde deve aparecer o valor de uma coluna de MAIL; depois da barra, o que"
    " vale quando ela está vazia: {fallback}. {opt_out} é o link de descadastro, {web_copy} a cópia na web.",
    "times": "Horários e lotes",
    "zone": "Todos os horários são de {zone}.",
    "collect": "Os arquivos são coletados de hora em hora, na hora cheia. Um envio incompleto espera;"
    " se em {hours:1 hora|# horas} ele não estiver completo, avisamos.",
    "fragments": "A campanha sai em lotes de até {contacts:1 contato|# contatos}: o primeiro na hora pedida,"
    " depois um lote a cada {hours} h.",
    "at_once": "A campanha sai de uma vez.",
    "window": "As mensagens saem só neste horário: {window}.",
    "answers": "Respostas ao lado dos seus arquivos",
    "file": "Arquivo",
    "ERRO": "o que impediu o envio, linha a linha, e como corrigir; some quando os arquivos são corrigidos",
    "RECIBO": "o que foi aceito: contagens, lotes e data dos resultados",
    "SITUACAO": "o que houve com cada linha de MAIL, com os resultados",
    "results": "Os seis arquivos de retorno",
    "results_text": "Publicados {days:1 dia|# dias} depois do último lote, sempre os seis, com o mesmo NOME"
    " e data.",
    "ABERTURA": "todas as aberturas, uma linha para cada",
    "ABERTURAUNICA": "a primeira abertura de cada contato",
    "CLIQUE": "todos os cliques, uma linha para cada",
    "CLIQUEUNICO": "o primeiro clique de cada contato",
    "RETORNADO": "os contatos que a mensagem não alcançou e o motivo",
    "CANCELADO": "os contatos que cancelaram o cadastro",
    "columns": "Colunas",
    "reasons": "Motivos em RETORNADO",
    "check": "Antes de enviar",
    "check_text": "mpftp validate PASTA confere os três arquivos no seu computador. Os modelos estão em"
    " modelos/entrada; exemplos do que você recebe, em modelos/retorno (RECIBO e SITUACAO de um"
    " envio, só se combinados). O Bloco de Notas acrescenta .txt, a não ser que o nome seja salvo entre"
    " aspas.",
    "questions": "Dúvidas",
    "questions_text": "Em caso de dúvida ou erro, fale com {support}.",
    "check_windows": "No Windows, com o Python instalado e o pacote do mpftp que nós fornecemos, são duas"
    " linhas no Prompt de Comando:",
}
"""The guide for one client: headings, sentences, and what each file is."""

GUIDE_COLUMNS: Mapping[str, str] = {
    "assunto": "assunto da mensagem",
    "remetente_nome": "nome do remetente, o mesmo para todos os contatos",
    "remetente_email": "e-mail do remetente",
    "responder_para": "e-mail que recebe as respostas",
    "pasta": "pasta em que guardamos a mensagem, um nome à sua escolha",
    "datahora_envio": "quando enviar: AAAA-MM-DD HH:MM ou DD/MM/AAAA HH:MM; vazia: logo",
    "ganalytics": "nome da campanha no Google Analytics",
    "texto": "a mensagem em texto puro",
    "email": "endereço de e-mail",
    "uidcli": "seu código para o contato",
    "nome": "nome, como deve aparecer na mensagem",
    "sexo": "M ou F",
    "data_nascimento": "AAAA-MM-DD ou DD/MM/AAAA",
    "telefone": "telefone",
    "celular": "celular",
    "endereco": "endereço",
    "bairro": "bairro",
    "cidade": "cidade",
    "estado": "sigla do estado",
    "cep": "CEP",
    "livre": "livre1 a livre50: o que você quiser",
}
"""What a column of CONF or MAIL holds, by our name of it."""

GUIDE_SAMPLE: Mapping[str, str] = {
    "name": "MeuEnvio",
    "subject": "Novidades para você",
    "sender": "Loja Exemplo",
    "folder": "Novidades",
    "web_copy": "Ver na web",
    "greeting": "Olá, {name}!",
    "fallback": "cliente",
    "offer": "Veja as novidades",
    "opt_out": "Descadastre-se",
}
"""The triplet that the guide brings as a model."""

REPORT: Mapping[str, str] = {
    "title": "Resultado da campanha",
    "sent_between": "Campanha {name}, enviada de {first} a {last}",
    "not_sent": "Campanha {name}, ainda não enviada",
    "sent": "Enviadas",
    "delivered": "Entregues",
    "opened": "Abriram",
    "clicked": "Clicaram",
    "came_back": "Retornadas",
    "opted_out": "Cancelaram",
    "complained": "Marcaram como spam",
    "of_tried": "{share} das tentativas",
    "of_delivered": "{share} das entregues",
    "of_lines": "de 1 linha de MAIL|de {n} linhas de MAIL",
    "hours": "Aberturas por hora",
    "chart": "Gráfico de barras: aberturas por hora; a hora com mais aberturas é {peak}, com {most}.",
    "bar": "{hour}: {opens}, {marked}; {clicks}",
    "people": "aberturas de pessoas",
    "machines": "aberturas automáticas",
    "later": "Depois disso, a partir de {start}: {opens} e {clicks}.",
    "opens_counted": "1 abertura|{n} aberturas",
    "marked_counted": "1 automática|{n} automáticas",
    "clicks_counted": "1 clique|{n} cliques",
    "people_opened": "1 contato abriu|{n} contatos abriram",
    "people_clicked": "1 clicou|{n} clicaram",
    "links": "Links mais clicados",
    "link": "Link",
    "clicks": "Cliques",
    "contacts": "Contatos",
    "returned": "Por que mensagens retornaram",
    "unsent": "A quem nada foi enviado, e por quê",
    "share": "Parte",
    "paused": "Envio interrompido: {reason}.",
    "cancelled": "Envio cancelado: {reason}.",
    "support": "Dúvidas: {support}",
    "reason": "Motivo",
    "class": "Tipo",
    "automatic": "Aberturas e cliques automáticos",
    "automatic_note": "Provedores e sistemas de segurança também abrem mensagens e seguem links. Sem eles:"
    " {opens} ({open_share}) e {clicks} ({click_share}).",
    "why": "Por que parece automático",
    "kind": "Evento",
    "events": "Eventos",
    "open": "abertura",
    "click": "clique",
    "inferred": "1 contato clicou sem que uma abertura fosse vista."
    "|{n} contatos clicaram sem que uma abertura fosse vista.",
    "nothing": "Nenhuma abertura até agora.",
    "made": "Gerado em {at}. Horários de {zone}.",
    "time": "%d/%m/%Y %H:%M",
    "day": "%d/%m/%Y",
    "hour": "%d/%m %Hh",
    "separators": ".,",
}
"""The report's page for the client; ``separators`` are those of thousands and of decimals."""

FINDINGS: Mapping[str, str] = {
    "error": "erro",
    "warning": "aviso",
    "notice": "nota",
    "remedy": "solução",
    "more": "e mais um, na linha {lines}|e mais {count}, nas linhas {lines}",
    "many": "e mais {count}",
    "ok": "nenhum problema",
    "refused": "RECUSADO",
    "accepted": "aceito",
    "lines": "{n} contato|{n} contatos",
    "valid": "{n} válido|{n} válidos",
    "invalid": "{n} inválido|{n} inválidos",
    "repeated": "{n} repetido|{n} repetidos",
    "errors": "{n} erro|{n} erros",
    "warnings": "{n} aviso|{n} avisos",
    "notices": "{n} nota|{n} notas",
    "limit": "limite de erros mostrados: {most} (--max-errors)",
}
"""The frame around findings."""

FIXES: Mapping[str, str] = {
    "same": "sem alterações",
    "unsettled": "sem alterações: cada correção pediria outra; corrija antes à mão o que foi achado",
    "marked": "marca (BOM) posta no início, que diz que é UTF-8",
    "ended": "fim da última linha acrescentado",
    "cleaned": "marcas (BOM) ou caracteres nulos retirados",
    "encoding": "codificação: {old} → UTF-8",
    "ends": "fins de linha: {old} → LF",
    "counts": "linhas corrigidas: {changed}, retiradas: {dropped}",
    "more": "… e mais {count} (--all mostra todas)",
}
"""What ``--fix`` changed in a file."""

USAGE: Mapping[str, str] = {
    "usage": "Uso: {command} [OPÇÕES] [PASTA OU ARQUIVO]...",
    "help": "Ajuda: {command} --help",
    "error": "Erro: {message}",
    "unknown": "a opção {option} não existe",
    "nearest": "a opção {option} não existe; seria {nearest}?",
    "needs_value": "falta o valor da opção {option}",
    "no_value": "a opção {option} não leva valor",
    "choice": "{option}: escolha um destes valores: {choices}",
    "number": "{option}: escreva um número inteiro, {least} ou maior",
    "range": "{option}: escreva um número inteiro de {least} a {most}",
    "exists": "não existe arquivo nem pasta com o nome {path}",
    "file": "{path} é uma pasta; escreva o nome de um arquivo",
    "folder": "{path} é um arquivo; escreva o nome de uma pasta",
    "encoding": "{option}: escreva uma codificação como utf-8 ou windows-1252",
    "delimiter": "{option}: escreva um só caractere, ou tab",
    "now": "{option}: escreva um momento como 2026-03-01T09:00:00-03:00",
    "unsafe": "--unsafe-fixes não faz nada sem --fix PASTA",
    "client": "--client só confere: não vai com pasta, --fix nem --preview",
    "unwritable": "não foi possível gravar {path}: {problem}",
    "unreadable": "não foi possível ler {path}: {problem}",
    "no_place": "esse lugar não existe",
    "no_rule": "nenhuma regra se chama “{rule}”; veja mpftp validate --list-rules",
    "nearest_rule": "nenhuma regra se chama “{rule}”; seria {nearest}? Veja mpftp validate --list-rules",
    "originals": "{path}: os originais estão aqui; escolha outra pasta para as cópias corrigidas",
    "no_dns": "o DNS não responde; tente mais tarde, ou sem --check-dns",
}
"""What is wrong with the command line of ``validate``, and with the place of what it writes."""

HELP: Mapping[str, str] = {
    "command": "Confere envios: pastas (com as subpastas) ou os três arquivos; sem nada, a pasta atual.",
    "format": "Forma do relatório.",
    "lang": "Língua do relatório; sem esta opção, a do sistema.",
    "all": "Mostra todos os problemas, não só os primeiros de cada grupo.",
    "select": "Confere só estas regras ou começos de regras (MAIL, CONF004, DEFAULT, ALL).",
    "ignore": "Deixa de fora estas regras ou começos de regras.",
    "severity": "Não mostra nada menos grave: erros, avisos ou notas.",
    "max-errors": "Mostra no máximo N erros; 0: todos.",
    "client": "Confere o que está agora no servidor deste cliente; nada é coletado.",
    "profile": "Confere por este perfil da configuração.",
    "encoding": "Codificação dos arquivos, em vez de reconhecê-la.",
    "delimiter": "Separador dos campos, em vez de reconhecê-lo; a tabulação se escreve tab.",
    "jobs": "Número de processos para um arquivo MAIL grande (0: automático).",
    "check-dns": "Pergunta ao DNS quais domínios não recebem e-mail.",
    "fix": "Grava cópias corrigidas em PASTA, onde não se procuram originais, e as confere.",
    "unsafe-fixes": "Com --fix: corrige também prováveis erros de digitação.",
    "preview": "Mostra a mensagem do contato N como seria enviada, e termina.",
    "preview-html": "Grava o HTML dela (do contato 1 sem --preview) em ARQUIVO.",
    "list-rules": "Lista todas as regras e termina.",
    "explain": "Explica uma regra e termina.",
    "config": "O arquivo de configuração.",
    "now": "Usa esta hora em vez da atual (para testes).",
    "verbose": "Registra cada acontecimento; -vv também o diálogo com os servidores.",
    "log-file": "Registra neste arquivo.",
    "log-format": "Uma linha por acontecimento, em texto ou em JSON.",
    "help": "Mostra esta ajuda e termina.",
    "options": "Opções",
    "default": "padrão: {value}",
    "CHAR": "CARACTERE",
    "FILE": "ARQUIVO",
    "FOLDER": "PASTA",
    "MOMENT": "MOMENTO",
    "N": "N",
    "NAME": "NOME",
    "PATH": "CAMINHO",
    "RULE": "REGRA",
    "RULES": "REGRAS",
    "TEXT": "TEXTO",
    "exits": "Códigos de saída: 0 nada seria recusado; 1 algo seria recusado, ou falhou; 2 a linha de comando"
    " está errada; 75 falha passageira; 78 a configuração ou o estado não pode ser usado.",
}
"""The help of ``validate``: its options by their names, what stands for values, headings."""

NO_PREVIEW: Mapping[str, str] = {
    "one": "a prévia é de um só envio; indique a pasta dele",
    "settings": "o arquivo CONF não pode ser usado",
    "html": "o arquivo HTML não pode ser usado",
    "mail": "o arquivo MAIL não pode ser usado",
    "contact": "o arquivo MAIL não tem o contato {number}",
    "state": "o contato {number} não é válido",
    "fields": "há campos de mesclagem que não podem ser preenchidos; sem --preview, o validate diz quais",
}
"""Why a message cannot be shown."""

PREVIEW: Mapping[str, str] = {"links": "Links", "text": "Texto"}
"""Titles of the preview's parts."""

RULE_WORDS: Mapping[str, str] = {
    "error": "erro",
    "warning": "aviso",
    "notice": "nota",
    "optional": "opcional",
    "triplet": "recusa o envio",
    "contact": "recusa só o contato da linha",
    "remedy": "Solução",
    "example": "Exemplo",
    "why": "Por quê",
    "headers": "Cabeçalhos aceitos",
    "safe": "--fix corrige",
    "unsafe": "--unsafe-fixes corrige",
    "some": "--fix corrige em parte",
    "manual": "Manual",
}
"""The frame around the catalogue of rules."""

PAGES: Mapping[str, Mapping[str, str]] = {
    "ask": {
        "title": "Cancelar o recebimento de e-mails",
        "text": "Você quer deixar de receber os e-mails {of}?",
        "button": "Sim, quero cancelar",
        "note": "Se não quiser cancelar, basta fechar esta página: nada será alterado.",
    },
    "done": {
        "title": "Cancelamento confirmado",
        "text": "Você não receberá mais os e-mails {of}.",
        "note": "Uma mensagem que já estava a caminho ainda pode chegar.",
    },
    "trial": {
        "title": "Mensagem de teste",
        "text": "Este link é de uma mensagem de teste e não altera nada. Na mensagem verdadeira, aqui a"
        " pessoa deixa de receber os e-mails {of}.",
    },
    "later": {
        "title": "Tente novamente em instantes",
        "text": "Não foi possível atender ao seu pedido agora. Recarregue esta página daqui a pouco.",
    },
    "gone": {
        "title": "Esta página não está mais disponível",
        "text": "A mensagem à qual este link pertence já foi removida.",
    },
    "broken": {
        "title": "Link incompleto",
        "text": "Este link está incompleto ou não existe. Abra-o de novo a partir da mensagem, inteiro.",
    },
}
"""The tracker's pages; ``{of}`` says whose e-mails a page is about."""

PAGE_WORDS: Mapping[str, str] = {
    "support": "Dúvidas: {}",
    "sender": "de {}",
    "unknown": "deste remetente",
}
"""Whom a page's reader may ask, and whose e-mails it is about."""

JUDGEMENT_RULES: Mapping[str, str] = {
    "transient": "a recusa é transitória",
    "step": "o servidor recusou antes de saber a quem se escrevia",
    "data": "o nosso servidor aceitou o destinatário e recusou a mensagem",
    "sender-status": "o código fala do remetente",
    "ours": "a recusa fala de nós",
    "own-relay": "quem recusou foi o nosso próprio servidor",
    "passing": "as palavras dizem que pode passar",
    "table": "pelo motivo",
}
"""Why a bounce suppresses its address, or spares it: by the rule that decided."""

OPT_OUT_SOURCES: Mapping[str, str] = {
    "link": "link de descadastro da mensagem",
    "one-click": "botão de cancelar inscrição do programa de e-mail",
    "mailto": "resposta por e-mail",
    "complaint": "denúncia de spam",
}
"""``origem``: by which way a contact opted out."""

STOP_REASONS: Mapping[str, str] = {
    "relay": "o servidor de envio está com problemas",
    "failures": "muitas mensagens foram recusadas",
    "restored": "o sistema foi restaurado de uma cópia",
    "past": "a data de envio já havia passado",
    "paused by the operator": "pelo operador",
    "cancelled by the operator": "pelo operador",
    "": "pelo operador",
}
"""Why a campaign was stopped, for its client: by the word that a hold's reason begins with, or all of it."""

UNSENT_REASONS: Mapping[str, str] = {
    "unsent": "não enviado",
    "invalid": "endereço inválido",
    "opted-out": "descadastrado antes",
    "bounced": "devolvido antes",
    "complained": "marcou como spam antes",
    "operator": "bloqueado pelo operador",
    "cancelled": "campanha cancelada",
    "stopped": "campanha interrompida",
    "in-doubt": "entrega incerta",
}
"""Why nothing went to a contact, and the class that says so (``unsent``)."""

SITUATIONS: Mapping[str, str] = {
    "enviado": "enviado",
    "devolvido": "devolvido",
    "adiado": "adiado",
    "aguardando": "aguardando",
    "recusado": "recusado",
    "repetido": "repetido",
    "suprimido": "suprimido",
    "cancelado": "cancelado",
    "incerto": "incerto",
    "esquecido": "esquecido",
}
"""What became of a line of MAIL."""

RECEIPT: Mapping[str, str] = {
    "head": "item;valor;contatos",
    "received": "recebido em",
    "sha256": "SHA-256 de {file}",
    "lines": "linhas lidas",
    "accepted": "contatos aceitos",
    "repeated": "contatos repetidos",
    "invalid": "contatos recusados",
    "suppressed": "contatos suprimidos (descadastrados ou com endereço inválido)",
    "fragment": "envio {number} de {count}",
    "results": "publicação dos resultados (prevista)",
    "list_added": "endereços incluídos na lista de supressão",
    "list_known": "endereços que já estavam na lista, ou repetidos",
    "list_invalid": "linhas sem endereço válido",
    "support": "suporte",
}
"""What RECIBO says: its header line, and what each of its lines is."""

ERROR_FILE: Mapping[str, str] = {
    "head": "arquivo;linha;coluna;regra;problema;correção",
    "more": "mais 1 ocorrência do mesmo problema|mais {count} ocorrências do mesmo problema",
}
"""What ERRO says: its header line, and what stands for findings beyond those that it lists."""

NOTICES: Mapping[str, str] = {
    "sender": "mpftp (mensagem automática)",
    "refused": "recusado",
    "accepted": "aceito",
    "finished": "envio concluído",
    "cancelled": "envio cancelado",
    "paused": "envio interrompido",
    "published": "resultados publicados",
    "refused_body": "O envio {name} de {date} foi recusado. Corrija os arquivos e envie-os de novo.",
    "error_file_body": "O arquivo {file} no servidor tem a lista completa.",
    "unreadable": "arquivos com nomes errados",
    "unreadable_body": "No servidor há arquivos que não fazem parte de nenhum envio e não serão lidos.",
    "accepted_body": "O envio {name} de {date} foi aceito: {contacts} de {lines}, em {fragments}.",
    "first_body": "O envio começa em {first}.",
    "suppressed": "1 contato não receberá a mensagem|{count} contatos não receberão a mensagem",
    "suppressed_body": "{suppressed}: descadastro, devolução ou bloqueio anterior.",
    "finished_body": "O envio {name} de {date} terminou em {at}: {sent}, {failed}.",
    "cancelled_body": "O envio {name} de {date} foi cancelado em {at} ({reason}): {sent}, {failed},"
    " {cancelled}.",
    "paused_body": "O envio {name} de {date} está interrompido desde {at} ({reason}): {sent}, {failed},"
    " {waiting}.",
    "published_body": "Os resultados do envio {name} de {date} estão no servidor:",
    "published_paused": "O envio está interrompido ({reason}); se continuar, os arquivos serão"
    " publicados de novo.",
    "published_cancelled": "O envio foi cancelado ({reason}).",
    "about": "Cliente {client}, pasta {folder}, assunto “{subject}”.",
    "support": "Dúvidas: {support}",
    "further": "e mais {count}",
    "contacts": "1 contato|{count} contatos",
    "lines": "1 linha|{count} linhas",
    "fragments": "1 lote|{count} lotes",
    "sent": "1 mensagem enviada|{count} mensagens enviadas",
    "failed": "1 recusada|{count} recusadas",
    "cancelled_count": "1 não enviada|{count} não enviadas",
    "waiting": "1 à espera|{count} à espera",
    "problems": "1 problema|{count} problemas",
    "time": "%d/%m/%Y %H:%M",
    "day": "%d/%m/%Y",
}
"""Short e-mails to a client: what happened, sentence by sentence, and how counts and times are written."""

MESSAGE: Mapping[str, str] = {
    "opt_out": "Para não receber mais estas mensagens: ",
    "trial": "[TESTE] ",
}
"""What a campaign's message gets from us: the opt-out of a text part, and a trial's mark in the subject."""
