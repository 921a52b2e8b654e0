"""The doors of two records that may be one person's: the list, both side by side, and what was merged."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jinxiu.familydoctor.matching import actions, queries, wording
from jinxiu.familydoctor.matching.forms import Decision, TakeApart
from jinxiu.familydoctor.records.queries import head_of
from jinxiu.people import access
from jinxiu.people.access import Viewer
from jinxiu.people.matching.queries import pairs_of
from jinxiu.people.roles import REGISTER_PEOPLE
from jinxiu.people.wording import about
from jinxiu.standards.codes import installed


@require_safe
def duplicates(request: HttpRequest) -> HttpResponse:
    """List the pairs within reach that may be one person, the strongest first."""
    viewer = access.viewer_for(request)
    access.require(viewer, REGISTER_PEOPLE)
    found, total = queries.proposed(viewer)
    people = queries.people_by_id({person_id for pair in found for person_id in (pair.one_id, pair.other_id)})
    rows = [
        {
            "one": people[pair.one_id],
            "other": people[pair.other_id],
            "about_one": about(people[pair.one_id].birth_date, people[pair.one_id].sex, viewer.today),
            "about_other": about(people[pair.other_id].birth_date, people[pair.other_id].sex, viewer.today),
            "why": wording.why(pair.reasons),
        }
        for pair in found
    ]
    return render(request, "familydoctor/duplicates.html", {"rows": rows, "total": total})


@require_http_methods(["GET", "HEAD", "POST"])
def duplicate(request: HttpRequest, person_id: int, other_id: int) -> HttpResponse:
    """Show two records side by side, the one to keep first, and take the decision."""
    viewer = access.viewer_for(request)
    if person_id == other_id:
        raise Http404
    kept, other = _both(viewer, person_id, other_id)
    if other is None:
        messages.info(request, gettext("These two records are merged already."))
        return redirect("merges", person_id)
    lines = wording.lines(queries.side_of(kept, viewer), queries.side_of(other, viewer))
    parts = [line.part for line in lines if line.part and line.differs and line.other]
    form = Decision(request.POST if request.method == "POST" else None, parts=parts)
    if form.is_valid():
        answer = _decide(request, viewer, form, person_id, other_id)
        if answer is not None:
            return answer
    context = {
        "form": form,
        "kept": kept,
        "other": other,
        "lines": lines,
        "parts": parts,
        "revisions": f"{kept.revision}.{other.revision}",
        "why": wording.why(_reasons(viewer, person_id, other_id)),
        "two": queries.said_to_be_two(person_id, other_id),
    }
    return render(request, "familydoctor/duplicate.html", context)


def _both(viewer: Viewer, person_id: int, other_id: int) -> tuple[Any, Any]:
    """Both persons, registered within reach; None for the other where it went into the first already."""
    kept = access.person_for(viewer, person_id, actions.COMPARE, REGISTER_PEOPLE)
    try:
        return kept, access.person_for(viewer, other_id, actions.COMPARE, REGISTER_PEOPLE)
    except access.PersonMerged as merged:
        if merged.kept_id != person_id:
            raise Http404 from merged
        return kept, None


def _reasons(viewer: Viewer, person_id: int, other_id: int) -> tuple[str, ...]:
    return next((pair.reasons for pair in pairs_of(viewer, person_id) if other_id in (pair.one_id, pair.other_id)), ())


def _decide(request: HttpRequest, viewer: Viewer, form: Decision, person_id: int, other_id: int) -> HttpResponse | None:
    said = form.cleaned_data
    try:
        if request.POST.get("decision") == "two":
            actions.tell_apart(one_id=person_id, other_id=other_id, words=said["words"], viewer=viewer)
            messages.success(request, gettext("Noted: two people. They will not be proposed again."))
            return redirect("duplicates")
        actions.merge(
            kept_id=person_id,
            merged_id=other_id,
            revisions=form.compared(),
            take=said["take"],
            reasons=_reasons(viewer, person_id, other_id),
            words=said["words"],
            viewer=viewer,
        )
    except actions.MergeError as refused:
        form.add_error(None, str(refused.sentence))
        return None
    messages.success(request, gettext("The two records are one now. It can be taken back on this page."))
    return redirect("merges", person_id)


@require_safe
def merges(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show what was merged into a record, what was recorded since, and how to take it back."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, actions.COMPARE, REGISTER_PEOPLE)
    return _show_merges(request, viewer, person, TakeApart())


@require_POST
def take_apart(request: HttpRequest, person_id: int, merge_id: int) -> HttpResponse:
    """Take a merge back."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, actions.COMPARE, REGISTER_PEOPLE)
    merge = queries.merge_into(person_id, merge_id)
    if merge is None or not queries.may_take_apart(viewer, merge):
        raise Http404
    form = TakeApart(request.POST)
    if not form.is_valid():
        return _show_merges(request, viewer, person, form)
    try:
        left = actions.unmerge(merge_id=merge_id, words=form.cleaned_data["words"], viewer=viewer)
    except actions.MergeError as refused:
        messages.warning(request, str(refused.sentence))
        return redirect("merges", person_id)
    messages.success(request, gettext("The two records are apart again. Please look below at what was recorded since."))
    if left:
        messages.warning(request, gettext("Some data were corrected since the merge and stay as they are now."))
    return redirect("merges", person_id)


def _show_merges(request: HttpRequest, viewer: Viewer, person: Any, form: TakeApart) -> HttpResponse:
    language = get_language() or ""
    rows = [
        {
            "merge": merge,
            "why": wording.why(merge.reasons),
            "may": merge.undone_at is None and queries.may_take_apart(viewer, merge),
            "since": [
                {"event": event, "what": installed().name("events", event.kind, language)}
                for event in queries.recorded_since(merge, viewer)
            ],
        }
        for merge in queries.merges_of(person.pk)
    ]
    head = head_of(person, viewer.today)
    return render(request, "familydoctor/merges.html", {"head": head, "rows": rows, "form": form})
