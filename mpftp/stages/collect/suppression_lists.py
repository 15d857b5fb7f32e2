"""Taking a client's own suppression file: its addresses go on the client's list."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

from mpftp.adapters.store.intake import Intake
from mpftp.adapters.store.refusals import NewRefusal
from mpftp.domain.file_names import InputType
from mpftp.domain.triplets.findings import FindingCollector
from mpftp.domain.triplets.pickup import ReadyTriplet, WaitingTriplet, WaitReason
from mpftp.stages.collect.context import CollectSettings
from mpftp.stages.collect.originals import make_opener, sha256_of
from mpftp.stages.collect.visit_summary import CollectedList

log = logging.getLogger("mpftp.collect")

Refused = tuple[NewRefusal, FindingCollector]


def take_suppression_file(
    settings: CollectSettings, intake: Intake, ready: ReadyTriplet, path: Path, now: datetime
) -> CollectedList | WaitingTriplet | Refused:
    """Read what was downloaded to *path*; the same bytes are read, or refused, once."""
    from mpftp.domain.triplets.suppression_file import check_suppression_file

    key, file, opener = ready.key, ready.files[InputType.MAIL], make_opener(path)
    digest = sha256_of(opener)
    if intake.lists.record_same(key, digest, file, now, answer=settings.after_collect != "keep"):
        return WaitingTriplet(key, WaitReason.TAKEN)
    if intake.refusals.was_refused(key, digest):
        intake.refusals.refuse(NewRefusal(key, digest, [], (file,), is_list=True), now)
        return WaitingTriplet(key, WaitReason.REFUSED)
    check = check_suppression_file(key, opener, settings.profile)
    if check.is_torn and now - ready.changed_at < settings.stability.incomplete_after:
        return WaitingTriplet(key, WaitReason.UPLOADING)
    if not check.is_refused:
        intake.lists.stage(check.addresses())
    if check.is_refused:  # by its head, or by what came after it
        refusal = NewRefusal(key, digest, check.findings.to_json(), (file,), is_list=True)
        return refusal, check.findings
    receipt = intake.lists.take(key, digest, file, check.counts, now)
    log.info(
        "%s: read the suppression file %s: %d lines, %d added, %d known, %d invalid",
        settings.client, file.name, receipt.lines, receipt.added, receipt.known, receipt.invalid,
        extra={"client": settings.client, "campaign": str(key), "added": receipt.added},
    )  # fmt: skip
    return CollectedList(key, receipt)
