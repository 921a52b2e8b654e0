"""What the administrator fills in."""

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from jinxiu.accounts import mail
from jinxiu.accounts.queries import is_taken, places_of_work
from jinxiu.people.roles import ROLES

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,29}")


def _day(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class RoleForm(forms.Form):
    """A role in a place, from a day to a day."""

    role = forms.ChoiceField(label=_("Role"))
    place = forms.ChoiceField(label=_("Where"), help_text=_("A team, or an institution with all its teams."))
    start_on = _day(_("First day"))
    end_on = _day(_("Last day"), required=False, help_text=_("Leave empty when it is open."))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [("", ""), *((role.code, role.label) for role in ROLES.values())]  # type: ignore[attr-defined]
        self.fields["place"].choices = [("", ""), *places_of_work()]  # type: ignore[attr-defined]
        self.fields["start_on"].initial = today

    def clean(self) -> dict[str, Any]:
        """Refuse a last day before the first."""
        data = super().clean() or {}
        start_on, end_on = data.get("start_on"), data.get("end_on")
        if start_on and end_on and end_on < start_on:
            self.add_error("end_on", _("The last day cannot be before the first; choose a later day."))
        return data


class MailForm(forms.Form):
    """Where the invitation goes; without a mail server nobody is asked."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        required=False,
        help_text=_("The invitation goes there too. Only an address that nobody else reads; leave empty for none."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not mail.is_set_up():
            del self.fields["email"]


class InviteForm(MailForm, RoleForm):
    """A new staff member with a first role."""

    name = forms.CharField(label=_("Name"), max_length=150, help_text=_("The real name, as on the ID card."))
    name_en = forms.CharField(label=_("Name in Latin letters"), max_length=150, required=False)
    title = forms.CharField(label=_("Title"), max_length=60, required=False)
    username = forms.CharField(
        label=_("User name"),
        max_length=30,
        help_text=_("2 to 30 small letters, digits, dots or dashes, for example wang.jianguo."),
    )
    field_order = ["name", "name_en", "title", "username", "email", "role", "place", "start_on", "end_on"]

    def clean_name(self) -> str:
        """A name is written in letters: an account belongs to a person, not to a desk."""
        name = " ".join(self.cleaned_data["name"].split())
        if len(name) < 2 or not all(letter.isalpha() or letter in " ·'’-." for letter in name):
            raise ValidationError(_("Write the real name of one person, in letters only."))
        return name

    def clean_username(self) -> str:
        """A user name in one spelling, nobody else's."""
        username: str = self.cleaned_data["username"].strip().lower()
        if not _USERNAME.fullmatch(username):
            raise ValidationError(
                _("Use 2 to 30 small letters, digits, dots or dashes, beginning with a letter or digit.")
            )
        if is_taken(username):
            raise ValidationError(_("This user name is taken; choose another one."))
        return username


class EndForm(forms.Form):
    """The last day of a role."""

    last_day = _day(_("Last day"))
