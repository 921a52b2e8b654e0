"""Blood pressure and glucose over time, each as a drawing and as the table beside it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import get_language, gettext, gettext_lazy, ngettext

from jinxiu.evidence.facts import row_key
from jinxiu.familydoctor.records import rules
from jinxiu.familydoctor.records.cards import class_name
from jinxiu.familydoctor.records.rules import LimitStep
from jinxiu.standards.codes import installed
from jinxiu.standards.judge import Standing, running_enrolment, stand
from jinxiu.standards.model import Standard
from jinxiu.standards.person import Event, PersonFacts
from jinxiu.standards.verdict import number_text
from jinxiu.worklists.standards import catalogue, in_force

MOST_READINGS = 40


@dataclass(frozen=True, slots=True)
class Kind:
    """A drawing: the readings it shows together, and the step by which its scale is rounded."""

    id: str
    title: Any
    codes: tuple[str, ...]
    scale: int


KINDS = (
    Kind("pressure", gettext_lazy("Blood pressure"), ("systolic", "diastolic"), 20),
    Kind("glucose", gettext_lazy("Blood glucose"), ("fasting_glucose", "random_glucose"), 2),
    Kind("home_pressure", gettext_lazy("Blood pressure at home"), ("home_systolic", "home_diastolic"), 20),
    Kind("home_glucose", gettext_lazy("Glucose at home"), ("home_fasting_glucose", "home_random_glucose"), 2),
)
_HOME = "home_"  # what a resident sent: no target of the norm is about it


@dataclass(frozen=True, slots=True)
class Reading:
    """What one contact (or one day without a contact) measured."""

    on: dt.date
    event: Event | None
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    on: dt.date
    mode: str
    value: str
    target: str
    is_outside: bool
    classification: str
    by: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with its table; `data` is what charts.js draws."""

    id: str
    title: str
    unit: str
    note: str
    value_heading: str
    summary: str
    data: dict[str, Any]
    rows: tuple[Row, ...]

    @property
    def data_id(self) -> str:
        """The id of the element that carries the data."""
        return f"{self.id}-data"


def readings_of(facts: PersonFacts, kind: Kind, today: dt.date) -> list[Reading]:
    """Return the latest readings of a drawing, oldest first; what one visit wrote into two records stands once."""
    events = {event.event_id: event for event in facts.events}
    grouped: dict[tuple[dt.date, str], dict[str, float]] = {}
    for one in sorted(facts.observations, key=lambda one: (one.happened_on, one.observation_id)):
        if one.code in kind.codes and one.value is not None and one.happened_on <= today:
            grouped.setdefault((one.happened_on, one.event_id or ""), {})[one.code] = one.value
    found: dict[object, Reading] = {}
    for (day, event_id), values in sorted(grouped.items()):
        event = events.get(event_id)
        found.setdefault((day, event.mode if event else "", tuple(sorted(values.items()))), Reading(day, event, values))
    return list(found.values())[-MOST_READINGS:]


def event_ids(readings: Sequence[Reading]) -> list[int]:
    """Return the database ids of the readings' events."""
    return [row_key(reading.event.event_id) for reading in readings if reading.event]


def chart_of(
    kind: Kind, readings: Sequence[Reading], facts: PersonFacts, today: dt.date, recorders: Mapping[int, str]
) -> Chart | None:
    """Return the drawing and its table; None when nothing was measured."""
    if not readings:
        return None
    standards = _programmes(facts)
    targets = {
        code: rules.limit_steps(rules.target_rules(standards, code), facts.birth_date, readings[0].on, today)
        for code in kind.codes
    }
    dangers = _dangers(standards, kind, today)
    language = get_language() or ""
    unit = installed()[kind.codes[0]].unit
    classes = Classes(kind, facts, readings)
    marked = [(reading, rules.outside(reading.values, targets, dangers, reading.on)) for reading in readings]
    return Chart(
        id=kind.id,
        title=str(kind.title),
        unit=installed().name("units", unit, language),
        note=_note(kind, targets),
        value_heading=str(kind.title),
        summary=_summary(kind, readings, unit),
        data=_drawing(kind, marked, targets, dangers, today, unit),
        rows=tuple(_row(kind, one, bool(over), classes, targets, recorders) for one, over in reversed(marked)),
    )


