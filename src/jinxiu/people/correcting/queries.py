"""Reads of a person's data as they are and as they were; get the person from `access` first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from jinxiu.people import sealing
from jinxiu.people.correcting import rules
from jinxiu.people.models import ContactPoint, Identifier, Person, PersonVersion, Staff


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a person, open: only for holding it against what is corrected, never for a page."""

    pk: int
    system: str
    masked: str
    number: str


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a person's data: by whom (None: a machine), why, and each part as it was and became."""

    revision: int
    at: datetime
    by: Staff | None
    reason: str
    words: str
    details: Mapping[str, Any]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    fields: tuple[str, ...]


def person_now(person_id: int) -> Person:
    """The person as the database has them now."""
    return Person.objects.select_related("household__place").get(pk=person_id)


def data_of(person: Person) -> dict[str, Any]:
    """The person's data as they stand now, numbers masked."""
    home = person.household
    return {
        "name": person.name,
        "sex": person.sex,
        "birth_date": person.birth_date.isoformat() if person.birth_date else None,
        "place_id": home.place_id if home else None,
        "place": home.place.name if home else "",
        "address": home.address if home else "",
        "identifiers": [[row.system, row.masked] for row in _rows(Identifier, person.pk)],
        "phones": [[row.use, row.masked] for row in _rows(ContactPoint, person.pk)],
        "died_on": person.died_on.isoformat() if person.died_on else None,
        "left_on": person.left_on.isoformat() if person.left_on else None,
    }


def _rows(model: Any, person_id: int) -> QuerySet[Any]:
    return model.objects.filter(person_id=person_id).order_by("pk")


def numbers_of(person_id: int) -> list[Number]:
    """The numbers that name the person, open."""
    return [
        Number(row.pk, row.system, row.masked, sealing.open_sealed(row.sealed, sealing.IDENTIFIER))
        for row in _rows(Identifier, person_id)
    ]


def phones_of(person_id: int) -> list[tuple[int, str, str]]:
    """The person's phones as (id, use, masked)."""
    return [(row.pk, row.use, row.masked) for row in _rows(ContactPoint, person_id)]


def has_versions(person_id: int) -> bool:
    """Tell whether the person's data were ever changed."""
    return PersonVersion.objects.filter(person_id=person_id).exists()


def changes_of(person: Person, since: int = 0) -> list[Change]:
    """The changes of a person's data, newest first; `since` leaves out those of earlier revisions."""
    versions = list(
        PersonVersion.objects.filter(person=person, revision__gte=since)
        .select_related("changed_by")
        .order_by("revision")
    )
    later = [*(version.values["data"] for version in versions[1:]), data_of(person)] if versions else []
    found = []
    for version, after in zip(versions, later, strict=True):
        before, details = version.values["data"], version.values.get("change", {})
        found.append(
            Change(
                revision=version.revision,
                at=version.changed_at,
                by=version.changed_by,
                reason=version.reason,
                words=version.words,
                details=details,
                before=before,
                after=after,
                fields=tuple(rules.differences(before, after, details.get("fields", ()))),
            )
        )
    return found[::-1]
