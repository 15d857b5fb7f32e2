"""A client's own list of addresses that must not be mailed: when it is taken, and what it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime

from mpftp.domain.campaign import DeliveryState
from mpftp.domain.file_names import InputType, ListType, TripletKey, parse_file_name
from mpftp.domain.profile import Profile
from mpftp.domain.triplets.findings import Finding, FindingCollector
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
from mpftp.domain.triplets.repeats import MailCounts, MailPass
from mpftp.domain.triplets.rules import Scope
from mpftp.domain.triplets.text import OpenBinary
from mpftp.domain.triplets.torn import TORN_RULE
from mpftp.domain.triplets.triplet_reader import (
    DEFAULT_OPTIONS,
    MailFile,
    TripletFiles,
    TripletReader,
    open_mail_file,
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


@dataclass(slots=True)
class SuppressionFileCheck:
    """What a suppression file says; *counts* and *findings* are complete once ``addresses()`` is drawn."""

    findings: FindingCollector
    mail: MailFile | None
    counts: MailCounts = field(default_factory=MailCounts)

    @property
    def is_refused(self) -> bool:
        """Whether the file as a whole cannot be read."""
        return self.mail is None or self.findings.errors(Scope.TRIPLET) > 0

    @property
    def is_torn(self) -> bool:
        """Whether it ends in the middle, so that its upload may still go on."""
        return any(finding.rule == TORN_RULE for finding in self.findings)

    def addresses(self) -> Iterator[str]:
        """Yield every address that can be one, in order; repeated ones are left out. To be drawn once."""
        if self.mail is None:
            return
        work = MailPass(self.mail.layout, self.findings, self.counts)
        with closing(self.mail.open()) as stream:
            for contact in work.contacts(self.mail.data_blocks(stream), self.mail.first):
                if contact.state is DeliveryState.PENDING:
                    yield contact.email


def check_suppression_file(key: TripletKey, opener: OpenBinary, profile: Profile) -> SuppressionFileCheck:
    """Read the head of the suppression file *key*, as a MAIL of which only the address matters.

    Never raises for bad data.
    """
    findings = FindingCollector()
    files = TripletFiles(key, {InputType.MAIL: opener}, {InputType.MAIL: key.file(ListType.SUPRESSAO)})
    addresses_only = profile._replace(mail=_address_header(profile.mail), extra_columns=True)
    mail = open_mail_file(TripletReader(files, addresses_only, DEFAULT_OPTIONS, findings))
    if mail is not None:
        columns = tuple("email" if column == "email" else "" for column in mail.layout.columns)
        mail = mail._replace(layout=replace(mail.layout, columns=columns))
    return SuppressionFileCheck(findings, mail)


def _address_header(headers: Mapping[str, str]) -> dict[str, str]:
    return {"email": headers["email"]}
