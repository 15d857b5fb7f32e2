"""Telling the client's server what became of its triplets, and tidying it; each step may be repeated."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

from mpftp.adapters.store.refusals import PendingAnswer
from mpftp.adapters.store.suppression_files import UnansweredList
from mpftp.domain.endpoint import RemoteFile
from mpftp.domain.file_names import AnswerType, TripletKey, normalize_name
from mpftp.domain.results.answers import (
    format_error_file,
    format_receipt_file,
    format_suppression_receipt,
    is_answer_file,
)
from mpftp.domain.sending.schedule import plan_starts
from mpftp.domain.triplets.pickup import SeenFile
from mpftp.errors import EndpointError
from mpftp.stages.collect.client_visit import ClientVisit
from mpftp.stages.collect.originals import originals_dir, spool_errors, sync_originals

LET_WRITE = "let the login write, rename and delete there"  # where the server's refusal has no advice
WITHOUT_WRITING = 'or set error_file and receipt_file to false and after_collect to "keep"'
MAX_ANSWER_BYTES = 10_000_000  # bytes: no answer of ours is larger


class NotOurFileError(EndpointError):
    """A file of the client's own bears the name of an answer."""


def write_answers(visit: ClientVisit, present: Mapping[str, SeenFile]) -> list[EndpointError]:
    """Do what is still to do for this client, also what an earlier run was cut off from.

    *present* are the files that lay in the directory at the start of the visit. Returns what the
    server refused; the next run tries it again. Raises ``EndpointUnavailableError``.
    """
    refused: list[EndpointError] = []
    for step in list(_answer_steps(visit, present)):
        try:
            step()
        except NotOurFileError as error:
            refused.append(error)
        except EndpointError as error:
            hint = f"{error.hint or LET_WRITE}; {WITHOUT_WRITING}"
            refused.append(EndpointError(error.message, hint=hint))
    return refused


def _answer_steps(visit: ClientVisit, present: Mapping[str, SeenFile]) -> Iterator[Callable[[], None]]:
    for taken in visit.intake.lists.without_answer():
        yield partial(_answer_list, visit, taken, present)
    for campaign in visit.intake.campaigns_without_answer():
        yield partial(_answer_campaign, visit, campaign, present)
    refusals = visit.intake.refusals.still_open()
    corrected = [refusal for refusal in refusals if _is_corrected(visit, refusal, present)]
    for refusal in corrected:
        yield partial(_close_refusal, visit, refusal, present)
    for refusal in refusals:
        if visit.settings.error_file and not refusal.answered and refusal not in corrected:
            yield partial(_answer_refusal, visit, refusal, present)


def _is_corrected(visit: ClientVisit, refusal: PendingAnswer, present: Collection[str]) -> bool:
    """Whether what was refused is gone; names are looked at anew by every visit."""
    if refusal.by_name and not refusal.is_list:
        return refusal.key not in visit.report.plan.unsettled_keys()
    names = {normalize_name(name) for name in present}
    return not any(normalize_name(name) in names for name in refusal.files)


def _answer_list(visit: ClientVisit, taken: UnansweredList, present: Mapping[str, SeenFile]) -> None:
    """Confirm a suppression file, whether or not triplets are confirmed: it is the client's only sign."""
    settings, key = visit.settings, taken.key
    data = format_suppression_receipt(
        taken.receipt, key, settings.profile, settings.language, settings.zone, settings.support
    )
    _upload_answer(visit, data, key.file(AnswerType.RECIBO), present)
    _settle_error_file(visit, key, present)
    _dispose_originals(visit, taken.files, present)
    visit.intake.lists.record_answered(taken.id, visit.context.clock())


def _answer_campaign(visit: ClientVisit, campaign: PendingAnswer, present: Mapping[str, SeenFile]) -> None:
    settings = visit.settings
    if settings.receipt_file or settings.after_collect != "keep":
        folder = originals_dir(visit.context.spool, settings.client, campaign.key)
        with spool_errors(folder):
            sync_originals(folder)
    if settings.receipt_file:
        _upload_answer(visit, _receipt(visit, campaign), campaign.key.file(AnswerType.RECIBO), present)
    _settle_error_file(visit, campaign.key, present)
    _dispose_originals(visit, campaign.files, present)
    visit.intake.record_campaign_answered(campaign.id, visit.context.clock())


