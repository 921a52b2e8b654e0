"""Moved, died, came back, taken back: what each closes and opens; wrong days; two at once; killed in the middle."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client

from jinxiu.audit.models import AuditEntry
from jinxiu.emergency.models import EmergencyOpening
from jinxiu.evidence.models import Enrolment
from jinxiu.familydoctor.records.queries import current
from jinxiu.familydoctor.residency import actions
from jinxiu.people import clock
from jinxiu.people.correcting.actions import ChangedMeanwhileError
from jinxiu.people.models import Person, PersonVersion, TeamMembership
from jinxiu.worklists.models import DueItem
from tests.register.test_registering import as_
from tests.town import TODAY, Town

YESTERDAY = TODAY - timedelta(days=1)


def send(client: Client, person: Person, change: str, **answers: str) -> str:
    """Send one change as the page would; the page that came back, or where it leads."""
    revision = Person.objects.get(pk=person.pk).revision
    said = {"revision": str(revision), "on": YESTERDAY.isoformat(), "words": ""} | answers
    answer = client.post(f"/people/{person.pk}/status/{change}/", said)
    return answer.headers.get("Location", "") or answer.content.decode()


def running(person: Person) -> list[str]:
    return sorted(current(Enrolment).filter(person=person, end_on__isnull=True).values_list("kind", flat=True))


def due(person: Person) -> int:
    return DueItem.objects.filter(person=person, closed_at__isnull=True).count()


def team(person: Person) -> list[tuple[str, date | None]]:
    rows = TeamMembership.objects.filter(person=person).order_by("start_on")
    return [(row.team.code, row.end_on) for row in rows]


def opening(town: Town) -> EmergencyOpening:
    now = clock.now()
    return EmergencyOpening.objects.create(
        staff=town.sun,
        person=town.li,
        team=town.team1,
        reason="present",
        words="here",
        opened_at=now - timedelta(minutes=1),
        ends_at=now + timedelta(minutes=50),
        review_by=now + timedelta(days=1),
    )


@pytest.mark.parametrize(
    ("change", "detail", "reason"), [("moved", "太原市小店区", "moved"), ("died", "hospital", "died")]
)
def test_whoever_is_gone_has_no_team_programme_due_item_or_opening(town: Town, change: str, detail: str, reason: str):
    opened, client = opening(town), as_(town.zhao)
    assert due(town.li)
    assert send(client, town.li, change, detail=detail) == f"/people/{town.li.pk}/"
    person = Person.objects.get(pk=town.li.pk)
    assert (person.died_on or person.left_on) == YESTERDAY
    assert team(town.li) == [("lx-1", YESTERDAY)]
    ended = current(Enrolment).get(person=town.li)
    assert (ended.end_on, ended.end_reason, ended.supersedes_id is not None) == (YESTERDAY, reason, True)
    assert due(town.li) == 0
    assert set(DueItem.objects.filter(person=town.li).values_list("closed_reason", flat=True)) == {"gone"}
    opened.refresh_from_db()
    assert opened.ends_at <= clock.now()
    assert client.get(f"/people/{town.li.pk}/").status_code == 200, "the last team still finds the person"
    assert as_(town.sun).get(f"/people/{town.li.pk}/").status_code == 404
    page = client.get(f"/people/{town.li.pk}/status/").content.decode()
    assert ("太原市小店区" if change == "moved" else "a hospital said so") in page


@pytest.mark.parametrize(("change", "detail"), [("moved", "晋中"), ("died", "family")])
def test_a_mistake_taken_back_opens_what_it_closed_and_keeps_the_history(town: Town, change: str, detail: str):
    client, before = as_(town.zhao), due(town.wu)
    send(client, town.wu, change, detail=detail, on="2026-11-20")
    assert running(town.wu) == []
    assert send(client, town.wu, "mistake", words="another Wu Jianjun") == f"/people/{town.wu.pk}/"
    person = Person.objects.get(pk=town.wu.pk)
    assert (person.died_on, person.left_on, person.revision) == (None, None, 3)
    assert team(town.wu) == [("lx-1", None)]
    assert running(town.wu) == ["diabetes", "hypertension"]
    assert due(town.wu) == before
    assert Enrolment.objects.filter(person=town.wu).count() == 6, "begun, ended, opened again: nothing is overwritten"
    page = client.get(f"/people/{town.wu.pk}/earlier/").content.decode()
    assert "recorded by mistake" in page
    assert "another Wu Jianjun" in page
    codes = set(AuditEntry.objects.filter(person_id=town.wu.pk).values_list("action", flat=True))
    assert {"person.departed", "person.departure_taken_back", "team.reopened", "enrolment.reopened"} <= codes


def test_whoever_comes_back_joins_a_team_and_programmes_begin_anew(town: Town):
    client = as_(town.zhao)
    send(client, town.li, "moved", detail="晋中", on="2026-11-01")
    page = client.get(f"/people/{town.li.pk}/status/back/").content.decode()
    assert 'value="hypertension"' in page
    send(client, town.li, "back", on="2026-11-20", team=str(town.team1.pk), programmes="hypertension")
    assert Person.objects.get(pk=town.li.pk).left_on is None
    assert team(town.li) == [("lx-1", date(2026, 11, 1)), ("lx-1", None)]
    assert current(Enrolment).get(person=town.li, end_on__isnull=True).start_on == date(2026, 11, 20)
    assert due(town.li)


def test_moved_within_the_district_is_an_address_and_a_transfer_in_one_step(town: Town):
    assert town.feng.household is not None
    client = as_(town.zhao)
    place = str(town.feng.household.place_id)
    before = due(town.li)
    answers = {"place": place, "address": "桥东街 9 号", "team": str(town.team2.pk), "on": TODAY.isoformat()}
    assert send(client, town.li, "within", **answers) == "/people/", "the person is in another team's care now"
    person = Person.objects.select_related("household").get(pk=town.li.pk)
    assert person.household is not None
    assert person.household.address == "桥东街 9 号"
    assert team(town.li) == [("lx-1", YESTERDAY), ("qd-1", None)]
    assert due(town.li) == before
    assert as_(town.qian).get(f"/people/{town.li.pk}/").status_code == 200


def test_a_death_after_a_move_and_its_mistake_leave_the_move(town: Town):
    client = as_(town.zhao)
    send(client, town.li, "moved", detail="晋中", on="2026-11-01")
    send(client, town.li, "died", detail="family", on="2026-11-20")
    send(client, town.li, "mistake", words="somebody else")
    person = Person.objects.get(pk=town.li.pk)
    assert (person.died_on, person.left_on) == (None, date(2026, 11, 1))
    assert running(town.li) == []


@pytest.mark.parametrize(
    ("change", "answers", "sentence"),
    [
        ("moved", {"detail": "晋中", "on": "2026-11-26"}, "This day is still to come"),
        ("died", {"detail": "family", "on": "1960-01-01"}, "This day is before the birth"),
        ("died", {"detail": "family", "on": "2026-06-01"}, "There is a record of"),
        ("died", {"detail": "other"}, "how it is known"),
        ("moved", {"detail": ""}, "required"),
        ("moved", {"detail": "晋中", "on": "soon"}, "valid date"),
        ("within", {"address": "x"}, "Please choose the community"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_changes(town: Town, change: str, answers: dict[str, str], sentence: str):
    assert sentence in send(as_(town.zhao), town.li, change, **answers)
    person = Person.objects.get(pk=town.li.pk)
    assert (person.revision, person.died_on, person.left_on) == (1, None, None)
    assert running(town.li) == ["hypertension"]


def test_a_day_before_the_last_contact_can_be_confirmed(town: Town):
    client = as_(town.zhao)
    send(client, town.li, "died", detail="certificate", on="2026-06-01", sure="on")
    assert Person.objects.get(pk=town.li.pk).died_on == date(2026, 6, 1)


def test_nobody_comes_back_on_the_day_of_leaving(town: Town):
    client = as_(town.zhao)
    send(client, town.li, "moved", detail="晋中", on="2026-11-20")
    page = send(client, town.li, "back", on="2026-11-20", team=str(town.team1.pk))
    assert "take the move back instead" in page


def test_what_does_not_fit_where_the_person_stands_leads_back(town: Town):
    client = as_(town.zhao)
    assert send(client, town.li, "back") == f"/people/{town.li.pk}/status/"
    assert client.get(f"/people/{town.li.pk}/status/nonsense/").status_code == 404


@pytest.mark.parametrize(("who", "code"), [("wang", 200), ("zhao", 200), ("guo", 404), ("sun", 404), ("ma", 404)])
def test_who_may_record_it(town: Town, who: str, code: int):
    client = as_(getattr(town, who))
    assert client.get(f"/people/{town.li.pk}/status/").status_code == code
    assert client.get(f"/people/{town.li.pk}/status/died/").status_code == code


def test_two_at_one_time_one_of_them_is_told(committed_town: Town):
    town = committed_town
    start, outcomes = threading.Barrier(2), []

    def clerk(change: str) -> None:
        start.wait()
        try:
            actions.depart(
                viewer=town.viewer(town.zhao),
                person_id=town.li.pk,
                revision=1,
                change=change,
                on=YESTERDAY,
                detail="family",
                words="",
            )
            outcomes.append(change)
        except ChangedMeanwhileError:
            outcomes.append("told")
        finally:
            connection.close()

    clerks = [threading.Thread(target=clerk, args=(change,)) for change in ("moved", "died")]
    for one in clerks:
        one.start()
    for one in clerks:
        one.join(30)
    assert outcomes.count("told") == 1
    assert PersonVersion.objects.filter(person=town.li).count() == 1
    assert current(Enrolment).filter(person=town.li).count() == 1


def test_killed_in_the_middle_nothing_has_changed(town: Town, monkeypatch: pytest.MonkeyPatch):
    def broken(**_more: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(actions, "refresh_person", broken)
    opened, client = opening(town), as_(town.zhao)
    client.raise_request_exception = False
    send(client, town.li, "died", detail="family")
    person = Person.objects.get(pk=town.li.pk)
    assert (person.died_on, person.revision) == (None, 1)
    assert team(town.li) == [("lx-1", None)]
    assert running(town.li) == ["hypertension"]
    opened.refresh_from_db()
    assert opened.ends_at > clock.now()


def test_the_form_of_an_older_revision_is_told(town: Town):
    client = as_(town.zhao)
    page = send(client, town.li, "moved", detail="晋中", revision="7")
    assert "Somebody else changed this person in the meantime" in page
    assert Person.objects.get(pk=town.li.pk).left_on is None
