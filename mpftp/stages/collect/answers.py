"""Telling the client's server what became of its triplets, and tidying it; each step may be repeated."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile

from mpftp.adapters.store.intake import PendingAnswer
from mpftp.domain.endpoint import Endpoint
from mpftp.domain.file_names import AnswerType, normalize_name
from mpftp.domain.results.answers import format_error_file, format_receipt_file
from mpftp.errors import EndpointError
from mpftp.stages.collect.client_visit import ClientVisit, spool_errors

UPLOAD_SUFFIX = ".tmp"
WRITE_HINT = (
    "let the login write, rename and delete there; or set error_file and receipt_file to false"
    ' and after_collect to "keep"'
)


def write_answers(visit: ClientVisit, present: Collection[str]) -> list[EndpointError]:
    """Do what is still to do for this client, also what an earlier run was cut off from.

    *present* are the names that lay in the directory at the start of the visit. Returns what the
    server refused; the next run tries it again. Raises ``EndpointUnavailableError``.
    """
    refused = []
    for step in list(_answer_steps(visit, present)):
        try:
            step()
        except EndpointError as error:
            refused.append(EndpointError(error.message, hint=WRITE_HINT))
    return refused


def _answer_steps(visit: ClientVisit, present: Collection[str]) -> Iterator[Callable[[], None]]:
    names = {normalize_name(name): name for name in present}
    for campaign in visit.intake.campaigns_without_answer():
        yield partial(_answer_campaign, visit, campaign, names)
    for refusal in visit.intake.refusals_with_error_file():
        if not any(normalize_name(name) in names for name in refusal.files):
            yield partial(_remove_error_file, visit, refusal)
    if visit.settings.error_file:
        for refusal in visit.intake.refusals_without_answer():
            yield partial(_answer_refusal, visit, refusal)


def _answer_campaign(visit: ClientVisit, campaign: PendingAnswer, names: Mapping[str, str]) -> None:
    if visit.settings.receipt_file:
        _upload_atomically(visit, _receipt(visit, campaign), campaign.key.file(AnswerType.RECIBO))
    if visit.intake.was_answered(campaign.key):
        visit.endpoint.delete(campaign.key.file(AnswerType.ERRO))
    _dispose_originals(visit.endpoint, campaign, names, visit.settings.after_collect)
    visit.intake.record_campaign_answered(campaign.id, visit.context.clock())


def _remove_error_file(visit: ClientVisit, refusal: PendingAnswer) -> None:
    visit.endpoint.delete(refusal.key.file(AnswerType.ERRO))
    visit.intake.record_corrected(refusal.id, visit.context.clock())


def _answer_refusal(visit: ClientVisit, refusal: PendingAnswer) -> None:
    settings = visit.settings
    data = format_error_file(refusal.findings, settings.profile, settings.language, settings.support)
    _upload_atomically(visit, data, refusal.key.file(AnswerType.ERRO))
    visit.intake.record_refusal_answered(refusal.id, visit.context.clock())


def _receipt(visit: ClientVisit, campaign: PendingAnswer) -> bytes:
    settings = visit.settings
    receipt = visit.intake.load_receipt(campaign.id)
    return format_receipt_file(
        receipt,
        campaign.key,
        settings.profile,
        settings.language,
        settings.zone,
        settings.results_after_days,
        settings.support,
    )


def _dispose_originals(
    endpoint: Endpoint, campaign: PendingAnswer, names: Mapping[str, str], after_collect: str
) -> None:
    """Move or delete the originals, but never a file that was replaced since.

    *names* are the server's own spellings, by their form in NFC.
    """
    if after_collect == "keep":
        return
    for known, size in campaign.files.items():
        name = names.get(normalize_name(known), known)
        if endpoint.size(name) != size:
            continue
        if after_collect == "delete":
            endpoint.delete(name)
        else:
            endpoint.move(name, after_collect.removeprefix("move:"))


def _upload_atomically(visit: ClientVisit, data: bytes, name: str) -> None:
    """Upload *data* so that a client who looks never sees half of it."""
    folder = visit.context.spool / "incoming"
    with spool_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder, prefix="answer-") as file:
            file.write(data)
            file.flush()
            visit.endpoint.upload(Path(file.name), name + UPLOAD_SUFFIX)
    visit.endpoint.rename(name + UPLOAD_SUFFIX, name)
