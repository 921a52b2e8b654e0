"""What a restriction of use leaves open, with its words.

Sources: PIPL (个人信息保护法) art. 44 (the right to restrict or refuse processing), art. 46 (contested data), art. 47
(where the law still asks to keep something, nothing but storing and protecting it).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jinxiu.people.roles import PLAN_EXAMS, RECORD_FOLLOWUP, REGISTER_PEOPLE, SEE_PEOPLE, SEE_RECORD, SEE_SHELTERED


@dataclass(frozen=True)
class Kind:
    """A kind of restriction. `open_to`: the permissions that still reach the person, each only in the teams where the
    viewer has the other one too; a permission that is not named reaches nobody."""

    code: str
    label: Promise
    sentence: Promise
    open_to: Mapping[str, str]


CARE_ONLY = Kind(
    "care_only",
    _("For care only"),
    _(
        "The team cares and registers as before. Managers neither find the person nor read the record, the name stands "
        "in no list behind a number, and nothing of it is exported."
    ),
    {
        SEE_PEOPLE: REGISTER_PEOPLE,
        REGISTER_PEOPLE: REGISTER_PEOPLE,
        SEE_RECORD: RECORD_FOLLOWUP,
        SEE_SHELTERED: RECORD_FOLLOWUP,
        RECORD_FOLLOWUP: RECORD_FOLLOWUP,
        PLAN_EXAMS: PLAN_EXAMS,
    },
)
STORED_ONLY = Kind(
    "stored_only",
    _("Only kept and protected"),
    _(
        "The record is closed: nobody reads it, records care or exports it, and the person stands on no worklist. The "
        "team still finds the person, to put data right, give a copy and end this. An emergency still opens the record."
    ),
    {SEE_PEOPLE: REGISTER_PEOPLE, REGISTER_PEOPLE: REGISTER_PEOPLE},
)
KINDS: Mapping[str, Kind] = {kind.code: kind for kind in (CARE_ONLY, STORED_ONLY)}
CLOSED_TO_CARE = [code for code, kind in KINDS.items() if RECORD_FOLLOWUP not in kind.open_to]
"""The kinds under which nothing new comes into the record, from a page or from a file."""

REASONS: Mapping[str, Promise] = {
    "own_wish": _("the person wishes it (PIPL, article 44)"),
    "contested": _("the person says that the data are wrong, and it is being checked (PIPL, article 46)"),
    "kept_by_law": _("it would be deleted, but the law asks to keep it (PIPL, article 47)"),
}
ASKERS: Mapping[str, Promise] = {
    "person": _("the person"),
    "guardian": _("a guardian"),
    "authority": _("an authority or a court"),
    "institution": _("the institution itself"),
}
