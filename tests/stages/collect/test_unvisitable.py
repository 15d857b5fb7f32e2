"""A client against whose visit something stands: told as if it had failed, and never opened."""

from __future__ import annotations

import pytest

from mpftp.errors import Exit, MpftpError
from mpftp.stages.collect import CollectContext, collect

LIMITS = {"connections": 2, "visit_seconds": lambda client: 600.0, "run_seconds": 600.0}


def test_it_is_in_the_summary_and_the_others_are_visited(site):
    site.put()
    clock = lambda: site.now  # noqa: E731
    context = CollectContext(site.spool, clock, clock, False, lambda path: 10**12, site.sleep)
    reason = MpftpError("not visited: it was another's", hint="mpftp client rename old zeta")

    def open_visit(settings, seconds):
        assert settings.client == "acme"
        return site.open_visit(site.endpoint, context)

    acme, zeta = collect([site.terms], open_visit, context, **LIMITS, unvisitable={"zeta": reason})
    assert [taken.key.name for taken in acme.taken] == ["Promo"]
    assert (zeta.client, zeta.errors, zeta.taken) == ("zeta", [reason], [])
    assert reason.exit_code is Exit.FAILURE
    assert site.rows("SELECT name FROM client") == [("acme",)]


def test_when_all_are_such_nobody_is_visited(site):
    clock = lambda: site.now  # noqa: E731
    context = CollectContext(site.spool, clock, clock, False, lambda path: 10**12, site.sleep)
    found = collect(
        [], lambda *_: pytest.fail("opened"), context, **LIMITS, unvisitable={"zeta": MpftpError("no")}
    )
    assert [visit.client for visit in found] == ["zeta"]
