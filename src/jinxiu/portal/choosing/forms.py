"""What is asked to find a team, and to sign, change and end the own agreement."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from jinxiu.people.asked import number_sent
from jinxiu.portal.choosing import queries
from jinxiu.portal.choosing.queries import Asked


class FindForm(forms.Form):
    """Where a team shall be, and how it or one of its doctors is called."""

    place = forms.ChoiceField(label=_("Where you live"), required=False)
    institution = forms.ChoiceField(label=_("Health centre"), required=False)
    name = forms.CharField(
        label=_("Name of a team or a doctor"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )

    def __init__(self, data: Any, *, today: Any) -> None:
        super().__init__(data)
        anywhere = [("", pgettext("place", "Everywhere"))]
        self._offer("place", [*anywhere, *queries.place_choices()])
        self._offer("institution", [("", gettext("All health centres")), *queries.institution_choices(today)])

    def _offer(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @property
    def asked(self) -> Asked:
        """What is looked for; what the form does not offer is left out."""
        self.full_clean()
        said = self.cleaned_data
        place, institution = number_sent(said.get("place", "")), number_sent(said.get("institution", ""))
        return Asked(place, institution, said.get("name", ""))
