"""Texts in English."""

from __future__ import annotations

from collections.abc import Mapping

RULES: Mapping[str, tuple[str, str]] = {
    "NAME001": (
        "there is no type “{type}”",
        "Use CONF, HTML, MAIL or, for a suppression list, SUPRESSAO{nearest_type}. Rename it.{nearest}",
    ),
    "NAME002": ("the type “{type}” is not in capitals", "Rename the file to {wanted}."),
    "NAME003": ("the name has the extension “{extension}”", "Remove the extension: {wanted}."),
    "NAME004": (
        "the date “{date}” does not have eight digits",
        "Write the date as YYYYMMDD, for example 20260301.{nearest}",
    ),
    "NAME005": ("the date “{date}” is not in the calendar", "Write a real date as YYYYMMDD."),
    "NAME006": ("the date “{date}” is in the order DDMMYYYY", "Begin with the year: {wanted}."),
    "NAME007": (
        "the campaign's name is missing before the type",
        "Use NAME_TYPE_YYYYMMDD, for example Promo_CONF_20260301.",
    ),
    "NAME008": ("the name holds a character that cannot be used: {character}", "Remove it: {wanted}."),
    "NAME009": (
        "a hidden or temporary file: its upload seems unfinished",
        "Finish the upload, or delete the file; it will not be read.",
    ),
    "NAME010": ("the file is part of no triplet", "Use NAME_TYPE_YYYYMMDD, for example Promo_CONF_20260301."),
    "NAME011": (
        "the parts of the name are separated by “{separator}”, not by “_”",
        "Rename the file to {wanted}.",
    ),
    "NAME012": (
        "the name has {bytes:1 byte|# bytes}; the names of the results would not fit",
        "Shorten the campaign's name to {limit:1 byte|# bytes} or fewer.",
    ),
    "NAME013": (
        "the name has spaces or accented letters, which some FTP servers alter",
        "Prefer plain letters, digits, “-” and “_”.",
    ),
    "NAME014": ("the name is that of a copy (“{mark}”)", "Rename the file to {wanted}."),
    "NAME015": ("the name goes on after the date: “{suffix}”", "Rename the file to {wanted}."),
    "NAME016": (
        "the parts of the name are not in the order NAME_TYPE_YYYYMMDD",
        "Rename the file to {wanted}.",
    ),
    "NAME017": (
        "the triplet that the file belongs to cannot be recognised",
        (
            "Upload three files without extension and not compressed: NAME_CONF_YYYYMMDD,"
            " NAME_HTML_YYYYMMDD and NAME_MAIL_YYYYMMDD."
        ),
    ),
    "SET001": (
        "the file {missing} is missing",
        "Upload all three files with the same name and date: CONF, HTML and MAIL.",
    ),
    "SET002": (
        "the name differs from {other} only in upper and lower case",
        "Write the name in the same way in all three files.",
    ),
    "SET003": (
        "there is a fourth file for {name}, {date}; there are always three",
        "Delete or rename this file; CONF, HTML and MAIL remain.",
    ),
    "SET004": ("the date differs from that of {other}", "Use the same date in all three files."),
    "SET005": (
        "the content looks like that of {other}, not of {kind}",
        "Check whether the files were swapped, and upload each under its own name.",
    ),
    "SET006": (
        "our file {other} exists: this name was processed before",
        "Choose another name: each name is processed once only, even without our files.",
    ),
    "SET007": (
        "no file of a triplet was found",
        "Name the folder or the three files (CONF, HTML and MAIL), not compressed.",
    ),
    "SET008": (
        "the file cannot be read: {unreadable}",
        "Check its permissions, and whether it is a regular file.",
    ),
    "SET009": (
        "the file has {bytes:1 byte|# bytes}; the limit is {limit:1 byte|# bytes}",
        "Split the list into more than one triplet, or ask for a higher limit.",
    ),
    "SET010": (
        "the name is that of {other}, its accents written in another way (as a Mac does)",
        "Delete one of the two files and leave the one that counts.",
    ),
    "SET011": (
        "this name was processed before{processed}",
        "Choose another name: each name is processed once only, and these files will not be read.",
    ),
    "SET012": (
        "the suppression list bears the NAME and the date of a triplet",
        "Rename the list, with another NAME for example: the answers to both would bear one name.",
    ),
    "SET013": (
        "the file is in another format, {format}, and not in CSV",
        "Export the data again as CSV, with the header line.",
    ),
    "TEXT001": (
        "invalid byte {bytes} at offset {offset} of the file",
        "Save the whole file again as UTF-8 or Windows-1252.",
    ),
    "TEXT002": (
        "the file mixes UTF-8 and Windows-1252; here, {bytes} at offset {offset}",
        "Convert all parts to one encoding before joining them, preferably UTF-8.",
    ),
    "TEXT003": (
        "a NUL character at offset {offset}",
        "Write the file again; it was damaged when saved or transferred.",
    ),
    "TEXT004": (
        "a byte order mark (BOM) in the middle of the file",
        "Remove it; it often gets there when two files are joined.",
    ),
    "TEXT005": (
        "the file looks like {encoding} without a mark (BOM)",
        "Save the file as UTF-8, or as UTF-16 with a BOM (“Unicode” in Notepad).",
    ),
    "TEXT006": (
        "garbled letters or signs, such as “SÃ£o” for “São”",
        "The text was read in another encoding than its own, such as Windows-1252; export it again as UTF-8.",
    ),
    "TEXT007": (
        "mixed line ends: {crlf} CR LF, {lf} LF, {cr} CR",
        "Save the file again with one kind of line end.",
    ),
    "TEXT008": ("the last line is cut off: the upload seems to have broken", "Upload the whole file again."),
    "TEXT009": ("a control character {bytes} at offset {offset}", "Remove it; it cannot be shown."),
    "TEXT010": ("the file is in {encoding}, which is not accepted", "Save the file as UTF-8."),
    "TEXT011": (
        "the file is no text: format {format}",
        "Export it as text (in a spreadsheet “Save as” CSV UTF-8; a message, HTML), without the extension.",
    ),
    "TEXT013": (
        "a replacement character “�”: a letter was lost before it came here",
        "Export the data again, in the right encoding.",
    ),
    "TEXT015": (
        "the lines end in CR, as on old Macintosh computers",
        "Save the file with CR LF or LF line ends.",
    ),
    "TEXT016": (
        "the file ends in the middle of a UTF-8 character (offset {offset})",
        "The upload broke; upload the whole file again.",
    ),
    "TEXT017": (
        "the text seems to be in {encoding} (DOS or old Mac); as it is, “{word}” would arrive as “{garbled}”",
        "Export it again as UTF-8, or take the copy of validate --fix; to check it: --encoding {encoding}.",
    ),
    "TEXT018": (
        "the file ends with Ctrl-Z, as DOS programs end theirs",
        "Nothing needs to be done: it does not count.",
    ),
    "TEXT019": (
        "a letter seems to be lost: there is a “?” inside a word",
        "Export the data again, as UTF-8, from where the letters are still right.",
    ),
    "TEXT020": (
        "a code stands for a letter or sign, such as “&atilde;” or “\\u00e3”, and would go out as it is",
        "Export the data again with the letters themselves, as UTF-8.",
    ),
    "CONF001": ("the file is empty", "Write the header line and the data."),
    "CONF002": ("the file has only its header", "Add the data below the header line."),
    "CONF003": ("the required header “{header}” is missing", "Add the column “{header}”.{instead}"),
    "CONF004": (
        "the header “{header}” is not known",
        "Use the headers of the sample files, unaltered.{nearest}",
    ),
    "CONF005": ("the header “{header}” is repeated (column {first})", "Keep one column “{header}” only."),
    "CONF006": (
        "the column “{header}” is not where the sample files have it",
        "Nothing needs to be done: values are recognised by their header.",
    ),
    "CONF007": (
        "the fields are separated by “{delimiter}”, not by “{wanted}”",
        "Separate the fields by “{wanted}”.",
    ),
    "CONF008": (
        "the quote opened here is never closed",
        'Close the quote; a quote inside a value is written twice ("").',
    ),
    "CONF009": (
        "there is text after the quote that closes the value",
        'Remove that text, or write twice ("") a quote that is part of the value.',
    ),
    "CONF010": (
        "a quote inside an unquoted value",
        'Quote the whole value, and write the inner quotes twice ("").',
    ),
    "CONF011": (
        "the line has {found:one field|# fields}; the header has {wanted}",
        "Complete the line; an empty field counts, too.",
    ),
    "CONF012": (
        "the line has {found:one field|# fields}; the header has {wanted}",
        "Quote the value that holds the delimiter, or remove the extra field.",
    ),
    "CONF016": (
        "the header has {found:one column|# columns}; the limit is {limit}",
        "Check the delimiter and the file.",
    ),
    "CONF015": (
        "there is a column without a header",
        "Give it its header, or remove the column, as that of the line numbers that pandas and R write.",
    ),
    "CONF014": (
        "there {lines:is one data line|are # data lines}; there must be one",
        "Keep one data line below the header.",
    ),
    "CONF020": ("the subject is empty", "Fill in “{header}”."),
    "CONF021": (
        "the subject has {length:1 character|# characters}; the limit is {limit}",
        "Shorten the subject.",
    ),
    "CONF022": (
        "“{header}” holds a control character or a line break ({character})",
        "Write the value on one line.",
    ),
    "CONF023": (
        "the sender “{value}” is not an e-mail address",
        "Write a single address, for example contact@company.com.",
    ),
    "CONF024": (
        "the reply address “{value}” is not valid",
        "Write a single address, or leave the field empty.",
    ),
    "CONF025": (
        "the sending time “{value}” cannot be read",
        "Write YYYY-MM-DD HH:MM or DD/MM/YYYY HH:MM, or leave it empty to send now.",
    ),
    "CONF026": (
        "the sending time “{value}” is in the past",
        "It will be sent at once; correct the time if that is not meant.",
    ),
    "CONF027": ("the sending time is more than a year away: “{value}”", "Check the year."),
    "CONF028": ("the folder's name holds “{character}”", "Use letters, digits, space, “-” and “_”."),
    "CONF029": ("the folder is empty", "Fill in “{header}” with the message's folder."),
    "CONF030": (
        "the time “{value}” does not exist on that day (summer time begins)",
        "It will be sent an hour later; choose another time if that is not meant.",
    ),
    "CONF031": (
        "the sender's name holds an address: “{value}”",
        "Write the company's name; many filters take an address there for fraud.",
    ),
    "CONF032": (
        "the sender uses the free provider {domain}, which has mail sent by others refused (DMARC)",
        "Use an address of the company's own domain.",
    ),
    "CONF033": (
        "“{value}” does not serve as a Google Analytics campaign name",
        "Use letters, digits, “-”, “_” and “.”, or utm_* parameters.",
    ),
    "CONF034": (
        "the merge field “{field}” is not in the MAIL file",
        "Correct or remove the field{add_column}{free_column}.{nearest}{command}",
    ),
    "CONF036": ("the domain “{domain}” looks like a slip", "Did you mean “{meant}”?"),
    "CONF037": (
        "the subject has {length:1 character|# characters}; mail programs show fewer than {limit}",
        "Shorten the subject; phones show about 40 characters.",
    ),
    "CONF038": (
        "the folder's name has more than {limit:1 character|# characters}",
        "Shorten the folder's name.",
    ),
    "CONF039": (
        "there {found:is one merge field|are # merge fields}; the limit is {limit}",
        "Remove those that are too many.",
    ),
    "CONF040": (
        "“{field}” is a merge field of another system, or in another spelling",
        "{ours}{no_field}As it is, the recipient reads the code.",
    ),
    "CONF041": (
        "“{field}” is a merge field of another system, or in another spelling",
        "{ours}{no_field}As it is, the recipient reads the code.",
    ),
    "CONF042": (
        "“{field}” is a merge field, and the sender is the same for all",
        "Write it without fields, which are not filled there: the recipient reads the code.",
    ),
    "CONF043": (
        "“{bracket}” stands without its other half: a merge field is not whole",
        "Write the whole field. As it is, the recipient reads the code.",
    ),
    "CONF044": (
        "“{value}” is what a program or spreadsheet writes instead of a value, and would go out as it is",
        "Write the value of “{header}”, or leave the field empty.",
    ),
    "CONF046": ("the header line appears again", "Remove it; two files seem to have been joined."),
    "CONF050": (
        "{surplus:an empty column|# empty columns} without a header at the end, as Excel writes them",
        "Nothing needs to be done.",
    ),
    "CONF051": (
        "Excel's line “sep=”",
        "Nothing needs to be done: it does not count.",
    ),
    "CONF052": (
        "the line has {found:one field|# fields} of {wanted}; those missing at its end count as empty",
        "Nothing needs to be done if they really are empty.",
    ),
    "CONF053": (
        "{surplus:a surplus empty field|# surplus empty fields} at the end of the line",
        "Nothing needs to be done.",
    ),
    "CONF054": (
        "the whole line is in quotes",
        "Nothing needs to be done: it is read without them.",
    ),
    "CONF058": (
        "the quote opened here does not enclose one header; nothing below this line was read",
        "Remove the stray quote, or close it right after the header.",
    ),
    "CONF059": (
        "the first line holds data, not the headers; nothing was read",
        "Write the header line above it, with “{header}” in it.",
    ),
    "CONF060": (
        "there is text above the header, as a title or PowerShell's “#TYPE”",
        "Nothing needs to be done: it does not count.",
    ),
    "CONF061": (
        "“{code}” is HTML, which shows here as it is written",
        "Write the text without tags, and the letters and signs themselves, such as “é” and “&”.",
    ),
    "MAIL001": ("the file is empty", "Write the header line and the data."),
    "MAIL002": ("the file has only its header", "Add the data below the header line."),
    "MAIL003": ("the required header “{header}” is missing", "Add the column “{header}”.{instead}"),
    "MAIL004": (
        "the header “{header}” is not known",
        "Use the headers of the sample files, unaltered.{nearest}{free_header}",
    ),
    "MAIL005": ("the header “{header}” is repeated (column {first})", "Keep one column “{header}” only."),
    "MAIL006": (
        "the column “{header}” is not where the sample files have it",
        "Nothing needs to be done: values are recognised by their header.",
    ),
    "MAIL007": (
        "the fields are separated by “{delimiter}”, not by “{wanted}”",
        "Separate the fields by “{wanted}”.",
    ),
    "MAIL008": (
        "the quote opened here is never closed",
        'Close the quote; a quote inside a value is written twice ("").',
    ),
    "MAIL009": (
        "there is text after the quote that closes the value",
        'Remove that text, or write twice ("") a quote that is part of the value.',
    ),
    "MAIL010": (
        "a quote inside an unquoted value",
        'Quote the whole value, and write the inner quotes twice ("").',
    ),
    "MAIL011": (
        "the line has {found:one field|# fields}; the header has {wanted}",
        "Complete the line (an empty field counts, too), or remove it if it is no contact.",
    ),
    "MAIL012": (
        "the line has {found:one field|# fields}; the header has {wanted}",
        "Quote the value that holds the delimiter, or remove the extra field.",
    ),
    "MAIL016": (
        "the header has {found:one column|# columns}; the limit is {limit}",
        "Check the delimiter and the file.",
    ),
    "MAIL015": (
        "there is a column without a header",
        "Give it its header, or remove the column, as that of the line numbers that pandas and R write.",
    ),
    "MAIL013": ("a blank line", "Nothing needs to be done: it does not count."),
    "MAIL014": (
        "this line uses the delimiter “{delimiter}”, the header “{wanted}”",
        "Use one delimiter in the whole file.",
    ),
    "MAIL046": ("the header line appears again", "Remove it; two files seem to have been joined."),
    "MAIL047": (
        "the quote opened here closes on line {last} only and swallows what looks like another contact",
        'Remove the stray quote; inside a value write it twice ("").',
    ),
    "MAIL050": (
        "{surplus:an empty column|# empty columns} without a header at the end, as Excel writes them",
        "Nothing needs to be done.",
    ),
    "MAIL051": (
        "Excel's line “sep=”",
        "Nothing needs to be done: it does not count.",
    ),
    "MAIL052": (
        "the line has {found:one field|# fields} of {wanted}; those missing at its end count as empty",
        "Nothing needs to be done if they really are empty.",
    ),
    "MAIL053": (
        "{surplus:a surplus empty field|# surplus empty fields} at the end of the line",
        "Nothing needs to be done.",
    ),
    "MAIL054": (
        "the whole line is in quotes",
        "Nothing needs to be done: it is read without them.",
    ),
    "MAIL055": (
        "“{value}” is a text written as a formula",
        "Nothing needs to be done: it counts as “{plain}”.",
    ),
    "MAIL056": (
        "no e-mail address in this line; after {limit:one line|# lines} with errors, more are only counted",
        "Correct the lines that are shown first: the cause is mostly the same in all.",
    ),
    "MAIL057": (
        "the line has more than {limit:1 character|# characters}, and is not read",
        "Export the file again, with one contact a line.",
    ),
    "MAIL058": (
        "the quote opened here does not enclose one header; nothing below this line was read",
        "Remove the stray quote, or close it right after the header.",
    ),
    "MAIL059": (
        "the first line holds data, not the headers; nothing was read",
        "Write the header line above it, with “{header}” in it.",
    ),
    "MAIL060": (
        "there is text above the header, as a title or PowerShell's “#TYPE”",
        "Nothing needs to be done: it does not count.",
    ),
    "MAIL062": (
        (
            "{lines:one line has|# lines have} {average:1 character|# characters} on average;"
            " that is no list of contacts, and it was not read"
        ),
        "Export the file again, with one contact a line.",
    ),
    "MAIL017": (
        "the value of “{header}” has {length:1 character|# characters} (more than {limit})",
        "Check for a quote that was not closed.",
    ),
    "MAIL018": (
        "there are surplus spaces around the value of “{header}”",
        "Remove the spaces at its start and end.",
    ),
    "MAIL019": (
        "“{value}” is an error of the spreadsheet, which it shows instead of the value",
        "Correct the formula or widen the column and export again, or leave the field empty.",
    ),
    "MAIL061": (
        "“{value}” is the empty field of a program or database, and would go out as it is",
        "Leave the field empty.",
    ),
    "MAIL020": ("the e-mail address is empty", "Fill in the address, or remove the contact."),
    "MAIL021": ("“{email}” has no “@”", "Write the whole address, for example ana@company.com."),
    "MAIL022": ("there {number:is one address|are # addresses} in one field", "Keep one address a line."),
    "MAIL023": ("there is a space inside the address “{email}”", "Remove the space, or correct the address."),
    "MAIL024": (
        "the part before the “@” is not valid: “{local}”",
        "Look for dots at its start or end, doubled dots, and characters that are not allowed.",
    ),
    "MAIL025": ("the domain is not valid: “{domain}”", "Correct what follows the “@”."),
    "MAIL026": ("the domain “{domain}” is incomplete", "Complete the domain, for example with “.com”."),
    "MAIL027": (
        "the address is too long: {length:1 character|# characters} (the limit is {limit})",
        "Correct the address.",
    ),
    "MAIL028": (
        "the field holds a name and an address: “{email}”",
        "Keep the address only; the name has a column of its own.",
    ),
    "MAIL029": ("there are spaces around the address", "Remove them; the address will be used without them."),
    "MAIL030": ("the domain “{domain}” looks like a slip", "Did you mean “{meant}”?"),
    "MAIL031": (
        "the address “{email}” came before, on line {first}",
        "Only the first line gets the message.",
    ),
    "MAIL032": (
        "“{local}@” is the address of a role, not of a person",
        "Make sure that the recipient asked for the messages.",
    ),
    "MAIL033": (
        "the domain “{domain}” takes no mail: {no_mail}",
        "Correct the domain, or remove the contacts.",
    ),
    "MAIL034": (
        "the domain “{domain}” is internal, a sample or a filler, and not that of a contact",
        "Replace the address by a real one, or remove the contact.",
    ),
    "MAIL035": (
        "there is an invisible character inside the address ({character})",
        "Delete it; it often comes with text copied from a page.",
    ),
    "MAIL036": (
        "“{local}” has non-ASCII letters; only servers with SMTPUTF8 deliver the message",
        "Check that this really is the address.",
    ),
    "MAIL037": ("there is more than one “@” in “{email}”", "Correct the address."),
    "MAIL038": ("the address begins with “mailto:”", "Remove “mailto:”."),
    "MAIL039": (
        "a permitted but very rare form of address: “{email}”",
        "Check that this really is the address; many servers refuse it.",
    ),
    "MAIL040": (
        "the spreadsheet abbreviated the number: “{value}”",
        "Format the column “{header}” as text and export it again.",
    ),
    "MAIL041": ("“{value}” is not a date of birth", "Write YYYY-MM-DD or DD/MM/YYYY."),
    "MAIL042": ("“{value}” is not the code of a Brazilian state", "Use its two letters, for example SP."),
    "MAIL043": ("“{value}” is not a Brazilian postal code", "Write eight digits, for example 01310-100."),
    "MAIL044": ("“{value}” is no usual value of “{header}”", "Use M or F, or leave it empty."),
    "MAIL045": (
        "{lines:the only contact cannot|none of the # contacts can} get the message",
        "Correct what is said of {lines:its line|their lines}.",
    ),
    "HTML001": ("the file is empty", "Put in the message's HTML code."),
    "HTML002": ("the content is not HTML", "Upload the message's source code, which begins with <html>."),
    "HTML003": ("there is no <body>", "Put the message between <body> and </body>."),
    "HTML004": ("<{tag}> is never closed", "Add </{tag}> in its place."),
    "HTML005": (
        "the merge field “{field}” is not in the MAIL file",
        "Correct or remove the field{add_column}{free_column}.{nearest}{command}",
    ),
    "HTML006": (
        "“{bracket}” opens a merge field that is never closed",
        "Close the field right after its name.",
    ),
    "HTML007": ("the link “{url}” is relative", "Write the whole address, with https:// or mailto:."),
    "HTML008": (
        "the link leads to a file of your own computer: “{url}”",
        "Publish the file and use its https:// address.",
    ),
    "HTML009": ("the link uses “{scheme}:”, which no mail program follows", "Use an https:// address."),
    "HTML010": ("the image uses http: “{url}”", "Use https://; several programs show no image without it."),
    "HTML011": (
        "there is no opt-out link {field}",
        'Add <a href="{field}">; the law and the providers demand it.',
    ),
    "HTML012": (
        "the message has {size} KB; Gmail cuts it off at {limit} KB",
        "Remove comments, repeated styles and embedded images.",
    ),
    "HTML013": ("the image has no alternative text (alt)", 'Add alt="..."; empty if it is mere decoration.'),
    "HTML014": (
        "an embedded image (data:); Gmail and Outlook do not show it",
        "Publish the image and use its https:// address.",
    ),
    "HTML015": ("<script> does not work in e-mail and makes it likely to be blocked", "Remove it."),
    "HTML016": ("<form> does not work in most programs", "Link to a form on the web."),
    "HTML017": ("the image's address is relative: “{url}”", "Write the whole address, with https://."),
    "HTML019": ("the link leads nowhere", "Give href a whole address, or remove the link."),
    "HTML020": (
        "an external style sheet ({what}); mail programs ignore it",
        "Put the styles into the message itself.",
    ),
    "HTML021": ("<{tag}> is not shown in e-mail", "Use an image with a link."),
    "HTML022": ("the message has no title (<title>)", "Add <title> for the web copy and screen readers."),
    "HTML023": ("the address is malformed: “{url}”", "Correct the address."),
    "HTML024": (
        "the address exists in your own network only: “{url}”",
        "Use a public address; the recipient cannot reach this one.",
    ),
    "HTML025": (
        "the message has images and only {words:one word|# words} of text",
        "Write text, too: many programs block images, and filters are wary.",
    ),
    "HTML029": ("the beginning of the address is wrong: “{url}”", "Begin with https://."),
    "HTML030": ("there is no link to the web copy {field}", 'Add <a href="{field}"> at the beginning.'),
    "HTML031": (
        "“{field}” is a merge field of another system, or in another spelling",
        "{ours}{no_field}As it is, the recipient reads the code, or nothing.",
    ),
    "HTML032": ("an automatic redirect (meta refresh)", "Remove it; it gets the message blocked."),
    "HTML033": ("the link uses an unusual scheme: “{scheme}:”", "Check that mail programs follow it."),
    "HTML034": ("the image has no address (src)", "Give src the image's https:// address."),
    "HTML035": (
        "the image is not on the web: “{url}”",
        "Publish the image and use its https:// address.",
    ),
    "HTML037": ("“{bracket}” closes a merge field that was never opened", "Check the field before it."),
    "HTML038": ("</{tag}> closes what is not open", "Remove it, or open <{tag}> before."),
    "HTML039": (
        "a tag, a comment, a quoted value or an element such as <title> begins here and never ends",
        "Close it with “>”, “-->”, the quote or its end tag; as it is, the rest of the message is not read.",
    ),
    "HTML040": (
        "there {found:is one merge field|are # merge fields}; the limit is {limit}",
        "Remove those that are too many.",
    ),
    "HTML041": (
        "the message has more than {limit:one tag|# tags}",
        "Make it shorter: no mail program shows all of such a message.",
    ),
    "HTML042": (
        "tags stand inside the merge field “{field}”",
        "{ours}No tag may stand between the brackets.",
    ),
}
"""What is wrong, and how to correct it: templates that a finding's values fill."""

