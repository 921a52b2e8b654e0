"""Reads for the operator's lists: who people are and whose they were on a day. Pages never use these."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from jinxiu.fhir.models import SourceResource
from jinxiu.people import clock
from jinxiu.people.access import in_force, open_on
from jinxiu.people.models import Identifier, Institution, Person, Team, TeamMembership
from jinxiu.people.queries import names_of
from jinxiu.worklists.models import EvaluationRun


@dataclass(frozen=True)
class Belonging:
    """People's names, and the team that each belonged to on a day (absent: none)."""

    names: Mapping[int, str]
    teams: Mapping[int, str]

    def name(self, person_id: str) -> str:
        """The person's name."""
        return self.names.get(int(person_id), "")

    def team(self, person_id: str) -> str:
        """The name of the person's team, empty for none."""
        return self.teams.get(int(person_id), "")


def open_teams() -> list[Team]:
    """Every team that is not closed, by code."""
    return list(Team.objects.filter(open_on(clock.today())).order_by("code"))


def open_institutions() -> list[Institution]:
    """Every institution that is not closed, by code."""
    return list(Institution.objects.filter(open_on(clock.today())).order_by("code"))


def members_of(team: Team, day: date) -> list[int]:
    """The ids of those who belong to the team on the day."""
    rows = TeamMembership.objects.filter(in_force(day), team=team)
    return list(rows.order_by("person_id").values_list("person_id", flat=True))


def belonging(person_ids: list[int], day: date) -> Belonging:
    """Names and teams of these people."""
    rows = TeamMembership.objects.filter(in_force(day), person_id__in=person_ids)
    return Belonging(names_of(person_ids), dict(rows.values_list("person_id", "team__name")))


def is_person(person_id: int) -> bool:
    """Tell whether there is a person of this number."""
    return Person.objects.filter(pk=person_id).exists()


def person_ids_by_source(resource_id: str) -> list[int]:
    """The persons whom an import brought in under this id of the source's Patient."""
    rows = SourceResource.objects.filter(resource_type="Patient", resource_id=resource_id, person__isnull=False)
    return sorted({person_id for person_id in rows.values_list("person_id", flat=True) if person_id})


def identifier_systems() -> list[str]:
    """The kinds of numbers that people have here."""
    return list(Identifier.objects.order_by("system").values_list("system", flat=True).distinct())


def evaluated_on(day: date) -> bool:
    """Tell whether everybody was evaluated for the day, to the end."""
    return EvaluationRun.objects.filter(as_of=day, finished_at__isnull=False).exists()
