"""Writing drafts: keep what was typed, take a colleague's over, begin one's own beside it, throw it away, forget it.

Each takes the person's lock first, as saving does: what is typed while a form is being saved comes before or after.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import SYSTEM
from jinxiu.audit.sentences import define
from jinxiu.familydoctor.drafts.queries import oldest, running
from jinxiu.familydoctor.drafts.rules import Content, as_text, overlap
from jinxiu.familydoctor.followups.queries import events_of_token
from jinxiu.familydoctor.models import FormDraft
from jinxiu.people import clock, sealing
from jinxiu.people.access import FOLLOW_UP, Viewer
from jinxiu.people.matching.queries import lock_kept, whose
from jinxiu.people.wording import named

BEGUN = define("draft.begun", _("%(actor)s began a form of %(person)s and has not saved it."))
TAKEN_OVER = define("draft.taken_over", _("%(actor)s took over a form of %(person)s that was begun and not saved."))
BEGUN_BESIDE = define("draft.begun_beside", _("%(actor)s began a form of %(person)s that a colleague had begun too."))
THROWN_AWAY = define("draft.thrown_away", _("%(actor)s threw an unsaved form of %(person)s away."))
EXPIRED = define("draft.expired", _("An unsaved form of %(person)s was deleted: its time was over."))

MOST = 200  # unfinished forms of one member of staff [this project's own number]


class NotKeptError(Exception):
    """Why a draft was not kept. `reason`: saved (the form was), taken (by `who`, `at`), elsewhere (another window goes
    on with it), too_many."""

    def __init__(self, reason: str, who: str = "", at: dt.datetime | None = None) -> None:
        self.reason, self.who, self.at = reason, who, at
        super().__init__(reason)


class NoDraftError(Exception):
    """The colleague's draft is not there any more: saved, thrown away, or taken over by somebody else."""


@transaction.atomic
def keep(
    *,
    viewer: Viewer,
    person_id: int,
    form: str,
    version: str,
    content: Content,
    token: str,
    seen: int,
    window: str,
    earlier: str = "",
) -> dt.datetime:
    """Keep what stands on a page, and return when that was.

    `window` names the opened page, `earlier` the one that the draft had been kept by when this page was opened.
    Raises NotKeptError.
    """
    assert viewer.staff_id is not None  # who may record care is a member of staff
    person_id = lock_kept(person_id).pk  # the record may have been merged since the form was opened
    if events_of_token(person_id, token):
        raise NotKeptError("saved")
    windows = [one for one in (window, earlier) if one]
    _refuse_taken(person_id, viewer.staff_id, windows)
    row = _own_row(person_id, viewer.staff_id, form)
    if row is None:
        row = _begin(viewer.staff_id, person_id, form)
        audit.record(BEGUN, actor=viewer.actor, person_id=person_id, purpose=FOLLOW_UP, detail={"form": form})
    elif str(row.window) not in windows:
        raise NotKeptError("elsewhere")
    row.form, row.version, row.token, row.seen, row.window = form, version, uuid.UUID(token), seen, uuid.UUID(window)
    row.kept_at, row.sealed = clock.now(), _sealed(content)
    row.save()
    return row.kept_at


def _sealed(content: Content) -> bytes:
    return sealing.seal(as_text(content), FormDraft.sealed_as)


def _refuse_taken(person_id: int, staff_id: int, windows: Iterable[str]) -> None:
    taken = FormDraft.objects.filter(whose(person_id), staff=staff_id, window__in=windows, taken_at__isnull=False)
    if row := taken.select_related("taken_by").first():
        raise NotKeptError("taken", named(row.taken_by) if row.taken_by else "", row.taken_at)


def _own_row(person_id: int, staff_id: int, form: str) -> FormDraft | None:
    rows = FormDraft.objects.filter(running(), whose(person_id), staff=staff_id, form=form)
    return rows.order_by("-kept_at", "-pk").first()