RULE_REASONS: Mapping[str, str] = {
    "NAME": "The robot recognises files by their names alone; a name that breaks the pattern is never read.",
    "SET": "A triplet is always three files of one name and date; without one of them nothing is sent.",
    "TEXT": "Text goes to the recipient as it was read: a wrong encoding spoils accents and names.",
    "CONF": "CONF says what is sent, by whom and when; a mistake here holds for every contact.",
    "MAIL": "Every line of MAIL is a contact; bad addresses harm the reputation of the sender.",
    "HTML": "Mail programs show less than a browser does, and filters are wary of what is unusual.",
}
"""Why rules matter, by the beginning of their identifiers."""

ASIDES: Mapping[str, str] = {
    "nearest": " Did you mean “{}”?",
    "instead": " “{}” seems to be it.",
    "ours": "Write {}. ",
    "no_field": "Remove it, or put a field of MAIL in its place. ",
    "add_column": ", or add the column to MAIL",
    "free_header": " Other data go in a free column, such as “{}”.",
    "free_column": ", or use a free column of MAIL, such as {}",
    "command": " “{}” is a command of another system, which is none here.",
    "nearest_type": " (perhaps {})",
    "processed": ", on {}",
}
"""What a rule's text adds, by the name of the value, when its finding has it."""

