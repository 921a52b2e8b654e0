"""What is asked when somebody enters or leaves a programme."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from jinxiu.familydoctor.programmes import rules
from jinxiu.standards.codes import installed

VALUES: dict[str, Promise] = {
    rules.PREGNANCY: _("First day of the last menstrual period"),
    rules.AGREEMENT: _("Last day of the agreement"),
    rules.LONG_PRESCRIPTION: _("Last day for which there are medicines"),
}
_WRONG: dict[str, Promise] = {
    "period": _("Choose a day before the first day in the programme, at most 44 weeks before it."),
    "before_start": _("Choose the first day or a later one."),
    "too_long": _("A long prescription lasts 12 weeks at most; choose an earlier day."),
}


def _day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, **more, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class BeginForm(forms.Form):
    """The first day, and the second day of those programmes that have one."""

    start_on = _day(_("First day in the programme"))

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        if kind in rules.WITH_A_DAY:
            self.fields["value"] = _day(VALUES[kind])

    def clean(self) -> dict[str, Any]:
        """The second day fits the first."""
        said = self.cleaned_data
        if said.get("value") and said.get("start_on"):
            wrong = rules.wrong_value(self.kind, said["value"], said["start_on"])
            if wrong:
                self.add_error("value", str(_WRONG[wrong]))
        return said

    @property
    def value(self) -> str:
        """The second day as the enrolment keeps it; empty for programmes without one."""
        day: date | None = self.cleaned_data.get("value")
        return day.isoformat() if day else ""


class EndForm(forms.Form):
    """The last day, and why."""

    end_on = _day(
        _("Last day in the programme"),
        help_text=_("This day still counts: what is due closes with the day after it."),
    )
    end_reason = forms.ChoiceField(label=_("Why it ends"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["end_reason"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, reason_words(code)) for code in rules.REASONS]


def reason_words(code: str) -> str:
    """Why a programme ended, in words."""
    return installed().name("end_reasons", code, get_language() or "") if code else ""
