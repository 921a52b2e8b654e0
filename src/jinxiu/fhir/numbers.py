"""Numbers of imported people: made comparable, or kept aside when they cannot be right. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from jinxiu.fhir.mapping import Kept, Mapped, Number, PatientRow
from jinxiu.people import identity

_OLD_ID_CARD_LENGTH = 15


def check_numbers(mapped: Mapped, line: bytes, today: date) -> None:
    """Take impossible phone and ID card numbers out of a person; the line is then kept, the number is not repeated."""
    patient = mapped.subject
    if not isinstance(patient, PatientRow):
        return
    identifiers = _right(mapped, patient.identifiers, lambda number: _identifier(number, today))
    phones = _right(
        mapped, patient.phones, lambda number: number._replace(value=identity.normalise_phone(number.value))
    )
    mapped.subject = replace(patient, identifiers=identifiers, phones=phones)
    if any(kept.reason == "number" for kept in mapped.kept):
        mapped.raw = line


def _right(mapped: Mapped, numbers: tuple[Number, ...], check: Callable[[Number], Number]) -> tuple[Number, ...]:
    right: dict[str, Number] = {}
    for number in numbers:
        try:
            checked = check(number)
        except identity.IdentityError as error:
            mapped.kept.append(Kept("number", f"{number.kind}: {error.reason}"))
        else:
            right.setdefault(checked.value, checked)
    return tuple(right.values())


def _identifier(number: Number, today: date) -> Number:
    value = identity.normalise(number.value)
    if number.kind != identity.ID_CARD:
        return number._replace(value=value)
    if len(value) == _OLD_ID_CARD_LENGTH:
        value = identity.from_15_digits(value)
    return number._replace(value=identity.parse_id_card(value, today).number)
