"""Writes of corrections: the data before are kept as a version, the new ones take their place, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.people import clock, sealing
from jinxiu.people.actions import add_identifier, household_at
from jinxiu.people.correcting import queries, rules
from jinxiu.people.correcting.rules import Wanted
from jinxiu.people.models import ContactPoint, Household, Identifier, Person, PersonVersion
from jinxiu.people.names import search_keys

CORRECTED = define("person.corrected", _("%(actor)s corrected data of %(person)s (%(fields)s; %(reason)s)."))


class ChangedMeanwhileError(Exception):
    """The person's data are no longer those of the revision that was corrected; nothing was written."""


def locked(person_id: int) -> Person:
    """The person, with everybody else who wants to change the same person waiting until our transaction ends."""
    return Person.objects.select_for_update(no_key=True).get(pk=person_id)


@transaction.atomic
def correct_person(
    *,
    person_id: int,
    revision: int,
    before: rules.Data,
    wanted: Wanted,
    reason: str,
    words: str,
    staff_id: int | None,
    actor: Actor,
) -> list[str]:
    """Put right what is registered of a person; returns the parts that changed, none when all was so already.

    A number that is replaced or dropped stays readable in the version, sealed, and no longer finds the person. Raises
    ChangedMeanwhileError when `revision` with the data `before` is not what stands there now, NumberTakenError when a
    number is somebody's.
    """
    person = locked(person_id)
    now = queries.data_of(person)
    if person.revision != revision or now != before:
        raise ChangedMeanwhileError
    fields = rules.changed_parts(now, wanted)
    numbers = bool(wanted.replaced or wanted.dropped or wanted.added)
    new_phones = _new_phones(person_id, wanted)
    phones = bool(wanted.dropped_phones or new_phones)
    fields += ["identifiers"] * numbers + ["phones"] * phones
    if not fields:
        return []
    keep_version(person=person, fields=fields, reason=reason, words=words, staff_id=staff_id)
    _write_parts(person, wanted, fields)
    if numbers:
        _write_numbers(person_id, wanted)
    if phones:
        ContactPoint.objects.filter(person_id=person_id, pk__in=wanted.dropped_phones).delete()
        ContactPoint.objects.bulk_create(new_phones)
    audit.record(
        CORRECTED,
        actor=actor,
        person_id=person_id,
        detail={"fields": ", ".join(fields), "reason": reason, "revision": person.revision},
    )
    return fields


def keep_version(
    *,
    person: Person,
    fields: Iterable[str],
    reason: str,
    words: str,
    staff_id: int | None,
    change: Mapping[str, Any] | None = None,
) -> PersonVersion:
    """Keep a person's data as they are, and count the revision on; the caller holds the lock and then changes them.

    `change` says more of what follows. The numbers themselves are sealed in the version; readable are only masks.
    """
    numbers = {
        "identifiers": [[row.system, row.number] for row in queries.numbers_of(person.pk)],
        "phones": [
            [row.use, sealing.open_sealed(row.sealed, sealing.PHONE)]
            for row in ContactPoint.objects.filter(person=person).order_by("pk")
        ],
    }
    version = PersonVersion.objects.create(
        person=person,
        revision=person.revision,
        values={"data": queries.data_of(person), "change": {"fields": list(fields), **(change or {})}},
        sealed=sealing.seal(json.dumps(numbers), sealing.EARLIER),
        changed_at=clock.now(),
        changed_by_id=staff_id,
        reason=reason,
        words=words,
    )
    person.revision += 1
    person.save(update_fields=["revision"])
    return version


def _write_parts(person: Person, wanted: Wanted, fields: list[str]) -> None:
    keys = search_keys(wanted.name)
    person.name, person.pinyin, person.initials = wanted.name, keys.pinyin, keys.initials
    person.sex = wanted.sex
    person.birth_date = date.fromisoformat(wanted.birth_date) if wanted.birth_date else None
    if "address" in fields:
        left = person.household
        person.household = household_at(place_id=wanted.place_id, address=wanted.address) if wanted.place_id else None
        person.head_relation = ""  # which was to the head of the home that they leave
        # Whoever moves out no longer speaks for those who stay.
        if left is not None:
            Household.objects.filter(pk=left.pk, representative=person).update(representative=None)
    person.save(update_fields=["name", "pinyin", "initials", "sex", "birth_date", "household", "head_relation"])


def _write_numbers(person_id: int, wanted: Wanted) -> None:
    going = Identifier.objects.filter(person_id=person_id, pk__in=wanted.dropped | wanted.replaced.keys())
    systems = dict(going.values_list("pk", "system"))
    new = [(systems[pk], number) for pk, number in wanted.replaced.items() if pk in systems] + list(wanted.added)
    going.delete()
    if any(system != rules.TEMPORARY for system, _number in new):
        Identifier.objects.filter(person_id=person_id, system=rules.TEMPORARY).delete()
    for system, number in new:
        add_identifier(person_id, system=system, number=number)


def _new_phones(person_id: int, wanted: Wanted) -> list[ContactPoint]:
    """The phones to be added that the person does not have already, or gives up in the same step."""
    staying = ContactPoint.objects.filter(person_id=person_id).exclude(pk__in=wanted.dropped_phones)
    known = {bytes(whole_hash) for whole_hash in staying.values_list("whole_hash", flat=True)}
    new = [
        ContactPoint(person_id=person_id, use=use, **sealing.phone_columns(number))
        for use, number in wanted.added_phones
    ]
    return [phone for phone in new if phone.whole_hash not in known]
