"""How far two words are apart when one was typed for the other.

A neighbouring key, a letter that looks or sounds alike, a doubled, dropped or swapped one costs less
than any other change.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence

_KEYS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_ALIKE_PAIRS = "ei ea ao ou iy ck gj hr 0o 1l 1i li mn vw qg sz uw rn yi 3e 4a 5s"


def _neighbouring_keys() -> frozenset[tuple[str, str]]:
    """Pairs of letters that lie side by side on a keyboard, or that people take for each other."""
    pairs = {(a, b) for row in _KEYS for a, b in itertools.pairwise(row)}
    for upper, lower in itertools.pairwise(_KEYS):
        pairs |= {(upper[at], key) for at, key in enumerate(lower) if at < len(upper)}
        pairs |= {(upper[at + 1], key) for at, key in enumerate(lower) if at + 1 < len(upper)}
    return frozenset(pairs | {(b, a) for a, b in pairs})


_NEIGHBOURING_KEYS = _neighbouring_keys()
_ALIKE = frozenset((one[way], one[1 - way]) for one in _ALIKE_PAIRS.split() for way in (0, 1))


def alike_letters(letter: str) -> list[str]:
    """Return the letters that people take for *letter*."""
    return [other for one, other in _ALIKE if one == letter]


def keys_beside(letter: str) -> list[str]:
    """Return the keys that lie beside that of *letter*."""
    return [other for one, other in _NEIGHBOURING_KEYS if one == letter]


def edit_distance(text: str, other: str) -> int:
    """Return how many letters must be added, dropped, changed or swapped to make *other* of *text*."""
    above: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(text, 1):
        before, above, row = above, row, [at]
        for to, expected in enumerate(other, 1):
            cost = min(above[to] + 1, row[to - 1] + 1, above[to - 1] + (letter != expected))
            if at > 1 and to > 1 and letter == other[to - 2] and text[at - 2] == expected:
                cost = min(cost, before[to - 2] + 1)
            row.append(cost)
    return row[-1]


@functools.lru_cache(maxsize=4096)
def slip_cost(text: str, right: str, limit: float) -> float:
    """Return what it costs to type *text* for *right*; 9 as soon as that is far more than *limit*."""
    above: list[float] = []
    row = [0.0]
    for _ in right:
        row.append(row[-1] + 0.8)
    for at in range(1, len(text) + 1):
        before, above, row = above, row, [row[0] + 0.9]
        for to in range(1, len(right) + 1):
            row.append(_step(text, right, at, to, (before, above, row)))
        if min(row) > limit + 0.5 and min(above) > limit:
            return 9.0
    return row[-1]


def _step(text: str, right: str, at: int, to: int, rows: Sequence[list[float]]) -> float:
    """Return the least cost of *text* up to *at* for *right* up to *to*."""
    before, above, row = rows
    letter, expected = text[at - 1], right[to - 1]
    if letter == expected:
        cost = above[to - 1]
    elif (letter, expected) in _ALIKE:
        cost = above[to - 1] + 0.6
    elif (letter, expected) in _NEIGHBOURING_KEYS:
        cost = above[to - 1] + 0.7
    else:
        cost = above[to - 1] + (1.4 if at == to == 1 else 1.0)
    doubled = to > 1 and right[to - 2] == expected
    cost = min(cost, row[to - 1] + (0.4 if doubled else 0.5 if expected == "." else 0.8))
    cost = min(cost, above[to] + _surplus(text, at, expected))
    if at > 1 and to > 1 and letter == right[to - 2] and text[at - 2] == expected:
        cost = min(cost, before[to - 2] + 0.6)
    return cost


def _surplus(text: str, at: int, expected: str) -> float:
    """Return the cost of a letter too many."""
    letter = text[at - 1]
    if at > 1 and text[at - 2] == letter:
        return 0.4
    if letter.isdigit() or letter == ".":
        return 0.6
    return 0.7 if (letter, expected) in _NEIGHBOURING_KEYS else 0.9
