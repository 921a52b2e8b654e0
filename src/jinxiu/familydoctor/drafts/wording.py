"""What is said about drafts: kept when, why not, and by whom another one was begun."""

from __future__ import annotations

import datetime as dt

from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy

from jinxiu.evidence.sheltered import sheltered
from jinxiu.familydoctor.drafts.actions import MOST, NotKeptError
from jinxiu.familydoctor.drafts.queries import Other
from jinxiu.familydoctor.followups import forms
from jinxiu.people import clock
from jinxiu.ui.templatetags.jinxiu import day_text

_NOT_KEPT = {
    "saved": gettext_lazy("This form is saved already. What you type here now is not kept: open the person again."),
    "taken": gettext_lazy("%(who)s took this form over at %(at)s. What you type here is not kept any more."),
    "elsewhere": gettext_lazy("You go on with this form in another window. What you type here is not kept any more."),
    "too_many": gettext_lazy(
        "Not kept: you have %(most)s forms that are not saved. Save this one, or open others and throw them away."
    ),
    "too_long": gettext_lazy("Not kept: this is more text than any form has. Shorten it."),
    "somebody_else": gettext_lazy(
        "Not kept: somebody else is signed in on this computer now. Sign in again as the one who opened this form."
    ),
}


def kept(at: dt.datetime) -> str:
    """Say that a draft was kept: "Draft kept 09:41"."""
    return gettext("Draft kept %(at)s") % {"at": instant(at)}


def not_kept(error: NotKeptError) -> str:
    """Say why a draft was not kept."""
    return str(_NOT_KEPT[error.reason]) % {"who": error.who, "at": instant(error.at) if error.at else "", "most": MOST}


def instant(at: dt.datetime) -> str:
    """The time of today, the day and the time of any other day."""
    local = at.astimezone(clock.SHANGHAI)
    time = date_format(local, "H:i")
    return time if local.date() == clock.today() else f"{day_text(local.date(), clock.today())} {time}"


def begun(other: Other) -> str:
    """Say who began the visit: "Dr Wang began this visit at 09:38"."""
    if other.is_own:
        words = gettext("You began %(form)s at %(at)s and have not saved it.")
        return words % {"form": title(other.form), "at": instant(other.begun_at)}
    return gettext("%(who)s began this visit at %(at)s and has not saved it.") % {
        "who": other.who,
        "at": instant(other.begun_at),
    }


def title(form: str) -> str:
    """What a page is called, by its id; a form that is gone by its id."""
    known = [forms.every_form()[form_id] for form_id in form.split("+") if form_id in forms.every_form()]
    return forms.title_of(known) if known else form


def is_sheltered(form: str) -> bool:
    """Tell whether one of the page's forms is under special shelter."""
    known = [forms.every_form()[form_id] for form_id in form.split("+") if form_id in forms.every_form()]
    return any(sheltered().names(one.event) for one in known)
