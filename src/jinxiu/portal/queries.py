"""Reads: whose phone and document these are; how often was asked; team, agreement and what is due of one person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import get_language, gettext

from jinxiu.agreements import queries as agreements
from jinxiu.agreements.models import Agreement
from jinxiu.familydoctor.examdays import queries as examdays
from jinxiu.familydoctor.examdays.queries import Booking
from jinxiu.familydoctor.examdays.rules import CLAUSE as YEARLY_EXAM
from jinxiu.familydoctor.homevalues.kinds import CONTACT_SOON
from jinxiu.people import sealing
from jinxiu.people.families import rules as families
from jinxiu.people.families import wording
from jinxiu.people.identity import normalise, normalise_phone
from jinxiu.people.matching.queries import KEPT, whose
from jinxiu.people.models import ContactPoint, Identifier, Person, Relationship
from jinxiu.people.queries import team_members, team_of
from jinxiu.people.wording import named
from jinxiu.portal import rules
from jinxiu.portal.access import Visit
from jinxiu.portal.models import HelperWish, ResidentAccount, SignIn
from jinxiu.portal.wording import DANGER, plain_words
from jinxiu.standards import explain
from jinxiu.standards.model import Standard
from jinxiu.worklists.cards import OPEN, short_title
from jinxiu.worklists.queries import Item, due_for_person
from jinxiu.worklists.standards import sheltered_ids, standard_of


def hashes(phone: str, number: str) -> tuple[bytes, bytes]:
    """The hashes of a phone and a document as they were typed. Raises identity.IdentityError: phone_shape."""
    by_phone = sealing.keyed_hash(normalise_phone(phone), sealing.PHONE)
    return by_phone, sealing.keyed_hash(normalise(number), sealing.IDENTIFIER)


def whose_are(phone_hash: bytes, number_hash: bytes) -> tuple[Person, ContactPoint] | None:
    """The person who has this document and this mobile phone; None for everybody else.

    A number that stands in the register as a relative's proves nothing about the person.
    """
    found = set(Identifier.objects.filter(whole_hash=number_hash).values_list(KEPT, flat=True)[:2])
    if len(found) != 1:
        return None
    person_id = found.pop()
    own = ContactPoint.objects.filter(whose(person_id), whole_hash=phone_hash, use=ContactPoint.Use.MOBILE)
    point = own.order_by("pk").first()
    return (Person.objects.get(pk=person_id), point) if point else None


def guarded_by(phone_hash: bytes, number_hash: bytes, today: date) -> tuple[Person, ContactPoint] | None:
    """The person of this document, where the mobile phone is that of somebody who decides for the person today, and
    that phone; None for everybody else. From 14 a young person is asked, and no guardian."""
    found = set(Identifier.objects.filter(whole_hash=number_hash).values_list(KEPT, flat=True)[:2])
    if len(found) != 1:
        return None
    bonds = Relationship.objects.filter(whose(found.pop()), role=families.GUARDIAN, relative__isnull=False)
    for bond in bonds.select_related("person__merged_into", "relative").order_by("pk"):
        person = bond.person.merged_into or bond.person
        answer = families.may_act_for(bond, person, today)
        if not answer.may or not rules.reads_record(answer, person, today) or bond.relative is None:
            continue
        own = ContactPoint.objects.filter(whose(bond.relative.pk), whole_hash=phone_hash, use=ContactPoint.Use.MOBILE)
        if point := own.order_by("pk").first():
            return person, point
    return None


def asked_too_often(phone_hash: bytes, number_hash: bytes, now: datetime) -> bool:
    """Tell whether codes for this phone or this document were asked for too often within the last hour."""
    lately = SignIn.objects.filter(asked_at__gt=now - rules.AN_HOUR)
    return (
        lately.filter(phone_hash=phone_hash, number_hash=number_hash).count() >= rules.FOR_BOTH
        or lately.filter(number_hash=number_hash).count() >= rules.FOR_NUMBER
        or lately.filter(phone_hash=phone_hash).count() >= rules.FOR_PHONE
    )


def with_account() -> list[int]:
    """Everybody alive who has used these pages."""
    rows = ResidentAccount.objects.filter(person__died_on__isnull=True)
    return sorted(set(rows.values_list(KEPT, flat=True)))


# --- the home page ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OwnTeam:
    """A person's team as the person sees it."""

    name: str
    institution: str
    members: list[tuple[str, str]]  # role and name, doctors first
    phone: str  # the institution's where the team has none; empty where neither has one
    dial: str  # its digits alone


