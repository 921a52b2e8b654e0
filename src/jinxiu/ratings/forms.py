"""The form of a survey: one choice of five for every question, and free words; wishing to be called."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from jinxiu.people.asked import number_sent
from jinxiu.people.identity import IdentityError, normalise_phone
from jinxiu.people.wording import sentence_for
from jinxiu.ratings.actions import Said
from jinxiu.ratings.models import Rating
from jinxiu.ratings.surveys import Question, Survey

SKIPPED = "0"
_MOST_WORDS = 500


class RatingForm(forms.Form):
    """The questions of a survey as radio buttons; `before` is what was said already."""

    words = forms.CharField(
        label=_("Anything else you wish to say"),
        required=False,
        max_length=_MOST_WORDS,
        help_text=_("The team may read this, without your name. Please write no names or numbers."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, survey: Survey, before: Rating | None) -> None:
        initial = {"words": before.words, "seen": before.pk} if before else {}
        super().__init__(data, initial=initial)
        self.survey = survey
        self.fields = {one.code: _field(one, before) for one in survey.questions} | self.fields

    @property
    def said(self) -> Said:
        """What a valid form says."""
        values = self.cleaned_data
        answers = {one.code: int(values[one.code]) for one in self.survey.questions if values[one.code] != SKIPPED}
        return Said(answers, values["words"], number_sent(values["seen"]) or 0)

    @property
    def questions(self) -> list[forms.BoundField]:
        """The fields of the questions, in order."""
        return [self[one.code] for one in self.survey.questions]


def _field(question: Question, before: Rating | None) -> forms.ChoiceField:
    language = get_language() or ""
    choices = [(str(value), words.language(language)) for value, words in enumerate(question.scale, start=1)]
    if question.may_skip:
        choices.append((SKIPPED, str(_("Does not concern me"))))
    return forms.ChoiceField(
        label=question.text.language(language),
        choices=choices[::-1] if not question.may_skip else [*choices[-2::-1], choices[-1]],
        initial=None if before is None else str(before.answers.get(question.code, SKIPPED)),
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose an answer here.")},
    )


class CallForm(forms.Form):
    """What somebody wishes to be called about, and the number."""

    phone = forms.CharField(
        label=_("Phone number to call"),
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    words = forms.CharField(
        label=_("What is it about?"), max_length=_MOST_WORDS, widget=forms.Textarea(attrs={"rows": 4})
    )

    def clean_phone(self) -> str:
        """The digits of a phone number."""
        try:
            return normalise_phone(self.cleaned_data["phone"])
        except IdentityError as error:
            raise forms.ValidationError(str(sentence_for(error))) from error


class SettleForm(forms.Form):
    """What came of a call."""

    note = forms.CharField(label=_("Result of the call"), max_length=_MOST_WORDS)
