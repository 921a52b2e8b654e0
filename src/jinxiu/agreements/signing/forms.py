"""The forms of a signing day: what holds for all, and what one person says yes to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from jinxiu.agreements import rules, wording
from jinxiu.agreements.forms import TokenForm, offer, package_words
from jinxiu.agreements.packages import Package, Terms
from jinxiu.people.families.wording import RELATIONS

Choices = Sequence[tuple[str, str | Promise]]
BASIC_ONLY, WITH_GROUPS = "basic", "groups"
FIRST_DOCTOR = ""


def _years(number: int) -> str:
    return ngettext("%(number)d year", "%(number)d years", number) % {"number": number}


class DayForm(forms.Form):
    """What holds for everybody who is signed today. `doctors` are (value, label, team id)."""

    team = forms.TypedChoiceField(label=_("Team"), coerce=int)
    doctor = forms.TypedChoiceField(
        label=_("Family doctor, who confirms later"), coerce=int, required=False, empty_value=None
    )
    packages = forms.ChoiceField(
        label=_("Packages"),
        widget=forms.RadioSelect,
        choices=[
            (WITH_GROUPS, _("the basic one and those of the person's groups")),
            (BASIC_ONLY, _("only the basic one")),
        ],
        initial=WITH_GROUPS,
    )
    years = forms.TypedChoiceField(label=_("For how long"), widget=forms.RadioSelect, coerce=int)
    start_on = forms.DateField(
        label=_("First day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("One on paper may have begun up to a month ago."),
    )
    method = forms.ChoiceField(
        label=_("How it is signed"),
        widget=forms.RadioSelect,
        choices=list(wording.METHODS.items()),
        initial=rules.ELECTRONIC,
    )

    def __init__(
        self,
        data: Any,
        *,
        teams: Choices,
        doctors: Sequence[tuple[int, str, int]],
        terms: Terms,
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        self._team_of = {doctor: team for doctor, _label, team in doctors}
        self._terms, self._today = terms, today
        offer(self, "team", teams)
        first: Choices = [(FIRST_DOCTOR, _("the team's first doctor"))]
        offer(self, "doctor", [*first, *((str(doctor), label) for doctor, label, _team in doctors)])
        offer(self, "years", [(str(one), _years(one)) for one in terms.years])
        self.initial.setdefault("years", terms.years[0])
        self.initial.setdefault("start_on", today)

    def clean(self) -> dict[str, Any]:
        """Refuse days that the terms do not allow, and a doctor of another team."""
        said = self.cleaned_data
        if said.get("doctor") and self._team_of[said["doctor"]] != said.get("team"):
            self.add_error("doctor", _("This doctor belongs to another team; choose one of the team above."))
        if "start_on" in said and "method" in said:
            for trouble in self._when(said["start_on"], said["method"]):
                words = {"paper_days": self._terms.paper_days, "ahead_days": self._terms.ahead_days}
                self.add_error("start_on", str(wording.TROUBLES[trouble.reason]) % words)
        return said

    def _when(self, start_on: date, method: str) -> Iterable[rules.Trouble]:
        terms = self._terms
        nothing: frozenset[str] = frozenset()
        wish = rules.Wish(start_on, terms.years[0], method, ("basic",), True, nothing, nothing)
        limits = rules.Limits(terms.paper_days, terms.ahead_days, terms.years)
        return rules.why_not_sign(rules.Signer(None, None, None), wish, limits, self._today)


class _FirstFocused(forms.CheckboxSelectMultiple):
    """Boxes of which the first one has the focus when the page comes."""

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """One box; the first one asks for the focus."""
        option = super().create_option(*args, **kwargs)
        if option["index"] == "0":
            option["attrs"]["autofocus"] = True
        return option


class OneForm(forms.Form):
    """What one person says yes to. `packages` beside the basic one; `guardians` (value, name) for a child."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    packages = forms.MultipleChoiceField(
        label=_("Packages of the person's groups"), widget=forms.CheckboxSelectMultiple, required=False
    )
    guardian = forms.TypedChoiceField(label=_("Who signs for the child"), widget=forms.RadioSelect, coerce=int)
    consents = forms.MultipleChoiceField(
        label=_("Read aloud, tick what the person says yes to"), widget=_FirstFocused, required=False
    )

    def __init__(
        self, data: Any, *, packages: Sequence[Package], guardians: Choices, terms: Terms, **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        offer(self, "packages", [(one.key, package_words(one)) for one in packages])
        offer(self, "guardian", guardians)
        offer(self, "consents", [(one.id, one.text.language(get_language() or "")) for one in terms.consents])
        self.initial.setdefault("token", uuid4())
        self.initial.setdefault("packages", [one.key for one in packages])
        if guardians:
            self.initial.setdefault("guardian", guardians[0][0])
        else:
            del self.fields["guardian"]
        if not packages:
            del self.fields["packages"]


class TakeBackForm(TokenForm):
    """Why something signed a moment ago was a mistake."""

    note = forms.CharField(max_length=500)


@dataclass(frozen=True, slots=True)
class Choosable:
    """A member of a household who can be signed: packages that may be left out, and what the representative is."""

    person_id: int
    packages: Sequence[Package]
    relation: str
    is_oneself: bool


class HouseholdForm(DayForm):
    """What a representative signs for members of the household: the same for all, and for each what is theirs."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    representative = forms.IntegerField(widget=forms.HiddenInput)
    consents = forms.MultipleChoiceField(
        label=_("Read aloud, tick what the representative says yes to"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, data: Any, *, members: Sequence[Choosable], terms: Terms, **kwargs: Any) -> None:
        super().__init__(data, terms=terms, **kwargs)
        del self.fields["packages"]
        offer(self, "consents", [(one.id, one.text.language(get_language() or "")) for one in terms.consents])
        self.initial.setdefault("token", uuid4())
        self._members = members
        for one in members:
            self._ask(one)

    def _ask(self, one: Choosable) -> None:
        self.fields[f"sign-{one.person_id}"] = forms.BooleanField(label=_("Signs"), required=False, initial=True)
        if not one.is_oneself:
            self.fields[f"relation-{one.person_id}"] = forms.ChoiceField(
                label=_("What the representative is to this member"),
                choices=[("", "–"), *RELATIONS.items()],
                required=False,
                initial=one.relation,
            )
        if one.packages:
            self.fields[f"packages-{one.person_id}"] = forms.MultipleChoiceField(
                label=_("Packages of the person's groups"),
                widget=forms.CheckboxSelectMultiple,
                choices=[(package.key, package_words(package)) for package in one.packages],
                required=False,
                initial=[package.key for package in one.packages],
            )

    def ticked(self) -> list[tuple[int, list[str], str]]:
        """Who is ticked, as (person id, packages beside the basic one, relation)."""
        said = self.cleaned_data
        return [
            (one.person_id, said.get(f"packages-{one.person_id}", []), said.get(f"relation-{one.person_id}", ""))
            for one in self._members
            if said.get(f"sign-{one.person_id}")
        ]