MAIL_PROBLEMS: Mapping[str, str] = {
    "none": "it does not exist or has no mail server",
    "null": "it declares that it takes no mail (RFC 7505)",
}
"""Why a domain takes no mail."""

FILE_PROBLEMS: Mapping[str, str] = {
    "ENOENT": "there is no such file",
    "EISDIR": "it is a folder",
    "irregular": "it is no regular file",
    "EACCES": "access is denied",
    "EROFS": "the disk takes no writing",
    "ENOSPC": "the disk is full",
    "ENOTDIR": "there is a file where a folder should be",
    "EEXIST": "there is a file of that name",
    "ELOOP": "it is a symbolic link",
    "other": "the system reports {code}",
}
"""Why a file cannot be read, by the name of the system's error where it has one."""

BOUNCE_REASONS: Mapping[str, str] = {
    "user-unknown": "the address does not exist",
    "domain-unknown": "the domain does not exist",
    "bad-address": "the address is not valid",
    "mailbox-full": "the mailbox is full",
    "mailbox-disabled": "the mailbox is disabled",
    "moved": "the recipient has moved to another address",
    "unreachable": "the recipient's server is away",
    "expired": "the time allowed for delivery ran out",
    "spam": "refused as spam",
    "blocked": "the provider blocks our server",
    "authentication": "the sender's authentication failed (SPF, DKIM or DMARC)",
    "rate-limited": "over the provider's rate limit",
    "greylisted": "put off by the provider (greylisting)",
    "policy": "refused by the provider's policy",
    "sender-refused": "the provider refuses the sender",
    "relaying": "the server does not take mail for this domain",
    "too-large": "the message is too large",
    "content": "the content was refused",
    "accents": "the server does not take addresses with accents",
    "loop": "the message went round in circles",
    "system": "the recipient's server failed",
    "other": "no reason was given",
}
"""Why a message came back."""

