"""Words about teams and the own agreement, as an old resident says them."""

from __future__ import annotations

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from jinxiu.agreements.packages import Package
from jinxiu.agreements.wording import PAYERS
from jinxiu.portal.choosing import rules
from jinxiu.ratings.rules import Summary

RESIDENT = "resident"  # as a payer

ROOM: dict[str, Promise] = {
    rules.HAS_ROOM: _("Has room"),
    rules.NEARLY_FULL: _("Nearly full"),
    rules.FULL: _("Full: you can still choose it, but may have to wait longer"),
    rules.NO_DOCTOR: _("No family doctor here at present"),
}


def people_of(signed: int, cap: int) -> str:
    """How many people have signed with a team, and how many it should have at most; empty without a doctor."""
    if not cap:
        return ""
    return gettext("%(signed)s of %(cap)s people") % {
        "signed": formats.number_format(signed, force_grouping=True),
        "cap": formats.number_format(cap, force_grouping=True),
    }


def rating_of(rated: Summary) -> str:
    """The mean of what people said of a team, with the number of their answers; nothing is said of a few."""
    if rated.score is None:
        return gettext("Not yet rated by enough people")
    return ngettext(
        "%(score)s of 5, by %(answers)s answer", "%(score)s of 5, by %(answers)s answers", rated.answers
    ) % {
        "score": formats.number_format(rated.score, 1),
        "answers": formats.number_format(rated.answers, force_grouping=True),
    }


# --- the own agreement ------------------------------------------------------------------------------------------------

# Why somebody ends an agreement in force: a code that stands nowhere but in the form, and its words.
ENDS: dict[str, Promise] = {
    "elsewhere": _("I go to another doctor"),
    "moving": _("I am moving away"),
    "unhappy": _("I am not happy with the service"),
    "not_needed": _("I do not need it"),
    "unsaid": _("I would rather not say"),
}
TAKEN_BACK = _("taken back before it began")
NOT_FOR_ANOTHER = _("Only the person signs, or a guardian; somebody who helps signs nothing.")
CONFIRMED_MEANWHILE = _(
    "The team has confirmed it meanwhile, so it holds. Nothing was changed; please look at it again."
)
TEXT_CHANGED = _("The text has changed since you opened the page. Please read it again, then sign.")
PACKAGES_CHANGED = _("The packages have changed since you opened the page. Please look at them again, then sign.")
NEEDED = _("Without the consent to health data the team cannot work; it belongs to every agreement.")
OTHER_NAME = _("Write the name as it stands here: %(name)s.")


def yuan(fen: int) -> str:
    """Fen as people say it: 3000 is "30", 1250 is "12.50"."""
    whole, rest = divmod(fen, 100)
    return f"{whole}.{rest:02d}" if rest else str(whole)


def fee_words(package: Package) -> str:
    """What a package costs a year, and who pays it."""
    own = sum(one.fen for one in package.payers if one.payer == RESIDENT)
    others = gettext(", ").join(
        gettext("%(payer)s %(yuan)s yuan") % {"payer": PAYERS[one.payer], "yuan": yuan(one.fen)}
        for one in package.payers
        if one.payer != RESIDENT and one.fen
    )
    you = gettext("You pay %(yuan)s yuan a year.") % {"yuan": yuan(own)} if own else gettext("You pay nothing.")
    words = gettext("%(you)s The rest: %(others)s.") % {"you": you, "others": others} if others else you
    return (
        gettext("%(words)s (An example: the city sets its own fees.)") % {"words": words} if package.example else words
    )


def times_words(times: int) -> str:
    """How often a year."""
    return ngettext("%(times)d time a year", "%(times)d times a year", times) % {"times": times}


def years_words(years: int) -> str:
    """For how long."""
    return ngettext("%(number)d year", "%(number)d years", years) % {"number": years}
