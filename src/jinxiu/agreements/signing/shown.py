"""A signing day as its page tells it: the person who sits there, and those who were signed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import translation
from django.utils.functional import cached_property
from django.utils.translation import gettext

from jinxiu.agreements import rules as agreed
from jinxiu.agreements import shown
from jinxiu.agreements.forms import fitting, package_words
from jinxiu.agreements.models import Agreement
from jinxiu.agreements.packages import BASIC, Package, Terms
from jinxiu.agreements.queries import catalogue, groups_of, overlapping
from jinxiu.agreements.signing import queries, rules, wording
from jinxiu.agreements.signing.day import Day
from jinxiu.people.access import Viewer
from jinxiu.people.families.wording import RELATIONS
from jinxiu.people.models import Person, Relationship
from jinxiu.people.queries import identifiers_of, team_of
from jinxiu.people.wording import about, named
from jinxiu.ui.templatetags.jinxiu import day_text


def relation_in_chinese(code: str) -> str:
    """What a signer is to the person, as it stands in the text that is signed."""
    with translation.override("zh-hans"):
        return str(RELATIONS[code]) if code in RELATIONS else ""


def name_of(guardian: Relationship) -> str:
    """The name of who stands beside a person."""
    return guardian.relative.name if guardian.relative else guardian.name


@dataclass(frozen=True)
class Hindrance:
    """Why nothing new is signed, as a sentence, and the agreement that stands in the way."""

    code: str
    sentence: str
    agreement_id: int | None


class Card:
    """One person at a signing day: who it is, what hinders signing, what there is to sign."""

    def __init__(self, viewer: Viewer, person: Person, day: Day, terms: Terms) -> None:
        self.person, self.about = person, about(person.birth_date, person.sex, viewer.today)
        self._viewer, self._day, self._terms = viewer, day, terms

    @cached_property
    def documents(self) -> list[str]:
        """The person's numbers, masked, to compare with the card on the desk."""
        return [row.masked for row in identifiers_of(self.person.pk)]

    @cached_property
    def guardians(self) -> list[Relationship]:
        """For a child who does not sign alone: who may."""
        is_child = agreed.is_child(self.person.birth_date, self._viewer.today)
        return queries.guardians_of(self.person, self._viewer.today) if is_child else []

    @cached_property
    def hindrance(self) -> Hindrance | None:
        """What keeps the person from being signed now; None for nothing."""
        return hindrance_of(self._viewer, self.person, self._day, self._terms, has_guardian=bool(self.guardians))

    @cached_property
    def packages(self) -> list[Package]:
        """What the person is offered: the basic packages, and those of the person's groups where that was set."""
        return offered_to(self.person, self._viewer.today, with_groups=self._day.with_groups)

    @property
    def basic_words(self) -> list[str]:
        """These packages in words, with their fees."""
        return [package_words(one) for one in self.basic]

    @property
    def basic(self) -> list[Package]:
        """The packages that belong to every agreement."""
        return [one for one in self.packages if one.kind == BASIC]

    @property
    def chosen(self) -> list[Package]:
        """The packages that may be left out."""
        return [one for one in self.packages if one.kind != BASIC]

    @cached_property
    def other_team(self) -> str:
        """The team that the person leaves with the first day; empty where it is the same, or none."""
        team = team_of(self.person.pk, self._viewer.today)
        return "" if team is None or team.pk == self._day.team_id else named(team)

    @property
    def seen(self) -> str:
        """A fingerprint of all that is signed: what was looked at is what is signed, or it is looked at again."""
        day, packages = self._day, [one.key for one in self.packages]
        parts = (day.team_id, day.doctor_id, day.years, day.start_on.isoformat(), day.method, packages)
        everything = json.dumps([self.person.pk, self.person.revision, self._terms.version, *parts])
        return hashlib.sha256(everything.encode()).hexdigest()[:32]


def offered_to(person: Person, today: date, *, with_groups: bool) -> list[Package]:
    """The basic packages and, `with_groups`, those of the groups that the person belongs to."""
    fits = fitting(catalogue().offered(today), groups_of(person, today))
    return [one for one in fits if one.kind == BASIC or (with_groups and one.groups)]


def hindrance_of(viewer: Viewer, person: Person, day: Day, terms: Terms, *, has_guardian: bool) -> Hindrance | None:
    """Why an agreement of a day's kind cannot be signed with a person now; None when it can."""
    rows = overlapping(person.pk, day.start_on, day.end_on).select_related("team").order_by("-start_on", "-pk")
    found = rows.first()
    other = None
    if found is not None:
        is_of_team = found.team_id == day.team_id
        other = rules.Other(found.state, found.start_on, found.last_on, is_of_team, terms.renew_days)
    somebody = rules.Somebody(person.birth_date, person.died_on, person.left_on, has_guardian)
    code = rules.why_not_now(somebody, other, viewer.today)
    if not code:
        return None
    words = _words(found, viewer.today) if found else {}
    return Hindrance(code, str(wording.HINDERED[code]) % words, found.pk if found else None)


def _words(agreement: Agreement, today: date) -> dict[str, str]:
    step = queries.signed_first(agreement)
    return {
        "team": named(agreement.team),
        "first": day_text(agreement.start_on, today),
        "last": day_text(agreement.last_on, today),
        "number": agreement.contract_no,
        "signed": day_text(agreement.signed_on, today) if agreement.signed_on else "–",
        "by": named(step.by) if step and step.by else gettext("the resident"),
    }


@dataclass(frozen=True, slots=True)
class Today:
    """What somebody signed today: how many, and the last ones, each with whether it waits and can be taken back, and
    whether it is on paper."""

    count: int
    lines: Sequence[tuple[shown.Line, bool, bool]]


def today_of(viewer: Viewer, team_id: int) -> Today:
    """What the viewer signed today for a team."""
    found = queries.signed_today(viewer, team_id)
    lines = [
        (shown.line_of(one, viewer.today, person=one.person), one.state == agreed.PENDING, is_on_paper(one))
        for one in found.last
    ]
    return Today(found.count, lines)


def is_on_paper(signed: Agreement) -> bool:
    """Tell whether the resident signed on paper, of an agreement that `signed_today` gives."""
    return bool(getattr(signed, "is_on_paper", False))
