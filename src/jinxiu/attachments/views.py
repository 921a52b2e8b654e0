"""The pages of a person's documents: all of them, one, a new one; a file goes out only from here."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from jinxiu.attachments import actions, queries, shown
from jinxiu.attachments.actions import AttachmentError
from jinxiu.attachments.forms import CorrectForm, NewForm, SaidForm, WithdrawForm
from jinxiu.attachments.models import AttachmentVersion
from jinxiu.attachments.rules import JPEG, SAID
from jinxiu.audit.sentences import define_purpose
from jinxiu.people import access
from jinxiu.people.access import Viewer
from jinxiu.people.asked import number_sent
from jinxiu.people.models import Person
from jinxiu.people.roles import RECORD_FOLLOWUP, SEE_RECORD, SEE_SHELTERED
from jinxiu.people.wording import about

DOCUMENTS = define_purpose("documents", _("documents and photos"))

# A browser that shows the file by itself runs nothing of it, loads nothing for it and gives it no origin of ours.
_FILE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


@require_safe
def documents(request: HttpRequest, person_id: int) -> HttpResponse:
    """All documents of a person, the newest first; for who may look at them, the withdrawn ones besides."""
    viewer, person = _reader(request, person_id)
    found = queries.attachments_of(viewer, person.pk, after=queries.Key.parse(request.GET.get("after", "")))
    own = reverse("documents", args=[person.pk])
    last = queries.Key(found[-1].on, found[-1].pk) if len(found) == queries.PAGE else None
    page = {
        "items": [shown.shown(one, with_preview=True) for one in found],
        "withdrawn": [shown.shown(one) for one in queries.withdrawn_of(viewer, person.pk)],
        "may_add": shown.may_add(access.reader_of(viewer, person), person.pk),
        "first_url": own if "after" in request.GET else "",
        "next_url": f"{own}?{urlencode({'after': last})}" if last else "",
    }
    return render(request, "attachments/list.html", page | _head(viewer, person))


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, person_id: int) -> HttpResponse:
    """Add a document; ?like= names one of which this is the next page."""
    viewer, person = _carer(request, person_id)
    if request.method == "POST":
        form = NewForm(request.POST, request.FILES, **_asked(viewer, person))
        if form.is_valid() and (answer := _added(request, viewer, person, form)):
            return answer
    else:
        form = NewForm(initial=_like(viewer, person, request.GET.get("like", "")), **_asked(viewer, person))
    return render(request, "attachments/new.html", {"form": form} | _head(viewer, person))


def _added(request: HttpRequest, viewer: Viewer, person: Person, form: NewForm) -> HttpResponse | None:
    """Add what a valid form has; None where it was refused, which the form then says."""
    try:
        added = actions.add(viewer=viewer, person_id=person.pk, content=form.content(), **form.said())
    except AttachmentError as refused:
        form.add_error(refused.field or None, str(refused.sentence))
        return None
    if not added.is_new:
        messages.info(request, gettext("This file is here already; nothing was added."))
    elif _is_hidden(viewer, person, form):
        messages.success(request, gettext("It is kept under special shelter; a doctor who opens the shelter sees it."))
        return redirect("documents", person.pk)
    else:
        messages.success(request, gettext("The document is kept."))
    if "next" in request.POST:
        return redirect(f"{reverse('document-new', args=[person.pk])}?{urlencode({'like': added.attachment_id})}")
    return redirect("document", person.pk, added.attachment_id)


def _like(viewer: Viewer, person: Person, asked: str) -> dict[str, Any]:
    """What the form begins with when the next page of a document is added."""
    version_id = number_sent(asked)
    if version_id is None:
        return {}
    before = queries.version_for(viewer, person.pk, version_id)
    return {name: getattr(before, name) for name in SAID}


@require_safe
def document(request: HttpRequest, person_id: int, attachment_id: int) -> HttpResponse:
    """One document: the picture, or the way to the PDF; what is said of it and was said before."""
    viewer, person = _reader(request, person_id)
    found = queries.version_for(viewer, person.pk, attachment_id)
    reader = access.reader_of(viewer, person)
    page = {
        "item": shown.shown(found),
        "sha256": found.attachment.sha256,
        "versions": [shown.shown(one) for one in queries.versions_of(viewer, found)],
        "may_change": shown.may_add(reader, person.pk) and not found.withdrawn,
    }
    return render(request, "attachments/document.html", page | _head(viewer, person))


@require_safe
def file(request: HttpRequest, person_id: int, attachment_id: int) -> HttpResponse:
    """The file itself: a picture to look at, anything else to save."""
    viewer, person = _reader(request, person_id)
    found = queries.version_for(viewer, person.pk, attachment_id)
    actions.opened(viewer=viewer, person_id=person.pk, attachment_id=attachment_id)
    return answer_with(found)


def answer_with(version: AttachmentVersion) -> HttpResponse:
    """A document as an answer, for whoever has asked `people.access` and written it down."""
    media = version.attachment.media
    answer = HttpResponse(queries.content_of(version.attachment_id), content_type=media)
    disposition = content_disposition_header(media != JPEG, shown.name_of(version))
    answer.headers["Content-Disposition"] = disposition or "attachment"
    answer.headers["Content-Security-Policy"] = _FILE_POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, person_id: int, attachment_id: int) -> HttpResponse:
    """Correct what is said of a document."""
    viewer, person, found = _changeable(request, person_id, attachment_id)
    data = request.POST if request.method == "POST" else None
    said = {name: getattr(found, name) for name in SAID}
    form = CorrectForm(data, initial={**said, "seen": found.number}, **_asked(viewer, person))
    if form.is_valid():
        try:
            actions.correct(viewer=viewer, person_id=person.pk, attachment_id=attachment_id, **form.cleaned_data)
        except AttachmentError as refused:
            form.add_error(refused.field or None, str(refused.sentence))
        else:
            messages.success(request, gettext("The document says something else now; what it said before is kept."))
            if _is_hidden(viewer, person, form):
                return redirect("documents", person.pk)
            return redirect("document", person.pk, attachment_id)
    page = {"form": form, "item": shown.shown(found, with_preview=True)}
    return render(request, "attachments/correct.html", page | _head(viewer, person))


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, person_id: int, attachment_id: int) -> HttpResponse:
    """Take a document out of the record, with the reason."""
    viewer, person, found = _changeable(request, person_id, attachment_id)
    form = WithdrawForm(request.POST if request.method == "POST" else None, initial={"seen": found.number})
    if form.is_valid():
        try:
            actions.withdraw(viewer=viewer, person_id=person.pk, attachment_id=attachment_id, **form.cleaned_data)
        except AttachmentError as refused:
            form.add_error(None, str(refused.sentence))
        else:
            messages.success(request, gettext("The document is withdrawn; only a manager can still look at it."))
            return redirect("documents", person.pk)
    page = {"form": form, "item": shown.shown(found, with_preview=True)}
    return render(request, "attachments/withdraw.html", page | _head(viewer, person))


# --- parts ------------------------------------------------------------------------------------------------------------


def _reader(request: HttpRequest, person_id: int) -> tuple[Viewer, Person]:
    viewer = access.viewer_for(request)
    return viewer, access.person_for(viewer, person_id, DOCUMENTS, SEE_RECORD)


def _carer(request: HttpRequest, person_id: int) -> tuple[Viewer, Person]:
    viewer = access.viewer_for(request)
    return viewer, access.person_for(viewer, person_id, DOCUMENTS, RECORD_FOLLOWUP)


def _changeable(request: HttpRequest, person_id: int, attachment_id: int) -> tuple[Viewer, Person, AttachmentVersion]:
    viewer, person = _carer(request, person_id)
    return viewer, person, queries.version_for(viewer, person.pk, attachment_id)


def _asked(viewer: Viewer, person: Person) -> dict[str, Any]:
    return {"today": viewer.today, "may_shelter": access.reaches(viewer, person.pk, SEE_SHELTERED)}


def _is_hidden(viewer: Viewer, person: Person, form: SaidForm) -> bool:
    """Tell whether what the viewer has just put under shelter is out of the viewer's own sight now."""
    return form.cleaned_data.get("sheltered", False) and not access.reads_sheltered(viewer, person.pk)


def _head(viewer: Viewer, person: Person) -> dict[str, Any]:
    return {"person": person, "about": about(person.birth_date, person.sex, viewer.today)}
