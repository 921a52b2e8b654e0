"""Writes: a document comes to a person, what is said of it is corrected, it is withdrawn.

Each is one transaction under the person's lock. A file is read before that, so that nobody waits for it; what is cut
off half way leaves nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jinxiu.attachments import queries, rules
from jinxiu.attachments.models import KEY, Attachment, AttachmentVersion
from jinxiu.attachments.reading import read
from jinxiu.attachments.rules import Kept, RefusedError
from jinxiu.attachments.sealed import CONTENT, PREVIEW, new_key, shut
from jinxiu.audit import actions as audit
from jinxiu.audit.sentences import define
from jinxiu.people import clock, sealing
from jinxiu.people.access import Viewer
from jinxiu.people.actions import PeopleError
from jinxiu.people.matching.queries import lock_kept

ADDED = define("attachment.added", _("%(actor)s added a document to the record of %(person)s."))
CORRECTED = define("attachment.corrected", _("%(actor)s corrected what is said of a document of %(person)s."))
WITHDRAWN = define("attachment.withdrawn", _("%(actor)s withdrew a document of %(person)s."))
OPENED = define("attachment.opened", _("%(actor)s opened a document of %(person)s."))

SENTENCES: dict[str, str | Promise] = {
    "empty": _("The file is empty. Choose it again."),
    "unknown": _("This is neither a photo (JPEG, PNG) nor a PDF, whatever its name says. Choose another file."),
    "heic": _(
        "This is a HEIC photo, which not every computer can show. Set the phone's camera to “most compatible”, or send "
        "the photo as JPEG."
    ),
    "damaged": _("This file is damaged or was cut short. Take the photo again, or save the PDF anew."),
    "too_large": _("This file has more than 15 MB. Choose a smaller one."),
    "too_many_pixels": _("This picture has more than 50 million pixels. Take it with a lower resolution."),
    "pdf_locked": _("This PDF is locked with a password. Save it without one."),
    "pdf_active": _(
        "This PDF runs something or carries other files, which is not taken. Print it as a new PDF and add that."
    ),
    "pdf_too_long": _("This PDF has more than 200 pages, or is built of too many parts. Split it."),
    "too_much": _("Opening this file takes too much time or memory. Save it anew, smaller, and add that."),
}
_CHANGED = _("Somebody else corrected or withdrew this document in the meantime. Nothing was changed; look again.")


class AttachmentError(PeopleError):
    """A document that cannot be added or changed so; `field` names what was wrong ("" for all of it)."""

    def __init__(self, sentence: str | Promise, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Added:
    """A document; `is_new` is False when this very file was there already."""

    attachment_id: int
    is_new: bool


def add(
    *,
    viewer: Viewer,
    person_id: int,
    content: bytes,
    kind: str,
    on: date,
    title: str = "",
    author: str = "",
    sheltered: bool = False,
    belongs_to: str = "",
) -> Added:
    """Keep a file with the person. The same file sent again is the document that it became.

    `kind` is one of rules.KINDS, `on` the day of the document, `author` who wrote or took it, `belongs_to` what it is
    the paper of, as the room that has it calls it ("agreement/12"). Raises AttachmentError.
    """
    _check_day(on, viewer.today)
    try:
        kept = read(content)
    except RefusedError as refused:
        raise AttachmentError(SENTENCES[refused.code], "file") from refused
    came_as = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        person_id = lock_kept(person_id).pk
        if before := queries.same_file(viewer, person_id, came_as, belongs_to):
            return Added(before, is_new=False)
        row = _keep(person_id, kept, came_as)
        said = {"kind": kind, "title": title, "on": on, "author": author, "sheltered": sheltered}
        _say(viewer, row.pk, person_id, 1, {**said, "belongs_to": belongs_to})
        detail = {"attachment": row.pk, "kind": kind}
        audit.record(ADDED, actor=viewer.actor, person_id=person_id, detail=detail)
    return Added(row.pk, is_new=True)


def _keep(person_id: int, kept: Kept, came_as: str) -> Attachment:
    key = new_key()
    return Attachment.objects.create(
        person_id=person_id,
        media=kept.media,
        size=len(kept.content),
        width=kept.width,
        height=kept.height,
        pages=kept.pages,
        sha256=hashlib.sha256(kept.content).hexdigest(),
        came_as=came_as,
        sealed=sealing.seal(key, KEY),
        content=shut(kept.content, key, CONTENT),
        preview=shut(kept.preview, key, PREVIEW) if kept.preview else None,
    )


def _say(viewer: Viewer, attachment_id: int, person_id: int, number: int, said: dict[str, object]) -> None:
    assert viewer.staff_id is not None  # who may record care is a member of staff
    AttachmentVersion.objects.create(
        attachment_id=attachment_id,
        person_id=person_id,
        number=number,
        recorded_by_id=viewer.staff_id,
        recorded_at=clock.now(),
        **said,
    )


def _check_day(on: date, today: date) -> None:
    if not rules.FIRST_DAY <= on <= today:
        raise AttachmentError(_("The day of a document lies between 1900 and today."), "on")


@transaction.atomic
def correct(
    *,
    viewer: Viewer,
    person_id: int,
    attachment_id: int,
    seen: int,
    reason: str,
    kind: str,
    on: date,
    title: str = "",
    author: str = "",
    sheltered: bool = False,
) -> None:
    """Say something else of a document, with the reason; what was said before stays readable.

    `seen` is the number of the version that the form showed. Raises AttachmentError, queries.AttachmentNotFound.
    """
    _check_day(on, viewer.today)
    said = {"kind": kind, "title": title, "on": on, "author": author, "sheltered": sheltered}
    _supersede(viewer, person_id, attachment_id, seen, {**said, "reason": reason})
    audit.record(CORRECTED, actor=viewer.actor, person_id=person_id, detail={"attachment": attachment_id})


@transaction.atomic
def withdraw(*, viewer: Viewer, person_id: int, attachment_id: int, seen: int, reason: str) -> None:
    """Take a document out of the record that does not belong there, with the reason. It stays readable for who may
    look at what was withdrawn. Raises AttachmentError, queries.AttachmentNotFound."""
    _supersede(viewer, person_id, attachment_id, seen, {"withdrawn": True, "reason": reason})
    audit.record(WITHDRAWN, actor=viewer.actor, person_id=person_id, detail={"attachment": attachment_id})


def _supersede(viewer: Viewer, person_id: int, attachment_id: int, seen: int, said: dict[str, object]) -> None:
    person_id = lock_kept(person_id).pk
    before = queries.version_for(viewer, person_id, attachment_id)
    if before.number != seen or before.withdrawn:
        raise AttachmentError(_CHANGED)
    same = {name: getattr(before, name) for name in (*rules.SAID, "belongs_to")}
    # A version belongs to the record that its document came to, whatever that was merged into since.
    _say(viewer, attachment_id, before.person_id, before.number + 1, {**same, **said})


def opened(*, viewer: Viewer, person_id: int, attachment_id: int) -> None:
    """Write down that a document was opened."""
    audit.record(OPENED, actor=viewer.actor, person_id=person_id, detail={"attachment": attachment_id})
