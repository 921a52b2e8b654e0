"""Opening a record out of reach: asked for a reason, open for a time, seen by everybody concerned, reviewed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.emergency.models import EmergencyOpening
from jinxiu.people import access, clock
from jinxiu.people import actions as people
from jinxiu.people.identity import same_name
from jinxiu.people.models import Person, Staff, User
from tests.kernel.conftest import _emptied_at_the_end, committed_town
from tests.town import TODAY, Town, id_card, town

__all__ = ["_emptied_at_the_end", "committed_town", "town"]

FENG_NUMBER = id_card(date(1966, 4, 4), 5)
CHEN_NUMBER = id_card(date(1955, 6, 15), 7)
WHY = {"reason": "present", "words": "She fell in the street before our door."}

SignIn = Callable[[Staff], Client]


@pytest.fixture
def desk(town: Town) -> SignIn:
    """Somebody's browser, in English."""

    def signed_in(staff: Staff) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(User.objects.get(pk=staff.user_id))
        return client

    return signed_in


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Move the clock on by minutes."""
    start = clock.now()

    def move(minutes: int) -> None:
        monkeypatch.setattr("jinxiu.people.clock.now", lambda: start + timedelta(minutes=minutes))

    move(0)
    return move


def opened(client: Client, number: str = FENG_NUMBER, **changed: str):
    return client.post(reverse("emergency"), {"number": number, **WHY, **changed})


def reads(client: Client, person: Person) -> bool:
    return client.get(reverse("person", args=[person.pk])).status_code == 200


def test_a_doctor_opens_a_strangers_record_with_a_reason(town: Town, desk: SignIn, later) -> None:
    wang = desk(town.wang)
    assert not reads(wang, town.feng)
    assert opened(wang).headers["Location"] == reverse("person", args=[town.feng.pk])
    assert reads(wang, town.feng)
    row = EmergencyOpening.objects.get()
    assert (row.staff, row.person, row.team, row.reason) == (town.wang, town.feng, town.team2, "present")
    assert row.ends_at - row.opened_at == timedelta(minutes=60)
    assert row.review_by - row.opened_at == timedelta(hours=24)


def test_it_is_for_one_person_one_doctor_and_a_time(town: Town, desk: SignIn, later) -> None:
    wang = desk(town.wang)
    opened(wang)
    assert not reads(desk(town.zhao), town.feng)
    later(59)
    assert reads(wang, town.feng)
    later(60)
    assert not reads(wang, town.feng)


def test_the_time_is_a_setting(town: Town, desk: SignIn, later, settings) -> None:
    settings.JINXIU_EMERGENCY_MINUTES = 5
    wang = desk(town.wang)
    opened(wang)
    later(5)
    assert not reads(wang, town.feng)


def test_it_is_for_reading_only(town: Town, desk: SignIn, later) -> None:
    wang = desk(town.wang)
    opened(wang)
    page = wang.get(reverse("person", args=[town.feng.pk])).content.decode()
    assert reverse("followup-new", args=[town.feng.pk]) not in page
    assert reverse("reveal-phone", args=[town.feng.pk]) not in page
    assert wang.get(reverse("followup-new", args=[town.feng.pk])).status_code == 404
    assert town.feng not in access.people_for(town.viewer(town.wang)), "no list shows the person"


def test_a_red_banner_stands_on_every_page_while_it_lasts(town: Town, desk: SignIn, later) -> None:
    wang = desk(town.wang)
    opened(wang)
    for address in ("/", reverse("worklist"), reverse("person", args=[town.chen.pk])):
        page = wang.get(address).content.decode()
        assert "notice emergency" in page
        assert "冯明" in page
    later(60)
    assert "notice emergency" not in wang.get("/").content.decode()


def test_it_is_closed_before_its_time_by_its_owner_only(town: Town, desk: SignIn, later) -> None:
    wang, sun = desk(town.wang), desk(town.sun)
    opened(wang)
    address = reverse("emergency-end", args=[EmergencyOpening.objects.get().pk])
    assert sun.post(address).status_code == 404
    assert reads(wang, town.feng)
    later(3)
    wang.post(address)
    assert not reads(wang, town.feng)


def test_every_step_and_every_look_is_in_the_trail_without_the_words(town: Town, desk: SignIn, later) -> None:
    wang = desk(town.wang)
    opened(wang)
    reads(wang, town.feng)
    lines = AuditEntry.objects.filter(person_id=town.feng.pk, actor_id=town.wang.user_id).order_by("pk")
    assert [line.action for line in lines] == ["emergency.begun", "person.opened_in_emergency"]
    assert lines[0].detail["reason"] == "present"
    assert "street" not in str([line.detail for line in lines])


def test_a_number_that_is_nobodys_says_so_and_leaves_a_line(town: Town, desk: SignIn, later) -> None:
    page = opened(desk(town.wang), id_card(date(1999, 1, 1), 3)).content.decode()
    assert "Nobody here has this number" in page
    assert AuditEntry.objects.filter(action="emergency.nobody", actor_id=town.wang.user_id).exists()
    assert not EmergencyOpening.objects.exists()


@pytest.mark.parametrize(("field", "value"), [("reason", ""), ("reason", "curious"), ("words", ""), ("words", "a")])
def test_no_reason_no_record(town: Town, desk: SignIn, later, field: str, value: str) -> None:
    assert opened(desk(town.wang), **{field: value}).status_code == 200
    assert not EmergencyOpening.objects.exists()


def test_ones_own_people_need_no_emergency_and_twice_is_once(town: Town, desk: SignIn, later) -> None:
    wang = desk(town.wang)
    assert opened(wang, CHEN_NUMBER).headers["Location"] == reverse("person", args=[town.chen.pk])
    assert not EmergencyOpening.objects.exists()
    opened(wang)
    opened(wang)
    assert EmergencyOpening.objects.count() == 1


def test_nobody_else_may(town: Town, desk: SignIn) -> None:
    for staff in (town.zhao, town.guo, town.ma, town.tian):
        assert opened(desk(staff)).status_code in (302, 403)
    assert not EmergencyOpening.objects.exists()


def test_who_is_a_doctor_no_more_reads_no_more(town: Town, desk: SignIn, later) -> None:
    wang = desk(town.wang)
    opened(wang)
    people.end_assignment(
        assignment_id=town.wang.assignments.get().pk, last_day=TODAY - timedelta(days=1), actor=SYSTEM
    )
    assert not reads(wang, town.feng)


# --- the review -------------------------------------------------------------------------------------------------------


@pytest.fixture
def sun_read_chen(town: Town, desk: SignIn, later) -> EmergencyOpening:
    """Doctor Sun of the other centre opened Chen's record."""
    opened(desk(town.sun), CHEN_NUMBER)
    return EmergencyOpening.objects.get()


