"""Reads of agreements and of what was done of what they promise. Persons come through `people.access` before.

Fulfilment is never stored: it is counted from evidence in the year of the agreement, so a correction takes it back.
What is under special shelter counts for no package.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import Http404

from jinxiu.agreements import rules, statements
from jinxiu.agreements.models import Agreement, AgreementStep, Signature
from jinxiu.agreements.package_files import read_packages
from jinxiu.agreements.packages import Catalogue, Consent, Item, Package, Terms
from jinxiu.evidence.models import Enrolment, Event, Observation
from jinxiu.evidence.sheltered import open_events, sheltered
from jinxiu.people.access import Viewer, in_force, open_on, open_to
from jinxiu.people.matching.queries import whose
from jinxiu.people.models import Person, StaffAssignment, Team, TeamMembership
from jinxiu.people.roles import SEE_PEOPLE

ENROLMENT = "agreement"  # the kind of enrolment that the standards and measures read
RENEWAL_OFFERED = "agreement.renewal_offered"


KEPT_OF_OUTER = Coalesce(OuterRef("person__merged_into_id"), OuterRef("person_id"))


class AgreementNotFound(Http404):
    """There is no agreement of that number for this viewer and person."""


@cache
def catalogue() -> Catalogue:
    """All packages and terms of this installation. Raises StandardError when one of them cannot be read."""
    return read_packages(settings.JINXIU_PACKAGES)


def terms_on(day: date) -> Terms | None:
    """The terms that are signed on a day."""
    return catalogue().terms_on(day)


def consents_missing(agreement: Agreement, today: date) -> list[Consent]:
    """What the terms of an agreement need and nobody has consented to here: of one that an import brought."""
    terms = catalogue().terms(agreement.terms_version) or terms_on(today)
    needed = [one for one in terms.consents if one.required] if terms else []
    return [one for one in needed if one.id not in agreement.consents]


# --- agreements -------------------------------------------------------------------------------------------------------


def agreements_of(person_id: int) -> list[Agreement]:
    """All agreements of a person and of the records merged into that one, the latest first."""
    rows = Agreement.objects.filter(whose(person_id)).select_related("team__institution", "institution", "doctor")
    return list(rows.order_by("-start_on", "-pk"))


def agreement_of(person_id: int, agreement_id: int) -> Agreement:
    """One agreement of a person whom `access` has found. Raises AgreementNotFound."""
    rows = Agreement.objects.filter(whose(person_id)).select_related("team__institution", "institution", "doctor")
    found = rows.filter(pk=agreement_id).first()
    if found is None:
        raise AgreementNotFound
    return found


def current(person_id: int, today: date) -> Agreement | None:
    """The person's agreement in force, else the one that waits or begins next; None without."""
    rows = Agreement.objects.filter(whose(person_id), state__in=rules.BINDING, last_on__gte=today)
    return rows.select_related("team__institution", "institution", "doctor").order_by("start_on", "pk").first()


def overlapping(person_id: int, first: date, last: date) -> QuerySet[Agreement]:
    """The agreements of a person that share a day with a time; drafts and what never began have no day."""
    has_days = Q(last_on__gte=F("start_on")) & ~Q(state=rules.DRAFT)
    return Agreement.objects.filter(has_days, whose(person_id), start_on__lte=last, last_on__gte=first)


def steps_of(agreement: Agreement) -> list[AgreementStep]:
    """The steps of an agreement with who did them, the first one first."""
    return list(agreement.steps.select_related("by", "team").order_by("pk"))


def signatures_of(agreement: Agreement) -> list[Signature]:
    """The signatures of an agreement, the first one first."""
    return list(agreement.signatures.order_by("pk"))


def follower_of(agreement: Agreement) -> Agreement | None:
    """The agreement that renews or takes over this one, given up ones left out."""
    return agreement.followers.exclude(state=rules.TERMINATED).order_by("-pk").first()


def groups_of(person: Person, today: date) -> frozenset[str]:
    """The groups of packages that a person belongs to, by age and running programmes; nothing sheltered is asked."""
    replaced = Enrolment.objects.filter(supersedes=OuterRef("pk"))
    running = Enrolment.objects.filter(whose(person.pk), in_force(today)).exclude(Exists(replaced))
    kinds = running.exclude(kind__in=sheltered().enrolments).values_list("kind", flat=True)
    return rules.groups_of(person.birth_date, set(kinds), today)


