"""What is asked when somebody moves, and when somebody comes to stand beside a person."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jinxiu.people import identity
from jinxiu.people.families.wording import CONSENT_BY, RELATIONS, ROLES
from jinxiu.people.identity import IdentityError
from jinxiu.people.wording import sentence_for

Choices = Sequence[tuple[str, str | Promise]]


def _day(**kwargs: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


class NewHomeForm(forms.Form):
    """Where the new household lives; the address that the person has now stands there already."""

    place = forms.ChoiceField(label=_("Community"))
    address = forms.CharField(label=_("Address"), max_length=300)

    def __init__(self, *args: Any, places: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "–"), *places]


class RelationshipForm(forms.Form):
    """Who stands beside a person; of somebody registered here, the name is known."""

    name = forms.CharField(label=_("Name"), max_length=150)
    phone = forms.CharField(label=_("Phone"), max_length=30)
    role = forms.ChoiceField(label=_("As what"), choices=list(ROLES.items()), widget=forms.RadioSelect)
    relation = forms.ChoiceField(
        label=_("What they are to the person"), choices=[("", "–"), *RELATIONS.items()], help_text=_("GB/T 4761-2008")
    )
    start_on = _day(label=_("From"))
    consent_by = forms.ChoiceField(
        label=_("For a helper: who consented"),
        choices=list(CONSENT_BY.items()),
        widget=forms.RadioSelect,
        required=False,
    )
    consented_on = _day(label=_("For a helper: consented on"), required=False)
    words = forms.CharField(
        label=_("In words"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "For a helper, how the consent was given: signed, said here, by phone. For the guardian of an adult, the "
            "decision. For somebody who is no relative, who it is."
        ),
    )

    def __init__(self, *args: Any, registered: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if registered:
            del self.fields["name"]
            self.fields["phone"].required = False
            self.fields["phone"].help_text = _("May stay empty: the phones of the registered person are known.")

    def clean_name(self) -> str:
        """The name without spaces at its ends; a number is no name."""
        name: str = self.cleaned_data["name"].strip()
        if not any(c.isalpha() for c in name):
            raise forms.ValidationError(_("A name has letters or characters; please write it as it is spoken."))
        return name

    def clean_phone(self) -> str:
        """The phone as it is dialled."""
        phone: str = self.cleaned_data["phone"]
        try:
            return identity.normalise_phone(phone) if phone else ""
        except IdentityError as error:
            raise forms.ValidationError(str(sentence_for(error))) from error

    def clean_words(self) -> str:
        """The words without spaces at their ends."""
        words: str = self.cleaned_data["words"]
        return words.strip()


class EndForm(forms.Form):
    """The day on which a relationship ends."""

    end_on = _day(label=_("Ends on"))

    @classmethod
    def for_day(cls, day: date) -> "EndForm":
        """The form with a day filled in."""
        return cls(initial={"end_on": day}, auto_id=False)
