"""What is under special shelter, and everything without it.

Which kinds and codes these are is data of the services (`settings.JINXIU_SHELTERED`); who opens them and for what
is `people.access`. Each filter here has one meaning: what may be shown to whoever has not opened the shelter.
"""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import yaml
from django.conf import settings
from django.db.models import Q

from jinxiu.evidence.models import Enrolment, Event, Observation
from jinxiu.people.matching.queries import whose
from jinxiu.standards.model import EnrolledIn, Standard, parts
from jinxiu.standards.person import PersonFacts


@dataclass(frozen=True)
class Sheltered:
    """Kinds of programmes, kinds of events and codes of observations that are under shelter."""

    enrolments: frozenset[str]
    events: frozenset[str]
    observations: frozenset[str]

    def covers(self, standard: Standard) -> bool:
        """Tell whether a standard looks at what is sheltered: at its programme, or at a contact that it counts."""
        programmes = {part.kind for part in parts(standard.eligible) if isinstance(part, EnrolledIn)}
        contacts = standard.contact.events if standard.contact else ()
        return not (self.enrolments.isdisjoint(programmes) and self.events.isdisjoint(contacts))

    def names(self, kind: str) -> bool:
        """Tell whether a kind of programme or event is sheltered."""
        return kind in self.enrolments or kind in self.events


@cache
def sheltered() -> Sheltered:
    """All that is under shelter in this installation. Raises ValueError for a file that says something else."""
    return read(Path(settings.JINXIU_SHELTERED))


def read(path: Path) -> Sheltered:
    """Read a file of shelters; a word that it should not have stops the start, for a typing error opens a shelter."""
    fields = ("enrolments", "events", "observations")
    listed: dict[str, set[str]] = {field: set() for field in fields}
    for name, shelter in yaml.safe_load(path.read_text(encoding="utf-8")).items():
        if unknown := set(shelter) - set(fields):
            raise ValueError(f"{path.name}: {name} has {sorted(unknown)}; a shelter lists {', '.join(fields)}.")
        for field in fields:
            listed[field].update(shelter.get(field, ()))
    return Sheltered(**{field: frozenset(listed[field]) for field in fields})


def without(facts: PersonFacts) -> PersonFacts:
    """One person's facts as whoever has not opened the shelter may know them."""
    hidden = sheltered()
    events = tuple(one for one in facts.events if one.kind not in hidden.events)
    gone = {one.event_id for one in facts.events} - {one.event_id for one in events}
    return replace(
        facts,
        enrolments=tuple(one for one in facts.enrolments if one.kind not in hidden.enrolments),
        events=events,
        observations=tuple(
            one for one in facts.observations if one.code not in hidden.observations and one.event_id not in gone
        ),
    )


def open_events() -> Q:
    """The events outside of the shelter; what corrects or withdraws one inside is inside too."""
    kinds = sheltered().events
    return ~Q(kind__in=kinds) & ~Q(supersedes__kind__in=kinds)


def open_observations() -> Q:
    """The observations outside of the shelter."""
    hidden = sheltered()
    return ~Q(code__in=hidden.observations) & ~Q(event__kind__in=hidden.events)


def open_enrolments() -> Q:
    """The enrolments outside of the shelter."""
    return ~Q(kind__in=sheltered().enrolments)


def has_any(person_id: int) -> bool:
    """Tell whether anything of a person is under shelter, for those who may open it."""
    rows = (
        (Enrolment, open_enrolments()),
        (Event, open_events()),
        (Observation, open_observations()),
    )
    return any(model._default_manager.filter(~shown & whose(person_id)).exists() for model, shown in rows)
