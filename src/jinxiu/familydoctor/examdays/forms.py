"""What is asked when examination days are planned, filled, and when one person is invited."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.familydoctor.examdays import rules
from jinxiu.familydoctor.examdays.queries import Wanted
from jinxiu.familydoctor.examdays.rules import Line

Choices = Sequence[tuple[str, str | Promise]]
URGENCIES: Choices = (
    ("0", _("Everybody")),
    ("1", _("Only who must be seen within two weeks, referred, or at once")),
    ("2", _("Only who is to be referred, or seen at once")),
)
_SHORTEST_REASON = 2
_BETWEEN = r"[\s,;\uff0c\u3001\uff1b]+"  # Latin and Chinese commas, semicolons and list commas
# A usual morning for sixty people: blood is taken until half past nine (the facts file, 8.D).
_TIMES = ("07:30", "08:00", "08:30", "09:00", "09:30", "10:00", "10:30")
MORNING = [
    {"starts": starts, "ends": ends, "places": 10, "fasting": starts < "09:30"} for starts, ends in pairwise(_TIMES)
]
EMPTY_LINES = 2


class DayForm(forms.Form):
    """Where, and on which dates."""

    institution = forms.TypedChoiceField(label=_("Institution"), coerce=int)
    place = forms.CharField(
        label=_("Where, if not there"),
        max_length=200,
        required=False,
        help_text=_("For example: activity room of the community."),
    )
    dates = forms.CharField(
        label=_("Dates"),
        widget=forms.Textarea(attrs={"rows": 3, "inputmode": "numeric"}),
        help_text=_("One or several, each as 2026-12-03, with a space or on a line of its own."),
    )

    def __init__(self, *args: Any, institutions: Choices, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        field = self.fields["institution"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = institutions

    def clean_place(self) -> str:
        """One space between words, so that the same place is the same."""
        return " ".join(str(self.cleaned_data["place"]).split())

    def clean_dates(self) -> list[dt.date]:
        """The days, each once, none in the past and none later than the end of next year."""
        words = [word for word in re.split(_BETWEEN, self.cleaned_data["dates"]) if word]
        if not words:
            raise forms.ValidationError(_("Give at least one date."))
        days = sorted({self._day(word) for word in words})
        if len(days) > rules.MOST_DAYS:
            raise forms.ValidationError(
                gettext("%(count)s dates are too many; plan at most %(most)s at once.")
                % {"count": len(days), "most": rules.MOST_DAYS}
            )
        return days

    def _day(self, word: str) -> dt.date:
        try:
            day = dt.date.fromisoformat(word)
        except ValueError as error:
            sentence = gettext("“%(word)s” is no date; write it as year-month-day, for example 2026-12-03.")
            raise forms.ValidationError(sentence % {"word": word[:40]}) from error
        if not self.today <= day <= dt.date(self.today.year + 1, 12, 31):
            sentence = gettext("%(day)s is in the past, or later than next year; choose a day from today on.")
            raise forms.ValidationError(sentence % {"day": day.isoformat()})
        return day


def _time(label: Any) -> forms.TimeField:
    return forms.TimeField(label=label, required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))


class LineForm(forms.Form):
    """A part of the day; a row without times and places is left out."""

    starts = _time(_("From"))
    ends = _time(_("To"))
    places = forms.IntegerField(label=_("People"), required=False, min_value=1, max_value=rules.LONGEST_LINE)
    fasting = forms.BooleanField(label=_("Fasting"), required=False)

    def clean(self) -> dict[str, Any]:
        """All of it or nothing, and the end after the beginning."""
        said = self.cleaned_data
        given = [name for name in ("starts", "ends", "places") if said.get(name)]
        if given and len(given) < 3 and not self.errors:
            raise forms.ValidationError(_("Give the times and for how many people, or leave the row empty."))
        if len(given) == 3 and said["ends"] <= said["starts"]:
            self.add_error("ends", _("The end is not after the beginning; choose a later time."))
        return said

    @property
    def line(self) -> Line | None:
        """The part of the day, None of an empty row."""
        said = self.cleaned_data
        return Line(said["starts"], said["ends"], said["places"], said["fasting"]) if said.get("places") else None


class _Lines(forms.BaseFormSet):
    def clean(self) -> None:
        """At least one part, and no two at the same time."""
        if any(self.errors):
            return
        if not self.lines:
            raise forms.ValidationError(_("Give at least one time with its number of people."))
        if rules.overlap(self.lines):
            raise forms.ValidationError(_("Two of these times overlap; please change one of them."))

    @property
    def lines(self) -> list[Line]:
        """The parts of the day that were given."""
        return [line for form in self.forms if (line := form.line) is not None]


LinesForm = forms.formset_factory(
    LineForm, formset=_Lines, extra=EMPTY_LINES, max_num=len(MORNING) + EMPTY_LINES, absolute_max=12
)


class FillForm(forms.Form):
    """Which days, and whom."""

    days = forms.TypedMultipleChoiceField(
        label=_("Examination days"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one day.")},
    )
    team = forms.TypedChoiceField(label=_("Team"), coerce=int, empty_value=None, required=False)
    community = forms.ChoiceField(label=_("Community"), required=False)
    urgency = forms.TypedChoiceField(label=_("Whom"), coerce=int, empty_value=None, choices=URGENCIES, required=False)

    def __init__(
        self, *args: Any, days: Choices, teams: Choices, communities: Choices, by_urgency: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._offer("days", days)
        self._offer("team", [("", _("All teams")), *teams])
        self._offer("community", [("", _("All")), *communities])
        if not by_urgency:
            del self.fields["urgency"]

    def _offer(self, name: str, choices: Choices) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def wanted(self) -> Wanted:
        """What a valid form asks for."""
        said = self.cleaned_data
        return Wanted(tuple(sorted(said["days"])), said["team"], said["community"], said.get("urgency") or 0)


class ReasonForm(forms.Form):
    """Why something is cancelled."""

    words = forms.CharField(
        label=_("Reason"),
        min_length=_SHORTEST_REASON,
        max_length=200,
        help_text=_("For example: is in hospital, has moved, was examined elsewhere."),
    )


class DayReasonForm(ReasonForm):
    """Why a whole day is cancelled."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["words"].help_text = _("For example: the doctor is ill, the ultrasound is being repaired.")


class SlotForm(forms.Form):
    """The day and time for one person; the value is "day id_HH:MM"."""

    slot = forms.ChoiceField(label=_("Day and time"))

    def __init__(self, *args: Any, slots: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["slot"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = slots
        field.error_messages["invalid_choice"] = _("This time is full or no longer there. Please choose another one.")

    @property
    def chosen(self) -> tuple[int, dt.time]:
        """The day and the time of a valid form."""
        day_id, _sep, starts = self.cleaned_data["slot"].partition("_")
        return int(day_id), dt.time.fromisoformat(starts)
