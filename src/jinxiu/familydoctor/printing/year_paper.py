"""A person's year on paper: programmes, what was promised and kept, contacts by month, readings, what comes next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext

from jinxiu.documents import Document, Pairs, Section, Table, Words
from jinxiu.evidence.facts import row_key
from jinxiu.familydoctor.printing.form_paper import LANGUAGE, Whose
from jinxiu.familydoctor.records import cards, charts
from jinxiu.familydoctor.records.queries import CONDITION, values_in_words
from jinxiu.standards.codes import installed
from jinxiu.standards.explain import Explanation
from jinxiu.standards.person import Event, PersonFacts
from jinxiu.standards.verdict import Verdict
from jinxiu.ui.templatetags.jinxiu import day_text

EXAMS = "exam."
_OPEN = ("due", "overdue", "upcoming")


@dataclass(frozen=True, slots=True)
class Year:
    """A calendar year as far as it has passed: `until` is its last day, or today."""

    number: int
    until: dt.date

    @classmethod
    def of(cls, number: int, today: dt.date) -> Year:
        """The year with this number as it stands today."""
        return cls(number, min(dt.date(number, 12, 31), today))

    def has(self, day: dt.date) -> bool:
        """Tell whether a day lies in the year, and not after `until`."""
        return day.year == self.number and day <= self.until


@dataclass(frozen=True, slots=True)
class Promise:
    """One thing that standards ask for, alike ones as one: of which programmes, and where it stood at the end."""

    title: str
    programmes: tuple[str, ...]
    verdict: Verdict


def known_by(facts: PersonFacts, day: dt.date) -> PersonFacts:
    """What had happened by the end of a day, with today's corrections."""
    return replace(
        facts,
        events=tuple(one for one in facts.events if one.happened_on <= day),
        observations=tuple(one for one in facts.observations if one.happened_on <= day),
    )


def year_paper(
    whose: Whose, year: Year, facts: PersonFacts, said: Sequence[Explanation], recorders: Mapping[int, str]
) -> Document:
    """Lay out a year; `facts` are those `known_by` its end, `said` is what standards say then."""
    promises = list(promises_of(said))
    in_year = [one for one in promises if is_of(one.verdict, year.number)]
    ahead = sorted((one for one in promises if one.verdict.status in _OPEN), key=lambda one: one.verdict.due_on)
    events = sorted((one for one in facts.events if year.has(one.happened_on)), key=lambda one: one.happened_on)
    exams = [one for one in events if one.kind.startswith(EXAMS)]
    contacts = [one for one in events if not one.kind.startswith(EXAMS)]
    title = gettext("Summary of the year %(year)s") % {"year": year.number}
    return Document(
        language=LANGUAGE,
        title=title,
        subtitle=gettext("As it stood on %(day)s") % {"day": day_text(year.until)},
        sections=(
            Section(gettext("The person"), (Pairs(whose.rows()),)),
            _listed(gettext("Programmes"), programme_table(facts, year)),
            _listed(gettext("What was due this year"), _promise_table(in_year)),
            _listed(gettext("Yearly examination"), _event_table(exams, facts, recorders)),
            _listed(gettext("Contacts by month"), _event_table(contacts, facts, recorders)),
            *_readings(facts, year, recorders),
            _listed(gettext("What comes next"), _promise_table(ahead)),
        ),
        foot=gettext("Confidential: %(name)s, %(title)s") % {"name": whose.name, "title": title},
    )


def _listed(title: str, table: Table) -> Section:
    return Section(title, (table,) if table.rows else (Words(gettext("Nothing is recorded.")),))


def programme_table(facts: PersonFacts, year: Year) -> Table:
    """The programmes that ran for some of the year, conditions left out."""
    first = dt.date(year.number, 1, 1)
    running = [
        one
        for one in facts.enrolments
        if one.kind != CONDITION and one.start_on <= year.until and (one.end_on is None or one.end_on >= first)
    ]
    rows = (
        (
            installed().name("enrolments", one.kind, LANGUAGE),
            day_text(one.start_on),
            day_text(one.end_on) if one.end_on else "",
        )
        for one in sorted(running, key=lambda one: one.start_on)
    )
    return Table((gettext("Programme"), gettext("From"), gettext("To")), tuple(rows))


