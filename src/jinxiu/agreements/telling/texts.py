"""The messages about agreements. They say whose agreement and until when, and nothing of anybody's health."""

from __future__ import annotations

from datetime import date

from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from jinxiu.messaging.rules import SERVICE
from jinxiu.messaging.texts import Text, define
from jinxiu.people.families.rules import OWN_CONSENT, Somebody, is_younger
from jinxiu.ui.templatetags.jinxiu import day_text

LANGUAGE = "zh-hans"  # of every message: what language somebody reads is not known

ENDS = define(
    Text(
        key="agreement.ends",
        version=1,
        kind=SERVICE,
        label=_("an agreement ends soon"),
        words=_(
            "Jinxiu: %(whose)s family-doctor agreement ends on %(day)s. Please renew it before then, with %(team)s or "
            "on your own pages. Phone: %(phone)s."
        ),
    )
)
RENEWS_ITSELF = define(
    Text(
        key="agreement.renews",
        version=1,
        kind=SERVICE,
        label=_("an agreement is renewed soon"),
        words=_(
            "Jinxiu: %(whose)s family-doctor agreement with %(team)s ends on %(day)s and is renewed for a year, as "
            "agreed. If you do not want that, say so before then. Phone: %(phone)s."
        ),
    )
)
NEW_DOCTOR = define(
    Text(
        key="agreement.new_doctor",
        version=1,
        kind=SERVICE,
        label=_("the family doctor is another one"),
        words=_(
            "Jinxiu: %(whose)s family doctor is now %(doctor)s, %(team)s. The agreement goes on; you may end it at any "
            "time. Phone: %(phone)s."
        ),
    )
)
CONFIRMED = define(
    Text(
        key="agreement.confirmed",
        version=1,
        kind=SERVICE,
        label=_("the team has confirmed an agreement"),
        words=_(
            "Jinxiu: %(team)s has confirmed %(whose)s family-doctor agreement; it begins on %(day)s. Phone: %(phone)s."
        ),
    )
)
NOT_ACCEPTED = define(
    Text(
        key="agreement.not_accepted",
        version=1,
        kind=SERVICE,
        label=_("the team cannot take an agreement"),
        words=_(
            "Jinxiu: %(team)s cannot take %(whose)s family-doctor agreement. Please choose another team on your own "
            "pages, or call: %(phone)s."
        ),
    )
)


def whose(person: Somebody, today: date) -> str:
    """How a message calls the person whom it is about, in the language of messages: a child's goes to the guardians."""
    with translation.override(LANGUAGE):
        if is_younger(person, OWN_CONSENT, today):
            return pgettext("whose, in a message", "your child's")
        return pgettext("whose, in a message", "your")


def day(value: date) -> str:
    """A day as a message writes it."""
    with translation.override(LANGUAGE):
        return day_text(value)
