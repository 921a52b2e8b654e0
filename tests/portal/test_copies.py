"""A copy of the own data: for who has just signed in, without what is sheltered, three a day, told and written down."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.evidence.sheltered import Sheltered
from jinxiu.messaging.models import Message
from jinxiu.oversight.outside import outside
from jinxiu.people import clock
from jinxiu.people.families.actions import relate
from jinxiu.people.models import Person
from jinxiu.portal.copies import queries, rules
from jinxiu.portal.models import ResidentSession
from tests.messaging.queue import carry_out
from tests.portal.residents import home_of, last_code, numbers, sign_in
from tests.portal.test_record import let_help
from tests.town import TODAY, Town, contact, enrol, town

__all__ = ["town"]


@pytest.fixture(autouse=True)
def _inbox(settings) -> None:
    settings.JINXIU_INBOX = True


def copy_of(person: Person) -> str:
    return reverse("my-copy", args=[person.pk])


def grow_old() -> None:
    for session in ResidentSession.objects.all():
        session.started_at -= rules.FRESH
        session.save()


def test_what_corrects_something_sheltered_is_sheltered_and_what_was_withdrawn_is_nowhere() -> None:
    def row(pk: int, kind: str, before: int | None = None) -> dict[str, object]:
        return {"id": pk, "kind": kind, "supersedes_id": before}

    hidden = Sheltered(frozenset({"tb"}), frozenset({"followup.tb"}), frozenset({"insight"}))
    tables = {
        "event": [
            row(3, "withdrawn", 2),
            row(2, "followup.tb", 1),
            row(1, "followup.tb"),
            row(4, "exam.annual"),
            row(5, "exam.annual"),
            row(6, "withdrawn", 5),
            row(7, "exam.annual"),
            row(8, "exam.annual", 7),
        ],
        "enrolment": [row(1, "tb"), row(2, "diabetes")],
        "observation": [
            {"id": 1, "code": "weight", "event_id": 3, "supersedes_id": None},
            {"id": 2, "code": "insight", "event_id": None, "supersedes_id": None},
            {"id": 3, "code": "weight", "event_id": 4, "supersedes_id": None},
            {"id": 4, "code": "weight", "event_id": 5, "supersedes_id": None},
            {"id": 5, "code": "weight", "event_id": 8, "supersedes_id": None},
            {"id": 6, "code": "weight", "event_id": 8, "supersedes_id": 5},
        ],
        "person": [{"id": 7}],
        "dueitem": [{"id": 1, "standard": "tb"}],
    }
    kept = outside(tables, hidden)
    ids = {name: [one["id"] for one in kept[name]] for name in ("event", "enrolment", "observation", "person")}
    assert ids == {"event": [4, 8], "enrolment": [2], "observation": [3, 6], "person": [7]}
    assert "dueitem" not in kept, "a table that nobody has looked at"


def test_a_copy_for_oneself_just_after_signing_in(town: Town) -> None:
    enrol(town.chen, "mental", date(2025, 3, 3))
    contact(town.chen, town.wang, date(2026, 11, 23), kind="followup.mental", risk_grade=3, weight=61)
    client = sign_in("chen")
    assert copy_of(town.chen) in client.get(home_of(town.chen)).content.decode()
    answer = client.post(copy_of(town.chen), {"what": "archive"})
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Disposition"].startswith("attachment")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.namelist() == ["fhir-bundle.json", "record.pdf"]
    text = archive.read("fhir-bundle.json").decode()
    assert json.loads(text)["entry"][0]["resource"]["name"] == [{"text": "陈志强"}]
    assert '"value": 184' in text
    assert "mental" not in text
    assert "risk_grade" not in text
    paper = client.post(copy_of(town.chen), {"what": "paper"})
    assert paper.content.startswith(b"%PDF")
    assert client.post(copy_of(town.chen), {"what": "everything"}).status_code == 200, "nothing is taken"
    client.post(copy_of(town.chen), {"what": "paper"})
    fourth = client.post(copy_of(town.chen), {"what": "paper"}, follow=True).content.decode()
    assert "Three copies were taken today" in fourth
    lines = AuditEntry.objects.filter(action="resident.copied", person_id=town.chen.pk)
    assert [one.detail["what"] for one in lines.order_by("pk")] == ["archive", "paper", "paper"]
    assert Message.objects.filter(person=town.chen, text="portal.copy_taken").count() == 1
    tomorrow = clock.true_now() + timedelta(hours=25)
    assert queries.taken_within_a_day(town.chen.pk, "resident.copied", tomorrow) == 0


def test_a_phone_that_lies_about_gives_nothing_away(town: Town) -> None:
    client = sign_in("chen")
    grow_old()
    page = client.get(copy_of(town.chen)).content.decode()
    assert "Sign in once more" in page
    assert "Take the PDF" not in page
    refused = client.post(copy_of(town.chen), {"what": "paper"})
    again = f"{reverse('my-sign-in')}?again=1&next=%2Fmy%2F{town.chen.pk}%2Fcopy%2F"
    assert refused.headers["Location"] == again
    assert not AuditEntry.objects.filter(action="resident.copied").exists()
    form = client.get(again)
    assert form.status_code == 200
    client.post(reverse("my-sign-in"), numbers("chen") | {"next": copy_of(town.chen)})
    carry_out()
    assert client.post(reverse("my-code"), {"code": last_code()}).headers["Location"] == copy_of(town.chen)
    assert "Take the PDF" in client.get(copy_of(town.chen)).content.decode()
    assert ResidentSession.objects.filter(ended_at__isnull=True).count() == 1, "the sign-in before has ended"


def test_who_decides_takes_it_and_nobody_else(town: Town) -> None:
    let_help(town.chen, town.li)
    relate(
        person_id=town.zheng.pk, role="guardian", relation="30", relative_id=town.li.pk, start_on=TODAY,
        words="decided by the court", today=TODAY, actor=SYSTEM, recorded_by=None,
    )  # fmt: skip
    guardian, stranger = sign_in("li"), sign_in("wu")
    assert guardian.post(copy_of(town.zheng), {"what": "paper"}).status_code == 200
    for address in (copy_of(town.chen), copy_of(town.feng), reverse("my-copy", args=[10**9])):
        assert guardian.get(address).status_code == 404
        assert guardian.post(address, {"what": "paper"}).status_code == 404
    assert stranger.post(copy_of(town.zheng), {"what": "paper"}).status_code == 404
    assert Client().post(copy_of(town.chen), {"what": "paper"}).headers["Location"] == reverse("my-sign-in")
    assert AuditEntry.objects.filter(action="resident.copied").count() == 1


def test_more_than_a_phone_takes_is_handed_out_at_the_centre(town: Town, monkeypatch) -> None:
    monkeypatch.setattr("jinxiu.portal.copies.queries.documents_bytes", lambda _person: rules.LARGEST_BYTES + 1)
    client = sign_in("chen")
    said = client.post(copy_of(town.chen), {"what": "archive"}, follow=True).content.decode()
    assert "too large for this page" in said
    assert not AuditEntry.objects.filter(action="resident.copied").exists()