def to_begin(today: date) -> list[int]:
    """The agreements agreed upon whose first day has come and that have not begun, in the order of their days."""
    rows = Agreement.objects.filter(state=rules.ACTIVE, has_begun=False, start_on__lte=today)
    return list(rows.order_by("start_on", "pk").values_list("pk", flat=True))


def with_another_team(today: date) -> list[int]:
    """The people whose agreement is in force, or with a team that is closed, and who belong to another team today."""
    here = TeamMembership.objects.filter(in_force(today), person=KEPT_OF_OUTER).values("team")
    follows = Q(state=rules.ACTIVE, has_begun=True) | Q(state__in=rules.BINDING, team__closed_on__lte=today)
    rows = Agreement.objects.filter(follows).annotate(here=Subquery(here[:1]))
    moved = rows.filter(here__isnull=False).exclude(here=F("team_id"))
    return list(moved.order_by("pk").values_list("person_id", flat=True))


def open_teams(today: date) -> list[Team]:
    """Every team that is open, by institution and code: to whom an agreement can go."""
    return list(Team.objects.filter(open_on(today)).select_related("institution").order_by("institution__code", "code"))


# --- lists of a team --------------------------------------------------------------------------------------------------

WAITING, EXPIRING, IN_FORCE, ENDED = "waiting", "expiring", "in_force", "ended"
LISTS = (WAITING, EXPIRING, IN_FORCE, ENDED)
PAGE = 50


def _list(viewer_today: date, which: str, days: int) -> Q:
    if which == WAITING:
        return Q(state=rules.PENDING)
    if which == EXPIRING:
        last = viewer_today + timedelta(days=days)
        return Q(state=rules.ACTIVE, last_on__gte=viewer_today, last_on__lte=last)
    if which == IN_FORCE:
        return Q(state=rules.ACTIVE)
    return Q(state__in=rules.ENDED)


@dataclass(frozen=True, slots=True)
class Page:
    """Agreements of a list, and where the next page begins ("" on the last one)."""

    rows: tuple[Agreement, ...]
    after: str


def page_of(
    viewer: Viewer,
    team_ids: Iterable[int],
    which: str,
    after: str = "",
    limit: int = PAGE,
    doctor_id: int | None = None,
) -> Page:
    """Agreements of teams (of one doctor) by their last day: one of LISTS; `after` is what the page before gave."""
    terms = terms_on(viewer.today)
    rows = Agreement.objects.filter(
        _list(viewer.today, which, terms.expiring_days if terms else 0),
        open_to(viewer, SEE_PEOPLE, "person_id"),
        team__in=list(team_ids),
    )
    if doctor_id is not None:
        rows = rows.filter(doctor=doctor_id)
    if key := _key(after):
        rows = rows.filter(Q(last_on__gt=key[0]) | Q(last_on=key[0], pk__gt=key[1]))
    if which in (EXPIRING, IN_FORCE):
        renewed = Agreement.objects.filter(follows=OuterRef("pk"), state__in=rules.BINDING)
        rows = rows.annotate(is_renewed=Exists(renewed))
    found = list(rows.select_related("person", "team", "doctor").order_by("last_on", "pk")[: limit + 1])
    more = found[limit - 1] if len(found) > limit else None
    return Page(tuple(found[:limit]), f"{more.last_on.isoformat()}.{more.pk}" if more else "")


def _key(after: str) -> tuple[date, int] | None:
    day, _dot, number = after.partition(".")
    try:
        return date.fromisoformat(day), int(number) if number.isascii() and len(number) < 19 else 0
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Load:
    """How many agreements in force a team has, its doctors today, and how many those should have at most."""

    signed: int
    doctors: int
    cap: int

    @property
    def is_over(self) -> bool:
        """True when the team has more people than its doctors should have."""
        return self.signed > self.cap

    @property
    def percent(self) -> int:
        """The load as a share of the cap, in percent."""
        return round(100 * self.signed / self.cap) if self.cap else 100


def load_of(team_ids: Iterable[int], today: date) -> dict[int, Load]:
    """The load of teams. Two queries."""
    ids = list(team_ids)
    terms = terms_on(today)
    held = Agreement.objects.filter(state=rules.ACTIVE, team__in=ids, start_on__lte=today, last_on__gte=today)
    signed = dict(held.values_list("team").annotate(Count("pk")))
    posts = StaffAssignment.objects.filter(in_force(today), team__in=ids, role="doctor", stands_in_for__isnull=True)
    doctors = dict(posts.values_list("team").annotate(Count("staff", distinct=True)))
    cap = terms.per_doctor if terms else 0
    return {one: Load(signed.get(one, 0), doctors.get(one, 0), cap * doctors.get(one, 0)) for one in ids}