MACHINE_MARKS: Mapping[str, str] = {
    "gmail-proxy": "Gmail's image proxy",
    "apple-privacy": "Apple Mail Privacy Protection",
    "yahoo-proxy": "Yahoo's image proxy",
    "image-proxy": "a provider's image proxy",
    "scanner": "security scanner",
    "bot": "robot or link preview",
    "program": "program that is no browser",
    "no-agent": "program that does not say what it is",
    "network": "address in a configured network",
    "too-fast": "within seconds of the delivery",
    "all-links": "all links at once",
}
"""Why a machine is suspected behind an open or a click."""

BOUNCE_CLASSES: Mapping[str, str] = {
    "permanent": "permanent",
    "transient": "transient",
}
"""Whether a refusal is for good."""

GUIDE: Mapping[str, str] = {
    "title": "Integration guide: {client}",
    "intro": "How to hand over campaigns and receive the results by your file server.",
    "server": "Your server",
    "address": "Address",
    "directory": "Directory",
    "login_directory": "the login's own directory",
    "user": "User",
    "names": "The three files of each campaign",
    "names_text": "Each campaign is exactly three files without an extension, with the same NAME and date"
    " (YYYYMMDD). The type is in capitals. The NAME is yours: it may have blanks, accents and “_”. The date"
    " is part of the name; when messages go out is said in CONF. A NAME is processed once for a date: choose"
    " another for each campaign. What was refused was not processed: correct the files and upload them under"
    " the same names.",
    "example": "Example",
    "CONF": "the settings: a header and one line",
    "HTML": "the whole message",
    "MAIL": "the contacts: a header and a line for each",
    "form": "CONF and MAIL: text in {encoding}, values separated by “{delimiter}”; a value that has"
    " it stands in quotes. Do not alter the names of the headers; columns that are not required may be"
    " absent.",
    "list": "Who must not be mailed",
    "list_text": "{name}: your own suppression list, with a header “{email}” and one address a line; other"
    " columns are not read. It needs no other file, goes on your list before the triplets beside it, and is"
    " always confirmed by {receipt}. Use a NAME that no triplet has.",
    "conf_columns": "Columns of CONF",
    "mail_columns": "Columns of MAIL",
    "column": "Column",
    "meaning": "What it is",
    "required": "required",
    "fields": "Fields in message and subject",
    "fields_text": "Write {field} where the value of a column of MAIL is to stand; behind the bar, what"
    " stands for an empty one: {fallback}. {opt_out} is the opt-out link, {web_copy} the web copy.",
    "times": "Times and batches",
    "zone": "All times are of {zone}.",
    "collect": "Files are collected every hour, on the hour. An incomplete campaign waits; after"
    " {hours:1 hour|# hours} we tell you what is missing.",
    "fragments": "A campaign goes out in batches of up to {contacts:1 contact|# contacts}: the first at the"
    " hour you ask for, then a batch every {hours} h.",
    "at_once": "A campaign goes out at once.",
    "window": "Messages go out at these hours only: {window}.",
    "answers": "Answers beside your files",
    "file": "File",
    "ERRO": "what stood in the way, line by line, and how to correct it; gone when the files are corrected",
    "RECIBO": "what was accepted: counts, batches and the day of the results",
    "SITUACAO": "what became of each line of MAIL, with the results",
    "results": "The six result files",
    "results_text": "Published {days:1 day|# days} after the last batch, always six, with the same NAME and"
    " date.",
    "ABERTURA": "all opens, a line for each",
    "ABERTURAUNICA": "the first open of each contact",
    "CLIQUE": "all clicks, a line for each",
    "CLIQUEUNICO": "the first click of each contact",
    "RETORNADO": "the contacts whom the message did not reach, and why",
    "CANCELADO": "the contacts who opted out",
    "columns": "Columns",
    "reasons": "Reasons in RETORNADO",
    "check": "Before you upload",
    "check_text": "mpftp validate FOLDER checks the three files on your computer. Models are in"
    " modelos/entrada; examples of what you receive, in modelos/retorno (RECIBO and SITUACAO of a"
    " campaign only if so agreed). Notepad adds .txt, unless the name is saved in quotes.",
    "questions": "Questions",
    "questions_text": "Whatever is unclear or goes wrong, ask {support}.",
    "check_windows": "On Windows, with Python and the package of mpftp that we give you, it takes two lines"
    " at the command prompt:",
}
"""The guide for one client: headings, sentences, and what each file is."""

