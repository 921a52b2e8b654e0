"""The doors of drafts: a page keeps what was typed and hears what follows from it; and what to do with a draft."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from jinxiu.familydoctor.drafts import actions, keeping, queries, rules, wording
from jinxiu.familydoctor.drafts.actions import NoDraftError, NotKeptError
from jinxiu.familydoctor.followups import forms, live, visits
from jinxiu.familydoctor.followups.visits import Sheet, Visit
from jinxiu.people.access import (
    FOLLOW_UP,
    PersonMerged,
    Viewer,
    person_to_care_for,
    reaches,
    reads_sheltered,
    viewer_for,
)
from jinxiu.people.asked import number_sent
from jinxiu.people.roles import RECORD_FOLLOWUP, SEE_SHELTERED


@require_http_methods(["GET", "HEAD", "POST"])
def keep(request: HttpRequest, person_id: int) -> HttpResponse:
    """POST: keep what stands on a form's page; answers with what the page says and computes.

    GET: the key of this sign-in, for a page that stood open while somebody signed in again.
    """
    viewer = viewer_for(request)
    person_id = _within_reach(viewer, person_id)
    if request.method != "POST":
        return JsonResponse({"csrf": get_token(request)})
    visit = _visit(viewer, person_id, request.POST.get("form", ""))
    if visit is None:
        return HttpResponseBadRequest()
    raw = visits.raw_of(request, visit.page)
    try:
        _refuse_somebody_else(request, viewer)
        at = keeping.keep(visit, raw, Sheet.sent(request.POST))
    except NotKeptError as error:
        return JsonResponse({"said": wording.not_kept(error)}, status=409)
    known = visit.known(raw)
    others = queries.others(viewer, person_id, visit.page.id) if _may_know(viewer, person_id, visit.page.id) else []
    return JsonResponse(
        {
            "said": wording.kept(at),
            "others": [wording.begun(other) for other in others],
            "computed": live.computed(visit.page, raw, known),
            "answered": live.answered(visit.page, raw, known),
        }
    )


def _within_reach(viewer: Viewer, person_id: int) -> int:
    """The person's id, of a record merged meanwhile the kept one's. Opening the form has left the line in the trail;
    what is kept every second leaves one only when it is refused."""
    if reaches(viewer, person_id, RECORD_FOLLOWUP):
        return person_id
    try:
        return person_to_care_for(viewer, person_id, FOLLOW_UP).pk
    except PersonMerged as merged:
        return person_to_care_for(viewer, merged.kept_id, FOLLOW_UP).pk


def _visit(viewer: Viewer, person_id: int, page_id: str) -> Visit | None:
    """The page's visit; what one may not even open, one cannot begin."""
    if wording.is_sheltered(page_id) and not reaches(viewer, person_id, SEE_SHELTERED):
        return None
    return visits.of_page(viewer, person_id, page_id)


def _may_know(viewer: Viewer, person_id: int, page_id: str) -> bool:
    """Who has begun a form under special shelter is told to those who have opened the shelter."""
    return not wording.is_sheltered(page_id) or reads_sheltered(viewer, person_id)


def _refuse_somebody_else(request: HttpRequest, viewer: Viewer) -> None:
    """On a shared computer a page may stand open while somebody else signs in: words of one are not another's."""
    if request.POST.get("who", "") not in ("", str(viewer.staff_id)):
        raise NotKeptError("somebody_else")


@require_POST
def choose(request: HttpRequest, person_id: int) -> HttpResponse:
    """Go on with another's draft, begin one's own beside it, or throw one's own away; then the form opens."""
    viewer = viewer_for(request)
    person_id = person_to_care_for(viewer, person_id, FOLLOW_UP).pk
    page_id, choice = request.POST.get("form", ""), request.POST.get("choice", "")
    visit = _visit(viewer, person_id, page_id)
    if visit is None or not _may_know(viewer, person_id, page_id):
        return HttpResponseBadRequest()
    if choice == "empty":
        actions.throw_away(viewer=viewer, person_id=person_id, form=page_id)
    elif choice == "own":
        _begin_own(visit)
    else:
        _take_over(request, visit, choice)
    return redirect(visits.address_of(person_id, page_id))


def _begin_own(visit: Visit) -> None:
    content = rules.content_of(visit.page, forms.initial_answers(visit.page, visit.viewer.today))
    actions.begin_own(
        viewer=visit.viewer,
        person_id=visit.person_id,
        form=visit.page.id,
        version=visit.page.version,
        content=content,
        seen=visit.seen,
    )


def _take_over(request: HttpRequest, visit: Visit, choice: str) -> None:
    try:
        actions.take_over(
            viewer=visit.viewer,
            person_id=visit.person_id,
            draft_id=number_sent(choice) or 0,
            form=visit.page.id,
            version=visit.page.version,
        )
    except NoDraftError:
        messages.info(request, gettext("That form is not there any more: it was saved, thrown away or taken over."))
