"""What is asked of a team, of who stands in, and of a qualification."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jinxiu.people.organisation import offers
from jinxiu.people.organisation.wording import KINDS

Choices = Sequence[tuple[str, str | Promise]]


def _day(**kwargs: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


def _words(**kwargs: Any) -> forms.CharField:
    return forms.CharField(max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4}), **kwargs)


def _several(**kwargs: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple, **kwargs)


class TeamForm(forms.Form):
    """What makes a team itself; the code and the institution stay."""

    name = forms.CharField(label=_("Name of the team"), max_length=100)
    name_en = forms.CharField(label=_("Name in English"), max_length=100, required=False)
    phone = forms.RegexField(
        r"^[0-9 +()-]{5,40}$",
        label=_("Phone"),
        required=False,
        error_messages={"invalid": _("A phone number has 5 to 40 digits, for example 0351 1234567.")},
    )
    specialities = _several(label=_("Specialities"))
    languages = _several(label=_("Languages"))
    services = _several(label=_("Services"))
    home_visit_items = _several(label=_("Done at home"))
    hours = forms.CharField(label=_("Hours"), max_length=300, required=False)
    hours_en = forms.CharField(label=_("Hours in English"), max_length=300, required=False)
    introduction = _words(label=_("Introduction"))
    introduction_en = _words(label=_("Introduction in English"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in offers.LISTS:
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = offers.choices(name)


class StandInForm(forms.Form):
    """Who stands in for whom, from a day to a day."""

    colleague = forms.ChoiceField(label=_("For whom"))
    stand_in = forms.ChoiceField(label=_("Who stands in"))
    start_on = _day(label=_("From"))
    end_on = _day(label=_("Last day"), help_text=_("One year at most. It ends by itself."))

    def __init__(self, *args: Any, colleagues: Choices, stand_ins: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("colleague", colleagues), ("stand_in", stand_ins)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", "–"), *choices]


class LastDayForm(forms.Form):
    """Until when somebody stands in."""

    end_on = _day(label=_("Last day"), help_text=_("Yesterday ends it at once. One year at most."))


class QualificationForm(forms.Form):
    """A licence or certificate as it is printed."""

    kind = forms.ChoiceField(label=_("Kind"), choices=[("", "–"), *KINDS.items()])
    number = forms.CharField(label=_("Number"), max_length=60, required=False)
    issued_on = _day(label=_("Issued on"), required=False)
    valid_to = _day(label=_("Valid to"), required=False, help_text=_("The last valid day; empty where it has none."))

    def clean(self) -> dict[str, Any]:
        """Hold the two days against each other."""
        values = super().clean() or self.cleaned_data
        issued_on, valid_to = values.get("issued_on"), values.get("valid_to")
        if issued_on and valid_to and valid_to < issued_on:
            self.add_error("valid_to", _("The last valid day cannot be before the day of issue; compare the paper."))
        return values
