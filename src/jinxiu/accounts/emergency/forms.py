"""What is asked before a record out of reach opens, and after."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jinxiu.emergency.queries import REASONS

_WORDS = forms.Textarea(attrs={"rows": 3})


class OpeningForm(forms.Form):
    """Whose record, and why."""

    number = forms.CharField(
        label=_("Identity number"),
        max_length=60,
        help_text=_("The whole number of the ID card or of another document of this person."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(
        label=_("Full name"),
        max_length=150,
        help_text=_("As it stands in the document."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=[("", ""), *REASONS])
    words = forms.CharField(
        label=_("Why it cannot wait"),
        min_length=4,
        max_length=500,
        help_text=_("One sentence for the manager who reviews this."),
        widget=_WORDS,
    )

    def __init__(self, *args: Any, needs_name: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not needs_name:
            del self.fields["name"]


class ReviewForm(forms.Form):
    """Was it right; an objection says why."""

    was_right = forms.TypedChoiceField(
        choices=[("yes", _("It was right")), ("no", _("I object"))], coerce=lambda value: value == "yes"
    )
    note = forms.CharField(max_length=500, required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for the reason of an objection."""
        data = super().clean() or {}
        if data.get("was_right") is False and not data.get("note"):
            self.add_error("note", _("Say in one sentence why you object."))
        return data
