"""Questions and their answers, of all clauses and for all members: as `schedules.after_each_slots`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import ibis

from jinxiu.standards.model import AfterEach
from jinxiu.standards.population.answers import days_after
from jinxiu.standards.population.engines import Table, Workspace
from jinxiu.standards.population.occurrences import ANSWER, QUESTION, Occurrences, Want
from jinxiu.standards.population.promises import Promise, outcome_columns, outcome_values, table
from jinxiu.standards.population.texts import Shapes, date_json, listed

_COLUMNS = {"within_days": "int32", "closes_after": "int32", "action": "string", "urgency": "int32"}
_LINE = ("number", "person_id")  # each clause has a line of its own for each person


def wants(promise: Promise) -> Iterator[Want]:
    """The questions and answers that a clause looks for, all from start_on."""
    yield Want(promise, QUESTION, promise.clause.each)
    yield Want(promise, ANSWER, promise.clause.answered_by)


class Pairs:
    """Every question that waits, and those that were answered this year.

    Each answer goes to the earliest question that waits. Set-based: along a person's line of questions and answers,
    `ahead` is answers less questions. An answer finds nobody waiting exactly when `ahead` rises to a height above
    nought that it never had before; `strays` is that height. So the n-th question is answered by the answer whose
    number, less the strays so far, is n.
    """

    def __init__(self, place: Workspace, promises: Sequence[Promise], seen: Occurrences, as_of: date) -> None:
        self._place, self._seen, self._as_of = place, seen, as_of
        self._shapes = Shapes()
        columns = _COLUMNS | outcome_columns("done", "missing")
        self._clauses = table(place, "pairs", promises, columns, self._values)

    def rows(self) -> Table:
        """The verdict rows, as `verdicts.COLUMNS`."""
        rows = self._shown().inner_join(self._clauses, "number")
        due_on = days_after(rows.happened_on, rows.within_days)
        arguments = {
            "each_on": date_json(rows.happened_on),
            "days": rows.within_days.cast("string"),
            "due_on": date_json(due_on),
            "answered_on": date_json(rows.answered_on),
        }
        again = ibis.ifelse(rows.of_the_day > 0, ibis.literal("/") + (rows.of_the_day + 1).cast("string"), "")
        shape = ibis.ifelse(rows.kept, rows.done_shape, rows.missing_shape)
        return rows.mutate(
            cycle=rows.happened_on.cast("string") + again,
            opens_on=rows.happened_on,
            due_on=due_on,
            closes_on=days_after(rows.happened_on, rows.closes_after),
            classification=ibis.null("string"),
            urgency=ibis.ifelse(rows.kept, 0, rows.urgency),
            reason_code=ibis.ifelse(rows.kept, rows.done_reason, rows.missing_reason),
            reason_args=self._shapes.json(shape, arguments),
            facts_used=listed(rows.enrolment_id) + listed(rows.id) + listed(rows.answer_id),
        )

    def _values(self, clause: AfterEach) -> list[Any]:
        outcomes = outcome_values(self._shapes, clause.done, clause.missing)
        return [clause.within_days, clause.closes_after_days, clause.action, clause.urgency, *outcomes]

    def _shown(self) -> Table:
        line = self._line()
        asked = line.filter(~line.is_answer)
        given = line.filter(line.is_answer, ~line.stray)
        given = given.select(
            *_LINE, questions=given.answers - given.strays, answered_on=given.happened_on, answer_id=given.id
        )
        together = [*_LINE, "questions"]
        rows = asked.left_join(given, together).drop(*(f"{name}_right" for name in together))
        rows = rows.mutate(kept=rows.answer_id.notnull())
        answered_this_year = (rows.answered_on.year() == self._as_of.year).fill_null(False)
        return rows.filter(~rows.kept | answered_this_year)

    def _line(self) -> Table:
        """All questions and answers of everybody with, up to each: how many questions, answers and strays."""
        both = self._both()
        answer, question = (ibis.ifelse(is_one, both.id, None) for is_one in (both.is_answer, ~both.is_answer))
        of_the_day = ibis.row_number().over(
            group_by=[both.number, both.person_id, both.happened_on, both.is_answer], order_by=[both.id]
        )
        line = both.mutate(
            answers=answer.count().over(_so_far(both)),
            questions=question.count().over(_so_far(both)),
            of_the_day=of_the_day,
        )
        line = self._place.keep(line, "line")
        highest = (line.answers - line.questions).max().over(_so_far(line))
        line = self._place.keep(line.mutate(strays=ibis.greatest(highest, ibis.literal(0, "int64"))), "line")
        before = line.strays.lag().over(group_by=[line[name] for name in _LINE], order_by=_order(line)).fill_null(0)
        return self._place.keep(line.mutate(stray=line.strays > before), "line")

    def _both(self) -> Table:
        found = (self._seen.of(role) for role in (QUESTION, ANSWER))
        asked, given = (
            rows.mutate(is_answer=ibis.literal(is_answer)) for rows, is_answer in zip(found, (False, True), strict=True)
        )
        return self._place.keep(ibis.union(asked, given, distinct=False), "line")


def _order(line: Table) -> list[Any]:
    return [line.happened_on, line.is_answer.cast("int32"), line.id]


def _so_far(line: Table) -> Any:
    return ibis.cumulative_window(group_by=[line[name] for name in _LINE], order_by=_order(line))