def _programmes(facts: PersonFacts) -> list[Standard]:
    """Every version of the standards of programmes that the person is or was in."""
    enrolled = {enrolment.kind for enrolment in facts.enrolments}
    return [standard for standard in catalogue().all() if getattr(standard.eligible, "kind", "") in enrolled]


def _dangers(standards: Sequence[Standard], kind: Kind, today: dt.date) -> list[rules.Danger]:
    """The ranges that call for help at once: those of a value that staff measure are those of the same from home."""
    found = [danger for standard in standards if standard.valid_on(today) for danger in rules.danger_ranges(standard)]
    if kind.id.startswith(_HOME):
        found = [replace(danger, code=f"{_HOME}{danger.code}") for danger in found]
    return [danger for danger in dict.fromkeys(found) if danger.code in kind.codes]


def _name(code: str) -> str:
    return installed()[code].title.language(get_language() or "")


def _note(kind: Kind, targets: Mapping[str, Sequence[LimitStep]]) -> str:
    """Say what the shading means, and when the target changed."""
    if kind.id.startswith(_HOME):
        return gettext("Sent from home. The norm's targets are about what the team measures.")
    changes = sorted({step.start for steps in targets.values() for step in steps[1:]})
    if not any(targets.values()):
        return gettext("No target: not enrolled in a programme that sets one.")
    if not changes:
        return gettext("Shaded: the target that applied then.")
    days = gettext(", ").join(day.isoformat() for day in changes)
    return gettext("Shaded: the target that applied then; it changed on %(days)s.") % {"days": days}


def _summary(kind: Kind, readings: Sequence[Reading], unit: str) -> str:
    count, last = len(readings), readings[-1]
    words = ngettext(
        "%(title)s: %(count)d reading, on %(last)s: %(value)s %(unit)s. The table below tells the same.",
        "%(title)s: %(count)d readings from %(first)s to %(last)s, the latest %(value)s %(unit)s. "
        "The table below has them all.",
        count,
    )
    return words % {
        "title": kind.title,
        "count": count,
        "first": readings[0].on.isoformat(),
        "last": last.on.isoformat(),
        "value": _value_text(kind, last.values),
        "unit": unit,
    }


def _value_text(kind: Kind, values: Mapping[str, float]) -> str:
    """142/84 for a blood pressure, "fasting 6.9" for a glucose."""
    if kind.id.endswith("pressure"):
        return "/".join(number_text(values[code]) if code in values else "–" for code in kind.codes)
    return " · ".join(f"{_name(code)} {number_text(values[code])}" for code in kind.codes if code in values)


def _row(
    kind: Kind,
    reading: Reading,
    is_outside: bool,
    classes: Classes,
    targets: Mapping[str, Sequence[LimitStep]],
    recorders: Mapping[int, str],
) -> Row:
    event = reading.event
    return Row(
        on=reading.on,
        mode=installed().name("modes", event.mode, get_language() or "") if event and event.mode else "–",
        value=_value_text(kind, reading.values),
        target=_target_text(kind, reading, targets),
        is_outside=is_outside,
        classification=classes.of(reading),
        by=recorders.get(row_key(event.event_id), "") if event else "",
    )


def _target_text(kind: Kind, reading: Reading, targets: Mapping[str, Sequence[LimitStep]]) -> str:
    """<140/90, the target of that day for what was measured."""
    limits = [rules.limit_on(targets[code], reading.on) for code in kind.codes if code in reading.values]
    known = [number_text(limit) for limit in limits if limit is not None]
    return "<" + "/".join(known) if known else "–"


