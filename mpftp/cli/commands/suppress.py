"""``mpftp suppress``: who must not be mailed."""

from __future__ import annotations

import codecs
import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

import click

from mpftp.cli.context import CommandContext, DateTimeParam, common_options
from mpftp.cli.logs import say
from mpftp.cli.lookup import NearestCommandGroup, unknown_client
from mpftp.domain.addresses import canonical_address
from mpftp.domain.event_log import clean_text
from mpftp.errors import Exit, UsageError

if TYPE_CHECKING:
    from mpftp.adapters.store.suppression import SuppressedAddress

SUPPRESSION_REASONS = ("operator", "client", "opt-out", "bounce", "complaint")
CSV_COLUMNS = ("email", "client", "reason", "at", "source")


@click.group(cls=NearestCommandGroup)
def command() -> None:
    """Manage the suppression list.

    Opt-outs, complaints and addresses that do not exist come onto the list by themselves, and what a
    client uploads as NAME_SUPRESSAO_YYYYMMDD.
    """


def _client_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """The option that says on which list an address stands."""
    return click.option("--client", metavar="NAME", help="This client's list; default: every client's.")(
        function
    )


@command.command()
@click.argument("addresses", metavar="ADDRESS...", nargs=-1, required=True)
@_client_option
@click.option("--note", default="", help="Kept beside the address.")
@common_options
def add(context: CommandContext, addresses: tuple[str, ...], client: str | None, note: str) -> Exit:
    """Add addresses to the suppression list."""
    from mpftp.adapters.store.suppression import SuppressionList

    _require_client(context, client)
    wrong = [address for address in addresses if not _is_address(address)]
    if wrong:
        raise UsageError(f"no e-mail address: {', '.join(wrong)}")
    with context.database() as db:
        rows = ((address, "operator", note) for address in addresses)
        count = SuppressionList(db).add(client, rows, context.clock())
    _print(f"{count} added, {len(addresses) - count} were listed before")
    return Exit.OK


@command.command()
@click.argument("addresses", metavar="ADDRESS...", nargs=-1, required=True)
@_client_option
@common_options
def remove(context: CommandContext, addresses: tuple[str, ...], client: str | None) -> Exit:
    """Take these addresses off the list; exits 1 when one was not on it."""
    from mpftp.adapters.store.suppression import SuppressionList

    _require_client(context, client)
    with context.database() as db:
        gone = SuppressionList(db).remove(client, addresses)
    for address in addresses:
        if address not in gone:
            where = f"of {client}" if client else "of every client"
            hint = f"`mpftp suppress explain {address}` says which lists it is on"
            say(f"{address} is not on the list {where}", hint=hint)
    _print(f"{len(gone)} removed")
    return Exit.OK if len(gone) == len(addresses) else Exit.FAILURE


@command.command("list")
@click.option("--client", metavar="NAME", help="What bars this client; default: everything.")
@click.option(
    "--reason", type=click.Choice(SUPPRESSION_REASONS), help="Only what is suppressed for this reason."
)
@click.option(
    "--counted", is_flag=True, help="Instead, who is not suppressed yet but has bounces that count."
)
@common_options
def list_(context: CommandContext, client: str | None, reason: str | None, counted: bool) -> Exit:
    """List suppressed addresses with client, date and reason."""
    _require_client(context, client)
    if counted:
        return _list_counted(context, client)
    for row in _rows(context, client, reason):
        who = row.client or "every client"
        click.echo(f"{row.email}  {who}  {row.reason}  {row.at:%Y-%m-%d %H:%M}Z  {row.source}".rstrip())
    return Exit.OK


@command.command()
@click.argument("target", type=click.File("w", encoding="utf-8"), default="-")
@click.option("--client", metavar="NAME", help="What bars this client; default: everything.")
@click.option("--shared", is_flag=True, help="Only the list that bars every client.")
@click.option("--since", type=DateTimeParam(), help="Only what came onto the list at this time or later.")
@common_options
def export(
    context: CommandContext, target: IO[str], client: str | None, *, shared: bool, since: datetime | None
) -> Exit:
    """Write the list as CSV, to a file or standard output; `import` reads it back.

    Between states that share a list for every client, export with --shared --since the last time and
    import on the others. Forgotten persons are left out: their hash means nothing to another state.
    """
    _require_client(context, client)
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for row in _rows(context, client, None):
        if row.is_forgotten or (shared and row.client) or (since and row.at < since):
            continue
        at = row.at.isoformat(timespec="seconds")
        writer.writerow([row.email, row.client, row.reason, at, clean_text(row.source)])
    return Exit.OK


