"""What a run of renewals asks: which teams, and between which days the agreements end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _


class WindowForm(forms.Form):
    """At first all teams, and the rest of the year as far as agreements can be renewed."""

    teams = forms.MultipleChoiceField(
        label=_("Teams"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one team.")},
    )
    first_on = forms.DateField(
        label=_("Agreements that end from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last_on = forms.DateField(label=_("to"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any, *, teams: Sequence[tuple[str, str]], today: date, renew_days: int) -> None:
        furthest = today + timedelta(days=renew_days)
        window = {"first_on": today, "last_on": min(date(today.year, 12, 31), furthest)}
        super().__init__(data, initial={"teams": [key for key, _name in teams], "token": uuid4(), **window})
        field = self.fields["teams"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = teams
