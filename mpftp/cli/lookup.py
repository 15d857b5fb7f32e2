"""Names that people type: commands, clients, campaigns; and the nearest one where none is called so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from mpftp.domain.nearest import find_nearest
from mpftp.errors import UsageError

if TYPE_CHECKING:
    from mpftp.adapters.store.overview import RefusalSummary

MAX_LISTED_NAMES = 20
LEAST_CAMPAIGN_LIKENESS = 0.8
"""How like a campaign's name one must be that may be meant for it: all of one day end alike."""


class NearestCommandGroup(click.Group):
    """A group of commands that names the nearest one when there is none of that name."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands, each with its first sentence, whole."""
        commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        rows = [(name, first_sentence(command.help or "")) for name, command in commands.items() if command]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of *args*. Raises ``click.UsageError`` with the nearest name."""
        name, known = args[0] if args else "", self.list_commands(ctx)
        if name and not (ctx.resilient_parsing or name.startswith("-") or name in known):
            suggestion = find_nearest(name, known)
            ctx.fail(f"No such command {name!r}." + (f" Did you mean {suggestion!r}?" if suggestion else ""))
        return super().resolve_command(ctx, args)


def first_sentence(text: str) -> str:
    """Return what *text* begins with, up to its first full stop or empty line, on one line."""
    first = " ".join(text.strip().partition("\n\n")[0].split())
    return first.partition(". ")[0].rstrip(".") + "." if first else ""


def unknown_client(name: str, known: Iterable[str]) -> UsageError:
    """What is said of a client that is not among *known*: the nearest name, and which there are."""
    names = sorted(known)
    listed = ", ".join(names[:MAX_LISTED_NAMES]) or "none"
    more = f" and {len(names) - MAX_LISTED_NAMES} more" if len(names) > MAX_LISTED_NAMES else ""
    return UsageError(
        f"no client is called {name!r}",
        hint=f"{_did_you_mean(find_nearest(name, names))}there are: {listed}{more}",
    )


def unknown_campaign(spec: str, known: Iterable[str], refused: Iterable[RefusalSummary]) -> UsageError:
    """What is said of a campaign that is not among *known*, each CLIENT/NAME_DATE, but may be *refused*."""
    for one in refused:
        name = f"{one.key.name}_{one.key.date}"
        if spec in (name, f"{one.client}/{name}"):
            return _refused_upload(spec, one)
    names = list(known)
    if "/" not in spec:
        names = list(dict.fromkeys(name.partition("/")[2] for name in names))
    newest = next((name for name in names if name.startswith(f"{spec}_")), None)
    suggestion = newest or find_nearest(spec, names, least=LEAST_CAMPAIGN_LIKENESS)
    return UsageError(
        f"no campaign is called {spec!r}",
        hint=f"{_did_you_mean(suggestion)}`mpftp campaign list` names them" if names else "there is none yet",
    )


def _refused_upload(spec: str, refusal: RefusalSummary) -> UsageError:
    from mpftp.domain.file_names import AnswerType

    upload = "suppression file" if refusal.is_list else "triplet"
    rules = f" ({', '.join(refusal.rules)})" if refusal.rules else ""
    answer = f"{refusal.key.file(AnswerType.ERRO)} beside its files says why; " if refusal.is_answered else ""
    return UsageError(
        f"{spec!r} is no campaign: {refusal.client}'s {upload} was refused"
        f" on {refusal.refused_at:%Y-%m-%d at %H:%M} UTC{rules}",
        hint=f"{answer}`mpftp validate --client {refusal.client}` checks what lies there now",
    )


def _did_you_mean(suggestion: str | None) -> str:
    return f"did you mean {suggestion}? " if suggestion else ""
