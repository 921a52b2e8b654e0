"""The reason for which figures leave the system."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ExportForm(forms.Form):
    """What for."""

    reason = forms.CharField(
        label=_("Reason"),
        min_length=4,
        max_length=200,
        help_text=_("Stands in the file and in the trail, for example: monthly report to the district."),
    )
