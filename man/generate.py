#!/usr/bin/env python3
"""Write the manual pages, and the README's table of commands, from the program itself.

Run it after a change of commands, options or settings; a test compares its output with the pages.
"""

from __future__ import annotations

import functools
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from command_pages import (
    command_head,
    command_page,
    command_tail,
    common_parameters,
    exit_lines,
    lowered,
    option_lines,
    schema_lines,
)
from roff import escape, item, prose, render_page, see_also, title

from mpftp.adapters.config.model import ClientTable, Config
from mpftp.adapters.config.profiles import ProfileTable
from mpftp.adapters.config.sample import format_limits, iter_settings
from mpftp.cli import COMMANDS, main
from mpftp.domain.bounces.judgement import TABLE, Judgement
from mpftp.domain.bounces.reasons import reason_text
from mpftp.domain.profile import CONF_FIELDS, CONF_REQUIRED, MAIL_FIELDS, MAIL_REQUIRED, RESULT_COLUMNS
from mpftp.domain.texts import DEFAULT_LANGUAGE, OPERATOR_LANGUAGE, languages, texts
from mpftp.domain.triplets.rule_examples import example_values
from mpftp.domain.triplets.rules import RULES, Rule
from mpftp.version import __version__

OTHER_LANGUAGES = [language for language in languages() if language != OPERATOR_LANGUAGE]

BOUNCES_TEXT = """\
One judgement decides, for replies at sending time and for reports that come later, whether an address is
mailed again. It asks whose trouble a refusal tells of: the reader's mailbox, our own account, server or
sender, the message, or a server on the way; and at which step of SMTP it came. Only words about the mailbox
or its domain suppress at once. Opt-outs and complaints always do.

What may pass is counted by client and address: after `repeated_bounces` campaigns over at least
`repeated_bounces_days` days without an open or a click between, the address is suppressed. `mpftp suppress
list --counted` shows who is counted; an open or a click that no machine is suspected of starts anew.

Words never decide against a crowd. Refusals are alike when code and words agree without addresses, names,
numbers and identifiers. A run of alike refusals over two or more domains, with nothing accepted since its
first, holds the campaign when it reaches 20, or when it has 3 and nothing more is to be sent; where
something was accepted before, it must be unlikely at the campaign's own rate of refusals. The campaign is
paused with a reason that begins with relay, its messages wait again, and nobody is suppressed. `mpftp
campaign retry` goes on when the relay is well. Until an acceptance closes a run its suppressions wait. Alike
reports on three domains that make a fifth of a campaign's messages suppress nobody, either, and what the
first of them did is taken back.

People and their programs make no bounces: replies, absences, challenges, digests and delays are read as what
they are, and lines that they quote are not read. A request to be mailed no more counts when it comes from
the contact. What nobody can place waits for `mpftp bounces --review`.

`mpftp suppress explain ADDRESS` tells why an address is or is not mailed. `mpftp suppress review` judges the
entries of earlier versions again and, with --apply, lifts those that would not be made today."""

FOLDER = Path(__file__).parent

TABLES = {
    "": Config,
    "clients.NAME": ClientTable,
    "profiles.NAME": ProfileTable,
}


