"""Deletion: what the law keeps never goes, two people do it, and afterwards nothing of the person is left."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from jinxiu.audit import actions as audit
from jinxiu.audit import queries as trail
from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.emergency.models import EmergencyOpening
from jinxiu.evidence.facts import snapshot
from jinxiu.evidence.models import Event, Observation
from jinxiu.familydoctor.models import NightCount
from jinxiu.indicators.models import StoredFigure
from jinxiu.oversight.deleting import actions, queries, rules
from jinxiu.oversight.deleting.views import PARTS, TABLES
from jinxiu.oversight.models import DeletionRequest
from jinxiu.oversight.queries import copy_file
from jinxiu.oversight.rules import Retention, retentions
from jinxiu.people import clock
from jinxiu.people.actions import PeopleError, add_staff, household_at, register_person
from jinxiu.people.identity import ID_CARD
from jinxiu.people.models import ContactPoint, Household, Identifier, Person, Relationship, Staff
from jinxiu.people.search.queries import search
from jinxiu.worklists import actions as nightly
from jinxiu.worklists.actions import refresh_everyone, refresh_person
from jinxiu.worklists.models import DueItem
from tests.matching.twice import merge
from tests.ratings.folk import rated
from tests.register.test_registering import as_
from tests.together import at_once
from tests.town import TODAY, Town, contact, id_card

LAW = {one.code: one for one in retentions()}
DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))


def second_manager(town: Town) -> Staff:
    return add_staff(
        username="he",
        password="迎泽-liuxiang-2026",
        name="何平",
        name_en="He Ping",
        role="manager",
        start_on=date(2020, 1, 1),
        institution_id=town.team1.institution_id,
        actor=SYSTEM,
    )


@transaction.atomic
def mistaken(town: Town) -> Person:
    """Somebody registered by mistake: a number, a phone, a team, an address, and no care at all."""
    return register_person(
        name="李误登",
        sex="M",
        birth_date=date(1980, 5, 5),
        actor=SYSTEM,
        identifiers=[(ID_CARD, id_card(date(1980, 5, 5), 77))],
        phones=[("mobile", "13900007777")],
        household_id=household_at(place_id=town.chen.household.place_id, address="没有人住的街9号").pk,
        team_id=town.team1.pk,
        joined_on=date(2026, 11, 1),
    )


def mistaken_too(town: Town) -> Person:
    return register_person(
        name="赵误登",
        sex="F",
        birth_date=date(1981, 5, 5),
        actor=SYSTEM,
        phones=[("mobile", "13900008888")],
        team_id=town.team1.pk,
        joined_on=date(2026, 11, 1),
    )


def asked(town: Town, person: Person) -> DeletionRequest:
    return actions.ask(
        person_id=person.pk,
        wished_by="person",
        reason="mistake",
        words="told at the desk: never lived here",
        staff_id=town.guo.pk,
        actor=SYSTEM,
    )


def seen(person: Person) -> str:
    return rules.fingerprint(queries.parts_of(person.pk))


def delete(row: DeletionRequest, person: Person, staff: Staff) -> dict[str, int]:
    return actions.delete(request_id=row.pk, seen=seen(person), staff_id=staff.pk, actor=SYSTEM)


def rows_of(person_id: int) -> int:
    """Rows of every table that names the person, however."""
    found = 0
    for relation in Person._meta.get_fields(include_hidden=True):
        if relation.auto_created and relation.related_model not in (None, DeletionRequest):
            found += relation.related_model.objects.filter(**{relation.field.name: person_id}).count()
    return found + Person.objects.filter(pk=person_id).count()


# --- rules ------------------------------------------------------------------------------------------------------------


@given(today=DAYS, care=st.none() | DAYS, line=st.none() | DAYS)
def test_nothing_that_must_be_kept_today_is_ever_in_what_may_go(
    today: date, care: date | None, line: date | None
) -> None:
    found = rules.parts(
        care={"event": 1}, registered={"person": 1}, trail=3, last_care=care, last_line=line, retentions=LAW
    )
    going = rules.may_go(found, today)
    for part in going:
        assert part.keep_until is None or part.keep_until < today
        assert part.code != rules.TRAIL
    if care:
        assert bool(going) == (LAW["records"].free_on(care) <= today)
    assert {part.code for part in found} == set(PARTS)


@given(today=DAYS, months=st.integers(1, 400))
def test_the_last_free_day_is_the_last_one(today: date, months: int) -> None:
    law = Retention("x", {}, {}, months, months, {})
    day = rules.last_free_day(law, today)
    assert law.free_on(day) <= today < law.free_on(day + timedelta(days=1))


# --- the deed ---------------------------------------------------------------------------------------------------------


def test_who_was_registered_by_mistake_is_nowhere_any_more(town: Town) -> None:
    he, person = second_manager(town), mistaken(town)
    DueItem.objects.filter(person=person).delete()
    refresh_person(person_id=person.pk, today=TODAY, actor=SYSTEM)
    Relationship.objects.create(
        person=town.li, relative=person, relation="son", role="contact", start_on=TODAY, recorded_at=clock.now()
    )
    figure = StoredFigure.objects.create(
        month=TODAY, period_start=TODAY, period_end=TODAY, measure="x", version="1", initial=2, counted=1, of=2,
        numerator=2, other=0, exclusion=0, exception=0, unknown=0, computed_at=clock.now(),
        people={"numerator": [town.li.pk, person.pk], "other": []},
    )  # fmt: skip
    counted = NightCount.objects.create(
        day=TODAY, part="coverage", number="signed.all", counted=2, people=[town.li.pk, person.pk]
    )
    said = {
        table: count for part in queries.parts_of(person.pk) if part.deletable for table, count in part.rows.items()
    }
    number, home = Identifier.objects.get(person=person), person.household_id

    counts = delete(asked(town, person), person, he)

    assert counts == said, "what went is what the page said, row for row"
    assert counts["identifier"] == counts["contactpoint"] == counts["household"] == 1
    assert rows_of(person.pk) == 0
    assert not Identifier.objects.filter(whole_hash=number.whole_hash).exists()
    assert not Household.objects.filter(pk=home).exists()
    assert [row.name for row in search(town.viewer(town.wang), "李误登").rows] == []
    figure.refresh_from_db()
    assert figure.people == {"numerator": [town.li.pk], "other": []}
    counted.refresh_from_db()
    assert (counted.people, counted.counted) == ([town.li.pk], 1)
    assert Relationship.objects.get(person=town.li).name == "–"
    line = AuditEntry.objects.get(action="deletion.done")
    assert line.detail["counts"] == counts
    row = DeletionRequest.objects.get()
    assert (row.words, row.counts) == ("", counts)
    assert "李误登" not in str([entry.detail for entry in AuditEntry.objects.all()])
    audit.close_blocks(wait=1.0)
    assert list(trail.findings({})) == []
    assert copy_file(town.li.pk)[:2] == b"PK"


def test_care_past_its_time_goes_with_all_records_of_the_person(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    he, second = second_manager(town), mistaken(town)
    said = rated(town.chen, town.team1, TODAY, 4)
    rated(town.chen, town.team1, TODAY, 5, supersedes=said)
    merge(town.viewer(town.zhao), town.chen, second)
    row, others = asked(town, town.chen), Event.objects.exclude(person=town.chen).count()
    with pytest.raises(PeopleError, match="law keeps"):
        delete(row, town.chen, he)
    assert Event.objects.filter(person=town.chen).exists()

    until = queries.parts_of(town.chen.pk)[0].keep_until
    assert until is not None
    monkeypatch.setenv("JINXIU_TODAY", until.isoformat())
    with pytest.raises(PeopleError, match="law keeps"):
        delete(row, town.chen, he)
    monkeypatch.setenv("JINXIU_TODAY", (until + timedelta(days=1)).isoformat())
    past = queries.past_their_time(until + timedelta(days=1))["records"]
    before_the_deed = snapshot(until + timedelta(days=1))
    counts = delete(row, town.chen, he)

    assert counts["event"] > 0
    assert (counts["person"], counts["rating"]) == (2, 2)
    assert (rows_of(town.chen.pk), rows_of(second.pk)) == (0, 0)
    assert Event.objects.count() == others, "nobody else's went"
    assert queries.past_their_time(until + timedelta(days=1))["records"] == past - 1
    monkeypatch.setattr(nightly, "snapshot", lambda _day, _touched: before_the_deed)
    refresh_everyone(until + timedelta(days=1), sample=3)
    assert not DueItem.objects.filter(person=town.chen).exists(), "the night knew the person still"


def test_nobody_confirms_alone_nor_what_has_changed_nor_before_a_review(town: Town) -> None:
    he, person = second_manager(town), mistaken(town)
    row = asked(town, person)
    with pytest.raises(PeopleError, match="yourself"):
        delete(row, person, town.guo)
    before = seen(person)
    contact(person, town.wang, TODAY)
    with pytest.raises(PeopleError, match="law keeps"):
        actions.delete(request_id=row.pk, seen=before, staff_id=he.pk, actor=SYSTEM)
    with pytest.raises(PeopleError, match="asked for this already"):
        asked(town, person)

    other = mistaken_too(town)
    second, before = asked(town, other), seen(other)
    ContactPoint.objects.filter(person=other).delete()
    with pytest.raises(PeopleError, match="changed since"):
        actions.delete(request_id=second.pk, seen=before, staff_id=he.pk, actor=SYSTEM)
    EmergencyOpening.objects.create(
        person=other, staff=town.sun, team=town.team2, reason="life", words="fell", opened_at=clock.now(),
        ends_at=clock.now(), review_by=clock.now(),
    )  # fmt: skip
    with pytest.raises(PeopleError, match="waits for its review"):
        delete(second, other, he)
    assert Person.objects.filter(pk__in=[person.pk, other.pk]).count() == 2


def test_the_database_lets_nothing_go_but_for_a_confirmed_request_of_that_person(town: Town) -> None:
    row = asked(town, town.chen)

    def run(statement: str) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('jinxiu.deletion', %s, true)", [str(row.pk)])
            cursor.execute(statement)

    def refused(statement: str) -> None:
        with pytest.raises(DatabaseError, match="is refused"):
            run(statement)

    of_chen = f"DELETE FROM evidence_observation WHERE person_id = {town.chen.pk}"
    refused(of_chen)
    DeletionRequest.objects.update(decision="deleted", decided_at=clock.now(), decided_by=second_manager(town))
    refused(f"DELETE FROM evidence_observation WHERE person_id = {town.li.pk}")
    refused("UPDATE evidence_event SET kind = 'x'")
    run(f"{of_chen}; SELECT set_config('jinxiu.deletion', '', true)")
    assert not Observation.objects.filter(person=town.chen).exists()
    DeletionRequest.objects.update(done_at=clock.now(), words="")
    refused("DELETE FROM evidence_event")


def test_two_confirmations_at_once_do_it_once(committed_town: Town) -> None:
    he, person = second_manager(committed_town), mistaken(committed_town)
    row, shown = asked(committed_town, person), seen(person)

    def confirm() -> None:
        actions.delete(request_id=row.pk, seen=shown, staff_id=he.pk, actor=SYSTEM)

    results = at_once(confirm, confirm)
    assert len(results) == 2
    assert results.count("done") == 1
    assert AuditEntry.objects.filter(action="deletion.done").count() == 1


# --- pages ------------------------------------------------------------------------------------------------------------


def test_two_managers_delete_on_the_page(town: Town) -> None:
    he, person = second_manager(town), mistaken(town)
    page, guo = f"/people/{person.pk}/delete/", as_(town.guo)
    assert "May be deleted today." in guo.get(page).content.decode()
    bad = guo.post(page, {"wished_by": "", "reason": "mistake", "words": "x"}).content.decode()
    assert "Nothing is saved yet" in bad
    said = {"wished_by": "person", "reason": "mistake", "words": "never lived here"}
    assert guo.post(page, said).headers["Location"] == page
    own = guo.get(page).content.decode()
    assert "You asked for this yourself" in own
    assert "delete it for ever" not in own
    guo.post(f"{page}confirm/", {"seen": seen(person)})
    assert Person.objects.filter(pk=person.pk).exists()
    second = as_(he)
    assert "李误登" in second.get("/deletions/").content.decode()
    assert "delete it for ever" in second.get(page).content.decode()
    done = second.post(f"{page}confirm/", {"seen": seen(person)}, follow=True).content.decode()
    assert "It is deleted." in done
    assert "李误登" not in done
    assert f"Person no. {person.pk}" in done
    assert second.post(f"{page}confirm/").status_code == 404


def test_what_the_law_keeps_is_said_with_its_day_and_can_be_refused(town: Town) -> None:
    guo, page = as_(town.guo), f"/people/{town.chen.pk}/delete/"
    until = queries.parts_of(town.chen.pk)[0].keep_until
    text = guo.get(page).content.decode()
    assert until is not None
    assert str(until.year) in text
    assert "outpatient records at least 15 years" in text
    asked(town, town.chen)
    assert "Nothing was decided" in guo.post(f"{page}refuse/", {"answer": "no"}, follow=True).content.decode()
    guo.post(f"{page}refuse/", {"answer": "the law keeps it until then"})
    assert DeletionRequest.objects.get().decision == "refused"
    assert "Nobody asks" in guo.post(f"{page}refuse/", {"answer": "again"}, follow=True).content.decode()
    for stranger in (town.wang, town.sun):
        assert as_(stranger).get(page).status_code == 404
        assert as_(stranger).get("/deletions/").status_code == 403


def test_every_table_of_a_person_has_words(db: None) -> None:
    names = {str(model._meta.model_name) for model in queries.tables_of_a_person()}
    assert names | {"person", "household", "auditentry"} == set(TABLES)
