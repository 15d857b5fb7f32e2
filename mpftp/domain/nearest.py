"""The name that was meant, when one was typed that is not there."""

from __future__ import annotations

from collections.abc import Iterable


def find_nearest(name: str, known: Iterable[str], *, least: float = 0.6) -> str | None:
    """Return the name of *known* that is most like *name*, in any case of letters, or ``None``.

    *least* is how like it must be, from 0 to 1.
    """
    from difflib import get_close_matches

    by_folded = {one.casefold(): one for one in known}
    matches = get_close_matches(name.casefold(), list(by_folded), n=1, cutoff=least)
    return by_folded[matches[0]] if matches else None
