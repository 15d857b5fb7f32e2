"""A client's own list of addresses that must not be mailed: when it is taken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from mpftp.domain.file_names import InputType, ListType, TripletKey, parse_file_name
from mpftp.domain.triplets.findings import Finding
from mpftp.domain.triplets.pickup import (
    KnownTriplet,
    MisnamedTriplet,
    PickupPlan,
    ReadyTriplet,
    SeenFile,
    StabilityPolicy,
    WaitingTriplet,
    WaitReason,
    find_oversize,
    is_being_replaced,
    is_stable,
)

FindKnown = Callable[[TripletKey], KnownTriplet | None]


def plan_suppression_files(
    plan: PickupPlan,
    known_list: FindKnown,
    known_triplet: FindKnown,
    stability: StabilityPolicy,
    now: datetime,
) -> None:
    """Decide about the suppression files among the files that *plan* has seen at *now*, and add it there.

    One whose NAME and date a triplet bears, here or processed before, is refused: they would share their
    answers. *known_list* tells how the file was listed when it was taken or refused last.
    """
    triplets, lists = set[TripletKey](), dict[TripletKey, SeenFile]()
    for name, seen in plan.seen_files.items():
        parsed = parse_file_name(name)
        if parsed and isinstance(parsed.kind, InputType):
            triplets.add(parsed.key)
        elif parsed and isinstance(parsed.kind, ListType):
            lists.setdefault(parsed.key, seen)
    for key, seen in lists.items():
        triplet = known_triplet(key)
        shared = key in triplets or (triplet is not None and triplet.accepted)
        _decide(plan, key, seen, known_list(key), shared=shared, stability=stability, now=now)


def _decide(
    plan: PickupPlan,
    key: TripletKey,
    seen: SeenFile,
    known: KnownTriplet | None,
    *,
    shared: bool,
    stability: StabilityPolicy,
    now: datetime,
) -> None:
    file = seen.file
    findings = find_oversize([file], stability.max_file_bytes)
    if shared:
        findings = (Finding("SET012", file.name), *findings)
    if is_being_replaced([file], plan.seen_files.values(), now - stability.incomplete_after):
        plan.waiting.append(WaitingTriplet(key, WaitReason.UPLOADING))
    elif not findings and known and known.is_proven_unchanged([file]):
        plan.waiting.append(WaitingTriplet(key, WaitReason.TAKEN if known.accepted else WaitReason.REFUSED))
    elif not is_stable(seen, stability.settle, now):
        plan.waiting.append(WaitingTriplet(key, WaitReason.UNSTABLE))
        plan.wait_for([seen], stability.settle)
    elif findings:
        plan.misnamed.append(MisnamedTriplet(key, findings, (file,), is_list=True))
    else:
        plan.lists.append(ReadyTriplet(key, {InputType.MAIL: file}, seen.changed_at))
