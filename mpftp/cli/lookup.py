"""How people name a campaign on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mpftp.errors import UsageError

if TYPE_CHECKING:
    from mpftp.adapters.store.database import Database
    from mpftp.adapters.store.overview import CampaignRef


def find_one_campaign(db: Database, spec: str, client: str | None = None) -> CampaignRef:
    """The one campaign that *spec* names: an id, NAME_DATE or CLIENT/NAME_DATE; only of *client*, if given.

    Raises ``UsageError``.
    """
    from mpftp.adapters.store.overview import Overview

    found = Overview(db).find_campaigns(spec, client)
    if not found:
        raise UsageError(f"no campaign is called {spec!r}", hint="`mpftp campaign list` names them")
    if len(found) > 1:
        names = ", ".join(str(ref) for ref in found)
        raise UsageError(f"{spec!r} may be any of {names}", hint="write CLIENT/NAME_DATE")
    return found[0]
