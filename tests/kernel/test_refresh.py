"""Due items follow the facts: one person's at once, everybody's by night, the same both ways."""

import random
import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from django.db import connections, transaction

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM, Actor
from jinxiu.evidence import actions as evidence
from jinxiu.evidence.models import Event
from jinxiu.people.actions import record_departure
from jinxiu.worklists import judging
from jinxiu.worklists.actions import EvaluationError, Refreshed, refresh_everyone, refresh_person
from jinxiu.worklists.models import DueItem, EvaluationRun, PersonRefresh
from jinxiu.worklists.queries import due_for_person, last_run
from tests.town import FLAGS, TODAY, Town, contact

_BOOKKEEPING = ("id", "opened_at", "closed_at", "run_id")


def items() -> list[dict[str, Any]]:
    """All due items without the traces of how they came about."""
    rows = DueItem.objects.order_by("person_id", "standard", "clause", "cycle", "closed_reason", "pk").values()
    return [{name: value for name, value in row.items() if name not in _BOOKKEEPING} for row in rows]


def refresh(person_id: int, today: date = TODAY) -> Refreshed:
    return refresh_person(person_id=person_id, today=today, actor=SYSTEM)


def followup(town: Town) -> Any:
    return next(item for item in due_for_person(town.li.pk, TODAY) if item.clause == "followup")


# --- one person -------------------------------------------------------------------------------------------------------


def test_a_contact_closes_the_old_item_and_opens_the_next(town: Town) -> None:
    assert followup(town).status == "overdue"
    contact(town.li, town.zhao, TODAY, systolic=148, diastolic=92)
    refreshed = refresh(town.li.pk)
    new = followup(town)
    assert (new.classification, new.status, new.due_on) == ("uncontrolled", "due", TODAY + timedelta(days=14))
    old = DueItem.objects.get(person=town.li, clause="followup", closed_reason="gone")
    assert old.cycle == "2026-07-01"
    assert (refreshed.opened, refreshed.closed) == (1, 1)
    assert {verdict.status for verdict in refreshed.verdicts} >= {"due", "upcoming"}


def test_an_examination_closes_the_year_as_kept(town: Town) -> None:
    evidence.append_event(
        person_id=town.chen.pk, kind="exam.annual", happened_on=TODAY, mode="clinic", observations={}, recorded_by=None
    )
    refresh(town.chen.pk)
    closed = DueItem.objects.filter(person=town.chen, clause="yearly_exam", cycle="2026")
    assert {item.closed_reason for item in closed} == {"kept"}


def test_a_correction_changes_the_item_in_place(town: Town) -> None:
    before = followup(town)
    event = Event.objects.get(person=town.li)
    evidence.correct_event(
        event_id=event.pk,
        happened_on=event.happened_on,
        mode="clinic",
        observations=FLAGS | {"systolic": 158, "diastolic": 82},
        actor=SYSTEM,
        recorded_by=None,
        today=TODAY,
    )
    assert refresh(town.li.pk).changed
    after = followup(town)
    assert (after.id, after.opened_at) == (before.id, before.opened_at)
    assert (before.classification, after.classification) == ("controlled", "uncontrolled")


def test_the_dead_and_the_moved_are_owed_nothing(town: Town) -> None:
    for person, died in ((town.chen, True), (town.li, False)):
        record_departure(person_id=person.pk, on=TODAY, died=died, actor=SYSTEM)
        refresh(person.pk)
        assert due_for_person(person.pk, TODAY) == ()


def test_refreshing_again_changes_nothing_and_says_nothing(town: Town) -> None:
    before, lines = items(), AuditEntry.objects.count()
    again = refresh(town.wu.pk)
    assert (again.opened, again.changed, again.closed) == (0, 0, 0)
    assert (items(), AuditEntry.objects.count()) == (before, lines)


def test_a_change_leaves_a_line_with_counts_only(town: Town) -> None:
    contact(town.li, town.zhao, TODAY, systolic=148, diastolic=92)
    refresh_person(person_id=town.li.pk, today=TODAY, actor=Actor(user_id=7, name="赵敏", role="nurse"))
    line = AuditEntry.objects.latest("pk")
    assert (line.action, line.actor_name, line.person_id) == ("worklist.refreshed", "赵敏", town.li.pk)
    assert set(line.detail) == {"opened", "changed", "closed"}


def test_status_follows_the_day_and_is_stored_nowhere(town: Town) -> None:
    due_on = followup(town).due_on
    item = DueItem.objects.get(pk=followup(town).id)
    for day, status in ((due_on, "due"), (due_on + timedelta(days=1), "overdue"), (item.opens_on, "due")):
        assert next(one.status for one in due_for_person(town.li.pk, day) if one.id == item.pk) == status


# --- everybody --------------------------------------------------------------------------------------------------------


@pytest.fixture
def night(town: Town) -> Callable[..., EvaluationRun]:
    """The night, as if the people had been refreshed in transactions of long ago."""

    def run(today: date = TODAY, **options: Any) -> EvaluationRun:
        PersonRefresh.objects.all().delete()
        return refresh_everyone(today, **options)

    return run


def test_the_night_writes_what_each_refresh_would(town: Town, night: Callable[..., EvaluationRun]) -> None:
    one_by_one = items()
    DueItem.objects.all().delete()
    run = night()
    assert items() == one_by_one
    assert run.counts["opened"] == run.counts["open"] == len(one_by_one)


