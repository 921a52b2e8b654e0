"""The page of the register's search box."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from jinxiu.audit import actions as audit
from jinxiu.audit.sentences import define
from jinxiu.people import access, identity
from jinxiu.people.access import Viewer
from jinxiu.people.restricting.kinds import KINDS
from jinxiu.people.roles import REGISTER_PEOPLE, SEE_PEOPLE
from jinxiu.people.search import queries, rules
from jinxiu.people.search.queries import Found
from jinxiu.people.wording import about
from jinxiu.ui.templatetags.jinxiu import day_text

PAGE_ROWS = 25
NUMBER_SEARCHED = define("people.number_searched", _("%(actor)s searched for the number %(number)s."))

_WHY: dict[str, Promise] = {
    "name": _("the name"),
    "name_begins": _("the name begins so"),
    "sounds": _("the same sound"),
    "sounds_like": _("a similar sound"),
    "one_character": _("one character differs"),
    "pinyin": _("the pinyin"),
    "pinyin_begins": _("the pinyin begins so"),
    "pinyin_ends": _("the pinyin of the given name"),
    "initials": _("the initials"),
    "letters": _("the pinyin"),
    "number": _("the number"),
    "phone": _("the phone number"),
    "phone_end": _("the end of the phone number"),
    "number_end": _("the end of the ID number"),
    "birth": _("the birth date"),
    "address": _("the address"),
    "place": _("the address"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A person found, in words of the active language; an empty text is not shown."""

    name: str
    url: str
    about: str
    birth_date: date | None
    masked_id: str
    masked_phone: str
    address: str
    gone: str
    restricted: str
    why: str


@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """The box, and whom it finds; htmx gets the list alone.

    What is typed comes by POST: names and ID numbers do not belong into addresses, which logs and browsers keep.
    """
    viewer = access.viewer_for(request)
    access.require(viewer, SEE_PEOPLE)
    text = request.POST.get("q", "")[: rules.LONGEST_TEXT].replace("\0", "")
    after = request.POST.get("after", "")
    found = queries.search(viewer, text, after=after, limit=PAGE_ROWS)
    if found.number and not after:
        leave_line(viewer, found)
    page = {
        "text": text,
        "asked": bool(text.strip()),
        "rows": [_row(one, viewer) for one in found.rows],
        "after": found.after,
        "walking": bool(after),
        "may_register": access.may(viewer, REGISTER_PEOPLE),
        "longest": rules.LONGEST_TEXT,
    }
    alone = request.htmx and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    return render(request, "people/found.html" if alone else "people/search.html", page)


def leave_line(viewer: Viewer, found: queries.Page) -> None:
    """Whoever asks for a number wants one person: the trail says who asked, the number masked, and whom it found."""
    audit.record(
        NUMBER_SEARCHED,
        actor=viewer.actor,
        person_id=found.rows[0].person_id if len(found.rows) == 1 else None,
        detail={"number": identity.mask(found.number, ""), "found": len(found.rows)},
    )


def _row(one: Found, viewer: Viewer) -> Row:
    street = (one.street_en if get_language() == "en" else "") or one.street
    return Row(
        name=one.name,
        url=reverse("person", args=[one.person_id]),
        about=about(one.birth_date, one.sex, viewer.today),
        birth_date=one.birth_date,
        masked_id=one.masked_id,
        masked_phone=one.masked_phone,
        address=one.address if street in one.address else f"{street} {one.address}".strip(),
        gone=_gone(one, viewer.today),
        restricted=str(KINDS[one.restricted].label) if one.restricted else "",
        why=gettext(", ").join(dict.fromkeys(str(_WHY[by]) for by in one.by)),
    )


def _gone(one: Found, today: date) -> str:
    if one.died_on and one.died_on <= today:
        return gettext("died %(day)s") % {"day": day_text(one.died_on, today)}
    if one.left_on and one.left_on <= today:
        return gettext("moved away %(day)s") % {"day": day_text(one.left_on, today)}
    return ""
