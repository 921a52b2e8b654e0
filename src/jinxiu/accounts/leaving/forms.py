"""What is asked of somebody who leaves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jinxiu.accounts.leaving.queries import REASONS, Duty


class LeavingForm(forms.Form):
    """The last day, why, and who takes over each role in a team."""

    last_day = forms.DateField(
        label=_("Last day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Today, or a day that is over, shuts the person out at once; a later day that night."),
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=[("", "–"), *REASONS])
    words = forms.CharField(label=_("In your words"), max_length=500, required=False)

    def __init__(self, *args: Any, duties: list[Duty], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.duties = [one for one in duties if one.team_id is not None]
        for one in self.duties:
            self.fields[f"taker_{one.assignment_id}"] = forms.ChoiceField(
                label=_("Who takes over: %(role)s, %(place)s") % {"role": one.label, "place": one.place},
                choices=[("", _("nobody")), *one.takers],
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        """Another reason needs words."""
        values = super().clean() or self.cleaned_data
        if values.get("reason") == "other" and not values.get("words"):
            self.add_error("words", _("Say the other reason in a few words."))
        return values

    @property
    def takers(self) -> dict[int, int]:
        """Who takes over, by assignment."""
        chosen = {one.assignment_id: self.cleaned_data[f"taker_{one.assignment_id}"] for one in self.duties}
        return {assignment_id: int(staff_id) for assignment_id, staff_id in chosen.items() if staff_id}
