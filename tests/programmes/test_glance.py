"""Health at a glance: what is current, each with its day and source; nothing of the shelter, nothing corrected."""

from __future__ import annotations

from datetime import date

from django.utils.translation import override

from jinxiu.evidence import actions as evidence
from jinxiu.evidence.models import Event
from jinxiu.familydoctor.wholeperson.queries import Line, glance, medicines_in
from jinxiu.people.models import Person
from tests.register.test_registering import as_
from tests.town import TODAY, Town, enrol

ANSWERS = {"medicine.1.name": "Amlodipine", "medicine.1.dose": "5 mg", "medicine.1.times_a_day": 1}


def event(person: Person, kind: str, on: date, **answers: object) -> Event:
    return evidence.append_event(
        person_id=person.pk,
        kind=kind,
        happened_on=on,
        mode="clinic",
        observations={},
        answers=answers,
        recorded_by=None,
        today=TODAY,
    )


def parts(person: Person, *, with_sheltered: bool = False) -> dict[str, tuple[Line, ...]]:
    return {part.title: part.lines for part in glance(person.pk, TODAY, with_sheltered=with_sheltered)}


def test_the_rows_of_a_form_in_words():
    assert medicines_in(ANSWERS | {"medicine.2.name": "Metformin"}) == ["Amlodipine 5 mg 1 times a day", "Metformin"]
    assert medicines_in({"medicine.2.name": "Metformin"}) == []


def test_each_line_has_its_day_and_source_and_the_newest_form_wins(town: Town):
    event(town.li, "followup.hypertension", date(2026, 5, 1), **{"medicine.1.name": "Nifedipine"})
    event(town.li, "followup.hypertension", date(2026, 6, 1), **ANSWERS)
    event(town.li, "allergy", date(2019, 2, 1), text="Penicillin", status="active")
    event(town.li, "allergy", date(2018, 2, 1), text="Dust", status="resolved")
    event(town.li, "immunization", date(2025, 10, 9), text="Influenza")
    enrol(town.li, "long_prescription", date(2026, 11, 1))
    page = as_(town.zhao).get(f"/people/{town.li.pk}/").content.decode()
    card = page[page.index("glance-title") : page.index("</section>", page.index("glance-title"))]
    for said in (
        "Hypertension",
        "2025-01-08",
        "Amlodipine 5 mg",
        "2026-06-01",
        "Penicillin",
        "Influenza",
        "2025-10-09",
    ):
        assert said in card
    assert "Nifedipine" not in card
    assert "Dust" not in card
    assert "Long prescription" in card


def test_what_was_corrected_is_not_shown_and_nothing_is_said_to_be_nothing(town: Town):
    wrong = event(town.li, "allergy", date(2019, 2, 1), text="Penicillin")
    actor = town.viewer(town.zhao).actor
    evidence.withdraw_event(event_id=wrong.pk, reason="another Li", actor=actor, recorded_by=town.zhao.pk)
    assert parts(town.li)["Allergies"] == ()
    assert "Nothing is recorded." in as_(town.zhao).get(f"/people/{town.li.pk}/").content.decode()


def test_what_is_under_shelter_needs_it_open(town: Town):
    enrol(town.li, "mental", date(2026, 1, 5))
    event(town.li, "followup.mental", date(2026, 6, 1), **{"medicine.1.name": "Olanzapine"})
    closed, opened = parts(town.li), parts(town.li, with_sheltered=True)
    assert [line.what for line in closed["Problems"]] == ["Hypertension"]
    assert closed["Medicines"] == ()
    assert {line.what for line in opened["Problems"]} == {"Hypertension", "Severe mental disorder"}
    assert [line.what for line in opened["Medicines"]] == ["Olanzapine"]


def test_personal_basics_tell_of_allergies_and_the_family(town: Town):
    asked = {"allergy": ["2", "5"], "allergy_text": "Aspirin", "family_mother": ["1"]}
    family = {"family_father": ["2", "7"], "hereditary": "2", "hereditary_text": "Haemophilia"}
    event(town.li, "record.built", date(2020, 5, 1), family_father=["6"], allergy=["3"])
    event(town.li, "record.built", date(2024, 5, 1), **asked, **family)
    with override("en"):
        found = parts(town.li)
    assert [line.what for line in found["Allergies"]] == ["Penicillin", "Aspirin"]
    assert {line.on for line in found["Allergies"]} == {date(2024, 5, 1)}
    assert [line.what for line in found["Family history"]] == [
        "Father: Hypertension, Stroke",
        "Hereditary disease: Haemophilia",
    ]


def test_none_is_said_only_when_somebody_asked_and_nobody_tells_of_any(town: Town):
    with override("en"):
        assert parts(town.li)["Family history"] == parts(town.li)["Allergies"] == ()
        event(town.li, "record.built", date(2024, 5, 1), allergy=["1"], family_father=["1"])
        said = parts(town.li)
        assert [line.what for line in (*said["Allergies"], *said["Family history"])] == ["none, when asked"] * 2
        event(town.li, "allergy", date(2019, 2, 1), text="Penicillin")
        assert [line.what for line in parts(town.li)["Allergies"]] == ["Penicillin"]


def test_forms_that_nothing_due_leads_to_are_offered_to_those_who_record(town: Town):
    nurse, manager = (as_(staff).get(f"/people/{town.li.pk}/") for staff in (town.zhao, town.guo))
    offered = dict(nurse.context["fillable"])
    assert f"/people/{town.li.pk}/record/personal_basics/" in offered
    assert f"/people/{town.li.pk}/record/health_check/" not in offered, "the examination is due: its card leads there"
    assert not any("mental" in url for url in offered)
    assert manager.context["fillable"] == []
    enrol(town.li, "agreement", date(2026, 1, 1))
    again = dict(as_(town.zhao).get(f"/people/{town.li.pk}/").context["fillable"])
    assert {f"/people/{town.li.pk}/record/health_{one}/" for one in ("education", "counselling")} <= set(again)
