"""How a team begins and ends: its people, its staff, what is refused, and two who close at once."""

from datetime import date, timedelta

import pytest
from django.test import Client

from jinxiu.accounts.queries import places_of_work
from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.familydoctor.imports import queries as imports
from jinxiu.familydoctor.residency import actions as residency
from jinxiu.familydoctor.residency.queries import team_choices
from jinxiu.people import access
from jinxiu.people.actions import PeopleError, assign, end_memberships, join_team
from jinxiu.people.models import Institution, Person, Staff, StaffAssignment, Team, TeamMembership, User
from jinxiu.people.organisation import queries as organisation
from jinxiu.people.organisation.lifecycle import actions, queries
from jinxiu.people.organisation.lifecycle.queries import Plan
from jinxiu.people.restricting import actions as restricting
from jinxiu.people.roles import SEE_PEOPLE, SEE_RECORD
from jinxiu.worklists.queries import overdue_by_team, worklist
from tests.register.test_registering import as_
from tests.together import at_once
from tests.town import TODAY, Town

DAY = timedelta(days=1)
NEW = {"code": "lx-9", "name": "第九团队", "name_en": "Team 9", "phone": "0351 4000009"}


def add(town: Town, code: str, name: str) -> Team:
    """A team of Liuxiang centre with a doctor."""
    team = actions.add_team(
        institution_id=town.team1.institution_id, code=code, name=name, name_en=f"Team {code}", actor=SYSTEM
    )
    staff = Staff.objects.create(user=User.objects.create(username=code), name=code)
    assign(staff_id=staff.pk, role="doctor", team_id=team.pk, start_on=date(2020, 1, 1), actor=SYSTEM)
    return team


@pytest.fixture
def other(town: Town) -> Team:
    """Another team of the same centre."""
    return add(town, "lx-2", "第二团队")


def doctor(team: Team) -> Staff:
    return Staff.objects.get(assignments__team=team)


def close(town: Town, to: Team, communities: dict[int, int] | None = None, on: date = TODAY) -> Team:
    plan = Plan(to.pk, communities or {})
    return actions.close_team(team_id=town.team1.pk, plan=plan, reason="合并", on=on, actor=SYSTEM)


def spans(person: Person) -> list[tuple[str, date, date | None]]:
    rows = TeamMembership.objects.filter(person=person).order_by("start_on")
    return list(rows.values_list("team__code", "start_on", "end_on"))


def ask(client: Client, town: Town, **said: object) -> str:
    wish = {"on": TODAY, "reason": "Two teams become one", **said}
    return client.post(f"/teams/{town.team1.pk}/close/", wish, follow=True).content.decode()


# --- a new team -------------------------------------------------------------------------------------------------------


def test_the_manager_adds_a_team(town: Town) -> None:
    centre = town.team1.institution_id
    shown = as_(town.guo).post("/teams/new/", NEW | {"institution": centre}, follow=True).content.decode()
    assert "The team is added" in shown
    team = Team.objects.get(code="lx-9")
    assert (team.institution_id, team.name_en, team.closed_on) == (centre, "Team 9", None)
    assert AuditEntry.objects.get(action="team.added").detail == {"team": team.pk, "institution": centre}
    assert "New team" in as_(town.guo).get("/teams/").content.decode()
    assert "New team" not in as_(town.wang).get("/teams/").content.decode()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [("code", "qd-1", "Another team has this code"), ("code", "七队", "letters, digits"), ("name", "", "required")],
)
def test_a_team_that_cannot_be(town: Town, field: str, value: str, said: str) -> None:
    wish = NEW | {"institution": town.team1.institution_id, field: value}
    shown = as_(town.guo).post("/teams/new/", wish).content.decode()
    assert said in shown
    assert Team.objects.count() == 2


def test_nobody_adds_a_team_elsewhere(town: Town) -> None:
    other = Institution.objects.get(code="qd").pk
    assert "Nothing is saved yet" in as_(town.guo).post("/teams/new/", NEW | {"institution": other}).content.decode()
    assert as_(town.wang).post("/teams/new/", NEW).status_code == 403
    assert set(queries.places_to_add_to(town.viewer(town.tian))) == set(Institution.objects.all())


# --- closing ----------------------------------------------------------------------------------------------------------


def test_people_go_on_in_the_other_team_from_that_day(town: Town, other: Team) -> None:
    began = spans(town.chen)[0][1]
    before = [one.pk for one in (town.chen, town.li, town.wu, town.zhou, town.zheng)]
    close(town, other)
    assert spans(town.chen) == [("lx-1", began, TODAY - DAY), ("lx-2", TODAY, None)]
    new = town.viewer(doctor(other))
    assert set(access.people_for(new).values_list("pk", flat=True)) == set(before)
    assert worklist(new).rows
    assert [team for team, _people, _late in overdue_by_team(town.viewer(town.guo))] == [other]
    assert not access.people_for(town.viewer(town.wang)).exists()
    assert not worklist(town.viewer(town.wang)).rows
    line = AuditEntry.objects.get(action="team.closed")
    assert line.detail["people"] == 5
    assert line.detail["to"] == {str(other.pk): 5}
    assert town.team1.name not in str(line.detail)


