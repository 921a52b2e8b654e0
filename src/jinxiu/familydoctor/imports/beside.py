"""What a row says of other people: the head of the household, and the guardian of a child."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext

from jinxiu.familydoctor.imports.rows import Problem, RowRead
from jinxiu.familydoctor.imports.staging import sealed_phones
from jinxiu.people import sealing
from jinxiu.people.families.rules import HEAD, NO_RELATIVE, OF_AGE, birthday
from jinxiu.people.identity import IdCard


def head(values: Mapping[str, Any]) -> tuple[bool, str, bytes | None, str]:
    """Whether the row is about the head itself, else the head's name and the hash of the head's number; and what the
    person is to the head (a code of `rules.TO_HEAD`, or empty)."""
    card, own, relation = values.get("head_number"), values.get("id_number"), values.get("head_relation", "")
    if relation == HEAD or (card is not None and card == own):
        return True, "", None, HEAD
    return False, values.get("head_name", ""), _hash(card), relation


def guardian(read: RowRead, today: date) -> tuple[Any, ...] | None:
    """The columns of a guardian: name, hash of the number, relation, words, phone.

    None for nobody, and with a problem in `read` for somebody who cannot be one.
    """
    values = read.values
    card, phones = values.get("guardian_number"), values.get("guardian_phone", ())
    if not (values.get("guardian_name") or card or phones):
        return None
    reason = _why_not(values, today)
    if reason:
        read.problems.append(Problem("guardian_name", values.get("guardian_name", ""), reason, whole_row=False))
        return None
    relation = values.get("guardian_relation", NO_RELATIVE)
    phone = sealed_phones(phones[:1])[0][1:] if phones else (None, None, None, "")
    words = gettext("The imported list does not say the relation.") if relation == NO_RELATIVE else ""
    return (values["guardian_name"], _hash(card), relation, words, *phone)


def _why_not(values: Mapping[str, Any], today: date) -> str:
    born, card = values.get("birth_date"), values.get("guardian_number")
    if not values.get("guardian_name"):
        return "guardian_nameless"
    if born is None or birthday(born, OF_AGE) <= today:
        return "guardian_of_adult"
    if card is not None and card == values.get("id_number"):
        return "guardian_self"
    return "guardian_child" if card is not None and birthday(card.birth_date, OF_AGE) > today else ""


def _hash(card: IdCard | None) -> bytes | None:
    return sealing.keyed_hash(card.number, sealing.IDENTIFIER) if card is not None else None