def test_the_manager_of_the_persons_centre_reviews(town: Town, desk: SignIn, sun_read_chen: EmergencyOpening) -> None:
    guo = desk(town.guo)
    page = guo.get(reverse("emergency-reviews")).content.decode()
    assert "陈志强" in page
    assert "孙丽" in page
    assert WHY["words"] in page
    guo.post(reverse("emergency-review", args=[sun_read_chen.pk]), {"was_right": "yes"})
    sun_read_chen.refresh_from_db()
    assert (sun_read_chen.was_right, sun_read_chen.reviewed_by) == (True, town.guo)
    assert "confirmed by 郭伟" in desk(town.sun).get(reverse("emergency")).content.decode()
    assert AuditEntry.objects.filter(action="emergency.confirmed", person_id=town.chen.pk).exists()


def test_an_objection_says_why(town: Town, desk: SignIn, sun_read_chen: EmergencyOpening) -> None:
    guo, address = desk(town.guo), reverse("emergency-review", args=[sun_read_chen.pk])
    guo.post(address, {"was_right": "no", "note": ""})
    sun_read_chen.refresh_from_db()
    assert sun_read_chen.reviewed_at is None
    guo.post(address, {"was_right": "no", "note": "He was not there that day."})
    sun_read_chen.refresh_from_db()
    assert (sun_read_chen.was_right, sun_read_chen.note) == (False, "He was not there that day.")
    assert AuditEntry.objects.filter(action="emergency.objected", actor_name="郭伟").exists()


