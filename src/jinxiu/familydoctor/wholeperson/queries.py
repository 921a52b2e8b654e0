"""What is known of a person's health, from evidence that nothing corrects. `people.access` has found the person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import get_language, gettext

from jinxiu.evidence.models import Enrolment, Event
from jinxiu.evidence.questionnaires import Item, Value, answers_from_json, in_words
from jinxiu.evidence.sheltered import open_enrolments, open_events
from jinxiu.familydoctor.followups.forms import every_form
from jinxiu.familydoctor.programmes.rules import AGREEMENT, LONG_PRESCRIPTION
from jinxiu.familydoctor.records.queries import CONDITION, current
from jinxiu.people.matching.queries import whose
from jinxiu.standards.codes import installed

SHOWN = 6  # lines of a kind; the timeline has all
_FIRST = "medicine.1.name"  # the first answer of the forms' repeating group of medicines
# The kinds of events in which another system tells of it, as the FHIR import writes them.
ALLERGY, MEDICATION, VACCINATION = "allergy", "medication", "immunization"
# What the form of personal basics asks of allergies and of the family.
BASICS = "personal_basics"
_ALLERGY, _OTHER, _OTHER_ALLERGY = "allergy", "5", "allergy_text"
_FAMILY = ("family_father", "family_mother", "family_siblings", "family_children")
_HEREDITARY, _WHICH = "hereditary", "hereditary_text"
_OVER = frozenset({"inactive", "resolved", "stopped", "completed", "cancelled", "entered-in-error"})


@dataclass(frozen=True, slots=True)
class Line:
    """Something known: what, since or of which day, and who or what says so."""

    what: str
    on: date
    source: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """The lines of one kind, the newest first, and how many more the timeline has."""

    title: str
    lines: tuple[Line, ...]
    more: int


def glance(person_id: int, today: date, *, with_sheltered: bool) -> list[Part]:
    """Return problems, allergies, medicines, family and vaccinations; what is under shelter only when it is open."""
    enrolments = _enrolments(person_id, today, with_sheltered=with_sheltered)
    events = _events(person_id, with_sheltered=with_sheltered)
    basics = _Basics.newest(events)
    return [
        _part(gettext("Problems"), _problems(enrolments)),
        _part(gettext("Allergies"), basics.allergies(_told(events, ALLERGY))),
        _part(gettext("Medicines"), [*_long(enrolments), *_of_forms(events), *_told(events, MEDICATION)]),
        _part(gettext("Family history"), basics.family()),
        _part(gettext("Vaccinations"), _told(events, VACCINATION)),
    ]


def medicines_in(answers: Mapping[str, Any]) -> list[str]:
    """The medicines of a recorded form in words, in the order of its rows: name, dose, times a day."""
    found = []
    row = 1
    while name := answers.get(f"medicine.{row}.name"):
        times = answers.get(f"medicine.{row}.times_a_day")
        a_day = gettext("%(times)s times a day") % {"times": times} if times else ""
        said = (str(name), str(answers.get(f"medicine.{row}.dose") or ""), a_day)
        found.append(" ".join(part for part in said if part))
        row += 1
    return found


# --- steps ------------------------------------------------------------------------------------------------------------


def _enrolments(person_id: int, today: date, *, with_sheltered: bool) -> list[dict[str, Any]]:
    rows = current(Enrolment).filter(
        whose(person_id), Q(end_on__isnull=True) | Q(end_on__gte=today), start_on__lte=today
    )
    if not with_sheltered:
        rows = rows.filter(open_enrolments())
    return [dict(row) for row in rows.order_by("-start_on", "-pk").values("kind", "start_on", "value")]


def _events(person_id: int, *, with_sheltered: bool) -> list[dict[str, Any]]:
    kinds = (ALLERGY, MEDICATION, VACCINATION, every_form()[BASICS].event)
    told = Q(kind__in=kinds) | Q(answers__has_key=_FIRST)
    rows = current(Event).filter(whose(person_id), told)
    if not with_sheltered:
        rows = rows.filter(open_events())
    return [dict(row) for row in rows.order_by("-happened_on", "-pk").values("kind", "happened_on", "answers")]


def _part(title: str, lines: Iterable[Line]) -> Part:
    """Each thing once, by its newest line."""
    once: dict[str, Line] = {}
    for line in lines:
        once.setdefault(line.what, line)
    found = tuple(once.values())
    return Part(title, found[:SHOWN], max(0, len(found) - SHOWN))


def _problems(enrolments: Iterable[dict[str, Any]]) -> list[Line]:
    programmes, conditions = [], []
    for row in enrolments:
        name = installed().name("enrolments", row["kind"], get_language() or "")
        if row["kind"] == CONDITION:
            words = " ".join(word for word in row["value"].split() if "|" not in word)  # without the codes
            conditions.append(Line(words, row["start_on"], name))
        elif row["kind"] not in (AGREEMENT, LONG_PRESCRIPTION):
            programmes.append(Line(name, row["start_on"], gettext("programme")))
    return programmes + conditions


def _long(enrolments: Iterable[dict[str, Any]]) -> list[Line]:
    return [
        Line(gettext("Long prescription, medicines until %(day)s") % {"day": row["value"]}, row["start_on"])
        for row in enrolments
        if row["kind"] == LONG_PRESCRIPTION
    ]


def _of_forms(events: Iterable[dict[str, Any]]) -> list[Line]:
    """The medicines of the newest form of each kind that names any."""
    lines, seen = [], set[str]()
    for event in events:
        if _FIRST in event["answers"] and event["kind"] not in seen:
            seen.add(event["kind"])
            source = installed().name("events", event["kind"], get_language() or "")
            lines += [Line(what, event["happened_on"], source) for what in medicines_in(event["answers"])]
    return lines


def _told(events: Iterable[dict[str, Any]], kind: str) -> list[Line]:
    """What another system told; what is over there, or has no words, is left to the timeline."""
    source = gettext("from another system")
    return [
        Line(str(event["answers"]["text"]), event["happened_on"], source)
        for event in events
        if event["kind"] == kind
        and event["answers"].get("text")
        and (kind == VACCINATION or event["answers"].get("status") not in _OVER)
    ]


# --- personal basics --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Basics:
    """What the newest form of personal basics says; without one it says nothing."""

    on: date
    values: Mapping[str, Value]

    @classmethod
    def newest(cls, events: Iterable[dict[str, Any]]) -> _Basics:
        form = every_form()[BASICS]
        found = next((one for one in events if one["kind"] == form.event and one["answers"]), None)
        return cls(found["happened_on"], answers_from_json(form, found["answers"])) if found else cls(date.min, {})

    def allergies(self, told: list[Line]) -> list[Line]:
        """The allergies that were asked for, after those told elsewhere; that there are none only where nobody tells
        of one."""
        named, said_none = self._named(_ALLERGY)
        words = [self._text(_OTHER_ALLERGY) or one if code == _OTHER else one for code, one in named]
        return [*told, *map(self._line, words)] or ([self._line(_none())] if said_none else [])

    def family(self) -> list[Line]:
        """The illnesses in the family by relative; that there are none where that is all that was said."""
        lines, none_said = [], False
        for question in _FAMILY:
            named, said_none = self._named(question)
            none_said |= said_none
            if named:
                words = {"who": _title(question), "what": gettext(", ").join(one for _code, one in named)}
                lines.append(self._line(gettext("%(who)s: %(what)s") % words))
        if which := self._text(_WHICH):
            lines.append(self._line(gettext("%(who)s: %(what)s") % {"who": _title(_HEREDITARY), "what": which}))
        return lines or ([self._line(_none())] if none_said else [])

    def _named(self, question: str) -> tuple[list[tuple[str, str]], bool]:
        """The options that were ticked, with their words, and whether "none" was."""
        item, value = _item(question), self.values.get(question, ())
        codes = value if isinstance(value, tuple) else ()
        alone = {option.code for option in item.options if option.exclusive}
        named = [(code, in_words(item, (code,), get_language() or "")) for code in codes if code not in alone]
        return named, bool(alone & set(codes))

    def _text(self, question: str) -> str:
        return str(self.values.get(question) or "").strip()

    def _line(self, what: str) -> Line:
        return Line(what, self.on, installed().name("events", every_form()[BASICS].event, get_language() or ""))


def _item(question: str) -> Item:
    return every_form()[BASICS].question(question)


def _title(question: str) -> str:
    return _item(question).text.language(get_language() or "")


def _none() -> str:
    return gettext("none, when asked")
