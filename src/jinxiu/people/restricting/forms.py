"""What is asked when a restriction of use begins or ends."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jinxiu.people.restricting.kinds import ASKERS, KINDS, REASONS


class RestrictForm(forms.Form):
    """What is restricted, why, who asked and how, and the last day."""

    kind = forms.ChoiceField(
        label=_("What stays open"),
        choices=[(kind.code, kind.label) for kind in KINDS.values()],
        widget=forms.RadioSelect,
    )
    reason = forms.ChoiceField(label=_("Why"), choices=[("", "–"), *REASONS.items()])
    asked_by = forms.ChoiceField(label=_("Who asked for it"), choices=[("", "–"), *ASKERS.items()])
    words = forms.CharField(
        label=_("How it was asked, and what was said"),
        min_length=4,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    until_on = forms.DateField(
        label=_("Last day"),
        required=False,
        help_text=_("Empty: until somebody ends it."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, data: Any, *, today: date) -> None:
        super().__init__(data)
        self.today = today

    def clean_until_on(self) -> date | None:
        """Refuse a last day that has passed, and one that nobody will remember."""
        day: date | None = self.cleaned_data["until_on"]
        if day and not self.today <= day <= date(self.today.year + 20, 12, 31):
            raise forms.ValidationError(_("The last day is today or later, within twenty years; or leave it empty."))
        return day


class EndForm(forms.Form):
    """Why the restriction ends."""

    words = forms.CharField(label=_("Who asked to end it, or why it ends"), min_length=4, max_length=500)