def test_a_review_stands_once_made(town: Town, desk: SignIn, sun_read_chen: EmergencyOpening) -> None:
    guo, address = desk(town.guo), reverse("emergency-review", args=[sun_read_chen.pk])
    guo.post(address, {"was_right": "yes"})
    assert guo.post(address, {"was_right": "no", "note": "changed my mind"}).status_code == 404
    sun_read_chen.refresh_from_db()
    assert sun_read_chen.was_right is True


def test_the_manager_of_another_centre_neither_sees_nor_reviews(
    town: Town, desk: SignIn, sun_read_chen: EmergencyOpening
) -> None:
    people.assign(
        staff_id=town.qian.pk,
        role="manager",
        institution_id=town.team2.institution_id,
        start_on=TODAY,
        actor=SYSTEM,
    )
    qian = desk(town.qian)
    assert "陈志强" not in qian.get(reverse("emergency-reviews")).content.decode()
    assert qian.post(reverse("emergency-review", args=[sun_read_chen.pk]), {"was_right": "yes"}).status_code == 404


def test_nobody_reviews_their_own(town: Town, desk: SignIn, sun_read_chen: EmergencyOpening) -> None:
    people.assign(
        staff_id=town.sun.pk,
        role="manager",
        institution_id=town.team1.institution_id,
        start_on=TODAY,
        actor=SYSTEM,
    )
    sun = desk(town.sun)
    assert sun.post(reverse("emergency-review", args=[sun_read_chen.pk]), {"was_right": "yes"}).status_code == 404


def test_a_late_review_is_marked(town: Town, desk: SignIn, later, sun_read_chen: EmergencyOpening) -> None:
    guo = desk(town.guo)
    assert "edge-amber" in guo.get(reverse("emergency-reviews")).content.decode()
    later(24 * 60 + 1)
    assert "edge-red" in guo.get(reverse("emergency-reviews")).content.decode()


def test_a_person_without_a_team_is_answered_for_by_the_readers_own_manager(town: Town, desk: SignIn, later) -> None:
    people.leave_team(person_id=town.feng.pk, last_day=TODAY - timedelta(days=1), actor=SYSTEM)
    opened(desk(town.wang))
    assert EmergencyOpening.objects.get().team == town.team1
    assert "冯明" in desk(town.guo).get(reverse("emergency-reviews")).content.decode()


def test_reading_costs_no_more_queries_than_before(town: Town, django_assert_num_queries) -> None:
    viewer = town.viewer(town.wang)
    with django_assert_num_queries(4):
        access.person_for(viewer, town.chen.pk, access.RECORD)


