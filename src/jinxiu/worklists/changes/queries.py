"""Whom an evaluation has to look at: everybody, or who was touched since the last one."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection

import jinxiu
from jinxiu.people.models import Person
from jinxiu.standards.model import Standard
from jinxiu.worklists.changes import statements
from jinxiu.worklists.changes.rules import MANY, Ground, Turns, turns, why_everybody
from jinxiu.worklists.models import EvaluationRun


@dataclass(frozen=True)
class Scope:
    """Whom to judge. `touched` are ids of records, None for everybody, and then `why` is a key of rules.REASONS;
    `people` is how many there are in all; `ground` is what the next evaluation can build on."""

    touched: list[int] | None
    why: str
    people: int
    ground: Ground


def scope(today: date, standards: Sequence[Standard], everybody: bool = False) -> Scope:
    """Whom to judge for a day. Asked before facts are read: what is written meanwhile is touched the next time."""
    with connection.cursor() as cursor:
        cursor.execute(statements.HERE)
        database, transactions = cursor.fetchone()
    now = Ground(today, fingerprint(standards), database, transactions)
    people = Person.objects.filter(merged_into=None).count()
    last, days = _last_ground(), turns(standards)
    why = "asked" if everybody else "unknown" if days is None else why_everybody(last, _last_everybody(), now)
    if why or last is None or days is None:
        return Scope(None, why, people, now)
    touched = _touched(last, now.day, days)
    if len(touched) > people * MANY:
        return Scope(None, "many", people, now)
    return Scope(touched, "", people, now)


def fingerprint(standards: Sequence[Standard]) -> str:
    """A text that changes with the standards and with the program that applies them."""
    return hashlib.sha256(f"{_program()}\n{standards!r}".encode()).hexdigest()


@cache
def _program() -> str:
    files = sorted(Path(jinxiu.__file__).parent.rglob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _last_ground() -> Ground | None:
    run = EvaluationRun.objects.filter(finished_at__isnull=False).order_by("-finished_at").first()
    if run is None or run.transactions is None:
        return None
    return Ground(run.as_of, run.rules, run.database, run.transactions)


def _last_everybody() -> date | None:
    runs = EvaluationRun.objects.filter(finished_at__isnull=False).exclude(everybody="")
    return runs.order_by("-finished_at").values_list("as_of", flat=True).first()


def _touched(last: Ground, today: date, days: Turns) -> list[int]:
    values: dict[str, Any] = {name: list(numbers) for name, numbers in asdict(days).items()}
    values |= {
        "bound": last.transactions,
        "bound_xid": last.transactions % (1 << 32),  # rows keep the lower half
        "after": last.day,
        "until": today,
        "year": today.year,
    }
    with connection.cursor() as cursor:
        cursor.execute(statements.TOUCHED, values)
        return [person_id for (person_id,) in cursor.fetchall()]
