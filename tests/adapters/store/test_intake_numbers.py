"""A state that was lost and begun anew: links signed for the old one must find nobody in the new one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.intake import Intake, NewCampaign, OriginalFile
from mpftp.domain.campaign import CampaignSettings, MailContact
from mpftp.domain.endpoint import RemoteFile
from mpftp.domain.file_names import InputType, TripletKey
from mpftp.domain.sending.fragments import FragmentPlan

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def accept(tmp_path):
    """A function that takes one campaign of 500 contacts into a state file; returns its deliveries."""

    def run(state, name, now):
        with Database(tmp_path / state) as db:
            intake = Intake(db, "acme")
            intake.stage_contacts(MailContact(line, f"c{line}@example.com", ()) for line in range(2, 502))
            original = OriginalFile(RemoteFile("x", 1, None), "0")
            accepted = NewCampaign(
                key=TripletKey(name, "20260301"),
                digest=name,
                settings=CampaignSettings("s", "a@b.example", "f"),
                columns=("email",),
                html="",
                findings=[],
                originals=dict.fromkeys(InputType, original),
                links=(),
                fragments=[FragmentPlan(1, now, 0, 500)],
            )
            campaign = intake.accept(accepted, now)
            return [row[0] for row in db.rows("SELECT id FROM delivery WHERE campaign_id = ?", (campaign,))]

    return run


def test_a_state_begun_anew_gives_no_number_again(accept):
    first = accept("old.db", "A", NOW)
    second = accept("old.db", "B", NOW)
    anew = accept("new.db", "A", NOW + timedelta(minutes=1))
    assert max(first) + 1 == min(second)  # one after the other: the tracker relies on it
    assert max(second) < min(anew)
    assert max(anew) < 2**32


def test_a_clock_before_our_time_begins_at_one(accept):
    assert min(accept("old.db", "A", datetime(2020, 1, 1, tzinfo=UTC))) == 1