def test_an_hour_is_an_hour_around_midnight(town: Town, desk: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    night = datetime.combine(TODAY, datetime.max.time(), tzinfo=clock.SHANGHAI) - timedelta(minutes=10)
    monkeypatch.setattr("jinxiu.people.clock.now", lambda: night)
    wang = desk(town.wang)
    opened(wang)
    monkeypatch.setattr("jinxiu.people.clock.now", lambda: night + timedelta(minutes=30))
    monkeypatch.setenv("JINXIU_TODAY", (TODAY + timedelta(days=1)).isoformat())
    assert reads(wang, town.feng)


# --- guessing -----------------------------------------------------------------------------------------------------


@pytest.fixture
def three(settings) -> None:
    """Three numbers that are nobody's are the most."""
    settings.JINXIU_EMERGENCY_GUESSES = 3


def guess(client: Client, times: int, **more: str) -> str:
    """Ask for numbers that are nobody's; returns the last page."""
    pages = [opened(client, id_card(date(1999, 1, 1), serial), **more).content.decode() for serial in range(times)]
    return pages[-1]


def lines(action: str) -> int:
    return AuditEntry.objects.filter(action=action).count()


NAME = 'name="name"'


def test_the_most_that_is_nobodys_is_ten_unless_the_setting_says_otherwise(settings) -> None:
    assert settings.JINXIU_EMERGENCY_GUESSES == 10


def test_up_to_the_limit_the_number_is_enough(town: Town, desk: SignIn, three: None) -> None:
    wang = desk(town.wang)
    assert NAME not in guess(wang, 2)
    assert opened(wang).headers["Location"] == reverse("person", args=[town.feng.pk])
    assert not lines("emergency.name_needed")


def test_from_the_limit_on_number_and_name_open_together_and_neither_alone(
    town: Town, desk: SignIn, three: None
) -> None:
    wang = desk(town.wang)
    page = guess(wang, 3)
    assert NAME in page
    assert "Until " in page
    assert opened(wang).status_code == 200, "the number alone"
    wrong = opened(wang, name="冯亮").content.decode()
    assert "Nobody here has this number and this name" in wrong
    assert not EmergencyOpening.objects.exists()
    assert lines("emergency.nobody") == 4, "a right number with a wrong name is one more"
    assert opened(wang, name=" 冯 明").headers["Location"] == reverse("person", args=[town.feng.pk])
    line = AuditEntry.objects.get(action="emergency.name_needed")
    assert (line.actor_id, line.detail) == (town.wang.user_id, {"numbers": 3})


def test_it_is_over_after_an_hour_and_old_numbers_do_not_count(town: Town, desk: SignIn, three: None) -> None:
    wang, now = desk(town.wang), timezone.now()
    who = {"actor_id": town.wang.user_id, "actor_name": "wang"}
    for minutes in (61, 62, 63):
        AuditEntry.objects.create(at=now - timedelta(minutes=minutes), action="emergency.nobody", **who)
    AuditEntry.objects.create(at=now - timedelta(minutes=61), action="emergency.name_needed", **who)
    assert NAME not in wang.get(reverse("emergency")).content.decode()
    assert NAME not in guess(wang, 2)
    assert NAME in guess(wang, 1)


def test_one_account_that_guesses_is_no_burden_for_its_colleagues(town: Town, desk: SignIn, three: None) -> None:
    guess(desk(town.wang), 3)
    assert NAME not in desk(town.sun).get(reverse("emergency")).content.decode()
    assert opened(desk(town.sun), CHEN_NUMBER).status_code == 302


def test_the_manager_of_the_centre_sees_it_and_no_other(town: Town, desk: SignIn, three: None) -> None:
    guess(desk(town.sun), 3)
    assert "3 numbers" not in desk(town.guo).get(reverse("emergency-reviews")).content.decode()
    guess(desk(town.wang), 3)
    page = desk(town.guo).get(reverse("emergency-reviews")).content.decode()
    assert "3 numbers" in page
    assert "王建国" in page


def test_a_form_that_leaves_the_name_out_gets_round_nothing(town: Town, desk: SignIn, three: None) -> None:
    """Two at once: the page of one was made before the other's number was the last that is free."""
    guess(desk(town.wang), 3)
    with pytest.raises(access.PersonNotFound):
        access.open_in_emergency(town.viewer(town.wang), number=FENG_NUMBER, reason="present", words="She fell.")
    assert not EmergencyOpening.objects.exists()


def test_numbers_at_the_same_moment_are_asked_one_after_the_other(committed_town: Town, settings) -> None:
    settings.JINXIU_EMERGENCY_GUESSES = 3
    viewer = committed_town.viewer(committed_town.wang)

    def ask(serial: int) -> bool:
        try:
            access.open_in_emergency(
                viewer, number=id_card(date(1999, 1, 1), serial), reason="present", words="She fell."
            )
        except access.PersonNotFound:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert not any(pool.map(ask, range(4)))
    assert AuditEntry.objects.get(action="emergency.name_needed").detail == {"numbers": 3}


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("冯明", "冯 明", True),
        ("阿依古丽·买买提", "阿依古丽買买提", False),
        ("阿依古丽·买买提", "阿依古丽．买买提", True),
        ("Ｆeng Ming", "feng-ming", True),
        ("冯明", "冯", False),
        ("", "", False),
        ("·", " ", False),
    ],
)
def test_names_are_compared_by_their_letters(one: str, other: str, alike: bool) -> None:
    assert same_name(one, other) is alike