@pytest.mark.parametrize("days", [1, 14, 38, 365])
def test_the_night_and_each_refresh_go_the_same_way_from_day_to_day(
    town: Town, night: Callable[..., EvaluationRun], days: int
) -> None:
    """Closing, changing and opening together: from today's list to another day's."""
    contact(town.zhou, town.wang, TODAY, kind="followup.diabetes", fasting_glucose=8.1)
    evidence.withdraw_event(
        event_id=Event.objects.filter(person=town.wu).latest("pk").pk, reason="slip", actor=SYSTEM, recorded_by=None
    )
    day = TODAY + timedelta(days=days)
    point = transaction.savepoint()
    run = night(day)
    by_night = items()
    assert run.counts["opened"] + run.counts["changed"] + run.counts["closed"] > 0
    transaction.savepoint_rollback(point)
    for person in town.people:
        refresh(person.pk, day)
    assert items() == by_night


def test_running_twice_changes_nothing(town: Town, night: Callable[..., EvaluationRun]) -> None:
    night()
    before = list(DueItem.objects.order_by("pk").values())
    again = night()
    assert list(DueItem.objects.order_by("pk").values()) == before
    assert (again.counts["opened"], again.counts["changed"], again.counts["closed"]) == (0, 0, 0)
    assert again.counts["people"] == again.counts["judged_again"] == 6


def test_the_night_leaves_a_run_and_a_line(town: Town, night: Callable[..., EvaluationRun]) -> None:
    steps: list[float] = []
    run = night(progress=lambda _words, share: steps.append(share))
    assert last_run() == run
    assert run.seconds is not None
    assert steps == sorted(steps)
    assert steps[-1] == 1.0
    line = AuditEntry.objects.latest("pk")
    assert (line.action, line.actor_name, line.detail["run"]) == ("worklist.evaluated", "jinxiu", run.pk)


def test_if_judge_and_population_disagree_nothing_is_written(
    town: Town, night: Callable[..., EvaluationRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = judging.at_once

    def wrong(*given: Any) -> pa.Table:
        rows = real(*given)
        due = rows.column_names.index("due_on")
        return rows.set_column(due, rows.schema.field(due), rows["opens_on"])

    monkeypatch.setattr(judging, "at_once", wrong)
    before = items()
    with pytest.raises(EvaluationError, match="disagree on person") as error:
        night()
    assert "explain" in str(error.value)
    assert items() == before
    assert last_run() is None


# --- at the same time -------------------------------------------------------------------------------------------------


def in_threads(*works: Callable[[], object]) -> None:
    """Do all at once, each on a connection of its own; raise what one of them raises."""
    faults: list[BaseException] = []
    ready = threading.Barrier(len(works))

    def one(work: Callable[[], object]) -> None:
        try:
            ready.wait(10)
            work()
        except BaseException as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "they wait for each other"
    if faults:
        raise faults[0]


def save(town: Town, person: Any, **values: float) -> Callable[[], None]:
    """What a nurse's save does: evidence and due items in one transaction."""

    @transaction.atomic
    def work() -> None:
        contact(person, town.zhao, TODAY, **values)
        refresh(person.pk)

    return work


def assert_settled(town: Town) -> None:
    """The list is what the facts say: looking again finds nothing to do."""
    before = items()
    for person in town.people:
        again = refresh(person.pk)
        assert (again.opened, again.changed, again.closed) == (0, 0, 0), person.name
    assert items() == before


def test_two_saves_at_once_end_in_one_correct_list(committed_town: Town) -> None:
    town = committed_town
    for _ in range(5):
        in_threads(save(town, town.li, systolic=148, diastolic=92), save(town, town.li, systolic=130, diastolic=80))
        assert_settled(town)
    assert Event.objects.filter(person=town.li, happened_on=TODAY).count() == 10
    assert DueItem.objects.filter(person=town.li, clause="followup", closed_at=None).count() == 1


def test_saves_and_the_night_at_once_end_in_one_correct_list(committed_town: Town) -> None:
    town = committed_town
    chosen = random.Random(5)
    for _ in range(3):
        value = chosen.choice([130, 150, 185])
        in_threads(
            lambda: refresh_everyone(TODAY),
            save(town, town.li, systolic=value, diastolic=80),
            save(town, town.feng, systolic=value, diastolic=80),
        )
        assert_settled(town)


def test_who_is_saved_while_the_night_thinks_keeps_the_newer_list(
    committed_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The night's facts are from before the save; it must not write the old list over the new one."""
    town, real = committed_town, judging.at_once

    def slowly(*given: Any) -> pa.Table:
        rows = real(*given)
        in_threads(save(town, town.li, systolic=184, diastolic=82))
        return rows

    monkeypatch.setattr(judging, "at_once", slowly)
    refresh_everyone(TODAY)
    assert followup(town).classification == "danger"
    assert_settled(town)


def test_one_night_at_a_time(committed_town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    real = judging.at_once

    def meanwhile(*given: Any) -> pa.Table:
        with pytest.raises(EvaluationError, match="already"):
            in_threads(lambda: refresh_everyone(TODAY))
        return real(*given)

    monkeypatch.setattr(judging, "at_once", meanwhile)
    refresh_everyone(TODAY)
    refresh_everyone(TODAY)  # the lock is free again
