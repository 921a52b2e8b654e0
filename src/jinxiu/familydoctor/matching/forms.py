"""What is asked when two records are compared, and when a merge is taken back."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class Decision(forms.Form):
    """One person or two, why, and what the kept record takes from the other."""

    take = forms.MultipleChoiceField(required=False)
    revisions = forms.RegexField(r"^\d{1,9}\.\d{1,9}$", widget=forms.HiddenInput)
    words = forms.CharField(
        label=_("How do you know?"),
        max_length=500,
        min_length=4,
        help_text=_("For example: the ID card was shown; asked by phone. Whoever looks at it later reads this."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, parts: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        take = self.fields["take"]
        assert isinstance(take, forms.MultipleChoiceField)
        take.choices = [(part, part) for part in parts]

    def compared(self) -> tuple[int, int]:
        """The revisions of the two records as they were shown."""
        one, other = self.cleaned_data["revisions"].split(".")
        return int(one), int(other)


class TakeApart(forms.Form):
    """Why a merge was wrong."""

    words = forms.CharField(label=_("Why were they two people after all?"), max_length=500, min_length=4)
