"""People come, move and leave; staff get accounts."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.people import actions, clock, queries
from jinxiu.people.actions import PeopleError
from jinxiu.people.models import Person, TeamMembership
from tests.town import TODAY, Town


def spans(person: Person) -> list[tuple[str, date, date | None]]:
    rows = TeamMembership.objects.filter(person=person).order_by("start_on")
    return list(rows.values_list("team__code", "start_on", "end_on"))


def test_a_person_is_registered_with_search_keys_and_sealed_numbers(town: Town) -> None:
    person = Person.objects.get(pk=town.chen.pk)
    assert (person.pinyin, person.initials) == ("chenzhiqiang", "czq")
    (card,) = queries.identifiers_of(person.pk)
    assert card.masked.startswith("140199********")
    assert queries.phones_of(person.pk) == [("mobile", "138****0021", "13812340021")]


def test_a_known_number_is_not_registered_twice(town: Town) -> None:
    number = ("passport", "E12345678")
    said = {"name": "新人", "sex": "F", "birth_date": None, "actor": SYSTEM}
    actions.register_person(**said, identifiers=[number])
    with pytest.raises(PeopleError, match="already belongs"):
        actions.register_person(**said, identifiers=[("passport", "e 123-456-78")])
    assert Person.objects.filter(name="新人").count() == 1


def test_moving_teams_leaves_no_day_without_and_none_with_two(town: Town) -> None:
    actions.join_team(person_id=town.chen.pk, team_id=town.team2.pk, on=TODAY, actor=SYSTEM)
    assert spans(town.chen) == [
        ("lx-1", date(2023, 1, 1), TODAY - timedelta(days=1)),
        ("qd-1", TODAY, None),
    ]
    assert [line.action for line in AuditEntry.objects.order_by("-pk")[:2]] == ["team.joined", "team.left"]


def test_joining_ones_own_team_changes_nothing(town: Town) -> None:
    before = AuditEntry.objects.count()
    actions.join_team(person_id=town.chen.pk, team_id=town.team1.pk, on=TODAY, actor=SYSTEM)
    assert (spans(town.chen), AuditEntry.objects.count()) == ([("lx-1", date(2023, 1, 1), None)], before)


def test_two_moves_on_one_day_are_refused(town: Town) -> None:
    actions.join_team(person_id=town.chen.pk, team_id=town.team2.pk, on=TODAY, actor=SYSTEM)
    with pytest.raises(PeopleError, match="that very day"):
        actions.join_team(person_id=town.chen.pk, team_id=town.team1.pk, on=TODAY, actor=SYSTEM)
    with pytest.raises(PeopleError, match="later day"):
        actions.join_team(person_id=town.chen.pk, team_id=town.team1.pk, on=date(2024, 1, 1), actor=SYSTEM)


def test_leaving_and_coming_back(town: Town) -> None:
    actions.leave_team(person_id=town.chen.pk, last_day=TODAY, actor=SYSTEM)
    assert actions.leave_team(person_id=town.chen.pk, last_day=TODAY + timedelta(days=5), actor=SYSTEM) is None
    assert queries.team_of(town.chen.pk, TODAY) == town.team1
    assert queries.team_of(town.chen.pk, TODAY + timedelta(days=1)) is None
    actions.join_team(person_id=town.chen.pk, team_id=town.team1.pk, on=TODAY + timedelta(days=9), actor=SYSTEM)
    assert len(spans(town.chen)) == 2


def test_the_team_and_its_staff(town: Town) -> None:
    assert [member.role for member in queries.team_members(town.team1.pk, TODAY)] == ["doctor", "nurse"]
    assert queries.team_members(town.team1.pk, date(2019, 12, 31)) == []


def test_an_account_obeys_the_password_rules(town: Town) -> None:
    said = {"username": "new", "name": "新", "role": "nurse", "start_on": TODAY, "actor": SYSTEM}
    with pytest.raises(ValidationError):
        actions.add_staff(**said, password="short", team_id=town.team1.pk)
    staff = actions.add_staff(**said, password=None, team_id=town.team1.pk)
    assert staff.user is not None
    assert not staff.user.has_usable_password()


def test_the_business_day_is_shanghais(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JINXIU_TODAY", "2026-11-25")
    assert clock.today() == TODAY
    assert clock.now().date() == TODAY
    assert clock.start_of(TODAY).isoformat() == "2026-11-25T00:00:00+08:00"
    assert clock.week_of(TODAY) == (date(2026, 11, 23), date(2026, 11, 29))
