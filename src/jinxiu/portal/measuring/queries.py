"""What was measured, in the clinic and at home, for the person and for who acts for the person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.evidence.facts import row_key
from jinxiu.familydoctor.homevalues import queries as home
from jinxiu.familydoctor.homevalues.kinds import DIASTOLIC, FASTING, MEASUREMENT, NOT_FASTING, PULSE, SYSTOLIC
from jinxiu.familydoctor.homevalues.queries import Sent
from jinxiu.familydoctor.records.charts import Kind, Reading, readings_of
from jinxiu.familydoctor.records.queries import facts_of
from jinxiu.portal.access import Visit
from jinxiu.portal.measuring import rules
from jinxiu.portal.measuring.wording import bare_words, more_words, value_words
from jinxiu.standards.codes import installed

_ALIKE = {
    "systolic": SYSTOLIC,
    "diastolic": DIASTOLIC,
    "fasting_glucose": FASTING,
    "random_glucose": NOT_FASTING,
}  # what staff measure, as the rules for home values call it
KINDS = (
    Kind("pressure", _("Blood pressure"), ("systolic", "diastolic", SYSTOLIC, DIASTOLIC, PULSE), 20),
    Kind("glucose", _("Blood sugar"), ("fasting_glucose", "random_glucose", FASTING, NOT_FASTING), 2),
)
_LINES: dict[str, tuple[tuple[str, Promise], ...]] = {
    "pressure": ((SYSTOLIC, _("Upper value")), (DIASTOLIC, _("Lower value"))),
    "glucose": ((FASTING, _("Before breakfast")), (NOT_FASTING, _("Other times"))),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement in the table: `time` only for what came from home, `more` the pulse or the meal."""

    on: datetime
    time: str
    where: str
    value: str
    more: str
    mark: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawing with its table; `data` is what charts.js draws."""

    id: str
    title: str
    unit: str
    summary: str
    data: dict[str, Any]
    rows: tuple[Row, ...]

    @property
    def data_id(self) -> str:
        """The id of the element that carries the data."""
        return f"{self.id}-data"


@dataclass(frozen=True, slots=True)
class _Point:
    """A reading with its instant: what staff measured has a day only, and stands at its noon."""

    at: datetime
    is_home: bool
    mode: str
    values: Mapping[str, float]

    @property
    def level(self) -> str:
        """How the rules for values from home would sort it, whoever measured."""
        whole = SYSTOLIC in self.values and DIASTOLIC in self.values
        measured = whole or FASTING in self.values or NOT_FASTING in self.values
        known = rules.Told(symptoms=(), insulin=False)
        return rules.answer_to(self.values, known).level if measured else rules.GREEN


def drawn_for(visit: Visit) -> list[Drawn]:
    """Blood pressure and blood sugar over time, as far as there are any. What is under special shelter is shown to the
    person alone."""
    facts = facts_of(visit.person.pk, sheltered=visit.is_self)
    readings = {kind: readings_of(facts, kind, visit.today) for kind in KINDS}
    sent = {one.event_id: one for one in home.sent_since_ever(visit.person.pk)}
    return [_drawn(kind, [_point(one, sent) for one in found], visit) for kind, found in readings.items() if found]


def _point(reading: Reading, sent: Mapping[int, Sent]) -> _Point:
    event = reading.event
    values = {_ALIKE.get(code, code): value for code, value in reading.values.items()}
    one = sent.get(row_key(event.event_id)) if event and event.kind == MEASUREMENT else None
    noon = datetime.combine(reading.on, datetime.min.time()) + timedelta(hours=12)
    return _Point(
        one.at.replace(tzinfo=None) if one else noon, one is not None, event.mode or "" if event else "", values
    )


def _drawn(kind: Kind, unsorted: Sequence[_Point], visit: Visit) -> Drawn:
    points = sorted(unsorted, key=lambda point: point.at)
    unit = installed()[kind.codes[0]].unit
    last = points[-1]
    return Drawn(
        id=kind.id,
        title=str(kind.title),
        unit=unit,
        summary=gettext("%(title)s: %(count)s values, the last one %(value)s. The table below has them all.")
        % {"title": kind.title, "count": len(points), "value": value_words(last.values)},
        data=_data(kind, points, visit, unit),
        rows=tuple(_row(point) for point in reversed(points)),
    )


def _data(kind: Kind, points: Sequence[_Point], visit: Visit, unit: str) -> dict[str, Any]:
    lines = [code for code, _name in _LINES[kind.id]]
    values = [value for point in points for code, value in point.values.items() if code in lines]
    lowest, highest = min(values) - kind.scale / 2, max(values) + kind.scale / 2
    return {
        "unit": unit,
        "first": (points[0].at - timedelta(days=1)).date().isoformat(),
        "last": (visit.today + timedelta(days=1)).isoformat(),
        "lowest": max(lowest // kind.scale * kind.scale, 0),
        "highest": -(-highest // kind.scale) * kind.scale,
        "series": [
            {"name": str(name), "points": [_mark(point, code) for point in points if code in point.values]}
            for code, name in _LINES[kind.id]
            if any(code in point.values for point in points)
        ],
        "targets": [],
        "dangers": [],
    }


def _mark(point: _Point, code: str) -> list[Any]:
    return [point.at.isoformat(timespec="minutes"), point.values[code], point.level != rules.GREEN]


def _row(point: _Point) -> Row:
    return Row(
        on=point.at,
        time=f"{point.at:%H:%M}" if point.is_home else "",
        where=gettext("at home") if point.is_home else _where(point.mode),
        value=bare_words(point.values),
        more=more_words(point.values),
        mark=_words_of(point),
    )


def _where(mode: str) -> str:
    said = {"clinic": gettext("in the centre"), "home": gettext("home visit")}
    return said.get(mode) or (installed().name("modes", mode, get_language() or "") if mode else "")


def _words_of(point: _Point) -> str:
    """Danger, unusual, or nothing, in words: colour alone says nothing to many."""
    if point.level in (rules.ORANGE, rules.RED):
        return gettext("dangerous")
    return gettext("unusual") if point.level == rules.YELLOW else ""