def _begin(staff_id: int, person_id: int, form: str) -> FormDraft:
    """A new row, not yet written; what is past its time makes room."""
    own = FormDraft.objects.filter(staff=staff_id)
    own.filter(person=person_id, form=form, taken_at__isnull=True, kept_at__lt=oldest()).delete()
    if own.filter(running()).count() >= MOST:
        raise NotKeptError("too_many")
    return FormDraft(person_id=person_id, staff_id=staff_id, form=form, begun_at=clock.now())


@transaction.atomic
def take_over(*, viewer: Viewer, person_id: int, draft_id: int, form: str, version: str) -> None:
    """Go on with another draft of the same visit: its words become the viewer's own draft of this page, in the place of
    one that was there. A colleague's has ended then; the colleague's page is told who took it. Raises NoDraftError.
    """
    assert viewer.staff_id is not None
    person_id = lock_kept(person_id).pk
    other = FormDraft.objects.filter(running(), whose(person_id), pk=draft_id).first()
    if other is None or not overlap(other.form, form):
        raise NoDraftError
    own = FormDraft.objects.filter(whose(person_id), staff=viewer.staff_id, form=form, taken_at__isnull=True)
    own.exclude(pk=other.pk).delete()
    now = clock.now()
    mine = FormDraft(person_id=person_id, staff_id=viewer.staff_id, form=form, version=version, seen=other.seen)
    mine.token, mine.window = uuid.uuid4(), uuid.uuid4()
    mine.begun_at, mine.kept_at, mine.sealed = other.begun_at, now, other.sealed
    if other.staff_id == viewer.staff_id:
        other.delete()
    else:
        other.sealed, other.taken_by_id, other.taken_at = None, viewer.staff_id, now
        other.save()
    mine.save()
    detail = {"form": form, "from_staff": other.staff_id}
    audit.record(TAKEN_OVER, actor=viewer.actor, person_id=person_id, purpose=FOLLOW_UP, detail=detail)


@transaction.atomic
def begin_own(*, viewer: Viewer, person_id: int, form: str, version: str, content: Content, seen: int) -> None:
    """Begin a draft of one's own although a colleague has one; nothing happens where one's own is there already."""
    assert viewer.staff_id is not None
    person_id = lock_kept(person_id).pk
    if _own_row(person_id, viewer.staff_id, form):
        return
    row = _begin(viewer.staff_id, person_id, form)
    row.version, row.token, row.seen, row.window = version, uuid.uuid4(), seen, uuid.uuid4()
    row.kept_at, row.sealed = row.begun_at, _sealed(content)
    row.save()
    audit.record(BEGUN_BESIDE, actor=viewer.actor, person_id=person_id, purpose=FOLLOW_UP, detail={"form": form})


@transaction.atomic
def throw_away(*, viewer: Viewer, person_id: int, form: str) -> None:
    """Throw one's own draft of a page away; nothing happens where there is none."""
    person_id = lock_kept(person_id).pk
    rows = FormDraft.objects.filter(whose(person_id), staff=viewer.staff_id, form=form, taken_at__isnull=True)
    if rows.delete()[0]:
        audit.record(THROWN_AWAY, actor=viewer.actor, person_id=person_id, purpose=FOLLOW_UP, detail={"form": form})


def end(*, person_id: int, token: str) -> None:
    """The form was saved: its draft goes in the same transaction, which has the person's lock."""
    FormDraft.objects.filter(whose(person_id), token=token).delete()


@transaction.atomic
def forget() -> int:
    """Delete what is past its time, each with its line in the trail; returns how many. The night's work."""
    rows = FormDraft.objects.select_for_update(skip_locked=True).filter(kept_at__lt=oldest())
    gone = list(rows.values_list("pk", "person_id", "taken_at"))
    for _pk, person_id, taken_at in gone:
        if taken_at is None:
            audit.record(EXPIRED, actor=SYSTEM, person_id=person_id)
    return FormDraft.objects.filter(pk__in=[pk for pk, _person_id, _taken_at in gone]).delete()[0]
