"""The forms of an upload."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.familydoctor.imports.uploads import LARGEST_UPLOAD


class FileForm(forms.Form):
    """A file of Excel or text."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("Excel (.xlsx, .xls) or text with commas or tabs (.csv), at most 20 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv,.txt"}),
        max_length=200,
    )

    def clean_file(self) -> UploadedFile:
        """Refuse a file that is too large before anything of it is read."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_UPLOAD:
            raise forms.ValidationError(gettext("The file is larger than 20 MB; split it into several."))
        return file


class UploadForm(FileForm):
    """What a row of the file is, the file, and the team of residents who have none."""

    layout = forms.ChoiceField(label=_("What the file lists"), widget=forms.RadioSelect, initial="residents")
    team = forms.TypedChoiceField(
        label=_("Team"),
        help_text=_("For residents who have no team yet and whose row names none."),
        coerce=int,
    )
    field_order = ("layout", "file", "team")

    def __init__(
        self, *args: Any, layouts: Sequence[tuple[str, str]], teams: Sequence[tuple[int, str]], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        for name, choices in (("layout", layouts), ("team", teams)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = list(choices)
