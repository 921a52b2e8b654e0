"""The form of an upload."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.familydoctor.imports.uploads import LARGEST_UPLOAD


class UploadForm(forms.Form):
    """A file, and the team of people who have none."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("Excel (.xlsx, .xls) or text with commas or tabs (.csv), at most 20 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv,.txt"}),
        max_length=200,
    )
    team = forms.TypedChoiceField(
        label=_("Team"),
        help_text=_("For people who have no team yet and whose row names none."),
        coerce=int,
    )

    def __init__(self, *args: Any, teams: Sequence[tuple[int, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        team = self.fields["team"]
        assert isinstance(team, forms.TypedChoiceField)
        team.choices = list(teams)

    def clean_file(self) -> UploadedFile:
        """Refuse a file that is too large before anything of it is read."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_UPLOAD:
            raise forms.ValidationError(gettext("The file is larger than 20 MB; split it into several."))
        return file
