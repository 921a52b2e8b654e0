"""Reads of signing: a team's doctors, who may sign for a child, what was signed today and by whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from jinxiu.agreements import rules
from jinxiu.agreements.models import Agreement, AgreementStep, Signature
from jinxiu.people.access import Viewer, in_force, open_to
from jinxiu.people.families import queries as families
from jinxiu.people.families.rules import GUARDIAN, may_act_for
from jinxiu.people.matching.queries import whose
from jinxiu.people.models import Person, Relationship, Staff, StaffAssignment
from jinxiu.people.roles import RECORD_FOLLOWUP, SEE_PEOPLE

LAST = 8  # of those signed today that the page shows


def doctors_of(team_ids: Iterable[int], today: date) -> list[tuple[int, Staff]]:
    """The doctors of teams today as (team id, doctor), stand-ins left out."""
    rows = StaffAssignment.objects.filter(in_force(today), team__in=list(team_ids), role="doctor")
    own = rows.filter(stands_in_for__isnull=True).select_related("staff")
    return [(row.team_id, row.staff) for row in own.order_by("team__code", "staff_id") if row.team_id is not None]


def guardians_of(person: Person, today: date) -> list[Relationship]:
    """Who is entered as a guardian and may sign for the person today."""
    rows = families.open_ones(person.pk)
    return [row for row in rows if row.role == GUARDIAN and may_act_for(row, person, today).acts == "decides"]


def relation_entered(person_id: int, relative_id: int) -> str:
    """What somebody is to a person by a relationship that is entered; empty without one."""
    found = (row for row in families.open_ones(person_id) if row.relative is not None)
    return next((row.relation for row in found if row.relative and row.relative.pk == relative_id), "")


def was_made(person_id: int, token: UUID) -> bool:
    """Tell whether a form has made an agreement of this person."""
    return Agreement.objects.filter(whose(person_id), token=token).exists()


def made_by_form(tokens: Iterable[UUID]) -> list[Agreement]:
    """The agreements that a form of a household has made, by the tokens of its members."""
    return list(Agreement.objects.filter(token__in=list(tokens)).order_by("pk"))


def to_confirm(viewer: Viewer, ids: Iterable[int]) -> list[Agreement]:
    """Which of these agreements the viewer may confirm for their teams, or could have before, in their order."""
    teams = viewer.reach.get(RECORD_FOLLOWUP, frozenset())
    rows = Agreement.objects.filter(open_to(viewer, RECORD_FOLLOWUP, "person_id"), pk__in=list(ids), team__in=teams)
    return list(rows.select_related("person").order_by("last_on", "pk"))


def signed_first(agreement: Agreement) -> AgreementStep | None:
    """The step by which an agreement was signed, with who did it."""
    return agreement.steps.filter(reason=rules.SIGNED).select_related("by").order_by("pk").first()


@dataclass(frozen=True, slots=True)
class Signed:
    """How many agreements somebody signed with a team's people today, taken back ones left out, and the last ones.

    Each of the last ones has `is_on_paper`.
    """

    count: int
    last: tuple[Agreement, ...]


def signed_today(viewer: Viewer, team_id: int) -> Signed:
    """What the viewer signed today for a team, the last one first."""
    by_viewer = Q(steps__by=viewer.staff_id, steps__reason=rules.SIGNED)
    rows = Agreement.objects.filter(by_viewer, team=team_id, signed_on=viewer.today)
    count = rows.exclude(state=rules.TERMINATED).count()
    on_paper = Signature.objects.filter(agreement=OuterRef("pk"), party=Signature.Party.RESIDENT, method=rules.PAPER)
    within_reach = rows.filter(open_to(viewer, SEE_PEOPLE, "person_id")).select_related("person", "team")
    shown = within_reach.annotate(is_on_paper=Exists(on_paper))
    return Signed(count, tuple(shown.order_by("-pk")[:LAST]))
