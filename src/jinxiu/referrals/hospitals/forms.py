"""What is asked of a hospital."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.referrals.forms import Choices, day_field

MOST_DEPARTMENTS = 200


class HospitalForm(forms.Form):
    """What is said of a hospital that a centre refers to; `centres` are offered for a new one."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1, required=False)
    centre = forms.ChoiceField(label=_("Health centre"))
    name = forms.CharField(label=_("Name of the hospital"), max_length=200)
    phone = forms.CharField(label=_("Phone for referrals"), max_length=40, required=False)
    departments = forms.CharField(
        label=_("Departments"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("One in a line; a referral offers them."),
    )
    closed_on = day_field(
        label=_("Closed for referrals from"),
        required=False,
        help_text=_("From this day on nobody can be sent there. Letters that were sent stay as they are."),
    )

    def __init__(self, data: Any, *, centres: Choices, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        field = self.fields["centre"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = centres
        if not centres:
            del self.fields["centre"]

    def clean_name(self) -> str:
        """The name without spaces around it or twice in it, as a referral would write it."""
        return " ".join(str(self.cleaned_data["name"]).split())

    def clean_departments(self) -> list[str]:
        """The departments, each once, as they were written."""
        lines = (" ".join(line.split()) for line in str(self.cleaned_data["departments"]).splitlines())
        found = list(dict.fromkeys(line for line in lines if line))
        if len(found) > MOST_DEPARTMENTS or any(len(one) > 100 for one in found):
            raise forms.ValidationError(
                gettext("At most %(most)s departments, each of at most 100 characters.") % {"most": MOST_DEPARTMENTS}
            )
        return found

    @property
    def values(self) -> dict[str, Any]:
        """What stands in the hospital's fields afterwards."""
        return {name: self.cleaned_data[name] for name in ("name", "phone", "departments", "closed_on")}
