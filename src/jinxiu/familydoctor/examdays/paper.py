"""The list of a day on paper: when, who, fasting, which number to call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext

from jinxiu.documents import Document, Section, Table, Words
from jinxiu.familydoctor.examdays import rules, wording
from jinxiu.familydoctor.examdays.queries import Booking, Who
from jinxiu.people.wording import about


def paper(title: str, where: str, bookings: Sequence[Booking], people: Mapping[int, Who], mark: str) -> Document:
    """The list as a document in Chinese; `mark` says on every page who printed it and when."""
    head = (gettext("Time"), gettext("Name"), gettext("ID number"), gettext("Phone"), gettext("Came"))
    rows = tuple(_row(one, people[one.person_id]) for one in bookings)
    said = gettext("%(people)s people, %(fasting)s of them fasting. Who comes fasting eats nothing from midnight on.")
    counts = {"people": len(bookings), "fasting": sum(one.fasting for one in bookings)}
    return Document(
        language="zh",
        title=title,
        subtitle=where,
        sections=(Section(gettext("Who is invited"), (Words(said % counts), Table(head, rows))),),
        foot=mark,
        watermark=gettext("Confidential"),
    )


def _row(booking: Booking, who: Who) -> tuple[str, ...]:
    time = wording.time_text(booking.starts)
    return (
        f"{time} {gettext('fasting')}" if booking.fasting else time,
        f"{who.name} {about(who.birth_date, who.sex, booking.on)}",
        who.masked_id,
        who.phone,
        "✓" if booking.state == rules.ATTENDED else "",
    )