class Classes:
    """What the rules of each contact's day say of it, from what was known up to then.

    One standing serves all contacts of one enrolment under one version of a standard: a contact looks back only.
    """

    def __init__(self, kind: Kind, facts: PersonFacts, readings: Sequence[Reading]) -> None:
        self._kind, self._facts = kind, facts
        self._standings: dict[object, tuple[Standing | None, dict[str, int]]] = {}
        self._last = readings[-1].on

    def of(self, reading: Reading) -> str:
        """The class of a reading's contact in words; empty when it is no contact or does not count."""
        event = reading.event
        if event is None:
            return ""
        for standard in in_force(reading.on):
            if standard.contact and event.kind in standard.contact.events and _has_target(standard, self._kind):
                return self._class(standard, event, reading.on)
        return ""

    def _class(self, standard: Standard, event: Event, day: dt.date) -> str:
        standing, places = self._standing(standard, day)
        place = places.get(event.event_id)
        if standing is None or place is None:
            return ""
        case = next(case for case in standard.cases if standing.holds(case.when, place))
        return class_name(case.classification)

    def _standing(self, standard: Standard, day: dt.date) -> tuple[Standing | None, dict[str, int]]:
        """The standing that a day belongs to, with the places of its counted contacts."""
        enrolment = running_enrolment(self._facts, getattr(standard.eligible, "kind", ""), day)
        if enrolment is None:
            return None, {}
        ends = [self._last, *(end for end in (enrolment.end_on, standard.valid_to) if end)]
        key = (standard.id, standard.version, enrolment.enrolment_id)
        if key not in self._standings:
            standing = stand(standard, self._facts, min(ends))
            places = {standing.visits[at].event.event_id: at for at in standing.contacts()} if standing else {}
            self._standings[key] = standing, places
        return self._standings[key]


def _has_target(standard: Standard, kind: Kind) -> bool:
    return any(rules.target_rules([standard], code) for code in kind.codes)


def _drawing(
    kind: Kind,
    marked: Sequence[tuple[Reading, frozenset[str]]],
    targets: Mapping[str, Sequence[LimitStep]],
    dangers: Sequence[rules.Danger],
    today: dt.date,
    unit: str,
) -> dict[str, Any]:
    values = [value for reading, _ in marked for value in reading.values.values()]
    limits = [step.value for steps in targets.values() for step in steps]
    lowest = math.floor((min(values + limits) - kind.scale / 2) / kind.scale) * kind.scale
    highest = math.ceil((max(values + limits) + kind.scale / 2) / kind.scale) * kind.scale
    return {
        "unit": unit,
        "first": marked[0][0].on.isoformat(),
        "last": today.isoformat(),
        "lowest": max(lowest, 0),
        "highest": highest,
        "series": [
            {
                "name": _name(code),
                "points": [
                    [reading.on.isoformat(), reading.values[code], code in over]
                    for reading, over in marked
                    if code in reading.values
                ],
            }
            for code in kind.codes
            if any(code in reading.values for reading, _ in marked)
        ],
        "targets": [
            {
                "name": gettext("Target: %(name)s") % {"name": _name(code)},
                "steps": [[step.start.isoformat(), step.end.isoformat(), step.value] for step in steps],
            }
            for code, steps in targets.items()
            if steps
        ],
        "dangers": [
            {"value": value, "name": _danger_name(kind, dangers, value)}
            for value in dict.fromkeys(danger.value for danger in dangers)
            if lowest < value < highest
        ],
    }


def _danger_name(kind: Kind, dangers: Sequence[rules.Danger], value: float) -> str:
    """Fasting and random glucose share their danger limits: one line, named after both."""
    codes = {danger.code for danger in dangers if danger.value == value}
    return _name(codes.pop()) if len(codes) == 1 else str(kind.title)
