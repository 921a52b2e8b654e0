"""An export leaves the system: the file with its watermark, and the line in the trail, in one step."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.sentences import define
from jinxiu.documents.excel import marked_workbook
from jinxiu.familydoctor.exports import queries
from jinxiu.familydoctor.exports.queries import Wanted
from jinxiu.people.access import Viewer, may, require
from jinxiu.people.roles import EXPORT_NUMBERS, EXPORT_RECORDS

EXPORTED = define(
    "records.exported",
    _("%(actor)s exported %(rows)s rows of %(layout)s from %(since)s to %(until)s; the reason: %(reason)s."),
)
EXPORTED_WHOLE = define(
    "records.exported_with_numbers",
    _(
        "%(actor)s exported %(rows)s rows of %(layout)s with whole document numbers, from %(since)s to %(until)s; "
        "the reason: %(reason)s."
    ),
)


class TooManyRowsError(ValueError):
    """The file would have more rows than one export may."""


@transaction.atomic
def export(*, viewer: Viewer, wanted: Wanted, reason: str) -> bytes:
    """The rows as an Excel file, marked with who made it, when and why.

    Raises PermissionDenied, TeamNotFound, TooManyRowsError (more than settings.JINXIU_EXPORT_ROWS).
    """
    require(viewer, EXPORT_NUMBERS if wanted.whole_numbers else EXPORT_RECORDS)
    limit: int = settings.JINXIU_EXPORT_ROWS
    rows = list(queries.lines(viewer, wanted, limit + 1))
    if len(rows) > limit:
        raise TooManyRowsError
    detail = {
        "rows": len(rows),
        "layout": wanted.layout.id,
        "since": wanted.since.isoformat(),
        "until": wanted.until.isoformat(),
        "team": wanted.team_id,
        "reason": reason,
    }
    audit.record(EXPORTED_WHOLE if wanted.whole_numbers else EXPORTED, actor=viewer.actor, detail=detail)
    mark = gettext("Exported by %(name)s on %(day)s for: %(reason)s. Confidential; pass it on to nobody else.")
    mark %= {"name": viewer.name, "day": viewer.today.isoformat(), "reason": reason}
    headings = [column.heading for column in wanted.layout.columns]
    return marked_workbook(gettext("Export"), headings, rows, mark)


def may_have_whole_numbers(viewer: Viewer) -> bool:
    """Whether the form may offer whole document numbers."""
    return may(viewer, EXPORT_NUMBERS)
