"""The name that was meant, when one was typed that is not there."""

from __future__ import annotations

from collections.abc import Iterable


def find_nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the name of *known* that is most like *name*, in any case of letters, or ``None``."""
    from difflib import get_close_matches

    by_folded = {one.casefold(): one for one in known}
    matches = get_close_matches(name.casefold(), list(by_folded), n=1, cutoff=0.6)
    return by_folded[matches[0]] if matches else None
