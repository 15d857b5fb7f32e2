"""Which troubles of a run are news."""

from datetime import UTC, datetime

from mpftp.domain.lasting import UNAVAILABLE, LastingTrouble, SaidTrouble, compare_troubles, make_trouble
from mpftp.errors import EndpointError, EndpointUnavailableError

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def said(trouble, command="collect", *, silent=False):
    return SaidTrouble(command, trouble.place, trouble.topic, trouble.text, trouble.passes, silent, NOON)


AWAY = make_trouble("acme", EndpointUnavailableError("no connection for 10 s"))
REFUSED = make_trouble("acme", EndpointError("login refused: 530 (attempt 3)"))


def test_what_lasts_is_no_news_whatever_its_words_say():
    again = make_trouble("acme", EndpointUnavailableError("421 later"))
    assert compare_troubles("collect", [said(AWAY)], [again], []).began == []
    again = make_trouble("acme", EndpointError("login refused: 530 (attempt 4)"))
    assert compare_troubles("collect", [said(REFUSED)], [again], []).began == []


def test_another_trouble_of_the_same_place_is_news():
    assert compare_troubles("collect", [said(AWAY)], [REFUSED], []).began == [(REFUSED, False)]


def test_an_end_is_seen_only_where_a_run_looked_to_the_end():
    assert compare_troubles("collect", [said(AWAY)], [], []).ended == []
    assert compare_troubles("collect", [said(AWAY)], [], ["acme"]).ended == [said(AWAY)]
    assert compare_troubles("collect", [said(AWAY)], [AWAY], ["acme"]).ended == []


def test_two_commands_do_not_tell_the_same():
    """A server that is away is so for results, too; of the commands themselves, each has its own locks."""
    assert compare_troubles("publish", [said(AWAY)], [AWAY], []).began == [(AWAY, True)]
    locked = LastingTrouble("", UNAVAILABLE, "locked", passes=True)
    full = LastingTrouble("", UNAVAILABLE, "the disk is full", passes=True)
    assert compare_troubles("publish", [said(locked)], [full], []).began == [(full, False)]
    assert compare_troubles("publish", [said(full)], [full], []).began == [(full, True)]
    assert compare_troubles("publish", [said(full)], [], [""]).ended == []
