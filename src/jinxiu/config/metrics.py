"""Numbers for whoever watches the installation, in the text format that Prometheus reads. No number is about a person.

Requests and their times are in the access log, and each server process would know only its own; here stands what all
of them share.
"""

import hmac
from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

import jinxiu
from jinxiu.worklists.queries import last_run

# Estimates by PostgreSQL's own statistics: counting a million rows at every look would be a load of its own.
_TABLES = {
    "people_person": ("jinxiu_people", "Persons in the register."),
    "evidence_event": ("jinxiu_events", "Recorded events."),
    "worklists_dueitem": ("jinxiu_due_items", "Due items, open and closed."),
    "audit_auditentry": ("jinxiu_audit_entries", "Lines of the audit trail."),
}


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The numbers, for those who send `Authorization: Bearer JINXIU_METRICS_TOKEN`; without that setting, no page."""
    token = settings.JINXIU_METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(given.encode(), token.encode()):
        raise Http404
    return HttpResponse("".join(_lines()), content_type="text/plain; version=0.0.4; charset=utf-8")


def _lines() -> Iterator[str]:
    yield _gauge("jinxiu_info", "The version that answers.", 1, f'{{version="{jinxiu.__version__}"}}')
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        yield _gauge("jinxiu_database_bytes", "Size of the database.", cursor.fetchone()[0])
        cursor.execute(
            "SELECT relname, n_live_tup FROM pg_stat_user_tables WHERE relname = ANY(%s) ORDER BY relname",
            [list(_TABLES)],
        )
        for table, rows in cursor.fetchall():
            yield _gauge(*_TABLES[table], rows)
    if (run := last_run()) and run.finished_at:
        yield _gauge(
            "jinxiu_evaluated_timestamp_seconds", "When everybody was last judged.", int(run.finished_at.timestamp())
        )
        yield _gauge("jinxiu_evaluation_seconds", "How long that took.", run.seconds or 0)


def _gauge(name: str, meaning: str, value: float, labels: str = "") -> str:
    return f"# HELP {name} {meaning}\n# TYPE {name} gauge\n{name}{labels} {value}\n"
