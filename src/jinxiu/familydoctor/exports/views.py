"""The page on which records are exported."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from jinxiu.familydoctor.exports import actions
from jinxiu.familydoctor.exports.forms import ExportForm
from jinxiu.people.access import open_teams_for, require, viewer_for
from jinxiu.people.roles import EXPORT_RECORDS
from jinxiu.people.wording import named

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """Ask what is wanted and why; answer with the file."""
    viewer = viewer_for(request)
    require(viewer, EXPORT_RECORDS)
    form = ExportForm(
        request.POST if request.method == "POST" else None,
        today=viewer.today,
        teams=[(team.pk, named(team)) for team in open_teams_for(viewer, EXPORT_RECORDS)],
        whole_numbers=actions.may_have_whole_numbers(viewer),
    )
    if form.is_valid():
        wanted = form.wanted()
        try:
            file = actions.export(viewer=viewer, wanted=wanted, reason=form.cleaned_data["reason"])
        except actions.TooManyRowsError:
            form.add_error(None, _too_many())
        else:
            name = f"{wanted.layout.id}-{wanted.since.isoformat()}-{wanted.until.isoformat()}.xlsx"
            return HttpResponse(
                file, content_type=_XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'}
            )
    return render(request, "familydoctor/export.html", {"form": form, "limit": settings.JINXIU_EXPORT_ROWS})


def _too_many() -> str:
    text = gettext("Nothing was exported: more than %(limit)s rows; choose fewer days, or one team.")
    return text % {"limit": f"{settings.JINXIU_EXPORT_ROWS:,}"}