def is_of(verdict: Verdict, year: int) -> bool:
    """Tell whether a promise belongs to a year: its cycle is that year, or it was due in it."""
    return verdict.cycle == str(year) or (not verdict.cycle.isdecimal() and verdict.due_on.year == year)


def promises_of(said: Iterable[Explanation]) -> Iterator[Promise]:
    """Every promise of the standards, those alike as one (three programmes ask for one yearly examination)."""
    found: dict[object, Promise] = {}
    for one in said:
        for clause in one.clauses:
            verdict = clause.verdict
            key = (clause.title, verdict.cycle, status_words(verdict), verdict.opens_on, verdict.due_on)
            same = found.get(key)
            names = (same.programmes if same else ()) + (cards.short_title(one.standard),)
            found[key] = Promise(clause.title, tuple(dict.fromkeys(names)), verdict)
    yield from found.values()


def _promise_table(promises: Sequence[Promise]) -> Table:
    head = (gettext("What"), gettext("Programme"), gettext("Status"), gettext("Due by"))
    rows = (
        (one.title, gettext(", ").join(one.programmes), status_words(one.verdict), day_text(one.verdict.due_on))
        for one in promises
    )
    return Table(head, tuple(rows))


def status_words(verdict: Verdict) -> str:
    """Where a promise stands, with how many of how many where it counts more than one."""
    words = {
        "kept": gettext("Done"),
        "missed": gettext("Missed"),
        "waived": gettext("Waived"),
        "overdue": gettext("Overdue"),
        "due": gettext("Still to do"),
    }.get(verdict.status, gettext("Upcoming"))
    done, needed = verdict.reason_args.get("done"), verdict.reason_args.get("needed")
    return f"{words} {done}/{needed}" if done is not None and needed is not None else words


def _event_table(events: Sequence[Event], facts: PersonFacts, recorders: Mapping[int, str]) -> Table:
    head = (gettext("Month"), gettext("Day"), gettext("What"), gettext("Readings"), gettext("Recorded by"))
    measured = values_of(facts)
    rows: list[tuple[str, ...]] = []
    month = 0
    for one in events:
        rows.append(
            (
                month_text(one.happened_on) if one.happened_on.month != month else "",
                one.happened_on.isoformat(),
                _what(one),
                values_in_words(measured.get(one.event_id, {})),
                recorders.get(row_key(one.event_id), ""),
            )
        )
        month = one.happened_on.month
    return Table(head, tuple(rows))


def _what(event: Event) -> str:
    kind = installed().name("events", event.kind, LANGUAGE)
    return f"{kind} · {installed().name('modes', event.mode, LANGUAGE)}" if event.mode else kind


def values_of(facts: PersonFacts) -> dict[str, dict[str, float]]:
    """The readings of each event by code; a clinician's decision is none."""
    found: dict[str, dict[str, float]] = {}
    for one in facts.observations:
        if one.event_id and one.value is not None and one.code not in installed().decisions:
            found.setdefault(one.event_id, {})[one.code] = one.value
    return found


def _readings(facts: PersonFacts, year: Year, recorders: Mapping[int, str]) -> Iterator[Section]:
    """Blood pressure and glucose with the target of each day; a kind that nobody measured has no section."""
    for kind in charts.KINDS:
        found = [one for one in charts.readings_of(facts, kind, year.until) if year.has(one.on)]
        chart = charts.chart_of(kind, found, facts, year.until, recorders)
        if chart:
            head = (gettext("Day"), chart.title, gettext("Target then"), gettext("Class then"), gettext("How"))
            rows = tuple(
                (row.on.isoformat(), _marked(row), row.target, row.classification, row.mode)
                for row in reversed(chart.rows)
            )
            title = gettext("%(title)s (%(unit)s), the last %(count)s readings of the year at most") % {
                "title": chart.title,
                "unit": chart.unit,
                "count": charts.MOST_READINGS,
            }
            yield Section(title, (Table(head, rows), Words(gettext("▲ outside of the target of that day"))))


def _marked(row: charts.Row) -> str:
    return f"{row.value} ▲" if row.is_outside else row.value


def month_text(day: dt.date) -> str:
    """The month of a day in words."""
    return gettext("%(month)s/%(year)s") % {"month": day.month, "year": day.year}
