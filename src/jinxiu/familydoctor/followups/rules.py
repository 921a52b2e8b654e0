"""What makes a follow-up record acceptable, beyond what each question says of itself. Pure: plain values in and out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from jinxiu.evidence.questionnaires import ENROLLED, Answers, Doubt, Problem, Questionnaire, Value
from jinxiu.standards.person import Event, Observation, PersonFacts, age_on

FACE_TO_FACE = ("clinic", "home")
URGENT = 3  # the urgency of what cannot wait
# A visit entered this long after its day is usually a slip of the year or month [this project's own number].
LONG_AGO_DAYS = 60


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of the person when a follow-up is recorded; `enrolled_on` is by form id."""

    today: dt.date
    birth_date: dt.date | None
    died_on: dt.date | None
    left_on: dt.date | None
    enrolled_on: Mapping[str, dt.date]


def check_visit(
    forms: Sequence[Questionnaire], answers: Answers, situation: Situation, known: Mapping[str, Value] | None = None
) -> Answers:
    """Add what only the whole record can tell: the day, the pair of pressures, and whether anything was measured.

    `known` is what is known of the person on the day of the visit.
    """
    values = answers.values
    refused = {problem.link_id for problem in answers.problems}
    days = _day_problems(forms, values, situation) or _not_for_whom(forms, values, known)
    problems = [*answers.problems, *days]
    problems += [problem for problem in _pressure_problems(values) if problem.link_id not in refused]
    doubts = [*answers.doubts, *_day_doubts(values, situation)]
    if not problems and not forms_with_content(forms, values):
        face_to_face = values.get("mode") in FACE_TO_FACE
        if "systolic" in values:
            problems.append(Problem(first_need(forms), "only_pressure"))
        elif face_to_face:
            problems.append(Problem(first_need(forms), "nothing_measured"))
        else:
            doubts.append(Doubt("nothing_measured", first_need(forms), "nothing_measured"))
    return Answers(values, tuple(problems), tuple(doubts))


def _day_problems(forms: Sequence[Questionnaire], values: Mapping[str, Value], know: Situation) -> list[Problem]:
    day = values.get("happened_on")
    if not isinstance(day, dt.date):
        return []
    args = {"found": day.isoformat()}
    if day > know.today:
        return [Problem("happened_on", "in_future", args | {"today": know.today.isoformat()})]
    if know.birth_date and day < know.birth_date:
        return [Problem("happened_on", "before_birth", args | {"born": know.birth_date.isoformat()})]
    if know.died_on and day > know.died_on:
        return [Problem("happened_on", "after_death", args | {"died": know.died_on.isoformat()})]
    if know.left_on and day > know.left_on:
        return [Problem("happened_on", "after_leaving", args | {"left": know.left_on.isoformat()})]
    early = [form for form in forms if form.id in know.enrolled_on and day < know.enrolled_on[form.id]]
    return [
        Problem(
            "happened_on", "before_enrolment", args | {"form": form.id, "start": know.enrolled_on[form.id].isoformat()}
        )
        for form in early[:1]
    ]


def _not_for_whom(
    forms: Sequence[Questionnaire], values: Mapping[str, Value], known: Mapping[str, Value] | None
) -> list[Problem]:
    """A day on which the person was too young, too old or not in the programme that a form is for."""
    day = values.get("happened_on")
    if known is None or not isinstance(day, dt.date):
        return []
    args = {"found": day.isoformat()}
    return [Problem("happened_on", "not_for", args | {"form": form.id}) for form in forms if not form.is_for(known)][:1]


def _day_doubts(values: Mapping[str, Value], know: Situation) -> list[Doubt]:
    day = values.get("happened_on")
    if not isinstance(day, dt.date) or (know.today - day).days <= LONG_AGO_DAYS:
        return []
    days = str((know.today - day).days)
    return [Doubt(f"happened_on={day}", "happened_on", "long_ago", {"found": day.isoformat(), "days": days})]


def _pressure_problems(values: Mapping[str, Value]) -> list[Problem]:
    """Pressures come in pairs and the lower one is lower: 90/148 is nearly always the two fields swapped."""
    systolic, diastolic = values.get("systolic"), values.get("diastolic")
    if systolic is None and diastolic is None:
        return []
    if systolic is None:
        return [Problem("systolic", "pair_missing", {"other": "diastolic"})]
    if diastolic is None:
        return [Problem("diastolic", "pair_missing", {"other": "systolic"})]
    if int(diastolic) >= int(systolic):  # type: ignore[arg-type]
        return [Problem("diastolic", "not_below_systolic", {"found": str(diastolic), "systolic": str(systolic)})]
    return []


def known_of(facts: PersonFacts, day: dt.date) -> dict[str, Value]:
    """Return what a form's conditions may ask of the person on a day; without a birth date nothing of the age."""
    known: dict[str, Value] = {"sex": facts.sex}
    years = age_on(facts.birth_date, day)
    if years is not None and facts.birth_date is not None and day >= facts.birth_date:
        days = (day - facts.birth_date).days
        known |= {"age.years": years, "age.months": _months(facts.birth_date, day), "age.days": days}
    running = {
        one.kind for one in facts.enrolments if one.start_on <= day and (one.end_on is None or one.end_on >= day)
    }
    return known | {f"{ENROLLED}{kind}": True for kind in running}


def _months(birth_date: dt.date, day: dt.date) -> int:
    months = (day.year - birth_date.year) * 12 + day.month - birth_date.month
    return months - (1 if day.day < birth_date.day else 0)


def forms_with_content(forms: Sequence[Questionnaire], values: Mapping[str, Value]) -> list[Questionnaire]:
    """Return the forms for which something was measured or a flag was raised.

    In a combined visit without a glucose the diabetes follow-up is not kept: it would be a contact that says nothing.
    """
    return [form for form in forms if _has_needs(form, values) or any(values.get(flag) for flag in form.flags)]


def _has_needs(form: Questionnaire, values: Mapping[str, Value]) -> bool:
    """A form that names no needs has what it needs in its required questions."""
    return not form.needs or any(all(link_id in values for link_id in group) for group in form.needs)


def forms_to_record(forms: Sequence[Questionnaire], values: Mapping[str, Value]) -> list[Questionnaire]:
    """Return the forms that become events; when nothing was measured (a confirmed phone call) all of them do."""
    return forms_with_content(forms, values) or list(forms)


def first_need(forms: Sequence[Questionnaire]) -> str:
    """Return the linkId beside which "nothing was measured" is said."""
    return forms[0].needs[0][0] if forms[0].needs else "happened_on"


def unconfirmed(doubts: Sequence[Doubt], confirmed: Sequence[str]) -> list[Doubt]:
    """Return the doubts nobody has confirmed yet; a confirmation holds for one value only, as the key carries it."""
    return [doubt for doubt in doubts if doubt.key not in confirmed]


# Sorts after every stored id of the same day, as the record being made would.
DRAFT = "~draft"


def with_draft(
    facts: PersonFacts, kind: str, happened_on: dt.date, mode: str, observations: Mapping[str, float]
) -> PersonFacts:
    """Return the facts as they would be with one more contact, so that it can be judged before it is saved."""
    event = Event(DRAFT, kind, happened_on, mode)
    measured = tuple(
        Observation(f"{DRAFT}/{code}", code, happened_on, value, DRAFT) for code, value in observations.items()
    )
    return replace(facts, events=(*facts.events, event), observations=(*facts.observations, *measured))
