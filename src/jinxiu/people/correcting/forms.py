"""The form in which a person's data are put right. What is registered stands in it; numbers stand beside it, masked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

from jinxiu.people.correcting import rules
from jinxiu.people.correcting.queries import Number
from jinxiu.people.correcting.rules import Wanted
from jinxiu.people.identity import IdentityError
from jinxiu.people.registering.forms import SEXES, PersonalData, phone_as_dialled
from jinxiu.people.registering.rules import KINDS, Document, read_document
from jinxiu.people.wording import DOCUMENTS, sentence_for

REASONS: dict[str, Promise] = {
    rules.TYPING_MISTAKE: _("typing mistake"),
    rules.DOCUMENT_CHANGED: _("the document has changed"),
    rules.MOVED_WITHIN: _("moved within the district"),
    rules.COMPLETED: _("was left empty before"),
    rules.OTHER: _("other, in words"),
}
PHONE_USES = (
    ("mobile", _("mobile")),
    ("home", _("home")),
    ("relative", _("relative")),
    ("work", _("work")),
)
Phone = tuple[int, str, str]  # id, use, masked


class CorrectionForm(PersonalData):
    """What is registered of a person, to be put right; `wanted` is the correction once the form is valid."""

    sex = forms.ChoiceField(label=_("Sex"), choices=SEXES)
    kind = forms.ChoiceField(label=_("Another document"), choices=[(kind, DOCUMENTS[kind]) for kind in KINDS])
    number = forms.CharField(label=_("Its number"), required=False, max_length=60)
    use = forms.ChoiceField(label=_("Another phone"), choices=PHONE_USES)
    reason = forms.ChoiceField(label=_("Why it is changed"), choices=[("", "–"), *REASONS.items()])
    words = forms.CharField(
        label=_("In words"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(
        self, *args: Any, person: Any, numbers: Sequence[Number], phones: Sequence[Phone], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.person, self.registered = person, numbers
        self.phones_registered = phones
        self.fields["phone"].label = gettext_lazy("Its number")
        self.fields["kind"].required = self.fields["use"].required = False
        for one in numbers:
            self.fields[f"number_{one.pk}"] = forms.CharField(
                label=f"{DOCUMENTS.get(one.system, one.system)} {one.masked}",
                required=False,
                max_length=60,
                widget=forms.TextInput(attrs={"placeholder": gettext("stays; type the right number to replace it")}),
            )
            self.fields[f"drop_{one.pk}"] = forms.BooleanField(label=gettext("take this number out"), required=False)
        for pk, use, masked in phones:
            words = gettext("take out %(use)s %(phone)s") % {"use": dict(PHONE_USES).get(use, use), "phone": masked}
            self.fields[f"drop_phone_{pk}"] = forms.BooleanField(label=words, required=False)

    # --- groups, as the page shows them

    @property
    def who(self) -> list[Any]:
        """Name, sex, birth date."""
        return [self[name] for name in ("name", "sex", "birth_date")]

    @property
    def documents(self) -> list[Any]:
        """The registered numbers, and one more."""
        names = [name for one in self.registered for name in (f"number_{one.pk}", f"drop_{one.pk}")]
        return [self[name] for name in (*names, "kind", "number")]

    @property
    def phone_fields(self) -> list[Any]:
        """The registered phones, and one more."""
        return [self[name] for name in (*(f"drop_phone_{pk}" for pk, *_rest in self.phones_registered), "use", "phone")]

    @property
    def home(self) -> list[Any]:
        """Community and address."""
        return [self["place"], self["address"]]

    @property
    def why(self) -> list[Any]:
        """The reason."""
        return [self["reason"], self["words"]]

    # --- what it says

    def clean(self) -> dict[str, Any]:
        """Read the numbers, hold them against the rest, and ask for words where the reason says nothing."""
        said = super().clean()
        if said.get("reason") == rules.OTHER and not said.get("words", "").strip():
            self.add_error("words", _("Please say in a few words why it is changed."))
        self._read_numbers(said)
        return said

    def _read_numbers(self, said: dict[str, Any]) -> None:
        self.read: dict[str, Document] = {}
        typed = {f"number_{one.pk}": one.system for one in self.registered} | {"number": said.get("kind", "")}
        for name, system in typed.items():
            text = said.get(name, "")
            if text and (document := self._document(name, system, text)):
                self.read[name] = document
        gone = {one.pk for one in self.registered if said.get(f"drop_{one.pk}") or f"number_{one.pk}" in self.read}
        staying = [one for one in self.registered if one.pk not in gone]
        self._hold_together(said, staying)

    def _document(self, name: str, system: str, text: str) -> Document | None:
        """A typed number; a kind that we have no rule for is taken as it stands, a temporary one cannot be typed."""
        if system == rules.TEMPORARY:
            self.add_error(name, _("A temporary number is not typed; add the document with its number below."))
            return None
        if system not in KINDS:
            return Document(system, text.strip())
        try:
            return read_document(system, text, self.today)
        except IdentityError as error:
            self.add_error(name, str(sentence_for(error)))
            return None

    def _hold_together(self, said: dict[str, Any], staying: Sequence[Number]) -> None:
        """What is changed now must fit the numbers; what was registered against them before is another matter."""
        born, sex = said.get("birth_date"), said.get("sex", "")
        documents = list(self.read.values())
        if born != self.person.birth_date or sex != self.person.sex:
            documents += [document for one in staying if (document := _as_document(one, self.today))]
        for document in documents:
            if not {"birth_date", "sex"} & set(self.errors):
                self.compare(document, born, sex)
        if born is not None and self.person.died_on and born > self.person.died_on:
            self.add_error("birth_date", _("This is after the day of death that is recorded; please check both."))

    @property
    def wanted(self) -> Wanted:
        """The correction that the form asks for."""
        said = self.cleaned_data
        replaced = {
            one.pk: self.read[f"number_{one.pk}"].number
            for one in self.registered
            if f"number_{one.pk}" in self.read and self.read[f"number_{one.pk}"].number != one.number
        }
        dropped = frozenset(one.pk for one in self.registered if said[f"drop_{one.pk}"]) - replaced.keys()
        staying = {(one.system, one.number) for one in self.registered if one.pk not in dropped | replaced.keys()}
        added = self.read.get("number")
        return Wanted(
            name=said["name"],
            sex=said["sex"],
            birth_date=said["birth_date"].isoformat() if said["birth_date"] else None,
            place_id=int(said["place"]) if said["place"] else None,
            address=said["address"].strip() if said["place"] else "",
            replaced=replaced,
            dropped=dropped,
            added=((added.system, added.number),) if added and (added.system, added.number) not in staying else (),
            dropped_phones=frozenset(pk for pk, *_rest in self.phones_registered if said[f"drop_phone_{pk}"]),
            added_phones=((said["use"] or "mobile", phone_as_dialled(said["phone"])),) if said["phone"] else (),
        )


def _as_document(one: Number, today: date) -> Document | None:
    try:
        return read_document(one.system, one.number, today) if one.system in KINDS else None
    except IdentityError:
        return None
