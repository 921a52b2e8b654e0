"""The numbers of the manager's page in a town that is counted by hand, and the lists behind them."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from jinxiu.agreements.actions import adopt
from jinxiu.agreements.models import Agreement
from jinxiu.agreements.queries import progress_for
from jinxiu.audit.origin import SYSTEM
from jinxiu.cli import night
from jinxiu.familydoctor.managing import queries, rules, statements
from jinxiu.familydoctor.managing.actions import count
from jinxiu.familydoctor.models import NightCount
from jinxiu.people import clock
from jinxiu.people.models import Person, Restriction
from tests.town import TODAY, Town, enrol


def numbers(part: str) -> dict[str, int]:
    """Everybody's numbers together, of all teams."""
    found: Counter[str] = Counter()
    for number, people in NightCount.objects.filter(part=part).values_list("number", "counted"):
        found[number] += people
    return dict(found)


def test_coverage_by_hand(signed: Town) -> None:
    assert numbers(rules.COVERAGE) == {
        "signed.all": 4,
        "unsigned.all": 2,  # Li, Zhou
        "signed.priority": 4,
        "unsigned.priority": 2,
        "signed.elderly": 3,  # Chen 71, Wu 66, Zheng 83
        "signed.hypertension": 3,  # Chen, Wu, Feng
        "unsigned.hypertension": 1,  # Li
        "signed.diabetes": 1,  # Wu
        "unsigned.diabetes": 1,  # Zhou
    }
    (li,) = NightCount.objects.filter(part="coverage", number="unsigned.hypertension")
    assert (li.people, li.team, li.place) == ([signed.li.pk], signed.team1, signed.li.household.place)
    before = sorted(NightCount.objects.values_list("part", "number", "counted", "people"))
    assert count(today=TODAY) == len(before), "twice changes nothing"
    assert sorted(NightCount.objects.values_list("part", "number", "counted", "people")) == before


def test_fulfilment_by_hand_and_as_the_agreements_say(signed: Town) -> None:
    chen = NightCount.objects.get(part="kept", number="some.all", people__contains=[signed.chen.pk])
    # Chen: basic 4, hypertension 4 + 1 + 1, elderly 3 are owed, and two visits done. Zheng: 4 + 3, one examination.
    together = NightCount.objects.filter(part="kept", number="some.all", team=signed.team1, place=chen.place)
    assert [(row.people, row.owed, row.done) for row in together] == [([signed.chen.pk, signed.zheng.pk], 20, 3)]
    assert together[0].share == pytest.approx(2 / 13 + 1 / 7)
    assert together[0].passed == pytest.approx(320 / 365 + 298 / 365)
    visits = NightCount.objects.filter(number="some.hypertension@2026.1/visits")
    assert sorted(one for row in visits for one in row.people) == sorted([signed.chen.pk, signed.wu.pk, signed.feng.pk])
    kept = progress_for(Agreement.objects.values_list("pk", flat=True), TODAY)
    owed = sum(owed for one in kept.values() for _done, owed in one.items.values())
    done = sum(min(done, owed) for one in kept.values() for done, owed in one.items.values())
    rows = NightCount.objects.filter(part="kept", number__endswith=".all")
    assert (sum(row.owed for row in rows), sum(row.done for row in rows)) == (owed, done)
    items = NightCount.objects.filter(part="kept").exclude(number__endswith=".all")
    assert (sum(row.owed for row in items), sum(row.done for row in items)) == (owed, done)


def test_who_is_gone_or_restricted_is_not_counted(signed: Town) -> None:
    Restriction.objects.create(person=signed.wu, kind="care_only", reason="own_wish", start_at=clock.now())
    signed.zheng.left_on = date(2026, 11, 20)
    signed.zheng.save()
    enrol(signed.li, "mental", date(2026, 2, 1))
    count(today=TODAY)
    found = numbers(rules.COVERAGE)
    assert (found["signed.all"], found["unsigned.all"], found["unsigned.mental"]) == (2, 2, 1)
    assert {one for row in NightCount.objects.all() for one in row.people}.isdisjoint({signed.wu.pk})
    assert not queries.may_list("coverage", "unsigned.mental")
    assert not queries.may_list("coverage", "signed.priority")
    assert queries.may_list("coverage", "signed.elderly")


def test_a_record_that_was_merged_counts_for_the_one_that_is_kept(signed: Town) -> None:
    second = Person.objects.create(name="陈志强", created_at=clock.now(), merged_into=signed.li)
    Agreement.objects.filter(person=signed.feng).update(person=second, team=signed.team1)
    count(today=TODAY)
    found = numbers(rules.COVERAGE)
    assert (found["signed.all"], found["unsigned.all"]) == (4, 2), "Li has it now, Feng none"
    guo, asked = signed.viewer(signed.guo), queries.Asked(rules.LOAD, TODAY, frozenset({signed.team1.pk}))
    (load,) = queries.counted(asked, by_place=False)
    rows = queries.people(guo, asked, rules.SIGNED, "", 10)
    assert load.people == len(rows) == 4
    assert "李秀兰" in [row.name for row in rows]


def test_a_count_that_fails_leaves_the_numbers_of_the_night_before(
    signed: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(NightCount.objects.values_list("number", "people"))
    enrol(signed.li, "agreement", TODAY)
    adopt(today=TODAY, actor=SYSTEM)
    monkeypatch.setattr(statements, "COUNT_KEPT", "SELECT nothing")
    night._count_for_managers(TODAY)
    assert "stay those of the night before" in capsys.readouterr().err
    assert sorted(NightCount.objects.values_list("number", "people")) == before
    monkeypatch.undo()
    monkeypatch.setenv("JINXIU_TODAY", TODAY.isoformat())
    night._count_for_managers(TODAY)
    assert numbers(rules.COVERAGE)["unsigned.all"] == 1, "Li counts as signed from the next night on"