def test_communities_go_to_several_teams(town: Town, other: Team) -> None:
    third = add(town, "lx-3", "第三团队")
    assert town.wu.household is not None
    close(town, other, {town.wu.household.place_id: third.pk})
    teams = {one.pk: spans(one)[-1][0] for one in town.people}
    assert [teams[one.pk] for one in (town.chen, town.li, town.zheng)] == ["lx-2"] * 3
    assert [teams[one.pk] for one in (town.wu, town.zhou)] == ["lx-3"] * 2
    assert teams[town.feng.pk] == "qd-1"
    closing = queries.closing_of(Team.objects.get(pk=town.team1.pk))
    assert closing is not None
    assert {(pk, number) for pk, _name, number in closing.moved} == {(other.pk, 3), (third.pk, 2)}


def test_rows_that_begin_on_the_day_or_later(town: Town, other: Team) -> None:
    TeamMembership.objects.filter(person=town.li).update(start_on=TODAY)
    TeamMembership.objects.filter(person=town.wu).update(start_on=TODAY + 9 * DAY)
    TeamMembership.objects.filter(person=town.zhou).update(end_on=TODAY + DAY)
    TeamMembership.objects.filter(person=town.zheng).update(end_on=TODAY - DAY)
    close(town, other)
    assert spans(town.li) == [("lx-2", TODAY, None)]
    assert spans(town.wu) == [("lx-2", TODAY + 9 * DAY, None)]
    assert spans(town.zhou)[-1] == ("lx-2", TODAY, TODAY + DAY)
    assert [code for code, _start, _end in spans(town.zheng)] == ["lx-1"]


def test_roles_and_standing_in_end_with_the_day(town: Town, other: Team) -> None:
    later = assign(staff_id=town.qian.pk, role="nurse", team_id=town.team1.pk, start_on=TODAY + DAY, actor=SYSTEM)
    ended = assign(
        staff_id=town.sun.pk,
        role="doctor",
        team_id=town.team1.pk,
        start_on=date(2020, 1, 1),
        end_on=TODAY - DAY,
        actor=SYSTEM,
    )
    StaffAssignment.objects.create(
        staff=doctor(other),
        role="doctor",
        team=town.team1,
        stands_in_for=town.wang,
        start_on=TODAY,
        end_on=TODAY + 9 * DAY,
    )
    close(town, other)
    ends = StaffAssignment.objects.filter(team=town.team1).exclude(pk=ended.pk).values_list("end_on", flat=True)
    assert set(ends) == {TODAY}
    assert not StaffAssignment.objects.filter(pk=later.pk).exists()
    assert StaffAssignment.objects.get(pk=ended.pk).end_on == TODAY - DAY
    assert town.viewer(town.wang, TODAY + DAY).roles == ()


def test_restricted_people_go_along_and_stay_restricted(town: Town, other: Team) -> None:
    restricting.restrict(
        person_id=town.li.pk, kind="stored_only", reason="own_wish", asked_by="person", words="", until_on=None,
        staff_id=None, today=TODAY, actor=SYSTEM,
    )  # fmt: skip
    close(town, other)
    assert spans(town.li)[-1] == ("lx-2", TODAY, None)
    new = town.viewer(doctor(other))
    assert not access.reaches(new, town.li.pk, SEE_RECORD)
    assert access.reaches(new, town.li.pk, SEE_PEOPLE, despite_restriction=True)


def depart(town: Town, person: Person, on: date) -> None:
    residency.depart(
        viewer=town.viewer(town.wang), person_id=person.pk, revision=Person.objects.get(pk=person.pk).revision,
        change="moved", on=on, detail="", words="",
    )  # fmt: skip


@pytest.mark.parametrize("ago", [0, 30])
def test_a_departure_taken_back_leads_to_the_other_team(town: Town, other: Team, ago: int) -> None:
    depart(town, town.li, TODAY - ago * DAY)
    close(town, other)
    assert access.people_for(town.viewer(town.guo)).filter(pk=town.li.pk).exists()
    residency.take_back(
        viewer=town.viewer(town.guo),
        person_id=town.li.pk,
        revision=Person.objects.get(pk=town.li.pk).revision,
        words="",
    )
    assert [(code, end) for code, _start, end in spans(town.li)] == [("lx-1", TODAY - DAY), ("lx-2", None)]


def test_who_comes_back_after_two_closings_is_in_the_last_team(town: Town, other: Team) -> None:
    third = add(town, "lx-3", "第三团队")
    depart(town, town.li, TODAY - 30 * DAY)
    close(town, other, on=TODAY - 2 * DAY)
    actions.close_team(team_id=other.pk, plan=Plan(third.pk, {}), reason="", on=TODAY, actor=SYSTEM)
    residency.take_back(
        viewer=town.viewer(town.guo),
        person_id=town.li.pk,
        revision=Person.objects.get(pk=town.li.pk).revision,
        words="",
    )
    assert [code for code, _start, _end in spans(town.li)] == ["lx-1", "lx-2", "lx-3"]


