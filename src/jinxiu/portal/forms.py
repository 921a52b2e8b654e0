"""What residents type: phone and document, the code, whom they wish to help."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jinxiu.people.families.wording import RELATIONS
from jinxiu.people.identity import IdentityError
from jinxiu.people.wording import sentence_for
from jinxiu.portal import queries, rules


class NumbersForm(forms.Form):
    """A phone and a document; `hashes` of both stand in the cleaned data, so that nothing else is passed on."""

    phone = forms.CharField(
        label=_("Mobile phone"),
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    number = forms.CharField(
        label=_("ID card number"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        help_text=_("Or the number of another document that you gave your centre."),
    )

    def clean(self) -> dict[str, Any]:
        """Both as hashes; a phone that is none is said, whoever it would be."""
        values = super().clean() or {}
        if values.get("phone") and values.get("number"):
            try:
                values["hashes"] = queries.hashes(values["phone"], values["number"])
            except IdentityError as error:
                self.add_error("phone", str(sentence_for(error)))
        return values


class WishForm(NumbersForm):
    """Whom somebody wishes to help, and what they are to that person."""

    relation = forms.ChoiceField(
        label=_("What you are to this person"), choices=[("", _("Please choose")), *RELATIONS.items()]
    )


class EmailForm(forms.Form):
    """Where messages go by e-mail; nothing takes the address back."""

    email = forms.EmailField(label=_("E-mail address"), max_length=200, required=False)


class CodeForm(forms.Form):
    """The code of the SMS, as phones offer to fill it in."""

    code = forms.CharField(
        label=_("The code of the SMS"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )

    def clean_code(self) -> str:
        """The digits, whatever stands between them."""
        return "".join(filter(str.isdecimal, self.cleaned_data["code"]))[: rules.DIGITS + 1]


class EmailCodeForm(CodeForm):
    """The code that went to an e-mail address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("The code of the e-mail")