def _close_refusal(visit: ClientVisit, refusal: PendingAnswer, present: Mapping[str, SeenFile]) -> None:
    _settle_error_file(visit, refusal.key, present, corrected=refusal.id)
    visit.intake.refusals.record_corrected(refusal.id, visit.context.clock())


def _answer_refusal(visit: ClientVisit, refusal: PendingAnswer, present: Mapping[str, SeenFile]) -> None:
    _upload_error_file(visit, _open_refusals(visit, refusal.key), present)
    visit.intake.refusals.record_answered(refusal.id, visit.context.clock())


def _settle_error_file(
    visit: ClientVisit, key: TripletKey, present: Mapping[str, SeenFile], corrected: int | None = None
) -> None:
    """Delete the ERRO file of *key*, or write what is left: a triplet and a list may share it."""
    if not visit.intake.refusals.was_answered(key):
        return
    left = [refusal for refusal in _open_refusals(visit, key) if refusal.id != corrected and refusal.answered]
    if left:
        _upload_error_file(visit, left, present)
    else:
        _delete_error_file(visit, key, present)


def _open_refusals(visit: ClientVisit, key: TripletKey) -> list[PendingAnswer]:
    return [refusal for refusal in visit.intake.refusals.still_open() if refusal.key == key]


def _upload_error_file(
    visit: ClientVisit, refusals: Sequence[PendingAnswer], present: Mapping[str, SeenFile]
) -> None:
    settings = visit.settings
    groups = [group for refusal in refusals for group in refusal.findings]
    data = format_error_file(groups, settings.profile, settings.language, settings.support)
    _upload_answer(visit, data, refusals[0].key.file(AnswerType.ERRO), present)


def _delete_error_file(visit: ClientVisit, key: TripletKey, present: Mapping[str, SeenFile]) -> None:
    name = key.file(AnswerType.ERRO)
    if name not in present or _is_own_answer(visit, present[name].file):
        visit.endpoint.delete(name)


def _is_own_answer(visit: ClientVisit, file: RemoteFile) -> bool:
    """Whether *file* begins as an answer of ours does: a client's own is left alone."""
    if file.size > MAX_ANSWER_BYTES:
        return False
    folder = visit.context.spool / "incoming"
    with spool_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder, prefix="answer-") as kept:
            path = Path(kept) / "answer"
            visit.endpoint.download(file.name, path, size=file.size)
            return is_answer_file(path.read_bytes(), visit.settings.profile)


def _receipt(visit: ClientVisit, campaign: PendingAnswer) -> bytes:
    settings = visit.settings
    receipt = visit.intake.load_receipt(campaign.id)
    starts = plan_starts((due for due, _ in receipt.fragments), settings.send_policy)
    contacts = (count for _, count in receipt.fragments)
    receipt = replace(receipt, fragments=tuple(zip(starts, contacts, strict=True)))
    return format_receipt_file(
        receipt,
        campaign.key,
        settings.profile,
        settings.language,
        settings.zone,
        settings.send_policy.results_after_days,
        settings.support,
    )


def _dispose_originals(visit: ClientVisit, files: Mapping[str, int], present: Collection[str]) -> None:
    """Move or delete the originals, but never a file that was replaced since."""
    endpoint, after_collect = visit.endpoint, visit.settings.after_collect
    if after_collect == "keep":
        return
    spellings = {normalize_name(name): name for name in present}
    for known, size in files.items():
        name = spellings.get(normalize_name(known), known)
        if endpoint.size(name) != size:
            continue
        if after_collect == "delete":
            endpoint.delete(name)
        else:
            endpoint.move(name, after_collect.removeprefix("move:"))
        visit.intake.forget_seen_files([name])


def _upload_answer(visit: ClientVisit, data: bytes, name: str, present: Mapping[str, SeenFile]) -> None:
    """Upload *data* so that a client who looks never sees half of it, where the login may rename.

    Raises ``EndpointError`` if a file of the client's own lies there.
    """
    if name in present and not _is_own_answer(visit, present[name].file):
        raise NotOurFileError(
            f"{name} is the client's own file and was left alone; our answer of that name was not written",
            hint="ask the client to move it away",
        )
    temporary = visit.settings.upload.name_for(name)
    folder = visit.context.spool / "incoming"
    with spool_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder, prefix="answer-") as file:
            file.write(data)
            file.flush()
            visit.endpoint.upload(Path(file.name), temporary)
    if temporary != name:
        visit.endpoint.rename(temporary, name)
