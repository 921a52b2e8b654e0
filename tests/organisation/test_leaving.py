"""A staff member leaves: what is left behind, who takes over, when access ends, who may record it, two at once."""

from datetime import date
from threading import Barrier, Thread

import pytest
from django.db import connection

from jinxiu.accounts.actions import give_role
from jinxiu.accounts.leaving import actions, queries, rules
from jinxiu.accounts.leaving.actions import LeavingError
from jinxiu.accounts.models import Departure
from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.emergency.models import EmergencyOpening
from jinxiu.people import access
from jinxiu.people.actions import assign
from jinxiu.people.models import Institution, Qualification, Staff, StaffAssignment, Team, User
from tests.organisation.test_teams import DAY, let, lin, page
from tests.register.test_registering import as_
from tests.town import TODAY, Town

__all__ = ["lin"]
WISH = {"last_day": TODAY, "reason": "resigned", "words": ""}


def url(town: Town, staff: Staff, rest: str = "leave/") -> str:
    return f"/teams/{town.team1.pk}/staff/{staff.pk}/{rest}"


def go(town: Town, staff: Staff, last_day: date = TODAY, takers: dict[int, int] | None = None) -> Departure:
    return actions.leave(
        staff_id=staff.pk,
        institution_id=town.team1.institution_id,
        last_day=last_day,
        reason="retired",
        words="",
        takers=takers or {},
        today=TODAY,
        manager_id=town.guo.pk,
        actor=town.viewer(town.guo).actor,
    )


def sees(town: Town, staff: Staff, day: date) -> bool:
    staff = Staff.objects.get(pk=staff.pk)
    return access.people_for(town.viewer(staff, day)).filter(pk=town.chen.pk).exists()


def test_the_page_shows_what_is_left_behind(town: Town, lin: Staff) -> None:
    Qualification.objects.create(staff=town.wang, kind="physician", recorded_at="2026-01-01T00:00Z")
    Qualification.objects.create(staff=town.wang, kind="nurse", recorded_at="2026-01-01T00:00Z")
    Qualification.objects.create(staff=town.zhao, kind="nurse", recorded_at="2026-01-01T00:00Z")
    let(town, lin)
    client = as_(town.guo)
    assert url(town, town.wang) in page(client, f"/teams/{town.team1.pk}/")
    shown = page(client, url(town, town.wang))
    assert "The last one: nobody else is Family doctor in Team 1" in shown
    assert "Lin Tao stands in for Wang Jianguo in Team 1; it ends." in shown
    assert "Team 1: licensed physician" in shown
    assert "licensed nurse" not in shown
    assert "Lin Tao</option>" in shown
    assert "Guo Wei</option>" not in shown  # the manager takes nothing over


def test_leaving_today_shuts_out_at_once_and_a_colleague_takes_over(town: Town, lin: Staff) -> None:
    covers = [let(town, lin), let(town, lin, start=TODAY + 20 * DAY), let(town, town.wang, colleague=town.zhao)]
    wang, client = as_(town.wang), as_(town.guo)
    duty = town.wang.assignments.get(stands_in_for=None)
    answer = client.post(url(town, town.wang), WISH | {f"taker_{duty.pk}": lin.pk}, follow=True)
    assert answer.redirect_chain[0][0] == url(town, town.wang, "hand-over/")
    shown = answer.content.decode()
    for words in ("Lin Tao", "gave notice", "closed at once", "2026-11-25"):
        assert words in shown
    assert wang.get("/teams/").status_code == 302  # signed out within the minute
    assert not User.objects.get(pk=town.wang.user_id).is_active
    ends = dict(StaffAssignment.objects.filter(pk__in=[one.pk for one in covers]).values_list("pk", "end_on"))
    assert ends == {covers[0].pk: TODAY, covers[2].pk: TODAY}  # what had not begun is gone
    new = lin.assignments.get(team=town.team1, stands_in_for=None)
    assert (new.role, new.start_on, new.end_on) == ("doctor", TODAY + DAY, None)
    assert sees(town, lin, TODAY + DAY)
    said = set(AuditEntry.objects.filter(action__startswith="staff.").values_list("action", flat=True))
    assert {"staff.left", "staff.ended", "staff.added", "staff.role_taken_back", "staff.hand_over_opened"} <= said
    assert AuditEntry.objects.filter(action="account.closed", actor_name="郭伟").count() == 1
    assert "Wang Jianguo" in page(client, f"/teams/{town.team1.pk}/departures/")


