"""Examination days and invitations in words."""

from __future__ import annotations

import datetime as dt

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.familydoctor.examdays import rules
from jinxiu.familydoctor.examdays.queries import Booking
from jinxiu.people.wording import named
from jinxiu.ui.templatetags.jinxiu import day_text

STATES: dict[str, Promise] = {
    rules.BOOKED: _("Invited"),
    rules.ATTENDED: _("Came"),
    rules.EXAMINED: _("Examined already, on another day"),
    rules.UNKNOWN: _("No examination recorded yet"),
    rules.ABSENT: _("Did not come"),
    rules.CANCELLED: _("Cancelled"),
}
TONES = {rules.ATTENDED: "jade", rules.UNKNOWN: "amber", rules.ABSENT: "amber"}


def time_text(starts: dt.time) -> str:
    """A time as it stands on the wall: 08:00."""
    return f"{starts:%H:%M}"


def booked_for(booking: Booking, today: dt.date) -> str:
    """In a few words, for a list: booked for 3 December 08:00."""
    words = {"day": day_text(booking.on, today), "time": time_text(booking.starts)}
    text = (
        gettext("booked for %(day)s %(time)s, fasting") if booking.fasting else gettext("booked for %(day)s %(time)s")
    )
    return text % words


def where(booking: Booking) -> str:
    """The institution, and where it is if not there."""
    name = named(booking.institution)
    return f"{name} · {booking.where}" if booking.where else name
