"""What is asked of a new person, and whether the answers fit each other."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.people import identity
from jinxiu.people.identity import ID_CARD, IdentityError
from jinxiu.people.registering import rules
from jinxiu.people.registering.rules import Document
from jinxiu.people.wording import DOCUMENTS, sentence_for

Choices = Sequence[tuple[str, str | Promise]]
SEXES: Choices = (("F", _("female")), ("M", _("male")), ("U", _("unknown")))
# What a newborn without a name is called, after the mother.
NEWBORN_NAMES: dict[str, str | Promise] = {
    "M": _("Baby boy of %(mother)s"),
    "F": _("Baby girl of %(mother)s"),
    "U": _("Baby of %(mother)s"),
}
_EARLIEST = date(1900, 1, 1)


class PersonalData(forms.Form):
    """What is asked of everybody, whether new or put right."""

    name = forms.CharField(label=_("Name"), max_length=150)
    sex = forms.ChoiceField(label=_("Sex"), choices=SEXES)
    birth_date = forms.DateField(
        label=_("Birth date"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    phone = forms.CharField(label=_("Phone"), required=False, max_length=30)
    place = forms.ChoiceField(label=_("Community"), required=False)
    address = forms.CharField(
        label=_("Address"),
        required=False,
        max_length=300,
        help_text=_("Whoever lives at exactly this address belongs to the same household."),
    )

    def __init__(self, *args: Any, today: date, places: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.offer("place", [("", "–"), *places])

    def offer(self, name: str, choices: Choices) -> None:
        """Say what one may choose from."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)

    def clean_name(self) -> str:
        """The name without spaces at its ends; a number is no name."""
        return _as_name(self.cleaned_data["name"].strip())

    def clean_phone(self) -> str:
        """The phone as it is dialled."""
        return phone_as_dialled(self.cleaned_data["phone"])

    def clean_birth_date(self) -> date | None:
        """A day that somebody alive can have been born on."""
        born: date | None = self.cleaned_data["birth_date"]
        if born is not None and not _EARLIEST <= born <= self.today:
            raise forms.ValidationError(_("A birth date lies between 1900 and today; please look at it again."))
        return born

    def clean(self) -> dict[str, Any]:
        """An address lies in a community."""
        said = self.cleaned_data
        if said.get("address") and not said.get("place"):
            self.add_error("place", _("Please choose the community in which this address lies."))
        return said

    def compare(self, document: Document, born: date | None, sex: str) -> None:
        """Hold what a number says against birth date and sex as they are filled in."""
        if document.birth_date and born and born != document.birth_date:
            self.add_error(
                "birth_date",
                forms.ValidationError(
                    _("The number says born on %(number)s, here stands %(form)s; please compare both with the card."),
                    params={"number": document.birth_date.isoformat(), "form": born.isoformat()},
                ),
            )
        if document.sex and sex not in ("", document.sex):
            self.add_error("sex", _("The number says the other sex; please compare number and sex with the card."))


def _as_name(name: str) -> str:
    if not any(c.isalpha() for c in name):
        raise forms.ValidationError(_("A name has letters or characters; please write it as on the document."))
    return name


def phone_as_dialled(text: str) -> str:
    """A phone number's digits, empty for an empty text. Raises ValidationError."""
    try:
        return identity.normalise_phone(text) if text else ""
    except IdentityError as error:
        raise forms.ValidationError(str(sentence_for(error))) from error


class PersonForm(PersonalData):
    """A new person; `document` holds the number as it was read, once the form is valid."""

    kind = forms.ChoiceField(label=_("Document"), choices=[(kind, DOCUMENTS[kind]) for kind in rules.KINDS])
    number = forms.CharField(label=_("Number"), max_length=60)
    sex = forms.ChoiceField(label=_("Sex"), required=False, choices=[("", _("as the number says")), *SEXES])
    team = forms.ChoiceField(label=_("Team"))

    field_order = ("kind", "number")
    document: Document

    def __init__(self, *args: Any, teams: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("team", teams)
        self.fields["birth_date"].help_text = _("May stay empty where the number says it.")

    def clean(self) -> dict[str, Any]:
        """Read the number and hold it against birth date and sex; what is left empty is taken from the number."""
        said = super().clean()
        if not said.get("kind") or not said.get("number"):
            return said
        try:
            self.document = rules.read_document(said["kind"], said["number"], self.today)
        except IdentityError as error:
            self.add_error("number", str(sentence_for(error)))
            return said
        self.compare(self.document, said.get("birth_date"), said.get("sex", ""))
        self._complete(said)
        return said

    def _complete(self, said: dict[str, Any]) -> None:
        document = self.document
        said["birth_date"] = said.get("birth_date") or document.birth_date
        said["sex"] = said.get("sex") or document.sex or "U"
        if said["birth_date"] is None and "birth_date" not in self.errors:
            self.add_error("birth_date", _("This document does not say the birth date; please fill it in."))
        if document.system == ID_CARD:
            said["number"] = document.number


class NewbornForm(forms.Form):
    """A newborn of a mother whose record is open; without a name, the child is called after her."""

    birth_date = forms.DateField(
        label=_("Birth date"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Please fill in the day on which the child was born.")},
    )
    sex = forms.ChoiceField(
        label=_("Sex"),
        choices=SEXES,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Please choose female, male or unknown."),
            "invalid_choice": _("Please choose female, male or unknown."),
        },
    )
    name = forms.CharField(label=_("Name"), max_length=150, required=False)

    def __init__(self, *args: Any, today: date, mother: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.mother = mother
        self.fields["name"].help_text = gettext("Left empty, the child is called %(boy)s or %(girl)s.") % {
            "boy": escape(self._called("M")),
            "girl": escape(self._called("F")),
        }

    def _called(self, sex: str) -> str:
        return str(NEWBORN_NAMES[sex]) % {"mother": self.mother}

    def clean_birth_date(self) -> date:
        """A day within the last 150."""
        born: date = self.cleaned_data["birth_date"]
        if born > self.today:
            raise forms.ValidationError(_("This day lies in the future; please look at the birth date again."))
        if born < self.today - timedelta(days=rules.NEWBORN_DAYS):
            raise forms.ValidationError(
                _("A newborn is at most 150 days old; please register an older child with its document.")
            )
        return born

    def clean_name(self) -> str:
        """The name without spaces at its ends; a number is no name."""
        name: str = self.cleaned_data["name"].strip()
        return _as_name(name) if name else ""

    def clean(self) -> dict[str, Any]:
        """A child without a name is called after the mother."""
        said = super().clean() or self.cleaned_data
        if said.get("sex") and said.get("name") == "":
            said["name"] = self._called(said["sex"])[:150]
        return said
