"""The follow-up forms on the page: definitions from the data folder, sentences for what is refused or asked."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import get_language, gettext, gettext_lazy

from jinxiu.evidence.questionnaire_files import read_questionnaire
from jinxiu.evidence.questionnaires import Answers, Doubt, Item, Problem, Questionnaire, Value, combine
from jinxiu.standards.codes import installed
from jinxiu.ui.templatetags.jinxiu import day_text

FOLDER = Path(__file__).resolve().parent.parent / "forms"

PROBLEMS = {
    "required": gettext_lazy("%(label)s is missing. Fill it in."),
    "not_a_number": gettext_lazy("%(label)s: “%(found)s” is not a number. Write digits only, such as 148 or 6.9."),
    "not_whole": gettext_lazy("%(label)s: %(found)s has decimals. Give it in whole %(unit)s."),
    "too_many_decimals": gettext_lazy("%(label)s: %(found)s has too many decimals. Give at most %(decimals)s."),
    "out_of_range": gettext_lazy(
        "%(label)s: %(found)s %(unit)s is not possible. Allowed are %(min)s to %(max)s %(unit)s: check the number."
    ),
    "other_unit": gettext_lazy(
        "%(label)s: %(found)s looks like %(other)s. %(found)s %(other)s = %(converted)s %(unit)s. "
        "Use that, or enter the value in %(unit)s."
    ),
    "not_a_date": gettext_lazy("%(label)s: “%(found)s” is not a day. Write it as year-month-day, such as 2026-11-25."),
    "not_an_option": gettext_lazy("%(label)s: “%(found)s” is not offered. Choose one of the answers."),
    "not_alone": gettext_lazy("%(label)s: “%(option)s” stands alone. Untick it, or untick the others."),
    "computed_out_of_range": gettext_lazy(
        "%(label)s would be %(found)s %(unit)s; possible are %(min)s to %(max)s. Check what it is computed from."
    ),
    "too_long": gettext_lazy("%(label)s has %(found)s characters. Shorten it to %(max)s."),
    "not_enabled": gettext_lazy(
        "%(label)s is filled in, but the answer to “%(question)s” does not ask for it. Change that one, or clear this."
    ),
    "before_other": gettext_lazy(
        "%(label)s %(found)s is before “%(question)s” (%(day)s). Give that day or a later one, or correct the other."
    ),
    "after_other": gettext_lazy(
        "%(label)s %(found)s is after “%(question)s” (%(day)s). Give that day or an earlier one, or correct the other."
    ),
    "in_future": gettext_lazy("%(label)s: %(found)s has not come yet. Give today (%(today)s) or an earlier day."),
    "before_birth": gettext_lazy("%(label)s: %(found)s is before the birth date %(born)s. Check the year."),
    "before_enrolment": gettext_lazy(
        "%(label)s: %(found)s is before the enrolment of %(start)s (%(form)s). Give that day or a later one."
    ),
    "after_death": gettext_lazy("%(label)s: the person died on %(died)s. Give that day or an earlier one."),
    "after_leaving": gettext_lazy("%(label)s: the person left on %(left)s. Give that day or an earlier one."),
    "not_for": gettext_lazy(
        "%(label)s: on %(found)s this person was not of the age or in the programme that “%(form)s” is for. "
        "Check the day."
    ),
    "pair_missing": gettext_lazy("%(label)s is missing: %(other)s is given, and a blood pressure needs both."),
    "not_below_systolic": gettext_lazy(
        "%(label)s %(found)s must be lower than the systolic pressure %(systolic)s. Are the two swapped?"
    ),
    "only_pressure": gettext_lazy(
        "Blood pressure alone makes no diabetes follow-up: enter a glucose value or tick what is present. "
        "If the pressure is in the danger range, tick the danger sign: the person is then referred at once."
    ),
    "nothing_measured": gettext_lazy(
        "Nothing was measured and nothing is ticked. "
        "At a clinic or home visit enter a measurement or tick what is present."
    ),
}

DOUBTS = {
    "unusually_low": gettext_lazy("%(label)s %(found)s %(unit)s is unusually low (below %(limit)s). It is right."),
    "unusually_high": gettext_lazy("%(label)s %(found)s %(unit)s is unusually high (above %(limit)s). It is right."),
    "long_ago": gettext_lazy("%(found)s is %(days)s days ago. The day is right."),
    "nothing_measured": gettext_lazy(
        "Nothing was measured. Keep this contact all the same; the next contact stays due as it is."
    ),
    "danger": gettext_lazy(
        "%(found)s is in the danger range and no danger sign is ticked. "
        "It was measured again after a rest of five minutes and stays so, or cannot wait."
    ),
    "other_record": gettext_lazy(
        "%(who)s has already recorded a follow-up of %(found)s (%(reading)s). Keep this one too."
    ),
}


@cache
def every_form() -> dict[str, Questionnaire]:
    """Return every form definition by id; raises StandardError when a file is wrong."""
    forms = [read_questionnaire(path) for path in sorted(FOLDER.glob("*.yaml"))]
    # Blood pressure stands before glucose in a combined visit, as on the national paper form.
    return {form.id: form for form in sorted(forms, key=lambda form: form.id, reverse=True)}


@cache
def definitions() -> dict[str, Questionnaire]:
    """Return the follow-up forms, which one visit records together; the others are recorded each for itself."""
    return {form.id: form for form in every_form().values() if not form.offered_when}


def forms_of_event(kind: str) -> tuple[Questionnaire, ...]:
    """Return the forms that record this kind of event, in the order in which one person needs them (that of ids)."""
    return tuple(sorted((form for form in every_form().values() if form.event == kind), key=lambda form: form.id))


def page_of(forms: Sequence[Questionnaire]) -> Questionnaire:
    """Return the one page that asks everything these forms ask, nothing twice."""
    return combine(forms)


@dataclass(frozen=True, slots=True)
class FieldView:
    """One question as the template draws it, with what was typed, what is wrong with it and its last value."""

    item: Item
    label: str
    hints: tuple[str, ...]
    raw: str
    options: tuple[tuple[str, str, bool], ...]
    errors: tuple[str, ...]
    last: str
    convert: str
    depends: bool
    autofocus: bool
    lowest: str = ""
    highest: str = ""
    when: str = ""

    @property
    def id(self) -> str:
        """The element id; a dot would have to be escaped in CSS."""
        return "f-" + self.item.link_id.replace(".", "-")

    @property
    def unit(self) -> str:
        """The unit as people write it."""
        return installed().name("units", self.item.unit, get_language() or "")

    @property
    def is_ticked(self) -> bool:
        """A yes/no is ticked when it was sent at all."""
        return self.raw not in ("", "0", "false")


@dataclass(frozen=True, slots=True)
class SectionView:
    """A group of questions under one heading."""

    id: str
    title: str
    fields: tuple[FieldView, ...]
    collapsed: bool

    @property
    def is_open(self) -> bool:
        """What holds something, or something wrong, is not closed."""
        return any(field.raw or field.errors for field in self.fields)


@dataclass(frozen=True, slots=True)
class DoubtView:
    """One question "are you sure", with the key that its tick sends back."""

    key: str
    sentence: str


def sections(
    page: Questionnaire,
    raw: Mapping[str, str],
    answers: Answers | None,
    last: Mapping[str, str],
    today: dt.date,
    known: Mapping[str, Value],
) -> list[SectionView]:
    """Lay the form out for the template; `last` holds the words beside a field ("142/84 on 12 November").

    What the form does not ask of somebody of this age (`known`) is left out.
    """
    problems = answers.problems if answers else ()
    focus = "" if problems else next((item.link_id for item in page.questions() if item.observation), "")
    laid_out = []
    for group in page.items:
        asked = [item for item in group.items if _is_for(item, known)]
        fields = [_field(page, item, raw, problems, last, today, item.link_id == focus) for item in asked]
        laid_out.append(SectionView(group.link_id, _words(group), tuple(fields), group.collapsed))
    return [section for section in laid_out if section.fields]


def _is_for(item: Item, known: Mapping[str, Value]) -> bool:
    return all(condition.holds(known) for condition in item.enable_when if condition.is_of_the_person)


def _field(
    page: Questionnaire,
    item: Item,
    raw: Mapping[str, str],
    problems: Sequence[Problem],
    last: Mapping[str, str],
    today: dt.date,
    autofocus: bool,
) -> FieldView:
    mine = [problem for problem in problems if problem.link_id == item.link_id]
    typed = raw.get(item.link_id, "")
    return FieldView(
        item=item,
        label=_words(item),
        hints=tuple(hint.language(get_language() or "") for hint in item.hints),
        raw=typed,
        options=tuple(
            (option.code, option.text.language(get_language() or ""), option.code in typed.split(","))
            for option in item.options
        ),
        errors=tuple(problem_sentence(page, problem) for problem in mine),
        last=last.get(item.link_id, ""),
        convert=next((problem.args["converted"] for problem in mine if problem.code == "other_unit"), ""),
        depends=bool(_when(item)),
        when=_when(item),
        autofocus=autofocus,
        highest=today.isoformat() if item.link_id == "happened_on" else "",
    )


def _when(item: Item) -> str:
    """The answers that ask for this question, as the page's script reads them; empty where none does."""
    asked = [one for one in item.enable_when if not one.is_of_the_person]
    return json.dumps([[one.question, one.operator, one.answer] for one in asked]) if asked else ""


