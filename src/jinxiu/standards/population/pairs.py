"""Questions and their answers, for all members: as `schedules.after_each_slots`."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis

from jinxiu.standards.model import AfterEach, CountEvents, CountObservations
from jinxiu.standards.population.answers import offset_day
from jinxiu.standards.population.engines import Table, Workspace
from jinxiu.standards.population.occurrences import Occurrences
from jinxiu.standards.population.texts import arguments_json, date_json, ids_json, listed


class AfterEachRows:
    """Every question of one clause that waits, and those that were answered this year.

    Each answer goes to the earliest question that waits. Set-based: along a person's line of questions and answers,
    `ahead` is answers less questions. An answer finds nobody waiting exactly when `ahead` rises to a height above
    nought that it never had before; `strays` is that height. So the n-th question is answered by the answer whose
    number, less the strays so far, is n.
    """

    def __init__(self, place: Workspace, clause: AfterEach, members: Table, seen: Occurrences, as_of: date) -> None:
        self._place, self._clause, self._members, self._as_of = place, clause, members, as_of
        self._seen = seen

    def table(self, verdicts: Any) -> Table:
        """The rows, by the caller's `verdicts`."""
        clause, rows = self._clause, self._shown()
        due_on = offset_day(rows.happened_on, 0, clause.within_days)
        closes = clause.closes_after_days
        arguments = {
            "each_on": date_json(rows.happened_on),
            "days": ibis.literal(str(clause.within_days)),
            "due_on": date_json(due_on),
            "answered_on": date_json(rows.answered_on),
        }
        done, missing = (arguments_json(arguments, outcome.placeholders) for outcome in (clause.done, clause.missing))
        again = ibis.ifelse(rows.of_the_day > 0, ibis.literal("/") + (rows.of_the_day + 1).cast("string"), "")
        return verdicts(
            rows,
            clause,
            cycle=rows.happened_on.cast("string") + again,
            kept=rows.kept,
            opens_on=rows.happened_on,
            due_on=due_on,
            closes_on=ibis.null("date") if closes is None else offset_day(rows.happened_on, 0, closes),
            action=ibis.literal(clause.action),
            urgency=ibis.ifelse(rows.kept, 0, clause.urgency),
            reason_code=ibis.ifelse(rows.kept, clause.done.reason, clause.missing.reason),
            reason_args=ibis.ifelse(rows.kept, done, missing),
            facts_used=ids_json(listed(rows.enrolment_id) + listed(rows.id) + listed(rows.answer_id)),
        )

    def _shown(self) -> Table:
        line = self._line()
        asked = line.filter(~line.is_answer)
        given = line.filter(line.is_answer, ~line.stray)
        given = given.select(
            answer_person=given.person_id,
            number=given.answers - given.strays,
            answered_on=given.happened_on,
            answer_id=given.id,
        )
        rows = asked.left_join(given, [asked.person_id == given.answer_person, asked.questions == given.number])
        rows = rows.mutate(kept=rows.answer_id.notnull())
        answered_this_year = (rows.answered_on.year() == self._as_of.year).fill_null(False)
        return rows.filter(~rows.kept | answered_this_year)

    def _line(self) -> Table:
        """All questions and answers of everybody with, up to each: how many questions, answers and strays."""
        both = ibis.union(
            self._found(self._clause.each, is_answer=False),
            self._found(self._clause.answered_by, is_answer=True),
            distinct=False,
        )
        both = self._place.keep(both, "line")
        order = [both.happened_on, both.is_answer.cast("int32"), both.id]
        so_far = ibis.cumulative_window(group_by=both.person_id, order_by=order)
        answer, question = (ibis.ifelse(is_one, both.id, None) for is_one in (both.is_answer, ~both.is_answer))
        of_the_day = ibis.row_number().over(
            group_by=[both.person_id, both.happened_on, both.is_answer], order_by=[both.id]
        )
        line = both.mutate(
            answers=answer.count().over(so_far),
            questions=question.count().over(so_far),
            of_the_day=of_the_day,
        )
        line = self._place.keep(line, "line")
        order = [line.happened_on, line.is_answer.cast("int32"), line.id]
        so_far = ibis.cumulative_window(group_by=line.person_id, order_by=order)
        highest = (line.answers - line.questions).max().over(so_far)
        line = self._place.keep(line.mutate(strays=ibis.greatest(highest, ibis.literal(0, "int64"))), "line")
        order = [line.happened_on, line.is_answer.cast("int32"), line.id]
        before = line.strays.lag().over(group_by=line.person_id, order_by=order).fill_null(0)
        return self._place.keep(line.mutate(stray=line.strays > before), "line")

    def _found(self, counts: CountEvents | CountObservations, *, is_answer: bool) -> Table:
        rows = self._seen.of(counts).inner_join(
            self._members.select("person_id", "start_on", "enrolment_id"), "person_id"
        )
        rows = rows.filter(rows.happened_on >= rows.start_on)
        return rows.select("person_id", "enrolment_id", "happened_on", "id", is_answer=ibis.literal(is_answer))
