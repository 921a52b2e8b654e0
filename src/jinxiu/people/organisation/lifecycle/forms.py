"""What is asked of a new team, and of one that is closed."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.people.organisation.forms import TeamForm
from jinxiu.people.organisation.lifecycle.queries import Plan
from jinxiu.people.wording import named

Choices = Sequence[tuple[str, str | Promise]]
_COMMUNITY = "community_"


class NewTeamForm(forms.Form):
    """A team that begins; the rest is said on its own page afterwards."""

    institution = forms.ChoiceField(label=_("Institution"))
    code = forms.RegexField(
        r"^[A-Za-z0-9._-]{1,40}$",
        label=_("Code"),
        help_text=_("Files name the team by it; it stays. For example lx-3."),
        error_messages={"invalid": _("A code has 1 to 40 letters, digits, dots and hyphens, for example lx-3.")},
    )
    name = TeamForm.base_fields["name"]
    name_en = TeamForm.base_fields["name_en"]
    phone = TeamForm.base_fields["phone"]

    def __init__(self, *args: Any, institutions: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["institution"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(institutions)


class ClosingForm(forms.Form):
    """When a team is closed, why, and where its people go: all to one team, some communities to others."""

    on = forms.DateField(
        label=_("Closed on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), required=True
    )
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, today: date, teams: Choices, people: Mapping[Any, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["on"].help_text = gettext("The roles of its staff end with this day.")
        if not teams:
            return
        self.fields["to"] = forms.ChoiceField(label=_("Its people go to"), choices=[("", "–"), *teams])
        if len(teams) > 1:
            for place, number in people.items():
                if place is not None:
                    self.fields[f"{_COMMUNITY}{place.pk}"] = forms.ChoiceField(
                        label=gettext("Those of %(place)s (%(number)d)") % {"place": named(place), "number": number},
                        choices=[("", _("like the others")), *teams],
                        required=False,
                    )

    def clean_on(self) -> date:
        """Today: what is closed is closed at once."""
        on: date = self.cleaned_data["on"]
        if on != self.today:
            raise forms.ValidationError(
                _("A team is closed on the day on which it is recorded; choose %(today)s, or come back on the day."),
                params={"today": self.today.isoformat()},
            )
        return on

    @property
    def plan(self) -> Plan | None:
        """Where the people go, once the form is valid; None where nobody ever belonged to the team."""
        said = self.cleaned_data
        if not said.get("to"):
            return None
        places = {name: value for name, value in said.items() if name.startswith(_COMMUNITY) and value}
        return Plan(int(said["to"]), {int(name.removeprefix(_COMMUNITY)): int(to) for name, to in places.items()})
