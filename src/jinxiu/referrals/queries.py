"""Reads of referrals. Persons come through `people.access` before any of this is asked.

A referral that tells of what is under special shelter is there only for those who have opened the shelter.
"""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet
from django.http import Http404

from jinxiu.evidence.models import Event
from jinxiu.evidence.sheltered import open_events
from jinxiu.people import clock, sealing
from jinxiu.people.access import Viewer, reads_sheltered
from jinxiu.people.matching.queries import kept_id, whose
from jinxiu.people.models import Team
from jinxiu.people.restricting.kinds import CLOSED_TO_CARE
from jinxiu.people.restricting.queries import restriction_of
from jinxiu.referrals.models import CODE, Hospital, Referral, ReferralAnswer, ReferralCode
from jinxiu.referrals.rules import ANSWERED, DRAFT, ENDED, NO_RESULT, NOT_ARRIVED, TAKEN, UP

PRIORITIES = Referral.Priority.choices
# How an answer comes that a colleague writes down.
CHANNELS = [one for one in ReferralAnswer.Channel.choices if one[0] != ReferralAnswer.Channel.CODE]


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


def at_a_hospital(viewer: Viewer, person_id: int) -> list[Referral]:
    """A person's referrals that a hospital's letter may be the answer to, the newest first."""
    on_the_way = (*NO_RESULT, NOT_ARRIVED, ANSWERED, TAKEN)
    rows = _of_person(viewer, person_id).filter(direction=UP, state__in=on_the_way)
    return list(rows.select_related("hospital").order_by("-pk")[:20])


def _of_person(viewer: Viewer, person_id: int) -> QuerySet[Referral]:
    shown = Q() if reads_sheltered(viewer, person_id) else Q(sheltered=False)
    return Referral.objects.filter(shown, whose(person_id))


def taken_answers(referral: Referral) -> set[int | None]:
    """The ids of the answers that a doctor has taken into the record."""
    return set(referral.steps.filter(state=TAKEN).values_list("answer", flat=True))


# --- the code of the letter -------------------------------------------------------------------------------------------


def code_of(referral: Referral, today: date) -> str:
    """The code of a letter that works today; empty where none does."""
    row = referral.codes.filter(revoked_at__isnull=True, last_day__gte=today).order_by("-pk").first()
    return sealing.open_sealed(row.sealed, CODE) if row and referral.state not in ENDED else ""


def code_key(code: str) -> str:
    """What a browser's session remembers a code by that it has opened."""
    return sealing.keyed_hash(code, CODE).hex()


def code_in_force(code: str, today: date, *, lock: bool = False) -> ReferralCode | None:
    """The row of a code that opens its letter now: in time, not shut, its referral under way, the record not
    closed by a restriction of use."""
    rows = ReferralCode.objects.filter(
        whole_hash=sealing.keyed_hash(code, CODE), revoked_at__isnull=True, last_day__gte=today
    ).exclude(referral__state__in=(DRAFT, *ENDED))
    if lock:
        rows = rows.select_for_update(of=("self",))
    row = rows.select_related("referral__hospital").first()
    if row is None or (row.locked_until and row.locked_until > clock.now()):
        return None
    restriction = restriction_of(kept_id(row.person_id), today)
    return None if restriction and restriction.kind in CLOSED_TO_CARE else row


# --- what forms suggest -----------------------------------------------------------------------------------------------


def known_places(team: Team | None, today: date) -> dict[str, list[str]]:
    """The open hospitals of the team's centre with their departments, and the departments and doctors that it has
    written before, for a form to suggest."""
    if team is None:
        return {}
    open_ones = Q(closed_on__isnull=True) | Q(closed_on__gt=today)
    hospitals = Hospital.objects.filter(open_ones, centre=team.institution_id).order_by("name")[:200]
    earlier = Referral.objects.filter(team__institution=team.institution_id)
    departments = {one for hospital in hospitals for one in hospital.departments}
    return {
        "hospital": [one.name for one in hospitals],
        "department": sorted(
            departments.union(earlier.exclude(department="").values_list("department", flat=True)[:500])
        ),
        "doctor": sorted(set(earlier.exclude(doctor="").values_list("doctor", flat=True)[:500])),
    }


def last_medicines(person_id: int) -> str:
    """What the last form that asks for medicines was answered; never a sheltered one."""
    asked = Event.objects.filter(open_events(), whose(person_id), answers__has_key="drugs")
    answers = asked.order_by("-happened_on", "-pk").values_list("answers", flat=True).first()
    drugs = (answers or {}).get("drugs")
    return drugs if isinstance(drugs, str) else ""
