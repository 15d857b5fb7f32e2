"""DNS as the checks see it: a function that answers questions, and names that contain one another."""

from __future__ import annotations

from collections.abc import Callable, Iterator

DnsLookup = Callable[[str, str], list[str]]
"""Answers (name, record type) with the records as text, TXT without quotes; ``[]`` when there is none.

Raises ``LookupFailedError`` when DNS gave no answer at all.
"""


class LookupFailedError(Exception):
    """DNS could not be asked, or a server failed: whether there is a record is unknown."""


def parent_domains(domain: str) -> Iterator[str]:
    """The domains above *domain*, nearest first, without the top level."""
    labels = domain.split(".")
    return (".".join(labels[index:]) for index in range(1, len(labels) - 1))


def is_same_or_subdomain(domain: str, parent: str) -> bool:
    """Whether *domain* is *parent* or under it."""
    return domain == parent or domain.endswith("." + parent)


def parse_tags(record: str) -> dict[str, str]:
    """The ``name=value`` pairs of a DKIM or DMARC record; the first of a name counts."""
    tags: dict[str, str] = {}
    for part in record.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            tags.setdefault(name.strip().lower(), value.strip())
    return tags
