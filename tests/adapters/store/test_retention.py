"""Of which campaigns something may be deleted: those that are over, and whose editions the client has."""

from datetime import UTC, datetime, timedelta

import pytest

from mpftp.adapters.store.retention import RetentionStore
from mpftp.domain.clock import to_ms

DAY = datetime(2026, 3, 3, tzinfo=UTC)


def publish(db, told, *published):
    """Editions of the campaign, one a day, each *published* or not."""
    with db.transaction():
        for edition, is_published in enumerate(published, 1):
            at = to_ms(DAY + timedelta(days=edition))
            db.execute(
                "INSERT INTO publication (campaign_id, edition, due_at, published_at) VALUES (?, ?, ?, ?)",
                (told.campaign, edition, at, at if is_published else None),
            )


@pytest.mark.parametrize(
    ("state", "published", "is_over"),
    [
        ("finished", (True,), True),
        ("cancelled", (True, True), True),
        ("paused", (True,), False),
        ("finished", (True, False), False),
        ("finished", (), False),
    ],
)
def test_what_is_over(db, story, state, published, is_over):
    told = story()
    told.stop(state)
    publish(db, told, *published)
    assert [one.campaign_id for one in RetentionStore(db).published_campaigns()] == [told.campaign] * is_over
