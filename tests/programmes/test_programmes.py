"""Entering and leaving a programme: what it opens and closes; wrong days; shelter; two at once; who may."""

from __future__ import annotations

from datetime import date, timedelta

from django.test import Client

from jinxiu.audit.models import AuditEntry
from jinxiu.evidence.actions import EvidenceError
from jinxiu.evidence.models import Enrolment
from jinxiu.familydoctor.programmes import actions, rules
from jinxiu.familydoctor.programmes.rules import Programme
from jinxiu.familydoctor.records.queries import current
from jinxiu.people.actions import PeopleError
from jinxiu.people.models import Person
from jinxiu.worklists.models import DueItem
from tests.register.test_registering import as_
from tests.together import at_once
from tests.town import TODAY, Town, enrol

YESTERDAY = TODAY - timedelta(days=1)


def begin(client: Client, person: Person, kind: str, **said: str) -> str:
    return _sent(client, person, f"begin/{kind}", {"start_on": TODAY.isoformat()} | said)


def end(client: Client, person: Person, enrolment: Enrolment, **said: str) -> str:
    answers = {"end_on": YESTERDAY.isoformat(), "end_reason": "refused"} | said
    return _sent(client, person, f"{enrolment.pk}/end", answers)


def take_back(client: Client, person: Person, enrolment: Enrolment) -> str:
    return _sent(client, person, f"{enrolment.pk}/take-back", {})


def _sent(client: Client, person: Person, path: str, said: dict[str, str]) -> str:
    return client.post(f"/people/{person.pk}/programmes/{path}/", said, follow=True).content.decode()


def running(person: Person) -> list[str]:
    return sorted(current(Enrolment).filter(person=person, end_on__isnull=True).values_list("kind", flat=True))


def due(person: Person) -> set[str]:
    return set(DueItem.objects.filter(person=person, closed_at__isnull=True).values_list("standard", flat=True))


def test_a_programme_begins_ends_and_its_end_is_taken_back_and_the_due_list_follows(town: Town):
    client, before = as_(town.zhao), due(town.li)
    page = begin(client, town.li, "diabetes")
    assert "Type 2 diabetes has begun. Now on the worklist:" in page
    assert due(town.li) == before | {"diabetes"}
    assert f"since {TODAY}" in page
    assert "Zhao Min" in page
    begun = current(Enrolment).get(person=town.li, kind="diabetes")
    page = end(client, town.li, begun, end_on=TODAY.isoformat())
    assert "Type 2 diabetes has ended." in page
    assert running(town.li) == ["hypertension"]
    assert "refused" in page
    ended = current(Enrolment).get(person=town.li, kind="diabetes")
    assert "runs again" in take_back(client, town.li, ended)
    assert running(town.li) == ["diabetes", "hypertension"]
    assert due(town.li) == before | {"diabetes"}
    codes = set(AuditEntry.objects.filter(person_id=town.li.pk).values_list("action", flat=True))
    assert {"enrolment.begun", "enrolment.ended", "enrolment.reopened"} <= codes


def test_leaving_says_what_is_no_longer_due(town: Town):
    page = end(as_(town.zhao), town.li, current(Enrolment).get(person=town.li))
    assert "No longer on it:" in page
    assert "hypertension" not in due(town.li)
    assert "No programme runs." in page


def test_the_same_once_more_changes_nothing(town: Town):
    client = as_(town.zhao)
    begun = current(Enrolment).get(person=town.li)
    for path, said in (
        ("begin/diabetes", {"start_on": TODAY.isoformat()}),
        (f"{begun.pk}/end", {"end_on": YESTERDAY.isoformat(), "end_reason": "lost"}),
    ):
        _sent(client, town.li, path, said)
        rows = Enrolment.objects.count()
        assert "this was recorded already" in _sent(client, town.li, path, said)
        assert Enrolment.objects.count() == rows
    ended = current(Enrolment).get(person=town.li, kind="hypertension")
    take_back(client, town.li, ended)
    assert "nothing has changed" in take_back(client, town.li, ended)


def test_what_cannot_be_is_said_at_its_field(town: Town):
    for kind, said, sentence in [
        ("diabetes", {"start_on": "2026-11-26"}, "This day is in the future"),
        ("diabetes", {"start_on": "1960-01-01"}, "before the person was born"),
        ("diabetes", {"start_on": "soon"}, "valid date"),
        ("diabetes", {"start_on": ""}, "required"),
        ("hypertension", {}, "already enrolled"),
        ("long_prescription", {}, "required"),
        ("long_prescription", {"value": "2027-06-01"}, "12 weeks at most"),
        ("long_prescription", {"value": "2025-01-01"}, "first day or a later one"),
        ("pregnancy", {"value": "2025-01-01"}, "at most 44 weeks"),
    ]:
        page = begin(as_(town.zhao), town.li, kind, **said)
        assert sentence in page
        assert 'class="field wrong"' in page
        assert running(town.li) == ["hypertension"]


