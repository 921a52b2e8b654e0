"""The page on which a representative signs for members of the household, all of the ticked ones or none."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.forms.boundfield import BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods

from jinxiu.agreements import rules as agreed
from jinxiu.agreements.access import AGREEMENT
from jinxiu.agreements.actions import AgreementError, By, Wish
from jinxiu.agreements.forms import package_words
from jinxiu.agreements.models import Agreement
from jinxiu.agreements.packages import BASIC, Package, Terms
from jinxiu.agreements.signing import actions, forms, queries, rules
from jinxiu.agreements.signing.actions import MemberWish
from jinxiu.agreements.signing.day import Day, kept
from jinxiu.agreements.signing.shown import Hindrance, hindrance_of, offered_to
from jinxiu.agreements.signing.views import doctors_in, set_before, teams_in, terms_of
from jinxiu.agreements.signing.wording import CHANGED
from jinxiu.people import access
from jinxiu.people.access import Viewer
from jinxiu.people.actions import PeopleError
from jinxiu.people.asked import number_sent
from jinxiu.people.families.queries import Home, home_of
from jinxiu.people.families.wording import CANNOT, to_head
from jinxiu.people.models import Person
from jinxiu.people.queries import team_of
from jinxiu.people.roles import REGISTER_PEOPLE
from jinxiu.people.wording import about, named


@dataclass(frozen=True)
class Row:
    """A member of the household: what hinders signing, else what is offered and what the representative is to them."""

    person: Person
    about: str
    to_head: str
    is_child: bool
    is_oneself: bool
    hindrance: Hindrance | None
    packages: list[Package]
    relation: str

    @property
    def basic_words(self) -> list[str]:
        """The packages that belong to every agreement in words, with their fees."""
        return [package_words(one) for one in self.packages if one.kind == BASIC]

    @property
    def choosable(self) -> forms.Choosable:
        """The row as the form asks for it."""
        beside = [one for one in self.packages if one.kind != BASIC]
        return forms.Choosable(self.person.pk, beside, self.relation, self.is_oneself)


@require_http_methods(["GET", "HEAD", "POST"])
def household(request: HttpRequest, person_id: int) -> HttpResponse:
    """Sign for the household in which a person lives; `representative` in the address says who signs."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, AGREEMENT, REGISTER_PEOPLE)
    home = home_of(viewer, person)
    if home is None:
        messages.error(request, gettext("Where this person lives is not recorded; enter the household first."))
        return redirect("household", person_id)
    terms = terms_of(viewer)
    data = request.POST if request.method == "POST" else None
    asked = number_sent((data or request.GET).get("representative", ""))
    representative = _representative(home, asked, person)
    if representative is None:
        messages.error(request, gettext("Nobody of this household is an adult within your reach who could sign."))
        return redirect("household", person_id)
    day = kept(request, viewer) or _usual(viewer, person, terms)
    rows = _rows(viewer, home, representative, day, terms)
    form = _form(viewer, rows, representative, day, terms, data)
    seen, trouble = _seen(rows, representative, terms), ""
    made = _made_before(data, rows)
    if not made and data is not None and data.get("seen") != seen:
        form, trouble = _form(viewer, rows, representative, day, terms, None), str(CHANGED)
    elif made or (form.is_valid() and (made := _signed(viewer, home, representative, form, rows))):
        names = gettext(", ").join(one.person.name for one in rows if one.person.pk in {a.person_id for a in made})
        messages.success(request, gettext("Signed for the household: %(names)s.") % {"names": names})
        return redirect("signing-day" if kept(request, viewer) else "agreement-lists")
    page = {
        "person": person,
        "home": home,
        "representative": representative,
        "choices": [(one.person, str(CANNOT.get(one.cannot, ""))) for one in home.members if one.lives_here],
        "someone": any(one.hindrance is None for one in rows),
        "rows": [(one, *_fields(form, one)) for one in rows],
        "form": form,
        "seen": seen,
        "trouble": trouble,
        "paragraphs": [one.language(get_language() or "") for one in terms.paragraphs],
        "privacy": [one.language(get_language() or "") for one in terms.privacy],
    }
    return render(request, "agreements/signing/household.html", page)


def _representative(home: Home, wanted: int | None, person: Person) -> Person | None:
    """Who signs: who was asked for, else who represents the household, the person, the eldest; adults only."""
    adults = {one.person.pk: one.person for one in home.members if not one.cannot}
    chosen = home.representative.pk if home.representative else None
    found = (adults[pk] for pk in (wanted, chosen, person.pk, *adults) if pk in adults)
    return next(found, None)


