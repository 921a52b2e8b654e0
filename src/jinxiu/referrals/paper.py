"""The letter on paper, with the code by which the hospital answers."""

from __future__ import annotations

from datetime import date

import qrcode
from django.utils.translation import gettext
from qrcode.image.svg import SvgPathImage

from jinxiu.documents import Document, Pairs, Picture, Section, Table, Words
from jinxiu.referrals import shown, wording
from jinxiu.referrals.models import Referral
from jinxiu.ui.templatetags.jinxiu import day_text


def qr_svg(text: str) -> str:
    """A text as a QR code that still reads when a fifth of it is damaged (level M and better)."""
    return qrcode.make(text, image_factory=SvgPathImage).to_string(encoding="unicode")


def paper(referral: Referral, link: str, today: date) -> Document:
    """The letter as a document in the active language; without a link it has no code."""
    said = referral.letter
    head = [
        (gettext("Patient"), shown.letter_person(said, today)),
        (gettext("To"), wording.place_of(referral)),
        (gettext("How soon"), str(referral.get_priority_display())),
        (gettext("Sent by"), shown.letter_from(said)),
        (gettext("Day"), day_text(date.fromisoformat(said["sent_on"]))),
    ]
    parts: list[Words | Pairs | Table | Picture] = [Pairs(tuple(shown.letter_rows(said)))]
    if readings := shown.letter_readings(said):
        parts.append(Table((gettext("What"), gettext("Value"), gettext("Day")), tuple(readings), numbers=(1,)))
    sections = [
        Section(gettext("Patient and sender"), (Pairs(tuple(head)),)),
        Section(gettext("The letter"), tuple(parts)),
    ]
    if link:
        sections.append(Section(gettext("Answer of the hospital"), _answer(link)))
    return Document(
        language="zh",
        title=gettext("Referral letter"),
        subtitle=gettext("Number %(number)s") % {"number": referral.pk},
        sections=tuple(sections),
        foot=gettext("Confidential: for the hospital named above only"),
    )


def _answer(link: str) -> tuple[Words | Picture, ...]:
    return (
        Words(
            gettext(
                "Please scan the code, or type the address: it asks for the patient's birth date, shows this letter, "
                "and takes arrival, diagnosis and plan. No account is needed."
            )
        ),
        Picture(qr_svg(link), 32),
        Words(link),
    )
