"""A restriction of use holds everywhere that it says, from the moment it is saved until it ends, and nowhere else."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.familydoctor.exports import queries as exports
from jinxiu.familydoctor.exports.layouts import layouts
from jinxiu.people import access, clock
from jinxiu.people.actions import PeopleError
from jinxiu.people.models import Person, Restriction, Staff
from jinxiu.people.restricting import actions
from jinxiu.people.restricting.kinds import CARE_ONLY, STORED_ONLY
from jinxiu.people.roles import EXPORT_RECORDS, RECORD_FOLLOWUP, REGISTER_PEOPLE, SEE_PEOPLE, SEE_RECORD
from jinxiu.people.search.queries import search
from jinxiu.worklists.queries import overdue_by_team, team_counts, worklist
from tests.register.test_registering import as_
from tests.together import at_once
from tests.town import TODAY, Town, id_card

SAID = {"reason": "own_wish", "asked_by": "person", "words": "came to the desk herself"}


def restrict(person: Person, kind: str, until_on: date | None = None) -> Restriction:
    return actions.restrict(
        person_id=person.pk, kind=kind, until_on=until_on, staff_id=None, today=TODAY, actor=SYSTEM, **SAID
    )


def end(person: Person) -> None:
    actions.end_restriction(person_id=person.pk, words="wishes it no more", staff_id=None, today=TODAY, actor=SYSTEM)


def reached(town: Town, staff: Staff, *permissions: str) -> list[bool]:
    viewer = town.viewer(staff)
    return [access.reaches(viewer, town.li.pk, permission) for permission in permissions]


def listed(town: Town, staff: Staff) -> bool:
    rows = worklist(town.viewer(staff)).rows
    return town.li.pk in {row.person_id for row in rows}


def exported(town: Town) -> int:
    layout = next(one for one in layouts().values() if one.event == "followup.hypertension")
    wanted = exports.Wanted(layout, date(2026, 1, 1), TODAY)
    return exports.count(town.viewer(town.guo), wanted, 100)


def page(client: Client, person: Person, path: str = "") -> int:
    return client.get(f"/people/{person.pk}/{path}").status_code


def test_for_care_only_the_team_works_on_and_the_manager_knows_nobody(town: Town) -> None:
    before = exported(town)
    restrict(town.li, CARE_ONLY.code)
    assert reached(town, town.wang, SEE_PEOPLE, SEE_RECORD, RECORD_FOLLOWUP, REGISTER_PEOPLE) == [True] * 4
    assert reached(town, town.guo, SEE_PEOPLE, SEE_RECORD, EXPORT_RECORDS) == [False] * 3
    assert listed(town, town.wang)
    assert not listed(town, town.guo)
    assert exported(town) < before
    assert [page(as_(one), town.li) for one in (town.wang, town.zhao, town.guo)] == [200, 200, 404]


def test_only_kept_closes_the_record_and_every_list(town: Town) -> None:
    before, counts = exported(town), team_counts(town.viewer(town.wang))
    restrict(town.li, STORED_ONLY.code)
    assert reached(town, town.wang, SEE_PEOPLE, REGISTER_PEOPLE) == [True, True]
    assert reached(town, town.wang, SEE_RECORD, RECORD_FOLLOWUP) == [False, False]
    assert reached(town, town.guo, SEE_PEOPLE, SEE_RECORD, EXPORT_RECORDS) == [False] * 3
    assert not listed(town, town.wang)
    now = team_counts(town.viewer(town.wang))
    assert (now.overdue, now.members) == (counts.overdue - 1, counts.members)
    assert sum(late for _team, _members, late in overdue_by_team(town.viewer(town.wang))) == counts.overdue - 1
    assert exported(town) < before
    client = as_(town.wang)
    text = client.get(f"/people/{town.li.pk}/").content.decode()
    assert "Only kept and protected" in text
    assert "timeline" not in text, "what is registered, nothing of the record"
    assert page(client, town.li, "followups/new/") == 404
    assert page(client, town.li, "timeline/") == 404
    assert client.post(f"/people/{town.li.pk}/phone/").status_code == 404


def test_the_number_of_queries_of_lists_does_not_grow(town: Town, django_assert_num_queries) -> None:
    viewer = town.viewer(town.wang)
    for person in (town.li, town.wu):
        restrict(person, STORED_ONLY.code)
    with django_assert_num_queries(4):
        worklist(viewer)


def test_the_search_finds_for_the_team_and_says_it(town: Town) -> None:
    restrict(town.li, STORED_ONLY.code)
    assert [row.restricted for row in search(town.viewer(town.zhao), "李秀兰").rows] == ["stored_only"]
    assert search(town.viewer(town.guo), "李秀兰").rows == ()
    assert "use restricted" in as_(town.zhao).post("/people/", {"q": "李秀兰"}).content.decode()


def test_what_is_owed_to_the_person_stays_possible(town: Town) -> None:
    restrict(town.li, STORED_ONLY.code)
    client = as_(town.wang)
    log = client.get(f"/people/{town.li.pk}/access-log/")
    assert log.status_code == 200
    assert "copy/" in log.content.decode()
    answer = client.post(f"/people/{town.li.pk}/copy/", {"reason": "asked for it in writing"})
    assert answer.headers["Content-Type"] == "application/zip"
    assert page(client, town.li, "correct/") == 200
    assert as_(town.sun).post(f"/people/{town.li.pk}/copy/", {"reason": "not hers"}).status_code == 404


@pytest.mark.parametrize("by", ["wang", "sun"])
def test_an_emergency_still_opens_the_record_for_reading(town: Town, by: str) -> None:
    restrict(town.li, STORED_ONLY.code)
    staff = getattr(town, by)
    number = id_card(date(1968, 3, 1), 2 * 3 + 2)
    found = access.open_in_emergency(town.viewer(staff), number=number, reason="present", words="unconscious at home")
    assert found == town.li.pk
    text = as_(staff).get(f"/people/{town.li.pk}/").content.decode()
    assert "timeline" in text
    assert "followups/new" not in text
    assert AuditEntry.objects.filter(action="person.opened_in_emergency", person_id=town.li.pk).exists()


def test_it_begins_and_ends_on_the_page_with_its_trail(town: Town) -> None:
    client, path = as_(town.zhao), f"/people/{town.li.pk}/restrict/"
    sent = {"kind": "care_only", "until_on": "2026-12-24", **SAID}
    assert client.post(path, sent).headers["Location"] == path
    row = Restriction.objects.get(person=town.li)
    assert (row.kind, row.until_on, row.made_by_id, row.asked_by) == (
        "care_only",
        date(2026, 12, 24),
        town.zhao.pk,
        "person",
    )
    assert "restricted already" in client.post(path, sent, follow=True).content.decode(), "one at a time"
    client.post(f"{path}end/", {"words": "no"})
    assert Restriction.objects.get(person=town.li).end_at is None
    client.post(f"{path}end/", {"words": "she asked again"})
    row.refresh_from_db()
    assert (row.ended_by_id, row.ended_words) == (town.zhao.pk, "she asked again")
    assert reached(town, town.guo, SEE_PEOPLE, EXPORT_RECORDS) == [True, True]
    lines = AuditEntry.objects.filter(person_id=town.li.pk, action__startswith="person.restrict").order_by("pk")
    assert [line.action for line in lines] == ["person.restricted", "person.restriction_ended"]
    assert "she asked again" in client.get(path).content.decode(), "what held stays readable"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "everything"),
        ("reason", ""),
        ("asked_by", "neighbour"),
        ("words", "no"),
        ("until_on", "2026-11-24"),
        ("until_on", "2999-01-01"),
    ],
)
def test_a_wrong_answer_restricts_nothing_and_is_named(town: Town, field: str, value: str) -> None:
    sent = {"kind": "care_only", **SAID} | {field: value}
    answer = as_(town.zhao).post(f"/people/{town.li.pk}/restrict/", sent)
    assert answer.context["form"].errors.keys() == {field}
    assert not Restriction.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("wang", 200), ("zhao", 200), ("guo", 404), ("sun", 404), ("ma", 404)])
def test_only_who_corrects_the_register_restricts(town: Town, who: str, status: int) -> None:
    assert page(as_(getattr(town, who)), town.li, "restrict/") == status


def test_it_ends_by_itself_after_its_last_day_and_another_may_follow(town: Town) -> None:
    restrict(town.li, STORED_ONLY.code, until_on=TODAY)
    tomorrow = TODAY + timedelta(days=1)
    assert not access.reaches(town.viewer(town.wang), town.li.pk, SEE_RECORD)
    assert access.reaches(town.viewer(town.wang, tomorrow), town.li.pk, SEE_RECORD)
    actions.restrict(
        person_id=town.li.pk, kind="care_only", until_on=None, staff_id=None, today=tomorrow, actor=SYSTEM, **SAID
    )
    assert Restriction.objects.filter(person=town.li, end_at__isnull=True).count() == 1
    end(town.li)
    with pytest.raises(PeopleError):
        end(town.li)


def test_two_at_once_restrict_once(committed_town: Town, monkeypatch: pytest.MonkeyPatch) -> None:

    def one() -> None:
        restrict(committed_town.li, CARE_ONLY.code)

    refused = [outcome for outcome in at_once(one, one) if outcome != "done"]
    assert len(refused) == 1
    assert Restriction.objects.filter(person=committed_town.li, start_at__lte=clock.now()).count() == 1
