"""The person page: who sees it, what it says, how it counts, and how much it asks of the database."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override
from tests.pages import clinic as cases
from tests.town import id_card

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.evidence import actions as evidence
from jinxiu.evidence.models import Enrolment
from jinxiu.familydoctor.records import queries
from jinxiu.people.actions import record_departure
from jinxiu.people.models import Person, Staff, User

TODAY = cases.TODAY
SignIn = Callable[[Staff], Client]


@pytest.fixture
def clinic(db: None, monkeypatch: pytest.MonkeyPatch) -> cases.Clinic:
    monkeypatch.setenv("JINXIU_TODAY", TODAY.isoformat())
    return cases.build()


@pytest.fixture
def as_(client: Client) -> SignIn:
    def sign_in(who: Staff, language: str = "en") -> Client:
        client.force_login(User.objects.get(pk=who.user_id), "allauth.account.auth_backends.AuthenticationBackend")
        client.cookies["jinxiu_language"] = language
        return client

    return sign_in


def opened(client: Client, person_id: int, query: str = "") -> str:
    return client.get(reverse("person", args=[person_id]) + query).content.decode()


def chart(page: str, name: str) -> dict:
    return json.loads(re.search(rf'<script id="{name}-data"[^>]*>(.*?)</script>', page).group(1))


@pytest.mark.parametrize(("name", "status"), [("wang", 200), ("zhao", 200), ("guo", 200), ("sun", 404)])
def test_the_team_and_its_manager_see_the_page_and_a_stranger_does_not(
    clinic: cases.Clinic, as_: SignIn, name: str, status: int
) -> None:
    answer = as_(getattr(clinic, name)).get(reverse("person", args=[clinic.he.pk]))
    assert answer.status_code == status
    assert ("何志强" in answer.content.decode()) is (status == 200)


@pytest.mark.parametrize(("name", "action"), [("zhao", "person.opened"), ("sun", "person.refused")])
def test_looking_leaves_a_line(clinic: cases.Clinic, as_: SignIn, name: str, action: str) -> None:
    as_(getattr(clinic, name)).get(reverse("person", args=[clinic.he.pk]))
    (line,) = AuditEntry.objects.filter(person_id=clinic.he.pk, action__in=["person.opened", "person.refused"])
    assert (line.action, line.purpose) == (action, "record")


def test_identity_is_masked(clinic: cases.Clinic, as_: SignIn) -> None:
    page = opened(as_(clinic.zhao), clinic.he.pk)
    number = id_card(date(1961, 6, 15), 331)
    assert number not in page
    assert "13812345678" not in page
    assert number[-4:] in page


def test_what_to_do_comes_with_its_reason_source_and_facts(clinic: cases.Clinic, as_: SignIn) -> None:
    page = opened(as_(clinic.wang), clinic.he.pk)
    assert "Not controlled twice in a row" in page
    assert "148/92 mmHg" in page
    assert "below 150/90 mmHg" in page
    assert "2.3-④" in page
    assert "rule version 2017.1" in page
    assert "Enrolment: Hypertension" in page
    assert f"{reverse('followup-new', args=[clinic.he.pk])}?form=hypertension" in page


def test_a_manager_reads_and_is_offered_no_form(clinic: cases.Clinic, as_: SignIn) -> None:
    page = opened(as_(clinic.guo), clinic.he.pk)
    assert "Not controlled twice in a row" in page
    assert "followups/new" not in page
    assert "/confirm/" not in page
    assert "/phone/" not in page


def test_chinese_is_the_first_language(clinic: cases.Clinic, as_: SignIn) -> None:
    page = opened(as_(clinic.wang, "zh-hans"), clinic.he.pk)
    assert "现在该做什么，为什么" in page
    assert "连续两次血压未达标" in page
    assert "控制不满意" in page


def test_the_target_steps_up_on_the_birthday_and_old_readings_keep_theirs(clinic: cases.Clinic, as_: SignIn) -> None:
    page = opened(as_(clinic.zhao), clinic.he.pk)
    drawn = chart(page, "pressure")
    systolic, diastolic = drawn["series"]
    assert drawn["targets"][0]["steps"] == [
        ["2026-03-15", "2026-06-14", 140.0],
        ["2026-06-15", "2026-11-25", 150.0],
    ]
    assert systolic["points"] == [
        ["2026-03-15", 138.0, False],
        ["2026-08-20", 150.0, True],
        ["2026-11-12", 148.0, False],
    ]
    assert [point[2] for point in diastolic["points"]] == [False, True, True]
    assert "it changed on 2026-06-15" in page
    rows = re.findall(r"<tr>\s*<td class=\"num\">(.*?)</tr>", page, re.DOTALL)
    cells = [re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", row)).strip() for row in rows]
    assert cells == [
        "2026-11-12 clinic ▲ 148/92 outside the target &lt;150/90 Not controlled Wang Jianguo",
        "2026-08-20 clinic ▲ 150/92 outside the target &lt;150/90 Not controlled Zhao Min",
        "2026-03-15 clinic 138/84 &lt;140/90 Controlled Zhao Min",
    ]


def test_a_danger_value_is_marked_where_no_target_is_set(clinic: cases.Clinic, as_: SignIn) -> None:
    zhou = Person.objects.get(
        name="周燕"
    )  # diabetes only: its standard sets no target for pressure, but calls 180 danger
    cases.contact(
        zhou,
        clinic.zhao,
        TODAY,
        kind="followup.diabetes",
        systolic=185,
        diastolic=95,
        fasting_glucose=6,
        random_glucose=20,
    )
    page = opened(as_(clinic.zhao), zhou.pk)
    pressure, glucose = chart(page, "pressure"), chart(page, "glucose")
    assert pressure["targets"] == []
    assert [series["points"][0][2] for series in pressure["series"]] == [True, False]
    assert {"value": 180.0, "name": "Systolic pressure"} in pressure["dangers"]
    assert {"value": 16.7, "name": "Blood glucose"} in glucose["dangers"]


def test_one_visit_written_into_two_records_is_one_point(clinic: cases.Clinic, as_: SignIn) -> None:
    day = date(2026, 11, 20)
    for kind, more in (("followup.hypertension", {}), ("followup.diabetes", {"fasting_glucose": 6.1})):
        cases.contact(clinic.lin, clinic.zhao, day, kind=kind, systolic=132, diastolic=78, **more)
    drawn = chart(opened(as_(clinic.zhao), clinic.lin.pk), "pressure")
    assert [point[0] for point in drawn["series"][0]["points"]] == ["2026-09-01", "2026-11-20"]


def test_progress_counts_kept_promises_too(clinic: cases.Clinic, as_: SignIn) -> None:
    evidence.append_event(
        person_id=clinic.lin.pk,
        kind="exam.annual",
        happened_on=date(2026, 6, 2),
        mode="clinic",
        observations={"weight": 61},
        recorded_by=None,
        today=TODAY,
    )
    page = re.sub(r"\s+", " ", opened(as_(clinic.zhao), clinic.lin.pk))
    exam = re.search(r"Yearly examination · ([^<]*)<.{0,60}?1 / 1 ", page)
    assert "Hypertension" in exam.group(1)
    assert "Type 2 diabetes" in exam.group(1)  # one examination serves all programmes and stands once
    assert (
        len(re.findall("Yearly examination · [^<]*Hypertension", page)) == 2
    )  # this year's, and next year's under "later"
    assert "1 / 4" in page


def test_who_is_owed_nothing_is_told_so(clinic: cases.Clinic, as_: SignIn) -> None:
    record_departure(person_id=clinic.he.pk, on=date(2026, 11, 20), died=False, actor=SYSTEM)
    page = opened(as_(clinic.zhao), clinic.he.pk)
    assert "Moved away on" in page
    assert "Nothing is owed any more." in page


def test_a_person_of_no_programme_has_a_page(clinic: cases.Clinic, as_: SignIn) -> None:
    team = clinic.wang.assignments.get().team
    somebody = cases.resident("周小燕", date(1990, 1, 1), team, {})
    page = opened(as_(clinic.zhao), somebody.pk)
    assert "No programme applies to this person today." in page
    assert "followups/new" not in page
    assert "data-chart" not in page


def test_the_page_asks_the_database_little_however_long_the_history(clinic: cases.Clinic, as_: SignIn) -> None:
    client = as_(clinic.zhao)
    opened(client, clinic.he.pk)
    for number in range(60):
        day = date(2024, 6, 1) + timedelta(days=12 * number)
        cases.contact(clinic.he, clinic.zhao, day, systolic=130, diastolic=80)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        opened(client, clinic.he.pk)
    assert len(asked) <= 41, "\n".join(query["sql"][:120] for query in asked)


# ── the timeline ───────────────────────────────────────────────────────────────────────────────────────────────────


def keys(person_id: int, kind: str = "", limit: int = 7) -> list[str]:
    """Every entry's key, walked page by page."""
    found, after = [], None
    with override("en"):
        while True:
            page = queries.timeline(person_id, kind=kind, after=after, limit=limit)
            found += [str(entry.key) for entry in page.entries]
            if not page.after:
                return found
            after = queries.Key.parse(page.after)


