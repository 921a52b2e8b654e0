"""Forms that are recorded each for itself: filled in on their page they keep the promise that they are for."""

from __future__ import annotations

import datetime as dt
import json
import os

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pages import clinic
from tests.town import TODAY

from jinxiu.audit.origin import SYSTEM
from jinxiu.evidence.actions import enrol
from jinxiu.evidence.facts import person_facts
from jinxiu.evidence.models import Event, Observation
from jinxiu.evidence.questionnaires import (
    Questionnaire,
    answers_as_json,
    answers_from_json,
    in_words,
    observations_of,
    take_answers,
)
from jinxiu.familydoctor.followups.forms import definitions, every_form, forms_of_event
from jinxiu.people.models import Person, Staff, TeamMembership, User
from jinxiu.standards.codes import installed
from jinxiu.standards.judge import judge
from jinxiu.worklists.actions import refresh_person
from jinxiu.worklists.standards import catalogue

ALONE = sorted(set(every_form()) - set(definitions()) - {"call"})  # a call keeps no promise
# Which promise each form keeps: standard, clause.
PROMISES = {
    "elderly_self_care": ("elderly_self_care", "self_care"),
    "tcm_constitution": ("elderly_tcm", "constitution"),
    "child_tcm": ("child_tcm", "guidance"),
    "mental": ("mental", "followup"),
    "health_check": ("elderly", "yearly_exam"),
    "personal_basics": ("health_record", "record"),
    "health_counselling": ("agreement", "counselling"),
    "health_education": ("agreement", "education_material"),
    "newborn": ("child", "newborn_visit"),
    "child_1_8m": ("child", "visits"),
    "child_12_30m": ("child", "visits"),
    "child_3_6y": ("child", "visits"),
    "antenatal_first": ("maternal", "antenatal"),
    "antenatal_later": ("maternal", "antenatal"),
    "postpartum": ("maternal", "postpartum_visit"),
    "postpartum_42d": ("maternal", "check_42_days"),
    "tb_first": ("tb", "first_visit"),
    "tb_followup": ("tb", "followup"),
    "tb_completion": ("tb", "completion"),
}
KNOWN = {
    "elderly_self_care": 71,
    "tcm_constitution": 71,
    "child_tcm": 1,
    "health_check": 71,
    "personal_basics": 40,
    "health_counselling": 40,
    "health_education": 40,
    "newborn": 0,
    "child_1_8m": 0,
    "child_12_30m": 1,
    "child_3_6y": 3,
    "antenatal_first": 31,
    "antenatal_later": 31,
    "postpartum": 31,
    "postpartum_42d": 31,
    "mental": 40,
    "tb_first": 40,
    "tb_followup": 40,
    "tb_stopped": 40,
    "tb_completion": 40,
}
DAYS = {"newborn": 10, "child_1_8m": 90, "child_12_30m": 370, "child_3_6y": 1100}  # how old the children are
AFTER_BIRTH = {"postpartum": 5, "postpartum_42d": 45}  # days after the birth
ANTENATAL = ("antenatal_first", "antenatal_later")
TREATED = ("tb_stopped", "tb_completion")  # the first opens what the second keeps
SHELTERED = ("mental", "tb_first", "tb_followup", *TREATED)


def sign_in(client: Client, who: Staff) -> None:
    client.force_login(User.objects.get(pk=who.user_id), "allauth.account.auth_backends.AuthenticationBackend")


def known_for(form: Questionnaire) -> dict[str, int | str]:
    """Somebody whom the form is for."""
    years = KNOWN[form.id]
    return {"sex": "F", "age.years": years, "age.months": years * 12, "age.days": years * 365}


def least(form: Questionnaire) -> dict[str, str]:
    """The fewest answers that the form takes: the first option, or a usual number, where there must be an answer."""
    known = known_for(form)
    asked = [item for item in form.questions() if item.required and all(c.holds(known) for c in item.enable_when)]
    first = {item.link_id: item.options[0].code for item in asked if item.options}
    first |= {item.link_id: str(item.warn_above) for item in asked if item.warn_above is not None}
    first |= {item.link_id: "2026-11-20" for item in asked if item.type == "date"}
    first |= {item.link_id: "《合理膳食》" for item in asked if item.type == "string"}
    return first | {"happened_on": TODAY.isoformat(), "mode": "clinic"}