def overview_page() -> str:
    """mpftp(1)."""
    lines = [
        *title("MPFTP", 1),
        ".SH NAME",
        r"mpftp \- e\-mail campaigns that clients hand over by FTP",
        ".SH SYNOPSIS",
        r"\fBmpftp\fR [\fB\-\-version\fR] [\fB\-\-help\fR] \fICOMMAND\fR [\fIOPTIONS\fR]",
        ".SH DESCRIPTION",
        *prose(inspect.cleandoc(main.help or "").partition("\n\n")[2]),
        ".PP",
        "Each command reads and writes the state file only, and can be run alone, twice, or in another",
        "order, without harm. Standard output stays empty unless it is a terminal or something was asked.",
        r"Names of commands, clients and campaigns that are almost right are answered by the nearest one.",
        ".SH COMMANDS",
        "Each has a page of its own.",
    ]
    for name, meaning in COMMANDS.items():
        lines += [".TP", rf"\fBmpftp\-{escape(name)}\fR(1)", escape(meaning)]
    lines += [".SH COMMON OPTIONS", "Every command that uses the configuration takes these."]
    for option in common_parameters():
        lines += list(option_lines(option))
    lines += [
        *schema_lines("LOG AS JSON", "log.schema.json"),
        ".SH EXIT STATUS",
        *exit_lines(),
        ".SH ENVIRONMENT",
        *item("MPFTP_CONFIG", r"The configuration file, when \-\-config is not given."),
        *item("MPFTP_NOW", r"The present moment, when \-\-now is not given; for tests and demonstrations."),
        ".SH SHELL COMPLETION",
        "Files for bash, zsh and fish are installed in share/ of the prefix, where pipx and these shells",
        r"look for them. Elsewhere, for bash, in ~/.bashrc:",
        r"\fBeval \(dq$(_MPFTP_COMPLETE=bash_source mpftp)\(dq\fR;",
        "for zsh and fish zsh_source and fish_source.",
        ".SH FILES",
        *item("/etc/mpftp/mpftp.toml", "The configuration, else ~/.config/mpftp/mpftp.toml."),
        *item("/var/lib/mpftp/state.db", "The state file, unless the configuration says otherwise."),
        *see_also([*other_pages(), "crontab(5)", "systemd.timer(5)"]),
    ]
    return render_page(lines)


def other_pages() -> list[str]:
    """The pages in sections 5 and 7, in their order."""
    made = {name for name in PAGES if name[-1] in "57" and "/" not in name}
    files = made | {path.name for path in FOLDER.glob("*.[57]")}
    return [f"{file[:-2]}({file[-1]})" for file in sorted(files, key=lambda file: (file[-1], file))]


def settings_page() -> str:
    """mpftp.toml(5)."""
    lines = [
        *title("MPFTP.TOML", 5),
        ".SH NAME",
        r"mpftp.toml \- configuration of mpftp",
        ".SH DESCRIPTION",
        "One TOML file. Unknown settings are errors; every error is told with its line and the nearest",
        "known name. Relative paths count from the file's own directory. A file that holds a password should",
        "have mode 0600; better, name an environment variable, a file, or a systemd credential that has it.",
        ".PP",
        r"\fBmpftp init\fR writes a file with every setting and its default.",
    ]
    table = None
    for path, info in iter_settings():
        owner, _, name = path.rpartition(".")
        if owner != table:
            table = owner
            lines += [f".SH {escape(heading(owner))}", *prose(doc_of(owner))]
        lines += [".TP", rf"\fB{escape(name)}\fR {escape(default_of(info))}".rstrip(),
                  escape(f"{info.description or ''} {format_limits(info)}")]  # fmt: skip
    lines += see_also(["mpftp(1)", "mpftp-init(1)", "mpftp-config(1)", "mpftp-client(1)"])
    return render_page(lines)


def heading(owner: str) -> str:
    """The title of a table's section."""
    return f"TABLE [{owner}]" if owner else "TOP OF THE FILE"


def doc_of(owner: str) -> str:
    """What a table's model says of itself."""
    for prefix, model in sorted(TABLES.items(), key=lambda entry: -len(entry[0])):
        if owner == prefix:
            return inspect.cleandoc(model.__doc__ or "")
        if owner.startswith(f"{prefix}." if prefix else ""):
            return inspect.cleandoc(_inner(model, owner.removeprefix(f"{prefix}.")).__doc__ or "")
    return ""


def _inner(model: type, name: str) -> type:
    annotation = str(model.model_fields[name].annotation)  # type: ignore[attr-defined]
    found = re.search(r"(mpftp\.adapters\.config\.\w+)\.(\w+)", annotation)
    assert found
    return getattr(sys.modules[found[1]], found[2])


