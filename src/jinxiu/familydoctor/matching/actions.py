"""Writes: two records are made one by somebody who looked at both, and taken apart again; or said to be two people.

Evidence, numbers and phones stay with the record for which they were written; reading brings them together. So merging
changes little: the record that goes points to the one that is kept, its membership and due items end, and the kept one
takes over what was chosen. What un-merging needs to put all of it back stands in the merge.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jinxiu.agreements import actions as agreements
from jinxiu.agreements.actions import By
from jinxiu.audit import actions as audit
from jinxiu.audit.sentences import define, define_purpose
from jinxiu.people import clock
from jinxiu.people.access import Viewer
from jinxiu.people.correcting.actions import keep_version
from jinxiu.people.models import (
    DifferentPersons,
    Household,
    Identifier,
    Merge,
    Person,
    Relationship,
    Restriction,
    TeamMembership,
)
from jinxiu.people.organisation.lifecycle.actions import follow
from jinxiu.people.restricting.queries import running
from jinxiu.worklists.actions import refresh_person

COMPARE = define_purpose("comparing records", _("comparing two records"))
MERGED = define("person.merged", _("%(actor)s merged record %(merged)s into that of %(person)s."))
MERGED_AWAY = define("person.merged_away", _("%(actor)s merged the record of %(person)s into record %(kept)s."))
UNMERGED = define("person.unmerged", _("%(actor)s took record %(merged)s out of that of %(person)s again."))
UNMERGED_AWAY = define("person.unmerged_away", _("%(actor)s made the record of %(person)s one of its own again."))
DIFFERENT = define("person.different", _("%(actor)s said that %(person)s and record %(other)s are two people."))

MERGE, UNMERGE = "merge", "unmerge"  # reasons of the versions that are kept
# What may be taken over from the record that goes, and the columns that it stands in; `identifiers` are rows.
PARTS = {
    "name": ("name", "pinyin", "initials"),
    "sex": ("sex",),
    "birth_date": ("birth_date",),
    "address": ("household_id", "head_relation"),
    "died_on": ("died_on",),
    "left_on": ("left_on",),
}
NUMBERS = "identifiers"


class MergeError(Exception):
    """A merge that cannot be; the sentence says why and what to do next. Nothing was changed."""

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@transaction.atomic
def merge(
    *,
    kept_id: int,
    merged_id: int,
    revisions: tuple[int, int],
    take: Collection[str],
    reasons: Iterable[str],
    words: str,
    viewer: Viewer,
) -> Merge:
    """Keep one record and let another of the same person go into it.

    `revisions` are those of the two records that were compared; `take` names the PARTS, and NUMBERS, that the kept one
    takes from the other. Raises MergeError.
    """
    kept, merged = _locked(kept_id, merged_id)
    _refuse(kept, merged, revisions, viewer.today)
    _keep_versions(kept, merged, take, words, viewer, MERGE)
    by = By(viewer.actor, viewer.name, viewer.staff_id)
    before = {
        "agreements": agreements.close_duplicates(kept_id=kept.pk, merged_id=merged.pk, today=viewer.today, by=by),
        "parts": _take_over(kept, merged, take),
        "numbers": _swap_numbers(kept.pk, merged.pk) if NUMBERS in take else [],
        "memberships": _end_memberships(merged.pk, viewer.today),
        "spoke_for": _hand_over(kept, merged),
    }
    merged.merged_into = kept
    merged.save(update_fields=["merged_into"])
    row = Merge.objects.create(
        kept=kept,
        merged=merged,
        reasons=list(reasons),
        words=words,
        before=before,
        made_at=clock.now(),
        made_by_id=viewer.staff_id,
    )
    audit.record(MERGED, actor=viewer.actor, person_id=kept_id, detail={"merged": merged_id, "took": sorted(take)})
    audit.record(MERGED_AWAY, actor=viewer.actor, person_id=merged_id, detail={"kept": kept_id})
    refresh_person(person_id=merged_id, today=viewer.today, actor=viewer.actor)
    return row


@transaction.atomic
def unmerge(*, merge_id: int, words: str, viewer: Viewer) -> list[str]:
    """Make the merged record one of its own again, as it was; what was written since stays with the kept one.

    Returns the parts that were not put back, because somebody has corrected them since. Raises MergeError.
    """
    ids = Merge.objects.filter(pk=merge_id).values_list("kept_id", "merged_id").get()
    kept, merged = _locked(*ids)
    row = Merge.objects.get(pk=merge_id)
    if row.undone_at is not None:
        raise MergeError(_("These two records have been taken apart already; nothing has been changed."))
    _keep_versions(kept, merged, row.before["parts"], words, viewer, UNMERGE)
    left = _put_back(kept, row.before["parts"])
    for number, owner in row.before["numbers"]:
        Identifier.objects.filter(pk=number, person__in=ids).update(person_id=owner)
    merged.merged_into = None
    merged.save(update_fields=["merged_into"])
    _resume_memberships(merged.pk, row.before["memberships"])
    follow(person_id=merged.pk)
    agreements.resume_duplicates(
        agreement_ids=row.before.get("agreements", ()),
        today=viewer.today,
        by=By(viewer.actor, viewer.name, viewer.staff_id),
    )
    for household, was, became in row.before["spoke_for"]:
        Household.objects.filter(pk=household, representative=became).update(representative=was)
    row.undone_at, row.undone_by_id, row.undone_words = clock.now(), viewer.staff_id, words
    row.save(update_fields=["undone_at", "undone_by", "undone_words"])
    audit.record(UNMERGED, actor=viewer.actor, person_id=kept.pk, detail={"merged": merged.pk, "left": left})
    audit.record(UNMERGED_AWAY, actor=viewer.actor, person_id=merged.pk, detail={"kept": kept.pk})
    for person in (kept, merged):
        refresh_person(person_id=person.pk, today=viewer.today, actor=viewer.actor)
    return left


@transaction.atomic
def tell_apart(*, one_id: int, other_id: int, words: str, viewer: Viewer) -> None:
    """Note that two records are of two people, so that nobody is asked again. Raises MergeError."""
    first, second = sorted(_locked(one_id, other_id), key=lambda person: person.pk)
    if first.merged_into_id or second.merged_into_id:
        raise MergeError(_("One of these records was merged in the meantime; please open the list again."))
    said = {"words": words, "said_at": clock.now(), "said_by_id": viewer.staff_id}
    _row, is_new = DifferentPersons.objects.get_or_create(one=first, other=second, defaults=said)
    if is_new:
        audit.record(DIFFERENT, actor=viewer.actor, person_id=first.pk, detail={"other": second.pk})
        audit.record(DIFFERENT, actor=viewer.actor, person_id=second.pk, detail={"other": first.pk})


# --- steps ------------------------------------------------------------------------------------------------------------


def _locked(one_id: int, other_id: int) -> tuple[Person, Person]:
    """Both, in the order of the ids, so that two who merge at one time never wait for each other in a ring."""
    rows = Person.objects.select_for_update(no_key=True).filter(pk__in=(one_id, other_id)).order_by("pk")
    found = {person.pk: person for person in rows}
    return found[one_id], found[other_id]


def _refuse(kept: Person, merged: Person, revisions: tuple[int, int], today: date) -> None:
    if kept.merged_into_id or merged.merged_into_id:
        raise MergeError(_("One of these records was merged in the meantime; please open the list again."))
    if (kept.revision, merged.revision) != revisions:
        raise MergeError(_("One of these records was corrected in the meantime; please look at both again."))
    if Person.objects.filter(merged_into=merged).exists():
        raise MergeError(
            _("Another record was merged into the one that would go; keep that one, and let the other go.")
        )
    ids = (kept.pk, merged.pk)
    if Relationship.objects.filter(person__in=ids, relative__in=ids).exists():
        raise MergeError(_("One of these two is registered as a relative of the other: they are two people."))
    if Restriction.objects.filter(running(today), person__in=ids).exists():
        raise MergeError(_("The use of one of these records is stopped; it can be merged when that has ended."))


def _keep_versions(
    kept: Person, merged: Person, fields: Iterable[str], words: str, viewer: Viewer, reason: str
) -> None:
    """What both were; the new revisions tell whoever is correcting one of them that it has changed."""
    for person, changed, other in ((kept, sorted(fields), merged), (merged, [], kept)):
        keep_version(
            person=person,
            fields=changed,
            reason=reason,
            words=words,
            staff_id=viewer.staff_id,
            change={"record": other.pk},
        )


def _take_over(kept: Person, merged: Person, take: Collection[str]) -> dict[str, Any]:
    """Write what was chosen; returns, by part, the columns as they were and as they became."""
    columns = [column for part in PARTS if part in take for column in PARTS[part]]
    was = {column: _plain(getattr(kept, column)) for column in columns}
    for column in columns:
        setattr(kept, column, getattr(merged, column))
    if kept.died_on and kept.birth_date and kept.died_on < kept.birth_date:
        raise MergeError(
            _("The day of death would lie before the birth date; choose the birth date of the same record.")
        )
    kept.save(update_fields=[*columns, "revision"])
    became = {column: _plain(getattr(kept, column)) for column in columns}
    return {
        part: [{column: known[column] for column in PARTS[part]} for known in (was, became)]
        for part in PARTS
        if part in take
    }


def _put_back(kept: Person, parts: dict[str, Any]) -> list[str]:
    left = []
    for part, (was, became) in parts.items():
        if {column: _plain(getattr(kept, column)) for column in was} != became:
            left.append(part)
            continue
        for column, value in was.items():
            setattr(kept, column, value)
    kept.save()
    return left


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _swap_numbers(kept_id: int, merged_id: int) -> list[tuple[int, int]]:
    """Numbers change records by kind; returns each with the record whose it was. Both records find the person."""
    rows = list(Identifier.objects.filter(person__in=(kept_id, merged_id)).order_by("pk"))
    kinds = {row.system for row in rows if row.person_id == merged_id}
    moving = [row for row in rows if row.system in kinds]
    for row in moving:
        Identifier.objects.filter(pk=row.pk).update(person_id=kept_id if row.person_id == merged_id else merged_id)
    return [(row.pk, row.person_id) for row in moving]


def _end_memberships(person_id: int, today: date) -> list[dict[str, Any]]:
    """End what runs, with yesterday, and take out what would begin today or later; returns all of it as it was."""
    rows = TeamMembership.objects.filter(person_id=person_id).exclude(end_on__lt=today).order_by("pk")
    was = [
        {"id": row.pk, "team": row.team_id, "start_on": _plain(row.start_on), "end_on": _plain(row.end_on)}
        for row in rows
    ]
    rows.filter(start_on__gte=today).delete()
    rows.update(end_on=today - timedelta(days=1))
    return was


def _resume_memberships(person_id: int, memberships: Iterable[dict[str, Any]]) -> None:
    for was in memberships:
        TeamMembership.objects.update_or_create(
            pk=was["id"],
            defaults={
                "person_id": person_id,
                "team_id": was["team"],
                "start_on": was["start_on"],
                "end_on": was["end_on"],
            },
        )


def _hand_over(kept: Person, merged: Person) -> list[tuple[int, int, int | None]]:
    """Who spoke for a household speaks for it still, if the kept record lives there, else nobody does."""
    handed = []
    spoken_for = Household.objects.select_for_update(no_key=True).filter(representative__in=(kept, merged))
    for household in spoken_for.order_by("pk"):
        was, becomes = household.representative_id, kept.pk if kept.household_id == household.pk else None
        if was is not None and was != becomes:
            handed.append((household.pk, was, becomes))
            Household.objects.filter(pk=household.pk).update(representative=becomes)
    return handed
