"""Mailbox domains that people in Brazil use, and which of them a mistyped domain was meant for.

The table says which names have mailboxes under which endings. A domain is cut into its name and its
ending; each is compared with the table by a weighted edit distance in which a neighbouring key, a
doubled, dropped or swapped letter costs less than any other change. Domains that really exist near
those of the table are listed, so that none of them is taken for a slip.
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Iterator
from typing import NamedTuple

from mpftp.domain.triplets.typing_distance import alike_letters, edit_distance, keys_beside, slip_cost

_TABLE = """
gmail 1.35 com
hotmail 1.75 com com.br co.uk com.ar com.mx com.tr com.au ca cl es fr it de be nl se no dk fi gr ch pt
hotmail 1.75 jp co.il co.nz co.za co.th co.jp rs hu cz
outlook 1.75 com com.br pt es fr it de com.ar cl at be cz dk ie co.id co.il in jp kr lv my ph sg sa sk
outlook 1.75 co.th com.au com.gr com.tr com.vn hu
yahoo 1.25 com com.br com.ar com.mx com.co com.pe com.ve cl es fr it de co.uk ca ie in co.in co.jp
yahoo 1.25 co.id co.kr com.au com.cn cn com.hk com.tw com.ph com.sg com.vn co.th se no dk fi gr nl pl
yahoo 1.25 ro hu cz at be ch com.tr co.nz co.za com.my pt
icloud 1.3 com
live 0.6 com com.br com.pt com.ar com.mx cl fr it de co.uk nl be ca dk se no fi at ie in jp cn
live 0.6 com.au com.my com.sg com.ph co.za hk ru
msn 0.6 com
ymail 0.6 com
rocketmail 1.75 com
googlemail 1.75 com de co.uk
windowslive 1.75 com
myyahoo 0.6 com
me 0 com
mac 0.4 com
aol 0.6 com com.br co.uk fr de it com.mx com.ar
uol 0.6 com.br com.ar
bol 0.6 com.br
terra 0.9 com.br com.ar com.mx com.co com.pe cl es
ig 0 com.br
superig 0.9 com.br
globo 0.9 com
globomail 1.3 com
oi 0 com.br net.br
r7 0 com
pop 0.4 com.br
zipmail 0.9 com.br
ibest 0.9 com.br
brturbo 0.9 com.br
click21 0.9 com.br
veloxmail 1.3 com.br
itelefonica 1.75 com.br
telefonica 0.9 com.br
netsite 0.6 com.br
uai 0.4 com.br
onda 0.4 com.br
sercomtel 1.3 com.br
vivo 0.4 com.br
protonmail 1.75 com ch
proton 0.6 me
pm 0 me
tutanota 1.3 com de
zoho 0.4 com eu
zohomail 0.9 com
gmx 0.4 com de net at ch fr es us co.uk
yandex 0.9 com ru com.tr
hey 0 com
fastmail 0.9 com fm
inbox 0.6 com lv ru
sapo 0.4 pt
iol 0 pt
clix 0.4 pt
netcabo 0.9 pt
comcast 0.9 net
verizon 0.9 net
sbcglobal 1.3 net
bellsouth 1.3 net
att 0 net
"""
"""Name, the distance that a slip of it may have, and its endings, the most usual one first."""

_NEIGHBOUR_NAMES = """
alo.com alo.com.br aol.net asol.com.br best.com.br biol.com.br bmail.com.br bol.com bol.com.bo bolo.com
bolo.com.br clix.com cloud.com cloud.com.br cmail.com e-mail.com email.com email.com.br email.it email.net
fastmail.ca fastmail.cn fastmail.im ferra.com.br five.com fmail.co.uk fmail.com gaia.com.br gail.com
gama.com.br gemail.com.br glob.com globe.com globo.com.br globo.tv globos.com gm.com gma.com gmac.com
gmail.org gmail.ru gmall.com gmall.com.br gmx.com gomail.com grail.com hmail.com hostmail.com
hostmail.com.br hot.com hoteis.com hotel.com hotmail.com.hk hotmail.net hotmail.org hotmail.ru hotmall.com
hotmart.com hotmart.com.br hotmilk.com ibest.com icloud.net idcloud.com ig.com ig.com.ar imail.com
inbox.com.br inbox.ee inbox.la inbox.lt iol.it jmail.com.br laive.com.br leve.com.br libe.com.br lice.com.br
life.com lige.com.br like.com line.com live.co.za live.net lived.com liver.com lives.com livre.com
livre.com.br looks.com love.com mac.com.br mail.com mail.com.br mail.de mail.pt mail.ru mailbox.org
me.com.br mns.com msn.com.br msn.net netsite.com oi.com olive.com olive.com.br onda.com outlook.co.nz
outlook.com.pe outlook.net outlook.org pop.com pop.com.mx prontomail.com proton.com protonmail.net
qmail.com.br r7.com.br rediffmail.com rmail.com sapo.com sapo.com.br serra.com.br smail.com smail.com.br
tail.com telefonia.com.br telefonica.com telefonica.com.ar tera.com terna.com.br terra.com terra.com.ve
terra.net terras.com.br terraviva.com.br tetra.com.br tmail.com uai.com.ar ucloud.com uol.com uol.com.co
uol.com.mx uolhost.com.br upol.com vivo.com vmail.com wmail.com.br y7mail.com yaho.net yahoo.com.es
yahoo.ne.jp yahoo.net yazoo.com ymail.net yopmail.com yopmail.fr zip.com.br zipmail.com zmail.com
zoho.com.br
"""

_BIG = frozenset({"gmail", "hotmail", "outlook", "yahoo", "icloud"})
"""Names so usual that a wrong ending, or a letter or two before the name, is a slip."""

_BIG_TAILS = frozenset(name[-3:] for name in _BIG)

_BIG_WITH_MORE = {name + more: name for name in _BIG for more in ("mail", "br")}

_RUN = re.compile(r"(.)\1{2,}")
"""A key that was held down."""

_LONE_ENDINGS = frozenset({"com", "net", "org", "br", "co", "cc", "info", "biz"})

_OTHER_ENDING = 1.65
"""What an ending costs that is no slip of a provider's: too much for a name with more than a small slip."""

