"""Reads over the records of one person; and the pairs of records that may be one person's.

A record that was merged points to the one that is kept, and never on to a third. Its evidence, numbers and phones stay
its own; whoever reads a person reads all of the person's records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Coalesce

from jinxiu.people import sealing
from jinxiu.people.access import Viewer, people_for
from jinxiu.people.matching import rules, statements
from jinxiu.people.matching.rules import Pair
from jinxiu.people.models import DifferentPersons, Person
from jinxiu.people.roles import REGISTER_PEOPLE

Progress = Callable[[str, float], None]
KEPT = Coalesce("person__merged_into_id", "person_id")
"""The person of a row that belongs to a person, whatever record it was written for."""


def records_of(person_id: int) -> list[int]:
    """The ids of all records of a person: the one that is kept first, then those merged into it."""
    merged = Person.objects.filter(merged_into=person_id).order_by("pk").values_list("pk", flat=True)
    return [person_id, *merged]


def whose(person_id: int) -> Q:
    """The rows that belong to a person, of a table with a column `person`: those of all records of the person."""
    return Q(person__in=Person.objects.filter(Q(pk=person_id) | Q(merged_into=person_id)).values("pk"))


def kept_id(person_id: int) -> int:
    """The record that is kept of a person: this one, or the one it was merged into."""
    kept = Person.objects.filter(pk=person_id).values_list("merged_into", flat=True).first()
    return kept or person_id


def lock_kept(person_id: int) -> Person:
    """The person, locked until the transaction ends; for a record that was merged into another, that other.

    Two writers for one person come one after the other, so each sees what the other wrote. Raises Person.DoesNotExist.
    """
    kept = Person.objects.filter(pk=person_id).values_list("merged_into", flat=True).first()
    person = Person.objects.select_for_update(no_key=True).get(pk=kept or person_id)
    # While we waited for the lock, the record may have been merged; records never point on to a third.
    return person if person.merged_into_id is None else lock_kept(person.merged_into_id)


# --- pairs ------------------------------------------------------------------------------------------------------------


def pairs(team_ids: frozenset[int] | None, *, today: date, progress: Progress | None = None) -> list[Pair]:
    """The pairs among the people of these teams (None: among everybody), the strongest first."""
    say = progress or (lambda _words, _share: None)
    values = {"teams": None if team_ids is None else sorted(team_ids), "today": today}
    with connection.cursor() as cursor:
        say("Comparing names, birth dates and phones", 0.0)
        cursor.execute(statements.EVERY_PAIR, values)
        found = cursor.fetchall()
        say("Comparing ID numbers of people whose names sound the same", 0.3)
        cursor.execute(statements.NUMBERS_OF_SAME_SOUND, values)
        numbers = cursor.fetchall()
    found += _alike(
        numbers, lambda share: say("Comparing ID numbers of people whose names sound the same", 0.4 + 0.6 * share)
    )
    return rules.gather(found, _said_to_be_two(found))


def pairs_of(viewer: Viewer, person_id: int) -> list[Pair]:
    """The pairs of one person with others, both within the viewer's reach; the strongest first. A few short queries."""
    with connection.cursor() as cursor:
        cursor.execute(statements.PAIRS_OF_ONE, {"person": person_id})
        found = cursor.fetchall()
        cursor.execute(statements.NUMBERS_LIKE_ONE, {"person": person_id})
        found += [pair for pair in _alike(cursor.fetchall()) if person_id in pair]
    if not found:
        return []
    ids = {person for pair in found for person in pair[:2]}
    near = set(people_for(viewer, REGISTER_PEOPLE).filter(pk__in=ids).values_list("pk", flat=True))
    return rules.gather((pair for pair in found if near >= set(pair[:2])), _said_to_be_two(found))


def _alike(
    rows: list[tuple[Any, ...]], done: Callable[[float], None] = lambda _share: None
) -> list[tuple[int, int, str]]:
    """Rows (sound, person, sealed number) in the order of sounds; compared only within one sound."""
    found: list[tuple[int, int, str]] = []
    seen = 0
    for _sound, group in groupby(rows, itemgetter(0)):
        numbers = [(person, sealing.open_sealed(sealed, sealing.IDENTIFIER)) for _s, person, sealed in group]
        found += [(one, other, rules.NUMBER) for one, other in rules.alike_numbers(numbers)]
        seen += len(numbers)
        done(seen / len(rows))
    return found


def _said_to_be_two(found: list[Any]) -> Iterator[tuple[int, int]]:
    ids = {person for pair in found for person in pair[:2]}
    rows = DifferentPersons.objects.filter(one__in=ids, other__in=ids)
    yield from rows.values_list("one_id", "other_id")
