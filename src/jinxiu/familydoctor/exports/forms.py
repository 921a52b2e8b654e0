"""The form of an export."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from jinxiu.familydoctor.exports.layouts import layouts
from jinxiu.familydoctor.exports.queries import Wanted

_SHORTEST_REASON = 4


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class ExportForm(forms.Form):
    """Which rows, and what for."""

    layout = forms.ChoiceField(label=_("What"))
    since = _day(_("From"))
    until = _day(_("To"))
    team = forms.TypedChoiceField(label=_("Team"), coerce=int, empty_value=None, required=False)
    reason = forms.CharField(
        label=_("Reason"),
        min_length=_SHORTEST_REASON,
        max_length=200,
        help_text=_("Stands in the file and in the trail, for example: monthly report to the province."),
    )
    whole_numbers = forms.BooleanField(
        label=_("With whole document numbers"),
        required=False,
        help_text=_("Only where the receiver needs them to tell people apart; else they are masked."),
    )

    def __init__(
        self, *args: Any, today: date, teams: Sequence[tuple[int, str]], whole_numbers: bool, **options: Any
    ) -> None:
        options.setdefault("initial", {"since": today.replace(day=1), "until": today})
        super().__init__(*args, **options)
        self.today = today
        language = get_language() or ""
        kinds, team = self.fields["layout"], self.fields["team"]
        assert isinstance(kinds, forms.ChoiceField)
        assert isinstance(team, forms.TypedChoiceField)
        kinds.choices = [(one.id, one.title.language(language)) for one in layouts().values()]
        team.choices = [("", _("All teams")), *teams]
        if not whole_numbers:
            del self.fields["whole_numbers"]

    def clean_until(self) -> date:
        """The last day is no later than today."""
        until: date = self.cleaned_data["until"]
        if until > self.today:
            raise forms.ValidationError(_("This day is still to come; choose today or a day before."))
        return until

    def clean(self) -> dict[str, Any]:
        """Refuse a span that ends before it begins."""
        said = super().clean() or {}
        if said.get("since") and said.get("until") and said["since"] > said["until"]:
            self.add_error("until", _("The last day is before the first one; choose a later one."))
        return said

    def wanted(self) -> Wanted:
        """What a valid form asks for."""
        said = self.cleaned_data
        return Wanted(
            layout=layouts()[said["layout"]],
            since=said["since"],
            until=said["until"],
            team_id=said["team"],
            whole_numbers=said.get("whole_numbers", False),
        )
