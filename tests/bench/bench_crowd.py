"""Measure the figures of the crowd rule: how often lists of dead addresses are held by chance.

Run by hand: ``python tests/bench/bench_crowd.py``. Every list has its dead addresses in random order, and
all servers refuse in the same words, which is the worst that can be. "bare" is the rule of 20 and 3 alone,
"mpftp" the one of ``mpftp.domain.bounces.crowd``; then, how soon a relay that breaks is noticed.
"""

from __future__ import annotations

import random

from mpftp.domain.bounces.crowd import LEAST, RUN_LENGTH, Run, is_relay_trouble

LISTS = 400


def main() -> None:
    chance = random.Random(1)
    print(f"of {LISTS} lists in random order, held by chance (bare | mpftp)")
    print("  contacts " + "".join(f"{share:>14} %" for share in range(0, 70, 10)))
    for size in (3, 10, 20, 120, 1_000, 10_000):
        row = [held_share(size, share / 100, chance) for share in range(0, 70, 10)]
        print(f"  {size:8} " + "".join(f"  {bare:5.1%} | {ours:5.1%}" for bare, ours in row))
    print("a relay that refuses everything after some were accepted: refusals until it is held")
    for share in (0, 0.1, 0.3, 0.6):
        print(f"  {share:4.0%} dead before: {refusals_until_held(1_000, share)} of a list that goes on,"
              f" {refusals_until_held(1_000, share, finished=True)} at its end")  # fmt: skip


def held_share(size: int, dead: float, chance: random.Random) -> tuple[float, float]:
    """The shares of lists that the bare rule and ours hold, of those in which anybody is alive."""
    bare = ours = 0
    count = LISTS if size < 10_000 else LISTS // 4
    for _ in range(count):
        answers = [number >= round(size * dead) for number in range(size)]
        chance.shuffle(answers)
        bare += is_held(answers, plain_rule)
        ours += is_held(answers, is_relay_trouble)
    return bare / count, ours / count


def plain_rule(run: Run, *, finished: bool) -> bool:
    return run.length >= (LEAST if finished else RUN_LENGTH)


def is_held(answers: list[bool], rule=is_relay_trouble) -> bool:
    """Whether a campaign with these *answers* (accepted or refused) would be held."""
    accepted = refused = length = 0
    for answer in answers:
        if answer:
            accepted, refused, length = accepted + 1, refused + length, 0
            continue
        length += 1
        if rule(Run(length, min(length, 2), accepted, refused), finished=False):
            return True
    return rule(Run(length, min(length, 2), accepted, refused), finished=True)


def refusals_until_held(before: int, dead: float, *, finished: bool = False) -> int:
    refused = round(before * dead)
    return next(
        length
        for length in range(1, 1_000)
        if is_relay_trouble(Run(length, 2, before - refused, refused), finished=finished)
    )


if __name__ == "__main__":
    main()
