"""A crowd of alike refusals is the relay's trouble; dead addresses in random order are none."""

import random

import pytest

from mpftp.domain.bounces.crowd import Run, WhatFollows, canonical_words, is_relay_problem, is_report_crowd


def held(answers, domains=5, fragment=0):
    """Whether a campaign that meets *answers* in that order would be held: at once, or at its end.

    Likewise at the end of each *fragment* of so many contacts, if it has any.
    """
    accepted = refused = length = 0
    for place, answer in enumerate(answers, 1):
        if answer:
            accepted, refused, length = accepted + 1, refused + length, 0
            continue
        length += 1
        run = Run(length, min(length, domains), accepted, refused)
        if is_relay_problem(run, WhatFollows.THE_FRAGMENT):
            return True
        if fragment and place % fragment == 0 and is_relay_problem(run, WhatFollows.LATER):
            return True
    return is_relay_problem(Run(length, min(length, domains), accepted, refused), WhatFollows.NOTHING)


@pytest.mark.parametrize("size", [3, 20, 120, 1000])
def test_a_relay_that_refuses_all_holds_lists_of_any_size(size):
    assert held([False] * size)


@pytest.mark.parametrize("size", [3, 20, 120, 1000])
def test_one_domain_alone_is_no_crowd(size):
    assert not held([False] * size, domains=1)


@pytest.mark.parametrize(("dead", "of"), [(1, 3), (2, 12), (2, 3)])
def test_a_few_dead_addresses_hold_nothing(dead, of):
    assert not held([True] * (of - dead) + [False] * dead)


@pytest.mark.parametrize(("accepted", "refused"), [(5, 3), (100, 3), (100, 20), (1000, 20)])
def test_a_relay_that_breaks_on_the_way_is_noticed(accepted, refused):
    assert held([True] * accepted + [False] * refused)


@pytest.mark.parametrize("percent", range(0, 61, 10))
@pytest.mark.parametrize("size", [120, 1000])
def test_lists_of_dead_addresses_in_random_order_are_not_held(size, percent):
    chance = random.Random(size + percent)
    lists = 0
    for _ in range(100):
        answers = [number >= size * percent // 100 for number in range(size)]
        chance.shuffle(answers)
        lists += held(answers)
    assert lists <= 2


@pytest.mark.parametrize("percent", [2, 10, 30, 60])
def test_dead_addresses_in_random_order_hold_no_list_at_the_ends_of_its_fragments(percent):
    chance = random.Random(percent)
    lists = 0
    for _ in range(100):
        answers = [number >= 300 * percent // 100 for number in range(300)]
        chance.shuffle(answers)
        lists += held(answers, fragment=15)
    assert lists <= 2


def test_a_run_of_twenty_holds_before_the_end():
    assert not is_relay_problem(Run(19, 5, accepted=100), WhatFollows.THE_FRAGMENT)
    assert is_relay_problem(Run(20, 5, accepted=100), WhatFollows.THE_FRAGMENT)


@pytest.mark.parametrize(
    ("alike", "domains", "sent", "crowd"),
    [(3, 3, 15, True), (3, 3, 16, False), (2, 3, 3, False), (3, 2, 3, False), (200, 90, 1000, True)],
)
def test_a_crowd_of_reports(alike, domains, sent, crowd):
    assert is_report_crowd(alike, domains, sent) is crowd


ALIKE = [
    (
        ("550 5.1.1", "<ana@um.example>: user ana unknown (id 1Ab-22c) [mx1.um.example]", "ana@um.example"),
        (
            "550 5.1.1",
            "<rui@dois.example>: User rui unknown (id 9Zz-01x) [mx.dois.example]",
            "rui@dois.example",
        ),
    ),
    (
        ("550", 'Outgoing mail from "loja" suspended, see https://x.example/?id=77 14:02:11', "a@b.example"),
        ("550", 'Outgoing mail from "outra" suspended, see https://x.example/?id=1 09:00:00', "c@d.example"),
    ),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_alike_but_for_addresses_names_numbers_and_identifiers(one, other):
    assert canonical_words(*one) == canonical_words(*other)


def test_other_words_or_codes_are_not_alike():
    base = canonical_words("550", "user unknown", "a@b.example")
    assert base != canonical_words("550", "mailbox full", "a@b.example")
    assert base != canonical_words("554", "user unknown", "a@b.example")


@pytest.mark.parametrize("words", ["Ana unknown", "box of ana unknown", "user 'um.example' ana unknown"])
def test_the_recipients_name_is_no_word_of_the_refusal(words):
    assert "ana" not in canonical_words("550", words, "ana@um.example").split()


@pytest.mark.parametrize("words", ["banana unknown", "anagram unknown", "ana_b unknown"])
def test_a_name_inside_another_word_stays(words):
    assert canonical_words("550", words, "ana@um.example") == canonical_words("550", words, "x@y.example")
