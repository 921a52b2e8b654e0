"""What residents are told by SMS; nothing of it says anything about anybody's health."""

from django.utils.translation import gettext_lazy as _

from jinxiu.messaging.rules import CODE, SAFETY, SERVICE
from jinxiu.messaging.texts import Text, define

ONE_TIME_CODE = define(
    Text(
        key="portal.code",
        version=1,
        kind=CODE,
        label=_("code for signing in"),
        words=_("Jinxiu: your code is %(code)s. It works for 5 minutes. Give it to nobody, not to us either."),
    )
)
SOMEBODY_WISHES_TO_HELP = define(
    Text(
        key="portal.helper_wish",
        version=1,
        kind=SERVICE,
        label=_("somebody wishes to help"),
        words=_("Jinxiu: somebody of your family asks to look after your pages. Sign in to say yes or no."),
    )
)
SOMEBODY_WISHES_TO_HELP_YOURS = define(
    Text(
        key="portal.helper_wish_yours",
        version=1,
        kind=SERVICE,
        label=_("somebody wishes to help"),
        words=_("Jinxiu: somebody asks to help with the pages of a person you look after. Sign in to say yes or no."),
    )
)
COPY_TAKEN = define(
    Text(
        key="portal.copy_taken",
        version=1,
        kind=SAFETY,  # at any hour: whoever did not take it should hear of it at once
        label=_("a copy was taken"),
        words=_("Jinxiu: a copy was taken on your pages. If that was not you, please call your health centre."),
    )
)
