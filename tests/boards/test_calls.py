"""The call list: the people of a filtered board one after another, and what became of each call."""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from jinxiu.audit.models import AuditEntry
from jinxiu.evidence.models import Event
from jinxiu.familydoctor.boards import rules
from jinxiu.familydoctor.boards.forms import call_form
from jinxiu.familydoctor.boards.rules import Call
from jinxiu.people.models import Person
from tests.boards.test_boards import text_of
from tests.exports.test_exports import as_
from tests.town import TODAY, Town, enrol

CALLS = "/groups/hypertension/calls/"


def who(client: Client, address: str = CALLS) -> str:
    found = re.findall(r'<a class="name"[^>]*>([^<]+)</a>', client.get(address).content.decode())
    return found[0] if found else ""


def called(client: Client, person: Person, **said: str) -> str:
    """Where a call leads to; the page with what is wrong, else."""
    answer = client.post(f"{CALLS}{person.pk}/", {"token": str(uuid4()), **said})
    return answer.headers["Location"] if answer.status_code == 302 else answer.content.decode()


@pytest.mark.parametrize(
    ("call", "is_done"),
    [
        (Call(TODAY, "no_answer", None, ""), True),
        (Call(TODAY - timedelta(days=1), "no_answer", None, ""), False),
        (Call(TODAY - timedelta(days=1), "again", TODAY + timedelta(days=1), ""), True),
        (Call(TODAY - timedelta(days=1), "again", TODAY, ""), False),
        (Call(TODAY - timedelta(days=rules.REFUSED_DAYS - 1), "refused", None, ""), True),
        (Call(TODAY - timedelta(days=rules.REFUSED_DAYS), "refused", None, ""), False),
    ],
)
def test_who_is_left_in_peace_today(call: Call, is_done: bool) -> None:
    assert call.is_done(TODAY) is is_done


def test_one_after_the_other_until_nobody_is_left(town: Town) -> None:
    zhao = as_(town.zhao, "en")
    assert who(zhao) == "吴建军"
    assert "3 of 3 left" in text_of(zhao, CALLS)
    assert called(zhao, town.wu, outcome="no_answer").startswith(CALLS)
    assert "吴建军: No answer. It stands in the record." in text_of(zhao, CALLS)
    assert who(zhao) == "李秀兰", "who was called today is not called again"
    assert who(zhao, f"{CALLS}?after={town.li.pk}") == "陈志强", "skipped"
    assert "2 people were skipped" in text_of(zhao, f"{CALLS}?after={town.chen.pk}")
    called(zhao, town.li, outcome="again", again_on="2026-11-30", note="下周在家")
    called(zhao, town.chen, outcome="refused")
    assert "Nobody is left to call today" in text_of(zhao, CALLS)


def test_a_call_stands_in_the_record_with_who_and_what(town: Town) -> None:
    called(as_(town.zhao), town.li, outcome="again", again_on="2026-11-30", note="下周在家")
    call = Event.objects.get(kind=rules.CALL)
    assert (call.person_id, call.mode, call.happened_on, call.recorded_by_id) == (
        town.li.pk,
        "phone",
        TODAY,
        town.zhao.pk,
    )
    assert {**call.answers, "happened_on": None, "mode": None} == {
        "happened_on": None,
        "mode": None,
        "outcome": "again",
        "again_on": "2026-11-30",
        "note": "下周在家",
    }
    assert "约定再打" in text_of(as_(town.wang), f"/people/{town.li.pk}/followups/{call.pk}/")
    assert AuditEntry.objects.filter(action="event.recorded", person_id=town.li.pk).exists()


def test_the_next_caller_reads_what_became_of_the_last_call(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    called(as_(town.zhao), town.li, outcome="no_answer")
    monkeypatch.setenv("JINXIU_TODAY", (TODAY + timedelta(days=1)).isoformat())
    text = text_of(as_(town.wang, "en"), f"{CALLS}?name=李")
    assert "Last called yesterday by Zhao Min: No answer" in text
    assert "132/82" in text


def test_the_same_call_sent_twice_is_one(town: Town) -> None:
    client, token = as_(town.zhao), str(uuid4())
    for _ in range(2):
        called(client, town.li, outcome="reached", token=token)
    assert Event.objects.filter(kind=rules.CALL).count() == 1


def test_save_and_record_leads_to_the_form_of_what_is_missing(town: Town) -> None:
    place = called(as_(town.zhao), town.li, outcome="reached", record="1")
    assert place == f"/people/{town.li.pk}/followups/new/?form=hypertension"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "This field is required"),
        ({"outcome": "nonsense"}, "Select a valid choice"),
        ({"outcome": "again"}, "Choose the day to call again"),
        ({"outcome": "again", "again_on": TODAY.isoformat()}, "Choose the day to call again"),
        ({"outcome": "again", "again_on": date(2030, 1, 1).isoformat()}, "Choose the day to call again"),
        ({"outcome": "reached", "again_on": "2026-12-01"}, "goes with “Call again”"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_recorded(town: Town, said: dict[str, str], words: str) -> None:
    page = called(as_(town.zhao, "en"), town.li, **said)
    assert words in page
    assert "李秀兰" in page
    assert not Event.objects.filter(kind=rules.CALL).exists()


def test_who_may_call_and_whom(town: Town) -> None:
    enrol(town.zheng, "mental", date(2026, 2, 1))
    assert as_(town.guo).get(CALLS).status_code == 403, "a manager records no care"
    assert as_(town.sun).post(f"{CALLS}{town.li.pk}/", {"outcome": "reached"}).status_code == 404
    assert as_(town.wang).get("/groups/mental/calls/").status_code == 404, "what is under shelter has no call list"
    assert "Call these people" not in text_of(as_(town.wang, "en"), "/groups/mental/?status=all")
    assert CALLS in as_(town.wang).get("/groups/hypertension/").content.decode()
    assert CALLS not in as_(town.guo).get("/groups/hypertension/").content.decode()
    assert not Event.objects.filter(kind=rules.CALL).exists()


def test_a_call_list_asks_a_bounded_number_of_queries(town: Town, django_assert_max_num_queries: object) -> None:
    client = as_(town.zhao)
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        assert client.get(CALLS).status_code == 200


def test_the_form_of_calls_is_for_everybody() -> None:
    assert call_form().is_for({"sex": "U"})
