"""What will go out when."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from mpftp.domain.sending.due import WaitingFragment
from mpftp.domain.sending.forecast import forecast_fragments
from mpftp.domain.sending.schedule import OpenFragment, parse_send_window
from tests.settings import send_policy

ZONE = ZoneInfo("America/Sao_Paulo")
NOON = datetime(2026, 3, 1, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def untried(fragment):
    return WaitingFragment(fragment, is_untried=True, retry_at=None)


def fragments(*sizes, due=NOON):
    return [
        (untried(OpenFragment(n, 1, 1, "acme", "P_20260301", n, due + (n - 1) * HOUR)), {"a.example": size})
        for n, size in enumerate(sizes, 1)
    ]


def test_fragments_go_out_when_they_are_due_and_results_follow():
    found = forecast_fragments(
        fragments(10, 10), send_policy("smtp", ZONE, 3, fragment_interval=HOUR), {}, NOON - HOUR
    )
    assert [(part.number, part.messages, part.starts_at) for part in found.fragments] == [
        (1, 10, NOON), (2, 10, NOON + HOUR),
    ]  # fmt: skip
    assert found.ends_at == NOON + HOUR
    assert found.results_at == NOON + HOUR + timedelta(days=3)


def test_overdue_fragments_are_foretold_with_their_distance():
    late = NOON + 10 * HOUR
    found = forecast_fragments(
        fragments(10, 10, 10), send_policy("smtp", ZONE, 0, fragment_interval=HOUR), {}, late
    )
    starts = [part.starts_at for part in found.fragments]
    assert starts[0] == late
    assert all(b - a >= 0.9 * HOUR for a, b in pairwise(starts))


def test_a_rate_takes_its_time():
    found = forecast_fragments(
        fragments(7200), send_policy("smtp", ZONE, 0), {"a.example": 1.0, "*": 100.0}, NOON
    )
    assert found.ends_at == NOON + 2 * HOUR


def test_work_rests_while_the_window_is_closed():
    policy = send_policy("smtp", ZONE, 0, window=parse_send_window("08:00-13:00"))
    found = forecast_fragments(fragments(7200), policy, {"*": 1.0}, NOON)
    assert found.ends_at.astimezone(ZONE).isoformat() == "2026-03-02T09:00:00-03:00"


def test_what_waits_for_its_retry_goes_out_then():
    begun = OpenFragment(1, 1, 1, "acme", "P_20260301", 1, NOON, started_at=NOON)
    waiting = WaitingFragment(begun, is_untried=False, retry_at=NOON + 2 * HOUR)
    found = forecast_fragments([(waiting, {"a.example": 1})], send_policy("smtp", ZONE, 0), {}, NOON + HOUR)
    assert (found.fragments[0].starts_at, found.ends_at) == (NOON + 2 * HOUR, NOON + 2 * HOUR)


def test_nothing_left_ends_now():
    assert forecast_fragments([], send_policy("smtp", ZONE, 0), {}, NOON).ends_at == NOON
