"""The generated district's ground: streets, communities, health centres, teams and who works in them.

The shape is that of an inner district of Taiyuan; every street and community is invented, and its code uses the numbers
from 901 on, which no real one has. Codes: 6 digits district, 9 street, 12 community, as in GB/T 2260.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from jinxiu.demo.chance import Array, chance_for
from jinxiu.demo.names import given_names, surnames

DISTRICT_CODE = "140106"
CODE = "GEN-"  # all codes of generated institutions and teams begin with it
BUREAU = f"{CODE}B"
RESIDENTS_PER_TEAM = 1800  # below the norm's 2,000 for one family doctor
RESIDENTS_PER_CENTRE = 15_000
COMMUNITIES_PER_TEAM = 2
CENTRE = (37.86, 112.57)  # degrees north, east
KILOMETRES_PER_DEGREE = (111.0, 87.9)  # of latitude; of longitude at 37.86° north
GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))

_FIRST = (
    ("桃溪", "Taoxi"), ("松涛", "Songtao"), ("云锦", "Yunjin"), ("望岳", "Wangyue"), ("青禾", "Qinghe"),
    ("晨光", "Chenguang"), ("听泉", "Tingquan"), ("枫林", "Fenglin"), ("槐荫", "Huaiyin"), ("白鹭", "Bailu"),
    ("澄江", "Chengjiang"), ("银杏", "Yinxing"), ("梧桐", "Wutong"), ("春晖", "Chunhui"), ("竹影", "Zhuying"),
    ("兰亭", "Lanting"), ("鹤鸣", "Heming"), ("朝霞", "Zhaoxia"), ("石榴", "Shiliu"), ("芳草", "Fangcao"),
    ("荷塘", "Hetang"), ("丹枫", "Danfeng"), ("翠屏", "Cuiping"), ("锦屏", "Jinping"),
)  # fmt: skip
_LAST = (("里", "li"), ("苑", "yuan"), ("坊", "fang"), ("湾", "wan"), ("巷", "xiang"), ("台", "tai"), ("桥", "qiao"))
_NUMERALS = "一二三四五六七八九"
# In what the teams of a centre differ, one after the other.
_ALSO = ("child", "tcm", "maternal", "rehabilitation", "heart")
_LANGUAGES: tuple[tuple[str, ...], ...] = ((), ("eng",), ("csl",))
_SERVICES = (("laboratory", "priority_booking"), ("tcm", "by_phone"), ("vaccination", "evenings"), ("home_bed",))


@dataclass(frozen=True, slots=True)
class Place:
    """A node of city, district, street, community; `parent` is an index into the list of places."""

    code: str
    name: str
    name_en: str
    kind: str
    parent: int | None


@dataclass(frozen=True, slots=True)
class Institution:
    """A health centre, a station or the district's health bureau; `place` is an index into the places."""

    code: str
    name: str
    name_en: str
    place: int


