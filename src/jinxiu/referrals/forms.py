"""What is asked when a referral is drafted, goes on, and is answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.referrals import rules
from jinxiu.referrals.actions import Told
from jinxiu.referrals.drafting import Known, Programme, Reading, programme_words, reading_words
from jinxiu.referrals.queries import CHANNELS, PRIORITIES
from jinxiu.ui.templatetags.jinxiu import day_text

Choices = Sequence[tuple[str, str | Promise]]
_ROWS = {"rows": 3}
TEXTS = ("reason", "condition", "impression", "treatment", "history", "allergies", "medicines")


def day_field(**kwargs: Any) -> forms.DateField:
    """A day as browsers let one choose it."""
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


def _words(label: Any, **kwargs: Any) -> forms.CharField:
    kwargs = {"required": False, "max_length": 2000, "widget": forms.Textarea(attrs=_ROWS), **kwargs}
    return forms.CharField(label=label, **kwargs)


class LetterForm(forms.Form):
    """Where to, how soon, and what the hospital reads. `known` is what is offered and ticked."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    priority = forms.ChoiceField(
        label=_("How soon"), choices=PRIORITIES, widget=forms.RadioSelect, initial=rules.ROUTINE
    )
    hospital = forms.CharField(label=_("Hospital"), max_length=200)
    department = forms.CharField(label=_("Department"), max_length=100, required=False)
    doctor = forms.CharField(label=_("Doctor there"), max_length=100, required=False)
    reason = _words(_("Why"), required=True)
    condition = _words(_("What was found"))
    impression = _words(_("First impression"), max_length=500)
    treatment = _words(_("Treatment so far"))
    history = _words(_("Earlier illnesses"))
    allergies = _words(_("Allergies"), max_length=500)
    medicines = _words(_("Medicines"))
    readings = forms.MultipleChoiceField(label=_("Last values"), required=False, widget=forms.CheckboxSelectMultiple)
    programmes = forms.MultipleChoiceField(label=_("Programmes"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, data: Any, *, known: Known, letter: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.known = known
        self._offer("readings", [(one.code, _reading(one)) for one in known.readings])
        self._offer("programmes", [(one.kind, _programme(one)) for one in known.programmes])
        if letter is None:
            self._begin(known)
        else:
            self.initial.update({name: letter.get(name, "") for name in TEXTS})
            self.initial["readings"] = [row["code"] for row in letter["readings"]]
            self.initial["programmes"] = [row["kind"] for row in letter["programmes"]]
        self.initial.setdefault("token", uuid4())
        for name in ("hospital", "department", "doctor"):
            self.fields[name].widget.attrs |= {"list": f"known-{name}", "autocomplete": "off"}

    def _offer(self, name: str, choices: Choices) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = choices
        if not choices:
            del self.fields[name]

    def _begin(self, known: Known) -> None:
        self.initial.update({"reason": known.reason, "history": known.history, "medicines": known.medicines})
        self.initial["priority"] = (
            rules.STAT if known.urgency >= 3 else rules.URGENT if known.urgency == 2 else "routine"
        )
        self.initial["readings"] = [one.code for one in known.readings if not one.sheltered]
        self.initial["programmes"] = [one.kind for one in known.programmes if not one.sheltered]

    def letter(self) -> dict[str, Any]:
        """What the hospital reads, from a valid form."""
        values = self.cleaned_data
        readings, programmes = values.get("readings", ()), values.get("programmes", ())
        return {
            **{name: values[name] for name in TEXTS},
            "readings": [one.as_row() for one in self.known.readings if one.code in readings],
            "programmes": [one.as_row() for one in self.known.programmes if one.kind in programmes],
        }

    def is_sheltered(self) -> bool:
        """Tell whether the letter tells of what is under special shelter."""
        values = self.cleaned_data
        ticked = [one for one in self.known.readings if one.code in values.get("readings", ())]
        joined = [one for one in self.known.programmes if one.kind in values.get("programmes", ())]
        return (
            self.known.sheltered_reason or any(one.sheltered for one in ticked) or any(one.sheltered for one in joined)
        )


def _reading(one: Reading) -> str:
    name, value = reading_words(one.as_row())
    return _marked(f"{name} {value} · {day_text(one.on)}", one.sheltered)


def _programme(one: Programme) -> str:
    since = gettext("since %(day)s") % {"day": day_text(one.start_on)}
    return _marked(f"{programme_words(one.kind)} · {since}", one.sheltered)


def _marked(words: str, is_sheltered: bool) -> str:
    return gettext("%(words)s (under special shelter)") % {"words": words} if is_sheltered else words


class StepForm(forms.Form):
    """A step of a referral on its way: into which state, of which day, why."""

    token = forms.UUIDField()
    to = forms.ChoiceField(choices=[(state, state) for state in rules.STATES])
    on = day_field(label=_("On"), required=False)
    note = forms.CharField(label=_("In words"), max_length=500, required=False)
    mode = forms.ChoiceField(choices=[(mode, mode) for mode in rules.MODES], required=False)


class AnswerForm(forms.Form):
    """What the hospital answers; with a day of the return it sends the person back to the centre."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    seen_on = day_field(label=_("Seen on"))
    diagnosis = _words(_("Diagnosis"), required=True, max_length=500)
    results = _words(_("Main results of examinations"))
    course = _words(_("Course of the treatment"))
    plan = _words(_("Treatment and what comes next"), required=True)
    rehabilitation = _words(_("Guidance for rehabilitation"))
    medicines = _words(_("Medicines"), help_text=_("One in a line."))
    wish = _words(_("What the family doctor is asked to do"))
    returned_on = day_field(
        label=_("Sent back to the health centre on"),
        required=False,
        help_text=_("With a day here the health centre sees the person within a week. Empty: not sent back."),
    )
    case_number = forms.CharField(label=_("Case number"), max_length=60, required=False)
    author = forms.CharField(label=_("Name of the doctor"), max_length=60)
    title = forms.CharField(label=_("Title"), max_length=60, required=False)
    department = forms.CharField(label=_("Department"), max_length=100, required=False)

    def __init__(self, data: Any, *, today: date, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.initial.update({"token": uuid4(), "seen_on": today})

    def told(self, channel: str) -> Told:
        """What a valid form says."""
        said = {name: self.cleaned_data[name] for name in Told.__dataclass_fields__ if name in self.cleaned_data}
        return Told(**{**said, "channel": channel})


class TakenDownForm(AnswerForm):
    """The same as a colleague writes it down: by phone or from paper."""

    channel = forms.ChoiceField(
        label=_("How it came"),
        choices=CHANNELS,
        widget=forms.RadioSelect,
        initial="phone",
    )


class ReturnForm(TakenDownForm):
    """A letter with which a hospital sends somebody to the centre without having been asked."""

    hospital = forms.CharField(label=_("Hospital"), max_length=200)
    priority = forms.ChoiceField(
        label=_("How soon"), choices=PRIORITIES, widget=forms.RadioSelect, initial=rules.ROUTINE
    )
    confidential = forms.BooleanField(
        label=_("Confidential: only a doctor who opens it for a purpose reads it"), required=False
    )
    field_order = ("token", "hospital", "department", "priority", "case_number", "seen_on", "returned_on")

    def __init__(self, data: Any, *, today: date, **kwargs: Any) -> None:
        super().__init__(data, today=today, **kwargs)
        self.initial.update({"channel": "paper", "returned_on": today})
        self.fields["seen_on"].label = _("In the hospital since")
        self.fields["returned_on"].required = True
        self.fields["returned_on"].help_text = _("From this day on the person is to be seen here within a week.")
        for name in ("hospital", "department"):
            self.fields[name].widget.attrs |= {"list": f"known-{name}", "autocomplete": "off"}


class CheckForm(forms.Form):
    """What a reader of a letter must know besides its code."""

    birth_date = day_field(label=_("Birth date of the patient"))


class SayForm(forms.Form):
    """A step by the hospital: into which state, why, and who says so."""

    token = forms.UUIDField()
    to = forms.ChoiceField(choices=[(state, state) for state in rules.STATES])
    author = forms.CharField(max_length=60)
    on = day_field(required=False)
    note = forms.CharField(max_length=500, required=False)


class TakeForm(forms.Form):
    """A doctor's yes to an answer."""

    token = forms.UUIDField()
    answer_id = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    as_condition = forms.BooleanField(required=False)
