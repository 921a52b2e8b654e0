"""Owner, colleague, stranger: who may open whose record, and what the trail says of it."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.people import access
from jinxiu.people import actions as people
from jinxiu.people.access import PersonNotFound, TeamNotFound, person_for, person_to_care_for
from jinxiu.people.models import Staff, StaffAssignment, User
from jinxiu.people.roles import MANAGE_ACCOUNTS, ROLES, SEE_DISTRICT_NUMBERS, SEE_PEOPLE
from tests.town import TODAY, Town


def opens(town: Town, who: Staff, today: date = TODAY) -> bool:
    try:
        return person_for(town.viewer(who, today), town.chen.pk, "care") == town.chen
    except PersonNotFound:
        return False


def records(town: Town, who: Staff) -> bool:
    try:
        return person_to_care_for(town.viewer(who), town.chen.pk, "follow-up") == town.chen
    except PersonNotFound:
        return False


def test_owner_opens_and_records(town: Town) -> None:
    assert opens(town, town.wang)
    assert records(town, town.wang)


def test_colleague_opens_and_records(town: Town) -> None:
    assert opens(town, town.zhao)
    assert records(town, town.zhao)


def test_stranger_finds_nobody(town: Town) -> None:
    assert not opens(town, town.sun)
    assert not records(town, town.sun)


def test_manager_opens_but_records_nothing(town: Town) -> None:
    assert opens(town, town.guo)
    assert not records(town, town.guo)


def test_officer_and_administrator_see_no_name(town: Town) -> None:
    assert not opens(town, town.ma)
    assert not opens(town, town.tian)


def test_nobody_and_somebody_elses_look_the_same(town: Town) -> None:
    with pytest.raises(PersonNotFound) as strangers:
        person_for(town.viewer(town.sun), town.chen.pk, "care")
    with pytest.raises(PersonNotFound) as nobodys:
        person_for(town.viewer(town.sun), 10**9, "care")
    assert str(strangers.value) == str(nobodys.value)


def test_each_list_holds_ones_own(town: Town) -> None:
    assert set(access.people_for(town.viewer(town.wang))) == {town.chen, town.li, town.wu, town.zhou, town.zheng}
    assert set(access.people_for(town.viewer(town.sun))) == {town.feng}
    assert not access.people_for(town.viewer(town.ma)).exists()


def test_opening_leaves_a_line(town: Town) -> None:
    person_for(town.viewer(town.zhao), town.chen.pk, "care")
    line = AuditEntry.objects.latest("pk")
    assert (line.action, line.actor_id, line.actor_name) == ("person.opened", town.zhao.user_id, "赵敏")
    assert (line.role, line.person_id, line.purpose) == ("nurse", town.chen.pk, "care")


def test_a_refusal_leaves_a_line_too(town: Town) -> None:
    assert not opens(town, town.sun)
    line = AuditEntry.objects.latest("pk")
    assert (line.action, line.actor_id, line.person_id) == ("person.refused", town.sun.user_id, town.chen.pk)


def test_who_moves_takes_the_record_along(town: Town) -> None:
    people.join_team(person_id=town.chen.pk, team_id=town.team2.pk, on=TODAY, actor=SYSTEM)
    yesterday = TODAY - timedelta(days=1)
    assert (opens(town, town.wang, yesterday), opens(town, town.wang)) == (True, False)
    assert (opens(town, town.sun, yesterday), opens(town, town.sun)) == (False, True)


def test_a_role_ends_with_its_last_day(town: Town) -> None:
    assignment = StaffAssignment.objects.get(staff=town.wang)
    people.end_assignment(assignment_id=assignment.pk, last_day=TODAY, actor=SYSTEM)
    assert opens(town, town.wang)
    assert not opens(town, town.wang, TODAY + timedelta(days=1))


def test_a_closed_account_sees_nobody(town: Town) -> None:
    User.objects.filter(pk=town.wang.user_id).update(is_active=False)
    assert not opens(town, town.wang)


def test_a_further_role_reaches_only_its_own_team(town: Town) -> None:
    """A nurse of team 1 who also manages team 2's centre still records nothing for team 2."""
    people.assign(
        staff_id=town.zhao.pk,
        role="manager",
        institution_id=town.team2.institution_id,
        start_on=TODAY,
        actor=SYSTEM,
    )
    zhao = town.viewer(town.zhao)
    assert person_for(zhao, town.feng.pk, "care") == town.feng
    with pytest.raises(PersonNotFound):
        person_to_care_for(zhao, town.feng.pk, "follow-up")


def test_teams_out_of_reach_are_not_found(town: Town) -> None:
    assert list(access.teams_for(town.viewer(town.guo))) == [town.team1]
    assert access.team_ids_for(town.viewer(town.wang), None) == [town.team1.pk]
    with pytest.raises(TeamNotFound):
        access.team_ids_for(town.viewer(town.wang), town.team2.pk)


def test_require_stops_who_has_not_the_permission(town: Town) -> None:
    access.require(town.viewer(town.tian), MANAGE_ACCOUNTS)
    with pytest.raises(PermissionDenied):
        access.require(town.viewer(town.wang), MANAGE_ACCOUNTS)


def test_a_viewer_costs_two_queries(town: Town, django_assert_num_queries: object) -> None:
    user = User.objects.get(pk=town.wang.user_id)
    with django_assert_num_queries(2):  # type: ignore[operator]
        access.viewer_for(user, TODAY)


def test_opening_costs_one_read_and_one_line(town: Town, django_assert_num_queries: object) -> None:
    viewer = town.viewer(town.wang)
    with django_assert_num_queries(4):  # type: ignore[operator]  # two of them open and close a savepoint
        person_for(viewer, town.chen.pk, "care")


def test_nobody_manages_accounts_and_sees_people() -> None:
    """Separate hands for separate powers (三员分立)."""
    assert not [role.code for role in ROLES.values() if {MANAGE_ACCOUNTS, SEE_PEOPLE} <= role.permissions]


def test_the_officers_numbers_reach_the_district_and_no_name(town: Town) -> None:
    ma = town.viewer(town.ma)
    assert set(access.teams_for(ma, SEE_DISTRICT_NUMBERS)) == {town.team1, town.team2}
    assert not access.teams_for(ma).exists()
    assert not access.people_for(ma).exists()