@dataclass(frozen=True, slots=True)
class Team:
    """A family-doctor team; `institution` is an index, `communities` are indexes into the places."""

    code: str
    name: str
    name_en: str
    institution: int
    communities: tuple[int, ...]
    phone: str
    specialities: tuple[str, ...]  # codes of people.organisation.offers, as the next two
    languages: tuple[str, ...]
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody who works here, with one role in either a team or an institution (indexes)."""

    name: str
    title: str
    role: str
    team: int | None = None
    institution: int | None = None


@dataclass(frozen=True)
class Ground:
    """All that stands before the first resident moves in."""

    places: list[Place] = field(default_factory=list)
    institutions: list[Institution] = field(default_factory=list)
    teams: list[Team] = field(default_factory=list)
    staff: list[StaffMember] = field(default_factory=list)
    positions: dict[int, tuple[float, float]] = field(default_factory=dict)  # community → degrees north, east


def lay_ground(residents: int, seed: int) -> Ground:
    """Streets with one health centre each, teams with two communities each, and their staff."""
    ground = Ground()
    ground.places.append(Place("140100", "太原市", "Taiyuan", "city", None))
    ground.places.append(Place(DISTRICT_CODE, "迎泽区（生成数据）", "Yingze District (generated)", "district", 0))
    ground.institutions.append(
        Institution(BUREAU, "迎泽区卫生健康局（生成数据）", "Yingze Health Bureau (generated)", 1)
    )
    centres = max(2, round(residents / RESIDENTS_PER_CENTRE))
    teams = max(4, math.ceil(residents / RESIDENTS_PER_TEAM))
    for street in range(centres):
        _lay_street(ground, street, teams * (street + 1) // centres - teams * street // centres)
    ground.staff.extend(_staff(ground, seed))
    return ground


def _lay_street(ground: Ground, number: int, teams: int) -> None:
    name, name_en = _FIRST[number % len(_FIRST)]
    turn = number // len(_FIRST)
    name, name_en = ("新" * turn + name, "Xin " * turn + name_en)
    street = len(ground.places)
    code = f"{DISTRICT_CODE}{901 + number}"
    ground.places.append(Place(code, f"{name}街道", f"{name_en} Subdistrict", "street", 1))
    centre = len(ground.institutions)
    ground.institutions.append(
        Institution(f"{CODE}{901 + number}-C", f"{name}社区卫生服务中心", f"{name_en} Community Health Centre", street)
    )
    middle = _spiral(CENTRE, number, 1.9 * 0.35 * math.sqrt(teams * COMMUNITIES_PER_TEAM))
    for team in range(teams):
        first = team * COMMUNITIES_PER_TEAM
        communities = tuple(
            _lay_community(ground, street, nth, middle) for nth in range(first, first + COMMUNITIES_PER_TEAM)
        )
        if team % 3 == 2:  # a station saves the way to the centre
            ground.institutions.append(_station(ground.places[communities[0]], communities[0]))
        ground.teams.append(
            Team(
                code=f"{CODE}{901 + number}-T{team + 1:02}",
                name=f"{name}第{_numeral(team + 1)}团队",
                name_en=f"{name_en} Team {team + 1}",
                institution=centre,
                communities=communities,
                phone=f"0351-000{len(ground.teams):04}",
                specialities=("hypertension", "diabetes", "elderly", _ALSO[team % len(_ALSO)]),
                languages=("cmn", "cjy", *_LANGUAGES[team % len(_LANGUAGES)]),
                services=("long_prescription", "referral", "home_visit", *_SERVICES[team % len(_SERVICES)]),
            )
        )


def _station(community: Place, place: int) -> Institution:
    name = community.name.removesuffix("社区") + "社区卫生服务站"
    return Institution(
        f"{CODE}{community.code[6:]}-S", name, community.name_en.replace("Community", "Health Station"), place
    )


def _lay_community(ground: Ground, street: int, nth: int, middle: tuple[float, float]) -> int:
    number = sum(place.kind == "community" for place in ground.places)
    (first, first_en), (last, last_en) = (
        _FIRST[(number * 5 + 12) % len(_FIRST)],
        _LAST[number // len(_FIRST) % len(_LAST)],
    )
    turn = number // (len(_FIRST) * len(_LAST))
    name = f"{first}{last}" + (f"第{_numeral(turn + 1)}" if turn else "")
    name_en = f"{first_en}{last_en}" + (f" No. {turn + 1}" if turn else "")
    code = f"{ground.places[street].code}{nth + 1:03}"
    ground.places.append(Place(code, f"{name}社区", f"{name_en} Community", "community", street))
    ground.positions[len(ground.places) - 1] = _spiral(middle, nth, 0.35)
    return len(ground.places) - 1


def _spiral(middle: tuple[float, float], number: int, spacing_km: float) -> tuple[float, float]:
    """The number-th seed of a sunflower: evenly spread, always room for one more."""
    radius, angle = spacing_km * math.sqrt(number), number * GOLDEN_ANGLE
    north, east = radius * math.cos(angle), radius * math.sin(angle)
    return middle[0] + north / KILOMETRES_PER_DEGREE[0], middle[1] + east / KILOMETRES_PER_DEGREE[1]


def _numeral(number: int) -> str:
    """1 to 99 in Chinese: 三, 十, 十二, 四十五."""
    tens, ones = divmod(number, 10)
    ten = "" if not tens else ("" if tens == 1 else _NUMERALS[tens - 1]) + "十"
    return ten + (_NUMERALS[ones - 1] if ones else "")


def _staff(ground: Ground, seed: int) -> list[StaffMember]:
    posts: list[tuple[str, str, int | None, int | None]] = []
    for number in range(len(ground.teams)):
        posts.append(("doctor", "全科主治医师（团队负责人）", number, None))
        posts += [("nurse", "主管护师", number, None)] + [("nurse", "护师", number, None)] * (number % 2)
        posts.append(("public_health_doctor", "公卫医师", number, None))
    for number in sorted({team.institution for team in ground.teams}):
        posts += [("clerk", "居民健康档案管理员", None, number), ("manager", "中心主任", None, number)]
    posts += [
        ("district_officer", "基层卫生科科员", None, 0),
        ("auditor", "安全审计员", None, 0),
        ("administrator", "系统管理员", None, 0),
    ]
    names = _staff_names([role for role, *_ in posts], seed)
    return [
        StaffMember(name, title, role, team, place)
        for name, (role, title, team, place) in zip(names, posts, strict=True)
    ]


def _staff_names(roles: list[str], seed: int) -> Array:
    chance = chance_for(seed, "staff")
    share_of_women = np.array([{"nurse": 0.97, "doctor": 0.55}.get(role, 0.5) for role in roles])
    female = chance.random(len(roles)) < share_of_women
    born = chance.integers(1968, 1996, len(roles))
    return surnames(chance, len(roles)) + given_names(chance, born, female)
