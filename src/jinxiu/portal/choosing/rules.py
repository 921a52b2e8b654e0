"""How full a team is, in a word; when neighbours are many enough to be told. Pure, no Django."""

from __future__ import annotations

import unicodedata

HAS_ROOM, NEARLY_FULL, FULL, NO_DOCTOR = "room", "nearly", "full", "none"
_NEARLY = 90  # percent of the people whom a team's doctors should have at most
NEIGHBOURS = 20  # people of a community in a team: fewer are not told, for they could be recognised
PER_PAGE = 10


def room_of(signed: int, cap: int) -> str:
    """How full a team is, by its agreements and the most it should have; nobody is turned away for it."""
    if not cap:
        return NO_DOCTOR
    if signed >= cap:
        return FULL
    return NEARLY_FULL if 100 * signed >= _NEARLY * cap else HAS_ROOM


SIGNED_A_DAY = 5  # agreements of one person by the own pages: each stands on a team's list


def same_name(typed: str, name: str) -> bool:
    """Tell whether somebody has typed a name, whatever the spaces, the middle dots and the case."""
    return _bare(typed) == _bare(name)


def _bare(name: str) -> str:
    return "".join(one for one in name.casefold() if not one.isspace() and unicodedata.category(one) != "Po")