def place(key: str) -> tuple[str, int, int]:
    day, rank, pk = key.split(".")
    return day, int(rank), int(pk)


def test_pages_of_the_timeline_join_without_gap_or_double(clinic: cases.Clinic) -> None:
    for number in range(20):  # many on one day, of all three tables
        day = TODAY - timedelta(days=number // 7)
        cases.contact(clinic.he, clinic.zhao, day, systolic=130, diastolic=80)
    evidence.enrol(person_id=clinic.he.pk, kind="diabetes", start_on=TODAY, actor=SYSTEM, recorded_by=None, today=TODAY)
    everything = keys(clinic.he.pk, limit=1000)
    assert len(everything) == len(set(everything)) == 3 + 20 + 2
    assert everything == sorted(
        everything, key=lambda key: (key.split(".")[0], *map(int, key.split(".")[1:])), reverse=True
    )
    for size in (1, 2, 7, 24, 25):
        assert keys(clinic.he.pk, limit=size) == everything


def test_the_timeline_is_filtered_by_kind(clinic: cases.Clinic) -> None:
    assert len(keys(clinic.he.pk, "followup")) == 3
    assert len(keys(clinic.he.pk, "enrolment")) == 1
    assert keys(clinic.he.pk, "exam") == []


def test_what_was_corrected_is_told_as_it_is_now(clinic: cases.Clinic) -> None:
    wrong = cases.contact(clinic.he, clinic.zhao, TODAY, systolic=118, diastolic=70)
    evidence.correct_event(
        event_id=wrong,
        happened_on=TODAY,
        mode="home",
        observations=cases.FLAGS | {"systolic": 181, "diastolic": 95},
        actor=SYSTEM,
        recorded_by=None,
        today=TODAY,
    )
    with override("en"):
        first = queries.timeline(clinic.he.pk).entries[0]
    assert "181/95" in first.detail
    assert len(keys(clinic.he.pk, "followup")) == 4


def test_more_comes_as_a_fragment_and_without_script_as_a_page(clinic: cases.Clinic, as_: SignIn) -> None:
    client = as_(clinic.zhao)
    for number in range(20):
        cases.contact(clinic.he, clinic.zhao, TODAY - timedelta(days=number + 1), systolic=130, diastolic=80)
    page = opened(client, clinic.he.pk)
    more = re.search(r'hx-get="([^"]*after=[^"]*)"', page).group(1).replace("&amp;", "&")
    fragment = client.get(more, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert "2026" in fragment
    assert client.get(more).status_code == 302
    assert as_(clinic.sun).get(more, headers={"HX-Request": "true"}).status_code == 404


@pytest.mark.parametrize(
    "after", ["nonsense", "2026-13-01.3.1", "2026-01-01.3.99999999999999999999", "..", "2026-01-01.3"]
)
def test_a_broken_key_breaks_nothing(clinic: cases.Clinic, as_: SignIn, after: str) -> None:
    answer = as_(clinic.zhao).get(reverse("person", args=[clinic.he.pk]), {"after": after, "kind": "nonsense"})
    assert answer.status_code == 200


def test_an_ended_programme_is_told_with_its_reason(clinic: cases.Clinic) -> None:
    running = Enrolment.objects.get(person=clinic.he.pk)
    evidence.end_enrolment(
        enrolment_id=running.pk, end_on=date(2026, 11, 1), end_reason="lost", actor=SYSTEM, recorded_by=None
    )
    with override("en"):
        (entry,) = queries.timeline(clinic.he.pk, kind="enrolment").entries
    assert entry.detail == "until 2026-11-01 lost from sight"
