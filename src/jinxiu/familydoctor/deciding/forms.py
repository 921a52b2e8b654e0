"""The form on which a doctor decides otherwise than the rule suggests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jinxiu.familydoctor.deciding.rules import LONGEST_WORDS, Word
from jinxiu.familydoctor.deciding.wording import REASONS

PROBLEMS = {
    "not_a_class": _("Choose one of the classes."),
    "no_reason": _("Choose why the class is another one than the rule suggests."),
    "no_words": _(
        "Say in a sentence what speaks for it: a danger is not decided away, and no other reason given, without."
    ),
    "out_of_bounds": _(
        "Choose a day after today, and not later than the class allows (see beside it), or leave it empty."
    ),
}


class WithdrawForm(forms.Form):
    """Why a record is withdrawn."""

    reason = forms.CharField(
        label=_("Why it is withdrawn"),
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Such as: recorded for the wrong person, or recorded twice."),
        error_messages={"required": _("Say why: the reason stays with the record.")},
    )


class DecisionForm(forms.Form):
    """The class, the reason, and perhaps a nearer day for the next contact."""

    classification = forms.ChoiceField(
        label=_("Class"),
        widget=forms.RadioSelect,
        error_messages={"required": PROBLEMS["not_a_class"], "invalid_choice": PROBLEMS["not_a_class"]},
    )
    because = forms.ChoiceField(label=_("Why another class"), required=False)
    words = forms.CharField(
        label=_("In your words"),
        required=False,
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed for another reason, and where the rule sees a danger."),
    )
    next_on = forms.DateField(
        label=_("Next contact on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Leave it empty for the day that the class asks for; it can only be earlier."),
    )

    def __init__(self, *args: Any, classes: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["classification"].choices = list(classes)  # type: ignore[attr-defined]
        self.fields["because"].choices = [("", ""), *REASONS.items()]  # type: ignore[attr-defined]

    @property
    def word(self) -> Word:
        """What was decided, once the form is valid."""
        data = self.cleaned_data
        next_on: dt.date | None = data["next_on"]
        return Word(data["classification"], next_on, data["because"], data["words"])