_NATIONAL_ENDING = 0.8
"""What it costs to write the ending of a country otherwise than the provider has it there."""

_MISTYPED = {
    "com": "con cmo ocm comm coom ccom vom xom cim cpm cok coml comn conm clm c0m col comc colm coma comw c",
    "net": "nte met ner nett neet ney",
    "org": "ogr rog orgg ors",
    "br": "brr rb bbr brl brt vr nr bt b",
}
_ENDINGS = {wrong: right for right, slips in _MISTYPED.items() for wrong in slips.split()}
_SECOND = {
    "com": "com con cmo ocm comm coom ccom vom xom cim cpm cok coml comn co cm om conm clm c0m dom",
    "org": "ogr rog orgg",
    "net": "nte nett",
    "gov": "gvo gob govv",
    "edu": "edi eud",
}
_SECOND_LEVEL = {wrong: right for right, slips in _SECOND.items() for wrong in slips.split()}


class _Provider(NamedTuple):
    """A name of the table: how far a slip of it may be, its endings, and the letters in it."""

    name: str
    limit: float
    endings: tuple[str, ...]
    letters: frozenset[str]


def _read_table() -> dict[str, _Provider]:
    providers: dict[str, _Provider] = {}
    for line in _TABLE.strip().splitlines():
        name, limit, *endings = line.split()
        former = providers[name].endings if name in providers else ()
        providers[name] = _Provider(name, float(limit), (*former, *endings), frozenset(name))
    return providers


_PROVIDERS = _read_table()
MAILBOX_DOMAINS = frozenset(f"{one.name}.{ending}" for one in _PROVIDERS.values() for ending in one.endings)
"""Domains under which people in Brazil have mailboxes."""

GENUINE_NEIGHBOURS = frozenset(_NEIGHBOUR_NAMES.split())
"""Domains that exist and look like a slip of one of ``MAILBOX_DOMAINS``."""


_LONG = tuple(one for one in _PROVIDERS.values() if len(one.name) > 4)


def _pairs_of(name: str) -> Iterator[str]:
    """Return the pairs of letters of *name*, whose start and end count as letters."""
    return map(operator.add, f"^{name}", f"{name}$")


@functools.cache
def _pair_masks() -> dict[str, int]:
    """Return for each pair of letters the long names that hold it, as bits in their order."""
    masks: dict[str, int] = {}
    for index, provider in enumerate(_LONG):
        for pair in _pairs_of(provider.name):
            masks[pair] = masks.get(pair, 0) | 1 << index
    return masks


def _reach(provider: _Provider) -> range:
    """Return the lengths that a slip of the name may have."""
    more = 2 if provider.limit > 1 else 1
    return range(len(provider.name) - more, len(provider.name) + more + 1)