def counts_of(viewer: Viewer, team_ids: Iterable[int]) -> dict[str, int]:
    """How many agreements each of the LISTS of some teams has. One query."""
    terms = terms_on(viewer.today)
    days = terms.expiring_days if terms else 0
    rows = Agreement.objects.filter(team__in=list(team_ids))
    counts = {which: Count("pk", filter=_list(viewer.today, which, days)) for which in LISTS}
    return dict(rows.aggregate(**counts))


# --- fulfilment -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Progress:
    """One item of a package in one year of an agreement: so many of so many, and the days that counted."""

    package: Package
    item: Item
    owed: int
    days: tuple[date, ...]

    @property
    def done(self) -> int:
        """How often it was done; more than owed is possible."""
        return len(self.days)

    @property
    def is_kept(self) -> bool:
        """True when as much was done as is owed."""
        return self.done >= self.owed


def progress_of(agreement: Agreement, person: Person, day: date) -> list[Progress]:
    """What was done of each item in the year of the agreement that a day lies in, up to that day. One query."""
    first, last = rules.year_on(agreement.counted_from, agreement.end_on, day)
    packages = catalogue().chosen(agreement.packages)
    delivered = _delivered(person.pk, packages, first, min(last, day, agreement.last_on))
    found = []
    for package in packages:
        for item in package.items:
            owed = item.owed(person.birth_date, first)
            if owed:
                days = rules.counted(item.events, item.observations, item.modes, delivered)
                found.append(Progress(package, item, owed, tuple(days)))
    return found


def _delivered(person_id: int, packages: Iterable[Package], first: date, last: date) -> list[rules.Delivered]:
    items = [item for package in packages for item in package.items]
    kinds = {kind for item in items for kind in item.events}
    codes = {code for item in items for code in item.observations} - sheltered().observations
    days = Q(happened_on__gte=first, happened_on__lte=last)
    replaced = Event.objects.filter(supersedes=OuterRef("pk"))
    events = Event.objects.filter(open_events(), whose(person_id), days, kind__in=kinds).exclude(Exists(replaced))
    later = Observation.objects.filter(supersedes=OuterRef("pk"))
    gone = Event.objects.filter(supersedes=OuterRef("event"))
    values = Observation.objects.filter(whose(person_id), days, code__in=codes, value__isnull=False)
    values = values.exclude(Exists(later)).exclude(Exists(gone))
    rows = events.values_list("kind", "mode", "happened_on")
    if codes:
        rows = rows.union(values.annotate(mode=Value("")).values_list("code", "mode", "happened_on"), all=True)
    return [rules.Delivered(what, mode, on) for what, mode, on in rows]


@dataclass(frozen=True, slots=True)
class Kept:
    """How far one agreement is kept in its present year: items owed, items kept, and how often each was done."""

    owed: int
    kept: int
    items: dict[tuple[str, str], tuple[int, int]]  # (package key, item code) to (done, owed)


def progress_for(agreement_ids: Iterable[int], day: date) -> dict[int, Kept]:
    """The same as `progress_of` for many agreements at once, each in its own year. One query."""
    found: dict[int, dict[tuple[str, str], tuple[int, int]]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(
            statements.PROGRESS,
            {"agreements": list(agreement_ids), "day": day, **items_as_columns()},
        )
        for agreement_id, package, item, owed, done in cursor.fetchall():
            found[agreement_id][package, item] = (done, owed)
    return {
        one: Kept(len(items), sum(done >= owed for done, owed in items.values()), items) for one, items in found.items()
    }


def items_as_columns() -> dict[str, list[Any]]:
    """Every rung of every item as columns of equal length, for the statement to unnest."""
    hidden = sheltered()
    columns: dict[str, list[Any]] = {name: [] for name in ("package", "item", "months", "times", "counted", "modes")}
    for package in catalogue().packages:
        for item in package.items:
            counted = [f"e:{kind}" for kind in item.events if kind not in hidden.events]
            counted += [f"o:{code}" for code in item.observations if code not in hidden.observations]
            for months, times in item.times:
                row = (package.key, item.code, months, times, " ".join(counted), " ".join(item.modes))
                for name, value in zip(columns, row, strict=True):
                    columns[name].append(value)
    return columns
