"""Telling the client's server what became of its triplets, and tidying it; each step may be repeated."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile

from mpftp.adapters.store.intake import Intake, Unanswered
from mpftp.domain.endpoint import Endpoint
from mpftp.domain.names import AnswerType
from mpftp.domain.returns.answers import error_file, receipt_file
from mpftp.errors import EndpointError
from mpftp.stages.collect.taking import spooling
from mpftp.stages.collect.terms import Surroundings, Terms

TEMPORARY = ".tmp"
WRITE_HINT = (
    "let the login write, rename and delete there; or set error_file and receipt_file to false"
    ' and after_collect to "keep"'
)


def answer(
    endpoint: Endpoint,
    intake: Intake,
    client_id: int,
    present: Collection[str],
    terms: Terms,
    around: Surroundings,
) -> list[EndpointError]:
    """Do what is still to do for this client, also what an earlier run was cut off from.

    *present* are the names that lay in the directory at the start of the visit. Returns what the
    server refused; the next run tries it again. Raises ``EndpointAwayError``.
    """
    steps = list(_steps(endpoint, intake, client_id, present, terms, around))
    refused = []
    for step in steps:
        try:
            step()
        except EndpointError as error:
            refused.append(EndpointError(error.what, hint=WRITE_HINT))
    return refused


def _steps(
    endpoint: Endpoint,
    intake: Intake,
    client_id: int,
    present: Collection[str],
    terms: Terms,
    around: Surroundings,
) -> Iterator[Callable[[], None]]:
    for campaign in intake.unanswered_campaigns(client_id):
        yield partial(_answer_campaign, campaign, endpoint, intake, client_id, terms, around)
    for refusal in intake.standing_refusals(client_id):
        if not any(name in present for name in refusal.files):
            yield partial(_clear_refusal, refusal, endpoint, intake, around)
    if terms.error_file:
        for refusal in intake.unanswered_refusals(client_id):
            yield partial(_answer_refusal, refusal, endpoint, intake, terms, around)


def _answer_campaign(
    campaign: Unanswered,
    endpoint: Endpoint,
    intake: Intake,
    client_id: int,
    terms: Terms,
    around: Surroundings,
) -> None:
    if terms.receipt_file:
        _put(endpoint, _receipt(intake, campaign, terms), campaign.key.file(AnswerType.RECIBO), around)
    if intake.was_answered(client_id, campaign.key):
        endpoint.delete(campaign.key.file(AnswerType.ERRO))
    _tidy(endpoint, campaign, terms.after_collect)
    intake.answered_campaign(campaign.id, around.clock())


def _clear_refusal(refusal: Unanswered, endpoint: Endpoint, intake: Intake, around: Surroundings) -> None:
    endpoint.delete(refusal.key.file(AnswerType.ERRO))
    intake.mended(refusal.id, around.clock())


def _answer_refusal(
    refusal: Unanswered, endpoint: Endpoint, intake: Intake, terms: Terms, around: Surroundings
) -> None:
    data = error_file(refusal.findings, terms.profile, terms.language)
    _put(endpoint, data, refusal.key.file(AnswerType.ERRO), around)
    intake.answered_refusal(refusal.id, around.clock())


def _receipt(intake: Intake, campaign: Unanswered, terms: Terms) -> bytes:
    receipt = intake.receipt(campaign.id)
    return receipt_file(
        receipt, campaign.key, terms.profile, terms.language, terms.zone, terms.results_after_days
    )


def _tidy(endpoint: Endpoint, campaign: Unanswered, after_collect: str) -> None:
    """Move or delete the originals, but never a file that was replaced since."""
    if after_collect == "keep":
        return
    for name, size in campaign.files.items():
        if endpoint.size(name) != size:
            continue
        if after_collect == "delete":
            endpoint.delete(name)
        else:
            endpoint.move(name, after_collect.removeprefix("move:"))


def _put(endpoint: Endpoint, data: bytes, name: str, around: Surroundings) -> None:
    """Upload *data* so that a client who looks never sees half of it."""
    folder = around.spool / "incoming"
    with spooling(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder, prefix="answer-") as file:
            file.write(data)
            file.flush()
            endpoint.upload(Path(file.name), name + TEMPORARY)
    endpoint.rename(name + TEMPORARY, name)
