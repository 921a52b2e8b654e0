"""Drafts that can be gone on with: somebody's own, those that colleagues have of the same visit, all of one's own.

The person has come through `people.access` before; the own list asks it itself. What is past its time is not there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q

from jinxiu.familydoctor.drafts.rules import Content, from_text, overlap
from jinxiu.familydoctor.models import FormDraft
from jinxiu.people import clock, sealing
from jinxiu.people.access import Viewer, people_for
from jinxiu.people.matching.queries import KEPT, whose
from jinxiu.people.roles import RECORD_FOLLOWUP
from jinxiu.people.wording import named


@dataclass(frozen=True, slots=True)
class Draft:
    """An own draft with its words."""

    form: str
    token: str
    seen: int
    window: str
    begun_at: dt.datetime
    kept_at: dt.datetime
    content: Content


@dataclass(frozen=True, slots=True)
class Other:
    """Another draft of the same visit: who began it and when. Its words are not shown."""

    pk: int
    who: str
    is_own: bool
    begun_at: dt.datetime
    form: str


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An own draft on the list of what is unfinished."""

    person_id: int
    name: str
    form: str
    kept_at: dt.datetime


def oldest() -> dt.datetime:
    """Whatever was kept last before this instant is past its time."""
    return clock.now() - dt.timedelta(days=settings.JINXIU_DRAFT_DAYS)


def running() -> Q:
    """The drafts that can be gone on with."""
    return Q(taken_at__isnull=True, kept_at__gte=oldest())


def own_draft(viewer: Viewer, person_id: int, form: str) -> Draft | None:
    """The viewer's own draft of this page, of whichever record of the person; the one kept last."""
    rows = FormDraft.objects.filter(running(), whose(person_id), staff=viewer.staff_id, form=form)
    row = rows.order_by("-kept_at", "-pk").first()
    return _draft(row) if row else None


def _draft(row: FormDraft) -> Draft:
    content = from_text(sealing.open_sealed(row.sealed or b"", FormDraft.sealed_as))
    return Draft(row.form, str(row.token), row.seen, str(row.window), row.begun_at, row.kept_at, content)


def others(viewer: Viewer, person_id: int, form: str) -> list[Other]:
    """The other drafts of a page with one of the same forms: those of colleagues, and own ones of other forms with it;
    the one begun first in front."""
    own = Q(staff=viewer.staff_id, form=form)
    rows = FormDraft.objects.filter(running(), whose(person_id)).exclude(own).select_related("staff").defer("sealed")
    return [
        Other(row.pk, named(row.staff), row.staff_id == viewer.staff_id, row.begun_at, row.form)
        for row in rows.order_by("begun_at", "pk")
        if overlap(row.form, form)
    ]


def unfinished(viewer: Viewer, limit: int = 20) -> list[Unfinished]:
    """The viewer's own drafts of people whom the viewer may still care for, the one kept last in front."""
    if viewer.staff_id is None:
        return []
    rows = FormDraft.objects.filter(running(), staff=viewer.staff_id).annotate(whose=KEPT).order_by("-kept_at", "-pk")
    people = people_for(viewer, RECORD_FOLLOWUP)
    within = rows.filter(whose__in=people.values("pk"))
    found: Sequence[tuple[int, str, dt.datetime]] = list(within.values_list("whose", "form", "kept_at")[:limit])
    names = dict(people.filter(pk__in={person_id for person_id, _form, _at in found}).values_list("pk", "name"))
    return [Unfinished(person_id, names[person_id], form, at) for person_id, form, at in found]
