"""What a worklist can be narrowed to, read from the address; nonsense in it narrows nothing."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

STATUSES = (
    ("open", _("Due and overdue")),
    ("danger", _("Urgent")),
    ("two_weeks", _("See within two weeks")),
    ("overdue", _("Overdue")),
    ("week", _("Due this week")),
    ("due", _("Due, not overdue")),
    ("upcoming", _("Upcoming")),
)
Choices = Sequence[tuple[str, str]]


class NameFilter(forms.Form):
    """The field in which a list is searched by name; `/` goes to it."""

    name = forms.CharField(
        required=False,
        max_length=60,
        widget=forms.TextInput(
            attrs={"type": "search", "data-search": "", "autocomplete": "off", "aria-keyshortcuts": "/"}
        ),
    )


class WorklistFilter(NameFilter):
    """The filters as GET parameters. `values` are always usable; the page shows what it understood."""

    team = forms.ChoiceField(required=False, label=_("Team"))
    standard = forms.ChoiceField(required=False, label=_("Standard"))
    status = forms.ChoiceField(required=False, label=_("Status"), choices=STATUSES)
    street = forms.ChoiceField(required=False, label=_("Street"))
    mine = forms.BooleanField(required=False, label=_("Last seen by me"))

    def __init__(self, data: QueryDict, *, teams: Choices, standards: Choices, streets: Choices) -> None:
        super().__init__(data)
        self._offer("team", teams, _("All my teams"))
        self._offer("standard", standards, _("All"))
        self._offer("street", streets, _("All"))
        if len(teams) < 2:
            del self.fields["team"]
        self.full_clean()
        self.values = {**dict.fromkeys(self.fields, ""), **self.cleaned_data}
        self.values["status"] = self.values["status"] or STATUSES[0][0]
        self.values["mine"] = bool(self.values["mine"])

    def _offer(self, name: str, choices: Choices, everything: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", everything), *choices]

    @property
    def narrow_fields(self) -> list[forms.BoundField]:
        """The drop-down fields, in their order."""
        return [self[name] for name in ("team", "standard", "status", "street") if name in self.fields]

    @property
    def team_id(self) -> int | None:
        """The chosen team, None for all."""
        return int(self.values["team"]) if self.values.get("team") else None

    @property
    def narrowed(self) -> bool:
        """Whether anything but the team is filtered."""
        return self.values["status"] != STATUSES[0][0] or any(
            self.values[name] for name in ("name", "standard", "street", "mine")
        )

    def address(self, **changes: str) -> dict[str, str]:
        """The parameters of the address that shows this list, changed; empty ones are left out."""
        now = {name: ("on" if value is True else str(value or "")) for name, value in self.values.items()}
        return {name: value for name, value in {**now, **changes}.items() if value}