def test_a_day_ahead_ends_by_itself_that_night(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    wang = as_(town.wang)
    go(town, town.wang, TODAY + 3 * DAY)
    assert [sees(town, town.wang, TODAY + days * DAY) for days in (0, 3, 4)] == [True, True, False]
    assert wang.get(f"/people/{town.chen.pk}/").status_code == 200
    assert "until" in page(as_(town.guo), f"/teams/{town.team1.pk}/")
    monkeypatch.setenv("JINXIU_TODAY", (TODAY + 4 * DAY).isoformat())
    assert wang.get(f"/people/{town.chen.pk}/").status_code in (403, 404)
    assert User.objects.get(pk=town.wang.user_id).is_active  # a person without a role opens nothing


def test_before_its_day_a_leaving_is_taken_back_and_all_is_as_before(town: Town, lin: Staff) -> None:
    cover, duty = let(town, lin), town.wang.assignments.get(stands_in_for=None)
    later = assign(staff_id=town.wang.pk, role="nurse", team_id=town.team1.pk, start_on=TODAY + 30 * DAY, actor=SYSTEM)
    cover_ends = cover.end_on
    go(town, town.wang, TODAY + DAY, {duty.pk: lin.pk})
    client, nurse = as_(town.guo), as_(town.zhao)
    assert "Recorded by mistake?" in page(client, url(town, town.wang, "hand-over/"))
    assert nurse.post(url(town, town.wang, "leave/take-back/")).status_code == 403
    assert as_(town.wang).post(url(town, town.wang, "leave/take-back/")).status_code == 403
    shown = client.post(url(town, town.wang, "leave/take-back/"), follow=True).content.decode()
    assert "The leaving is taken back" in shown
    assert "Guo Wei" in shown
    assert "Take the leaving back" not in shown
    assert "taken back" in page(client, f"/teams/{town.team1.pk}/departures/")
    ends = dict(StaffAssignment.objects.filter(pk__in=(duty.pk, cover.pk)).values_list("pk", "end_on"))
    assert ends == {duty.pk: duty.end_on, cover.pk: cover_ends}
    again = town.wang.assignments.get(role="nurse")
    assert (again.start_on, again.end_on, again.team_id) == (later.start_on, None, town.team1.pk)
    assert not lin.assignments.filter(team=town.team1, stands_in_for=None).exists()
    assert client.post(url(town, town.wang, "leave/take-back/")).status_code == 404
    assert client.get(url(town, town.wang)).status_code == 200  # can be recorded anew
    assert AuditEntry.objects.filter(action="staff.leaving_taken_back", actor_name="郭伟").count() == 1


def test_from_its_day_on_a_leaving_is_not_taken_back(town: Town) -> None:
    go(town, town.wang)
    answer = as_(town.guo).post(url(town, town.wang, "leave/take-back/"), follow=True).content.decode()
    assert "The last day has come" in answer
    assert "Take the leaving back" not in answer
    assert Departure.objects.get().taken_back_at is None


def test_who_works_elsewhere_too_keeps_the_account(town: Town) -> None:
    assign(staff_id=town.wang.pk, role="doctor", team_id=town.team2.pk, start_on=TODAY, actor=SYSTEM)
    assert "Works in another institution too" in page(as_(town.guo), url(town, town.wang))
    assert go(town, town.wang).left["closed"] is False
    assert User.objects.get(pk=town.wang.user_id).is_active
    assert not sees(town, town.wang, TODAY + DAY)
    assert town.viewer(town.wang, TODAY + DAY).team_ids == {town.team2.pk}


def test_a_second_role_and_the_reviews_of_a_manager_are_left_behind(town: Town) -> None:
    centre = town.team1.institution_id
    assign(staff_id=town.wang.pk, role="manager", institution_id=centre, start_on=TODAY, actor=SYSTEM)
    at = "2026-11-25T08:00Z"
    EmergencyOpening.objects.create(
        staff=town.sun,
        person=town.chen,
        team=town.team1,
        reason="life",
        words="1",
        opened_at=at,
        ends_at=at,
        review_by=at,
    )
    assert "1 emergency opening waits for review" in page(as_(town.guo), url(town, town.wang))
    record = go(town, town.wang)
    assert [one["role"] for one in record.left["roles"]] == ["doctor", "manager"]
    assert record.left["to_review"] == 1
    assert not town.viewer(town.wang, TODAY + DAY).roles


def test_nobody_without_the_same_powers_takes_over(town: Town, lin: Staff) -> None:
    duty = town.wang.assignments.get()
    for taker in (town.zhao, town.sun, town.guo, town.wang):
        with pytest.raises(LeavingError) as told:
            go(town, town.wang, takers={duty.pk: taker.pk})
        assert told.value.reason == "unfit"
    lin.assignments.update(end_on=TODAY + 30 * DAY)
    with pytest.raises(LeavingError) as told:
        go(town, town.wang, takers={duty.pk: lin.pk})
    assert told.value.reason == "unfit"
    assert StaffAssignment.objects.get(pk=duty.pk).end_on is None
    assert not Departure.objects.exists()


def test_who_has_the_role_there_gets_no_second_one(town: Town, lin: Staff) -> None:
    assign(staff_id=lin.pk, role="doctor", team_id=town.team1.pk, start_on=TODAY, actor=SYSTEM)
    duty = town.wang.assignments.get()
    assert "The last one" not in page(as_(town.guo), url(town, town.wang))
    go(town, town.wang, takers={duty.pk: lin.pk})
    assert lin.assignments.filter(team=town.team1).count() == 1


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"last_day": "soon"}, "Nothing is saved yet"),
        ({"last_day": date(2019, 1, 1)}, "within a year"),
        ({"last_day": TODAY - 5 * DAY}, "began after this day"),
        ({"reason": "wizardry"}, "Nothing is saved yet"),
        ({"reason": "other"}, "in a few words"),
    ],
)
def test_wrong_input_is_told_and_changes_nothing(town: Town, values: dict[str, object], said: str) -> None:
    town.wang.assignments.update(start_on=TODAY - 3 * DAY)
    assert said in as_(town.guo).post(url(town, town.wang), WISH | values).content.decode()
    assert town.wang.assignments.get().end_on is None
    assert User.objects.get(pk=town.wang.user_id).is_active