def default_of(info) -> str:  # type: ignore[no-untyped-def]
    """`` (required)``, or the default in brackets."""
    if info.is_required():
        return "(required)"
    default = info.get_default(call_default_factory=True)
    if default is None or default in ("", {}, ()):
        return ""
    return f"(default {str(default).lower() if isinstance(default, bool) else default!s})".replace(
        "\r\n", "CR LF"
    )


FIELDS = {
    "assunto": "Subject; may hold merge fields.",
    "remetente_nome": "The sender's name, the same for all contacts.",
    "remetente_email": "The sender's address.",
    "responder_para": "Address for replies.",
    "pasta": "Folder that the message is stored in.",
    "datahora_envio": "When to send, in the client's zone: YYYY-MM-DD HH:MM[:SS] or DD/MM/YYYY HH:MM[:SS];"
    " empty: now.",
    "ganalytics": "Campaign name for Google Analytics, or whole utm_ parameters; added to followed links.",
    "texto": "The plain text part; empty: made from the HTML.",
    "email": "The contact's address.",
    "uidcli": "The client's own number of the contact; comes back in the results.",
}
RESULTS = {
    "ABERTURA": "Every open, one a line.",
    "ABERTURAUNICA": "The first open of each contact.",
    "CLIQUE": "Every click, one a line.",
    "CLIQUEUNICO": "The first click of each contact.",
    "RETORNADO": "Contacts not reached: tipo (permanente, transit\u00f3rio, n\u00e3o enviado), codigo (RFC"
    " 3463), motivo. With returned_includes_unsent = false it holds no contact to whom nothing went.",
    "CANCELADO": "Contacts that opted out or complained; origem says by which way. It is written again when"
    " more of them come in later.",
    "SITUACAO": "With situation_file = true: one line a data line of MAIL (linha), and what became of it"
    " (situacao): enviado, devolvido, adiado, aguardando, recusado (the address is not valid), repetido,"
    " suprimido, cancelado, incerto.",
}


def triplet_page() -> str:
    """mpftp-triplet(5): the text of mpftp-triplet.5.in with the fields and files that there are."""
    rest = [name for name in MAIL_FIELDS if name not in FIELDS and not name.startswith("livre")]
    parts = {
        "@CONF@": [line for name in CONF_FIELDS for line in field_lines(name, CONF_REQUIRED)],
        "@MAIL@": [
            *(line for name in ("email", "uidcli") for line in field_lines(name, MAIL_REQUIRED)),
            *item(", ".join([*rest, "livre1 to livre50"]), "Values for merge fields, as they are."),
        ],
        "@RESULTS@": [
            line
            for kind, columns in RESULT_COLUMNS.items()
            for line in item(kind, escape(f"{RESULTS[kind]} Columns: {', '.join(columns)}."))
        ],
    }
    lines = title("MPFTP-TRIPLET", 5)
    for line in (FOLDER / "mpftp-triplet.5.in").read_text("utf-8").splitlines():
        lines += parts.get(line, [line])
    return render_page(lines)


def clients_page(file: str, name: str, section: int, parts: Mapping[str, Sequence[str]]) -> str:
    """A page for clients in their language: the text of *file* with *parts* in their places."""
    lines = title(name, section)
    for line in (FOLDER / file).read_text("utf-8").splitlines():
        lines += parts.get(line, [line])
    return render_page(lines)


