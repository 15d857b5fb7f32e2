"""The six files by SQL are those that a few plain lines of Python make of the same events."""

from __future__ import annotations

from itertools import groupby

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mpftp.adapters.store.results import CountingPolicy, ResultRows, ResultStore
from mpftp.domain.file_names import ResultType

EMAILS = ("ana@example.com", "bia@example.com", "caio@example.com")
KINDS = ("open", "click", "bounce", "opt-out", "complaint")

events = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(KINDS),
            "email": st.sampled_from(EMAILS),
            "hours": st.integers(1, 4),
            "mark": st.sampled_from(["", "", "scanner"]),
            "class": st.sampled_from(["permanent", "transient"]),
        }
    ),
    max_size=14,
)


def model(told, horizon, counting):
    """File -> the rows (event's place, address) that it must hold, in order."""
    seen = [(event["hours"], place, event) for place, event in enumerate(told[:horizon])]
    seen.sort(key=lambda item: item[:2])
    counted = [item for item in seen if counting.marked or not item[2]["mark"]]

    def of(items, *kinds):
        return [item for item in items if item[2]["kind"] in kinds]

    def first(items):
        order = sorted(items, key=lambda item: item[2]["email"])
        firsts = [next(group) for _, group in groupby(order, lambda item: item[2]["email"])]
        return sorted(firsts, key=lambda item: item[:2])

    def worst(items):
        best = {}
        for item in items:
            rank = (item[2]["class"] == "permanent", item[0], item[1])
            best[item[2]["email"]] = max(
                best.get(item[2]["email"], (rank, item)), (rank, item), key=lambda one: one[0]
            )
        return sorted((item for _, item in best.values()), key=lambda item: item[:2])

    opens, clicks = of(counted, "open"), of(counted, "click")
    openers = {item[2]["email"] for item in opens}
    inferred = (
        [item for item in first(clicks) if item[2]["email"] not in openers] if counting.inferred else []
    )
    return {
        ResultType.ABERTURA: sorted(opens + inferred, key=lambda item: item[0]),
        ResultType.ABERTURAUNICA: sorted(first(opens) + inferred, key=lambda item: item[0]),
        ResultType.CLIQUE: clicks,
        ResultType.CLIQUEUNICO: first(clicks),
        ResultType.RETORNADO: worst(of(seen, "bounce")),
        ResultType.CANCELADO: first(of(seen, "opt-out", "complaint")),
    }


@pytest.fixture
def promo(story):
    return story(emails=EMAILS)


@given(events, st.integers(0, 14), st.booleans(), st.booleans())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_every_file_is_what_the_model_says(db, promo, told, cut, marked, inferred):
    with db.transaction():
        db.execute("DELETE FROM event")
    for event in told:
        more = {"link": 1} if event["kind"] == "click" else {}
        more |= {"class": event["class"], "code": "5.1.1"} if event["kind"] == "bounce" else {}
        promo.tell(event["kind"], event["email"], event["hours"], mark=event["mark"], **more)
    editions, counting = ResultStore(db), CountingPolicy(marked, inferred, True)
    horizon = min(cut, len(told))
    last = editions.newest_event_id() - len(told) + horizon if horizon else 0
    rows = ResultRows(db, editions.finished_campaigns()[0], last, counting)
    wanted = model(told, horizon, counting)
    for kind in ResultType:
        found = [(row.at, row.email) for row in rows.rows_of(kind)]
        assert [at for at, _ in found] == sorted(at for at, _ in found)
        hours = [(event["hours"], event["email"]) for _, _, event in wanted[kind]]
        start = found[0][0] - hours[0][0] * 3_600_000 if found and hours else 0
        assert sorted(((at - start) // 3_600_000, email) for at, email in found) == sorted(hours), kind
