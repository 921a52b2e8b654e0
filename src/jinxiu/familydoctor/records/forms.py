"""The question what for, before something is shown that is not shown to everybody who may open the record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jinxiu.audit.sentences import purpose_words


class PurposeForm(forms.Form):
    """One of several purposes; none is chosen beforehand, for it goes into the trail as somebody's word."""

    purpose = forms.ChoiceField(
        label=_("What do you need it for?"),
        error_messages={"required": _("Choose what you need it for; the purpose goes into the trail.")},
    )

    def __init__(self, *args: Any, purposes: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["purpose"].choices = [("", ""), *((code, purpose_words(code)) for code in purposes)]  # type: ignore[attr-defined]