def _usual(viewer: Viewer, person: Person, terms: Terms) -> Day:
    """What is offered where no signing day is set up: the person's team, today, the shortest time."""
    teams = [one.pk for one in access.open_teams_for(viewer, REGISTER_PEOPLE)]
    own = team_of(person.pk, viewer.today)
    team_id = own.pk if own and own.pk in teams else next(iter(teams), 0)
    return Day(team_id, None, True, terms.years[0], viewer.today, agreed.ELECTRONIC)


def _rows(viewer: Viewer, home: Home, representative: Person, day: Day, terms: Terms) -> list[Row]:
    return [_row(viewer, one.person, representative, day, terms) for one in home.members]


def _row(viewer: Viewer, person: Person, representative: Person, day: Day, terms: Terms) -> Row:
    # Who signs for a child is asked on this page; that nobody is entered hinders only where nobody is a parent.
    hindrance = hindrance_of(viewer, person, day, terms, has_guardian=True)
    return Row(
        person=person,
        about=about(person.birth_date, person.sex, viewer.today),
        to_head=to_head(person.head_relation),
        is_child=agreed.is_child(person.birth_date, viewer.today),
        is_oneself=person.pk == representative.pk,
        hindrance=hindrance,
        packages=[] if hindrance else offered_to(person, viewer.today, with_groups=day.with_groups),
        relation="" if hindrance else _relation(representative, person),
    )


def _relation(representative: Person, person: Person) -> str:
    """What the representative is to a member: as entered, else as both relations to the head tell."""
    entered = queries.relation_entered(person.pk, representative.pk)
    return entered or rules.relation_to(representative.sex, representative.head_relation, person.head_relation)


def _seen(rows: list[Row], representative: Person, terms: Terms) -> str:
    """A fingerprint of who signs, for whom and what: what was looked at is what is signed."""
    parts = [[one.person.pk, one.person.revision, [package.key for package in one.packages]] for one in rows]
    return hashlib.sha256(json.dumps([terms.version, representative.pk, parts]).encode()).hexdigest()[:32]


def _made_before(data: Any, rows: list[Row]) -> list[Agreement]:
    """What the same form has signed already, when it is sent once more: its answer is the same."""
    sent = forms.TokenForm(data)
    if not sent.is_valid():
        return []
    token = sent.cleaned_data["token"]
    return queries.made_by_form(rules.uuid_of(token, one.person.pk) for one in rows)


def _form(
    viewer: Viewer, rows: list[Row], representative: Person, day: Day, terms: Terms, data: Any
) -> forms.HouseholdForm:
    teams = teams_in(viewer)
    return forms.HouseholdForm(
        data,
        teams=[(str(one.pk), f"{named(one.institution)} · {named(one)}") for one in teams],
        doctors=doctors_in(viewer, teams),
        members=[one.choosable for one in rows if one.hindrance is None],
        terms=terms,
        today=viewer.today,
        initial={**set_before(day), "representative": representative.pk},
    )


def _signed(
    viewer: Viewer, home: Home, representative: Person, form: forms.HouseholdForm, rows: list[Row]
) -> list[Agreement]:
    """Sign for all who are ticked; what hinders is said where it belongs, and nothing is signed then."""
    said = form.cleaned_data
    basic = {one.person.pk: [package.key for package in one.packages if package.kind == BASIC] for one in rows}
    ticked = form.ticked()
    for person_id, _packages, _relation in ticked:
        access.person_for(viewer, person_id, AGREEMENT, REGISTER_PEOPLE)
    try:
        return actions.sign_household(
            by=By(viewer.actor, viewer.name, viewer.staff_id),
            today=viewer.today,
            household_id=home.household.pk,
            representative_id=representative.pk,
            team_id=said["team"],
            members=[MemberWish(pk, (*basic[pk], *packages), relation) for pk, packages, relation in ticked],
            wish=Wish(
                packages=(),
                start_on=said["start_on"],
                years=said["years"],
                method=said["method"],
                consents=tuple(said["consents"]),
                doctor_id=said["doctor"],
            ),
            token=said["token"],
        )
    except PeopleError as refused:
        field = refused.field.replace("member-", "sign-") if isinstance(refused, AgreementError) else ""
        form.add_error(field if field in form.fields else None, str(refused.sentence))
        return []


def _fields(form: forms.HouseholdForm, row: Row) -> tuple[BoundField | None, ...]:
    """The fields of one member: whether they sign, the relation, the packages; None where nothing is asked."""
    names = (f"{what}-{row.person.pk}" for what in ("sign", "relation", "packages"))
    return tuple(form[name] if name in form.fields else None for name in names)