def test_an_end_that_cannot_be_is_said_at_its_field(town: Town):
    for said, sentence in [
        ({"end_on": "2026-11-26"}, "This day is in the future"),
        ({"end_on": "2024-01-01"}, "cannot end before it began"),
        ({"end_reason": "moved"}, "Select a valid choice"),
        ({"end_reason": ""}, "required"),
    ]:
        page = end(as_(town.zhao), town.li, current(Enrolment).get(person=town.li), **said)
        assert sentence in page
        assert running(town.li) == ["hypertension"]


def test_what_another_ended_in_the_meantime_is_told(town: Town):
    begun = current(Enrolment).get(person=town.li)
    end(as_(town.wang), town.li, begun, end_reason="lost")
    assert "has ended or was corrected in the meantime" in end(as_(town.zhao), town.li, begun)


def test_a_long_prescription_keeps_its_last_day(town: Town):
    page = begin(as_(town.wang), town.li, "long_prescription", value="2026-12-20")
    assert "Last day for which there are medicines: 2026-12-20" in page
    assert current(Enrolment).get(person=town.li, kind="long_prescription").value == "2026-12-20"
    assert "long_prescription" in due(town.li)


def test_whoever_died_or_moved_away_enters_nothing(town: Town):
    client, address = as_(town.zhao), f"/people/{town.li.pk}/programmes/"
    said = {"revision": "1", "on": YESTERDAY.isoformat(), "detail": "晋中", "words": ""}
    client.post(f"/people/{town.li.pk}/status/moved/", said)
    page = client.get(address).content.decode()
    assert "no programme begins any more" in page
    assert "take-back" not in page, "a move is taken back as a whole"
    assert "died or moved away" in begin(client, town.li, "diabetes")
    assert running(town.li) == []


def test_programmes_under_shelter_are_there_only_for_whom_it_is_open(town: Town):
    enrol(town.li, "tb", date(2026, 11, 1))
    hidden = current(Enrolment).get(person=town.li, kind="tb")
    address = f"/people/{town.li.pk}/programmes/"
    nurse, doctor = as_(town.zhao), as_(town.wang)
    for path in ("begin/mental/", f"{hidden.pk}/end/"):
        assert nurse.get(address + path).status_code == 404
        assert "/shelter/" in doctor.get(address + path).headers["Location"]
    for client in (nurse, doctor):
        page = client.get(address).content.decode()
        assert "Tuberculosis" not in page
        assert "mental" not in page
    assert "special shelter" not in nurse.get(address).content.decode()
    doctor.post(f"/people/{town.li.pk}/shelter/", {"purpose": "treatment", "next": address})
    page = doctor.get(address).content.decode()
    assert "Tuberculosis" in page
    assert "begin/mental/" in page


def test_who_may_keep_programmes(town: Town):
    for who, code in [("wang", 200), ("zhao", 200), ("guo", 404), ("sun", 404), ("ma", 404)]:
        client, begun = as_(getattr(town, who)), current(Enrolment).get(person=town.li)
        for path in ("", "begin/diabetes/", f"{begun.pk}/end/"):
            assert client.get(f"/people/{town.li.pk}/programmes/{path}").status_code == code
        other = current(Enrolment).filter(person=town.wu).earliest("pk")
        assert client.get(f"/people/{town.li.pk}/programmes/{other.pk}/end/").status_code == 404, "somebody else's"
        assert client.get(f"/people/{town.li.pk}/programmes/begin/nonsense/").status_code == 404


def test_the_person_page_leads_there(town: Town):
    for who, leads in [("wang", True), ("zhao", True), ("guo", False)]:
        page = as_(getattr(town, who)).get(f"/people/{town.li.pk}/").content.decode()
        assert (f"/people/{town.li.pk}/programmes/" in page) == leads


def test_two_at_one_time_one_of_them_is_told(committed_town: Town):
    town = committed_town

    def colleague(start_on: date) -> None:
        try:
            actions.begin(viewer=town.viewer(town.zhao), person_id=town.li.pk, kind="diabetes", start_on=start_on)
        except EvidenceError as refused:
            raise PeopleError(str(refused.sentence)) from refused

    outcomes = at_once(lambda: colleague(TODAY), lambda: colleague(YESTERDAY))
    assert outcomes[0] == "done"
    assert "already enrolled" in outcomes[1]
    assert Enrolment.objects.filter(person=town.li, kind="diabetes").count() == 1


def test_an_end_is_taken_back_of_the_latest_of_its_kind_only():
    first = Programme(1, "diabetes", date(2024, 1, 1), date(2024, 6, 1), "lost")
    second = Programme(2, "diabetes", date(2025, 1, 1), date(2025, 6, 1), "completed")
    again = Programme(3, "diabetes", date(2026, 1, 1), None, "")
    moved = Programme(4, "hypertension", date(2024, 1, 1), date(2025, 1, 1), "moved")
    assert [rules.may_take_back(one, [first, second, moved]) for one in (first, second, moved)] == [False, True, False]
    assert not any(rules.may_take_back(one, [first, second, again]) for one in (first, second, again))


def test_nobody_of_male_sex_is_offered_a_pregnancy():
    assert rules.offered(("pregnancy", "tb"), "M") == ("tb",)
    assert rules.offered(("pregnancy", "tb"), "U") == ("pregnancy", "tb")
