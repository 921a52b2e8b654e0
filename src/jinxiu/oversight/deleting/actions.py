"""Writes: a deletion is asked for, refused, or done. The deed is one transaction and the only way out of evidence."""

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.indicators.models import StoredFigure
from jinxiu.oversight.deleting import queries, rules
from jinxiu.oversight.models import DeletionRequest
from jinxiu.people import clock
from jinxiu.people.actions import PeopleError
from jinxiu.people.matching.queries import lock_kept, records_of
from jinxiu.people.models import Household, Person, Relationship
from jinxiu.worklists.actions import wait_for_the_night

ASKED = define("deletion.asked", _("%(actor)s asked to delete all data of %(person)s (%(reason)s)."))
REFUSED = define("deletion.refused", _("%(actor)s did not delete the data of %(person)s."))
DELETED = define("deletion.done", _("%(actor)s deleted all data of %(person)s: %(rows)s rows (%(reason)s)."))

_KEPT_WITHOUT_NAME = "–"  # what stands for a relative whose data went
_GONE = _("This request was decided already; nothing was changed now.")


@transaction.atomic
def ask(*, person_id: int, wished_by: str, reason: str, words: str, staff_id: int, actor: Actor) -> DeletionRequest:
    """Ask for the deletion of all data of a person; a second one decides. Raises PeopleError where one waits."""
    person = lock_kept(person_id)
    if queries.open_request(person.pk):
        raise PeopleError(_("Somebody asked for this already; it waits for a second person's decision."))
    row = DeletionRequest.objects.create(
        person=person,
        wished_by=wished_by,
        reason=reason,
        words=words,
        asked_at=clock.now(),
        asked_by_id=staff_id,
    )
    audit.record(ASKED, actor=actor, person_id=person.pk, detail={"request": row.pk, "reason": reason})
    return row


@transaction.atomic
def refuse(*, request_id: int, answer: str, staff_id: int, actor: Actor) -> DeletionRequest:
    """Decide against a request, with the reason in words; who asked may take it back so. Raises PeopleError."""
    row = _waiting(request_id)
    row.decision, row.decided_at, row.decided_by_id, row.answer = "refused", clock.now(), staff_id, answer
    row.save(update_fields=["decision", "decided_at", "decided_by", "answer"])
    audit.record(REFUSED, actor=actor, person_id=row.person_id, detail={"request": row.pk})
    return row


@transaction.atomic
def delete(*, request_id: int, seen: str, staff_id: int, actor: Actor) -> dict[str, int]:
    """Delete all that is kept of a request's person, and return how many rows of each table went.

    `seen` is the fingerprint of the counts that the page showed. Raises PeopleError when the request is not open, the
    decider asked for it, the law keeps something, something was added, or a review is open.
    """
    row = _waiting(request_id)
    wait_for_the_night()
    person = lock_kept(row.person_id)
    # Who is just writing of this person finishes first, and is counted; who comes later finds nobody.
    records = records_of(person.pk)
    list(Person.objects.select_for_update().filter(pk__in=records).order_by("pk").values_list("pk"))
    _check(row, person.pk, seen, staff_id)
    row.person_id, row.decision, row.decided_at, row.decided_by_id = person.pk, "deleted", clock.now(), staff_id
    row.save(update_fields=["person", "decision", "decided_at", "decided_by"])
    counts = _delete_rows(row.pk, records)
    row.done_at, row.words, row.counts = clock.now(), "", counts
    row.save(update_fields=["done_at", "words", "counts"])
    detail = {"request": row.pk, "reason": row.reason, "rows": sum(counts.values()), "counts": counts}
    audit.record(DELETED, actor=actor, person_id=person.pk, detail=detail)
    return counts


def _waiting(request_id: int) -> DeletionRequest:
    row = DeletionRequest.objects.select_for_update().get(pk=request_id)
    if row.decision:
        raise PeopleError(_GONE)
    return row


def _check(row: DeletionRequest, person_id: int, seen: str, staff_id: int) -> None:
    found = queries.parts_of(person_id)
    if row.asked_by_id == staff_id:
        raise PeopleError(_("You asked for this yourself; somebody else must look at it and confirm."))
    if any(part.deletable and not part.may_go(clock.today()) for part in found):
        raise PeopleError(_("The law keeps this record still. Nothing was deleted."))
    if rules.fingerprint(found) != seen:
        raise PeopleError(_("What is kept has changed since you opened the page. Nothing was deleted; look again."))
    if queries.has_open_emergency(person_id):
        raise PeopleError(_("An emergency opening of this record waits for its review. Review it first."))


def _delete_rows(request_id: int, records: list[int]) -> dict[str, int]:
    """Delete the rows that name one of the records, then the records, then their homes where nobody lives now."""
    homes = list(queries.homes_of(records).values_list("pk", flat=True))
    _let_others_keep_theirs(records)
    counts: dict[str, int] = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jinxiu.deletion', %s, true)", [str(request_id)])
        for model, columns in queries.tables_of_a_person().items():
            whose = " OR ".join(f"{connection.ops.quote_name(column)} = ANY(%(records)s)" for column in columns)
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"DELETE FROM {table} WHERE {whose}", {"records": records})  # noqa: S608 - names of ours
            _add(counts, str(model._meta.model_name), cursor.rowcount)
        cursor.execute("DELETE FROM people_person WHERE id = ANY(%s)", [records])
        _add(counts, "person", cursor.rowcount)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table that names one of these rows says so here
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("SELECT set_config('jinxiu.deletion', '', true)")
    _add(counts, "household", Household.objects.filter(pk__in=homes, persons__isnull=True).delete()[0])
    _forget_in_figures(records)
    _forget_in_counts(records)
    return counts


def _add(counts: dict[str, int], table: str, rows: int) -> None:
    if rows:
        counts[table] = counts.get(table, 0) + rows


def _let_others_keep_theirs(records: list[int]) -> None:
    """Other people's rows stay, without the name of whose data go: who was a guardian, who represented the home."""
    Household.objects.filter(representative__in=records).update(representative=None)
    others = Relationship.objects.filter(relative__in=records).exclude(person__in=records)
    others.update(relative=None, name=_KEPT_WITHOUT_NAME, words="")


def _forget_in_figures(records: list[int]) -> None:
    """Take the ids out of the stored figures; the figures themselves stay as they were reported."""
    gone = set(records)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM indicators_storedfigure WHERE EXISTS (SELECT 1 FROM jsonb_each(people) AS part (name, ids) "
            "WHERE ids @> ANY(%s::jsonb[])) FOR UPDATE",
            [[str(one) for one in records]],
        )
        ids = [pk for (pk,) in cursor.fetchall()]
    for figure in StoredFigure.objects.filter(pk__in=ids).iterator(chunk_size=100):
        figure.people = {part: [one for one in people if one not in gone] for part, people in figure.people.items()}
        figure.save(update_fields=["people"])


def _forget_in_counts(records: list[int]) -> None:
    """Take the ids out of the counts of the last night; the next one counts anew."""
    with connection.cursor() as cursor:
        for record in records:
            cursor.execute(
                "UPDATE familydoctor_nightcount SET people = array_remove(people, %(id)s::bigint), "
                "counted = counted - 1 WHERE people @> ARRAY[%(id)s::bigint]",
                {"id": record},
            )