def team_for(visit: Visit) -> OwnTeam | None:
    """The team that the person belongs to today."""
    team = team_of(visit.person.pk, visit.today)
    if team is None:
        return None
    english = (get_language() or "").startswith("en")
    members = team_members(team.pk, visit.today)
    phone = team.phone or team.institution.phone
    return OwnTeam(
        named(team),
        named(team.institution),
        [(one.role_label, one.name_en if english else one.name) for one in members],
        phone,
        "".join(filter(str.isdecimal, phone)),
    )


def agreement_for(visit: Visit) -> Agreement | None:
    """The person's agreement in force, or the one that begins next."""
    return agreements.current(visit.person.pk, visit.today)


@dataclass(frozen=True)
class Due:
    """Something that the person is owed: what, of which services, in plain words, by when; `why` has the rule's own
    sentences, one for each service. `is_urgent`: not to be put off; `is_late`: its day has passed; `is_booked`: a day
    and a time are fixed for it."""

    what: str
    services: str
    plain: str
    why: tuple[str, ...]
    due_on: date
    is_urgent: bool
    is_late: bool
    is_booked: bool


def booking_for(visit: Visit) -> Booking | None:
    """The examination that the person is invited to and that is still ahead."""
    return examdays.booked([visit.person.pk], visit.today).get(visit.person.pk)


def due_for(visit: Visit, booking: Booking | None) -> list[Due]:
    """What is due now, the most urgent first; the same of several services together. What is under special shelter is
    shown to the person alone."""
    hidden = frozenset[str]() if visit.is_self else sheltered_ids()
    items = due_for_person(visit.person.pk, visit.today)
    together: dict[tuple[str, str, date], list[tuple[Item, Standard]]] = {}
    for item in items:
        standard = standard_of(item.standard, item.version)
        if standard is None or item.status not in OPEN or item.standard in hidden or item.clause == CONTACT_SOON:
            continue  # nothing can be said of a version that was taken away; the team calls, the person need not come
        what = standard.clause(item.clause).title.language(get_language() or "")
        together.setdefault((what, plain_words(item.action, item.urgency), item.due_on), []).append((item, standard))
    return [_due(*key, found, visit.today, booking) for key, found in together.items()]


def _due(
    what: str,
    plain: str,
    due_on: date,
    found: list[tuple[Item, Standard]],
    today: date,
    booking: Booking | None,
) -> Due:
    return Due(
        what=what,
        services=gettext(", ").join(short_title(standard) for _item, standard in found),
        plain=plain,
        why=tuple(explain.sentence(standard, item, get_language() or "", today) for item, standard in found),
        due_on=due_on,
        is_urgent=any(item.urgency == DANGER for item, _standard in found),
        is_late=due_on < today,
        is_booked=booking is not None and all(item.clause == YEARLY_EXAM for item, _standard in found),
    )


# --- who helps --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Helping:
    """Somebody who acts for the person: who, as what, why they may."""

    relationship_id: int
    name: str
    relation: str
    why: str
    may_end: bool  # a helper's consent can be taken back; a guardian's role cannot


def helpers_of(visit: Visit) -> list[Helping]:
    """Everybody who may act for the person today."""
    rows = Relationship.objects.filter(whose(visit.person.pk)).select_related("relative", "person").order_by("pk")
    found = ((row, families.may_act_for(row, visit.person, visit.today)) for row in rows)
    return [
        Helping(
            row.pk,
            row.relative.name if row.relative else row.name,
            str(wording.RELATIONS.get(row.relation, row.relation)),
            wording.sentence_for(answer),
            row.role == families.HELPER,
        )
        for row, answer in found
        if answer.may
    ]


@dataclass(frozen=True)
class Asked:
    """A wish to help that waits for an answer."""

    wish_id: int
    name: str
    relation: str
    asked_at: datetime


def wishes_of(visit: Visit) -> list[Asked]:
    """Who wishes to act for the person and waits for an answer."""
    rows = HelperWish.objects.filter(whose(visit.person.pk), answered_at__isnull=True).select_related("helper")
    return [
        Asked(row.pk, row.helper.name, str(wording.RELATIONS.get(row.relation, row.relation)), row.asked_at)
        for row in rows.order_by("pk")
    ]