def clients_triplet_page(language: str) -> str:
    """mpftp-triplet(5) in *language*: the fields and files as the guide for a client tells them."""
    say, meanings = texts(language).GUIDE, texts(language).GUIDE_COLUMNS

    def fields(names: Sequence[str], required: frozenset[str]) -> list[str]:
        named = {
            ("livre1 \u2026 livre50" if key == "livre" else key): key for key in names if key in meanings
        }
        marks = dict.fromkeys(required, f" ({say['required']})")
        return [
            line
            for shown, key in named.items()
            for line in item(f"{shown}{marks.get(key, '')}", escape(meanings[key]))
        ]

    parts = {
        "@CONF@": fields(CONF_FIELDS, CONF_REQUIRED),
        "@MAIL@": fields([*MAIL_FIELDS, "livre"], MAIL_REQUIRED),
        "@RESULTS@": [
            line
            for kind, columns in RESULT_COLUMNS.items()
            for line in item(kind, escape(f"{say[kind]}. {say['columns']}: {', '.join(columns)}."))
        ],
    }
    return clients_page(f"{language}/mpftp-triplet.5.in", "MPFTP-TRIPLET", 5, parts)


def clients_rules_page(language: str) -> str:
    """mpftp-validate(1) in *language*: every rule, what is wrong and how to correct it."""
    words, lines = texts(language).RULE_WORDS, list[str]()
    for kind, why in texts(language).RULE_REASONS.items():
        lines += [f".SH {kind}", escape(why)]
        for rule in RULES.values():
            if rule.id.rstrip("0123456789") == kind:
                values = example_values(rule.id)
                marks = [words[rule.severity.value]]
                marks += [words[rule.scope.value]] if rule.severity.value == "error" else []
                marks += [words["optional"]] if rule.optional else []
                marks += [words[rule.fix]] if rule.fix else []
                said = f"{rule.message(language, values)}. {rule.remedy(language, values)}"
                lines += [f".SS {rule.id}", escape(f"({'; '.join(marks)})"), ".PP", escape(said)]
    parts = {"@RULES@": lines, "@WINDOWS@": windows_prompt(rf"--lang {language} C:\campanhas")}
    return clients_page(f"{language}/mpftp-validate.1.in", "MPFTP-VALIDATE", 1, parts)


def windows_prompt(arguments: str) -> list[str]:
    """The lines that install the program and run ``validate`` at a prompt of Windows."""
    lines = (f"py -m pip install mpftp-{__version__}-py3-none-any.whl", f"py -m mpftp validate {arguments}")
    return [".nf", *map(escape, lines), ".fi"]


def field_lines(name: str, required: frozenset[str]) -> list[str]:
    """A field of CONF or MAIL and what it is for."""
    return [".TP", rf"\fB{escape(name)}\fR{' (required)' if name in required else ''}", escape(FIELDS[name])]


def rules_page() -> str:
    """mpftp-validate(1): the command, the report as JSON, and every rule in all languages."""
    schema = json.loads((FOLDER.parent / "mpftp/cli/views/report.schema.json").read_text("utf-8"))
    lines = [
        *command_head("validate"),
        ".SH RULES",
        "An error refuses the triplet, or only the contact of its line where a rule says so; warnings and",
        "notices refuse nothing. The rules are at the end of this page. Texts show a typical case.",
        ".SH PYTHON",
        "A program can check before it uploads:",
        ".PP",
        ".nf",
        "from mpftp import message, remedy, validate_triplet",
        r'report = validate_triplet("outbox")',
        "for finding in report:",
        r'    print(finding.file, finding.line, finding.rule, message(finding, "pt_BR"))',
        ".fi",
        ".SH WINDOWS",
        "Nothing is needed that only Unix has. With Python and the wheel at hand, at a command prompt:",
        ".PP",
        *windows_prompt(r"C:\campaigns"),
        ".PP",
        "The text report uses the characters of the console; JSON, CSV and SARIF are always UTF-8.",
        ".SH JSON",
        escape(schema["description"]),
        "Members of the report, of a triplet, of a group of findings and of a place:",
    ]
    for part in (schema, *(schema["$defs"][name] for name in ("triplet", "group", "place"))):
        for name, member in part["properties"].items():
            lines += item(name, escape(member.get("description", "")))
    for kind, why in texts(OPERATOR_LANGUAGE).RULE_REASONS.items():
        lines += [f".SH {kind}", escape(why)]
        for language in OTHER_LANGUAGES:
            lines += [".PP", escape(texts(language).RULE_REASONS[kind])]
        for rule in RULES.values():
            if rule.id.rstrip("0123456789") == kind:
                lines += rule_lines(rule)
    return render_page([*lines, *command_tail("validate")])


