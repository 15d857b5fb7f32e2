#!/usr/bin/env python3
"""Write the manual pages, and the README's table of commands, from the program itself.

Run it after a change of commands, options or settings; a test compares its output with the pages.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from mpftp.adapters.config.model import ClientTable, Config
from mpftp.adapters.config.profiles import ProfileTable
from mpftp.adapters.config.sample import format_limits, iter_settings
from mpftp.cli import COMMANDS, main
from mpftp.cli.context import common_options
from mpftp.domain.bounces.judgement import TABLE, Judgement
from mpftp.domain.bounces.reasons import reason_text
from mpftp.domain.profile import CONF_FIELDS, CONF_REQUIRED, MAIL_FIELDS, MAIL_REQUIRED, RESULT_COLUMNS
from mpftp.domain.texts import OPERATOR_LANGUAGE, languages, texts
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

EXITS = (
    ("0", "All is well."),
    ("1", "Something was refused or failed, and is named on standard error."),
    ("2", "Usage error."),
    ("75", "Temporary failure: locked by another run, or a server is unavailable. The next run goes on."),
    ("78", "The configuration or the state file cannot be used."),
)


def command_page() -> str:
    """mpftp(1)."""
    lines = [
        *title("MPFTP", 1),
        ".SH NAME",
        r"mpftp \- e\-mail campaigns that clients hand over by FTP",
        ".SH SYNOPSIS",
        r".B mpftp",
        r"[\fB\-\-version\fR] [\fB\-\-help\fR] \fICOMMAND\fR [\fIOPTIONS\fR]",
        ".SH DESCRIPTION",
        *prose(inspect.cleandoc(main.help or "").partition("\n\n")[2]),
        ".PP",
        "Each command reads and writes the state file only, and can be run alone, twice, or in another",
        "order, without harm. Standard output stays empty unless it is a terminal or something was asked.",
        ".SH COMMANDS",
    ]
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        assert command is not None
        lines += list(command_section(f"mpftp {name}", command))
    lines += [".SH COMMON OPTIONS", "Every command that uses the configuration takes these."]
    for option in common_parameters():
        lines += list(option_lines(option))
    lines += [".SH EXIT STATUS"]
    for code, meaning in EXITS:
        lines += [".TP", f".B {code}", escape(meaning)]
    lines += [
        ".SH ENVIRONMENT",
        *item("MPFTP_CONFIG", "The configuration file, when \\-\\-config is not given."),
        *item("MPFTP_NOW", "The present moment, when \\-\\-now is not given; for tests and demonstrations."),
        ".SH SHELL COMPLETION",
        r"For bash, in ~/.bashrc: \fBeval \(dq$(_MPFTP_COMPLETE=bash_source mpftp)\(dq\fR;",
        "for zsh and fish zsh_source and fish_source.",
        ".SH FILES",
        *item("/etc/mpftp/mpftp.toml", "The configuration, else ~/.config/mpftp/mpftp.toml."),
        *item("/var/lib/mpftp/state.db", "The state file, unless the configuration says otherwise."),
        ".SH SEE ALSO",
        r".BR mpftp\-validate (1),",
        ".BR mpftp.toml (5),",
        r".BR mpftp\-triplet (5),",
        ".BR crontab (5),",
        ".BR systemd.timer (5)",
    ]
    return "\n".join(lines) + "\n"


def command_section(name: str, command: click.Command) -> Iterator[str]:
    """One command, or each command of a group."""
    context = click.Context(command, info_name=name)
    if isinstance(command, click.Group):
        yield f".SS {escape(name)}"
        yield from prose(command.help or "")
        for inner in command.list_commands(context):
            below = command.get_command(context, inner)
            assert below is not None
            yield from command_section(f"{name} {inner}", below)
        return
    common = {option.name for option in common_parameters()}
    usage = " ".join(part for parameter in command.params for part in arguments(parameter))
    yield f".SS {escape(f'{name} [OPTIONS] {usage}'.rstrip())}"
    yield from prose(command.help or "")
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name not in common | {"help"}:
            yield from option_lines(parameter)


def arguments(parameter: click.Parameter) -> Iterator[str]:
    """How an argument is written in a synopsis."""
    if isinstance(parameter, click.Argument):
        yield parameter.make_metavar(click.Context(click.Command("x")))


def common_parameters() -> list[click.Option]:
    """The options that ``common_options`` adds."""

    @click.command()
    @common_options
    def probe() -> None:
        """Nothing."""

    return [parameter for parameter in probe.params if isinstance(parameter, click.Option)]


def option_lines(option: click.Option) -> Iterator[str]:
    """One option: its names, its value, its meaning."""
    names = ", ".join(rf"\fB{escape(name)}\fR" for name in (*option.opts, *option.secondary_opts))
    value = "" if option.is_flag or option.count else option.make_metavar(click.Context(click.Command("x")))
    yield ".TP"
    yield f"{names} {rf'{chr(92)}fI{escape(value)}{chr(92)}fR' if value else ''}".rstrip()
    yield escape(option.help or "")


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
    lines += [".SH SEE ALSO", ".BR mpftp (1)"]
    return "\n".join(lines) + "\n"


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
    "remetente_nome": "The sender's name.",
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
    return "\n".join(lines) + "\n"


def field_lines(name: str, required: frozenset[str]) -> list[str]:
    """A field of CONF or MAIL and what it is for."""
    return [".TP", rf"\fB{escape(name)}\fR{' (required)' if name in required else ''}", escape(FIELDS[name])]


def rules_page() -> str:
    """mpftp-validate(1): the report as JSON, and every rule in both languages."""
    schema = json.loads((FOLDER.parent / "mpftp/cli/views/report.schema.json").read_text("utf-8"))
    lines = [
        *title("MPFTP-VALIDATE", 1),
        ".SH NAME",
        r"mpftp\-validate \- the rules that triplets are checked by",
        ".SH SYNOPSIS",
        r".B mpftp validate",
        r"[\fIOPTIONS\fR] [\fIPATHS\fR]",
        ".SH DESCRIPTION",
        "The options are in",
        ".BR mpftp (1).",
        "An error refuses the triplet, or only the contact of its line where a rule says so; warnings and",
        "notices refuse nothing. Texts show a typical case.",
        ".SH PYTHON",
        "A program can check before it uploads:",
        ".nf",
        "from mpftp import message, remedy, validate_triplet",
        r'report = validate_triplet("outbox")',
        "for finding in report:",
        r'    print(finding.file, finding.line, finding.rule, message(finding, "pt_BR"))',
        ".fi",
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
    return "\n".join(lines) + "\n"


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
        ".SH SEE ALSO",
        ".BR mpftp (1),",
        ".BR mpftp.toml (5),",
        ".BR mpftp\\-triplet (5)",
    ]
    return "\n".join(lines) + "\n"


FIXES = {
    "safe": "--fix mends it",
    "unsafe": "--unsafe-fixes mends it",
    "some": "--fix mends what needs no guess",
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


def title(name: str, section: int) -> list[str]:
    """The head of a page."""
    return [rf".\" Made by man/generate.py from mpftp {__version__}; do not edit.", f".TH {name} {section}"]


def item(term: str, meaning: str) -> list[str]:
    """A term and its meaning."""
    return [".TP", f".B {escape(term)}", meaning]


def prose(text: str) -> Iterator[str]:
    """Paragraphs of a docstring."""
    for number, paragraph in enumerate(inspect.cleandoc(text).split("\n\n")):
        if number:
            yield ".PP"
        plain = " ".join(paragraph.replace("\b", "").split())
        yield re.sub(
            r"`([^`]+)`", r"\\fB\1\\fR", escape(re.sub(r"\*(\w+)\*", r"\1", plain.replace("``", "`")))
        )


def escape(text: str) -> str:
    """*text* as roff takes it literally."""
    plain = " ".join(text.split()).replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{plain}" if plain.startswith((".", "'")) else plain


def readme(text: str) -> str:
    """The README *text* with its table of commands as the program has them.

    What a row says of a known command stays; its options, and rows of new commands, are made.
    """
    head, rest = text.split(TABLE_HEAD)
    rows, _, tail = rest.partition("\n\n")
    said = dict(re.findall(r"^\| `mpftp (\S+)` \| (.*?) \|", rows, re.MULTILINE))
    lines = [
        f"| `mpftp {name}` | {said.get(name) or COMMANDS[name].rstrip('.')} | {own_options(name)} |"
        for name in COMMANDS
    ]
    return head + TABLE_HEAD + "\n".join(lines) + "\n\n" + tail


def own_options(name: str) -> str:
    """The options of a command, or of those of a group, but for the common ones."""
    common = {option.name for option in common_parameters()}
    found = [
        f"`{parameter.opts[0] if parameter.opts[0].startswith('--') else parameter.opts[-1]}`"
        for command in leaves(name)
        for parameter in command.params
        if isinstance(parameter, click.Option) and parameter.name not in common | {"help"}
    ]
    return ", ".join(dict.fromkeys(found))


def leaves(name: str) -> list[click.Command]:
    """The commands that are run under one name: itself, or those of a group."""
    context = click.Context(main)
    command = main.get_command(context, name)
    assert command is not None
    if not isinstance(command, click.Group):
        return [command]
    return [inner for one in command.list_commands(context) if (inner := command.get_command(context, one))]


TABLE_HEAD = "| command | does | options of its own |\n| --- | --- | --- |\n"
PAGES = {
    "mpftp.1": command_page,
    "mpftp-validate.1": rules_page,
    "mpftp.toml.5": settings_page,
    "mpftp-triplet.5": triplet_page,
    "mpftp-bounces.7": bounces_page,
}

if __name__ == "__main__":
    for file, page in PAGES.items():
        (FOLDER / file).write_text(page(), "utf-8")
    README = FOLDER.parent / "README.md"
    README.write_text(readme(README.read_text("utf-8")), "utf-8")
