"""When many refusals are alike: whether our relay has a problem, whichever recipient the words name.

Words alone never decide against a crowd. A run is made of alike refusals of one campaign since the last
message that was accepted; its suppressions wait until an acceptance closes it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import Enum

from mpftp.domain.bounces.phrases import normalize

RUN_LENGTH = 20
"""Alike refusals, none accepted between, at which a campaign is held while its fragment goes on."""

LEAST = 3
"""Alike refusals that can hold a campaign which sends no more, or not now; likewise, alike reports."""

LEAST_DOMAINS = 2
REPORT_DOMAINS = 3
REPORT_SHARE = 5
"""A crowd of reports makes at least one in so many of the campaign's messages."""

CHANCE = 0.003
"""How likely a run may be by chance alone, at the campaign's own rate of refusals, and yet hold it.

A list with six dead addresses in ten has runs of twenty by chance; one with none has not. Measured by
``tests/bench/bench_crowd.py`` on lists of 10 to 100,000 contacts with 0 to 60 % of them dead.
"""


class WhatFollows(Enum):
    """What a campaign still has to send after a run of refusals."""

    THE_FRAGMENT = "the fragment"
    """More of the fragment that was refused: the next answers will tell."""

    LATER = "later"
    """A later fragment, or what is to be tried again: until then nothing tells more."""

    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Run:
    """Alike refusals since the last acceptance: how many, over how many domains.

    *accepted* and *refused* are what the campaign's other messages had met before the run began.
    """

    length: int
    domains: int
    accepted: int = 0
    refused: int = 0


def is_relay_problem(run: Run, follows: WhatFollows) -> bool:
    """Whether *run* is the relay's trouble, seeing what the campaign has still to send.

    Where nothing was ever accepted the figures alone decide. Where something was, the run must also be
    unlikely by chance: each of its refusals as likely as refusals were before, by Laplace's estimate.
    """
    least = RUN_LENGTH if follows is WhatFollows.THE_FRAGMENT else LEAST
    if run.domains < LEAST_DOMAINS or run.length < least:
        return False
    if not run.accepted:
        return True
    before = run.accepted + run.refused
    rate = (run.refused + 1) / (before + 2)
    places = 1 if follows is WhatFollows.NOTHING else before + run.length  # where a run may begin
    return math.log(places) + run.length * math.log(rate) <= math.log(CHANCE)


def is_report_crowd(alike: int, domains: int, sent: int) -> bool:
    """Whether that many alike reports, of *sent* messages of a campaign, are not their readers' trouble."""
    return alike >= LEAST and domains >= REPORT_DOMAINS and alike * REPORT_SHARE >= sent


MAX_CANONICAL = 300

_URL = re.compile(r"https?://\S{1,500}")
_ADDRESS = re.compile(r"[^\s<>@()\"':;,]{0,100}@[^\s<>()\"':;,]{1,255}")
_HOST = re.compile(r"(?<![\w.])(?=[\w.-]*[a-z])[\w-]{1,63}(?:\.[\w-]{1,63}){1,10}\b")
_IDENTIFIER = re.compile(
    r"[\[({<][^\])}>]{0,200}[\])}>]|(['\"])[^'\"]{0,100}\1|(?<!\w)(?=[\w-]*\d)[\w-]{2,100}(?!\w)|\d+(?:[.:/]\d+)*"
)


def canonical_words(code: str, reply: str, recipient: str) -> str:
    """What two alike refusals share: code and words, without addresses, names, numbers, identifiers.

    *code* is the reply code and the status, *recipient* the address that was written to.
    """
    local, _, domain = recipient.lower().rpartition("@")
    words = _ADDRESS.sub(" ", _URL.sub(" ", normalize(reply)))
    for name in filter(None, (domain, local)):
        words = _without_word(words, name)
    words = _IDENTIFIER.sub(" ", _HOST.sub(" ", words))
    return " ".join([code, *re.findall(r"[^\W\d_]+", words)]).strip()[:MAX_CANONICAL]


def _without_word(words: str, name: str) -> str:
    """*words* with a space for *name* wherever it is no part of a longer word.

    No pattern: each recipient has a name of his own, and compiling costs more than all else here.
    """
    kept, start, at = [], 0, words.find(name)
    while at >= 0:
        end = at + len(name)
        if not (_is_word(words[at - 1 : at]) or _is_word(words[end : end + 1])):
            kept.append(words[start:at])
            start = end
        at = words.find(name, max(start, at + 1))
    return " ".join([*kept, words[start:]])


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"
