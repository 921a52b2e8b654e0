"""The programmes of a person, and what is open of them in the due list. `people.access` has found the person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.shortcuts import get_object_or_404

from jinxiu.evidence.models import Enrolment
from jinxiu.evidence.sheltered import sheltered
from jinxiu.familydoctor.programmes.rules import Programme
from jinxiu.familydoctor.records.queries import CONDITION, staff_name
from jinxiu.people.matching.queries import whose
from jinxiu.worklists.queries import Item, due_for_person
from jinxiu.worklists.standards import sheltered_ids


@dataclass(frozen=True, slots=True)
class Line:
    """A programme with who began and who ended it; empty where another system did."""

    programme: Programme
    value: str
    begun_by: str
    ended_by: str


def lines(person_id: int, *, with_sheltered: bool) -> list[Line]:
    """All programmes of a person, running ones first, then the latest; no conditions that another system told."""
    rows = Enrolment.objects.filter(whose(person_id)).exclude(kind=CONDITION)
    if not with_sheltered:
        rows = rows.exclude(kind__in=sheltered().enrolments)
    known = {
        row["pk"]: row
        for row in rows.values(
            "pk",
            "kind",
            "start_on",
            "end_on",
            "end_reason",
            "value",
            "supersedes_id",
            "recorded_by__name",
            "recorded_by__name_en",
        )
    }
    replaced = {row["supersedes_id"] for row in known.values()}
    found = []
    for pk, row in known.items():
        if pk in replaced:
            continue
        first = row
        while first["supersedes_id"] in known:
            first = known[first["supersedes_id"]]
        programme = Programme(pk, row["kind"], row["start_on"], row["end_on"], row["end_reason"])
        found.append(Line(programme, row["value"], staff_name(first), staff_name(row) if row["end_on"] else ""))
    return sorted(found, key=lambda line: (line.programme.end_on is None, line.programme.start_on), reverse=True)


def open_items(person_id: int, today: date, *, with_sheltered: bool) -> Mapping[tuple[str, str, str], Item]:
    """What is open of a person in the due list, by standard, clause and cycle."""
    return {
        (item.standard, item.clause, item.cycle): item
        for item in due_for_person(person_id, today)
        if with_sheltered or item.standard not in sheltered_ids()
    }


def enrolment(person_id: int, enrolment_id: int) -> Enrolment:
    """One row of a programme of this person, superseded or not. Raises Http404."""
    return get_object_or_404(Enrolment.objects.filter(whose(person_id)).exclude(kind=CONDITION), pk=enrolment_id)