def test_a_day_that_is_over(town: Town, lin: Staff) -> None:
    duty = town.wang.assignments.get()
    assert go(town, town.wang, TODAY - 5 * DAY, {duty.pk: lin.pk}).left["closed"] is True
    assert lin.assignments.get(team=town.team1).start_on == TODAY  # nobody takes over on days that are over
    assert as_(town.guo).get(url(town, town.wang, "hand-over/")).status_code == 200
    assert rules.begins(TODAY, TODAY) == TODAY + DAY


def test_who_may(town: Town) -> None:
    for staff, status in ((town.zhao, 403), (town.wang, 403), (town.sun, 404), (town.qian, 404), (town.ma, 403)):
        for address in (url(town, town.wang), f"/teams/{town.team1.pk}/departures/"):
            assert as_(staff).get(address).status_code == status, (staff.name, address)
        assert as_(staff).post(url(town, town.wang), WISH).status_code == status
    other = Staff.objects.create(user=User.objects.create(username="other"), name="胡")
    centre = Institution.objects.get(code="qd")
    assign(staff_id=other.pk, role="manager", institution_id=centre.pk, start_on=date(2020, 1, 1), actor=SYSTEM)
    assert as_(other).post(url(town, town.wang), WISH).status_code == 404
    assert as_(other).post(f"/teams/{town.team2.pk}/staff/{town.wang.pk}/leave/", WISH).status_code == 404
    assert as_(town.guo).get(url(town, town.sun)).status_code == 404
    assert as_(town.guo).get(url(town, town.wang, "hand-over/")).status_code == 404
    assert town.wang.assignments.get().end_on is None


def test_a_manager_ends_no_role_over_accounts_or_the_trail(town: Town) -> None:
    centre = town.team1.institution_id
    town.wang.assignments.update(end_on=TODAY)
    assign(staff_id=town.wang.pk, role="auditor", institution_id=centre, start_on=TODAY + DAY, actor=SYSTEM)
    with pytest.raises(LeavingError) as told:
        go(town, town.wang)
    assert told.value.reason == "powers"
    assert User.objects.get(pk=town.wang.user_id).is_active


def test_nobody_is_given_a_role_in_a_team_that_closes(town: Town, lin: Staff) -> None:
    Team.objects.filter(pk=town.team1.pk).update(closed_on=TODAY + 5 * DAY)
    assert "Lin Tao" not in page(as_(town.guo), url(town, town.wang))


def test_nobody_records_their_own_leaving(town: Town) -> None:
    assign(staff_id=town.guo.pk, role="doctor", team_id=town.team1.pk, start_on=TODAY, actor=SYSTEM)
    assert "Nobody records their own leaving" in as_(town.guo).post(url(town, town.guo), WISH).content.decode()


def test_the_second_of_two_is_led_to_the_list_and_who_comes_back_may_leave_again(town: Town) -> None:
    client = as_(town.guo)
    go(town, town.wang, TODAY + DAY)
    for answer in (
        client.post(url(town, town.wang), WISH, follow=True),
        client.get(url(town, town.wang), follow=True),
    ):
        assert "It is recorded already" in answer.content.decode()
        assert answer.redirect_chain[0][0] == url(town, town.wang, "hand-over/")
    assert Departure.objects.count() == 1
    assert User.objects.get(pk=town.wang.user_id).is_active
    give_role(
        staff_id=town.wang.pk,
        role="doctor",
        place=f"team:{town.team1.pk}",
        start_on=TODAY + 5 * DAY,
        end_on=None,
        actor=SYSTEM,
    )
    assert queries.settled(town.wang.pk, town.team1.institution_id) is None
    go(town, town.wang, TODAY + 6 * DAY)
    assert Departure.objects.count() == 2


def test_two_managers_in_one_moment(committed_town: Town) -> None:
    town, ready, told = committed_town, Barrier(2), []

    def record() -> None:
        ready.wait()
        try:
            told.append(go(town, town.wang).left["closed"])
        except LeavingError as refused:
            told.append(refused.reason)
        finally:
            connection.close()

    threads = [Thread(target=record) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert sorted(map(str, told)) == ["True", "settled"]
    assert Departure.objects.count() == AuditEntry.objects.filter(action="staff.left").count() == 1
