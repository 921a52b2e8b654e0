"""The kernel's tests stand in the named town."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.utils import translation

from tests.town import Town, build, town

__all__ = ["town"]


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Sentences are compared in the language of the code."""
    with translation.override("en"):
        yield


def _guards(verb: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgname LIKE %s", [r"%\_not\_emptied"])
        for table, guard in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} {verb} TRIGGER {guard}")


@pytest.fixture
def _emptied_at_the_end(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """Lift the guard against TRUNCATE: Django empties the tables after a test that committed."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        _guards("DISABLE")
        yield
        _guards("ENABLE")


@pytest.fixture
def committed_town(_emptied_at_the_end: None, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Town:
    """The town in committed transactions, for tests with several connections."""
    monkeypatch.setenv("JINXIU_TODAY", "2026-11-25")
    return build()
