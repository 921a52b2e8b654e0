"""What residents are told by message about rating; nothing of it says which service it was."""

from django.utils.translation import gettext_lazy as _

from jinxiu.messaging.rules import SERVICE
from jinxiu.messaging.texts import Text, define

PLEASE_RATE = define(
    Text(
        key="ratings.please",
        version=1,
        kind=SERVICE,
        label=_("invitation to rate"),
        words=_(
            "Jinxiu: your family-doctor team was there for you lately. How was it? Sign in to your pages and choose "
            "Rate; there you can also say that you do not wish to be asked."
        ),
    )
)
