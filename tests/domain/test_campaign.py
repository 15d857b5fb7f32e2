"""CONF as the state file keeps it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from mpftp.domain.campaign import CampaignSettings

GIVEN = CampaignSettings(
    "Oi", "loja@x.com.br", "P", reply_to="r@x.com.br", send_at=datetime(2026, 3, 1, tzinfo=UTC)
)


def test_settings_are_read_as_they_were_written():
    assert CampaignSettings.from_json(GIVEN.to_json()) == GIVEN


def test_a_field_that_only_a_later_version_knows_stops_nobody():
    written = json.loads(GIVEN.to_json()) | {"preheader": "Só hoje"}
    assert CampaignSettings.from_json(json.dumps(written)) == GIVEN
