"""Teams, standing in and qualifications: who reads, who changes, what wrong input meets, what the trail keeps."""

from datetime import date, timedelta

import pytest
from django.http import Http404
from django.test import Client

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.people import access
from jinxiu.people.actions import assign
from jinxiu.people.models import Institution, Qualification, Staff, StaffAssignment, Team, User
from jinxiu.people.organisation import actions, queries, rules
from jinxiu.people.organisation.actions import StandInError
from tests.register.test_registering import as_
from tests.town import TODAY, Town

DAY = timedelta(days=1)
TEAM = {"name": "第一团队", "name_en": "Team One", "phone": "0351 4000009", "languages": ["cmn", "eng"]}


def url(team: Team, rest: str = "") -> str:
    return f"/teams/{team.pk}/{rest}"


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


@pytest.fixture
def lin(town: Town) -> Staff:
    """A doctor of another team of Liuxiang centre."""
    team = Team.objects.create(code="lx-2", name="第二团队", institution=town.team1.institution)
    staff = Staff.objects.create(user=User.objects.create(username="lin"), name="林涛", name_en="Lin Tao")
    assign(staff_id=staff.pk, role="doctor", team_id=team.pk, start_on=date(2020, 1, 1), actor=SYSTEM)
    return staff


def let(town: Town, who: Staff, colleague: Staff | None = None, start: date = TODAY, days: int = 10) -> StaffAssignment:
    return actions.stand_in(
        team_id=town.team1.pk,
        assignment_id=(colleague or town.wang).assignments.get(team=town.team1).pk,
        staff_id=who.pk,
        start_on=start,
        end_on=start + (days - 1) * DAY,
        today=TODAY,
        actor=SYSTEM,
    )


# --- the page of a team -----------------------------------------------------------------------------------------------


def test_staff_read_the_teams_of_their_institution(town: Town) -> None:
    client = as_(town.zhao)
    listed = page(client, "/teams/")
    assert "Team 1" in listed
    assert "0351 4000001" in listed
    assert "Qiaodong" not in listed
    shown = page(client, url(town.team1))
    assert "Wang Jianguo" in shown
    assert "0351 4000001" in shown
    assert "Change the team" not in shown
    assert client.get(url(town.team2)).status_code == 404
    assert client.get(url(town.team1, "edit/")).status_code == 403


def test_administrator_and_district_officer_read_all(town: Town) -> None:
    for staff in (town.tian, town.ma):
        assert set(queries.teams_to_read(town.viewer(staff))) == {town.team1, town.team2}
    assert queries.keeps(town.viewer(town.tian), town.team2)
    assert not queries.keeps(town.viewer(town.ma), town.team2)


def test_a_closed_team_is_read_and_not_changed(town: Town) -> None:
    Team.objects.filter(pk=town.team1.pk).update(closed_on=TODAY)
    assert town.team1 not in queries.teams_to_read(town.viewer(town.guo))
    assert as_(town.guo).get(url(town.team1)).status_code == 200
    for rest in ("edit/", "stand-in/", f"staff/{town.zhao.pk}/", "close/"):
        assert as_(town.guo).get(url(town.team1, rest)).status_code == 403


def test_the_manager_changes_the_team_and_the_trail_says_what(town: Town) -> None:
    client = as_(town.guo)
    assert client.post(url(town.team1, "edit/"), TEAM).status_code == 302
    team = Team.objects.get(pk=town.team1.pk)
    assert (team.name_en, team.languages) == ("Team One", ["cmn", "eng"])
    assert "Mandarin · English" in page(client, url(town.team1))
    line = AuditEntry.objects.get(action="team.changed")
    assert line.detail == {"team": team.pk, "fields": "name_en, phone, languages"}
    client.post(url(town.team1, "edit/"), TEAM)
    assert AuditEntry.objects.filter(action="team.changed").count() == 1  # the same again changes nothing


