"""One box finds the right person first, by whatever a clerk types, and only people in the viewer's reach."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.people.actions import register_person
from jinxiu.people.models import Household, Person, Staff, User
from jinxiu.people.search import queries, rules
from jinxiu.people.search.queries import search
from tests.town import TODAY, Town, id_card

BIRTHDAYS = """
    1968-03-01|1968-3-1|1968/03/01|1968/3/1|1968.03.01|1968.3.1|19680301|1968年3月1日|1968年03月01日|1968年3月1号|
    一九六八年三月一日|１９６８－０３－０１|680301|68-3-1|68.03.01|68年3月1日|1/3/1968|01.03.1968|03/01/1968|01031968|
    1968-03-01T00:00:00|1968-03-01 00:00:00|1968 3 1|1968 年 3 月 1 日|1 Mar 1968|March 1, 1968|
    1968年3月|1968-03|196803|68年3月|1968年|1968"""


def found(town: Town, staff: Staff, text: str) -> list[str]:
    """The names found, in their order."""
    return [row.name for row in search(town.viewer(staff), text).rows]


def test_each_way_finds_her_first(town: Town):
    ways = [
        ("李秀兰", "name"),
        ("李秀", "name_begins"),
        ("李秀蓝", "sounds"),  # a variant character, the same reading
        ("李秀南", "sounds_like"),  # l and n, as they are mixed up
        ("李季兰", "one_character"),
        ("李兰", "one_character"),
        ("李小秀兰", "one_character"),
        ("秀兰", "one_character"),
        ("lixiulan", "pinyin"),
        ("Li Xiu Lan", "pinyin"),
        ("lxl", "initials"),
        ("lixiu", "pinyin_begins"),
        ("xiulan", "pinyin_ends"),
        ("3318", "phone_end"),
        ("43318", "phone_end"),
        ("138 1234 3318", "phone"),
        ("+86 138-1234-3318", "phone"),
    ]
    first = [search(town.viewer(town.zhao), text).rows[0] for text, _by in ways]
    assert [one.name for one in first] == ["李秀兰"] * len(ways)
    assert [(text, one.by) for (text, _by), one in zip(ways, first, strict=True)] == [
        (text, (by,)) for text, by in ways
    ]


def test_a_birth_date_in_any_shape(town: Town):
    shapes = [shape.strip() for shape in BIRTHDAYS.split("|")]
    assert {text: found(town, town.zhao, text) for text in shapes} == {text: ["李秀兰"] for text in shapes}


def test_parts_must_all_fit(town: Town):
    for text in ["李秀兰 1968-3-1", "1968年3月1日 李秀兰", "lxl 3318", "3318 li", "李 柳巷路", "柳巷路 李"]:
        assert found(town, town.zhao, text) == ["李秀兰"], text


def test_parts_that_do_not_fit_together_find_nobody(town: Town):
    assert found(town, town.zhao, "李秀兰 1968-3-2") == []


def test_the_exact_id_number_and_its_end(town: Town):
    number = id_card(date(1968, 3, 1), 8)
    assert found(town, town.zhao, number) == ["李秀兰"]
    assert found(town, town.zhao, number.lower().replace("1968", "１９６８")) == ["李秀兰"]
    assert found(town, town.zhao, number[-4:]) == ["李秀兰"]


def test_an_address_and_the_name_of_a_place(town: Town):
    for text in ("桥东街7号", "桥东街 7 号", "桥东社区", "桥东街道"):
        assert found(town, town.zhao, text) == ["吴建军", "周燕"], text


def test_owner_and_colleague_find_her_a_stranger_does_not_by_anything(town: Town):
    number = id_card(date(1968, 3, 1), 8)
    for text in ("李秀兰", "lixiulan", "3318", "1968-03-01", number, "柳巷路"):
        assert "李秀兰" in found(town, town.wang, text)
        assert "李秀兰" in found(town, town.zhao, text)
        assert "李秀兰" in found(town, town.guo, text)
        for other in (town.sun, town.ma, town.tian):
            assert "李秀兰" not in found(town, other, text)


def test_the_exact_name_stands_before_the_longer_and_the_similar(town: Town):
    for name in ("李秀兰花", "李秀岚", "李秀"):
        register_person(name=name, sex="F", birth_date=None, actor=SYSTEM, team_id=town.team1.pk)
    assert found(town, town.zhao, "李秀兰") == ["李秀兰", "李秀兰花", "李秀岚", "李秀"]


def test_pages_follow_each_other_without_gap_or_repetition(town: Town):
    for number in range(7):
        register_person(
            name=f"李秀{'云' * (number % 3)}",
            sex="F",
            birth_date=date(1950, 1, 1 + number),
            actor=SYSTEM,
            phones=[("mobile", f"1391111{number}1950"[:11])],
            team_id=town.team1.pk,
            household_id=town.li.household_id,
        )
    viewer = town.viewer(town.zhao)
    for text in ("李", "l", "李秀", "1950", "柳巷路"):
        whole = [row.person_id for row in search(viewer, text, limit=100).rows]
        assert len(set(whole)) == len(whole) >= 7, text
        walked, after = [], "start"
        while after:
            page = search(viewer, text, after=after, limit=2)
            walked, after = walked + [row.person_id for row in page.rows], page.after
        assert walked == whole, text


def merged(town: Town, **values: object) -> Person:
    """A second record of Li Xiulan that was merged into hers."""
    told = {
        "name": "林小梅",
        "sex": "F",
        "birth_date": date(1971, 5, 4),
        "phones": [("mobile", "13900001971")],
    } | values
    second = register_person(**told, actor=SYSTEM, team_id=town.team1.pk)  # type: ignore[arg-type]
    Person.objects.filter(pk=second.pk).update(merged_into=town.li)
    return second


def test_whatever_stood_in_a_merged_record_finds_the_one_that_is_kept(town: Town):
    merged(town, identifiers=[("id_card", id_card(date(1971, 5, 4), 8))])
    texts = ("林小梅", "林", "林晓梅", "linxiaomei", "lxm", "13900001971", "1971", id_card(date(1971, 5, 4), 8))
    assert {text: found(town, town.zhao, text) for text in texts} == {text: ["李秀兰"] for text in texts}
    for text in ("林小梅 1971-05-04", "林小梅 1971", "李秀兰 1971", "lxl 13900001971"):
        assert found(town, town.zhao, text) == ["李秀兰"], text
    assert found(town, town.sun, "林小梅") == []


def test_somebody_with_two_records_stands_once_on_all_pages(town: Town):
    merged(town, name="李秀兰")
    merged(town, name="李秀岚", phones=[])
    merged(town, name="李秀", phones=[])
    register_person(name="李秀云", sex="F", birth_date=None, actor=SYSTEM, team_id=town.team1.pk)
    for text in ("李", "李秀", "李秀兰", "lixiu", "l", "19"):
        walked, after = [], "start"
        while after:
            page = search(town.viewer(town.zhao), text, after=after, limit=1)
            walked, after = walked + [row.name for row in page.rows], page.after
        assert sorted(walked) == sorted(set(walked)), text
        assert walked == found(town, town.zhao, text), text


def test_a_viewer_of_few_people_and_one_of_many_are_answered_alike(town: Town, monkeypatch: pytest.MonkeyPatch):
    """Where it begins - a way's index, the viewer's people, their homes - is a matter of time, not of whom it finds."""
    elsewhere = Household.objects.create(place=town.wu.household.place, address="桥东街99号")  # type: ignore[union-attr]
    merged(town, household_id=elsewhere.pk)
    texts = ["李秀兰", "李秀", "李季兰", "lxl", "li", "xiulan", "3318", "1968", "桥东街", "桥东街99号", "桥东社区"]
    texts += ["街道", "李 柳巷路", "李秀兰 1968-3-1", "li 3318", "林晓梅 街道", "龘靐齉"]
    answers = set()
    for few, near, homes in ((5_000, 30_000, 1_000), (0, 30_000, 0), (0, 0, 0), (5_000, 30_000, 0)):
        monkeypatch.setattr(queries, "_FEW_PEOPLE", few)
        monkeypatch.setattr(queries, "_NEAR_PEOPLE", near)
        monkeypatch.setattr(queries, "_FEW_HOMES", homes)
        answers.add(str([search(town.viewer(staff), text).rows for staff in (town.zhao, town.sun) for text in texts]))
    assert len(answers) == 1
    assert "桥东街道" in answers.pop()


@given(st.text(max_size=120))
def test_whatever_is_typed_can_be_read(text: str):
    for part in rules.read(text, TODAY):
        assert part.ways
        assert all(way.first <= way.last for way in part.ways)


def test_the_keys_of_the_database_are_those_of_the_rules(db: None):
    with connection.cursor() as cursor:
        for text in ("李", "李秀兰", "欧阳小明明", "阿依古丽·买买提", "柳巷路 12 号Ａ座", "aa", ""):
            cursor.execute("SELECT people_one_away(%s), people_pairs(%s)", [text, text])
            one_away, pairs = cursor.fetchone()
            assert sorted(one_away or []) == (rules.one_away(text) if text else [])
            assert sorted(pairs) == rules.pairs(text)


def test_a_search_for_a_whole_number_leaves_a_line_that_does_not_say_the_number(town: Town):
    number, client = id_card(date(1968, 3, 1), 8), as_(town.zhao)
    for text in ("李秀兰", "3318", "1968-03-01", "19680301"):
        client.post("/people/", {"q": text})
    assert not AuditEntry.objects.filter(action="people.number_searched").exists()
    for text in (number, "13812343318 李秀兰", id_card(TODAY, 1)):
        client.post("/people/", {"q": text})
    lines = AuditEntry.objects.filter(action="people.number_searched").order_by("pk")
    assert [line.person_id for line in lines] == [town.li.pk, town.li.pk, None]
    assert [line.detail["number"][-4:] for line in lines] == [number[-4:], "3318", id_card(TODAY, 1)[-4:]]
    assert all(text not in str(line.detail) for line in lines for text in (number[:14], "13812343318"))
    assert {line.actor_name for line in lines} == {"赵敏"}


# --- the page ---------------------------------------------------------------------------------------------------------


def as_(staff: Staff, language: str = "zh-hans") -> Client:
    """A browser in which the staff member is signed in."""
    client = Client()
    client.force_login(User.objects.get(pk=staff.user_id))
    client.cookies["jinxiu_language"] = language
    return client


def names(client: Client, text: str) -> list[str]:
    """The names on the page, in its order."""
    answer = client.post("/people/", {"q": text})
    assert answer.status_code == 200
    return re.findall(r"data-open>([^<]+)</a>", answer.content.decode())


def test_the_page_finds_for_the_owner_and_says_why(town: Town):
    client = as_(town.wang)
    assert names(client, "lxl") == ["李秀兰"]
    assert "首字母" in client.post("/people/", {"q": "lxl"}).content.decode()
    assert "fits: the initials" in as_(town.wang, "en").post("/people/", {"q": "lxl"}).content.decode()


def test_somebody_out_of_reach_is_not_found_and_nothing_is_said_of_him(town: Town):
    number = id_card(date(1968, 3, 1), 8)
    answers = [as_(town.sun).post("/people/", {"q": text}).content.decode() for text in (number, id_card(TODAY, 1))]
    assert all("未找到" in answer and "李秀兰" not in answer for answer in answers)


def test_an_officer_who_sees_numbers_only_has_no_search(town: Town):
    client = as_(town.ma)
    assert client.get("/people/").status_code == 403
    assert 'href="/people/"' not in client.get("/").content.decode()


def test_the_page_stands_in_the_navigation_and_asks_nothing_when_opened(town: Town):
    client = as_(town.zhao)
    assert 'href="/people/"' in client.get("/").content.decode()
    assert "data-row" not in client.get("/people/").content.decode()


def test_htmx_gets_the_list_alone(town: Town):
    page = as_(town.zhao).post("/people/", {"q": "李"}, headers={"HX-Request": "true"}).content.decode()
    assert "李秀兰" in page
    assert "<html" not in page


def test_nonsense_finds_nobody_and_breaks_nothing(town: Town):
    client = as_(town.zhao)
    for text in ("李\x00", "%_\\", "'", "李 " * 80, "９９９９", "₁₉₆₈", "²", "1" * 100):
        for after in ("", "9_9", "0_99999999999999999999", "-1_2", "1_", "３_３", "0_5"):
            assert client.post("/people/", {"q": text, "after": after}).status_code == 200, (text, after)
