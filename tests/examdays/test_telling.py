"""The invited are told: when they are invited or moved, the day before, when it is cancelled; each thing once."""

from __future__ import annotations

from datetime import datetime, timedelta

from jinxiu.familydoctor.examdays import actions
from jinxiu.familydoctor.examdays.telling.actions import tell
from jinxiu.familydoctor.models import ExamAppointment
from jinxiu.messaging.models import Message
from jinxiu.messaging.queries import words_of
from jinxiu.people import clock
from jinxiu.people.models import Person, Staff
from tests.agreements.test_agreements import held
from tests.examdays.test_examdays import LATER, THURSDAY, day, examine, fill
from tests.town import TODAY, Town

CENTRE, PHONE = "地点：柳巷社区卫生服务中心。", "0351 4000001。"
MORNING = datetime(2026, 11, 25, 9, 37, tzinfo=clock.SHANGHAI)
EVE = MORNING + timedelta(days=7)


def told(now: datetime = MORNING) -> list[str]:
    """What is newly said to Wu."""
    last = Message.objects.order_by("pk").values_list("pk", flat=True).last() or 0
    tell(today=now.date(), now=now)
    return [words_of(one) for one in Message.objects.filter(pk__gt=last, person__name="吴建军").order_by("pk")]


def test_the_invited_are_told_once_and_again_the_day_before(town: Town, gao: Staff) -> None:
    fill(town, gao, day(town, gao, others=3))
    row = ExamAppointment.objects.get(person=town.wu)
    assert told(MORNING.replace(hour=7)) == [], "in the quiet hours"
    assert told() == [f"锦绣：您的年度健康体检时间为2026年12月3日07:30，{CENTRE}请空腹前来。如不能来，请致电{PHONE}"]
    assert told() == []
    later = row.slot.day.slots.filter(starts=LATER).last()
    row.slot = later
    row.fasting = False
    row.save()
    assert f"09:30，{CENTRE}如不能来" in told()[0]
    assert told(EVE) == [f"锦绣：明天（2026年12月3日）09:30为您的年度健康体检，{CENTRE}请带身份证。电话：{PHONE}"]
    assert told(EVE) == []


def test_who_was_examined_died_or_wants_no_reminders_is_told_nothing(town: Town, gao: Staff) -> None:
    fill(town, gao, day(town, gao, others=3))
    people = set(ExamAppointment.objects.values_list("person__name", flat=True))
    assert people >= {"吴建军", "陈志强", "李秀兰"}
    examine(town.wu, TODAY)
    Person.objects.filter(pk=town.chen.pk).update(died_on=TODAY)
    held(town, town.li)
    tell(today=TODAY, now=MORNING)
    assert {one.person.name for one in Message.objects.all()} == people - {"吴建军", "陈志强", "李秀兰"}


def test_who_was_told_is_told_that_it_is_cancelled(town: Town, gao: Staff) -> None:
    one = day(town, gao)
    fill(town, gao, one)
    assert len(told()) == 1
    actions.cancel_day(viewer=town.viewer(gao), day_id=one.pk, words="停电")
    assert told() == [f"锦绣：您2026年12月3日07:30的健康体检已取消，请不要前来，我们会另行通知。电话：{PHONE}"]
    assert told() == []
    again = day(town, gao, THURSDAY + timedelta(days=7))
    fill(town, gao, again)
    actions.cancel_day(viewer=town.viewer(gao), day_id=again.pk, words="停电")
    assert told() == [], "of what nobody was told of, no end is told"
