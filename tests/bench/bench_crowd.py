"""Measure the figures of the crowd rule: how often lists of dead addresses are held by chance.

Run by hand: ``python tests/bench/bench_crowd.py``. Every list has its dead addresses in random order, and
all servers refuse in the same words, which is the worst that can be. "bare" is the rule of 20 and 3 alone,
"mpftp" the one of ``mpftp.domain.bounces.crowd``; then, how soon a relay that breaks is noticed; at last,
which share of the dead a crowd of reports spares, where the relay takes everything and reports come back.

Measured: the rule of 20 and 3 alone holds 0 % of the lists with 10 % dead, 3 % with 30 %, 9 % with 50 %
and 20 % with 60 %; with the bound of chance it is 0, 0 to 2, 0 to 1 and 0 to 2 %. A relay that refuses all
is noticed after 20 refusals, or 25 where 60 % were dead before; at a list's end after 3, or 12.

The fifth of the reports: where all servers have one wording, lists of 20 % dead and more are spared whole;
where two share them half and half, 2 to 4 % at 30 % dead, one half at 40 % and all from 50 % on; with four
wordings 0 % up to 40 % dead and 2 to 9 % beyond on 120 contacts, 0 % on 1,000; with eight none. On ten
contacts three reports are a crowd more often, and those who are spared are counted until it repeats. So a
fifth suits lists whose readers are spread over four or more makes of server; a larger share would spare
fewer of the dead where servers are alike, and find a relay later that loses its account in mid-campaign.
"""

from __future__ import annotations

import random

from mpftp.domain.bounces.crowd import LEAST, RUN_LENGTH, Run, WhatFollows, is_relay_problem, is_report_crowd

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
              f" {refusals_until_held(1_000, share, WhatFollows.NOTHING)} at its end")  # fmt: skip

    print("reports: dead addresses that are spared as a crowd, where servers have so many wordings")
    print("  contacts  wordings " + "".join(f"{share:>8} %" for share in range(0, 70, 10)))
    for size in (10, 120, 1_000, 10_000):
        for wordings in (1, 2, 4, 8):
            row = [spared_share(size, share / 100, wordings, chance) for share in range(0, 70, 10)]
            print(f"  {size:8}  {wordings:8} " + "".join(f"  {spared:7.1%}" for spared in row))


def spared_share(size: int, dead: float, wordings: int, chance: random.Random) -> float:
    """The share of the dead whom reports alike in one of *wordings* spare, for their crowd is too large."""
    spared = gone = 0
    for _ in range(LISTS if size < 10_000 else LISTS // 10):
        counts = [0] * wordings
        for _ in range(round(size * dead)):
            counts[chance.randrange(wordings)] += 1
        spared += sum(count for count in counts if is_report_crowd(count, min(count, 3), size))
        gone += sum(counts)
    return spared / gone if gone else 0.0


def held_share(size: int, dead: float, chance: random.Random) -> tuple[float, float]:
    """The shares of lists that the bare rule and ours hold, of those in which anybody is alive."""
    bare = ours = 0
    count = LISTS if size < 10_000 else LISTS // 4
    for _ in range(count):
        answers = [number >= round(size * dead) for number in range(size)]
        chance.shuffle(answers)
        bare += is_held(answers, plain_rule)
        ours += is_held(answers, is_relay_problem)
    return bare / count, ours / count


def plain_rule(run: Run, follows: WhatFollows) -> bool:
    return run.length >= (RUN_LENGTH if follows is WhatFollows.THE_FRAGMENT else LEAST)


def is_held(answers: list[bool], rule=is_relay_problem) -> bool:
    """Whether a campaign with these *answers* (accepted or refused) would be held."""
    accepted = refused = length = 0
    for answer in answers:
        if answer:
            accepted, refused, length = accepted + 1, refused + length, 0
            continue
        length += 1
        if rule(Run(length, min(length, 2), accepted, refused), WhatFollows.THE_FRAGMENT):
            return True
    return rule(Run(length, min(length, 2), accepted, refused), WhatFollows.NOTHING)


def refusals_until_held(before: int, dead: float, follows: WhatFollows = WhatFollows.THE_FRAGMENT) -> int:
    refused = round(before * dead)
    return next(
        length
        for length in range(1, 1_000)
        if is_relay_problem(Run(length, 2, before - refused, refused), follows)
    )


if __name__ == "__main__":
    main()
