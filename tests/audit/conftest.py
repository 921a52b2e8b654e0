"""The trail's tests: in English, with the guards lifted where somebody tampers as the database's owner could."""

import contextlib
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.utils import translation

from tests.kernel.conftest import _emptied_at_the_end, committed_town
from tests.town import town

__all__ = ["_emptied_at_the_end", "committed_town", "town"]

Tamper = Callable[..., None]


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Sentences are compared in the language of the code."""
    with translation.override("en"):
        yield


_TABLES = ("audit_auditentry", "audit_auditblock")


@contextlib.contextmanager
def _without_triggers() -> Iterator[None]:
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        for table in _TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@pytest.fixture
def tamper(db: None) -> Tamper:
    """Run a statement past every trigger, as the database's owner and its superusers can."""

    def run(statement: str, *values: object) -> None:
        with _without_triggers(), connection.cursor() as cursor:
            cursor.execute(statement, values)

    return run
