"""The rows of an export: current events of one kind of people within reach, with what a layout's columns say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, QuerySet, When
from django.db.models.functions import Coalesce

from jinxiu.evidence.models import Event, Observation
from jinxiu.familydoctor.exports.layouts import Column, Layout
from jinxiu.familydoctor.followups.queries import CONFIRMED_CLASS
from jinxiu.familydoctor.records.queries import current, values_by_event
from jinxiu.people import sealing
from jinxiu.people.access import Viewer, in_force, people_for, team_ids_for
from jinxiu.people.identity import ID_CARD
from jinxiu.people.models import ContactPoint, Identifier, Person, TeamMembership
from jinxiu.people.roles import EXPORT_RECORDS
from jinxiu.standards.verdict import number_text

_AT_ONCE = 1_000  # rows looked up together
_EVENT = ("pk", "kept", "happened_on", "mode", "answers", "recorded_by__name")
_PERSON = ("name", "sex", "birth_date", "household__address", "household__place__name")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be exported: a layout, the days (both inside), a team or all within reach, numbers whole or masked."""

    layout: Layout
    since: dt.date
    until: dt.date
    team_id: int | None = None
    whole_numbers: bool = False


def count(viewer: Viewer, wanted: Wanted, limit: int) -> int:
    """How many rows the file would have; `limit` + 1 where there are more than `limit`. Raises TeamNotFound."""
    return _events(viewer, wanted)[: limit + 1].count()


def lines(viewer: Viewer, wanted: Wanted, limit: int) -> Iterator[tuple[str, ...]]:
    """The cells of each row by day and person, no more than `limit` rows. Raises TeamNotFound."""
    rows = list(_events(viewer, wanted).order_by("happened_on", "pk").values(*_EVENT)[:limit])
    for start in range(0, len(rows), _AT_ONCE):
        portion = rows[start : start + _AT_ONCE]
        beside = _Beside.of(portion, viewer.today, whole_numbers=wanted.whole_numbers)
        for row in portion:
            yield tuple(_cell(column, row, beside) for column in wanted.layout.columns)


def _events(viewer: Viewer, wanted: Wanted) -> QuerySet[Event]:
    teams = team_ids_for(viewer, wanted.team_id, EXPORT_RECORDS)
    members = TeamMembership.objects.filter(in_force(viewer.today), team__in=teams).values("person")
    kept = Coalesce("person__merged_into", "person")  # of two records of one person, the one that is kept
    return (
        current(Event)
        .annotate(kept=kept)
        .filter(
            kind=wanted.layout.event,
            happened_on__range=(wanted.since, wanted.until),
            kept__in=people_for(viewer, EXPORT_RECORDS).filter(pk__in=members).values("pk"),
        )
    )


@dataclass(frozen=True, slots=True)
class _Beside:
    """What is looked up beside a portion of events, by person or by event."""

    persons: Mapping[int, dict[str, Any]]
    values: Mapping[int, Mapping[str, float]]
    classes: Mapping[int, str]
    documents: Mapping[int, str]
    phones: Mapping[int, str]
    teams: Mapping[int, tuple[str, str]]

    @classmethod
    def of(cls, rows: Sequence[dict[str, Any]], today: dt.date, *, whole_numbers: bool) -> _Beside:
        events, persons = [row["pk"] for row in rows], {row["kept"] for row in rows}
        classes = current(Observation).filter(event__in=events, code=CONFIRMED_CLASS).order_by("pk")
        teams = TeamMembership.objects.filter(in_force(today), person__in=persons)
        return cls(
            persons={row["pk"]: row for row in Person.objects.filter(pk__in=persons).values("pk", *_PERSON)},
            values=values_by_event(events),
            classes=dict(classes.values_list("event_id", "text")),
            documents=_documents(persons, whole_numbers=whole_numbers),
            phones=_first(
                ContactPoint.objects.filter(person__in=persons).order_by("pk").values_list("person_id", "masked")
            ),
            teams={
                person: (team, institution)
                for person, team, institution in teams.values_list("person_id", "team__name", "team__institution__name")
            },
        )


def _documents(persons: Iterable[int], *, whole_numbers: bool) -> dict[int, str]:
    """Each person's identity card, else the first document."""
    rows = Identifier.objects.filter(person__in=persons).order_by(Case(When(system=ID_CARD, then=0), default=1), "pk")
    if not whole_numbers:
        return _first(rows.values_list("person_id", "masked"))
    sealed = _first(rows.values_list("person_id", "sealed"))
    return {person: sealing.open_sealed(value, sealing.IDENTIFIER) for person, value in sealed.items()}


def _first(pairs: Iterable[tuple[int, Any]]) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found


def _cell(column: Column, row: dict[str, Any], beside: _Beside) -> str:
    if column.observation:
        value = beside.values.get(row["pk"], {}).get(column.observation)
        text = "" if value is None else number_text(value)
    elif column.answer:
        text = _answer(row["answers"].get(column.answer))
    else:
        text = str(_said(column.says, row, beside) or "")
    return column.words.get(text, text)


def _answer(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, float):
        return number_text(value)
    return "" if value is None else str(value)


def _said(says: str, row: dict[str, Any], beside: _Beside) -> Any:
    person = row["kept"]
    by_person = {"document": beside.documents, "phone": beside.phones}
    if says in by_person:
        return by_person[says].get(person)
    if says in ("team", "institution"):
        return beside.teams.get(person, ("", ""))[says == "institution"]
    if says == "classification":
        return beside.classes.get(row["pk"])
    plain = {"address": _PERSON[3], "community": _PERSON[4], "recorded_by": "recorded_by__name"}
    return (row | beside.persons[person])[plain.get(says, says)]