def _list_counted(context: CommandContext, client: str | None) -> Exit:
    """One line an address: how many campaigns it bounced in, since when, and what was said last."""
    from mpftp.adapters.store.judgements import JudgementStore

    most = context.config.bounces.repeated_bounces
    with context.database(read_only=True) as db:
        for row in JudgementStore(db).counted(client):
            span = f"{row.first:%Y-%m-%d} to {row.last:%Y-%m-%d}"
            reply_text = f"{row.evidence.code} {row.evidence.text}".strip()[:120]
            line = f"{row.email}  {row.client}  {row.bounces} of {most}  {span}"
            click.echo(clean_text(f"{line}  {row.evidence.refusal.reason.value}  {reply_text}"))
    return Exit.OK


@command.command()
@click.argument("address")
@click.option("--client", metavar="NAME", help="For this client only; default: for each.")
@common_options
def explain(context: CommandContext, address: str, client: str | None) -> Exit:
    """Tell why an address is mailed, or is not, and which message decided.

    First the lists it is on, then every bounce that was judged, the latest first: what it meant (at once,
    when repeated, never), by which rule, and what the server said.
    """
    from mpftp.adapters.store.judgements import JudgementStore
    from mpftp.domain.texts import OPERATOR_LANGUAGE, texts

    _require_client(context, client)
    email = canonical_address(address)
    entries = list(_rows(context, client, None, email))
    for row in entries:
        whose = row.client or "every client"
        detail = f"{row.reason}, {row.source}".rstrip(", ")
        click.echo(clean_text(f"{email}: not mailed by {whose} since {row.at:%Y-%m-%d %H:%M}Z: {detail}"))
    if not entries:
        click.echo(clean_text(f"{email}: on no list, so it is mailed"))
    words = texts(OPERATOR_LANGUAGE).JUDGEMENT_RULES
    with context.database(read_only=True) as db:
        for past in JudgementStore(db).history(email, client):
            evidence = past.evidence
            means = {
                "waiting": "waits for what comes next",
                "crowd": "too many alike: the words do not decide",
            }
            then = means.get(past.state, f"suppresses {past.judgement.value}")
            reason = f"{evidence.refusal.reason.value}, {words[evidence.rule]}"
            detail = f"{evidence.refusal.channel.value}: {evidence.code} {evidence.text}".strip()
            line = f"  {past.at:%Y-%m-%d %H:%M}Z  {past.client}/{past.campaign}  {then} ({reason})  {detail}"
            click.echo(clean_text(line))
    return Exit.OK


@command.command()
@click.option("--client", metavar="NAME", help="This client's list only.")
@click.option("--apply", is_flag=True, help="Take those addresses off the list; without it, only print them.")
@common_options
def review(context: CommandContext, client: str | None, apply: bool) -> Exit:
    """Judge each suppression by a bounce again, and print those that today's rule would not make.

    Judged is what the state keeps: the server's reply, else the status and the reason. An entry of which
    nothing is kept stays. Nothing is lifted without --apply.
    """
    from mpftp.adapters.store.suppression_review import lift, record_review, review_suppressions
    from mpftp.domain.texts import OPERATOR_LANGUAGE, texts

    _require_client(context, client)
    with context.database(read_only=not apply) as db:
        reviewed = list(review_suppressions(db, client))
        if apply:
            with db.transaction():
                for entry in reviewed:
                    lift(db, entry)
    if client is None and _review_is_due(context):
        with context.database() as db, db.transaction():
            record_review(db)
    words = texts(OPERATOR_LANGUAGE).JUDGEMENT_RULES
    for entry in reviewed:
        reason = f"{entry.decision.judgement.value}: {words[entry.decision.rule]}"
        click.echo(
            clean_text(f"{entry.email}  {entry.client}  {entry.at:%Y-%m-%d %H:%M}Z  {reason}  {entry.words}")
        )
    _print(f"{len(reviewed)} {'lifted' if apply else 'would be lifted with --apply'}")
    return Exit.OK


