"""What is asked of an institution."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jinxiu.people.organisation.forms import TeamForm

Choices = Sequence[tuple[str, str | Promise]]


class InstitutionForm(forms.Form):
    """What is said of an institution; the code stays."""

    name = forms.CharField(label=_("Name of the institution"), max_length=200)
    name_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    place = forms.TypedChoiceField(label=_("Place"), coerce=int, empty_value=None, required=False)
    address = forms.CharField(label=_("Address"), max_length=300, required=False)
    phone = TeamForm.base_fields["phone"]
    hours = TeamForm.base_fields["hours"]
    hours_en = TeamForm.base_fields["hours_en"]

    def __init__(self, *args: Any, places: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "–"), *places]

    @property
    def values(self) -> dict[str, object]:
        """What stands in the institution's fields afterwards."""
        said = {name: self.cleaned_data[name] for name in self.cleaned_data if name not in ("code", "revision")}
        return said | {"place_id": said.pop("place")}


class NewInstitutionForm(InstitutionForm):
    """An institution that is not there yet."""

    code = forms.RegexField(
        r"^[A-Za-z0-9._-]{1,40}$",
        label=_("Code"),
        help_text=_("Files name the institution by it; it stays."),
        error_messages={"invalid": _("A code has 1 to 40 letters, digits, dots and hyphens, for example lx-3.")},
    )
    field_order = ("code",)


class ChangedInstitutionForm(InstitutionForm):
    """One that is there, as somebody looked at it; a day closes it."""

    closed_on = forms.DateField(
        label=_("Closed from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("From this day on nobody can choose it any more; no team may be open then. Empty: it is open."),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