def _words(item: Item) -> str:
    return item.text.language(get_language() or "")


def initial_answers(page: Questionnaire, today: dt.date) -> dict[str, str]:
    """Return what a fresh form shows: the definition's initial values, "today" as the day itself."""
    return {
        item.link_id: today.isoformat() if item.initial == "today" else str(item.initial)
        for item in page.questions()
        if item.initial is not None
    }


def problem_sentence(page: Questionnaire, problem: Problem) -> str:
    """Say what is wrong with an answer, what is allowed and what to do."""
    return str(PROBLEMS[problem.code]) % _named(page, problem.link_id, problem.args)


def doubt_view(page: Questionnaire, doubt: Doubt) -> DoubtView:
    """Put a doubt as the sentence that somebody ticks."""
    return DoubtView(doubt.key, str(DOUBTS[doubt.code]) % _named(page, doubt.link_id, doubt.args))


def _named(page: Questionnaire, link_id: str, args: Mapping[str, str]) -> dict[str, str]:
    """Replace linkIds, form ids and ISO days in the arguments by words of the reader's language."""
    words = {key: _spoken(page, key, value) for key, value in args.items()}
    if option := page.question(link_id).option(args.get("option", "")):
        words["option"] = option.text.language(get_language() or "")
    return words | {"label": _words(page.question(link_id))}


def _spoken(page: Questionnaire, key: str, value: str) -> str:
    if key in ("question", "other") and any(item.link_id == value for item in page.questions()):
        return _words(page.question(value))
    if key == "unit":
        return installed().name("units", value, get_language() or "")
    if key == "form":
        return every_form()[value].title.language(get_language() or "")
    if key in ("today", "born", "start", "died", "left", "day"):
        return day_text(dt.date.fromisoformat(value))
    return value


def title_of(forms: Sequence[Questionnaire]) -> str:
    """Name the visit: one form's title, or both joined."""
    titles = [form.title.language(get_language() or "") for form in forms]
    return gettext(" and ").join(titles)
