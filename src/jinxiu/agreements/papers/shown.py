"""The photographed pages of an agreement's paper, as its page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jinxiu.agreements.models import Agreement
from jinxiu.attachments import queries as attachments
from jinxiu.attachments.shown import Shown, shown
from jinxiu.people.access import Viewer, reaches
from jinxiu.people.roles import REGISTER_PEOPLE


@dataclass(frozen=True, slots=True)
class Papers:
    """The pages, in the order in which they came; `may_add` offers another one."""

    person_id: int
    agreement_id: int
    items: Sequence[Shown]
    may_add: bool


def name_of(agreement: Agreement) -> str:
    """What its documents belong to, as `attachments` keeps it."""
    return f"agreement/{agreement.pk}"


def papers_of(viewer: Viewer, person_id: int, agreement: Agreement) -> Papers:
    """The pages of an agreement that the viewer may look at."""
    found = attachments.belonging_to(person_id, name_of(agreement))
    items = [shown(one, with_preview=True) for one in found]
    return Papers(person_id, agreement.pk, items, reaches(viewer, person_id, REGISTER_PEOPLE))