def test_the_manager_of_another_institution_finds_nothing(town: Town) -> None:
    staff = Staff.objects.create(user=User.objects.create(username="other"), name="胡")
    centre = Institution.objects.get(code="qd")
    assign(staff_id=staff.pk, role="manager", institution_id=centre.pk, start_on=date(2020, 1, 1), actor=SYSTEM)
    client = as_(staff)
    assert client.get(url(town.team2, "edit/")).status_code == 200
    for rest in ("", "edit/", "stand-in/", f"staff/{town.zhao.pk}/"):
        assert client.get(url(town.team1, rest)).status_code == 404


@pytest.mark.parametrize(("field", "value"), [("name", ""), ("phone", "ask at the desk"), ("languages", "Latin")])
def test_wrong_input_is_told_and_changes_nothing(town: Town, field: str, value: str) -> None:
    answer = as_(town.guo).post(url(town.team1, "edit/"), TEAM | {field: value})
    assert "Nothing is saved yet" in answer.content.decode()
    assert Team.objects.get(pk=town.team1.pk).name_en == "Team 1"


def test_the_load_warns(town: Town, settings: object) -> None:
    assert queries.loads([town.team1.pk], TODAY)[town.team1.pk] == rules.Load(5, 1, 2000)
    settings.JINXIU_PEOPLE_PER_DOCTOR = 4  # type: ignore[attr-defined]
    assert "more people than it should have" in page(as_(town.zhao), url(town.team1))
    assert "above the limit" in page(as_(town.zhao), "/teams/")


# --- standing in ------------------------------------------------------------------------------------------------------


def test_who_stands_in_sees_the_people_on_those_days_only(town: Town, lin: Staff) -> None:
    let(town, lin, start=TODAY + DAY, days=3)

    def sees(day: date) -> bool:
        return access.people_for(town.viewer(lin, day)).filter(pk=town.chen.pk).exists()

    assert [sees(TODAY + n * DAY) for n in range(6)] == [False, True, True, True, False, False]
    assert town.viewer(lin, TODAY + DAY).stands_in_for == (town.wang.pk,)
    assert town.viewer(lin, TODAY).stands_in_for == ()


def test_the_manager_chooses_and_both_pages_say_so(town: Town, lin: Staff) -> None:
    client = as_(town.guo)
    wish = {"colleague": town.wang.assignments.get().pk, "stand_in": lin.pk, "start_on": TODAY, "end_on": TODAY + DAY}
    answer = client.post(url(town.team1, "stand-in/"), wish, follow=True).content.decode()
    assert "Lin Tao stands in for Wang Jianguo" in answer
    assert "for Wang Jianguo, until" in answer
    assert "standing in for Wang Jianguo" in page(as_(lin), "/teams/")
    assert "standing in" not in page(as_(town.wang), "/teams/")
    line = AuditEntry.objects.get(action="team.stands_in")
    assert (line.detail["staff"], line.detail["colleague"]) == (lin.pk, town.wang.pk)


def test_the_load_does_not_count_who_stands_in(town: Town, lin: Staff) -> None:
    let(town, lin)
    assert queries.loads([town.team1.pk], TODAY)[town.team1.pk].doctors == 1


@pytest.mark.parametrize(
    ("start", "days", "field"), [(TODAY - DAY, 3, "start_on"), (TODAY, 0, "end_on"), (TODAY, 366, "end_on")]
)
def test_days_that_cannot_be(town: Town, lin: Staff, start: date, days: int, field: str) -> None:
    with pytest.raises(StandInError) as told:
        let(town, lin, start=start, days=days)
    assert told.value.field == field
    assert let(town, lin, days=365).end_on == TODAY + 364 * DAY


