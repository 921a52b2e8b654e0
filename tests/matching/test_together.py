"""Merging while others work, with real transactions: nothing is lost, and whoever is too late is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from jinxiu.evidence.facts import person_facts
from jinxiu.familydoctor.imports.job import RegisterChangedError
from jinxiu.familydoctor.imports.report import ImportReport
from jinxiu.familydoctor.matching.actions import MergeError
from jinxiu.people.correcting import actions as correcting
from jinxiu.people.correcting import queries as data
from jinxiu.people.correcting.rules import Wanted
from jinxiu.people.models import Merge, Person
from tests.imports.test_residents import li
from tests.imports.test_together import Import, wait_until_somebody_waits
from tests.matching.twice import NUMBER, merge, second_li
from tests.town import TODAY, Town, contact


class Meanwhile(threading.Thread):
    """Something done on a connection of its own; `outcome` is what it returned or raised."""

    def __init__(self, what: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.what = what
        self.outcome: Any = None

    def run(self) -> None:
        try:
            self.outcome = self.what()
        except Exception as error:
            self.outcome = error
        finally:
            connection.close()

    def ended(self) -> Any:
        self.join(60)
        return self.outcome


@pytest.fixture
def two(committed_town: Town) -> tuple[Town, Person]:
    return committed_town, second_li(committed_town)


def test_a_follow_up_saved_while_its_record_is_merged_is_the_kept_ones(two: tuple[Town, Person]):
    town, again = two
    with transaction.atomic():
        merge(town.viewer(town.zhao), town.li, again)
        nurse = Meanwhile(lambda: contact(again, town.zhao, TODAY, systolic=138, diastolic=82))
        nurse.start()
        wait_until_somebody_waits()
    assert isinstance(nurse.ended(), int)
    known = person_facts(town.li.pk)
    assert known is not None
    assert len(known.events) == 4


def test_a_merge_waits_for_a_follow_up_that_is_being_saved(two: tuple[Town, Person]):
    town, again = two
    with transaction.atomic():
        contact(again, town.zhao, TODAY, systolic=138, diastolic=82)
        clerk = Meanwhile(lambda: merge(town.viewer(town.zhao), town.li, again))
        clerk.start()
        wait_until_somebody_waits()
    assert isinstance(clerk.ended(), Merge)
    known = person_facts(town.li.pk)
    assert known is not None
    assert len(known.events) == 4


def test_whoever_corrects_the_record_that_goes_is_told(two: tuple[Town, Person]):
    town, again = two
    before = data.data_of(data.person_now(again.pk))
    columns = {name: before[name] for name in ("sex", "birth_date", "place_id", "address")}
    nothing: frozenset[int] = frozenset()
    wanted = Wanted(
        "李秀岚", **columns, replaced={}, dropped=nothing, added=(), dropped_phones=nothing, added_phones=()
    )
    with transaction.atomic():
        merge(town.viewer(town.zhao), town.li, again)
        clerk = Meanwhile(
            lambda: correcting.correct_person(
                person_id=again.pk,
                revision=1,
                before=before,
                wanted=wanted,
                reason="typing_mistake",
                words="",
                staff_id=None,
                actor=town.viewer(town.zhao).actor,
            )
        )
        clerk.start()
        wait_until_somebody_waits()
    assert isinstance(clerk.ended(), correcting.ChangedMeanwhileError)
    assert Person.objects.get(pk=again.pk).name == "李秀兰"


def test_two_merges_of_one_pair_in_both_directions_at_once(two: tuple[Town, Person]):
    town, again = two
    with transaction.atomic():
        merge(town.viewer(town.zhao), town.li, again)
        doctor = Meanwhile(lambda: merge(town.viewer(town.wang), again, town.li, revisions=(1, 1)))
        doctor.start()
        wait_until_somebody_waits()
    assert isinstance(doctor.ended(), MergeError)
    assert Merge.objects.count() == 1


def test_a_chain_made_by_two_at_once_is_refused(two: tuple[Town, Person]):
    town, again = two
    with transaction.atomic():
        merge(town.viewer(town.zhao), town.li, again)
        doctor = Meanwhile(lambda: merge(town.viewer(town.wang), town.chen, town.li, revisions=(1, 1)))
        doctor.start()
        wait_until_somebody_waits()
    assert isinstance(doctor.ended(), MergeError)
    assert Person.objects.get(pk=town.li.pk).merged_into is None


def test_an_import_during_a_merge_writes_nothing_to_the_record_that_goes(two: tuple[Town, Person]):
    town, again = two
    with transaction.atomic():
        merge(town.viewer(town.zhao), town.li, again)
        job = Import(li(身份证号=NUMBER, 现住址="柳巷路 99 号"))
        job.start()
        wait_until_somebody_waits()
    assert isinstance(job.ended(), RegisterChangedError)
    report = Import(li(身份证号=NUMBER, 现住址="柳巷路 99 号"))
    report.start()
    assert isinstance(report.ended(), ImportReport)
    home = Person.objects.select_related("household").get(pk=town.li.pk).household
    assert home is not None
    assert home.address == "柳巷路 99 号"
