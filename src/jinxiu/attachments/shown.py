"""Documents as pages show them: in words, with a small picture inside of the page."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext, ngettext

from jinxiu.attachments import queries
from jinxiu.attachments.models import AttachmentVersion
from jinxiu.attachments.rules import JPEG, file_name
from jinxiu.people import access
from jinxiu.people.access import Viewer
from jinxiu.people.clock import SHANGHAI
from jinxiu.people.roles import RECORD_FOLLOWUP
from jinxiu.people.wording import named

ON_CARD = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """One document. `preview` is the address of a small picture that holds the picture itself."""

    id: int
    number: int
    title: str
    kind: str
    on: dt.date
    author: str
    is_picture: bool
    sheltered: bool
    withdrawn: bool
    reason: str
    by: str
    at: dt.datetime
    file: str
    preview: str = ""


def shown(version: AttachmentVersion, *, with_preview: bool = False) -> Shown:
    """What is said of a document, in words of the active language."""
    is_picture = version.attachment.media == JPEG
    kind = version.get_kind_display()
    small = queries.preview_of(version) if with_preview and is_picture else b""
    return Shown(
        id=version.attachment_id,
        number=version.number,
        title=title_of(version),
        kind=kind[:1].upper() + kind[1:],
        on=version.on,
        author=version.author,
        is_picture=is_picture,
        sheltered=version.sheltered,
        withdrawn=version.withdrawn,
        reason=version.reason,
        by=named(version.recorded_by),
        at=version.recorded_at.astimezone(SHANGHAI),
        file=_about_file(version),
        preview=f"data:{JPEG};base64,{base64.b64encode(small).decode()}" if small else "",
    )


def title_of(version: AttachmentVersion) -> str:
    """What a document is called: its title, or its kind where it has none."""
    kind = version.get_kind_display()
    return version.title or kind[:1].upper() + kind[1:]


def name_of(version: AttachmentVersion) -> str:
    """The name under which the document is saved."""
    return file_name(title_of(version), version.on, version.attachment.media)


def _about_file(version: AttachmentVersion) -> str:
    file = version.attachment
    size = filesizeformat(file.size)
    if file.pages:
        return ngettext("PDF, %(pages)s page, %(size)s", "PDF, %(pages)s pages, %(size)s", file.pages) % {
            "pages": file.pages,
            "size": size,
        }
    return gettext("picture, %(width)s × %(height)s, %(size)s") % {
        "width": file.width,
        "height": file.height,
        "size": size,
    }


@dataclass(frozen=True, slots=True)
class Card:
    """A person's newest documents on the person page; `may_add` offers a new one, `has_more` says there are others."""

    person_id: int
    items: Sequence[Shown]
    has_more: bool
    may_add: bool


def card_of(viewer: Viewer, person_id: int, *, may_add: bool) -> Card:
    """The card of a person whose record the viewer reads, `may_add` as the page knows it already."""
    found = queries.attachments_of(viewer, person_id, limit=ON_CARD + 1)
    items = [shown(one, with_preview=True) for one in found[:ON_CARD]]
    return Card(person_id, items, len(found) > ON_CARD, may_add)


def may_add(viewer: Viewer, person_id: int) -> bool:
    """Tell whether the viewer may add documents to this person's record, correct and withdraw them."""
    return access.may(viewer, RECORD_FOLLOWUP) and access.reaches(viewer, person_id, RECORD_FOLLOWUP)
