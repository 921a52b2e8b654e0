"""The named town: two teams, everybody who works there, six people with histories. Built by actions only.

Liuxiang centre has team 1: doctor Wang, nurse Zhao; Guo manages the centre. Qiaodong centre has team 2: doctor Sun,
nurse Qian. Ma is the district's officer, Tian its administrator. To a person of team 1, Wang is the owner of the care,
Zhao a colleague, Sun a stranger.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest

from jinxiu.audit.origin import SYSTEM
from jinxiu.evidence import actions as evidence
from jinxiu.people import actions as people
from jinxiu.people.access import Viewer, viewer_for
from jinxiu.people.identity import ID_CARD, check_character
from jinxiu.people.models import Household, Institution, Person, Place, Staff, Team
from jinxiu.worklists.actions import refresh_person

TODAY = date(2026, 11, 25)
PASSWORD = "迎泽-liuxiang-2026"
FLAGS = {"adverse_reaction": 0, "complication": 0, "danger_sign": 0}
_SINCE = date(2020, 1, 1)


@dataclass(frozen=True)
class Town:
    """Who works in the town and who lives there."""

    team1: Team
    team2: Team
    wang: Staff
    zhao: Staff
    guo: Staff
    sun: Staff
    qian: Staff
    ma: Staff
    tian: Staff
    chen: Person
    li: Person
    wu: Person
    zhou: Person
    zheng: Person
    feng: Person

    @property
    def people(self) -> tuple[Person, ...]:
        """All six, in the order in which they were registered."""
        return (self.chen, self.li, self.wu, self.zhou, self.zheng, self.feng)

    def viewer(self, staff: Staff, today: date = TODAY) -> Viewer:
        """The staff member as a viewer on a day."""
        assert staff.user is not None
        return viewer_for(staff.user, today)


@pytest.fixture
def town(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """The town on its day, in a database of which nothing stays."""
    monkeypatch.setenv("JINXIU_TODAY", TODAY.isoformat())
    return build()


def build() -> Town:
    """Write the town into an empty database."""
    liuxiang, qiaodong = _places()
    centre1 = _institution("lx", "柳巷社区卫生服务中心", "Liuxiang Health Centre", "140106001")
    centre2 = _institution("qd", "桥东社区卫生服务中心", "Qiaodong Health Centre", "140106006")
    office = _institution("yz", "迎泽区卫生健康局", "Yingze Health Bureau", "140106")
    team1 = Team.objects.create(
        code="lx-1", name="第一团队", name_en="Team 1", institution=centre1, phone="0351 4000001"
    )
    team2 = Team.objects.create(
        code="qd-1", name="第二团队", name_en="Team 2", institution=centre2, phone="0351 4000002"
    )
    wang = _staff("wang", "王建国", "Wang Jianguo", "doctor", team=team1)
    zhao = _staff("zhao", "赵敏", "Zhao Min", "nurse", team=team1)
    sun = _staff("sun", "孙丽", "Sun Li", "doctor", team=team2)
    qian = _staff("qian", "钱芳", "Qian Fang", "nurse", team=team2)
    town = Town(
        team1=team1,
        team2=team2,
        wang=wang,
        zhao=zhao,
        guo=_staff("guo", "郭伟", "Guo Wei", "manager", institution=centre1),
        sun=sun,
        qian=qian,
        ma=_staff("ma", "马强", "Ma Qiang", "district_officer", institution=office),
        tian=_staff("tian", "田静", "Tian Jing", "administrator", institution=office),
        chen=_chen(team1, liuxiang, wang, zhao),
        li=_li(team1, liuxiang, zhao),
        wu=_wu(team1, qiaodong, wang),
        zhou=_zhou(team1, qiaodong),
        zheng=_zheng(team1, liuxiang, zhao),
        feng=_feng(team2, qiaodong, sun),
    )
    for person in town.people:
        refresh_person(person_id=person.pk, today=TODAY, actor=SYSTEM)
    return town


# --- the people -------------------------------------------------------------------------------------------------------


def _chen(team: Team, home: Household, doctor: Staff, nurse: Staff) -> Person:
    """Chen Zhiqiang, 71: hypertension, in danger yesterday (184/102)."""
    chen = _person("陈志强", "M", date(1955, 6, 15), "13812340021", team, home)
    enrol(chen, "hypertension", date(2024, 5, 6))
    contact(chen, nurse, date(2026, 8, 20), systolic=146, diastolic=84)
    contact(chen, doctor, date(2026, 11, 24), systolic=184, diastolic=102)
    return chen


def _li(team: Team, home: Household, nurse: Staff) -> Person:
    """Li Xiulan, 58: hypertension, well on 1 July and not seen since; overdue since 30 September."""
    li = _person("李秀兰", "F", date(1968, 3, 1), "13812343318", team, home)
    enrol(li, "hypertension", date(2025, 1, 8))
    contact(li, nurse, date(2026, 7, 1), systolic=132, diastolic=82)
    return li


def _wu(team: Team, home: Household, doctor: Staff) -> Person:
    """Wu Jianjun, 66: hypertension not controlled twice, to be referred; diabetes, well."""
    wu = _person("吴建军", "M", date(1960, 9, 30), "13812341147", team, home)
    enrol(wu, "hypertension", date(2024, 1, 8))
    enrol(wu, "diabetes", date(2025, 2, 3))
    contact(wu, doctor, date(2026, 11, 1), systolic=158, diastolic=88)
    contact(wu, doctor, date(2026, 11, 15), systolic=152, diastolic=92)
    contact(wu, doctor, date(2026, 11, 15), kind="followup.diabetes", fasting_glucose=6.4)
    return wu


def _zhou(team: Team, home: Household) -> Person:
    """Zhou Yan, 45: diabetes since 20 November, never seen."""
    zhou = _person("周燕", "F", date(1981, 2, 28), "13812345519", team, home)
    enrol(zhou, "diabetes", date(2026, 11, 20))
    return zhou


def _zheng(team: Team, home: Household, nurse: Staff) -> Person:
    """Zheng Yumei, 83: nothing but her age; examined in March."""
    zheng = _person("郑玉梅", "F", date(1943, 10, 1), "13812347702", team, home)
    evidence.append_event(
        person_id=zheng.pk,
        kind="exam.annual",
        happened_on=date(2026, 3, 9),
        mode="clinic",
        observations={"systolic": 138, "diastolic": 76},
        recorded_by=nurse.pk,
        today=TODAY,
    )
    return zheng


def _feng(team: Team, home: Household, doctor: Staff) -> Person:
    """Feng Ming, 60, of team 2: hypertension, well on 10 November."""
    feng = _person("冯明", "M", date(1966, 4, 4), "13812349006", team, home)
    enrol(feng, "hypertension", date(2024, 9, 2))
    contact(feng, doctor, date(2026, 11, 10), systolic=128, diastolic=80)
    return feng


# --- building blocks --------------------------------------------------------------------------------------------------


def id_card(born: date, serial: int) -> str:
    """A card number that nobody has: right in form, with an area code that was never given out."""
    first17 = f"140199{born:%Y%m%d}{serial:03d}"
    return first17 + check_character(first17)


def enrol(person: Person, kind: str, start_on: date) -> None:
    """Take a person into a programme."""
    evidence.enrol(person_id=person.pk, kind=kind, start_on=start_on, actor=SYSTEM, recorded_by=None, today=TODAY)


def contact(
    person: Person,
    by: Staff,
    on: date,
    kind: str = "followup.hypertension",
    mode: str = "clinic",
    **values: float,
) -> int:
    """A contact as it was recorded some time ago, without flags; returns its event's id."""
    return evidence.append_event(
        person_id=person.pk,
        kind=kind,
        happened_on=on,
        mode=mode,
        observations=FLAGS | values,
        recorded_by=by.pk,
        today=TODAY,
    ).pk


