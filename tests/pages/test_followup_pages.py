"""Recording a follow-up through the page: who may, what is refused, what is asked, and what it becomes."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from tests.pages import clinic as cases

from jinxiu.audit.models import AuditEntry
from jinxiu.evidence.models import Event, Observation
from jinxiu.familydoctor.followups import actions
from jinxiu.people.models import Staff, User
from jinxiu.ui.templatetags.jinxiu import day_text
from jinxiu.worklists.models import DueItem

TODAY = cases.TODAY
SignIn = Callable[[Staff], Client]


@pytest.fixture
def clinic(db: None, monkeypatch: pytest.MonkeyPatch) -> cases.Clinic:
    monkeypatch.setenv("JINXIU_TODAY", TODAY.isoformat())
    return cases.build()


@pytest.fixture
def as_(client: Client) -> SignIn:
    def sign_in(who: Staff) -> Client:
        client.force_login(User.objects.get(pk=who.user_id), "allauth.account.auth_backends.AuthenticationBackend")
        client.cookies["jinxiu_language"] = "en"
        return client

    return sign_in


def form_url(person_id: int, query: str = "?form=hypertension") -> str:
    return reverse("followup-new", args=[person_id]) + query


def filled(page: HttpResponse, **typed: str) -> dict[str, str]:
    """What the browser would send: the hidden fields of a page that was opened, and what was typed."""
    hidden = dict(re.findall(r'type="hidden" name="(token|seen)" value="([^"]*)"', page.content.decode()))
    return hidden | {"happened_on": TODAY.isoformat(), "mode": "clinic"} | typed


def save(client: Client, person_id: int, query: str = "?form=hypertension", **typed: str) -> HttpResponse:
    """Open the form, fill it in and send it."""
    page = client.get(form_url(person_id, query))
    return client.post(form_url(person_id, query), filled(page, **typed))


def open_followup(person_id: int, standard: str = "hypertension") -> DueItem:
    return DueItem.objects.get(person=person_id, standard=standard, clause="followup", closed_at__isnull=True)


def spoken(day: date) -> str:
    with override("en"):
        return day_text(day)


def events_of(person_id: int, kind: str = "followup.hypertension") -> int:
    return Event.objects.filter(person=person_id, kind=kind).count()


# ── who ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("name", "status"), [("wang", 200), ("zhao", 200), ("sun", 404), ("guo", 404)])
def test_the_form_opens_for_the_team_and_is_not_found_for_others(
    clinic: cases.Clinic, as_: SignIn, name: str, status: int
) -> None:
    assert as_(getattr(clinic, name)).get(form_url(clinic.he.pk)).status_code == status


def test_a_stranger_records_nothing_and_leaves_a_line(clinic: cases.Clinic, as_: SignIn) -> None:
    before = events_of(clinic.he.pk)
    typed = {"happened_on": TODAY.isoformat(), "mode": "clinic", "systolic": "120", "diastolic": "80"}
    assert as_(clinic.sun).post(form_url(clinic.he.pk), typed).status_code == 404
    assert events_of(clinic.he.pk) == before
    assert AuditEntry.objects.filter(action="person.refused", person_id=clinic.he.pk).exists()


def test_nobody_signed_in_is_sent_to_sign_in(clinic: cases.Clinic, client: Client) -> None:
    answer = client.get(form_url(clinic.he.pk))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/account/login/")


# ── what it becomes ────────────────────────────────────────────────────────────────────────────────────────────────


def test_saving_changes_the_due_item_in_the_same_transaction(clinic: cases.Clinic, as_: SignIn) -> None:
    assert open_followup(clinic.he.pk).reason_code == "uncontrolled_twice"
    answer = save(as_(clinic.zhao), clinic.he.pk, systolic="138", diastolic="84", note="takes the tablets")
    event = Event.objects.latest("pk")
    assert answer.headers["Location"] == reverse("followup", args=[clinic.he.pk, event.pk])
    assert (event.kind, event.mode, event.recorded_by, event.form_id) == (
        "followup.hypertension",
        "clinic",
        clinic.zhao,
        "hypertension",
    )
    assert event.answers["note"] == "takes the tablets"
    measured = dict(Observation.objects.filter(event=event).values_list("code", "value"))
    assert measured == cases.FLAGS | {"systolic": 138, "diastolic": 84}
    item = open_followup(clinic.he.pk)
    assert (item.reason_code, item.due_on) == ("controlled", TODAY + timedelta(days=90))
    assert AuditEntry.objects.filter(action="event.recorded", person_id=clinic.he.pk, actor_name="赵敏").count() == 1


def test_the_page_says_what_comes_next_and_why(clinic: cases.Clinic, as_: SignIn) -> None:
    client = as_(clinic.zhao)
    page = client.get(save(client, clinic.he.pk, systolic="148", diastolic="92").headers["Location"])
    said = page.content.decode()
    assert "148/92 mmHg" in said
    assert "9 December" in said
    assert "rule version 2017.1" in said
    assert "Suggested: <b>Not controlled</b>. A clinician decides." in said
    assert "Waits for a doctor" in said  # a nurse saved it


def test_when_the_worklist_fails_nothing_is_saved(
    clinic: cases.Clinic, as_: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("the worklist is out of order")

    monkeypatch.setattr(actions, "refresh_person", fail)
    before = events_of(clinic.he.pk), open_followup(clinic.he.pk).reason_code, Observation.objects.count()
    client = as_(clinic.zhao)
    with pytest.raises(RuntimeError):
        save(client, clinic.he.pk, systolic="138", diastolic="84")
    assert (events_of(clinic.he.pk), open_followup(clinic.he.pk).reason_code, Observation.objects.count()) == before
    assert not AuditEntry.objects.filter(action="event.recorded", person_id=clinic.he.pk).exists()


def test_one_visit_serves_two_programmes(clinic: cases.Clinic, as_: SignIn) -> None:
    client = as_(clinic.wang)
    page = client.get(form_url(clinic.lin.pk, "?form=diabetes")).content.decode()
    assert page.count('name="systolic"') == 1
    answer = save(client, clinic.lin.pk, "?form=diabetes", systolic="136", diastolic="82", fasting_glucose="7.2")
    assert (events_of(clinic.lin.pk), events_of(clinic.lin.pk, "followup.diabetes")) == (2, 2)
    assert open_followup(clinic.lin.pk, "hypertension").reason_code == "controlled"
    assert open_followup(clinic.lin.pk, "diabetes").reason_code == "uncontrolled_first"
    said = client.get(answer.headers["Location"]).content.decode()
    assert "Hypertension contact" in said
    assert "Diabetes contact" in said


def test_a_combined_visit_without_glucose_says_what_it_left_out(clinic: cases.Clinic, as_: SignIn) -> None:
    client = as_(clinic.wang)
    before = open_followup(clinic.lin.pk, "diabetes").due_on
    answer = save(client, clinic.lin.pk, systolic="136", diastolic="82")
    assert events_of(clinic.lin.pk, "followup.diabetes") == 1
    assert open_followup(clinic.lin.pk, "diabetes").due_on == before
    assert "Not recorded: Type 2 diabetes follow-up" in client.get(answer.headers["Location"]).content.decode()


def test_only_one_programme_when_asked_for(clinic: cases.Clinic, as_: SignIn) -> None:
    page = as_(clinic.wang).get(form_url(clinic.lin.pk, "?form=hypertension&only=1")).content.decode()
    assert 'name="systolic"' in page
    assert 'name="fasting_glucose"' not in page


def test_a_record_of_the_past_leaves_the_latest_contact_in_charge(clinic: cases.Clinic, as_: SignIn) -> None:
    client = as_(clinic.zhao)
    answer = save(client, clinic.he.pk, happened_on="2026-10-20", systolic="130", diastolic="80")
    said = client.get(answer.headers["Location"]).content.decode()
    assert "does not change when the next contact is due" in said
    assert open_followup(clinic.he.pk).reason_code == "uncontrolled_first"  # the one before is now on target


# ── what is refused ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"systolic": "", "diastolic": ""}, "Nothing was measured and nothing is ticked."),
        ({"systolic": "500"}, "Systolic pressure: 500 mmHg is not possible. Allowed are 40 to 300 mmHg"),
        ({"diastolic": "10"}, "Diastolic pressure: 10 mmHg is not possible. Allowed are 20 to 200 mmHg"),
        ({"systolic": "120.5"}, "Systolic pressure: 120.5 has decimals. Give it in whole mmHg."),
        ({"systolic": "high"}, "Systolic pressure: “high” is not a number."),
        ({"systolic": "80", "diastolic": "120"}, "Diastolic pressure 120 must be lower than the systolic pressure 80."),
        ({"diastolic": ""}, "Diastolic pressure is missing: Systolic pressure is given"),
        ({"happened_on": "2026-11-26"}, "Date: 2026-11-26 has not come yet."),
        ({"happened_on": "2024-05-05"}, "Date: 2024-05-05 is before the enrolment of "),
        ({"happened_on": "1950-01-01"}, "Date: 1950-01-01 is before the birth date "),
        ({"happened_on": ""}, "Date is missing. Fill it in."),
        ({"happened_on": "yesterday"}, "Date: “yesterday” is not a day."),
        ({"mode": "fax"}, "How: “fax” is not offered."),
        ({"mode": ""}, "How is missing."),
        ({"danger_sign_text": "headache"}, "the answer to “Danger sign” does not ask for it"),
        ({"note": "x" * 2001}, "Note has 2001 characters. Shorten it to 2000."),
    ],
)
def test_each_wrong_input_is_refused_in_one_sentence(
    clinic: cases.Clinic, as_: SignIn, typed: dict[str, str], sentence: str
) -> None:
    before = events_of(clinic.he.pk)
    answer = save(as_(clinic.zhao), clinic.he.pk, **({"systolic": "138", "diastolic": "84"} | typed))
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert events_of(clinic.he.pk) == before


def test_what_was_typed_is_still_there(clinic: cases.Clinic, as_: SignIn) -> None:
    answer = save(as_(clinic.zhao), clinic.he.pk, systolic="500", diastolic="84", note="<b>hello</b>", mode="home")
    page = answer.content.decode()
    assert 'value="500"' in page
    assert "&lt;b&gt;hello&lt;/b&gt;" in page
    assert re.search(r'value="home" checked', page)


def test_milligrams_are_offered_in_our_unit_and_never_taken_in_silence(clinic: cases.Clinic, as_: SignIn) -> None:
    client = as_(clinic.wang)
    answer = save(client, clinic.lin.pk, fasting_glucose="126")
    page = answer.content.decode()
    assert "126 mg/dL = 7.0 mmol/L" in page
    assert 'name="convert" value="fasting_glucose=7.0"' in page
    sent = filled(answer, fasting_glucose="126", convert="fasting_glucose=7.0")
    shown = client.post(form_url(clinic.lin.pk), sent).content.decode()
    assert 'name="fasting_glucose" value="7.0"' in shown
    assert events_of(clinic.lin.pk, "followup.diabetes") == 1


def test_nobody_records_for_the_dead(clinic: cases.Clinic, as_: SignIn) -> None:
    from jinxiu.audit.origin import SYSTEM
    from jinxiu.people.actions import record_departure

    record_departure(person_id=clinic.he.pk, on=date(2026, 11, 20), died=True, actor=SYSTEM)
    answer = save(as_(clinic.zhao), clinic.he.pk, systolic="138", diastolic="84")
    assert f"the person died on {spoken(date(2026, 11, 20))}" in answer.content.decode()


def test_who_is_in_no_programme_gets_a_sentence(clinic: cases.Clinic, as_: SignIn) -> None:
    client = as_(clinic.wang)
    answer = client.get(form_url(clinic.he.pk, "?form=diabetes"))
    assert answer.headers["Location"] == reverse("person", args=[clinic.he.pk])
    assert "no running programme" in str(next(iter(get_messages(answer.wsgi_request))))
    assert client.get(form_url(clinic.he.pk, "?form=nonsense")).status_code == 404


# ── what is asked ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_danger_value_is_measured_again_before_the_alarm(clinic: cases.Clinic, as_: SignIn) -> None:
    client = as_(clinic.zhao)
    asked = save(client, clinic.he.pk, systolic="180", diastolic="100")
    page = asked.content.decode()
    assert asked.status_code == 200
    assert "Stop: is this an emergency?" in page
    assert "measured again after a rest of five minutes" in page
    (key,) = re.findall(r'name="confirmed" value="([^"]*)"', page)
    answer = client.post(form_url(clinic.he.pk), filled(asked, systolic="180", diastolic="100", confirmed=key))
    said = client.get(answer.headers["Location"]).content.decode()
    assert "Act now" in said
    assert "tel:120" in said
    item = open_followup(clinic.he.pk)
    assert (item.classification, item.action, item.urgency) == ("danger", "refer", 3)


def test_a_danger_sign_is_saved_at_once(clinic: cases.Clinic, as_: SignIn) -> None:
    client = as_(clinic.zhao)
    typed = {"systolic": "150", "diastolic": "90", "danger_sign": "1", "danger_sign_text": "severe headache"}
    answer = save(client, clinic.he.pk, **typed)
    assert "Act now" in client.get(answer.headers["Location"]).content.decode()
    assert Event.objects.latest("pk").answers["danger_sign_text"] == "severe headache"


def test_an_unusual_value_is_confirmed_for_itself_only(clinic: cases.Clinic, as_: SignIn) -> None:
    client = as_(clinic.zhao)
    asked = save(client, clinic.he.pk, systolic="75", diastolic="50")
    assert "Systolic pressure 75 mmHg is unusually low (below 80). It is right." in asked.content.decode()
    other = client.post(form_url(clinic.he.pk), filled(asked, systolic="74", diastolic="50", confirmed="systolic=75"))
    assert other.status_code == 200
    same = client.post(form_url(clinic.he.pk), filled(asked, systolic="75", diastolic="50", confirmed="systolic=75"))
    assert same.status_code == 302


def test_a_call_without_a_measurement_is_kept_when_confirmed(clinic: cases.Clinic, as_: SignIn) -> None:
    client = as_(clinic.zhao)
    before = open_followup(clinic.he.pk).due_on
    asked = save(client, clinic.he.pk, mode="phone", note="will come on Friday")
    assert asked.status_code == 200
    answer = client.post(form_url(clinic.he.pk), filled(asked, mode="phone", confirmed="nothing_measured"))
    said = client.get(answer.headers["Location"]).content.decode()
    assert "does not change when the next contact is due" in said
    assert open_followup(clinic.he.pk).due_on == before


# ── twice, and two at once ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_form_sent_twice_is_recorded_once(clinic: cases.Clinic, as_: SignIn) -> None:
    client = as_(clinic.zhao)
    sent = filled(client.get(form_url(clinic.he.pk)), systolic="138", diastolic="84")
    first, second = client.post(form_url(clinic.he.pk), sent), client.post(form_url(clinic.he.pk), sent)
    assert first.headers["Location"] == second.headers["Location"]
    assert events_of(clinic.he.pk) == 4


def test_the_same_form_with_other_answers_changes_nothing_and_says_so(clinic: cases.Clinic, as_: SignIn) -> None:
    client = as_(clinic.zhao)
    sent = filled(client.get(form_url(clinic.he.pk)), systolic="138", diastolic="84")
    client.post(form_url(clinic.he.pk), sent)
    answer = client.post(form_url(clinic.he.pk), sent | {"systolic": "139"}, follow=True)
    assert "saved before with other answers" in answer.content.decode()
    assert events_of(clinic.he.pk) == 4


def test_a_colleague_who_was_quicker_is_named(clinic: cases.Clinic, as_: SignIn) -> None:
    client = as_(clinic.zhao)
    opened = client.get(form_url(clinic.he.pk))
    quicker = cases.contact(clinic.he, clinic.wang, date(2026, 11, 23), systolic=140, diastolic=85)
    asked = client.post(form_url(clinic.he.pk), filled(opened, systolic="138", diastolic="84"))
    assert asked.status_code == 200
    assert "Wang Jianguo has already recorded a follow-up" in asked.content.decode()
    assert "140/85 mmHg" in asked.content.decode()
    confirmed = filled(asked, systolic="138", diastolic="84", confirmed=f"event={quicker}")
    assert client.post(form_url(clinic.he.pk), confirmed).status_code == 302


def test_a_second_record_of_the_same_day_asks_first(clinic: cases.Clinic, as_: SignIn) -> None:
    client = as_(clinic.zhao)
    save(client, clinic.he.pk, systolic="138", diastolic="84")
    assert save(client, clinic.he.pk, systolic="136", diastolic="82").status_code == 200
    assert events_of(clinic.he.pk) == 4


def test_a_token_of_another_person_is_no_obstacle(clinic: cases.Clinic, as_: SignIn) -> None:
    client = as_(clinic.wang)
    token = str(uuid.uuid4())
    for person_id in (clinic.he.pk, clinic.lin.pk):
        sent = filled(client.get(form_url(person_id)), systolic="130", diastolic="80") | {"token": token}
        assert client.post(form_url(person_id), sent).status_code == 302


# ── a clinician's word ─────────────────────────────────────────────────────────────────────────────────────────────


def confirm(client: Client, person_id: int, classification: str = "uncontrolled") -> HttpResponse:
    event = Event.objects.filter(person=person_id).latest("pk")
    url = reverse("followup-confirm", args=[person_id, event.pk])
    return client.post(url, {"classification": classification}, follow=True)


def test_a_doctor_confirms_by_name(clinic: cases.Clinic, as_: SignIn) -> None:
    client = as_(clinic.wang)
    assert "Confirm as" in client.get(reverse("person", args=[clinic.he.pk])).content.decode()
    said = confirm(client, clinic.he.pk).content.decode()
    assert "<b>Not controlled</b>, confirmed by Wang Jianguo" in said
    word = Observation.objects.get(code="confirmed_class")
    assert (word.text, word.recorded_by) == ("uncontrolled", clinic.wang)
    assert AuditEntry.objects.filter(action="followup.confirmed", person_id=clinic.he.pk).count() == 1


def test_a_second_confirmation_changes_nothing(clinic: cases.Clinic, as_: SignIn) -> None:
    client = as_(clinic.wang)
    confirm(client, clinic.he.pk)
    assert "has confirmed this already" in confirm(client, clinic.he.pk).content.decode()
    assert Observation.objects.filter(code="confirmed_class").count() == 1


def test_a_suggestion_that_has_changed_is_not_confirmed(clinic: cases.Clinic, as_: SignIn) -> None:
    said = confirm(as_(clinic.wang), clinic.he.pk, "controlled").content.decode()
    assert "has changed in the meantime" in said
    assert not Observation.objects.filter(code="confirmed_class").exists()


@pytest.mark.parametrize(("name", "status"), [("zhao", 403), ("sun", 404), ("guo", 404)])
def test_only_a_doctor_of_the_team_confirms(clinic: cases.Clinic, as_: SignIn, name: str, status: int) -> None:
    assert confirm(as_(getattr(clinic, name)), clinic.he.pk).status_code == status
    assert not Observation.objects.filter(code="confirmed_class").exists()


def test_the_rest_of_the_form_is_closed_at_first_kept_and_said_in_words(clinic: cases.Clinic, as_: SignIn) -> None:
    client = as_(clinic.wang)
    page = client.get(form_url(clinic.lin.pk))
    assert page.content.decode().count('<details class="panel" >') == 6
    more = {
        "symptoms": ["headache", "polydipsia"],
        "weight": "65",
        "height": "1.62",
        "hba1c": "7.2",
        "hba1c_on": "2026-11-02",
        "medicine.1.name": "氨氯地平",
        "medicine.1.dose": "5 mg",
        "medicine.2.name": "二甲双胍",
    }
    measured = {"systolic": "132", "diastolic": "82", "fasting_glucose": "6.5"}
    wrong = client.post(form_url(clinic.lin.pk), filled(page, **measured) | more)
    assert wrong.content.decode().count('<details class="panel" open>') == 4  # 1.62 m is asked about
    saved = client.post(form_url(clinic.lin.pk), filled(page, **measured) | more | {"height": "162"})
    assert saved.status_code == 302, saved.content.decode()
    said = client.get(saved["Location"]).content.decode()
    for words in ("Headache, dizziness", "Drinks much", "氨氯地平", "5 mg", "二甲双胍"):
        assert words in said
    kept = Observation.objects.filter(person=clinic.lin, code__in=("weight", "bmi", "hba1c"))
    found = {(one.event.kind, one.code): (one.value, one.happened_on) for one in kept}
    assert found["followup.hypertension", "bmi"] == (24.8, TODAY)
    assert found["followup.diabetes", "hba1c"] == (7.2, date(2026, 11, 2))
