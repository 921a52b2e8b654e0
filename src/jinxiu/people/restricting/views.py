"""The page on which the use of a person's data is restricted, and on which that ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from jinxiu.audit.sentences import define_purpose
from jinxiu.people import access
from jinxiu.people.actions import PeopleError
from jinxiu.people.clock import SHANGHAI
from jinxiu.people.models import Restriction
from jinxiu.people.restricting import actions
from jinxiu.people.restricting.forms import EndForm, RestrictForm
from jinxiu.people.restricting.kinds import ASKERS, KINDS, REASONS
from jinxiu.people.restricting.queries import restriction_of, restrictions_of
from jinxiu.people.roles import REGISTER_PEOPLE
from jinxiu.people.wording import named
from jinxiu.ui.templatetags.jinxiu import day_text

RESTRICTION = define_purpose("restriction", _("restricting the use of the data"))


@dataclass(frozen=True, slots=True)
class Shown:
    """A restriction in words of the active language; empty texts are not shown."""

    label: str | Promise
    sentence: str | Promise
    reason: str | Promise
    asked_by: str | Promise
    words: str
    since: datetime
    until: str
    made_by: str
    ended_at: datetime | None
    ended_by: str
    ended_words: str


def shown(row: Restriction) -> Shown:
    """The restriction as a page tells it."""
    kind = KINDS[row.kind]
    return Shown(
        label=kind.label,
        sentence=kind.sentence,
        reason=REASONS.get(row.reason, row.reason),
        asked_by=ASKERS.get(row.asked_by, row.asked_by),
        words=row.words,
        since=row.start_at.astimezone(SHANGHAI),
        until=day_text(row.until_on) if row.until_on else "",
        made_by=named(row.made_by) if row.made_by else "",
        ended_at=row.end_at.astimezone(SHANGHAI) if row.end_at else None,
        ended_by=named(row.ended_by) if row.ended_by else "",
        ended_words=row.ended_words,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def restrict(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show what holds and what held, and restrict the use of the data."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, RESTRICTION, REGISTER_PEOPLE)
    form = RestrictForm(request.POST if request.method == "POST" else None, today=viewer.today)
    if form.is_valid():
        try:
            actions.restrict(
                person_id=person.pk,
                staff_id=viewer.staff_id,
                today=viewer.today,
                actor=viewer.actor,
                **form.cleaned_data,
            )
        except PeopleError as refused:
            messages.error(request, str(refused.sentence))
        else:
            messages.success(request, gettext("The use of the data is restricted from now on."))
        return redirect("person-restrict", person.pk)
    now = restriction_of(person.pk, viewer.today)
    rows = restrictions_of(person.pk)
    page = {
        "person": person,
        "now": shown(now) if now else None,
        "earlier": [shown(row) for row in rows if now is None or row.pk != now.pk],
        "kinds": KINDS.values(),
        "form": form,
        "end": EndForm(),
    }
    return render(request, "people/restricting/restrict.html", page)


@require_POST
def end(request: HttpRequest, person_id: int) -> HttpResponse:
    """End the restriction, with a word why."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, RESTRICTION, REGISTER_PEOPLE)
    form = EndForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("It was not ended: say in at least four characters who asked, or why it ends."))
        return redirect("person-restrict", person.pk)
    try:
        actions.end_restriction(
            person_id=person.pk,
            words=form.cleaned_data["words"],
            staff_id=viewer.staff_id,
            today=viewer.today,
            actor=viewer.actor,
        )
    except PeopleError as refused:
        messages.info(request, str(refused.sentence))
    else:
        messages.success(request, gettext("The restriction has ended; the data are used as before."))
    return redirect("person", person.pk)
