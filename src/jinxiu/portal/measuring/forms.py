"""What somebody types who has measured at home: the numbers of the meter, when, and how."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jinxiu.familydoctor.homevalues.kinds import DIASTOLIC, FASTING, NOT_FASTING, PULSE, SYSTOLIC
from jinxiu.people.clock import SHANGHAI
from jinxiu.portal.measuring.actions import Measured
from jinxiu.portal.measuring.wording import ARMS, MEALS
from jinxiu.standards.codes import installed

_NUMBER = {"inputmode": "numeric", "autocomplete": "off", "class": "meter"}
_DECIMAL = {"inputmode": "decimal", "autocomplete": "off", "class": "meter"}


def _plain(typed: str) -> str:
    """Digits of any width, and a point for whatever the keyboard has for one."""
    narrow = unicodedata.normalize("NFKC", typed)
    return "".join("." if unicodedata.category(one) == "Po" else one for one in narrow)


class MeterField(forms.CharField):
    """A number as a meter shows it, typed on any keyboard; it has to be one that can be true by the code list."""

    def __init__(self, code: str, *, label: Any, decimals: int = 0, required: bool = True, help_text: Any = "") -> None:
        widget = forms.TextInput(attrs=_DECIMAL if decimals else _NUMBER)
        super().__init__(label=label, required=required, max_length=10, widget=widget, help_text=help_text)
        self.code, self.decimals = code, decimals

    def clean(self, value: Any) -> float | None:
        """The number; a sentence that names the field, what was typed and what is allowed for anything else."""
        typed = _plain(super().clean(value).strip())
        if not typed:
            return None
        known = installed()[self.code]
        number = self._number(typed)
        if number is None or not known.is_possible(float(number)):
            words = {"field": self.label, "value": typed, "low": f"{known.hard_low:g}", "high": f"{known.hard_high:g}"}
            said = _("%(field)s: “%(value)s” cannot be; allowed is %(low)s to %(high)s %(unit)s. Please look again.")
            raise forms.ValidationError(said % (words | {"unit": known.unit}))
        return float(number)

    def _number(self, typed: str) -> Decimal | None:
        try:
            number = Decimal(typed)
        except InvalidOperation:
            return None
        places = number.as_tuple().exponent
        return number if isinstance(places, int) and -places <= self.decimals else None


class MeasuredForm(forms.Form):
    """When it was measured; a form for each kind adds its numbers. `now` is the instant that stands there at first."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    time = forms.TimeField(label=_("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    def __init__(self, data: Any, *, now: datetime) -> None:
        super().__init__(data, initial={"day": now.date(), "time": now.time().replace(second=0, microsecond=0)})

    def values(self) -> dict[str, float]:
        """What is there of the numbers, by code, also while the form is not complete."""
        raise NotImplementedError

    def words(self) -> dict[str, str]:
        """What is kept beside the numbers."""
        raise NotImplementedError

    @property
    def measured(self) -> Measured:
        """What a valid form says."""
        said = self.cleaned_data
        at = datetime.combine(said["day"], said["time"], tzinfo=SHANGHAI)
        return Measured(self.values(), at, self.words())

    @property
    def doubts(self) -> list[str]:
        """The names of the numbers that are possible and very unusual."""
        unusual = [code for code, value in self.values().items() if not installed()[code].is_plausible(value)]
        return [str(field.label) for field in self.fields.values() if self._code(field) in unusual]

    def _code(self, field: forms.Field) -> str:
        return field.code if isinstance(field, MeterField) else ""

    @property
    def sure(self) -> str:
        """The numbers as one word: what somebody who has measured again confirms."""
        return "/".join(f"{value:g}" for value in self.values().values())


class PressureForm(MeasuredForm):
    """Both values of a blood pressure, and the pulse where the meter shows it."""

    systolic = MeterField(SYSTOLIC, label=_("Upper value (SYS)"))
    diastolic = MeterField(DIASTOLIC, label=_("Lower value (DIA)"))
    pulse = MeterField(PULSE, label=_("Pulse (may stay empty)"), required=False)
    arm = forms.ChoiceField(label=_("Which arm"), choices=list(ARMS.items()), required=False, widget=forms.RadioSelect)
    field_order = ("systolic", "diastolic", "pulse", "arm", "day", "time")

    def clean(self) -> dict[str, Any]:
        """The lower value is the lower one."""
        said = super().clean() or {}
        high, low = said.get("systolic"), said.get("diastolic")
        if high is not None and low is not None and low >= high:
            words = _(
                "Lower value (DIA): %(low)s is not below the upper value %(high)s. Please look at the meter again."
            )
            self.add_error("diastolic", words % {"low": f"{low:g}", "high": f"{high:g}"})
        return said

    def values(self) -> dict[str, float]:
        """By code, what is there."""
        named = {SYSTOLIC: "systolic", DIASTOLIC: "diastolic", PULSE: "pulse"}
        return _there(self, named)

    def words(self) -> dict[str, str]:
        """The arm."""
        return {"arm": self.cleaned_data.get("arm", "")}


class GlucoseForm(MeasuredForm):
    """One blood sugar, and what was eaten before."""

    glucose = MeterField(
        FASTING,
        label=_("Blood sugar (mmol/L)"),
        decimals=1,
        help_text=_("Does your meter show mg/dL? Divide by 18. Does it show LO or HI? Do not wait: call your team."),
    )
    meal = forms.ChoiceField(label=_("Before or after a meal"), choices=list(MEALS.items()), widget=forms.RadioSelect)
    field_order = ("glucose", "meal", "day", "time")

    def values(self) -> dict[str, float]:
        """By code, which depends on the meal; what is there."""
        fasting = self.cleaned_data.get("meal") == "fasting"
        return _there(self, {FASTING if fasting else NOT_FASTING: "glucose"})

    def words(self) -> dict[str, str]:
        """What was eaten before."""
        return {"meal": self.cleaned_data["meal"]}

    def _code(self, field: forms.Field) -> str:
        return next(iter(self.values()), "") if isinstance(field, MeterField) else ""


def _there(form: forms.Form, named: Mapping[str, str]) -> dict[str, float]:
    said = getattr(form, "cleaned_data", {})
    return {code: said[name] for code, name in named.items() if said.get(name) is not None}


FORMS: dict[str, type[PressureForm] | type[GlucoseForm]] = {"pressure": PressureForm, "glucose": GlucoseForm}
