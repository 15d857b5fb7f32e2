"""Telling the client's server what became of its triplets, and tidying it; each step may be repeated."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile

from mpftp.adapters.store.intake import Intake, PendingAnswer
from mpftp.domain.endpoint import Endpoint
from mpftp.domain.file_names import AnswerType
from mpftp.domain.results.answers import format_error_file, format_receipt_file
from mpftp.errors import EndpointError
from mpftp.stages.collect.client_visit import spool_errors
from mpftp.stages.collect.visit_settings import CollectContext, CollectSettings

UPLOAD_SUFFIX = ".tmp"
WRITE_HINT = (
    "let the login write, rename and delete there; or set error_file and receipt_file to false"
    ' and after_collect to "keep"'
)


def write_answers(
    endpoint: Endpoint,
    intake: Intake,
    client_id: int,
    present: Collection[str],
    settings: CollectSettings,
    context: CollectContext,
) -> list[EndpointError]:
    """Do what is still to do for this client, also what an earlier run was cut off from.

    *present* are the names that lay in the directory at the start of the visit. Returns what the
    server refused; the next run tries it again. Raises ``EndpointUnavailableError``.
    """
    steps = list(_answer_steps(endpoint, intake, client_id, present, settings, context))
    refused = []
    for step in steps:
        try:
            step()
        except EndpointError as error:
            refused.append(EndpointError(error.message, hint=WRITE_HINT))
    return refused


def _answer_steps(
    endpoint: Endpoint,
    intake: Intake,
    client_id: int,
    present: Collection[str],
    settings: CollectSettings,
    context: CollectContext,
) -> Iterator[Callable[[], None]]:
    for campaign in intake.campaigns_without_answer(client_id):
        yield partial(_answer_campaign, campaign, endpoint, intake, client_id, settings, context)
    for refusal in intake.refusals_with_error_file(client_id):
        if not any(name in present for name in refusal.files):
            yield partial(_remove_error_file, refusal, endpoint, intake, context)
    if settings.error_file:
        for refusal in intake.refusals_without_answer(client_id):
            yield partial(_answer_refusal, refusal, endpoint, intake, settings, context)


def _answer_campaign(
    campaign: PendingAnswer,
    endpoint: Endpoint,
    intake: Intake,
    client_id: int,
    settings: CollectSettings,
    context: CollectContext,
) -> None:
    if settings.receipt_file:
        _upload_atomically(
            endpoint, _receipt(intake, campaign, settings), campaign.key.file(AnswerType.RECIBO), context
        )
    if intake.was_answered(client_id, campaign.key):
        endpoint.delete(campaign.key.file(AnswerType.ERRO))
    _dispose_originals(endpoint, campaign, settings.after_collect)
    intake.record_campaign_answered(campaign.id, context.clock())


def _remove_error_file(
    refusal: PendingAnswer, endpoint: Endpoint, intake: Intake, context: CollectContext
) -> None:
    endpoint.delete(refusal.key.file(AnswerType.ERRO))
    intake.record_corrected(refusal.id, context.clock())


def _answer_refusal(
    refusal: PendingAnswer,
    endpoint: Endpoint,
    intake: Intake,
    settings: CollectSettings,
    context: CollectContext,
) -> None:
    data = format_error_file(refusal.findings, settings.profile, settings.language)
    _upload_atomically(endpoint, data, refusal.key.file(AnswerType.ERRO), context)
    intake.record_refusal_answered(refusal.id, context.clock())


def _receipt(intake: Intake, campaign: PendingAnswer, settings: CollectSettings) -> bytes:
    receipt = intake.load_receipt(campaign.id)
    return format_receipt_file(
        receipt, campaign.key, settings.profile, settings.language, settings.zone, settings.results_after_days
    )


def _dispose_originals(endpoint: Endpoint, campaign: PendingAnswer, after_collect: str) -> None:
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


def _upload_atomically(endpoint: Endpoint, data: bytes, name: str, context: CollectContext) -> None:
    """Upload *data* so that a client who looks never sees half of it."""
    folder = context.spool / "incoming"
    with spool_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder, prefix="answer-") as file:
            file.write(data)
            file.flush()
            endpoint.upload(Path(file.name), name + UPLOAD_SUFFIX)
    endpoint.rename(name + UPLOAD_SUFFIX, name)
