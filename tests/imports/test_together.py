"""An import while others work, with real transactions: nothing is overwritten unseen, nobody is registered twice."""

from __future__ import annotations

import threading
import time
from datetime import date

from django.db import connection, transaction

from jinxiu.audit.origin import SYSTEM
from jinxiu.familydoctor.imports.job import RegisterChangedError
from jinxiu.familydoctor.imports.report import ImportReport
from jinxiu.people import actions
from jinxiu.people.models import Person
from tests.imports.test_residents import NEW, bring, li
from tests.kernel.conftest import _emptied_at_the_end, committed_town
from tests.town import Town

__all__ = ["_emptied_at_the_end", "committed_town"]


class Import(threading.Thread):
    """An import on a connection of its own; `outcome` is its report or what it raised."""

    def __init__(self, *rows: tuple[str, ...]) -> None:
        super().__init__(daemon=True)
        self.rows = rows
        self.outcome: ImportReport | Exception | None = None

    def run(self) -> None:
        try:
            self.outcome = bring(*self.rows)
        except Exception as error:
            self.outcome = error
        finally:
            connection.close()

    def ended(self) -> ImportReport | Exception | None:
        self.join(60)
        return self.outcome


def wait_until_somebody_waits() -> None:
    """Until a session of the database waits for another one."""
    end = time.monotonic() + 30
    while not _count("SELECT count(*) FROM pg_locks WHERE NOT granted"):
        assert time.monotonic() < end, "nobody waits"
        time.sleep(0.05)


def _count(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])


def test_an_import_waits_for_who_is_edited_and_compares_with_what_they_wrote(committed_town: Town) -> None:
    with transaction.atomic():
        person = Person.objects.select_for_update(no_key=True).get(pk=committed_town.li.pk)
        person.name = "李改名"
        person.save(update_fields=["name"])
        job = Import(li(现住址="柳巷路 99 号"))
        job.start()
        wait_until_somebody_waits()
    report = job.ended()
    assert isinstance(report, ImportReport), report
    assert dict(report.changed_fields) == {"name": 1, "address": 1}
    assert [(one.was, one.becomes) for one in report.changes if one.field == "name"] == [("李改名", "李秀兰")]


def test_somebody_registers_the_same_newborn_in_the_meantime(committed_town: Town) -> None:
    with transaction.atomic():
        actions.register_person(
            name="张建华", sex="M", birth_date=date(1950, 2, 1), identifiers=[("id_card", NEW[1])], actor=SYSTEM
        )
        job = Import(NEW, li(现住址="柳巷路 99 号"))
        job.start()
        wait_until_somebody_waits()
    assert isinstance(job.ended(), RegisterChangedError)
    assert Person.objects.filter(name="张建华").count() == 1
    committed_town.li.refresh_from_db()
    assert committed_town.li.household_id == committed_town.chen.household_id  # all or nothing
    assert dict(+bring(NEW).counts) == {"changed": 1}


def test_two_imports_of_the_same_file_at_once(committed_town: Town) -> None:
    jobs = [Import(NEW), Import(NEW)]
    for job in jobs:
        job.start()
    reports = [report for job in jobs if isinstance(report := job.ended(), ImportReport)]
    assert sorted((report.counts["new"], report.counts["same"]) for report in reports) == [(0, 1), (1, 0)]
    assert Person.objects.filter(name="张建华").count() == 1
