"""What is asked about money: which months, a payment and its correction, a score by hand, a correction of pay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jinxiu.agreements.wording import PAYERS
from jinxiu.pay.wording import month_text
from jinxiu.standards.days import months_after

Choices = Sequence[tuple[str, str | Promise]]
MONTHS = 36  # that can be chosen


def month_choices(today: date) -> list[tuple[str, str]]:
    """This month and those before it, as "2026-11"."""
    this = today.replace(day=1)
    return [(f"{one:%Y-%m}", month_text(one)) for one in (months_after(this, -back) for back in range(MONTHS))]


def _month(label: Any, today: date, **kwargs: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        choices=month_choices(today),
        coerce=lambda text: date.fromisoformat(f"{text}-01"),
        empty_value=None,
        **kwargs,
    )


class _Amount(forms.DecimalField):
    """Yuan with two decimals; cleaned to fen."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=11, decimal_places=2, label=_("Amount (yuan)"), **kwargs)

    def clean(self, value: Any) -> int | None:
        """Return whole fen."""
        found = super().clean(value)
        return None if found is None else int(found * 100)


class PeriodForm(forms.Form):
    """From one month to another, both included; this year up to now where nothing is asked."""

    def __init__(self, data: Any, *, today: date) -> None:
        super().__init__(data)
        self.today = today
        self.fields["first"] = _month(_("From"), today, required=False)
        self.fields["last"] = _month(_("To"), today, required=False)

    def months(self) -> tuple[date, date]:
        """The months asked for; nonsense asks for nothing."""
        self.full_clean()
        last = self.cleaned_data.get("last") or self.today.replace(day=1)
        first = self.cleaned_data.get("first") or last.replace(month=1)
        return min(first, last), max(first, last)


class MonthForm(forms.Form):
    """The month to work out."""

    def __init__(self, data: Any = None, *, today: date, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["month"] = _month(_("Month"), today)


class PaymentForm(forms.Form):
    """A payer paid so much for a month."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    payer = forms.ChoiceField(label=_("Payer"), choices=list(PAYERS.items()))
    fen = _Amount(min_value=Decimal("0.01"))
    received_on = forms.DateField(
        label=_("Received on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    words = forms.CharField(
        label=_("Remark"), required=False, max_length=300, help_text=_("For example the number of the receipt.")
    )

    def __init__(self, data: Any = None, *, today: date, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["month"] = _month(_("For the month"), today)
        self.order_fields(["token", "payer", "month", "fen", "received_on", "words"])


class TakeBackForm(forms.Form):
    """So much of a payment is taken back, and why."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    fen = _Amount(min_value=Decimal("0.01"), help_text=_("How much too much was written down."))
    words = forms.CharField(label=_("Reason"), max_length=300, min_length=2)


class ScoreForm(forms.Form):
    """A score by hand: of which unit and item ("unit:item:the score that it replaces"), how much and why."""

    what = forms.ChoiceField(label=_("Item and team"))
    score = forms.DecimalField(label=_("Score"), min_value=0, max_digits=7, decimal_places=2)
    reason = forms.CharField(
        label=_("Reason"), max_length=300, min_length=2, help_text=_("For example: 10 people called, 9 confirmed it.")
    )

    def __init__(self, data: Any = None, *, choices: Choices) -> None:
        super().__init__(data)
        self.fields["what"].choices = choices  # type: ignore[attr-defined]


class CorrectionForm(forms.Form):
    """Somebody gets more or less, and why."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    staff = forms.TypedChoiceField(label=_("Member"), coerce=int)
    fen = _Amount(help_text=_("With a minus where somebody got too much, for example -12.50."))
    reason = forms.CharField(label=_("Reason"), max_length=300, min_length=2)

    def __init__(self, data: Any = None, *, staff: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["staff"].choices = list(staff)  # type: ignore[attr-defined]
