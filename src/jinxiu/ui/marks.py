"""The sign, word and colour of a due item. Colour means urgency and nothing else, and never stands alone."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext, ngettext

DAYS_TO_SUNDAY = 6  # from Monday: a week ends with its Sunday


@dataclass(frozen=True)
class Mark:
    """How one due item is shown: a sign that survives black-and-white print, a word, and a tone of look.css."""

    sign: str
    word: str
    tone: str


def mark_for(*, urgency: int | None, action: str, status: str, due_on: date, today: date) -> Mark:
    """Say how a verdict is marked: danger first, then referral, then who must be seen soon, then what its dates say."""
    if status in ("due", "overdue", "upcoming"):
        if (urgency or 0) >= 3:
            return Mark("▲", gettext("Urgent"), "red")
        if action == "refer":
            return Mark("◆", gettext("Refer"), "amber")
        if urgency and status != "overdue":
            return Mark("◇", gettext("Within two weeks"), "amber")
    return _mark_by_date(status, (due_on - today).days, DAYS_TO_SUNDAY - today.weekday())


def _mark_by_date(status: str, days_left: int, days_to_sunday: int) -> Mark:
    if status == "overdue":
        late = -days_left
        return Mark("●", ngettext("Overdue %(days)d day", "Overdue %(days)d days", late) % {"days": late}, "amber")
    if status == "due":
        return (
            Mark("○", gettext("This week"), "blue")
            if days_left <= days_to_sunday
            else Mark("○", gettext("Due"), "plain")
        )
    return {
        "kept": Mark("✓", gettext("Done"), "jade"),
        "waived": Mark("–", gettext("Waived"), "plain"),
        "missed": Mark("●", gettext("Missed"), "amber"),
    }.get(status, Mark("○", gettext("Upcoming"), "plain"))
