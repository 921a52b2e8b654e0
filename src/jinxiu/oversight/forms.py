"""What the trail can be searched by."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from jinxiu.audit.queries import Wanted
from jinxiu.audit.sentences import known_actions, known_purposes
from jinxiu.people.clock import start_of

_USUAL_DAYS = 7


_FIRST, _LAST = date(2000, 1, 1), date(2199, 12, 31)


def _day(label: Any) -> forms.DateField:
    shown = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=shown, validators=[MinValueValidator(_FIRST), MaxValueValidator(_LAST)])


class TrailSearch(forms.Form):
    """The search as GET parameters; without any, the last seven days."""

    since = _day(_("From"))
    until = _day(_("To"))
    actor = forms.CharField(label=_("Who acted (name, or part of it)"), required=False, max_length=60)
    person = forms.IntegerField(label=_("Person number"), required=False, min_value=1, max_value=2**63 - 1)
    action = forms.ChoiceField(label=_("What was done"), required=False)
    purpose = forms.ChoiceField(label=_("What for"), required=False)

    def __init__(self, data: QueryDict, *, today: date) -> None:
        usual = {"since": (today - timedelta(days=_USUAL_DAYS - 1)).isoformat(), "until": today.isoformat()}
        super().__init__({**usual, **{name: value for name, value in data.items() if value or name not in usual}})
        for name, choices in (("action", known_actions()), ("purpose", known_purposes())):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("All")), *choices.items()]

    def clean(self) -> dict[str, Any]:
        """Refuse a span that ends before it begins."""
        values = super().clean() or {}
        if values.get("since") and values.get("until") and values["since"] > values["until"]:
            self.add_error("until", _("The last day is before the first one; choose a later one."))
        return values

    def wanted(self) -> Wanted:
        """The search of a valid form."""
        values = self.cleaned_data
        return Wanted(
            since=start_of(values["since"]),
            until=start_of(values["until"] + timedelta(days=1)),
            actor=values["actor"],
            person_id=values["person"],
            action=values["action"],
            purpose=values["purpose"],
        )

    def address(self) -> dict[str, str]:
        """The search as parameters of an address; empty ones are left out."""
        return {name: str(value) for name, value in self.cleaned_data.items() if value}


class FindByNumber(forms.Form):
    """The number of an identity card or other document; sent in the body, so that no log of addresses has it."""

    number = forms.CharField(
        label=_("Whole number of an identity card or other document"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ExportReason(forms.Form):
    """Why lines leave the system."""

    reason = forms.CharField(label=_("Reason for the export"), min_length=4, max_length=200)


class CopyReason(forms.Form):
    """Who asked for the copy of all data, and what for."""

    reason = forms.CharField(label=_("Who asked for it, and how"), min_length=4, max_length=200)