def _review_is_due(context: CommandContext) -> bool:
    from mpftp.adapters.store.suppression_review import is_review_due

    with context.database(read_only=True) as db:
        return is_review_due(db)


def _rows(
    context: CommandContext, client: str | None, reason: str | None, address: str | None = None
) -> Iterator[SuppressedAddress]:
    from mpftp.adapters.store.suppression import SuppressionList

    with context.database(read_only=True) as db:
        yield from SuppressionList(db).rows(client, reason, address)


@command.command("import")
@click.argument("source", type=click.File("rb"), default="-")
@_client_option
@click.option("--reason", type=click.Choice(SUPPRESSION_REASONS), default="operator", show_default=True,
              help="Of lines that give none.")  # fmt: skip
@click.option("--note", default="", help="Kept beside each address.")
@common_options
def import_(context: CommandContext, source: IO[bytes], client: str | None, reason: str, note: str) -> Exit:
    """Read addresses, one a line or as CSV with a header, and mail them no more.

    A line that is no address, or is of a client that is not configured, is named with its number, and
    the others are taken; the exit code is 1 then. A `client` column (as `export` writes it) says whose
    list a line belongs to, unless --client is given. A line end ends an entry, also between quotes.
    """
    from mpftp.adapters.store.suppression import SuppressionList

    _require_client(context, client)
    name = getattr(source, "name", "-")
    with closing(source):
        lines = list(_parse_entries(source.read()))
    good: dict[str | None, list[dict[str, str]]] = {}
    for number, row in lines:
        owner = client or row.get("client") or None
        if not _is_address(row["email"]):
            say(f"{name}:{number}: {row['email'][:80]!r} is no e-mail address")
        elif owner is not None and owner not in context.config.clients:
            say(f"{name}:{number}: {unknown_client(owner, context.config.clients).message}")
        else:
            good.setdefault(owner, []).append(row)
    with context.database() as db:
        count = 0
        for owner, entries in sorted(good.items(), key=str):
            rows = ((row["email"], row.get("reason") or reason, row.get("source") or note) for row in entries)
            count += SuppressionList(db).add(owner, rows, context.clock())
    taken = sum(map(len, good.values()))
    _print(f"{count} added, {taken - count} were listed before, {len(lines) - taken} refused")
    return Exit.OK if taken == len(lines) else Exit.FAILURE


def _parse_entries(data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """The entries of *data* with their line numbers: CSV with an ``email`` header, or bare addresses."""
    lines = _decode_lines(data)
    first = lines[0].strip().lower() if lines else ""
    delimiter = ";" if ";" in first else "\t" if "\t" in first else ","
    names = [name.strip().strip('"') for name in first.split(delimiter)]
    if "email" not in names:
        yield from ((number, {"email": line.strip()}) for number, line in enumerate(lines, 1) if line.strip())
        return
    for number, line in enumerate(lines[1:], 2):
        entry = _parse_row(line, names, delimiter)
        if any(entry.values()):
            yield (
                number,
                entry | {"email": entry.get("email", ""), "reason": _reason(entry.get("reason", ""))},
            )


def _parse_row(line: str, names: Sequence[str], delimiter: str) -> dict[str, str]:
    """One line of CSV by itself: a quote that stays open must not swallow the addresses after it."""
    try:
        cells = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return {"email": line}
    return dict(zip(names, (cell.strip() for cell in cells), strict=False))


def _decode_lines(data: bytes) -> list[str]:
    """Text as Windows programs write it, too; one line's strange bytes change no other's."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data = data.decode("utf-16", "replace").encode()
    return [_decode_line(line) for line in data.removeprefix(codecs.BOM_UTF8).splitlines()]


def _decode_line(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def _reason(text: str) -> str:
    return text if text in SUPPRESSION_REASONS else ""


def _is_address(text: str) -> bool:
    """Whether *text* could be an address; a listed one need not be deliverable."""
    local, at, domain = text.rpartition("@")
    if not (local and at and domain):
        return False
    return not any(char.isspace() or not char.isprintable() or char in "<>,;" for char in text)


def _require_client(context: CommandContext, client: str | None) -> None:
    if client is not None and client not in context.config.clients:
        raise unknown_client(client, context.config.clients)


def _print(text: str) -> None:
    if sys.stdout.isatty():
        click.echo(text)
