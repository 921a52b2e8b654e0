"""What is asked of an institution."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.people.models import Place
from jinxiu.people.organisation.forms import TeamForm
from jinxiu.people.organisation.institutions.queries import MOST_OFFERED, offered, places_meant


class InstitutionForm(forms.Form):
    """What is said of an institution; the code stays."""

    name = forms.CharField(label=_("Name of the institution"), max_length=200)
    name_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    place = forms.CharField(
        label=_("Place"),
        max_length=250,
        required=False,
        help_text=_("Type a part of its name or its code, then choose from the list."),
        widget=forms.TextInput(
            attrs={
                "list": "places",
                "hx-get": reverse_lazy("institution-places"),
                "hx-trigger": "input changed delay:200ms",
                "hx-target": "#places",
                "hx-sync": "this:replace",
            }
        ),
    )
    address = forms.CharField(label=_("Address"), max_length=300, required=False)
    phone = TeamForm.base_fields["phone"]
    hours = TeamForm.base_fields["hours"]
    hours_en = TeamForm.base_fields["hours_en"]

    def __init__(self, *args: Any, kept: Place | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kept = kept

    def clean_place(self) -> int | None:
        """The id of the one place that is meant."""
        text: str = self.cleaned_data["place"]
        if not text:
            return None
        meant = places_meant(text, self._kept.pk if self._kept else None)
        if len(meant) != 1:
            raise forms.ValidationError(_which(meant))
        return meant[0].pk

    @property
    def values(self) -> dict[str, object]:
        """What stands in the institution's fields afterwards."""
        said = {name: self.cleaned_data[name] for name in self.cleaned_data if name not in ("code", "revision")}
        return said | {"place_id": said.pop("place")}


def _which(meant: list[Place]) -> str:
    if not meant:
        return gettext("No place in force is called so. Type a part of its name or its code.")
    if len(meant) > MOST_OFFERED:
        return gettext("More than %(most)s places are called so. Type more of the name, or the code.") % {
            "most": MOST_OFFERED
        }
    return gettext("Several places are called so; please type one of them: %(places)s.") % {
        "places": gettext(", ").join(map(offered, meant))
    }


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