_LENGTH_MASKS = [sum(1 << n for n, one in enumerate(_LONG) if size in _reach(one)) for size in range(16)]
_VERY_LONG_MASK = sum(1 << number for number, one in enumerate(_LONG) if len(one.name) > 7)


def _plausible(name: str) -> list[_Provider]:
    """Return the long names that share at least two pairs of letters with *name*, very long ones three.

    Those that differ from it by too many letters are left out.
    """
    lengths = _LENGTH_MASKS[len(name)] if len(name) < 16 else 0
    masks = list(filter(None, map(_pair_masks().get, _pairs_of(name))))
    if not lengths or len(masks) < 2:
        return []
    once = twice = thrice = 0
    for mask in masks:
        thrice |= twice & mask
        twice |= once & mask
        once |= mask
    chosen = (thrice | twice & ~_VERY_LONG_MASK) & lengths
    providers = []
    while chosen:
        lowest = chosen & -chosen
        providers.append(_LONG[lowest.bit_length() - 1])
        chosen ^= lowest
    letters = set(name)
    return [one for one in providers if _least_cost(letters, one) <= one.limit]


def _least_cost(letters: set[str], provider: _Provider) -> float:
    """Return what a slip with just these *letters* costs at least: 0.6 for each that only one of both has."""
    return 0.6 * max(len(provider.letters - letters), len(letters - provider.letters))


@functools.cache
def _short_slips() -> dict[str, _Provider]:
    """Return the slips of short names that can hardly be names of their own: doubled, swapped, alike.

    And those with a key beside the right one, in its place only where the name is not too short.
    """
    slips: dict[str, _Provider] = {}
    for one in [one for one in _PROVIDERS.values() if one.limit and len(one.name) < 5]:
        name = one.name
        for at, letter in enumerate(name):
            start, end = name[:at], name[at + 1 :]
            slips[start + letter + letter + end] = one
            if end:
                slips[start + end[0] + letter + end[1:]] = one
            if one.limit > 0.5:
                keys = keys_beside(letter)
                slips |= {start + other + end: one for other in alike_letters(letter)}
                slips |= {start + letter + key + end: one for key in keys}
                slips |= {start + key + letter + end: one for key in keys if start}
                slips |= {start + key + end: one for key in keys if len(name) > 3}
    return {slip: one for slip, one in slips.items() if slip not in _PROVIDERS}


def suggest_domain(domain: str) -> str:
    """Return the domain that the lower-case *domain* was most likely meant for; ``""`` if it looks right."""
    if domain in MAILBOX_DOMAINS or domain in GENUINE_NEIGHBOURS:
        return ""
    name, _, ending = domain.partition(".")
    if not ending:
        return ""
    if name == "www" and "." in ending:
        return suggest_domain(ending) or ending
    best = _best_provider(name, ending)
    if best:
        return best
    right = _with_right_ending(domain)
    if right in GENUINE_NEIGHBOURS and name in _PROVIDERS:
        return f"{name}.{_PROVIDERS[name].endings[0]}"
    return suggest_domain(right) or right if right else ""


def is_certain_domain(domain: str, suggestion: str) -> bool:
    """Return whether *suggestion* is one edit away from *domain*, and no other mailbox domain is.

    The edit may not be in a short name, which has too many others beside it.
    """
    name, _, _ = suggestion.partition(".")
    if len(name) < 5 and domain.partition(".")[0] != name:
        return False
    if edit_distance(domain, suggestion) != 1 or domain in MAILBOX_DOMAINS | GENUINE_NEIGHBOURS:
        return False
    others = (MAILBOX_DOMAINS | GENUINE_NEIGHBOURS) - {suggestion}
    return not any(abs(len(one) - len(domain)) < 2 and edit_distance(domain, one) == 1 for one in others)


def _best_provider(name: str, ending: str) -> str:
    """Return the nearest domain of the table, ``""`` if none is near enough."""
    best, least = "", 9.0
    for written, endings, extra in _readings(name, ending):
        for provider, cost in _similar_names(written):
            right, more = _nearest_ending(endings, provider)
            total = cost + more + extra
            if right and 0 < total < min(least, _total_limit(provider)):
                best, least = f"{provider.name}.{right}", total
    return best


