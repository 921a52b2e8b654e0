"""The agreement as PDF by its address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from jinxiu.agreements import queries
from jinxiu.agreements.access import person_asking
from jinxiu.agreements.issuing import actions
from jinxiu.people import access


@require_safe
def pdf(request: HttpRequest, person_id: int, agreement_id: int) -> HttpResponse:
    """The PDF in Chinese, shown by the browser; what came from a file without a text has none."""
    viewer = access.viewer_for(request)
    person = person_asking(viewer, person_id)
    found = queries.agreement_of(person.pk, agreement_id)
    if not found.text:
        raise queries.AgreementNotFound
    made = actions.issue(agreement=found, person_id=person.pk, actor=viewer.actor)
    headers = {"Content-Disposition": f'inline; filename="agreement-{found.pk}.pdf"', "Cache-Control": "no-store"}
    return HttpResponse(made, content_type="application/pdf", headers=headers)
