"""The page that says what is kept of a person until when, where two people delete it; and the list of what waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jinxiu.audit.sentences import define_purpose
from jinxiu.oversight.deleting import actions, queries, rules
from jinxiu.oversight.deleting.forms import REASONS, AskForm, RefuseForm
from jinxiu.oversight.deleting.rules import Part
from jinxiu.oversight.models import DeletionRequest
from jinxiu.people import access
from jinxiu.people.access import Viewer
from jinxiu.people.actions import PeopleError
from jinxiu.people.clock import SHANGHAI
from jinxiu.people.models import Person
from jinxiu.people.restricting.kinds import ASKERS
from jinxiu.people.roles import DELETE_PEOPLE
from jinxiu.people.wording import named
from jinxiu.ui.templatetags.jinxiu import day_text

DELETION = define_purpose("deletion", _("deleting the data"))

PARTS = {
    rules.CARE: _("The record of care"),
    rules.REGISTERED: _("What is registered"),
    rules.TRAIL: _("The trail of who saw and did what"),
}
TABLES = {
    "event": _("contacts, exams, vaccinations"),
    "observation": _("values and findings"),
    "decision": _("doctors' decisions and what was suggested"),
    "urgentanswer": _("what was done at once about urgent values"),
    "enrolment": _("programmes, groups, conditions"),
    "dueitem": _("things due, open and closed"),
    "personrefresh": _("mark of the last evaluation"),
    "sourceresource": _("resources as imported"),
    "referral": _("referrals"),
    "referralstep": _("steps of referrals"),
    "referralanswer": _("answers of hospitals"),
    "referralcode": _("codes of referral letters"),
    "agreement": _("agreements"),
    "agreementstep": _("steps of agreements"),
    "signature": _("signatures of agreements"),
    "issuedpaper": _("PDFs of agreements that were handed out"),
    "renewalleftout": _("renewals of agreements that they were left out of"),
    "rating": _("what was said of services and of years with the team"),
    "callwish": _("wishes to be called"),
    "asking": _("days on which they were asked to rate"),
    "notasked": _("that they do not wish to be asked to rate"),
    "attachment": _("documents and photos"),
    "attachmentversion": _("what was said of documents and photos"),
    "person": _("records with name, sex, birth date"),
    "personversion": _("earlier data"),
    "identifier": _("document numbers"),
    "contactpoint": _("phone numbers"),
    "teammembership": _("memberships of teams"),
    "relationship": _("guardians, helpers, contacts"),
    "household": _("addresses where nobody else lives"),
    "merge": _("merges of records"),
    "differentpersons": _("findings that two records are two people"),
    "restriction": _("restrictions of use"),
    "emergencyopening": _("emergency openings"),
    "formdraft": _("unsaved forms"),
    "examappointment": _("invitations to examination days"),
    "message": _("messages"),
    "delivery": _("attempts to deliver messages"),
    "emailaddress": _("e-mail addresses"),
    "residentaccount": _("accounts for the residents' pages"),
    "residentsession": _("sign-ins to the residents' pages"),
    "signin": _("codes asked for"),
    "helperwish": _("wishes to help"),
    "auditentry": _("lines"),
}


@dataclass(frozen=True)
class Shown:
    """One part of what is kept, in words."""

    title: str | Promise
    rows: Sequence[tuple[str | Promise, int]]
    fate: str
    law: str
    goes: bool


def shown(part: Part, viewer: Viewer) -> Shown:
    """The part as the page tells it."""
    goes = part.may_go(viewer.today)
    if goes:
        fate = gettext("May be deleted today.")
    elif part.deletable and part.keep_until:
        fate = gettext("The law keeps it, up to and including %(day)s.") % {"day": day_text(part.keep_until)}
    else:
        fate = gettext(
            "No line is ever taken out: it holds numbers, codes and the reasons that staff gave, not the record."
        )
    law = part.law.source["en" if get_language() == "en" else "zh"] if part.law else ""
    rows = [(TABLES.get(table, table), count) for table, count in part.rows.items()]
    return Shown(PARTS[part.code], rows, fate, law, goes)


@require_http_methods(["GET", "HEAD", "POST"])
def person_delete(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show what is kept of a person until when; ask for its deletion, or look at what somebody asked for."""
    viewer, person = _person(request, person_id)
    form = AskForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.ask(person_id=person.pk, staff_id=_staff(viewer), actor=viewer.actor, **form.cleaned_data)
        except PeopleError as refused:
            messages.error(request, str(refused.sentence))
        else:
            messages.success(request, gettext("It is asked for. Nothing is deleted before a second person confirms."))
        return redirect("person-delete", person.pk)
    found, asked = queries.parts_of(person.pk), queries.open_request(person.pk)
    page = {
        "person": person,
        "parts": [shown(part, viewer) for part in found],
        "may_go": all(part.may_go(viewer.today) for part in found if part.deletable),
        "seen": rules.fingerprint(found),
        "asked": _asked(asked) if asked else None,
        "is_own": bool(asked and asked.asked_by_id == viewer.staff_id),
        "form": form,
        "refuse": RefuseForm(),
    }
    return render(request, "oversight/deleting/person.html", page)