def _similar_names(written: str) -> Iterator[tuple[_Provider, float]]:
    """Yield the providers that *written* may be meant for, and how far it is from their names."""
    known = _PROVIDERS.get(written)
    if known:
        yield known, 0.0
        return
    short = _short_slips().get(written)
    if short:
        yield short, 0.6
    for provider in _plausible(written):
        cost = slip_cost(written, provider.name, provider.limit)
        if provider.limit < cost < 2.1 and sorted(written) == sorted(provider.name):
            cost = provider.limit
        if cost <= provider.limit:
            yield provider, cost


def _total_limit(provider: _Provider) -> float:
    return 2.4 if provider.name in _BIG else 1.8


def _readings(name: str, ending: str) -> list[tuple[str, str, float]]:
    """Return how *name* and *ending* may be cut: as written, with a dot moved, without what is too much."""
    readings = [(name, ending, 0.0)]
    if _RUN.search(name):
        readings.append((_RUN.sub(r"\1\1", name), ending, 0.5))
    if len(name) < 4:
        first, _, tail = ending.partition(".")
        if name + first in _BIG:
            readings.append((name + first, tail, 0.5))
    elif name[-3:] in ("com", "con"):
        readings.append((name[:-3], f"com.{ending}" if ending != "com" else ending, 0.5))
    elif name[-3:] in _BIG_TAILS:
        readings += [
            (big, ending, 1.1) for big in _BIG if name.endswith(big) and 0 < len(name) - len(big) < 3
        ]
    if name in _BIG_WITH_MORE:
        readings.append((_BIG_WITH_MORE[name], ending, 0.7))
    stripped = name.strip("0123456789")
    if stripped != name and (len(stripped) > 4 or stripped in _PROVIDERS):
        readings.append((stripped, ending, 0.6))
    return readings


def _nearest_ending(ending: str, provider: _Provider) -> tuple[str, float]:
    """Return the provider's ending that *ending* was most likely meant for, and how far it is."""
    if ending in provider.endings:
        return ending, 0.0
    if ending in ("combr", "conbr", "comb"):
        return _nearest_ending("com.br", provider)[0], 0.5
    usual = provider.endings[:2]
    best = min(usual, key=lambda right: slip_cost(ending, right, 1.7))
    cost = slip_cost(ending, best, 1.7)
    if ending.removesuffix(".com") in usual or ending.removesuffix(".br") in usual:
        best, cost = usual[0] if ending.removesuffix(".com") == usual[0] else usual[-1], 0.7
        return (usual[0], 0.7) if ending.removesuffix(".br") == usual[0] else (best, cost)
    if cost > _NATIONAL_ENDING:
        national = _national_ending(ending, provider)
        if national:
            return national, _NATIONAL_ENDING
    if cost <= 1.65:
        return best, cost
    if provider.name in _BIG and (ending.startswith("com") or _is_ending(ending)):
        return provider.endings[0], _OTHER_ENDING
    return "", 9.0


def _national_ending(ending: str, provider: _Provider) -> str:
    """Return the provider's ending in the country of *ending*, as ``co.jp`` for ``jp`` and ``com.jp``."""
    second, _, country = ending.rpartition(".")
    if len(country) != 2 or country == "co" or second not in ("", "com", "co"):
        return ""
    return next((right for right in provider.endings if right.rpartition(".")[2] == country), "")


def _is_ending(ending: str) -> bool:
    """Return whether *ending* is made of what stands at the end of domains, rightly or wrongly typed."""
    labels = ending.split(".")
    return len(labels) < 3 and all(
        len(label) == 2 or label in _LONE_ENDINGS or label in _ENDINGS or label in _SECOND_LEVEL
        for label in labels
    )


def _with_right_ending(domain: str) -> str:
    """Return *domain* with a mistyped ending put right, ``""`` if its ending looks right."""
    remainder, _, last = domain.rpartition(".")
    stem, _, second = remainder.rpartition(".")
    if last == "br" and stem and second in _SECOND_LEVEL and second != "com":
        return f"{stem}.{_SECOND_LEVEL[second]}.br"
    if (
        last in ("b", "r", "brr", "rb", "brl", "bbr", "vr", "nr")
        and second in {*_SECOND_LEVEL, *_SECOND}
        and stem
    ):
        return f"{stem}.{_SECOND_LEVEL.get(second, second)}.br"
    if last in ("com", "br") and second == last and stem:
        return remainder
    if last in ("combr", "conbr", "comb"):
        return f"{remainder}.com.br"
    right = _ENDINGS.get(last, "")
    if (right in ("com", "net", "org") or last == "b") and second not in _LONE_ENDINGS:
        return f"{remainder}.{right}"
    return ""
