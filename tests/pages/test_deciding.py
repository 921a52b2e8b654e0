"""A clinician's word on what is suggested, what is done at once, and what waits for a doctor."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from tests.pages import clinic as cases
from tests.pages.test_followup_pages import SignIn, filled, form_url

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.evidence.actions import withdraw_event
from jinxiu.evidence.models import Decision, Event, Observation, UrgentAnswer
from jinxiu.people.models import Staff, User
from jinxiu.worklists.actions import refresh_person
from jinxiu.worklists.models import DueItem


@pytest.fixture
def clinic(db: None, monkeypatch: pytest.MonkeyPatch) -> cases.Clinic:
    monkeypatch.setenv("JINXIU_TODAY", cases.TODAY.isoformat())
    return cases.build()


@pytest.fixture
def as_(client: Client) -> SignIn:
    def sign_in(who: Staff) -> Client:
        client.force_login(User.objects.get(pk=who.user_id), "allauth.account.auth_backends.AuthenticationBackend")
        client.cookies["jinxiu_language"] = "en"
        return client

    return sign_in


def latest(person_id: int) -> Event:
    return Event.objects.filter(person=person_id).latest("pk")


def decide(client: Client, person_id: int, **sent: str) -> HttpResponse:
    url = reverse("followup-decide", args=[person_id, latest(person_id).pk])
    return client.post(
        url, {"classification": "controlled", "because": "home_readings", "seen": "0"} | sent, follow=True
    )


def due(person_id: int) -> DueItem:
    return DueItem.objects.get(person=person_id, clause="followup", closed_at__isnull=True)


def record(client: Client, person_id: int, **typed: str) -> str:
    """Record a follow-up, doubts confirmed, and return the page that it leads to."""
    sent = filled(client.get(form_url(person_id)), **typed)
    answer = client.post(form_url(person_id), sent)
    if answer.status_code == 200:
        sent["confirmed"] = [doubt.key for doubt in answer.context["doubts"]]
        answer = client.post(form_url(person_id), sent)
    assert answer.status_code == 302
    return answer.headers["Location"]


def test_a_doctor_decides_otherwise_and_what_is_due_follows(clinic: cases.Clinic, as_: SignIn) -> None:
    client, he = as_(clinic.wang), clinic.he.pk
    assert (due(he).action, due(he).due_on) == ("refer", date(2026, 11, 26))
    page = client.get(reverse("followup-decide", args=[he, latest(he).pk])).content.decode()
    assert "Not controlled twice in a row" in page
    assert "Controlled, next contact by 10 February 2027" in page
    said = decide(client, he, next_on="2026-12-12", words="138/84 at home").content.decode()
    assert "decided by Wang Jianguo" in said
    assert "(suggested: Not controlled): readings at home or over 24 hours say otherwise · 138/84 at home" in said
    assert "The rule</p>" not in said
    item = due(he)
    assert (item.classification, item.action, item.due_on) == ("controlled", "contact", date(2026, 12, 12))
    word = Observation.objects.get(code="confirmed_class")
    assert (word.text, word.value, word.recorded_by) == ("controlled", 30, clinic.wang)
    kept = Decision.objects.get(observation=word)
    assert (kept.suggested, kept.version, kept.because) == ("uncontrolled", "2017.1", "home_readings")
    assert kept.facts_used[1] == f"e{latest(he).pk:012d}"
    assert AuditEntry.objects.filter(action="followup.decided", person_id=he).count() == 1


def test_a_later_word_supersedes_an_earlier_one_in_sight(clinic: cases.Clinic, as_: SignIn) -> None:
    client, he = as_(clinic.wang), clinic.he.pk
    decide(client, he)
    first = Observation.objects.get(code="confirmed_class").pk
    assert (
        "decided otherwise since you opened this page" in decide(client, he, classification="danger").content.decode()
    )
    said = decide(
        client, he, classification="danger", seen=str(first), because="other", words="see the ECG"
    ).content.decode()
    assert "superseded" in said
    assert due(he).classification == "danger"
    again = client.post(
        reverse("followup-confirm", args=[he, latest(he).pk]), {"classification": "uncontrolled"}, follow=True
    )
    assert "Confirmed." in again.content.decode()
    assert (due(he).action, due(he).reason_code) == ("refer", "uncontrolled_twice")
    assert Decision.objects.filter(person=he).count() == 3


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"because": ""}, "Choose why the class is another one"),
        ({"because": "other"}, "Say in a sentence"),
        ({"classification": "cured"}, "Choose one of the classes."),
        ({"next_on": "2027-02-11"}, "not later than the class allows"),
        ({"next_on": "2026-11-24"}, "Choose a day after today"),
    ],
)
def test_what_is_missing_is_said(clinic: cases.Clinic, as_: SignIn, sent: dict[str, str], sentence: str) -> None:
    assert sentence in decide(as_(clinic.wang), clinic.he.pk, **sent).content.decode()
    assert not Decision.objects.exists()


@pytest.mark.parametrize(("name", "status"), [("zhao", 403), ("sun", 404), ("guo", 404)])
def test_only_a_doctor_of_the_team_decides(clinic: cases.Clinic, as_: SignIn, name: str, status: int) -> None:
    assert decide(as_(getattr(clinic, name)), clinic.he.pk).status_code == status
    assert not Decision.objects.exists()


def test_an_urgent_value_is_answered_and_a_doctor_looks(clinic: cases.Clinic, as_: SignIn) -> None:
    nurse, lin = as_(clinic.zhao), clinic.lin.pk
    page = nurse.get(record(nurse, lin, systolic="186", diastolic="112")).content.decode()
    for words in ("Act now", "rest for 5 to 15 minutes", "call 120 now", "9 December</time></b>"):
        assert words in page
    assert "No longer due: " in page
    assert "Now due: Next contact · Hypertension" in page
    event = latest(lin)
    acted = reverse("followup-acted", args=[lin, event.pk])
    assert "Tick what was done" in nurse.post(acted, {}, follow=True).content.decode()
    page = nurse.post(
        acted, {"done": ["measure_again", "made_up"], "words": "184/110 again"}, follow=True
    ).content.decode()
    assert "Noted by Zhao" in page
    assert "184/110 again" in page
    assert UrgentAnswer.objects.get().done == ["measure_again"]
    assert "no doctor has looked" not in nurse.get(reverse("home")).content.decode()
    doctor = as_(clinic.wang)
    home = doctor.get(reverse("home")).content.decode()
    assert "Urgent, and no doctor has looked yet" in home
    assert "1 record waits for your confirmation" in home
    assert clinic.lin.name in doctor.get(reverse("to-confirm")).content.decode()
    # A danger is not decided away without words, and then the next contact stays near.
    assert "Say in a sentence" in decide(doctor, lin, because="measured_again").content.decode()
    said = decide(doctor, lin, because="measured_again", words="138/84 after a rest").content.decode()
    assert "The rule sees a danger here" in said
    assert due_of(lin, "hypertension").due_on == date(2026, 12, 9)
    assert "no doctor has looked" not in doctor.get(reverse("home")).content.decode()


def due_of(person_id: int, standard: str) -> DueItem:
    return DueItem.objects.get(person=person_id, standard=standard, clause="followup", closed_at__isnull=True)


def test_what_to_do_is_said_before_anything_is_saved(clinic: cases.Clinic, as_: SignIn) -> None:
    client, he = as_(clinic.zhao), clinic.he.pk
    sent = filled(client.get(form_url(he)), systolic="186", diastolic="112")
    page = client.post(form_url(he), sent).content.decode()
    for words in ("Stop: is this an emergency?", "rest for 5 to 15 minutes", "call 120 now"):
        assert words in page
    assert not UrgentAnswer.objects.exists()


def test_what_waits_is_seen_by_doctors_of_the_team_alone(clinic: cases.Clinic, as_: SignIn) -> None:
    nurse = as_(clinic.zhao)
    record(nurse, clinic.he.pk, systolic="138", diastolic="84")
    assert nurse.get(reverse("to-confirm")).status_code == 403
    assert clinic.he.name not in as_(clinic.sun).get(reverse("to-confirm")).content.decode()
    assert clinic.he.name in as_(clinic.wang).get(reverse("to-confirm")).content.decode()


def test_decisions_only_grow(clinic: cases.Clinic, as_: SignIn) -> None:
    decide(as_(clinic.wang), clinic.he.pk)
    for statement in ("UPDATE evidence_decision SET words = 'x'", "DELETE FROM evidence_decision"):
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


# --- corrections ------------------------------------------------------------------------------------------------------


def page_of(kind: str, event: Event) -> str:
    return reverse(f"followup-{kind}", args=[event.person_id, event.pk])


def test_a_correction_is_a_new_version_and_the_old_one_stays_readable(clinic: cases.Clinic, as_: SignIn) -> None:
    nurse, he = as_(clinic.zhao), clinic.he.pk
    record(nurse, he, systolic="168", diastolic="92", note="by the window")
    old = latest(he)
    decide(as_(clinic.wang), he)
    assert due(he).classification == "controlled"
    nurse = as_(clinic.zhao)
    form = nurse.get(page_of("correct", old)).content.decode()
    for typed in ('value="168"', "by the window"):
        assert typed in form
    sent = {
        "happened_on": "2026-11-25",
        "mode": "clinic",
        "systolic": "138",
        "diastolic": "90",
        "note": "by the window",
    }
    assert "Say why" in nurse.post(page_of("correct", old), sent).content.decode()
    sent |= {"reason": "typed 168 for 138"}
    assert (
        "must be lower than the systolic"
        in nurse.post(page_of("correct", old), sent | {"diastolic": "150"}).content.decode()
    )
    said = nurse.post(page_of("correct", old), sent, follow=True).content.decode()
    new = latest(he)
    assert (new.supersedes_id, new.reason, new.recorded_by) == (old.pk, "typed 168 for 138", clinic.zhao)
    assert "Earlier versions" in said
    # The decision was about the version before: the suggestion is open again, and what is due follows at once.
    assert due(he).reason_code == "uncontrolled_twice"
    assert "Suggested: <b>Not controlled</b>" in said
    history = nurse.get(page_of("versions", old)).content.decode()
    for words in ("168/92 mmHg", "138/90 mmHg", "typed 168 for 138", "Decided on this version: Controlled"):
        assert words in history
    assert nurse.get(reverse("followup", args=[he, old.pk])).headers["Location"] == page_of("versions", old)
    # Two at once: whoever comes second is told, and nothing is lost.
    assert nurse.post(page_of("correct", old), sent).headers["Location"] == page_of("versions", old)
    assert Event.objects.filter(supersedes=old).count() == 1


def test_a_decision_stands_and_is_asked_about_when_other_facts_change(clinic: cases.Clinic, as_: SignIn) -> None:
    client, he = as_(clinic.wang), clinic.he.pk
    decide(client, he)
    url = reverse("followup", args=[he, latest(he).pk])
    assert "Something was corrected since" not in client.get(url).content.decode()
    earlier = Event.objects.get(person=he, happened_on=date(2026, 8, 20))
    withdraw_event(event_id=earlier.pk, reason="another He", actor=SYSTEM, recorded_by=None)
    refresh_person(person_id=he, today=cases.TODAY, actor=SYSTEM)
    page = client.get(url).content.decode()
    assert "Something was corrected since" in page
    assert due(he).classification == "controlled"
    again = {"classification": "controlled", "because": "home_readings"}
    again |= {"seen": str(Observation.objects.get(code="confirmed_class").pk)}
    assert "Something was corrected since" not in client.post(f"{url}decide/", again, follow=True).content.decode()
    assert Decision.objects.filter(person=he).count() == 2


def test_a_withdrawn_record_decides_nothing_any_more(clinic: cases.Clinic, as_: SignIn) -> None:
    nurse, he = as_(clinic.zhao), clinic.he.pk
    before = due(he).due_on
    record(nurse, he, systolic="136", diastolic="84")
    event = latest(he)
    assert due(he).classification == "controlled"
    assert "Say why" in nurse.post(page_of("withdraw", event), {}).content.decode()
    said = nurse.post(page_of("withdraw", event), {"reason": "another He"}, follow=True).content.decode()
    assert "no rule looks at it" in said
    assert due(he).due_on == before
    assert "another He" in nurse.get(page_of("versions", event)).content.decode()
    assert nurse.post(page_of("withdraw", event), {"reason": "again"}).headers["Location"] == page_of("versions", event)


def test_what_came_from_elsewhere_is_not_corrected_here(clinic: cases.Clinic, as_: SignIn) -> None:
    event = latest(clinic.he.pk)
    for kind in ("correct", "withdraw"):
        said = as_(clinic.wang).get(page_of(kind, event), follow=True).content.decode()
        assert "came from elsewhere" in said