def _places() -> tuple[Household, Household]:
    city = Place.objects.create(code="140100", name="太原市", name_en="Taiyuan", kind="city")
    district = Place.objects.create(code="140106", name="迎泽区", name_en="Yingze", kind="district", parent=city)
    liuxiang = Place.objects.create(
        code="140106001", name="柳巷街道", name_en="Liuxiang", kind="street", parent=district
    )
    qiaodong = Place.objects.create(
        code="140106006", name="桥东街道", name_en="Qiaodong", kind="street", parent=district
    )
    return _home(liuxiang, "柳巷社区", "柳巷路 12 号"), _home(qiaodong, "桥东社区", "桥东街 7 号")


def _home(street: Place, community: str, address: str) -> Household:
    place = Place.objects.create(code=f"{street.code}001", name=community, kind="community", parent=street)
    return Household.objects.create(place=place, address=address, latitude=37.86, longitude=112.57)


def _institution(code: str, name: str, name_en: str, place: str) -> Institution:
    return Institution.objects.create(code=code, name=name, name_en=name_en, place=Place.objects.get(code=place))


def _staff(
    username: str,
    name: str,
    name_en: str,
    role: str,
    team: Team | None = None,
    institution: Institution | None = None,
) -> Staff:
    """A member of staff who signs in with PASSWORD."""
    return people.add_staff(
        username=username,
        password=PASSWORD,
        name=name,
        name_en=name_en,
        role=role,
        start_on=_SINCE,
        team_id=team.pk if team else None,
        institution_id=institution.pk if institution else None,
        actor=SYSTEM,
    )


def _person(name: str, sex: str, born: date, phone: str, team: Team, home: Household) -> Person:
    serial = 2 * len(name) + (1 if sex == "M" else 2)
    return people.register_person(
        name=name,
        sex=sex,
        birth_date=born,
        actor=SYSTEM,
        identifiers=[(ID_CARD, id_card(born, serial))],
        phones=[("mobile", phone)],
        household_id=home.pk,
        team_id=team.pk,
        joined_on=date(2023, 1, 1),
    )
