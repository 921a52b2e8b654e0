"""The reasons for a pair and the rows of a comparison, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.familydoctor.matching.queries import Care, Side
from jinxiu.people.clock import SHANGHAI
from jinxiu.people.wording import DOCUMENTS

REASONS: dict[str, Promise] = {
    "name_birth": _("same name and birth date"),
    "number": _("names sound the same, ID numbers differ in one digit or by two swapped"),
    "newborn": _("a newborn without a number: same birth date, same guardian"),
    "name_phone": _("same name and phone"),
    "sound_phone": _("names sound the same, same phone"),
    "birth_home": _("same birth date and household, one without a number"),
}
_SEX: dict[str, Promise] = {"M": _("male"), "F": _("female"), "U": _("unknown")}


def why(reasons: Iterable[str]) -> str:
    """The reasons as one text; a code of another version stands for itself."""
    return gettext("; ").join(str(REASONS.get(code, code)) for code in reasons)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the comparison; `part` is what may be taken over, empty for what may not."""

    label: str | Promise
    kept: str
    other: str
    part: str

    @property
    def differs(self) -> bool:
        """Marked, and where there is a part offered."""
        return self.kept != self.other


def lines(kept: Side, other: Side) -> list[Line]:
    """The comparison, row by row."""
    rows = list(zip(_rows(kept), _rows(other), strict=True))
    if kept.care and other.care:
        rows += zip(_care_rows(kept.care), _care_rows(other.care), strict=True)
    return [Line(label, first, second, part) for (part, label, first), (_part, _label, second) in rows]


def _rows(side: Side) -> list[tuple[str, str | Promise, str]]:
    person = side.person
    return [
        ("name", _("Name"), person.name),
        ("sex", _("Sex"), str(_SEX.get(person.sex, person.sex))),
        ("birth_date", _("Birth date"), _day(person.birth_date)),
        ("identifiers", _("Numbers"), "\n".join(f"{DOCUMENTS.get(kind, kind)} {mask}" for kind, mask in side.numbers)),
        ("", _("Phones"), "\n".join(side.phones)),
        ("address", _("Address"), side.address),
        ("died_on", _("Died on"), _day(person.died_on)),
        ("left_on", _("Moved away on"), _day(person.left_on)),
        ("", _("Team"), side.team),
        ("", _("Registered on"), _day(person.created_at.astimezone(SHANGHAI).date())),
    ]


def _care_rows(care: Care) -> list[tuple[str, str | Promise, str]]:
    return [
        ("", _("Running programmes"), str(care.programmes)),
        ("", _("Recorded contacts"), str(care.contacts)),
        ("", _("Last contact"), _day(care.last_contact)),
    ]


def _day(day: object) -> str:
    return str(day) if day else ""
