"""Two teams and a few people with names, for the tests of the person page and of follow-ups. Built by actions only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from jinxiu.audit.origin import SYSTEM
from jinxiu.evidence import actions as evidence
from jinxiu.people import actions as people
from jinxiu.people.models import Institution, Staff, Team
from jinxiu.worklists.actions import refresh_person

TODAY = date(2026, 11, 24)
FLAGS = {"adverse_reaction": 0, "complication": 0, "danger_sign": 0}


@dataclass(frozen=True)
class Clinic:
    """Doctor Wang and nurse Zhao care for team 1, doctor Sun for team 2, manager Guo sees both and records nothing.

    Chen (65, hypertension): not controlled on 20 August and, with the limit of his age, on 12 November.
    Li (71): hypertension and diabetes, last seen on 1 September, all well.
    """

    wang: Staff
    zhao: Staff
    sun: Staff
    guo: Staff
    chen: int
    li: int


def build() -> Clinic:
    """Write the clinic into an empty database."""
    centre = Institution.objects.create(code="c9", name="柳巷社区卫生服务中心", name_en="Liuxiang Health Centre")
    first = Team.objects.create(code="c9-1", name="第一团队", name_en="Team 1", institution=centre)
    second = Team.objects.create(code="c9-2", name="第二团队", name_en="Team 2", institution=centre)
    wang, zhao = (
        staff("wang", "王建国", "Wang Jianguo", "doctor", first),
        staff("zhao", "赵敏", "Zhao Min", "nurse", first),
    )
    sun = staff("sun", "孙丽", "Sun Li", "doctor", second)
    guo = staff("guo", "郭伟", "Guo Wei", "manager", None, centre)
    chen = person("陈志强", date(1961, 6, 15), "140106196106153318", first, {"hypertension": date(2024, 5, 6)})
    li = person(
        "李秀英", date(1955, 3, 1), None, first, {"hypertension": date(2024, 1, 8), "diabetes": date(2025, 2, 3)}
    )
    contact(chen, zhao, date(2026, 3, 15), systolic=138, diastolic=84)
    contact(chen, zhao, date(2026, 8, 20), systolic=150, diastolic=92)
    contact(chen, wang, date(2026, 11, 12), systolic=148, diastolic=92)
    contact(li, wang, date(2026, 9, 1), systolic=136, diastolic=80)
    contact(li, wang, date(2026, 9, 1), kind="followup.diabetes", fasting_glucose=6.4)
    for one in (chen, li):
        refresh_person(person_id=one, today=TODAY, actor=SYSTEM)
    return Clinic(wang, zhao, sun, guo, chen, li)


def staff(
    username: str, name: str, name_en: str, role: str, team: Team | None, centre: Institution | None = None
) -> Staff:
    """A member of staff with an account."""
    return people.add_staff(
        username=username,
        password=None,
        name=name,
        name_en=name_en,
        role=role,
        start_on=date(2020, 1, 1),
        team_id=team.pk if team else None,
        institution_id=centre.pk if centre else None,
        actor=SYSTEM,
    )


def person(name: str, born: date, number: str | None, team: Team, programmes: dict[str, date]) -> int:
    """Somebody of a team who is in some programmes."""
    found = people.register_person(
        name=name,
        sex="M" if name == "陈志强" else "F",
        birth_date=born,
        actor=SYSTEM,
        identifiers=[("cn-id-card", number)] if number else [],
        phones=[("mobile", "13812345678")],
        team_id=team.pk,
        joined_on=date(2023, 1, 1),
    )
    for kind, start_on in programmes.items():
        evidence.enrol(person_id=found.pk, kind=kind, start_on=start_on, actor=SYSTEM, recorded_by=None, today=TODAY)
    return found.pk


def contact(
    person_id: int,
    by: Staff,
    on: date,
    kind: str = "followup.hypertension",
    mode: str = "clinic",
    **values: float,
) -> int:
    """A contact as it was recorded some time ago; returns its event's id."""
    return evidence.append_event(
        person_id=person_id,
        kind=kind,
        happened_on=on,
        mode=mode,
        observations=FLAGS | values,
        recorded_by=by.pk,
        today=TODAY,
    ).pk
