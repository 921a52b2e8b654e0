"""Does this process answer, and does its database? For load balancers and for whoever looks after the night."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from jinxiu.worklists.queries import last_run


@login_not_required
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200, or 503 where a page could not be served; says when everybody was last evaluated."""
    try:
        waiting = _migrations_waiting()
        run = None if waiting else last_run()
    except DatabaseError:
        return _answer("the database does not answer", 503)
    if waiting:
        return _answer("the database has not been migrated", 503)
    return _answer("ok", 200, evaluated_for=run and run.as_of, evaluated_at=run and run.finished_at)


def _migrations_waiting() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _answer(word: str, status: int, **more: object) -> JsonResponse:
    return JsonResponse({"status": word, **more}, status=status)
