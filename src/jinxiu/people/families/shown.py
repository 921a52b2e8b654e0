"""Households and relationships in words of the active language, as the pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext

from jinxiu.people.access import Viewer
from jinxiu.people.asked import number_sent
from jinxiu.people.families import queries, rules, wording
from jinxiu.people.families.queries import Home, Member
from jinxiu.people.models import Person, Relationship
from jinxiu.people.roles import RECORD_FOLLOWUP, REGISTER_PEOPLE
from jinxiu.people.wording import about, named
from jinxiu.ui.templatetags.jinxiu import day_text

APART = "new"  # what the page sends for somebody who keeps house apart from those at the address


@dataclass(frozen=True, slots=True)
class ShownMember:
    """Somebody of a household; `gone` and `cannot` are words, empty for somebody who may be chosen."""

    id: int
    name: str
    url: str
    about: str
    to_head: str
    gone: str
    cannot: str
    represents: bool


@dataclass(frozen=True, slots=True)
class ShownHome:
    """A household; `no_longer` is why the one chosen no longer speaks for it, empty otherwise."""

    id: int
    address: str
    members: tuple[ShownMember, ...]
    others: int
    living: int
    has_representative: bool
    representative: str
    no_longer: str
    was: int | None


@dataclass(frozen=True, slots=True)
class Line:
    """A relationship: who, as what, what they may do today and why, and how it came and went."""

    id: int
    name: str
    url: str
    role: str
    relation: str
    masked_phone: str
    may: bool
    running: bool
    answer: str
    consent: str
    words: str
    start_on: date
    ends_on: date | None
    by_itself: bool
    recorded_by: str
    ended_by: str


@dataclass(frozen=True, slots=True)
class Family:
    """What the card on a person's page shows, and what this viewer may do about it."""

    person_id: int
    home: ShownHome | None
    to_head: str
    lines: tuple[Line, ...]
    beside: tuple[Line, ...]
    may_change: bool
    may_call: bool


def home(found: Home | None, viewer: Viewer) -> ShownHome | None:
    """A household in words."""
    if found is None:
        return None
    household = found.household
    speaks = found.spoken_for == "yes"
    chosen = household.representative_id if speaks else None
    return ShownHome(
        id=household.pk,
        address=_address(found),
        members=tuple(_member(one, chosen, viewer.today) for one in found.members),
        others=found.others,
        living=found.living,
        has_representative=speaks,
        representative=found.representative.name if speaks and found.representative else "",
        no_longer=str(wording.NO_LONGER.get(found.spoken_for, "")),
        was=household.representative_id,
    )


def choices(viewer: Viewer, sent: Mapping[str, str]) -> dict[str, object]:
    """What the choice of a household shows for the place and address that were typed, and which one is chosen."""
    place, typed = number_sent(sent.get("place", "")), sent.get("address", "")[:300].replace("\0", "").strip()
    found = queries.homes_at(viewer, place, typed) if place is not None and typed else []
    keys = [APART, *(str(one.household.pk) for one in found)]
    first = keys[1] if found else ""
    chosen = sent.get("household", "")
    return {"homes": [home(one, viewer) for one in found], "household": chosen if chosen in keys else first}


def chosen_home(viewer: Viewer, at: tuple[int, str], choice: str) -> int | None:
    """The household that was chosen among those at an address; None when it is none of them."""
    return next((one.household.pk for one in queries.homes_at(viewer, *at) if str(one.household.pk) == choice), None)


def _address(found: Home) -> str:
    place = found.household.place
    name, address = named(place), found.household.address
    return address if name in address else f"{name} {address}".strip()


def _member(one: Member, chosen: int | None, today: date) -> ShownMember:
    person = one.person
    return ShownMember(
        id=person.pk,
        name=person.name,
        url=reverse("person", args=[person.pk]),
        about=about(person.birth_date, person.sex, today),
        to_head=wording.to_head(person.head_relation),
        gone="" if one.lives_here else str(wording.CANNOT[one.cannot]),
        cannot=str(wording.CANNOT.get(one.cannot, "")),
        represents=person.pk == chosen,
    )


def family(viewer: Viewer, person: Person) -> Family:
    """What the card shows of a person whom `access` has found: household, who stands beside, beside whom they stand."""
    rows = queries.relationships_of(person.pk)
    may_change, may_call = queries.reached_by(viewer, person.pk, REGISTER_PEOPLE, RECORD_FOLLOWUP)
    reach = queries.within_reach(viewer, [row.relative_id for row in rows if row.relative_id is not None])
    return Family(
        person_id=person.pk,
        home=home(queries.home_of(viewer, person), viewer),
        to_head=wording.to_head(person.head_relation),
        lines=tuple(line(row, person, viewer.today, reach) for row in rows),
        beside=tuple(_beside(queries.stands_beside(viewer, person.pk), viewer.today)),
        may_change=may_change,
        may_call=may_call,
    )


def line(row: Relationship, person: Person, today: date, reach: Iterable[int]) -> Line:
    """One relationship in words; only those within reach are linked."""
    relative = row.relative
    answer = rules.may_act_for(row, person, today)
    ends_on = rules.ends_on(row, person)
    return Line(
        id=row.pk,
        name=relative.name if relative else row.name,
        url=reverse("person", args=[relative.pk]) if relative and relative.pk in reach else "",
        role=str(wording.ROLES[row.role]),
        relation=str(wording.RELATIONS.get(row.relation, row.relation)),
        masked_phone=row.masked,
        may=answer.may,
        running=rules.is_running(row, person, today) and row.end_on is None,
        answer=wording.sentence_for(answer),
        consent=_consent(row, today),
        words=row.words,
        start_on=row.start_on,
        ends_on=ends_on,
        by_itself=ends_on is not None and row.ended_by_id is None,
        recorded_by=row.recorded_by.name if row.recorded_by else "",
        ended_by=row.ended_by.name if row.ended_by else "",
    )


def _consent(row: Relationship, today: date) -> str:
    if row.consented_on is None:
        return ""
    return gettext("Consent of %(day)s by %(who)s") % {
        "day": day_text(row.consented_on, today),
        "who": wording.CONSENT_BY.get(row.consent_by, row.consent_by),
    }


def _beside(rows: Iterable[Relationship], today: date) -> Iterable[Line]:
    """The same relationships seen from the relative: the name is the person's whom they stand beside."""
    for row in rows:
        seen = line(row, row.person, today, ())
        if seen.running:
            yield replace(seen, name=row.person.name, url=reverse("person", args=[row.person_id]), masked_phone="")
