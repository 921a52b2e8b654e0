"""What the person page reads. The person has come through `people.access.person_for` before any of this is asked.

What is under special shelter is left out, unless `sheltered` says that the viewer has opened it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils.translation import get_language, gettext

from jinxiu.evidence.facts import person_facts
from jinxiu.evidence.models import Enrolment, Event, Observation
from jinxiu.evidence.sheltered import open_enrolments, open_events, open_observations, without
from jinxiu.people.access import PersonNotFound
from jinxiu.people.matching.queries import whose
from jinxiu.people.models import ContactPoint, Person
from jinxiu.people.queries import identifiers_of, team_of
from jinxiu.people.wording import named
from jinxiu.standards.codes import installed
from jinxiu.standards.person import PersonFacts, age_on
from jinxiu.standards.verdict import number_text

M = TypeVar("M", bound=Model)
PAGE = 15
CONDITION = "condition"  # what somebody has, as another system said it; no programme that somebody is in
KINDS = ("followup", "exam", "measured", "enrolment", "other")
# Order of one day's entries of different tables; part of the key by which the timeline is paged.
RANKS = {"event": 3, "observation": 2, "enrolment": 1}


@dataclass(frozen=True, slots=True)
class Head:
    """Who it is, as every page of a person begins: numbers masked, words in the reader's language."""

    id: int
    name: str
    sex: str
    age: int | None
    masked_id: str


def head_of(person: Person, today: dt.date) -> Head:
    """Return the head of a person's pages."""
    numbers = identifiers_of(person.pk)
    sex = gettext("male") if person.sex == "M" else gettext("female") if person.sex == "F" else gettext("sex unknown")
    masked = numbers[0].masked if numbers else ""
    return Head(person.pk, person.name, sex, age_on(person.birth_date, today), masked)


def facts_of(person_id: int, *, sheltered: bool = False) -> PersonFacts:
    """Return what is known of a person whom `people.access` has found."""
    facts = person_facts(person_id)
    if facts is None:
        raise PersonNotFound
    return facts if sheltered else without(facts)


def team_name(person_id: int, day: dt.date) -> str:
    """Return the team that the person belongs to, with its institution; empty when there is none."""
    team = team_of(person_id, day)
    if team is None:
        return ""
    return f"{named(team.institution)} · {named(team)}"


def address_of(person: Person) -> str:
    """Return where the person lives, empty when that is unknown; the place has come with the person.

    Where the official list no longer has the place, it is said since when: the household waits for its new one.
    """
    if person.household is None:
        return ""
    place = person.household.place
    name = named(place)
    address = person.household.address
    words = address if name in address else f"{name} {address}".strip()
    if place.retired_on is None:
        return words
    return gettext("%(address)s (place no longer listed since %(day)s)") % {"address": words, "day": place.retired_on}


def masked_phone(person_id: int) -> str:
    """Return the first phone number as it may be shown; the number itself is asked for apart, and leaves a line."""
    return (
        ContactPoint.objects.filter(whose(person_id))
        .order_by("-person__merged_into", "pk")  # the record that is kept first
        .values_list("masked", flat=True)
        .first()
        or ""
    )


