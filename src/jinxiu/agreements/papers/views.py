"""The pages on which the paper of an agreement is photographed and looked at."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from jinxiu.agreements import queries
from jinxiu.agreements.access import AGREEMENT, person_asking
from jinxiu.agreements.papers.shown import name_of
from jinxiu.attachments import actions
from jinxiu.attachments import queries as attachments
from jinxiu.attachments.actions import AttachmentError
from jinxiu.attachments.forms import FileForm
from jinxiu.attachments.rules import AGREEMENT as PAPER
from jinxiu.attachments.views import answer_with
from jinxiu.people import access
from jinxiu.people.roles import REGISTER_PEOPLE
from jinxiu.people.tried import say_at_field
from jinxiu.people.wording import about


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, person_id: int, agreement_id: int) -> HttpResponse:
    """Photograph a page of the paper, or add it as a file."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, AGREEMENT, REGISTER_PEOPLE)
    found = queries.agreement_of(person.pk, agreement_id)
    form = FileForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if form.is_valid():
        try:
            added = actions.add(
                viewer=viewer,
                person_id=person.pk,
                content=form.content(),
                kind=PAPER,
                on=min(found.start_on, viewer.today),
                title=found.contract_no,
                belongs_to=name_of(found),
            )
        except AttachmentError as refused:
            say_at_field(form, refused)
        else:
            words = gettext("The page is kept.") if added.is_new else gettext("This page is here already.")
            messages.success(request, words)
            return redirect("agreement-paper-new" if "next" in request.POST else "agreement", person.pk, found.pk)
    page = {
        "person": person,
        "about": about(person.birth_date, person.sex, viewer.today),
        "agreement": found,
        "form": form,
    }
    return render(request, "agreements/paper_form.html", page)


@require_safe
def file(request: HttpRequest, person_id: int, agreement_id: int, attachment_id: int) -> HttpResponse:
    """One page of the paper."""
    viewer = access.viewer_for(request)
    person = person_asking(viewer, person_id)
    found = queries.agreement_of(person.pk, agreement_id)
    pages = {one.attachment_id: one for one in attachments.belonging_to(person.pk, name_of(found))}
    if attachment_id not in pages:
        raise attachments.AttachmentNotFound
    actions.opened(viewer=viewer, person_id=person.pk, attachment_id=attachment_id)
    return answer_with(pages[attachment_id])
