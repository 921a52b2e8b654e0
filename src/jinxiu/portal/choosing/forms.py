"""What is asked to find a team, and to sign, change and end the own agreement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.forms.utils import flatatt
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _

from jinxiu.agreements.forms import offer
from jinxiu.agreements.packages import Consent, Package, Terms
from jinxiu.people.asked import number_sent
from jinxiu.portal.choosing import queries, rules, wording
from jinxiu.portal.choosing.actions import Said
from jinxiu.portal.choosing.queries import Asked


class _LongSelect(forms.Select):
    """A list of a hundred choices: Django would render a template for each of them, which costs more than the page."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The same element as Django's, at once."""
        shown = flatatt(self.build_attrs(self.attrs, {"name": name, **(attrs or {})}))
        return format_html("<select{}>{}</select>", shown, _options(self.choices, str(value or "")))


def _options(choices: Iterable[Any], chosen: str) -> SafeString:
    return format_html_join("", "{}", ((_option(value, words, chosen),) for value, words in choices))


def _option(value: str, words: Any, chosen: str) -> SafeString:
    if isinstance(words, list):
        return format_html('<optgroup label="{}">{}</optgroup>', value, _options(words, chosen))
    selected = mark_safe(" selected") if value == chosen else ""
    return format_html('<option value="{}"{}>{}</option>', value, selected, words)


class FindForm(forms.Form):
    """Where a team shall be, and how it or one of its doctors is called."""

    place = forms.ChoiceField(label=_("Where you live"), required=False, widget=_LongSelect)
    institution = forms.ChoiceField(label=_("Health centre"), required=False, widget=_LongSelect)
    name = forms.CharField(
        label=_("Name of a team or a doctor"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )

    def __init__(self, data: Any, *, today: Any) -> None:
        super().__init__(data)
        anywhere = [("", pgettext("place", "Everywhere"))]
        offer(self, "place", [*anywhere, *queries.place_choices()])
        offer(self, "institution", [("", gettext("All health centres")), *queries.institution_choices(today)])

    @property
    def asked(self) -> Asked:
        """What is looked for; what the form does not offer is left out."""
        self.full_clean()
        said = self.cleaned_data
        place, institution = number_sent(said.get("place", "")), number_sent(said.get("institution", ""))
        return Asked(place, institution, said.get("name", ""))


class ChangeForm(forms.Form):
    """The signature: the name, typed by whoever signs; what the form brings about is done once."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Your name, as your signature"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, data: Any, *, signer_name: str, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.signer_name = signer_name
        self.fields["name"].help_text = wording.OTHER_NAME % {"name": escape(signer_name)}
        self.initial.setdefault("token", uuid4())

    def clean_name(self) -> str:
        """The signer's own name; what else is typed is no signature."""
        typed: str = self.cleaned_data["name"]
        if not rules.same_name(typed, self.signer_name):
            raise forms.ValidationError(wording.OTHER_NAME, params={"name": self.signer_name})
        return typed


class MoveForm(ChangeForm):
    """The signature under a change of the team, with the consents that the agreement needs and that are missing."""

    consents = forms.MultipleChoiceField(
        label=_("I agree"), widget=forms.CheckboxSelectMultiple, error_messages={"required": wording.NEEDED}
    )
    field_order = ("token", "consents", "name")

    def __init__(self, data: Any, *, missing: Sequence[Consent], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self._missing = {one.id for one in missing}
        offer(self, "consents", [(one.id, _consent(one)) for one in missing])
        if not missing:
            del self.fields["consents"]

    def clean_consents(self) -> list[str]:
        """All of them."""
        given: list[str] = self.cleaned_data["consents"]
        if not self._missing <= set(given):
            raise forms.ValidationError(wording.NEEDED)
        return given


class SignForm(ChangeForm):
    """What is signed: packages, first day, years, consents; `terms` is the version that stood on the page."""

    terms = forms.CharField(widget=forms.HiddenInput, max_length=20)
    packages = forms.MultipleChoiceField(error_messages={"invalid_choice": wording.PACKAGES_CHANGED})
    start_on = forms.DateField(
        label=_("From which day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    years = forms.TypedChoiceField(label=_("For how long"), coerce=int, widget=forms.RadioSelect)
    consents = forms.MultipleChoiceField(label=_("I agree"), required=False, widget=forms.CheckboxSelectMultiple)
    field_order = ("token", "terms", "packages", "start_on", "years", "consents", "name")

    def __init__(
        self,
        data: Any,
        *,
        terms: Terms,
        packages: Sequence[Package],
        earliest: date,
        renews: bool,
        today: date,
        **kwargs: Any,
    ) -> None:
        """`earliest`: the first day that can be chosen; that of a renewal follows and is not asked."""
        super().__init__(data, **kwargs)
        self._terms = terms.version
        self._needed = {one.id for one in terms.consents if one.required}
        offer(self, "packages", [(one.key, one.key) for one in packages])
        offer(self, "years", [(str(one), wording.years_words(one)) for one in terms.years])
        offer(self, "consents", [(one.id, _consent(one)) for one in terms.consents])
        if renews:
            del self.fields["start_on"]
        else:
            last = today + timedelta(days=terms.ahead_days)
            self.fields["start_on"].widget.attrs |= {"min": earliest.isoformat(), "max": last.isoformat()}
            self.initial.setdefault("start_on", earliest)
        self.initial.setdefault("years", terms.years[0])

    def clean_terms(self) -> str:
        """The version that was read is the one that is signed."""
        if self.cleaned_data["terms"] != self._terms:
            raise forms.ValidationError(wording.TEXT_CHANGED)
        return self._terms

    def clean_consents(self) -> list[str]:
        """What the agreement needs is ticked; said at once with everything else that is missing."""
        given: list[str] = self.cleaned_data["consents"]
        if not self._needed <= set(given):
            raise forms.ValidationError(wording.NEEDED)
        return given

    def said(self, today: date) -> Said:
        """What was chosen, once the form is valid."""
        data = self.cleaned_data
        return Said(
            packages=tuple(data["packages"]),
            start_on=data.get("start_on", today),
            years=data["years"],
            consents=tuple(data["consents"]),
            token=data["token"],
        )


def _consent(consent: Consent) -> str:
    words = consent.text.language(get_language() or "")
    return gettext("%(consent)s (needed)") % {"consent": words} if consent.required else words


class EndForm(forms.Form):
    """That an agreement ends, and why."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    why = forms.ChoiceField(label=_("Why?"), choices=list(wording.ENDS.items()), widget=forms.RadioSelect)
    words = forms.CharField(label=_("In your words, if you like"), max_length=200, required=False)

    def __init__(self, data: Any, *, in_force: bool) -> None:
        super().__init__(data)
        if not in_force:  # what never began needs no reason
            del self.fields["why"]
            del self.fields["words"]
        self.initial.setdefault("token", uuid4())