def test_nobody_twice_nor_for_themselves(town: Town, lin: Staff) -> None:
    with pytest.raises(StandInError, match="themselves"):
        let(town, town.wang)
    let(town, lin)
    with pytest.raises(StandInError, match="held already"):
        let(town, lin, start=TODAY + 9 * DAY)
    assert let(town, lin, start=TODAY + 10 * DAY).pk
    other = Staff.objects.create(name="何")
    assign(staff_id=other.pk, role="doctor", team_id=lin.assignments.first().team_id, start_on=TODAY, actor=SYSTEM)  # type: ignore[union-attr]
    with pytest.raises(StandInError, match="Somebody stands in"):
        let(town, other)


def test_standing_in_gives_no_new_powers(town: Town) -> None:
    for staff in (town.zhao, town.sun, town.guo):  # a nurse; a doctor of another institution; a manager
        with pytest.raises(StandInError, match="of the same kind"):
            let(town, staff)
    assert let(town, town.wang, colleague=town.zhao).role == "nurse"
    answer = as_(town.guo).post(url(town.team1, "stand-in/"), {"stand_in": town.sun.pk}).content.decode()
    assert "Nothing is saved yet" in answer  # Sun is not even offered


def test_a_manager_gives_no_role_to_himself(town: Town) -> None:
    team = Team.objects.create(code="lx-3", name="第三团队", institution=town.team1.institution)
    assign(staff_id=town.guo.pk, role="doctor", team_id=team.pk, start_on=date(2020, 1, 1), actor=SYSTEM)
    wish = {
        "colleague": town.wang.assignments.get().pk,
        "stand_in": town.guo.pk,
        "start_on": TODAY,
        "end_on": TODAY + DAY,
    }
    assert (
        "Nobody gives a role to themselves" in as_(town.guo).post(url(town.team1, "stand-in/"), wish).content.decode()
    )


def test_standing_in_ends_earlier_or_later_and_the_days_before_stay(town: Town, lin: Staff) -> None:
    row = let(town, lin)
    StaffAssignment.objects.filter(pk=row.pk).update(start_on=TODAY - 5 * DAY)
    client, mine = as_(town.guo), url(town.team1, f"stand-in/{row.pk}/")
    assert mine in page(client, url(town.team1))
    assert "Call it off" not in page(client, mine)
    client.post(mine, {"end_on": TODAY + 20 * DAY})
    assert StaffAssignment.objects.get(pk=row.pk).end_on == TODAY + 20 * DAY
    shown = client.post(mine, {"end_on": TODAY - DAY}, follow=True).content.decode()
    assert "Nobody stands in, today or later" in shown
    assert not access.people_for(town.viewer(lin)).filter(pk=town.chen.pk).exists()
    assert access.people_for(town.viewer(lin, TODAY - DAY)).filter(pk=town.chen.pk).exists()  # the history stays
    assert client.post(mine, {"end_on": TODAY}).status_code == 404  # what is over is not opened again
    lines = AuditEntry.objects.filter(action="team.stand_in_changed").order_by("pk")
    assert [line.detail["end"] for line in lines] == ["2026-12-15", "2026-11-24"]


def test_standing_in_that_has_not_begun_is_called_off(town: Town, lin: Staff) -> None:
    row, begun = let(town, lin, start=TODAY + DAY), let(town, town.wang, colleague=town.zhao)
    client = as_(town.guo)
    assert "Called off." in client.post(url(town.team1, f"stand-in/{row.pk}/call-off/"), follow=True).content.decode()
    assert not StaffAssignment.objects.filter(pk=row.pk).exists()
    assert AuditEntry.objects.get(action="team.stand_in_called_off").detail["start"] == "2026-11-26"
    told = client.post(url(town.team1, f"stand-in/{begun.pk}/call-off/"), follow=True).content.decode()
    assert "It has begun" in told
    assert StaffAssignment.objects.filter(pk=begun.pk).exists()


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [(-5, -2, "stay as they were"), (0, -1, "before the first"), (0, 365, "one year"), (0, 30, "of the same kind")],
)
def test_last_days_that_cannot_be(town: Town, lin: Staff, start: int, end: int, said: str) -> None:
    row = let(town, lin)
    StaffAssignment.objects.filter(pk=row.pk).update(start_on=TODAY + start * DAY)
    lin.assignments.filter(stands_in_for__isnull=True).update(end_on=TODAY + 20 * DAY)
    answer = as_(town.guo).post(url(town.team1, f"stand-in/{row.pk}/"), {"end_on": TODAY + end * DAY})
    assert said in answer.content.decode()
    assert StaffAssignment.objects.get(pk=row.pk).end_on == row.end_on