def bounces_page() -> str:
    """mpftp-bounces(7): who is never mailed again, with the judgement's own table."""
    lines = [
        *title("MPFTP-BOUNCES", 7),
        ".SH NAME",
        r"mpftp\-bounces \- who is never mailed again",
        ".SH DESCRIPTION",
        *prose(BOUNCES_TEXT),
        ".SH REASONS",
        "Each reason of a permanent refusal, its text in RETORNADO in Portuguese and English, and whether it",
        "suppresses the address at once, when it repeats, or never.",
    ]
    for judgement in Judgement:
        lines.append(f".SS Suppressed {judgement.value}")
        for reason, decided in TABLE.items():
            if decided is judgement:
                said = "; ".join(reason_text(reason, language) for language in languages())
                lines += item(reason.value, escape(f"{said}."))
    lines += [
        ".SH RULES",
        "A rule that spares an address comes before the table:",
    ]
    for rule, why in texts(OPERATOR_LANGUAGE).JUDGEMENT_RULES.items():
        others = "; ".join(texts(language).JUDGEMENT_RULES[rule] for language in OTHER_LANGUAGES)
        lines += [".PP", escape(f"{why} ({others}).")]
    lines += [
        *see_also(["mpftp-bounces(1)", "mpftp-suppress(1)", "mpftp.toml(5)", "mpftp-triplet(5)"]),
    ]
    return render_page(lines)


FIXES = {
    "safe": "--fix corrects it",
    "unsafe": "--unsafe-fixes corrects it",
    "some": "--fix corrects what needs no guess",
}


def rule_lines(rule: Rule) -> Iterator[str]:
    """One rule, in English and in Portuguese."""
    values = example_values(rule.id)
    scope = f", refuses the {rule.scope.value}" if rule.severity.value == "error" else ""
    marks = [f"{rule.severity.value}{scope}"]
    marks += ["only when selected"] if rule.optional else []
    marks += [FIXES[rule.fix]] if rule.fix else []
    yield f".SS {rule.id}"
    yield escape(f"({'; '.join(marks)})")
    for language in (OPERATOR_LANGUAGE, *OTHER_LANGUAGES):
        yield ".PP"
        yield escape(f"{rule.message(language, values)}. {rule.remedy(language, values)}")


def readme(text: str) -> str:
    """The README *text* with its table of commands as the program has them."""
    head, rest = text.split(TABLE_HEAD)
    tail = rest.partition("\n\n")[2]
    rows = [f"| `mpftp {name}` | {lowered(meaning)} |\n" for name, meaning in COMMANDS.items()]
    return head + TABLE_HEAD + "".join(rows) + "\n" + tail


TABLE_HEAD = "| command | does |\n| --- | --- |\n"
PAGES: dict[str, Callable[[], str]] = {
    "mpftp.1": overview_page,
    **{f"mpftp-{name}.1": functools.partial(command_page, name) for name in COMMANDS},
    "mpftp-validate.1": rules_page,
    "mpftp.toml.5": settings_page,
    "mpftp-triplet.5": triplet_page,
    "mpftp-bounces.7": bounces_page,
    f"{DEFAULT_LANGUAGE}/mpftp-triplet.5": partial(clients_triplet_page, DEFAULT_LANGUAGE),
    f"{DEFAULT_LANGUAGE}/mpftp-validate.1": partial(clients_rules_page, DEFAULT_LANGUAGE),
}

if __name__ == "__main__":
    for file, page in PAGES.items():
        (FOLDER / file).write_text(page(), "utf-8")
    README = FOLDER.parent / "README.md"
    README.write_text(readme(README.read_text("utf-8")), "utf-8")