def test_a_closed_team_is_offered_nowhere_and_takes_nobody(town: Town, other: Team) -> None:
    close(town, other)
    viewer, closed = town.viewer(town.guo), str(town.team1.pk)
    assert closed not in dict(team_choices(TODAY))
    assert f"team:{closed}" not in dict(places_of_work())
    assert town.team1 not in access.open_teams_for(viewer)
    assert town.team1 in access.teams_for(viewer)
    assert not imports.teams(None).find("lx-1")
    assert town.team1 not in queries.open_beside(other, TODAY)
    end_memberships(person_id=town.feng.pk, last_day=TODAY - DAY, actor=SYSTEM)
    with pytest.raises(PeopleError, match="is closed"):
        join_team(person_id=town.feng.pk, team_id=town.team1.pk, on=TODAY, actor=SYSTEM)


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_manager_looks_then_closes(town: Town, other: Team, settings: object) -> None:
    settings.JINXIU_PEOPLE_PER_DOCTOR = 4  # type: ignore[attr-defined]
    client = as_(town.guo)
    looked = ask(client, town, to=other.pk)
    assert "above the limit" in looked
    assert "Wang Jianguo" in looked
    assert Team.objects.get(pk=town.team1.pk).closed_on is None
    shown = ask(client, town, to=other.pk, confirm="1")
    for words in ("The team is closed.", "2026-11-25", "Two teams become one", "Team lx-2</a>: 5 people"):
        assert words in shown
    assert "Closed teams" in client.get("/teams/").content.decode()
    assert "closed in the meantime" in ask(client, town, to=other.pk, confirm="1")
    assert as_(doctor(other)).get(f"/teams/{town.team1.pk}/").status_code == 200
    assert as_(town.sun).get(f"/teams/{town.team1.pk}/").status_code == 404


@pytest.mark.parametrize("days", [-1, 1])
def test_only_today(town: Town, other: Team, days: int) -> None:
    shown = ask(as_(town.guo), town, to=other.pk, on=TODAY + days * DAY, confirm="1")
    assert "choose 2026-11-25" in shown
    assert Team.objects.get(pk=town.team1.pk).closed_on is None


def test_what_is_not_said_or_cannot_be(town: Town, other: Team) -> None:
    client = as_(town.guo)
    for wrong in ({"to": ""}, {"to": town.team2.pk}, {"to": town.team1.pk}, {"to": other.pk, "reason": ""}):
        assert "Nothing is saved yet" in ask(client, town, confirm="1", **wrong)
    for who in (town.wang, town.ma):
        assert as_(who).post(f"/teams/{town.team1.pk}/close/", {"confirm": "1"}).status_code == 403
    assert as_(town.sun).post(f"/teams/{town.team1.pk}/close/", {"confirm": "1"}).status_code == 404
    for plan in (None, Plan(town.team2.pk, {})):
        with pytest.raises(PeopleError):
            actions.close_team(team_id=town.team1.pk, plan=plan, reason="", on=TODAY, actor=SYSTEM)
    assert Team.objects.get(pk=town.team1.pk).closed_on is None


def test_people_need_another_team(town: Town) -> None:
    assert "no other open team" in ask(as_(town.guo), town, confirm="1")


def test_a_manager_ends_no_role_over_accounts(town: Town, other: Team) -> None:
    assign(staff_id=town.tian.pk, role="administrator", team_id=town.team1.pk, start_on=TODAY, actor=SYSTEM)
    for words in ({}, {"confirm": "1"}):
        assert "An administrator or auditor has a role" in ask(as_(town.guo), town, to=other.pk, **words)
    assert Team.objects.get(pk=town.team1.pk).closed_on is None


def test_a_team_without_people_just_closes(town: Town, other: Team) -> None:
    wish = {"on": TODAY, "reason": "Added by mistake", "confirm": "1"}
    shown = as_(town.guo).post(f"/teams/{other.pk}/close/", wish, follow=True).content.decode()
    assert "Nobody belonged to it." in shown
    assert organisation.team_for(town.viewer(town.guo), other.pk).closed_on == TODAY


# --- together ---------------------------------------------------------------------------------------------------------


def test_two_close_at_once(committed_town: Town) -> None:
    town = committed_town
    other = add(town, "lx-2", "第二团队")

    def close(team: Team, to: Team) -> None:
        actions.close_team(team_id=team.pk, plan=Plan(to.pk, {}), reason="", on=TODAY, actor=SYSTEM)

    join_team(person_id=town.feng.pk, team_id=other.pk, on=TODAY, actor=SYSTEM)
    outcomes = at_once(lambda: close(town.team1, other), lambda: close(other, town.team1))  # each into the other
    said = [one for one in outcomes if one != "done"]
    assert len(said) == 1
    assert "closed in the meantime" in said[0]
    open_one = Team.objects.get(institution=town.team1.institution_id, closed_on=None)
    assert TeamMembership.objects.filter(end_on=None, team=open_one).count() == 6
    assert AuditEntry.objects.filter(action="team.closed").count() == 1
