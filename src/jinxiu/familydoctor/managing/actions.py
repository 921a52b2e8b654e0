"""Counting by night; and what leaves the manager's page leaves a line in the trail: seen, exported."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.agreements import rules as agreements
from jinxiu.agreements.models import Agreement
from jinxiu.agreements.queries import items_as_columns
from jinxiu.audit import actions as audit
from jinxiu.audit.sentences import define
from jinxiu.documents.cells import Value
from jinxiu.documents.excel import marked_workbook
from jinxiu.familydoctor.managing import rules, statements
from jinxiu.familydoctor.models import NightCount
from jinxiu.people.access import Viewer, require
from jinxiu.people.roles import EXPORT_RECORDS

LISTED = define(
    "managing.people_listed", _("%(actor)s saw %(rows)s people behind the number %(number)s of the manager's page.")
)
EXPORTED = define(
    "managing.exported",
    _("%(actor)s exported %(rows)s rows of the manager's page (%(number)s); the reason: %(reason)s."),
)

_ONE_COUNTS = 7_230_117  # one counts at a time


@transaction.atomic
def count(*, today: date) -> int:
    """Count coverage and fulfilment of a day anew, in place of what was counted before; returns how many rows it made.

    Twice changes nothing.
    """
    groups: dict[str, list[Any]] = {
        "groups": [one.code for one in rules.GROUPS],
        "kinds": [one.programme for one in rules.GROUPS],
        "from_years": [one.from_years for one in rules.GROUPS],
        "below_years": [one.below_years for one in rules.GROUPS],
        "programmes": [one.programme for one in rules.GROUPS if one.programme],
    }
    running = Agreement.objects.filter(state=agreements.ACTIVE, start_on__lte=today, last_on__gte=today)
    ids = list(running.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_COUNTS])
        NightCount.objects.all().delete()
        cursor.execute(statements.COUNT_COVERAGE, {"today": today, **groups})
        cursor.execute(statements.COUNT_KEPT, {"today": today, "day": today, "agreements": ids, **items_as_columns()})
    return NightCount.objects.count()


@transaction.atomic
def note_people(*, viewer: Viewer, number: str, people: Sequence[int]) -> None:
    """Write down whom somebody saw behind a number."""
    detail = {"number": number, "rows": len(people), "people": [*people]}
    audit.record(LISTED, actor=viewer.actor, detail=detail)


@transaction.atomic
def export(*, viewer: Viewer, number: str, table: Sequence[Sequence[Value]], reason: str) -> bytes:
    """A table (its first row are the heads) as an Excel file, marked with who made it, when and why.

    Raises PermissionDenied.
    """
    require(viewer, EXPORT_RECORDS)
    heads, *rows = table
    audit.record(EXPORTED, actor=viewer.actor, detail={"number": number, "rows": len(rows), "reason": reason})
    mark = gettext("Exported by %(name)s on %(day)s for: %(reason)s. Confidential; pass it on to nobody else.")
    mark %= {"name": viewer.name, "day": viewer.today.isoformat(), "reason": reason}
    return marked_workbook(gettext("Export"), heads, rows, mark)
