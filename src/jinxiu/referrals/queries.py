"""Reads of referrals. Persons come through `people.access` before any of this is asked.

A referral that tells of what is under special shelter is there only for those who have opened the shelter.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import Http404

from jinxiu.evidence.models import Event
from jinxiu.evidence.sheltered import open_events
from jinxiu.people.access import Viewer, reads_sheltered
from jinxiu.people.matching.queries import whose
from jinxiu.people.models import Team
from jinxiu.referrals.models import Hospital, Referral, ReferralAnswer
from jinxiu.referrals.rules import ENDED, TAKEN

PRIORITIES, CHANNELS = Referral.Priority.choices, ReferralAnswer.Channel.choices


class ReferralNotFound(Http404):
    """There is no referral of that number for this viewer and person."""


def referral_for(viewer: Viewer, person_id: int, referral_id: int) -> Referral:
    """One referral of a person whom the viewer may see. Raises ReferralNotFound."""
    rows = _of_person(viewer, person_id).filter(pk=referral_id)
    found = rows.select_related("hospital", "team__institution", "drafted_by", "sent_by").first()
    if found is None:
        raise ReferralNotFound
    return found


def referrals_of(viewer: Viewer, person_id: int, limit: int = 20) -> list[Referral]:
    """A person's referrals, those that go on first, then the newest."""
    rows = _of_person(viewer, person_id).select_related("hospital").order_by("-since", "-pk")[:limit]
    return sorted(rows, key=lambda one: one.state in ENDED)


def _of_person(viewer: Viewer, person_id: int) -> QuerySet[Referral]:
    shown = Q() if reads_sheltered(viewer, person_id) else Q(sheltered=False)
    return Referral.objects.filter(shown, whose(person_id))


def taken_answers(referral: Referral) -> set[int | None]:
    """The ids of the answers that a doctor has taken into the record."""
    return set(referral.steps.filter(state=TAKEN).values_list("answer", flat=True))


# --- what forms suggest -----------------------------------------------------------------------------------------------


def known_places(team: Team | None) -> dict[str, list[str]]:
    """Hospitals, departments and doctors that the team's centre has written before, for a form to suggest."""
    if team is None:
        return {}
    hospitals = Hospital.objects.filter(centre=team.institution_id).order_by("name").values_list("name", flat=True)
    earlier = Referral.objects.filter(team__institution=team.institution_id)
    return {
        "hospital": list(hospitals[:200]),
        "department": sorted(set(earlier.exclude(department="").values_list("department", flat=True)[:500])),
        "doctor": sorted(set(earlier.exclude(doctor="").values_list("doctor", flat=True)[:500])),
    }


def last_medicines(person_id: int) -> str:
    """What the last form that asks for medicines was answered; never a sheltered one."""
    asked = Event.objects.filter(open_events(), whose(person_id), answers__has_key="drugs")
    answers = asked.order_by("-happened_on", "-pk").values_list("answers", flat=True).first()
    drugs = (answers or {}).get("drugs")
    return drugs if isinstance(drugs, str) else ""
