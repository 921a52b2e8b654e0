"""What is asked when an agreement is signed, renewed, transferred and ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from jinxiu.agreements import rules, wording
from jinxiu.agreements.packages import Consent, Package, Terms
from jinxiu.agreements.text import yuan

Choices = Sequence[tuple[str, str | Promise]]
_PLACES = ("site", "home")


def _day(**kwargs: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


def _radio(label: Any, choices: Choices, **kwargs: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect, **kwargs)


def offer(form: forms.Form, name: str, choices: Sequence[tuple[str, Any]]) -> None:
    """Give a field of choices what it offers; groups are choices under their heading."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


class RenewForm(forms.Form):
    """What is signed, and how: `packages` and `terms` of the day, `suggested` the packages ticked at first."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    packages = forms.MultipleChoiceField(label=_("Packages"), widget=forms.CheckboxSelectMultiple)
    years = _radio(_("For how long"), ())
    method = _radio(_("How it is signed"), list(wording.METHODS.items()), initial=rules.ELECTRONIC)
    signs_as = _radio(_("Who signs"), list(wording.SIGNERS.items()), initial=rules.SELF)
    signer_name = forms.CharField(
        label=_("Name of who signs"), max_length=150, required=False, help_text=_("Only where somebody else signs.")
    )
    relation = forms.CharField(label=_("What they are to the person"), max_length=60, required=False)
    channel = _radio(_("Signed where"), [(one, wording.CHANNELS[one]) for one in _PLACES], initial="site")
    consents = forms.MultipleChoiceField(label=_("Consents"), widget=forms.CheckboxSelectMultiple, required=False)
    confirm = forms.BooleanField(
        label=_("Confirm for the team at once"),
        required=False,
        help_text=_("Else the agreement waits on the team's list."),
    )

    def __init__(
        self,
        data: Any,
        *,
        packages: Iterable[Package],
        terms: Terms,
        suggested: Iterable[str],
        may_confirm: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        offer(self, "packages", [(one.key, package_words(one)) for one in packages])
        offer(self, "years", [(str(one), _years(one)) for one in terms.years])
        offer(self, "consents", [(one.id, one.text.language(get_language() or "")) for one in terms.consents])
        self.initial.setdefault("token", uuid4())
        self.initial.setdefault("years", str(terms.years[0]))
        self.initial.setdefault("packages", list(suggested))
        self.initial.setdefault("confirm", may_confirm)
        if not may_confirm:
            del self.fields["confirm"]


class SignForm(RenewForm):
    """A new agreement: with which team, and from when."""

    team = forms.TypedChoiceField(label=_("Team"), coerce=int)
    start_on = _day(label=_("First day"), help_text=_("One on paper may have begun up to a month ago."))
    field_order = ("token", "team", "start_on", "years", "packages")

    def __init__(self, data: Any, *, teams: Choices, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        offer(self, "team", teams)


class TransferForm(forms.Form):
    """To which team an agreement goes, and why; with the consents that it needs and that are `missing`, as of one that
    an import brought."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    team = forms.TypedChoiceField(label=_("To which team"), coerce=int)
    reason = _radio(_("Why"), [(one, wording.REASONS[one]) for one in rules.CHOSEN_TRANSFERS])
    method = _radio(_("How it is signed"), list(wording.METHODS.items()), initial=rules.ELECTRONIC)
    note = forms.CharField(label=_("In words"), max_length=500, required=False)
    consents = forms.MultipleChoiceField(label=_("Consents, read aloud"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, data: Any, *, teams: Choices, missing: Sequence[Consent], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        offer(self, "team", teams)
        offer(self, "consents", [(one.id, one.text.language(get_language() or "")) for one in missing])
        self._missing = {one.id for one in missing}
        if not missing:
            del self.fields["consents"]
        self.initial.setdefault("token", uuid4())

    def clean_consents(self) -> list[str]:
        """All of them: without one nothing is signed."""
        given: list[str] = self.cleaned_data["consents"]
        if not self._missing <= set(given):
            raise forms.ValidationError(str(wording.TROUBLES["consent"]))
        return given


class EndForm(forms.Form):
    """The last day of an agreement, and why it ends."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    on = _day(label=_("Last day"), help_text=_("This day still counts."))
    reason = _radio(_("Why it ends"), ())
    note = forms.CharField(label=_("In words"), max_length=500, required=False)

    def __init__(self, data: Any, *, state: str, today: date, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        offer(self, "reason", [(one, wording.REASONS[one]) for one in rules.CHOSEN_ENDS.get(state, ())])
        if state != rules.ACTIVE:
            del self.fields["on"]
        self.initial.setdefault("token", uuid4())
        self.initial.setdefault("on", today)


class TokenForm(forms.Form):
    """A step that asks nothing."""

    token = forms.UUIDField()


def _years(number: int) -> str:
    return ngettext("%(number)d year", "%(number)d years", number) % {"number": number}


def package_words(package: Package) -> str:
    """A package as a choice: its title, what it costs a year and, of that, the resident."""
    title = package.title.language(get_language() or "")
    resident = sum(one.fen for one in package.payers if one.payer == "resident")
    words = gettext("%(title)s · %(fee)s yuan a year, of them %(resident)s by the resident") % {
        "title": title,
        "fee": yuan(package.fee_fen),
        "resident": yuan(resident),
    }
    return gettext("%(words)s (example of a fee)") % {"words": words} if package.example else words


def fitting(packages: Iterable[Package], groups: frozenset[str]) -> list[Package]:
    """The packages for somebody of these groups: those for everybody, and those for one of the groups."""
    return [one for one in packages if not one.groups or groups & set(one.groups)]
