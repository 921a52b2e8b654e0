"""What is asked when somebody moves, dies, comes back, or when that was a mistake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.familydoctor.residency import rules
from jinxiu.familydoctor.residency.rules import Known
from jinxiu.ui.templatetags.jinxiu import day_text

Choices = Sequence[tuple[str, str | Promise]]
HOW: dict[str, Promise] = {
    "family": _("the family said so"),
    "hospital": _("a hospital said so"),
    "certificate": _("the death certificate was seen"),
    "police": _("the police or the civil affairs office said so"),
    "community": _("the residents' committee or neighbours said so"),
    "other": _("other, in words"),
}
_WHY_NOT: dict[str, Promise] = {
    "future": _("This day is still to come; please choose today or an earlier day."),
    "before_birth": _("This day is before the birth; please check the year."),
    "before_leaving": _("This day is before the person moved away; if that was a mistake, take it back first."),
    "not_after_leaving": _(
        "This is not after the day of moving away; if the person never left, take the move back instead."
    ),
}


class ChangeForm(forms.Form):
    """What every change has: the day and a few words. `doubt` says what must be confirmed before it is saved."""

    on = forms.DateField(label=_("On"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    words = forms.CharField(
        label=_("In words"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    sure = forms.BooleanField(label=_("Yes, the day is right"), required=False)

    def __init__(self, *args: Any, change: str, know: Known, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.change, self.know, self.today = change, know, today
        self.doubt = ""

    @property
    def shown(self) -> list[Any]:
        """The fields to show; the confirmation only where something is doubtful."""
        return [self[name] for name in self.fields if name != "sure" or self.doubt]

    def offer(self, name: str, choices: Choices) -> None:
        """Say what one may choose from."""
        field = self.fields[name]
        assert isinstance(field, (forms.ChoiceField, forms.MultipleChoiceField))
        field.choices = list(choices)

    def clean(self) -> dict[str, Any]:
        """The day must be possible, and be confirmed where somebody was seen later."""
        said = self.cleaned_data
        on = said.get("on")
        if on is None:
            return said
        reason = rules.why_not(self.change, on, self.know, self.today)
        if reason:
            self.add_error("on", str(_WHY_NOT[reason]))
        elif rules.is_doubtful(self.change, on, self.know):
            assert self.know.last_contact is not None
            self.doubt = gettext("There is a record of %(day)s, after this day. Is the day right all the same?") % {
                "day": day_text(self.know.last_contact)
            }
            if not said.get("sure"):
                self.add_error("sure", gettext("Please confirm the day, or choose a later one."))
        return said


class MovedForm(ChangeForm):
    """Moved out of the district."""

    detail = forms.CharField(label=_("Where to"), max_length=200)
    field_order = ("on", "detail", "words", "sure")


class DiedForm(ChangeForm):
    """Died."""

    detail = forms.ChoiceField(label=_("How it is known"), choices=[("", "–"), *HOW.items()])
    field_order = ("on", "detail", "words", "sure")

    def clean(self) -> dict[str, Any]:
        """`other` needs words."""
        said = super().clean()
        if said.get("detail") == "other" and not said.get("words", "").strip():
            self.add_error("words", _("Please say in a few words how it is known."))
        return said


class WithinForm(ChangeForm):
    """Moved within the district: another address, another team, or both."""

    place = forms.ChoiceField(label=_("Community"), required=False)
    address = forms.CharField(label=_("Home address"), required=False, max_length=300)
    team = forms.ChoiceField(label=_("Team"), required=False)
    field_order = ("on", "place", "address", "team", "words", "sure")

    def clean(self) -> dict[str, Any]:
        """An address lies in a community."""
        said = super().clean()
        if said.get("address") and not said.get("place"):
            self.add_error("place", _("Please choose the community in which this address lies."))
        return said


class BackForm(ChangeForm):
    """Came back to the district."""

    team = forms.ChoiceField(label=_("Team"))
    programmes = forms.MultipleChoiceField(
        label=_("Programmes that begin again"), required=False, widget=forms.CheckboxSelectMultiple
    )
    field_order = ("on", "team", "programmes", "words", "sure")


class MistakeForm(forms.Form):
    """A death or a move that was recorded by mistake."""

    words = forms.CharField(label=_("What was the mistake"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    @property
    def shown(self) -> list[Any]:
        """All fields."""
        return list(self)
