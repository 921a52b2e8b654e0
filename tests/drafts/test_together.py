"""Two at once: one draft from two windows, two people at one visit, a save and what is typed meanwhile. And a save that
is cut off at any of its statements leaves everything as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection
from django.http import HttpResponse

from jinxiu.audit.models import AuditEntry
from jinxiu.evidence.models import Event, Observation
from jinxiu.familydoctor.followups import actions, forms
from jinxiu.familydoctor.models import FormDraft
from jinxiu.people.models import Person
from jinxiu.worklists.models import DueItem
from tests.drafts.test_drafts import address, keep, lines, opened
from tests.fuzz.test_routes import counts
from tests.register.test_registering import as_
from tests.together import at_once
from tests.town import TODAY, Town

VALUES = {"systolic": "138", "diastolic": "84"}


def statuses(*works: Callable[[], HttpResponse]) -> list[int]:
    """What requests that start together are answered."""
    found: list[int] = []
    done = at_once(*(lambda work=work: found.append(work().status_code) for work in works))  # type: ignore[misc]
    assert done == ["done"] * len(works)
    return sorted(found)


def today(person: Person) -> int:
    return Event.objects.filter(person=person, happened_on=TODAY).count()


def test_what_is_saved_at_once_is_kept_once_and_nobodys_is_lost(committed_town: Town) -> None:
    town = committed_town
    zhao, again, wang = as_(town.zhao), as_(town.zhao), as_(town.wang)

    # One window sends twice before the first answer came: one draft, one line.
    page = opened(zhao, town.li)
    sent = statuses(lambda: keep(zhao, town.li, page, **VALUES), lambda: keep(again, town.li, page, **VALUES))
    assert (sent, FormDraft.objects.count(), lines(town.li, "draft.begun")) == ([200, 200], 1, 1)

    # The form is saved twice, and typed in meanwhile: one record, no draft.
    sent = statuses(
        lambda: zhao.post(address(town.li), page | VALUES),
        lambda: again.post(address(town.li), page | VALUES),
        lambda: keep(as_(town.zhao), town.li, page, **VALUES),
    )
    assert sent[:2] == [200, 302] or sent[:2] == [302, 302]
    assert (today(town.li), FormDraft.objects.count(), lines(town.li, "event.recorded")) == (1, 0, 1)

    # Two windows of one nurse: one goes on, the other is told.
    first, second = opened(zhao, town.chen), opened(again, town.chen)
    sent = statuses(lambda: keep(zhao, town.chen, first, **VALUES), lambda: keep(again, town.chen, second, **VALUES))
    assert (sent, FormDraft.objects.count()) == ([200, 409], 1)

    # Two people at one visit: each has a draft; who saves second is asked, and may keep both.
    hers, his = opened(zhao, town.wu), opened(wang, town.wu)
    sent = statuses(lambda: keep(zhao, town.wu, hers, **VALUES), lambda: keep(wang, town.wu, his, **VALUES))
    assert (sent, FormDraft.objects.filter(person=town.wu).count()) == ([200, 200], 2)
    answers: dict[str, HttpResponse] = {}

    def save(name: str) -> HttpResponse:
        client, form = (zhao, hers) if name == "zhao" else (wang, his)
        answers[name] = client.post(address(town.wu), form | VALUES)
        return answers[name]

    assert statuses(lambda: save("zhao"), lambda: save("wang")) == [200, 302]
    assert (today(town.wu), FormDraft.objects.filter(person=town.wu).count()) == (1, 1)
    (asked,) = [answer.content.decode() for answer in answers.values() if answer.status_code == 200]
    assert ("Wang Jianguo" if answers["zhao"].status_code == 200 else "Zhao Min") in asked


# --- cut off ----------------------------------------------------------------------------------------------------------


class _CutError(OperationalError):
    """The connection to the database is gone, as when the process or the server is killed."""


@contextmanager
def cut_at(step: int) -> Iterator[list[str]]:
    """Cut the connection at a statement, by its place; yields the statements that were asked for."""
    asked: list[str] = []

    def run(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append(sql)
        if len(asked) == step:
            raise _CutError
        return execute(sql, params, many, context)

    with connection.execute_wrapper(run):
        yield asked


def everything(person: Person) -> tuple[object, ...]:
    """How many rows each table has, and what the tables that a save writes say of the person."""
    tables = (Event, Observation, FormDraft, DueItem, AuditEntry)
    rows = [list(table.objects.filter(person_id=person.pk).order_by("pk").values()) for table in tables]  # type: ignore[attr-defined]
    return counts(), *rows


def test_a_save_cut_off_at_any_statement_leaves_all_or_nothing(town: Town) -> None:
    zhao = as_(town.zhao)
    page = opened(zhao, town.wu)
    keep(zhao, town.wu, page, **VALUES)
    form = forms.definitions()["hypertension"]
    values = {"happened_on": TODAY, "mode": "clinic", "systolic": 138.0, "diastolic": 84.0}
    said: dict[str, Any] = {"person_id": town.wu.pk, "forms": [form], "values": values}
    viewer, before, step = town.viewer(town.zhao), everything(town.wu), 0
    while True:
        step += 1
        with cut_at(step) as asked:
            try:
                actions.record(viewer=viewer, token=page["token"], seen=int(page["seen"]), **said)
                break
            except _CutError:
                assert len(asked) >= step
        assert everything(town.wu) == before, asked[step - 1]
    assert step > 20, "nothing was cut"
    assert (today(town.wu), FormDraft.objects.count(), lines(town.wu, "event.recorded")) == (1, 0, 1)
    assert everything(town.wu) != before
