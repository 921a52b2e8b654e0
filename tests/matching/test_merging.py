"""Merging and taking apart: what is read, what is closed, what finds whom, and that nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.utils import translation

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.evidence import actions as evidence
from jinxiu.evidence.facts import facts, person_facts
from jinxiu.familydoctor.matching import actions
from jinxiu.familydoctor.records.queries import timeline
from jinxiu.oversight import queries as oversight
from jinxiu.people import access
from jinxiu.people.actions import assign
from jinxiu.people.identity import ID_CARD
from jinxiu.people.models import (
    DifferentPersons,
    Household,
    Identifier,
    Merge,
    Person,
    PersonVersion,
    Restriction,
    Staff,
    TeamMembership,
    User,
)
from jinxiu.people.queries import identifiers_of, person_id_by_identifier, phones_of
from jinxiu.standards.judge import judge
from jinxiu.worklists.actions import refresh_everyone
from jinxiu.worklists.models import DueItem
from jinxiu.worklists.queries import last_values, team_counts, worklist
from jinxiu.worklists.standards import in_force
from tests.matching.twice import LI_BORN, NUMBER, merge
from tests.register.test_registering import as_
from tests.town import TODAY, Town, contact, enrol, id_card


def state(*persons: Person) -> dict[str, Any]:
    """All that a merge touches and un-merging must bring back."""
    ids = [person.pk for person in persons]
    items = DueItem.objects.filter(person__in=ids, closed_at__isnull=True)
    people = Person.objects.filter(pk__in=ids).order_by("pk")
    return {
        "people": list(people.values("pk", "name", "pinyin", "sex", "birth_date", "household", "merged_into")),
        "memberships": list(TeamMembership.objects.filter(person__in=ids).order_by("pk").values()),
        "numbers": list(Identifier.objects.filter(person__in=ids).order_by("pk").values("pk", "person")),
        "households": list(Household.objects.order_by("pk").values("pk", "representative")),
        "due": sorted(items.values_list("person", "standard", "clause", "cycle", "due_on", "reason_code")),
        "facts": [person_facts(pk) for pk in ids],
    }


def test_a_merged_person_is_judged_as_one_who_had_all_facts(town: Town, again: Person):
    li, other = person_facts(town.li.pk), person_facts(again.pk)
    assert li is not None
    assert other is not None
    together = replace(
        li,
        enrolments=(*li.enrolments, *other.enrolments),
        events=(*li.events, *other.events),
        observations=(*li.observations, *other.observations),
    )
    merge(town.viewer(town.zhao), town.li, again)
    now = person_facts(town.li.pk)
    assert now is not None
    for standard in in_force(TODAY):
        assert judge(standard, now, TODAY) == judge(standard, together, TODAY)
    open_now = DueItem.objects.filter(closed_at__isnull=True)
    assert not open_now.filter(person=again).exists()
    assert set(open_now.filter(person=town.li).values_list("standard", flat=True)) == {"hypertension", "diabetes"}


def test_merging_and_taking_apart_leaves_everything_as_before(town: Town, again: Person):
    Household.objects.filter(pk=town.wu.household_id).update(representative=again)
    Person.objects.filter(pk=again.pk).update(name="李秀岚", pinyin="lixiulan", birth_date=date(1968, 3, 2))
    before = state(town.li, again)
    viewer = town.viewer(town.zhao)
    row = merge(viewer, town.li, again, take=("name", "birth_date", "address", "identifiers"))
    kept = Person.objects.get(pk=town.li.pk)
    assert (kept.name, kept.birth_date, kept.household_id) == ("李秀岚", date(1968, 3, 2), town.wu.household_id)
    assert Household.objects.get(pk=town.wu.household_id).representative_id == kept.pk
    assert [one.person_id for one in Identifier.objects.filter(pk__in=[n for n, _ in row.before["numbers"]])]
    assert state(town.li, again) != before
    assert actions.unmerge(merge_id=row.pk, words="two sisters", viewer=viewer) == []
    assert state(town.li, again) == before
    assert {(one.person_id, one.reason) for one in PersonVersion.objects.all()} == {
        (person.pk, reason) for person in (town.li, again) for reason in ("merge", "unmerge")
    }
    lines = AuditEntry.objects.filter(action__startswith="person.").exclude(action="person.registered")
    assert set(lines.values_list("action", "person_id")) == {
        ("person.merged", town.li.pk),
        ("person.merged_away", again.pk),
        ("person.unmerged", town.li.pk),
        ("person.unmerged_away", again.pk),
    }


def test_both_ways_to_judge_agree_and_nobody_counts_twice(town: Town, again: Person):
    viewer = town.viewer(town.wang)
    members = team_counts(viewer).members
    merge(viewer, town.li, again)
    assert team_counts(viewer).members == members - 1
    refresh_everyone(TODAY, sample=100)
    assert not DueItem.objects.filter(person=again, closed_at__isnull=True).exists()
    people = facts(TODAY).table("people")["person_id"].to_pylist()
    assert str(again.pk) not in people
    some = facts(TODAY, [town.li.pk])
    assert some.table("people")["person_id"].to_pylist() == [str(town.li.pk)]
    assert some.table("events").num_rows == 3
    rows = [row.person_id for row in worklist(viewer).rows]
    assert rows.count(town.li.pk) == 1
    assert again.pk not in rows


def test_numbers_phones_values_and_timeline_of_both_are_the_kept_ones(town: Town, again: Person):
    merge(town.viewer(town.zhao), town.li, again)
    assert person_id_by_identifier(ID_CARD, NUMBER) == town.li.pk
    assert [one.person_id for one in identifiers_of(town.li.pk)] == [town.li.pk, again.pk]
    assert [number for _use, _mask, number in phones_of(town.li.pk)] == ["13812343318", "03514001234"]
    assert last_values([town.li.pk], TODAY)[town.li.pk].happened_on == date(2026, 9, 1)
    assert len(timeline(town.li.pk).entries) == 5
    found = as_(town.zhao).post("/people/", {"q": NUMBER}).content.decode()
    assert f'href="/people/{town.li.pk}/"' in found
    assert oversight.person_id_of(NUMBER) == town.li.pk
    copy = oversight.copy_of(town.li.pk)
    assert len(copy["event"]) == 3
    assert {row["id"] for row in copy["identifier"]} == set(
        Identifier.objects.filter(person__in=(town.li, again)).values_list("pk", flat=True)
    )


def test_who_looked_and_the_trail_know_both(town: Town, again: Person):
    as_(town.wang).get(f"/people/{again.pk}/")
    merge(town.viewer(town.zhao), town.li, again)
    page = as_(town.zhao).get(f"/people/{town.li.pk}/access-log/").content.decode()
    assert "王建国" in page or "Wang" in page


def test_the_address_of_the_merged_record_leads_to_the_kept_one(town: Town, again: Person):
    merge(town.viewer(town.zhao), town.li, again)
    answer = as_(town.zhao).get(f"/people/{again.pk}/?kind=exam")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/people/{town.li.pk}/?kind=exam")
    page = as_(town.zhao).get(f"/people/{again.pk}/", follow=True).content.decode()
    assert "this is the one that is kept" in page
    assert "1 other record of this person was merged" in page
    sent = as_(town.zhao).post(f"/people/{again.pk}/followups/new/?form=hypertension", {"mode": "clinic"})
    assert (sent.status_code, sent.headers["Location"]) == (
        307,
        f"/people/{town.li.pk}/followups/new/?form=hypertension",
    )
    assert as_(town.sun).get(f"/people/{again.pk}/").status_code == 404


def test_what_is_recorded_for_the_merged_record_is_the_kept_ones(town: Town, again: Person):
    row = merge(town.viewer(town.zhao), town.li, again)
    event = contact(again, town.zhao, TODAY, systolic=138, diastolic=82)
    assert max(one.event_id for one in person_facts(town.li.pk).events).endswith(str(event))  # type: ignore[union-attr]
    with pytest.raises(evidence.EvidenceError):
        evidence.enrol(
            person_id=town.li.pk, kind="diabetes", start_on=TODAY, actor=SYSTEM, recorded_by=None, today=TODAY
        )
    actions.unmerge(merge_id=row.pk, words="two sisters", viewer=town.viewer(town.zhao))
    assert len(person_facts(again.pk).events) == 2  # type: ignore[union-attr]
    page = as_(town.zhao).get(f"/people/{town.li.pk}/merges/").content.decode()
    assert "Recorded meanwhile for this record" in page
    assert "2026-11-25" in page
    assert "two sisters" in page


def test_what_was_corrected_since_stays_and_is_said(town: Town, again: Person):
    Person.objects.filter(pk=again.pk).update(name="李秀岚")
    viewer = town.viewer(town.zhao)
    row = merge(viewer, town.li, again, take=("name",))
    Person.objects.filter(pk=town.li.pk).update(name="李秀蓝")
    assert actions.unmerge(merge_id=row.pk, words="two sisters", viewer=viewer) == ["name"]
    assert Person.objects.get(pk=town.li.pk).name == "李秀蓝"


def test_two_may_go_into_one_but_nothing_goes_on_to_a_third(town: Town, again: Person):
    viewer = town.viewer(town.zhao)
    first = merge(viewer, town.li, again)
    with pytest.raises(actions.MergeError, match="Another record was merged"), translation.override("en"):
        merge(viewer, town.chen, town.li)
    merge(viewer, town.li, town.chen)
    with pytest.raises(actions.MergeError, match="merged in the meantime"), translation.override("en"):
        merge(viewer, town.wu, town.chen)
    assert len(person_facts(town.li.pk).events) == 5  # type: ignore[union-attr]
    actions.unmerge(merge_id=first.pk, words="two sisters", viewer=viewer)
    assert len(person_facts(town.li.pk).events) == 3  # type: ignore[union-attr]
    with pytest.raises(actions.MergeError, match="already"), translation.override("en"):
        actions.unmerge(merge_id=first.pk, words="two sisters", viewer=viewer)


def test_what_cannot_be_merged(town: Town, again: Person):
    viewer = town.viewer(town.zhao)
    with translation.override("en"):
        with pytest.raises(actions.MergeError, match="corrected in the meantime"):
            merge(viewer, town.li, again, revisions=(1, 2))
        Restriction.objects.create(person=again, reason="contested", start_at="2026-11-25T00:00Z")
        with pytest.raises(actions.MergeError, match="is stopped"):
            merge(viewer, town.li, again)
    assert not Merge.objects.exists()


def test_a_membership_that_began_today_comes_back(town: Town):
    from jinxiu.people.actions import register_person

    fresh = register_person(
        name="李秀兰", sex="F", birth_date=LI_BORN, actor=SYSTEM, team_id=town.team1.pk, joined_on=TODAY
    )
    before = state(town.li, fresh)
    viewer = town.viewer(town.zhao)
    row = merge(viewer, town.li, fresh)
    assert not access.people_for(viewer).filter(pk=fresh.pk).exists()
    actions.unmerge(merge_id=row.pk, words="two sisters", viewer=viewer)
    assert state(town.li, fresh) == before


# --- in the browser ---------------------------------------------------------------------------------------------------


def test_a_nurse_compares_merges_and_takes_apart(town: Town, again: Person):
    client = as_(town.zhao)
    address = f"/people/duplicates/{town.li.pk}/{again.pk}/"
    page = client.get(address).content.decode()
    assert "≠ differs" in page
    assert NUMBER not in page
    form = {"revisions": "1.1", "decision": "one", "take": ["address"]}
    assert "Nothing has been changed yet" in client.post(address, form).content.decode()
    assert not Merge.objects.exists()
    answer = client.post(address, form | {"words": "the card was shown"})
    assert answer.headers["Location"] == f"/people/{town.li.pk}/merges/"
    row = Merge.objects.get()
    assert (row.made_by, row.words, row.reasons) == (
        town.zhao,
        "the card was shown",
        ["name_birth", "number", "name_phone"],
    )
    assert client.get(address).headers["Location"] == f"/people/{town.li.pk}/merges/"
    undo = f"/people/{town.li.pk}/merges/{row.pk}/undo/"
    assert as_(town.sun).post(undo, {"words": "no sister"}).status_code == 404
    client.post(undo, {"words": "two sisters"})
    assert Person.objects.get(pk=again.pk).merged_into is None


def test_the_pages_tell_nothing_of_what_is_under_shelter_and_a_clerk_nothing_of_care(town: Town, again: Person):
    clerk = _clerk_of(town)
    address = f"/people/duplicates/{town.li.pk}/{again.pk}/"
    before = _comparison(town.zhao, address)
    assert "Recorded contacts" in before
    assert "Recorded contacts" not in _comparison(clerk, address)
    enrol(again, "tb", date(2026, 10, 1))
    contact(again, town.wang, date(2026, 11, 2), kind="followup.tb", intensive_phase=1)
    assert _comparison(town.zhao, address) == before
    merge(town.viewer(town.zhao), town.li, again)
    contact(town.li, town.wang, TODAY, kind="followup.tb", intensive_phase=1)
    merges = f"/people/{town.li.pk}/merges/"
    assert "Recorded meanwhile" not in as_(town.zhao).get(merges).content.decode()
    contact(town.li, town.wang, TODAY, systolic=138, diastolic=82)
    assert "Recorded meanwhile" in as_(town.zhao).get(merges).content.decode()
    assert "Recorded meanwhile" not in as_(clerk).get(merges).content.decode()


def _comparison(staff: Staff, address: str) -> str:
    return as_(staff).get(address).content.decode().split("<tbody>")[1].split("</tbody>")[0]


def _clerk_of(town: Town) -> Staff:
    user = User.objects.create(username="clerk")
    clerk = Staff.objects.create(user=user, name="何登记", name_en="Registrar He")
    assign(staff_id=clerk.pk, role="clerk", start_on=date(2024, 1, 1), actor=SYSTEM, team_id=town.team1.pk)
    return clerk


def test_two_people_are_noted(town: Town, again: Person):
    client = as_(town.zhao)
    client.post(
        f"/people/duplicates/{again.pk}/{town.li.pk}/",
        {"revisions": "1.1", "decision": "two", "words": "twin sisters"},
    )
    said = DifferentPersons.objects.get()
    assert (said.one_id, said.other_id, said.words) == (town.li.pk, again.pk, "twin sisters")
    assert "twin sisters" in client.get(f"/people/duplicates/{town.li.pk}/{again.pk}/").content.decode()
    assert "There may be another record" not in client.get(f"/people/{town.li.pk}/").content.decode()


def test_a_form_about_what_was_changed_meanwhile_is_told(town: Town, again: Person):
    Person.objects.filter(pk=again.pk).update(revision=2)
    form = {"revisions": "1.1", "decision": "one", "words": "the card was shown"}
    page = as_(town.zhao).post(f"/people/duplicates/{town.li.pk}/{again.pk}/", form).content.decode()
    assert "corrected in the meantime" in page
    assert id_card(LI_BORN, 8) not in page