GUIDE_COLUMNS: Mapping[str, str] = {
    "assunto": "subject of the message",
    "remetente_nome": "name of the sender, the same for all contacts",
    "remetente_email": "e-mail address of the sender",
    "responder_para": "address that gets the replies",
    "pasta": "folder in which we keep the message, a name of your choice",
    "datahora_envio": "when to send: YYYY-MM-DD HH:MM or DD/MM/YYYY HH:MM; empty: now",
    "ganalytics": "name of the campaign in Google Analytics",
    "texto": "the message as plain text",
    "email": "e-mail address",
    "uidcli": "your own code of the contact",
    "nome": "name, as it is to stand in the message",
    "sexo": "M or F",
    "data_nascimento": "date of birth: YYYY-MM-DD or DD/MM/YYYY",
    "telefone": "telephone",
    "celular": "mobile telephone",
    "endereco": "street and number",
    "bairro": "quarter",
    "cidade": "city",
    "estado": "state, two letters",
    "cep": "postal code",
    "livre": "livre1 to livre50: whatever you like",
}
"""What a column of CONF or MAIL holds, by our name of it."""

GUIDE_SAMPLE: Mapping[str, str] = {
    "name": "MyCampaign",
    "subject": "News for you",
    "sender": "Example Shop",
    "folder": "News",
    "web_copy": "See it on the web",
    "greeting": "Hello, {name}!",
    "fallback": "customer",
    "offer": "See what is new",
    "opt_out": "Unsubscribe",
}
"""The triplet that the guide brings as a model."""