def test_longer_needs_the_colleague_and_a_free_day(town: Town, lin: Staff) -> None:
    row = let(town, lin)
    let(town, lin, start=TODAY + 10 * DAY, days=1)
    change = {"team_id": town.team1.pk, "stand_in_id": row.pk, "today": TODAY, "actor": SYSTEM}
    with pytest.raises(StandInError, match="held already"):
        actions.change_stand_in(end_on=TODAY + 10 * DAY, **change)  # type: ignore[arg-type]
    town.wang.assignments.update(end_on=TODAY + 5 * DAY)
    with pytest.raises(StandInError, match="further days"):
        actions.change_stand_in(end_on=TODAY + 10 * DAY, **change)  # type: ignore[arg-type]
    assert actions.change_stand_in(end_on=TODAY, **change).end_on == TODAY  # type: ignore[arg-type]


# --- qualifications ---------------------------------------------------------------------------------------------------


def test_qualifications_are_recorded_shown_and_withdrawn(town: Town) -> None:
    client, mine = as_(town.guo), url(town.team1, f"staff/{town.zhao.pk}/")
    wish = {"kind": "nurse", "number": "N-123", "issued_on": "2021-12-20", "valid_to": TODAY + 60 * DAY}
    assert "N-123" in client.post(mine, wish, follow=True).content.decode()
    assert "expires within 60 days" in page(as_(town.wang), url(town.team1))
    assert "N-123" not in page(as_(town.wang), url(town.team1))
    row = Qualification.objects.get()
    shown = client.post(f"{mine}qualifications/{row.pk}/withdraw/", follow=True).content.decode()
    assert "Withdrawn." in shown
    assert "N-123" not in shown
    again = client.post(f"{mine}qualifications/{row.pk}/withdraw/", follow=True).content.decode()
    assert "was withdrawn before" in again
    said = AuditEntry.objects.filter(action__startswith="staff.qualif").values_list("action", flat=True)
    assert sorted(said) == ["staff.qualification_withdrawn", "staff.qualified"]


@pytest.mark.parametrize(
    ("days", "said"), [(-1, rules.EXPIRED), (0, rules.EXPIRES_SOON), (60, rules.EXPIRES_SOON), (61, rules.VALID)]
)
def test_validity(days: int, said: str) -> None:
    assert rules.validity(TODAY + days * DAY, TODAY) == said
    assert rules.validity(None, TODAY) == rules.VALID


def test_wrong_qualifications_are_told(town: Town) -> None:
    mine = url(town.team1, f"staff/{town.zhao.pk}/")
    wrong = {"kind": "nurse", "issued_on": "2026-02-01", "valid_to": "2026-01-01"}
    for values in (wrong, {"kind": "wizard"}, {"kind": "nurse", "valid_to": "soon"}):
        assert "Nothing is saved yet" in as_(town.guo).post(mine, values).content.decode()
    assert not Qualification.objects.exists()


def test_only_who_keeps_the_team_and_only_its_staff(town: Town) -> None:
    assert as_(town.zhao).get(url(town.team1, f"staff/{town.zhao.pk}/")).status_code == 403
    assert as_(town.guo).get(url(town.team1, f"staff/{town.sun.pk}/")).status_code == 404
    with pytest.raises(Http404):
        actions.withdraw_qualification(staff_id=town.sun.pk, qualification_id=1, on=TODAY, actor=SYSTEM)
