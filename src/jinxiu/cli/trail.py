"""The lines that commands leave in the trail when they show people: who sat at the machine, what was asked."""

import getpass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinxiu.audit.origin import Actor


def operator() -> "Actor":
    """Who types the command, by the name of the account on this machine."""
    from jinxiu.audit.origin import Actor

    return Actor(user_id=None, name=getpass.getuser(), role="operator")


def note_printed(command: str, people: int) -> None:
    """Write that so many people are about to be printed; `command` as it was typed, so far as it says of whom."""
    from jinxiu.oversight import actions

    actions.note_printed(actor=operator(), command=command, people=people)
