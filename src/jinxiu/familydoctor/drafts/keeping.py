"""Keeping a draft of an opened page, for the page's script and for a form that was sent and not saved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from jinxiu.familydoctor.drafts import actions, rules
from jinxiu.familydoctor.followups.visits import Sheet, Visit


def keep(visit: Visit, raw: Mapping[str, str], sheet: Sheet) -> dt.datetime:
    """Keep what stands on the page and return when; raises actions.NotKeptError."""
    if rules.is_too_long(raw):
        raise actions.NotKeptError("too_long")
    page = visit.page
    return actions.keep(
        viewer=visit.viewer,
        person_id=visit.person_id,
        form=page.id,
        version=page.version,
        content=rules.content_of(page, raw),
        token=sheet.token,
        seen=sheet.seen,
        window=sheet.window,
        earlier=sheet.earlier,
    )
