"""The family-doctor service: standards, forms and pages of its own on the kernel."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from jinxiu.people.access import Viewer
    from jinxiu.standards.model import Standard
    from jinxiu.worklists.calls import Line as Call
    from jinxiu.worklists.glances import Glance
    from jinxiu.worklists.unfinished import Line


class FamilyDoctorConfig(AppConfig):
    name = "jinxiu.familydoctor"
    label = "familydoctor"

    def ready(self) -> None:
        """Tell the worklist which forms there are, which are unfinished, what is arranged, whom to call, and what a
        manager looks at first."""
        from jinxiu.worklists import arranged, calls, form_links, glances, unfinished

        form_links.add(_form_url)
        unfinished.add(_lines_for)
        arranged.add(_arranged)
        arranged.add(_sent_from_home)
        calls.add(_calls_for)
        glances.add(_glance_for)


# The rooms are read when a page asks: a command starts in half the time without them.


def _form_url(standard: Standard, clause_id: str, action: str, viewer: Viewer, person_id: int) -> str:
    from jinxiu.familydoctor.records.cards import form_url

    return form_url(standard, clause_id, action, viewer, person_id)


def _lines_for(viewer: Viewer) -> list[Line]:
    from jinxiu.familydoctor.drafts.shown import lines_for

    return lines_for(viewer)


def _arranged(person_ids: Collection[int], viewer: Viewer) -> Mapping[tuple[int, str], str]:
    from jinxiu.familydoctor.examdays.shown import arranged

    return arranged(person_ids, viewer)


def _sent_from_home(person_ids: Collection[int], viewer: Viewer) -> Mapping[tuple[int, str], str]:
    from jinxiu.familydoctor.homevalues.shown import arranged

    return arranged(person_ids, viewer)


def _glance_for(viewer: Viewer) -> Glance | None:
    from jinxiu.familydoctor.managing.overview import glance_for

    return glance_for(viewer)


def _calls_for(viewer: Viewer) -> list[Call]:
    from jinxiu.familydoctor.homevalues.shown import calls_for

    return calls_for(viewer)
