"""What is asked of a document: the file, and what is said of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.attachments.actions import SENTENCES
from jinxiu.attachments.queries import KINDS
from jinxiu.attachments.rules import JPEG, LARGEST_BYTES, PDF, PNG, REPORT


class SaidForm(forms.Form):
    """What a document is, of which day, by whom. Only who may open the shelter is asked whether it belongs there."""

    kind = forms.ChoiceField(label=_("What it is"), choices=KINDS, widget=forms.RadioSelect, initial=REPORT)
    title = forms.CharField(
        label=_("What it is called"),
        max_length=100,
        required=False,
        help_text=_("For example: discharge letter, left foot. May stay empty."),
    )
    on = forms.DateField(
        label=_("Day of the document"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    author = forms.CharField(
        label=_("Written or taken by"),
        max_length=100,
        required=False,
        help_text=_("The hospital, the doctor, or who took the photo. May stay empty."),
    )
    sheltered = forms.BooleanField(
        label=_("Belongs under special shelter"),
        required=False,
        help_text=_("For a programme under special shelter. Only a doctor who has opened the shelter sees it then."),
    )

    def __init__(self, data: Any = None, files: Any = None, *, today: date, may_shelter: bool, **kwargs: Any) -> None:
        super().__init__(data, files, **kwargs)
        self.initial.setdefault("on", today)
        if not may_shelter:
            del self.fields["sheltered"]


class FileForm(forms.Form):
    """A file: taken by the phone's camera now, or one that is there."""

    photo = forms.FileField(
        label=_("Take a photo"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment"}),
        max_length=200,
    )
    file = forms.FileField(
        label=_("Choose a file"),
        required=False,
        help_text=_("Photo (JPEG, PNG) or PDF, at most 15 MB. Where and with what a photo was taken is not kept."),
        widget=forms.FileInput(attrs={"accept": f"{JPEG},{PNG},{PDF}"}),
        max_length=200,
    )

    def clean(self) -> dict[str, Any]:
        """One file, not larger than is taken, before anything of it is read."""
        values = super().clean() or {}
        given = [one for one in (values.get("photo"), values.get("file")) if one]
        if len(given) == 2:
            self.add_error("file", gettext("Take a photo or choose a file, one of the two; add the other afterwards."))
        elif not given and not self.errors:
            self.add_error("file", gettext("Take a photo, or choose a file."))
        elif given and (given[0].size or 0) > LARGEST_BYTES:
            self.add_error("file", str(SENTENCES["too_large"]))
        return values

    def content(self) -> bytes:
        """The bytes that were sent, from a valid form."""
        file: UploadedFile = self.cleaned_data["photo"] or self.cleaned_data["file"]
        return bytes(file.read())


class NewForm(FileForm, SaidForm):
    """A document with what is said of it."""

    field_order = ("photo", "file")

    def said(self) -> dict[str, Any]:
        """What is said of the document, from a valid form."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("photo", "file")}


class _Seen(forms.Form):
    """Which version the page showed, and why it changes."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=32_000)
    reason = forms.CharField(label=_("Why"), min_length=2, max_length=300)


class CorrectForm(_Seen, SaidForm):
    """What is said of a document, and why it was wrong before."""

    field_order = ("kind", "title", "on", "author", "sheltered", "reason", "seen")


class WithdrawForm(_Seen):
    """Why a document does not belong here."""