REPORT: Mapping[str, str] = {
    "title": "Campaign results",
    "sent_between": "Campaign {name}, sent from {first} to {last}",
    "not_sent": "Campaign {name}, not sent yet",
    "sent": "Sent",
    "delivered": "Delivered",
    "opened": "Opened",
    "clicked": "Clicked",
    "came_back": "Came back",
    "opted_out": "Unsubscribed",
    "complained": "Reported as spam",
    "of_tried": "{share} of those tried",
    "of_delivered": "{share} of those delivered",
    "of_lines": "of 1 line of MAIL|of {n} lines of MAIL",
    "hours": "Opens by hour",
    "chart": "Bar chart: opens by hour; the hour with the most opens is {peak}, with {most}.",
    "bar": "{hour}: {opens}, {marked}; {clicks}",
    "people": "opens by people",
    "machines": "automatic opens",
    "later": "After that, from {start} on: {opens} and {clicks}.",
    "opens_counted": "1 open|{n} opens",
    "marked_counted": "1 automatic|{n} automatic",
    "clicks_counted": "1 click|{n} clicks",
    "people_opened": "1 contact opened|{n} contacts opened",
    "people_clicked": "1 clicked|{n} clicked",
    "links": "Top links",
    "link": "Link",
    "clicks": "Clicks",
    "contacts": "Contacts",
    "returned": "Why messages came back",
    "unsent": "To whom nothing was sent, and why",
    "share": "Share",
    "paused": "Sending was stopped: {reason}.",
    "cancelled": "Sending was cancelled: {reason}.",
    "support": "Questions: {support}",
    "reason": "Reason",
    "class": "Kind",
    "automatic": "Automatic opens and clicks",
    "automatic_note": "Mail providers and security systems open messages and follow links, too. Without them:"
    " {opens} ({open_share}) and {clicks} ({click_share}).",
    "why": "Why it looks automatic",
    "kind": "Event",
    "events": "Events",
    "open": "open",
    "click": "click",
    "inferred": "1 contact clicked and was never seen to open."
    "|{n} contacts clicked and were never seen to open.",
    "nothing": "No opens so far.",
    "made": "Made on {at}. Times of {zone}.",
    "time": "%Y-%m-%d %H:%M",
    "day": "%Y-%m-%d",
    "hour": "%m-%d %Hh",
    "separators": ",.",
}
"""The report's page for the client; ``separators`` are those of thousands and of decimals."""

FINDINGS: Mapping[str, str] = {
    "error": "error",
    "warning": "warning",
    "notice": "notice",
    "remedy": "remedy",
    "more": "and one more, on line {lines}|and {count} more, on lines {lines}",
    "many": "and {count} more",
    "ok": "no problem",
    "refused": "REFUSED",
    "accepted": "accepted",
    "lines": "{n} contact|{n} contacts",
    "valid": "{n} valid",
    "invalid": "{n} invalid",
    "repeated": "{n} repeated",
    "errors": "{n} error|{n} errors",
    "warnings": "{n} warning|{n} warnings",
    "notices": "{n} notice|{n} notices",
    "limit": "errors shown at most: {most} (--max-errors)",
}
"""The frame around findings."""

