"""A client's own list of addresses that must not be mailed: what it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace

from mpftp.domain.campaign import DeliveryState
from mpftp.domain.file_names import InputType, ListType, TripletKey
from mpftp.domain.profile import Profile
from mpftp.domain.triplets.findings import FindingCollector
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
