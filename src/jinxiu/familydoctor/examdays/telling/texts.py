"""The messages about examination days: when, where, whether to come fasting, and nothing of anybody's health."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.agreements.telling.texts import LANGUAGE
from jinxiu.familydoctor.examdays import wording
from jinxiu.familydoctor.examdays.queries import Booking
from jinxiu.messaging.rules import SERVICE
from jinxiu.messaging.texts import Text, define
from jinxiu.ui.templatetags.jinxiu import day_text

INVITED = define(
    Text(
        key="exam.invited",
        version=1,
        kind=SERVICE,
        label=_("invitation to an examination day"),
        words=_(
            "Jinxiu: %(whose)s yearly health examination is on %(day)s at %(time)s: %(where)s.%(fasting)s If you "
            "cannot come, please call %(phone)s."
        ),
    )
)
TOMORROW = define(
    Text(
        key="exam.tomorrow",
        version=1,
        kind=SERVICE,
        label=_("an examination is tomorrow"),
        words=_(
            "Jinxiu: tomorrow, %(day)s at %(time)s, is %(whose)s yearly health examination: %(where)s.%(fasting)s "
            "Bring the identity card. Phone: %(phone)s."
        ),
    )
)
CANCELLED = define(
    Text(
        key="exam.cancelled",
        version=1,
        kind=SERVICE,
        label=_("an examination is cancelled"),
        words=_(
            "Jinxiu: %(whose)s health examination on %(day)s at %(time)s is cancelled; please do not come. We invite "
            "you again. Phone: %(phone)s."
        ),
    )
)


def said_of(booking: Booking, phone: str) -> dict[str, str]:
    """The places of these texts that a booking fills, in the language of messages; `phone` for a centre without."""
    with translation.override(LANGUAGE):
        return {
            "day": day_text(booking.on),
            "time": wording.time_text(booking.starts),
            "where": wording.where(booking),
            "fasting": gettext(" Please come fasting.") if booking.fasting else "",
            "phone": booking.institution.phone or phone or "–",
        }
