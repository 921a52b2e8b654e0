"""The generated district, built once: one transaction holds all of it, so there is a whole one or none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction

from jinxiu.demo import accounts, actions, queries
from jinxiu.demo.accounts import Account
from jinxiu.demo.district import District, generate
from jinxiu.demo.load import load, rows_in

if TYPE_CHECKING:
    from jinxiu.demo.models import DemoDistrict

Progress = Callable[[str, int, int], None]  # label, done, total

_ONE_BUILDER = 5_405_201  # any number that is ours alone: the database's lock for building the demo


class DemoError(ValueError):
    """The demo cannot be built here; the text is one sentence that says what to do."""


@dataclass(frozen=True)
class Built:
    """The district that stands now: perhaps an older one than was asked for, then `is_new` is false."""

    residents: int
    seed: int
    built_for: dt.date
    is_new: bool
    accounts: tuple[Account, ...]


def no_progress(label: str, done: int, total: int) -> None:
    """For callers who do not watch."""


def build(residents: int, seed: int, today: dt.date, progress: Progress = no_progress) -> Built:
    """Fill the database with a generated district, unless it has one already.

    What a killed run began was never committed, so the next run begins again; a run after a whole one changes nothing.
    Evaluating the standards is the next step and not part of it. Raises DemoError with a sentence.
    """
    is_new = False
    found = queries.district()
    if found is None:
        found, is_new = _build_once(residents, seed, today, progress)
    return Built(found.residents, found.seed, found.built_for, is_new, tuple(_accounts(found)))


def _build_once(residents: int, seed: int, today: dt.date, progress: Progress) -> tuple[DemoDistrict, bool]:
    district = _generate(residents, seed, today, progress)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_BUILDER])
        there = queries.district()  # another process may have been quicker
        if there is not None:
            return there, False
        if queries.somebody_works_here():
            raise DemoError(
                "People already work in this database, so it takes no invented residents; "
                "choose another --data DIR, or an empty database in DATABASE_URL."
            )
        _load(district, seed, progress)
        return actions.mark_complete(residents=residents, seed=seed, today=today), True


def _generate(residents: int, seed: int, today: dt.date, progress: Progress) -> District:
    progress("Inventing residents", 0, residents)
    try:
        district = generate(residents, seed, today)
    except ValueError as error:
        raise DemoError(str(error)) from error
    progress("Inventing residents", residents, residents)
    return district


def _load(district: District, seed: int, progress: Progress) -> None:
    done, total = 0, rows_in(district)

    def advance(rows: int) -> None:
        nonlocal done
        done += rows
        progress("Loading records", min(done, total), total)

    advance(0)
    load(district, seed, advance)
    progress("Loading records", total, total)


def _accounts(district: DemoDistrict) -> list[Account]:
    """The accounts as remembered beside the database; where the file is lost, the same accounts with new passwords."""
    directory, token = Path(settings.JINXIU_DATA), str(district.token)
    known = accounts.recall(directory, token)
    if known is None:
        known = actions.open_accounts(queries.posts(queries.biggest_team()))
        accounts.remember(directory, token, known)
    return known
