"""Reads of documents. Persons come through `people.access` before any of this is asked.

A document under special shelter is there only for those who have opened the shelter; a withdrawn one only for those
who may look at what was withdrawn.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from jinxiu.attachments.models import KEY, Attachment, AttachmentVersion
from jinxiu.attachments.sealed import CONTENT, PREVIEW, opened
from jinxiu.people import sealing
from jinxiu.people.access import Viewer, reaches, reads_sheltered
from jinxiu.people.asked import number_sent
from jinxiu.people.matching.queries import whose
from jinxiu.people.roles import SEE_WITHDRAWN

KINDS = AttachmentVersion.Kind.choices
PAGE = 40


class AttachmentNotFound(Http404):
    """There is no document of that number for this viewer and person."""


@dataclass(frozen=True, slots=True)
class Key:
    """Where a list goes on: behind this document."""

    on: dt.date
    pk: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read a key out of an address; None for anything else."""
        day, _dot, last = text.partition(".")
        pk = number_sent(last)
        try:
            return cls(dt.date.fromisoformat(day), pk) if pk is not None else None
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.on.isoformat()}.{self.pk}"


def attachments_of(
    viewer: Viewer, person_id: int, *, after: Key | None = None, limit: int = PAGE
) -> list[AttachmentVersion]:
    """What is said of a person's documents now, the newest day first."""
    rows = _in_force(viewer, person_id).filter(withdrawn=False)
    if after:
        rows = rows.filter(Q(on__lt=after.on) | Q(on=after.on, pk__lt=after.pk))
    return list(_with_files(rows).order_by("-on", "-pk")[:limit])


def withdrawn_of(viewer: Viewer, person_id: int) -> list[AttachmentVersion]:
    """The withdrawn documents of a person, the newest first, for who may look at them."""
    if not _sees_withdrawn(viewer, person_id):
        return []
    return list(_with_files(_in_force(viewer, person_id).filter(withdrawn=True)).order_by("-recorded_at")[:PAGE])


def version_for(viewer: Viewer, person_id: int, attachment_id: int) -> AttachmentVersion:
    """What is said now of one document that the viewer may see. Raises AttachmentNotFound."""
    found = _with_files(_in_force(viewer, person_id).filter(attachment=attachment_id)).first()
    if found is None or (found.withdrawn and not _sees_withdrawn(viewer, person_id)):
        raise AttachmentNotFound
    return found


def versions_of(viewer: Viewer, version: AttachmentVersion) -> list[AttachmentVersion]:
    """All that was ever said of a document, the newest first."""
    rows = AttachmentVersion.objects.filter(_shown(viewer, version.person_id), attachment=version.attachment_id)
    return list(rows.select_related("recorded_by").order_by("-number"))


def belonging_to(person_id: int, what: str) -> list[AttachmentVersion]:
    """The documents of something that another room has ("agreement/12"), the first that came in front: for that room,
    which has asked `people.access`."""
    rows = AttachmentVersion.objects.filter(newest(), whose(person_id), belongs_to=what)
    return list(_with_files(rows.filter(withdrawn=False, sheltered=False)).order_by("attachment"))


def same_file(viewer: Viewer, person_id: int, came_as: str, belongs_to: str) -> int | None:
    """The document that a file of this SHA-256 became, among those that the viewer sees and nobody has withdrawn."""
    rows = _in_force(viewer, person_id).filter(withdrawn=False, attachment__came_as=came_as, belongs_to=belongs_to)
    return rows.order_by("pk").values_list("attachment_id", flat=True).first()


def has_sheltered(person_id: int) -> bool:
    """Tell whether a document of a person is under special shelter, for those who may open it."""
    return AttachmentVersion.objects.filter(newest(), whose(person_id), sheltered=True, withdrawn=False).exists()


def content_of(attachment_id: int) -> bytes:
    """The bytes of a document. Raises Attachment.DoesNotExist, sealing.SealError."""
    row = Attachment.objects.only("sealed", "content").get(pk=attachment_id)
    return opened(row.content, sealing.open_sealed(row.sealed, KEY), CONTENT)


def preview_of(version: AttachmentVersion) -> bytes:
    """The small picture of a document (JPEG); empty for what is no picture."""
    row = version.attachment
    return opened(row.preview, sealing.open_sealed(row.sealed, KEY), PREVIEW) if row.preview else b""


def all_of(person_id: int) -> Iterator[AttachmentVersion]:
    """Every document of all records of a person with what is said of it now, withdrawn ones too: for the copy."""
    rows = AttachmentVersion.objects.filter(newest(), whose(person_id))
    yield from _with_files(rows).order_by("on", "pk")


def newest() -> Q:
    """The versions that hold."""
    later = AttachmentVersion.objects.filter(attachment=OuterRef("attachment"), number__gt=OuterRef("number"))
    return ~Q(Exists(later))


def _in_force(viewer: Viewer, person_id: int) -> QuerySet[AttachmentVersion]:
    return AttachmentVersion.objects.filter(newest(), _shown(viewer, person_id), whose(person_id))


def _shown(viewer: Viewer, person_id: int) -> Q:
    return Q() if reads_sheltered(viewer, person_id) else Q(sheltered=False)


def _sees_withdrawn(viewer: Viewer, person_id: int) -> bool:
    return reaches(viewer, person_id, SEE_WITHDRAWN)


def _with_files(rows: QuerySet[AttachmentVersion]) -> QuerySet[AttachmentVersion]:
    return rows.select_related("attachment", "recorded_by").defer("attachment__content")