def masked_phones(person_id: int) -> list[str]:
    """Return all phone numbers as they may be shown."""
    found = ContactPoint.objects.filter(whose(person_id)).order_by("pk").values_list("masked", flat=True)
    return list(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Key:
    """The place of an entry in the timeline: day, table, id."""

    on: dt.date
    rank: int
    pk: int

    def __str__(self) -> str:
        return f"{self.on.isoformat()}.{self.rank}.{self.pk}"

    @classmethod
    def parse(cls, text: str) -> Key | None:
        """Read a key from an address; None for anything that is none."""
        try:
            day, rank, pk = text.split(".")
            return cls(dt.date.fromisoformat(day), int(rank), int(pk))
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline: when, what, the values in words, by whom; and the same as codes, for who says it in
    other words: `kind` of the event or enrolment (of a reading its code), `mode` of a contact, who wrote it down."""

    key: Key
    title: str
    detail: str
    by: str
    kind: str = ""
    mode: str = ""
    values: Mapping[str, float] = field(default_factory=dict)
    by_id: int | None = None

    @property
    def on(self) -> dt.date:
        """The day it happened."""
        return self.key.on


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """Some entries, newest first, and the key after which the next page begins (empty at the end)."""

    entries: tuple[Entry, ...]
    after: str


def current(model: type[M]) -> QuerySet[M]:
    """Return the rows of a kind of evidence that nothing corrects."""
    return model._default_manager.filter(~Exists(model._default_manager.filter(supersedes=OuterRef("pk"))))


def forms_recorded(person_id: int, kind: str) -> set[str]:
    """Return the forms by which this kind of event was recorded for a person, as far as it stands."""
    return set(current(Event).filter(whose(person_id), kind=kind).values_list("form_id", flat=True))


def timeline(
    person_id: int, *, kind: str = "", after: Key | None = None, limit: int = PAGE, sheltered: bool = False
) -> TimelinePage:
    """Return a page of what happened to a person, newest first; `kind` is one of KINDS or empty for all."""
    found = [
        *_events(_may_be_shown(Event, open_events(), sheltered), person_id, kind, after, limit),
        *_loose_observations(_may_be_shown(Observation, open_observations(), sheltered), person_id, kind, after, limit),
        *_enrolments(_may_be_shown(Enrolment, open_enrolments(), sheltered), person_id, kind, after, limit),
    ]
    found.sort(key=lambda entry: (entry.key.on, entry.key.rank, entry.key.pk), reverse=True)
    shown = tuple(found[:limit])
    return TimelinePage(shown, str(shown[-1].key) if len(found) > limit else "")


def _may_be_shown(model: type[M], outside_of_shelter: Q, sheltered: bool) -> QuerySet[M]:
    return current(model) if sheltered else current(model).filter(outside_of_shelter)


def _before(day_field: str, rank: int, after: Key | None) -> Q:
    """The rows of one table that come after a key in the timeline's order (newest first)."""
    if after is None:
        return Q()
    same_day = Q(**{day_field: after.on})
    if rank < after.rank:
        same_day_rest = same_day
    elif rank == after.rank:
        same_day_rest = same_day & Q(pk__lt=after.pk)
    else:
        same_day_rest = Q(pk__in=[])
    return Q(**{f"{day_field}__lt": after.on}) | same_day_rest


def _events(shown: QuerySet[Event], person_id: int, kind: str, after: Key | None, limit: int) -> list[Entry]:
    if kind in ("measured", "enrolment"):
        return []
    rows = shown.filter(_event_kinds(kind), _before("happened_on", RANKS["event"], after), whose(person_id))
    events = list(
        rows.order_by("-happened_on", "-pk").values("pk", "kind", "happened_on", "mode", "answers", *_STAFF)[
            : limit + 1
        ]
    )
    values = values_by_event(event["pk"] for event in events)
    return [_event_entry(event, values.get(event["pk"], {})) for event in events]


_STAFF = ("recorded_by_id", "recorded_by__name", "recorded_by__name_en")


def _event_kinds(kind: str) -> Q:
    if kind in ("followup", "exam"):
        return Q(kind__startswith=f"{kind}.")
    if kind == "other":
        return ~Q(kind__startswith="followup.") & ~Q(kind__startswith="exam.")
    return Q()


def values_by_event(event_ids: Iterable[int]) -> dict[int, dict[str, float]]:
    """Return the measured values of events by code; the last of a code wins."""
    found: dict[int, dict[str, float]] = {}
    rows = current(Observation).filter(event__in=list(event_ids)).order_by("happened_on", "pk")
    for row in rows.values("event_id", "code", "value"):
        if row["value"] is not None:
            found.setdefault(row["event_id"], {})[row["code"]] = row["value"]
    return found


def _event_entry(event: Mapping[str, Any], values: Mapping[str, float]) -> Entry:
    language = get_language() or ""
    note = str((event["answers"] or {}).get("note") or "")
    mode = installed().name("modes", event["mode"], language)
    return Entry(
        key=Key(event["happened_on"], RANKS["event"], event["pk"]),
        title=f"{installed().name('events', event['kind'], language)} · {mode}",
        detail=" · ".join(part for part in (values_in_words(values), note) if part),
        by=staff_name(event),
        kind=event["kind"],
        mode=event["mode"],
        values=values,
        by_id=event["recorded_by_id"],
    )


def values_in_words(values: Mapping[str, float]) -> str:
    """Write measured values as people do: 148/92 mmHg · Fasting glucose 6.9 mmol/L; flags only when raised."""
    codes, language = installed(), get_language() or ""
    rest, parts = dict(values), []
    for high, low in (("systolic", "diastolic"), ("home_systolic", "home_diastolic")):
        if high in rest and low in rest:
            parts.append(f"{number_text(rest.pop(high))}/{number_text(rest.pop(low))} mmHg")
    for code, value in rest.items():
        known = codes.observations.get(code)
        name = known.title.language(language) if known else code
        if known and known.is_flag:
            parts += [name] if value else []
        else:
            unit = codes.name("units", known.unit, language) if known else ""
            parts.append(f"{name} {number_text(value)} {unit}".strip())
    return " · ".join(parts)


def _loose_observations(
    shown: QuerySet[Observation], person_id: int, kind: str, after: Key | None, limit: int
) -> list[Entry]:
    if kind not in ("", "measured"):
        return []
    rows = shown.filter(_before("happened_on", RANKS["observation"], after), whose(person_id), event__isnull=True)
    found = rows.order_by("-happened_on", "-pk").values("pk", "code", "happened_on", "value", "text", *_STAFF)
    return [_observation_entry(row) for row in found[: limit + 1]]


def _observation_entry(row: Mapping[str, Any]) -> Entry:
    words = values_in_words({row["code"]: row["value"]}) if row["value"] is not None else row["text"]
    key = Key(row["happened_on"], RANKS["observation"], row["pk"])
    return Entry(key, gettext("Measured"), words, staff_name(row), kind=row["code"], by_id=row["recorded_by_id"])


def _enrolments(shown: QuerySet[Enrolment], person_id: int, kind: str, after: Key | None, limit: int) -> list[Entry]:
    if kind not in ("", "enrolment"):
        return []
    rows = shown.filter(_before("start_on", RANKS["enrolment"], after), whose(person_id))
    found = rows.order_by("-start_on", "-pk").values("pk", "kind", "start_on", "end_on", "end_reason", "value", *_STAFF)
    return [_enrolment_entry(row) for row in found[: limit + 1]]


def _enrolment_entry(row: Mapping[str, Any]) -> Entry:
    language = get_language() or ""
    detail = ""
    if row["end_on"]:
        reason = installed().name("end_reasons", row["end_reason"], language)
        detail = gettext("until %(day)s %(reason)s") % {"day": row["end_on"].isoformat(), "reason": reason}
    name = installed().name("enrolments", row["kind"], language)
    if row["kind"] == CONDITION:
        title = f"{name}: {_words(row['value'])}"
    else:
        title = gettext("Enrolled: %(kind)s") % {"kind": name}
    key = Key(row["start_on"], RANKS["enrolment"], row["pk"])
    return Entry(key, title, detail.strip(), staff_name(row), kind=row["kind"], by_id=row["recorded_by_id"])


def _words(value: str) -> str:
    """What an import wrote of a condition, without the codes before it."""
    return " ".join(word for word in value.split() if "|" not in word)


def staff_name(row: Mapping[str, Any]) -> str:
    """Return who recorded a row, in the reader's language; empty when it came from elsewhere."""
    english = row["recorded_by__name_en"] if (get_language() or "").startswith("en") else ""
    return english or row["recorded_by__name"] or ""


def recorders(event_ids: Sequence[int]) -> dict[int, str]:
    """Return who wrote down each event; events that came from elsewhere are left out."""
    rows = Event.objects.filter(pk__in=event_ids, recorded_by__isnull=False).values("pk", *_STAFF)
    return {row["pk"]: staff_name(row) for row in rows}
