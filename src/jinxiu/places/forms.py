"""The form for a list of places."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.familydoctor.imports.uploads import LARGEST_UPLOAD


class PlacesForm(forms.Form):
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
