"""What all that a client reads has in common: dates in words, and whom to ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mpftp.domain.file_names import TripletKey


@dataclass(frozen=True, slots=True)
class Support:
    """The operator as clients reach it; each part may be empty. False when all are."""

    name: str = ""
    address: str = ""
    url: str = ""

    def __bool__(self) -> bool:
        return bool(self.name or self.address or self.url)

    def __str__(self) -> str:
        address = f"<{self.address}>" if self.name and self.address else self.address
        return " ".join(part for part in (self.name, address, self.url) if part)


NO_SUPPORT = Support()


def format_key_date(key: TripletKey, form: str) -> str:
    """The date of a triplet as people write it, by the ``strftime`` *form*."""
    return datetime.strptime(key.date, "%Y%m%d").strftime(form)  # noqa: DTZ007 - a day, no moment
