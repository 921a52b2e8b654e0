"""What residents are told of their agreements: once, by day, in words that name nobody's health."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest

from jinxiu.agreements import actions, rules
from jinxiu.agreements.models import Agreement
from jinxiu.agreements.renewing import actions as renewing
from jinxiu.agreements.renewing.rules import AGREED
from jinxiu.agreements.telling import actions as telling
from jinxiu.agreements.telling import queries
from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.messaging.models import Message
from jinxiu.messaging.queries import addresses_of, words_of
from jinxiu.people import clock
from jinxiu.people.actions import assign, end_assignment
from jinxiu.people.models import Person, Relationship, Staff
from tests.agreements.test_agreements import by, ending_soon, held, renewed, signed, steps
from tests.town import TODAY, Town

MORNING = datetime(2026, 11, 25, 9, 23, tzinfo=clock.SHANGHAI)


def tell(now: datetime = MORNING) -> int:
    return telling.tell(today=now.date(), now=now)


def said() -> list[tuple[int, str]]:
    return [(one.person_id, words_of(one)) for one in Message.objects.order_by("pk")]


def test_who_ends_soon_is_told_once(town: Town) -> None:
    former = ending_soon(town, town.chen)
    held(town, town.li)  # for a year to come
    renewed(town, ending_soon(town, town.wu))
    assert tell(MORNING.replace(hour=22)) == 0, "in the quiet hours"
    assert (tell(), tell(), tell(MORNING + timedelta(days=1))) == (1, 0, 0)
    words = "将于2026年12月25日到期，请在此前联系第一团队或在“我的”页面续约。电话：0351 4000001。"
    assert said() == [(town.chen.pk, f"锦绣：您的家庭医生签约协议{words}")]
    message = Message.objects.get()
    assert message.expires_at == clock.start_of(former.last_on + timedelta(days=1))
    assert AuditEntry.objects.filter(action="message.asked", person_id=town.chen.pk).count() == 1


def test_who_is_renewed_without_a_signature_is_told_of_it_before(town: Town) -> None:
    """Before the run or after it; who gave the renewal up is told that the agreement ends."""
    for person in (town.chen, town.li, town.wu):
        former = ending_soon(town, person)
        Agreement.objects.filter(pk=former.pk).update(consents=["health_data", AGREED])
    window = {"first_on": TODAY, "last_on": date(2026, 12, 31)}
    for person in (town.li, town.wu):
        Agreement.objects.filter(person=person).update(team=town.team2, institution=town.team2.institution)
    run = renewing.start(by=by(town), today=TODAY, team_ids=[town.team2.pk], token=uuid4(), **window)
    renewing.carry_on(run_id=run.pk, today=TODAY)
    new = Agreement.objects.get(person=town.wu, nature="renewal")
    end = {"by": by(town), "today": TODAY, "agreement_id": new.pk, "token": uuid4()}
    actions.terminate(**end, reason=rules.OWN_WISH)
    again = renewing.start(by=by(town), today=TODAY, team_ids=[town.team2.pk], token=uuid4(), **window)
    done = renewing.carry_on(run_id=again.pk, today=TODAY)
    assert done.left_out == {"renewed": 1, "not_agreed": 1}
    tell()
    words = dict(said())
    assert "将自动续约一年；如不需要，请在到期前告知。电话" in words[town.chen.pk]
    assert "将自动续约一年" in words[town.li.pk]
    assert "请在此前联系第二团队" in words[town.wu.pk]


def test_the_dead_and_the_moved_are_told_nothing_and_guardians_of_a_child(town: Town) -> None:
    for person in (town.chen, town.li, town.wu):
        ending_soon(town, person)
    Person.objects.filter(pk=town.chen.pk).update(died_on=TODAY)
    Person.objects.filter(pk=town.li.pk).update(left_on=TODAY)
    Person.objects.filter(pk=town.wu.pk).update(birth_date=date(2016, 1, 1))
    Relationship.objects.create(
        person=town.wu, relative=town.zhou, role="guardian", relation="20", start_on=TODAY, recorded_at=clock.now()
    )
    assert tell() == 1
    message = Message.objects.get()
    assert "您孩子的家庭医生签约协议" in words_of(message)
    assert [one.masked for one in addresses_of(message, TODAY)] == ["138****5519"]


@pytest.fixture
def deng(town: Town) -> Staff:
    """A second doctor of team 1."""
    staff = Staff.objects.create(name="邓超")
    assign(staff_id=staff.pk, role="doctor", start_on=date(2026, 1, 1), actor=SYSTEM, team_id=town.team1.pk)
    return staff


def leaves(town: Town, last_day: date) -> None:
    assignment = town.wang.assignments.get(role="doctor")
    end_assignment(assignment_id=assignment.pk, last_day=last_day, actor=SYSTEM)


def test_when_the_doctor_leaves_the_next_one_is_told(town: Town, deng: Staff) -> None:
    agreement = held(town, town.chen)
    assert agreement.doctor == town.wang
    leaves(town, TODAY)
    assert telling.pass_on(today=TODAY) == 0, "the last day is the doctor's still"
    tomorrow = TODAY + rules.DAY
    actions.advance(today=tomorrow)
    agreement.refresh_from_db()
    assert agreement.doctor == deng
    assert steps(agreement)[-1] == ("active", "doctor_changed")
    assert telling.pass_on(today=tomorrow) == 0
    assert AuditEntry.objects.filter(action="agreement.doctor_changed", person_id=town.chen.pk).count() == 1
    morning = MORNING + rules.DAY
    assert (tell(morning), tell(morning)) == (1, 0)
    assert said() == [
        (town.chen.pk, "锦绣：您的家庭医生现为邓超（第一团队）。协议继续有效，您可随时解约。电话：0351 4000001。")
    ]


def test_without_another_doctor_the_name_stays(town: Town) -> None:
    agreement = held(town, town.chen)
    leaves(town, TODAY - rules.DAY)
    assert telling.pass_on(today=TODAY) == 0
    agreement.refresh_from_db()
    assert agreement.doctor == town.wang


def test_who_signed_without_reminders_is_known(town: Town) -> None:
    held(town, town.chen)
    held(town, town.li, consents=("health_data", "messages"))
    assert queries.declined_messages([one.pk for one in town.people], TODAY) == {town.chen.pk}


def test_who_signed_on_the_own_pages_is_told_what_the_team_answered(town: Town) -> None:
    waiting = {person: signed(town, person) for person in (town.chen, town.li, town.wu)}
    Agreement.objects.exclude(person=town.wu).update(channel=rules.OWN_PAGES)
    for person in (town.chen, town.wu):
        actions.confirm(by=by(town), today=TODAY, agreement_id=waiting[person].pk, token=uuid4())
    actions.terminate(
        by=by(town),
        today=TODAY,
        agreement_id=waiting[town.li].pk,
        reason=rules.NOT_ACCEPTED,
        note="太远",
        token=uuid4(),
    )
    assert (tell(), tell()) == (2, 0), "Wu signed at the centre"
    assert said() == [
        (town.chen.pk, "锦绣：第一团队已确认您的家庭医生签约协议，自2026年11月25日起生效。电话：0351 4000001。"),
        (town.li.pk, "锦绣：第一团队无法接受您的家庭医生签约协议。请在“我的”页面另选团队，或致电：0351 4000001。"),
    ]