FIXES: Mapping[str, str] = {
    "same": "unchanged",
    "unsettled": "unchanged: each correction would call for another; first correct by hand what is found",
    "marked": "a mark (BOM) put at the start, which says that it is UTF-8",
    "ended": "the end of the last line added",
    "cleaned": "marks (BOM) or NULs removed",
    "encoding": "encoding: {old} → UTF-8",
    "ends": "line ends: {old} → LF",
    "counts": "lines corrected: {changed}, dropped: {dropped}",
    "more": "… and {count} more (--all shows all)",
}
"""What ``--fix`` changed in a file."""

USAGE: Mapping[str, str] = {
    "usage": "Usage: {command} [OPTIONS] [FOLDER OR FILE]...",
    "help": "Help: {command} --help",
    "error": "Error: {message}",
    "unknown": "there is no option {option}",
    "nearest": "there is no option {option}; did you mean {nearest}?",
    "needs_value": "the option {option} needs a value",
    "no_value": "the option {option} takes no value",
    "choice": "{option}: choose one of {choices}",
    "number": "{option}: write a whole number, {least} or greater",
    "range": "{option}: write a whole number from {least} to {most}",
    "exists": "there is no file or folder {path}",
    "file": "{path} is a folder; write the name of a file",
    "folder": "{path} is a file; write the name of a folder",
    "encoding": "{option}: write an encoding such as utf-8 or windows-1252",
    "delimiter": "{option}: write one character, or tab",
    "now": "{option}: write a moment such as 2026-03-01T09:00:00-03:00",
    "unsafe": "--unsafe-fixes does nothing without --fix FOLDER",
    "client": "--client checks and nothing else: it goes without a folder, --fix and --preview",
    "unwritable": "cannot write {path}: {problem}",
    "unreadable": "cannot read {path}: {problem}",
    "no_place": "there is no such place",
    "no_rule": "no rule is called '{rule}'; see mpftp validate --list-rules",
    "nearest_rule": "no rule is called '{rule}'; did you mean {nearest}? See mpftp validate --list-rules",
    "originals": "{path}: the originals are here; choose another folder for the corrected copies",
    "no_dns": "DNS does not answer; try later, or without --check-dns",
}
"""What is wrong with the command line of ``validate``, and with the place of what it writes."""

HELP: Mapping[str, str] = {
    "command": "Check triplets: folders (with their subfolders) or the three files; default: this folder.",
    "format": "Form of the report.",
    "lang": "Language of the report; default: the locale's.",
    "all": "Show every finding, not the first of each group.",
    "select": "Check only these rules or beginnings (MAIL, CONF004, DEFAULT, ALL).",
    "ignore": "Leave out these rules or beginnings.",
    "severity": "Show nothing below this severity.",
    "max-errors": "Show N errors at most; 0: no limit.",
    "client": "Check what lies on this client's server now; nothing is collected.",
    "profile": "Check by this profile of the configuration.",
    "encoding": "Of the files, instead of recognising it.",
    "delimiter": "Between fields, instead of recognising it; tab is written so.",
    "jobs": "Number of processes for a large MAIL file (0: automatic).",
    "check-dns": "Ask DNS which domains take no mail.",
    "fix": "Write corrected copies into FOLDER, where no originals are looked for, and check those.",
    "unsafe-fixes": "With --fix: also fix probable typos.",
    "preview": "Show the message of contact N as it would be sent, and end.",
    "preview-html": "Write its HTML (of contact 1 without --preview) to FILE.",
    "list-rules": "List all rules and end.",
    "explain": "Explain one rule and end.",
    "config": "The configuration file.",
    "now": "Use this time instead of the current time (for tests).",
    "verbose": "Log each event; -vv also the dialogue with servers.",
    "log-file": "Log to this file.",
    "log-format": "One line an event, as text or as JSON.",
    "help": "Show this help and end.",
    "options": "Options",
    "default": "default: {value}",
    "CHAR": "CHAR",
    "FILE": "FILE",
    "FOLDER": "FOLDER",
    "MOMENT": "MOMENT",
    "N": "N",
    "NAME": "NAME",
    "PATH": "PATH",
    "RULE": "RULE",
    "RULES": "RULES",
    "TEXT": "TEXT",
    "exits": "Exit codes: 0 nothing would be refused; 1 something would be, or failed; 2 usage error;"
    " 75 temporary failure; 78 configuration or state file cannot be used.",
}
"""The help of ``validate``: its options by their names, what stands for values, headings."""

NO_PREVIEW: Mapping[str, str] = {
    "one": "a preview is of one triplet; name its folder",
    "settings": "the CONF file cannot be used",
    "html": "the HTML file cannot be used",
    "mail": "the MAIL file cannot be used",
    "contact": "the MAIL file has no contact {number}",
    "state": "contact {number} is not valid",
    "fields": "the message has merge fields that cannot be filled; without --preview, validate names them",
}
"""Why a message cannot be shown."""

PREVIEW: Mapping[str, str] = {"links": "Links", "text": "Text"}
"""Titles of the preview's parts."""

RULE_WORDS: Mapping[str, str] = {
    "error": "error",
    "warning": "warning",
    "notice": "notice",
    "optional": "optional",
    "triplet": "refuses the triplet",
    "contact": "refuses the line's contact only",
    "remedy": "Remedy",
    "example": "Example",
    "why": "Why",
    "headers": "Accepted headers",
    "safe": "--fix corrects it",
    "unsafe": "--unsafe-fixes corrects it",
    "some": "--fix corrects some",
    "manual": "Manual",
}
"""The frame around the catalogue of rules."""

