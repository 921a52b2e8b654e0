"""What a member of the team says of a contact about values from home."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from jinxiu.familydoctor.homevalues.wording import BECAME, HOW

NOBODY = "nobody"


class ContactForm(forms.Form):
    """How somebody was reached, and what became of it; who was not reached waits on."""

    how = forms.ChoiceField(
        label=_("How you were in touch"), choices=list(HOW.items()), initial="phone", widget=forms.RadioSelect
    )
    became = forms.ChoiceField(
        label=_("What became of it"),
        choices=[*BECAME.items(), (NOBODY, _("Nobody was reached: it stays open"))],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=_("Note on the contact"), required=False, max_length=200)