def somebody_for(form: Questionnaire, people: clinic.Clinic) -> Person:
    if KNOWN[form.id] > 64:
        return people.lin
    team = TeamMembership.objects.get(person=people.lin).team
    born = TODAY - dt.timedelta(days=DAYS.get(form.id, 370))
    enrolled = {condition.question.removeprefix("enrolled.") for condition in form.offered_when} & {"agreement"}
    return clinic.resident("林小宝", born, team, dict.fromkeys(enrolled, dt.date(2026, 3, 1)))


@pytest.mark.parametrize("form_id", sorted(set(ALONE) - {*SHELTERED, *ANTENATAL, *AFTER_BIRTH}))
def test_the_least_that_a_form_takes_keeps_its_promise(
    form_id: str, client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JINXIU_TODAY", TODAY.isoformat())
    people, form = clinic.build(), every_form()[form_id]
    person = somebody_for(form, people)
    sign_in(client, people.wang)
    address = f"/people/{person.pk}/record/{form_id}/"
    shown = client.get(address)
    assert shown.status_code == 200
    saved = client.post(address, least(form))
    assert saved.status_code == 302, saved.content.decode()
    assert installed().events[form.event].zh in client.get(saved["Location"]).content.decode()
    facts = person_facts(person.pk)
    assert facts is not None
    standard_id, clause = PROMISES[form_id]
    standard = catalogue().valid_on(standard_id, TODAY)
    assert standard is not None
    kept = [row for row in judge(standard, facts, TODAY) if row.clause == clause and row.status == "kept"]
    assert len(kept) == 1
    event = Event.objects.get(person=person, form_id=form_id)
    assert event.answers["mode"] == "clinic"


@pytest.mark.parametrize(("form_id", "days"), AFTER_BIRTH.items())
def test_a_mother_is_seen_after_the_birth(
    form_id: str, days: int, client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JINXIU_TODAY", TODAY.isoformat())
    people = clinic.build()
    team = TeamMembership.objects.get(person=people.lin).team
    mother = clinic.resident("苏晴", dt.date(1995, 2, 2), team, {"pregnancy": dt.date(2026, 3, 1)})
    clinic.contact(mother, people.wang, TODAY - dt.timedelta(days=days), kind="delivery")
    sign_in(client, people.wang)
    address = f"/people/{mother.pk}/record/{form_id}/"
    assert address in client.get(f"/people/{mother.pk}/").content.decode()
    saved = client.post(address, least(every_form()[form_id]))
    assert saved.status_code == 302, saved.content.decode()
    facts, standard = person_facts(mother.pk), catalogue().valid_on("maternal", TODAY)
    assert facts is not None
    assert standard is not None
    rows = {row.clause: row.status for row in judge(standard, facts, TODAY) if row.clause != "antenatal"}
    assert rows[PROMISES[form_id][1]] == "kept"


def test_first_and_later_antenatal_visits_keep_theirs_in_turn(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JINXIU_TODAY", TODAY.isoformat())
    people = clinic.build()
    team = TeamMembership.objects.get(person=people.lin).team
    mother = clinic.resident("苏晴", dt.date(1995, 2, 2), team, {})
    enrol(
        person_id=mother.pk,
        kind="pregnancy",
        start_on=dt.date(2026, 9, 20),
        value="2026-08-01",
        actor=SYSTEM,
        recorded_by=None,
        today=TODAY,
    )
    sign_in(client, people.wang)
    page, first, later = (f"/people/{mother.pk}/{rest}" for rest in ("", *(f"record/{one}/" for one in ANTENATAL)))
    assert first in client.get(page).content.decode()
    assert later in client.get(first).content.decode()  # whose first visit was elsewhere
    early = {"happened_on": "2026-10-01", "confirmed": "happened_on=2026-10-01"}
    assert client.post(first, least(every_form()["antenatal_first"]) | early).status_code == 302
    assert later in client.get(page).content.decode()
    seen = str(Event.objects.get(person=mother, form_id="antenatal_first").pk)
    known = {"seen": seen, "lmp": "2026-08-01", "fetal_heart_rate": "145"}
    assert client.post(later, least(every_form()["antenatal_later"]) | known).status_code == 302
    event = Event.objects.get(person=mother, form_id="antenatal_later")
    assert (event.answers["weeks"], event.answers["edd"]) == ("16+4", "2027-05-08")
    facts, standard = person_facts(mother.pk), catalogue().valid_on("maternal", TODAY)
    assert facts is not None
    assert standard is not None
    kept = [row.cycle for row in judge(standard, facts, TODAY) if row.clause == "antenatal" and row.status == "kept"]
    assert kept == ["1", "2"]


def test_a_form_under_shelter_asks_what_for_and_sets_the_next_day(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JINXIU_TODAY", TODAY.isoformat())
    people, form = clinic.build(), every_form()["mental"]
    clinic.enrol(people.he, "mental", dt.date(2026, 1, 5))
    address = f"/people/{people.he.pk}/record/mental/"
    sign_in(client, people.zhao)  # a nurse opens no shelter and learns nothing of it
    assert client.get(address)["Location"] == f"/people/{people.he.pk}/"
    sign_in(client, people.wang)
    question = client.get(address)["Location"]
    assert question.startswith(f"/people/{people.he.pk}/shelter/")
    assert client.post(question, {"purpose": "follow-up", "next": address})["Location"] == address
    assert address in client.get(f"/people/{people.he.pk}/").content.decode()  # the due item leads to its form
    saved = client.post(address, least(form) | {"risk_grade": "2", "function_work": "3"})
    assert saved.status_code == 302
    facts, standard = person_facts(people.he.pk), catalogue().valid_on("mental", TODAY)
    assert facts is not None
    assert standard is not None
    (row,) = [one for one in judge(standard, facts, TODAY) if one.clause == "followup"]
    assert (row.classification, row.due_on) == ("basically_stable", TODAY + dt.timedelta(days=14))
    assert Observation.objects.get(person=people.he, code="social_function_poor").value == 1


def test_who_is_unstable_is_referred_at_once_without_a_second_measuring(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JINXIU_TODAY", TODAY.isoformat())
    people = clinic.build()
    clinic.enrol(people.he, "mental", dt.date(2026, 1, 5))
    sign_in(client, people.wang)
    client.post(f"/people/{people.he.pk}/shelter/", {"purpose": "follow-up"})
    saved = client.post(f"/people/{people.he.pk}/record/mental/", least(every_form()["mental"]) | {"risk_grade": "4"})
    assert 'class="stop"' in client.get(saved["Location"]).content.decode()


@pytest.mark.parametrize(("form_id", "days"), [("tb_first", 2), ("tb_followup", 9)])
def test_tuberculosis_is_recorded_under_shelter(
    form_id: str, days: int, client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JINXIU_TODAY", TODAY.isoformat())
    people = clinic.build()
    clinic.enrol(people.he, "tb", TODAY - dt.timedelta(days=days))
    sign_in(client, people.wang)
    address = f"/people/{people.he.pk}/record/{form_id}/"
    assert (
        client.post(client.get(address)["Location"], {"purpose": "follow-up", "next": address})["Location"] == address
    )
    assert address in client.get(f"/people/{people.he.pk}/").content.decode()
    assert client.post(address, least(every_form()[form_id]) | {"mode": "home"}).status_code == 302
    facts, standard = person_facts(people.he.pk), catalogue().valid_on("tb", TODAY)
    assert facts is not None
    assert standard is not None
    rows = {row.clause: row for row in judge(standard, facts, TODAY)}
    assert rows["first_visit"].status == ("kept" if form_id == "tb_first" else "overdue")
    assert rows["followup"].due_on == TODAY + dt.timedelta(days=10)


def test_the_end_of_a_treatment_asks_for_its_evaluation(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JINXIU_TODAY", TODAY.isoformat())
    people = clinic.build()
    clinic.enrol(people.he, "tb", dt.date(2026, 5, 20))
    sign_in(client, people.wang)
    client.post(f"/people/{people.he.pk}/shelter/", {"purpose": "follow-up"})
    stopped, closing, visit = (f"/people/{people.he.pk}/record/{one}/" for one in (*TREATED, "tb_followup"))
    assert stopped in client.get(visit).content.decode()
    assert client.post(stopped, least(every_form()["tb_stopped"]) | {"reason": "1"}).status_code == 302
    assert closing in client.get(f"/people/{people.he.pk}/").content.decode()
    doses = {"doses_due": "180", "doses_taken": "176"}
    assert client.post(closing, least(every_form()["tb_completion"]) | doses).status_code == 302
    facts, standard = person_facts(people.he.pk), catalogue().valid_on("tb", TODAY)
    assert facts is not None
    assert standard is not None
    assert [row.status for row in judge(standard, facts, TODAY) if row.clause == "completion"] == ["kept"]
    assert Observation.objects.get(person=people.he, code="doses_taken").value == 176


def test_a_total_that_nobody_typed_is_kept(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JINXIU_TODAY", TODAY.isoformat())
    people = clinic.build()
    sign_in(client, people.wang)
    sent = {"eating": "3", "grooming": "1", "dressing": "0", "toilet": "1", "mobility": "1", "total": "37"}
    day = {"happened_on": TODAY.isoformat(), "mode": "home"}
    saved = client.post(f"/people/{people.lin.pk}/record/elderly_self_care/", sent | day)
    assert saved.status_code == 302
    assert Observation.objects.get(person=people.lin, code="self_care_score").value == 6
    page = client.get(saved["Location"]).content.decode()
    assert "轻度依赖" in page or "Lightly dependent" in page


def test_who_the_form_is_not_for_is_led_back(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JINXIU_TODAY", TODAY.isoformat())
    people = clinic.build()
    sign_in(client, people.wang)
    assert client.get(f"/people/{people.lin.pk}/record/child_tcm/")["Location"] == f"/people/{people.lin.pk}/"
    assert client.get(f"/people/{people.lin.pk}/record/nothing/").status_code == 404
    led = client.get(f"/people/{people.lin.pk}/record/hypertension/")["Location"]
    assert led == f"/people/{people.lin.pk}/followups/new/?form=hypertension"
    sign_in(client, people.sun)
    assert client.get(f"/people/{people.lin.pk}/record/tcm_constitution/").status_code == 404


def test_a_day_on_which_the_person_was_not_of_the_forms_age_is_refused(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JINXIU_TODAY", TODAY.isoformat())
    people, form = clinic.build(), every_form()["elderly_self_care"]
    sign_in(client, people.wang)
    address = f"/people/{people.he.pk}/record/{form.id}/"
    sent = least(form)
    refused = client.post(address, sent | {"happened_on": "2026-06-14"})  # the day before 65
    assert refused.status_code == 200
    assert "当天不在“老年人生活自理能力评估”的适用年龄" in refused.content.decode()
    assert not Event.objects.filter(form_id=form.id).exists()
    confirmed = {"happened_on": "2026-06-15", "confirmed": "happened_on=2026-06-15"}
    assert client.post(address, sent | confirmed).status_code == 302


def test_a_row_of_the_worklist_leads_to_the_form_that_keeps_it(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JINXIU_TODAY", TODAY.isoformat())
    people = clinic.build()
    team = TeamMembership.objects.get(person=people.lin).team
    person = clinic.resident("韩东", dt.date(1986, 3, 3), team, {"mental": dt.date(2026, 1, 5)})
    refresh_person(person_id=person.pk, today=TODAY, actor=SYSTEM)
    address = f"/people/{person.pk}/record/mental/"
    sign_in(client, people.wang)
    page = client.get("/worklist/").content.decode()
    assert address in page
    assert f"/people/{person.pk}/followups/new" not in page
    assert f"/people/{people.he.pk}/followups/new/?form=hypertension" in page
    sign_in(client, people.guo)
    assert "/record/" not in client.get("/worklist/").content.decode()


def test_a_childs_due_visit_leads_to_the_form_for_the_age_and_a_warning_sign_asks_for_a_referral(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JINXIU_TODAY", TODAY.isoformat())
    people = clinic.build()
    team = TeamMembership.objects.get(person=people.lin).team
    child = clinic.resident("林小宝", TODAY - dt.timedelta(days=545), team, {})
    sign_in(client, people.wang)
    wrong = client.get(f"/people/{child.pk}/record/child_1_8m/")
    assert wrong.headers["Location"] == f"/people/{child.pk}/record/child_12_30m/"
    page = client.get(wrong.headers["Location"]).content.decode()
    assert 'name="warning_18m"' in page
    assert 'name="warning_24m"' not in page
    sent = least(every_form()["child_12_30m"]) | {"weight": "10.5", "height": "80", "warning_18m": ["point", "walk"]}
    assert client.post(wrong.headers["Location"], sent).status_code == 302
    facts = person_facts(child.pk)
    assert facts is not None
    standard = catalogue().valid_on("child", TODAY)
    assert standard is not None
    assert [row.action for row in judge(standard, facts, TODAY) if row.clause == "warning_signs"] == ["refer"]


@pytest.mark.parametrize(("answer", "points", "balanced"), [("1", 4, "yes"), ("3", 12, "no")])
def test_constitution_as_the_reference_page_has_it(answer: str, points: int, balanced: str) -> None:
    form = every_form()["tcm_constitution"]
    raw = least(form) | {f"q{number}": answer for number in range(1, 34)}
    values = take_answers(form, raw, known_for(form)).values
    assert (values["qi_deficient"], values["balanced"]) == (points, balanced)
    assert values["balanced_points"] == {"1": 21, "3": 15}[answer]
    assert len(values.get("types", ())) == (8 if points > 10 else 0)  # type: ignore[arg-type]


def test_types_stand_in_the_order_of_their_points() -> None:
    form = every_form()["tcm_constitution"]
    damp = {f"q{number}": "5" for number in (9, 16, 28, 32)}
    tired = {f"q{number}": "3" for number in (2, 3, 4, 14)}
    raw = least(form) | {f"q{number}": "1" for number in range(1, 34)} | damp | tired
    values = take_answers(form, raw, known_for(form)).values
    assert values["types"] == ("phlegm_damp", "qi_deficient")


@pytest.mark.parametrize("form", every_form().values(), ids=lambda form: form.id)
def test_every_form_says_when_how_and_what(form: Questionnaire) -> None:
    assert form.event in installed().events
    assert form in forms_of_event(form.event)
    assert form.question("happened_on").required
    assert form.question("mode").required
    assert (form.id in PROMISES) == bool(form.offered_when) or form.id in (TREATED[0], "call")


@settings(max_examples=1000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 12, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("form", every_form().values(), ids=lambda form: form.id)
def test_what_a_form_accepts_is_stored_read_said_and_observed(form: Questionnaire, data: st.DataObject) -> None:
    known = {"sex": "F", "age.years": data.draw(st.integers(0, 100)), "age.months": data.draw(st.integers(0, 100))}
    raw = {item.link_id: data.draw(_typed(item.type, [one.code for one in item.options])) for item in form.questions()}
    answers = take_answers(form, raw, known)
    kept = json.loads(json.dumps(answers_as_json(form, answers.values)))
    assert answers_from_json(form, kept) == dict(answers.values)
    for item in form.questions():
        if item.link_id in answers.values:
            assert in_words(item, answers.values[item.link_id], "zh")
            assert in_words(item, answers.values[item.link_id], "en")
    for code, value in observations_of(form, answers.values).items():
        assert installed()[code].is_possible(value)


def _typed(kind: str, codes: list[str]) -> st.SearchStrategy[str]:
    if codes:
        return st.lists(st.sampled_from(codes), max_size=2, unique=True).map(",".join)
    if kind in ("integer", "decimal"):
        return st.integers(0, 400).map(str)
    return st.just("2026-11-25") if kind == "date" else st.text(max_size=5)
