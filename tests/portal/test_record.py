"""The own record in plain words: for oneself, a helper, a guardian; from 14 the young person's own."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.familydoctor.records.rules import Danger
from jinxiu.people.families.actions import relate
from jinxiu.people.families.rules import Answer
from jinxiu.people.models import Person
from jinxiu.portal.record import rules as values
from jinxiu.portal.record import wording
from jinxiu.portal.rules import reads_record
from tests.portal.residents import home_of, sign_in
from tests.town import TODAY, Town, contact, enrol, town

__all__ = ["town"]


@pytest.fixture(autouse=True)
def _inbox(settings) -> None:
    settings.JINXIU_INBOX = True


def record_of(person: Person) -> str:
    return reverse("my-record", args=[person.pk])


def done_of(person: Person) -> str:
    return reverse("my-done", args=[person.pk])


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def let_help(person: Person, helper: Person) -> None:
    relate(
        person_id=person.pk, role="helper", relation="30", relative_id=helper.pk, start_on=TODAY,
        consented_on=TODAY, consent_by="person", words="here", today=TODAY, actor=SYSTEM, recorded_by=None,
    )  # fmt: skip


# --- pure -------------------------------------------------------------------------------------------------------------


def test_the_worst_value_counts_and_danger_before_every_target() -> None:
    high, low = Danger("systolic", "at_least", 180), Danger("glucose", "at_most", 3.9)
    target = {"systolic": 140.0, "diastolic": 90.0}
    assert values.meaning({"systolic": 132, "diastolic": 82}, target, [high]).level == values.GOOD
    assert values.meaning({"systolic": 132, "diastolic": 90}, target, [high]).level == values.HIGH
    assert values.meaning({"systolic": 180, "diastolic": 70}, target, [high]).level == values.DANGER
    assert values.meaning({"glucose": 3.9}, {}, [high, low]).level == values.DANGER, "for everybody, without a target"
    assert values.meaning({"glucose": 5.0}, target, [high, low]) == values.Meaning(values.UNKNOWN)


class _Born:
    died_on = left_on = None

    def __init__(self, years: int) -> None:
        self.birth_date = date(TODAY.year - years, TODAY.month, TODAY.day)


@pytest.mark.parametrize(
    ("years", "answer", "may"),
    [
        (13, Answer("decides", "guardian_of_child"), True),
        (14, Answer("decides", "guardian_of_child"), False),
        (17, Answer("decides", "guardian_of_child"), False),
        (40, Answer("decides", "guardian_of_adult"), True),
        (15, Answer("helps", "helper_by_guardian"), False),
        (15, Answer("helps", "helper"), True),
        (15, None, True),
        (40, Answer("called", "contact"), False),
    ],
)
def test_from_14_to_17_the_record_is_ones_own(years: int, answer: Answer | None, may: bool) -> None:
    assert reads_record(answer, _Born(years), TODAY) is may


def test_what_is_no_contact_happened_nowhere() -> None:
    with translation.override("en"):
        assert wording.done("followup.hypertension", "home", "Nurse Zhao Min") == (
            "Home visit by Nurse Zhao Min: blood pressure"
        )
        assert wording.done("delivery", "clinic", "Doctor Wang") == "Delivery"
        assert wording.done("home.answered_now", "phone", "Zhao Min").endswith(": a dangerous value from home")
        assert wording.done("home.measurement", "online", "") == "Measured at home"
    with translation.override("zh-hans"):
        assert wording.done("followup.hypertension", "home", wording.staff("护士", "赵敏")) == "赵敏护士上门：看血压"


# --- pages ------------------------------------------------------------------------------------------------------------


def test_who_has_high_pressure_reads_what_it_means_and_by_which_rule(town: Town) -> None:
    contact(town.wu, town.zhao, date(2026, 11, 20), mode="home", systolic=138, diastolic=86)
    client = sign_in("wu")
    assert record_of(town.wu) in text(client, home_of(town.wu))
    page = text(client, record_of(town.wu))
    assert "138/86 mmHg" in page
    assert "On target (below 150/90 mmHg)" in page, "150 from 65 on"
    assert "6.4 mmol/L" in page
    assert "third edition" in page
    assert "Hypertension" in page
    done = text(client, done_of(town.wu))
    assert "Home visit by Nurse Zhao Min: blood pressure" in done
    assert "At the centre, Family doctor Wang Jianguo: blood sugar" in done
    assert done.index("138/86") < done.index("152/92") < done.index("158/88")
    danger = text(sign_in("chen"), record_of(town.chen))
    assert "This was dangerous" in danger
    assert "tel:03514000001" in danger
    assert AuditEntry.objects.filter(action="resident.opened", purpose="own record").count() == 3


def test_what_is_sheltered_is_for_oneself_and_its_scores_for_a_conversation(town: Town) -> None:
    let_help(town.chen, town.li)
    enrol(town.chen, "mental", date(2025, 3, 3))
    contact(town.chen, town.wang, date(2026, 11, 23), kind="followup.mental", risk_grade=3, insight=2, weight=61)
    own, helper, stranger = sign_in("chen"), sign_in("li"), sign_in("wu")
    for address in (record_of(town.chen), done_of(town.chen)):
        assert "Severe mental disorder" in text(own, address)
        assert "Risk grade" not in text(own, address)
        page = text(helper, address)
        assert "ental" not in page
        assert "61 kg" not in page
        assert stranger.get(address).status_code == 404
        assert Client().get(address).headers["Location"].startswith(reverse("my-sign-in"))
    assert "184/102" in text(helper, record_of(town.chen))
    assert "Record of 陈志强" in text(helper, record_of(town.chen))
    assert own.get(record_of(Person(pk=10**9))).status_code == 404
    refused = AuditEntry.objects.filter(action="resident.refused", person_id=town.chen.pk)
    assert refused.count() == 2


def test_a_record_of_many_years_is_paged_and_costs_no_more_queries(town: Town) -> None:
    client = sign_in("feng")

    def queries(address: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get(address).status_code == 200
        return len(seen)

    before = [queries(record_of(town.feng)), queries(done_of(town.feng))]
    for week in range(1, 61):
        contact(town.feng, town.sun, date(2026, 11, 9) - timedelta(weeks=week), systolic=100 + week, diastolic=70)
    after = [queries(record_of(town.feng)), queries(done_of(town.feng))]
    assert after == before
    assert max(after) <= 40
    address, seen = done_of(town.feng), list[str]()
    while address:
        page = text(client, address)
        seen += re.findall(r"\d+/\d+ mmHg", page)
        further = re.search(r'href="(\?after=[^"]+)"', page)
        address = done_of(town.feng) + further[1] if further else ""
    assert len(seen) == len(set(seen)) == 61
    assert client.get(done_of(town.feng) + "?after=nonsense").status_code == 200