@require_POST
def confirm(request: HttpRequest, person_id: int) -> HttpResponse:
    """Do it, as the second person."""
    viewer, person = _person(request, person_id)
    asked = queries.open_request(person.pk)
    if asked is None:
        return _nothing_asked(request, person)
    try:
        seen = request.POST.get("seen", "")
        actions.delete(request_id=asked.pk, seen=seen, staff_id=_staff(viewer), actor=viewer.actor)
    except PeopleError as refused:
        messages.error(request, str(refused.sentence))
        return redirect("person-delete", person.pk)
    messages.success(request, gettext("It is deleted. Older backups hold it until they are replaced."))
    return redirect("deletions")


@require_POST
def refuse(request: HttpRequest, person_id: int) -> HttpResponse:
    """Decide against it, with the reason; who asked may take it back."""
    viewer, person = _person(request, person_id)
    asked, form = queries.open_request(person.pk), RefuseForm(request.POST)
    if asked is None:
        return _nothing_asked(request, person)
    if not form.is_valid():
        messages.error(request, gettext("Nothing was decided: say in at least four characters why it is not deleted."))
        return redirect("person-delete", person.pk)
    try:
        answer = form.cleaned_data["answer"]
        actions.refuse(request_id=asked.pk, answer=answer, staff_id=_staff(viewer), actor=viewer.actor)
    except PeopleError as refused:
        messages.error(request, str(refused.sentence))
    else:
        messages.success(request, gettext("It was not deleted; the reason is kept. Tell it to whoever asked."))
    return redirect("deletions")


@require_safe
def deletions(request: HttpRequest) -> HttpResponse:
    """What waits for a second person, and what was decided."""
    viewer = access.viewer_for(request)
    access.require(viewer, DELETE_PEOPLE)
    page = {
        "waiting": [
            {"person_id": one.person_id, "name": one.name, **_asked(one.request)} for one in queries.waiting(viewer)
        ],
        "decided": [_decided(one) for one in queries.decided(viewer)],
    }
    return render(request, "oversight/deleting/list.html", page)


def _person(request: HttpRequest, person_id: int) -> tuple[Viewer, Person]:
    viewer = access.viewer_for(request)
    # What is owed to the person is owed even where the use of the data is restricted.
    return viewer, access.person_for(viewer, person_id, DELETION, DELETE_PEOPLE, despite_restriction=True)


def _staff(viewer: Viewer) -> int:
    assert viewer.staff_id is not None  # who has a permission is a member of staff
    return viewer.staff_id


def _nothing_asked(request: HttpRequest, person: Person) -> HttpResponse:
    messages.info(request, gettext("Nobody asks for a deletion now; nothing was changed."))
    return redirect("person-delete", person.pk)


def _asked(row: DeletionRequest) -> dict[str, object]:
    return {
        "asked_by": named(row.asked_by),
        "asked_at": row.asked_at.astimezone(SHANGHAI),
        "wished_by": ASKERS.get(row.wished_by, row.wished_by),
        "reason": REASONS.get(row.reason, row.reason),
        "words": row.words,
    }


def _decided(row: DeletionRequest) -> dict[str, object]:
    assert row.decided_at
    assert row.decided_by
    return {
        **_asked(row),
        "number": row.person_id,
        "is_deleted": row.decision == "deleted",
        "decided_by": named(row.decided_by),
        "decided_at": row.decided_at.astimezone(SHANGHAI),
        "answer": row.answer,
        "rows": sum(row.counts.values()),
    }