PAGES: Mapping[str, Mapping[str, str]] = {
    "ask": {
        "title": "Unsubscribe",
        "text": "Do you want to stop receiving e-mails {of}?",
        "button": "Yes, unsubscribe me",
        "note": "If you want to keep receiving them, just close this page: nothing will change.",
    },
    "done": {
        "title": "You are unsubscribed",
        "text": "You will not receive any more e-mails {of}.",
        "note": "A message that was already on its way may still arrive.",
    },
    "trial": {
        "title": "Test message",
        "text": "This link belongs to a test message and changes nothing. In the real message, it is here"
        " that a person stops receiving e-mails {of}.",
    },
    "later": {
        "title": "Please try again in a moment",
        "text": "Your request could not be answered just now. Reload this page in a little while.",
    },
    "gone": {
        "title": "This page is no longer available",
        "text": "The message that this link belongs to has been removed.",
    },
    "broken": {
        "title": "Incomplete link",
        "text": "This link is incomplete or does not exist. Please open it again from the message,"
        " all of it.",
    },
}
"""The tracker's pages; ``{of}`` says whose e-mails a page is about."""

PAGE_WORDS: Mapping[str, str] = {
    "support": "Questions: {}",
    "sender": "from {}",
    "unknown": "from this sender",
}
"""Whom a page's reader may ask, and whose e-mails it is about."""

JUDGEMENT_RULES: Mapping[str, str] = {
    "transient": "the refusal is transient",
    "step": "the server refused before it knew the recipient",
    "data": "our relay took the recipient, and refused to take a message",
    "sender-status": "the status speaks of the sender",
    "ours": "the refusal speaks of us",
    "own-relay": "our own relay refused it",
    "passing": "the words say that it may pass",
    "table": "by the reason",
}
"""Why a bounce suppresses its address, or spares it: by the rule that decided."""

OPT_OUT_SOURCES: Mapping[str, str] = {
    "link": "opt-out link in the message",
    "one-click": "unsubscribe button of the mail program",
    "mailto": "reply by e-mail",
    "complaint": "reported as spam",
}
"""``origem``: by which way a contact opted out."""

STOP_REASONS: Mapping[str, str] = {
    "relay": "the sending server is in trouble",
    "failures": "too many messages were refused",
    "restored": "the system was restored from a copy",
    "past": "the time to send was long past",
    "paused by the operator": "by the operator",
    "cancelled by the operator": "by the operator",
    "": "by the operator",
}
"""Why a campaign was stopped, for its client: by the word that a hold's reason begins with, or all of it."""

UNSENT_REASONS: Mapping[str, str] = {
    "unsent": "not sent",
    "invalid": "the address is not valid",
    "opted-out": "opted out before",
    "bounced": "bounced before",
    "complained": "reported spam before",
    "operator": "blocked by the operator",
    "cancelled": "the campaign was cancelled",
    "stopped": "the campaign was stopped",
    "in-doubt": "delivery in doubt",
}
"""Why nothing went to a contact, and the class that says so (``unsent``)."""

SITUATIONS: Mapping[str, str] = {
    "enviado": "sent",
    "devolvido": "returned",
    "adiado": "deferred",
    "aguardando": "waiting",
    "recusado": "refused",
    "repetido": "repeated",
    "suprimido": "suppressed",
    "cancelado": "cancelled",
    "incerto": "in doubt",
    "esquecido": "forgotten",
}
"""What became of a line of MAIL."""

RECEIPT: Mapping[str, str] = {
    "head": "item;value;contacts",
    "received": "received at",
    "sha256": "SHA-256 of {file}",
    "lines": "lines read",
    "accepted": "contacts accepted",
    "repeated": "contacts repeated",
    "invalid": "contacts refused",
    "suppressed": "contacts suppressed (opted out or undeliverable)",
    "fragment": "batch {number} of {count}",
    "results": "results will be published (planned)",
    "list_added": "addresses added to the suppression list",
    "list_known": "addresses that stood on the list before, or repeated",
    "list_invalid": "lines without a valid address",
    "support": "support",
}
"""What RECIBO says: its header line, and what each of its lines is."""

ERROR_FILE: Mapping[str, str] = {
    "head": "file;line;column;rule;problem;remedy",
    "more": "{count} more of the same problem",
}
"""What ERRO says: its header line, and what stands for findings beyond those that it lists."""

NOTICES: Mapping[str, str] = {
    "sender": "mpftp (automatic message)",
    "refused": "refused",
    "accepted": "accepted",
    "finished": "sent",
    "cancelled": "cancelled",
    "paused": "stopped",
    "published": "results published",
    "refused_body": "The triplet {name} of {date} was refused. Correct the files and upload them again.",
    "error_file_body": "The file {file} on the server has the whole list.",
    "unreadable": "files with wrong names",
    "unreadable_body": "On the server there are files that belong to no triplet and will not be read.",
    "accepted_body": "The triplet {name} of {date} was accepted: {contacts} of {lines}, in {fragments}.",
    "first_body": "Sending begins at {first}.",
    "suppressed": "1 contact does not get the message|{count} contacts do not get the message",
    "suppressed_body": "{suppressed}: opted out, bounced or blocked before.",
    "finished_body": "The triplet {name} of {date} was finished at {at}: {sent}, {failed}.",
    "cancelled_body": "The triplet {name} of {date} was cancelled at {at} ({reason}): {sent}, {failed},"
    " {cancelled}.",
    "paused_body": "The triplet {name} of {date} has been stopped since {at} ({reason}): {sent}, {failed},"
    " {waiting}.",
    "published_body": "The results of the triplet {name} of {date} are on the server:",
    "published_paused": "Sending is stopped ({reason}); if it goes on, the files are published again.",
    "published_cancelled": "Sending was cancelled ({reason}).",
    "about": "Client {client}, folder {folder}, subject “{subject}”.",
    "support": "Questions: {support}",
    "further": "and {count} more",
    "contacts": "1 contact|{count} contacts",
    "lines": "1 line|{count} lines",
    "fragments": "1 batch|{count} batches",
    "sent": "1 message sent|{count} messages sent",
    "failed": "1 refused|{count} refused",
    "cancelled_count": "1 not sent|{count} not sent",
    "waiting": "1 waiting|{count} waiting",
    "problems": "1 problem|{count} problems",
    "time": "%Y-%m-%d %H:%M",
    "day": "%Y-%m-%d",
}
"""Short e-mails to a client: what happened, sentence by sentence, and how counts and times are written."""

MESSAGE: Mapping[str, str] = {
    "opt_out": "To stop these messages: ",
    "trial": "[TEST] ",
}
"""What a campaign's message gets from us: the opt-out of a text part, and a trial's mark in the subject."""
