"""What is asked when a deletion is asked for, and when it is refused."""

from django import forms
from django.utils.translation import gettext_lazy as _

from jinxiu.people.restricting.kinds import ASKERS

REASONS = {
    "mistake": _("registered by mistake"),
    "purpose_over": _("the purpose or the time of keeping is over (PIPL, article 47)"),
    "consent_withdrawn": _("the person has withdrawn the consent (PIPL, article 47)"),
    "unlawful": _("it was collected unlawfully, or a court or authority asks for it (PIPL, article 47)"),
}


class AskForm(forms.Form):
    """Who wishes it, why, and how it was said."""

    wished_by = forms.ChoiceField(label=_("Who asked for it"), choices=[("", "–"), *ASKERS.items()])
    reason = forms.ChoiceField(label=_("Why"), choices=[("", "–"), *REASONS.items()])
    words = forms.CharField(
        label=_("How it was asked, and what was said"),
        min_length=4,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RefuseForm(forms.Form):
    """Why it is not done."""

    answer = forms.CharField(label=_("Why it is not deleted"), min_length=4, max_length=500)
