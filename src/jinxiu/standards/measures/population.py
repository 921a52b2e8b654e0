"""Measures over a whole population: the same meaning as the `referee`, as set-based expressions.

Each fact becomes rows of (person, count, holds), made once however many measures ask for it. The Ibis expressions use
only what DuckDB and PostgreSQL both have. Property-based tests hold the two executors equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any

import ibis
import pyarrow as pa

from jinxiu.standards.facts import Facts
from jinxiu.standards.measures.model import (
    ANY,
    EARLIEST,
    END,
    START,
    WITHDRAWN,
    Age,
    AllOf,
    Anchor,
    AnyOf,
    Born,
    Compound,
    Enrolments,
    Events,
    Expression,
    Fact,
    Followed,
    HasEnrolment,
    HasEvent,
    Having,
    Is,
    LatestEvent,
    LivesHere,
    Measure,
    Must,
    NotOf,
    Period,
    Readings,
    Sex,
    Share,
    Span,
    Stay,
    When,
)
from jinxiu.standards.population.answers import age_on, day, days_after, limit_at
from jinxiu.standards.population.engines import Table, Workspace, workspace

MEASURE_SCHEMA = pa.schema(
    [
        *(pa.field(name, pa.string(), False) for name in ("person_id", "measure", "version")),
        *(
            pa.field(name, pa.bool_(), False)
            for name in ("initial_population", "denominator", "denominator_exclusion", "denominator_exception")
        ),
        pa.field("numerator", pa.bool_(), False),
        *(pa.field(name, pa.int64(), False) for name in ("counted", "of")),
        *(pa.field(name, pa.string(), True) for name in ("missing", "team_id", "institution_id")),
        *(pa.field(name, pa.string(), True) for name in ("community", "district")),
    ]
)
_AT_ONCE = 6  # measures in one statement: putting many into words costs more than in proportion
_COMPARE = {
    "at_least": lambda value, limit: value >= limit,
    "at_most": lambda value, limit: value <= limit,
    "below": lambda value, limit: value < limit,
    "above": lambda value, limit: value > limit,
    "is": lambda value, limit: value == limit,
}


def measure_rows(
    measures: Sequence[Measure], facts: Facts, period: Period, engine: str = "duckdb", connection: Any = None
) -> pa.Table:
    """Everybody in the initial population of each measure over one period, in MEASURE_SCHEMA, sorted by person_id and
    measure: where they stand, what they add to the number, and the team and place they belonged to at its end.

    `engine` is duckdb, or postgres with an open psycopg connection.
    """
    with workspace(engine, facts, connection) as place:
        some = [measures[first : first + _AT_ONCE] for first in range(0, len(measures), _AT_ONCE)]
        parts = [_of_schema(place.fetch(_Town(place, period, one).rows(one))) for one in some]
    rows = pa.concat_tables([MEASURE_SCHEMA.empty_table(), *parts])
    return rows.sort_by([(column, "ascending") for column in ("person_id", "measure", "version")])


def _of_schema(rows: pa.Table) -> pa.Table:
    found = [(field.name, field.type) for field in rows.schema]
    if found != [(field.name, field.type) for field in MEASURE_SCHEMA]:
        raise TypeError(f"the engine answered with {found}")
    return rows.cast(MEASURE_SCHEMA)


class _Town:
    """The facts that measures ask for, over one period."""

    def __init__(self, place: Workspace, period: Period, measures: Sequence[Measure]) -> None:
        self.place = place
        self.period = period
        self.tables = {name: place.facts(name) for name in ("people", "enrolments", "events", "observations")}
        self.people = self.tables["people"]
        self.words: dict[tuple[str, str], Table] = {}
        every = [named.fact for measure in measures for named in measure.facts]
        asked = [fact for fact in dict.fromkeys(every) if not isinstance(fact, Compound | Age | Sex | LivesHere | Born)]
        self.numbers = {fact: number for number, fact in enumerate(asked)}
        self.wide = place.keep(self._wide(asked), "facts")

    def _wide(self, asked: Sequence[Fact]) -> Table:
        """Everybody, with `count_n` and `holds_n` for each fact that rows decide."""
        who = self._belonging()
        if not asked:
            return who
        parts = [
            self._found(fact).select(
                "person_id",
                fact=ibis.literal(number, "int64"),
                found=ibis._.found.cast("int64"),
                holds=ibis._.holds,
            )
            for fact, number in self.numbers.items()
        ]
        every: Any = ibis.union(*parts, distinct=False) if len(parts) > 1 else parts[0]
        columns: dict[str, Any] = {}
        for number in self.numbers.values():
            columns[f"count_{number}"] = every.found.max(where=every.fact == number)
            columns[f"holds_{number}"] = every.holds.cast("int32").max(where=every.fact == number)
        rows = who.left_join(every.group_by("person_id").agg(**columns), "person_id").drop("person_id_right")
        filled: dict[str, Any] = {}
        for number in self.numbers.values():
            filled[f"count_{number}"] = rows[f"count_{number}"].fill_null(0)
            filled[f"holds_{number}"] = (rows[f"holds_{number}"] == 1).fill_null(False)
        return rows.mutate(**filled)

    def _belonging(self) -> Table:
        """The people with the team they belonged to on the period's last day, where memberships tell of it."""
        people: Any = self.people.select(
            *("person_id", "birth_date", "sex", "died_on", "left_on"),
            *("team_id", "institution_id", "community", "district"),
        )
        members: Any = self.place.facts("memberships")
        if not self.place.fetch(members.limit(1)).num_rows:
            return people
        last = day(self.period.end)
        there = members.filter(members.start_on <= last, members.end_on.isnull() | (members.end_on >= last))
        newest = ibis.row_number().over(group_by="person_id", order_by=[ibis.desc("start_on"), ibis.desc("team_id")])
        own = there.mutate(nth=newest).filter(ibis._.nth == 0).select("person_id", team_then="team_id")
        homes = people.filter(people.team_id.notnull()).group_by("team_id").agg(home=ibis._.institution_id.min())
        rows = people.left_join(own, "person_id").drop("person_id_right")
        rows = rows.left_join(homes, rows.team_then == homes.team_id).drop("team_id_right")
        return rows.mutate(team_id=rows.team_then, institution_id=rows.home).drop("team_then", "home")

    # --- measures -------------------------------------------------------------------------------------------------

    def rows(self, measures: Sequence[Measure]) -> Table:
        """The rows of all measures, in their order."""
        parts = [self._measure(measure) for measure in measures]
        every: Any = ibis.union(*parts, distinct=False) if len(parts) > 1 else parts[0]
        return self.place.keep(every, "measures")

    def _measure(self, measure: Measure) -> Table:
        wide: Any = self.wide
        columns: dict[str, Any] = {}
        for named in measure.facts:
            columns[named.name] = self._holds(named.fact, columns)

        def says(population: str, otherwise: bool = False) -> Any:
            expression = measure.populations.get(population)
            return ibis.literal(otherwise) if expression is None else _holds(expression, columns)

        initial = says("initial_population")
        denominator = initial & says("denominator", otherwise=True)
        exclusion = denominator & says("denominator_exclusion")
        numerator = denominator & ~exclusion & says("numerator")
        exception = denominator & ~exclusion & ~numerator & says("denominator_exception")
        stays = denominator & ~exclusion & ~exception
        counted, of = ibis.ifelse(numerator, 1, 0), ibis.ifelse(stays, 1, 0)
        if measure.sums:
            counts = {named.name: self._count(named.fact, columns[named.name]) for named in measure.facts}
            counted = ibis.ifelse(numerator, counts[measure.sums.numerator], 0)
            of = ibis.ifelse(stays, counts[measure.sums.denominator], 0)
        unknown = [(stays & ~numerator & columns[name], name) for name in measure.missing]
        missing = ibis.cases(*unknown, else_=ibis.null("string")) if unknown else ibis.null("string")
        return wide.filter(initial).select(
            "person_id",
            measure=ibis.literal(measure.id),
            version=ibis.literal(measure.version),
            initial_population=initial,
            denominator=denominator,
            denominator_exclusion=exclusion,
            denominator_exception=exception,
            numerator=numerator,
            counted=counted.cast("int64"),
            of=of.cast("int64"),
            missing=missing.cast("string"),
            **{name: wide[name] for name in ("team_id", "institution_id", "community", "district")},
        )

    def _holds(self, fact: Fact, columns: dict[str, Any]) -> Any:
        match fact:
            case Compound(expression):
                return _holds(expression, columns)
            case Age() | Sex() | LivesHere() | Born():
                return self._of_person(fact)
        return self.wide[f"holds_{self.numbers[fact]}"]

    def _count(self, fact: Fact, holds: Any) -> Any:
        if fact in self.numbers:
            return self.wide[f"count_{self.numbers[fact]}"]
        return ibis.ifelse(holds, 1, 0).cast("int64")

    def _of_person(self, fact: Age | Sex | LivesHere | Born) -> Any:
        wide: Any = self.wide
        match fact:
            case Age(on, at_least, at_most):
                age = age_on(wide.birth_date, day(self._day(on)))
                fits = age >= (at_least or 0)
                return (fits if at_most is None else fits & (age <= at_most)).fill_null(False)
            case Sex(sex):
                return (wide.sex == sex).fill_null(False)
            case LivesHere(on):
                last = day(self._day(on))
                return ~((wide.died_on <= last).fill_null(False) | (wide.left_on <= last).fill_null(False))
            case Born(span):
                return self._inside(wide.birth_date, span).fill_null(False)

    def _day(self, on: str) -> date:
        return self.period.start if on == START else self.period.end

    # --- which rows -----------------------------------------------------------------------------------------------

    def _inside(self, column: Any, span: Span) -> Any:
        first, last = span.days(self.period)
        inside = column.notnull()
        if first > date.min:
            inside = inside & (column >= day(first))
        return inside if last == date.max else inside & (column <= day(last))

    def _fits(self, start_on: Any, end_on: Any, when: When) -> Any:
        """`end_on` null: has not ended."""
        match when.relation:
            case "starts_in":
                return self._inside(start_on, when.span)
            case "ends_in":
                return self._inside(end_on, when.span)
            case "inside":
                return self._inside(start_on, when.span) & self._inside(end_on, when.span)
        first, last = when.span.days(self.period)
        begun = ibis.literal(True) if last == date.max else start_on <= day(last)
        return begun if first == date.min else begun & (end_on.isnull() | (end_on >= day(first)))

    def _enrolments(self, which: Enrolments, when: When) -> Table:
        rows: Any = self.tables["enrolments"]
        if which.kinds:
            rows = rows.filter(rows.kind.isin(which.kinds))
        if which.end_reasons:
            rows = rows.filter(rows.end_reason.isin(which.end_reasons))
        rows = rows.filter(self._fits(rows.start_on, rows.end_on, when))
        return self._coded(rows, "enrolments", "value", which.codes)

    def _events(self, which: Events, when: When | None) -> Table:
        rows: Any = self.tables["events"]
        for column, wanted in (("kind", which.kinds), ("mode", which.modes), ("setting", which.settings)):
            if wanted:
                rows = rows.filter(rows[column].isin(wanted))
        if which.not_settings:
            rows = rows.filter(rows.setting.isnull() | rows.setting.notin(which.not_settings))
        if when is not None:
            rows = rows.filter(self._fits(rows.happened_on, rows.end_on.coalesce(rows.happened_on), when))
        rows = self._coded(rows, "events", "code", which.codes)
        for having in which.having:
            rows = rows.filter(rows.event_id.isin(self._having(having).event_id))
        return rows

    def _coded(self, rows: Table, table: str, column: str, codes: Sequence[str]) -> Table:
        """The rows with one of the codes in a column."""
        if not codes:
            return rows
        words = self._words(table, column)
        whole = [code for code in codes if not code.endswith("*")]
        fits = [words.word.startswith(code[:-1]) for code in codes if code.endswith("*")]
        fits += [words.word.isin(whole)] if whole else []
        return rows.filter(rows[column].isin(words.filter(reduce(or_, fits)).text))

    def _words(self, table: str, column: str) -> Any:
        """The different texts of a column (text) taken apart at the spaces (word), once."""
        if (table, column) not in self.words:
            rows: Any = self.tables[table]
            texts = rows.filter(rows[column].notnull()).select(text=rows[column]).distinct()
            apart = texts.mutate(word=texts.text.split(" ")).unnest("word")
            self.words[table, column] = self.place.keep(apart, "words")
        return self.words[table, column]

    def _having(self, having: Having) -> Table:
        """The events that have such an observation."""
        rows: Any = self._at_events(having.observation)
        if having.codes:
            rows = self._coded(rows, "observations", "text", having.codes)
        elif having.texts:
            rows = rows.filter(rows.text.isin(having.texts))
        elif having.share is not None:
            rows = self._shared(rows, having.comparison, having.share)
        elif having.limit is not None:
            rows = rows.inner_join(self.people.select("person_id", "birth_date"), "person_id")
            limit = limit_at(having.limit, age_on(rows.birth_date, rows.happened_on))
            rows = rows.filter(_COMPARE[having.comparison](rows.value, limit).fill_null(False))
        return rows.select("event_id")

    def _at_events(self, code: str) -> Table:
        """What was observed of a code at events, and not withdrawn."""
        rows: Any = self.tables["observations"]
        not_withdrawn = rows.text.isnull() | (rows.text != WITHDRAWN)
        return rows.filter(rows.code == code, rows.event_id.notnull(), not_withdrawn)

    def _shared(self, rows: Any, comparison: str, share: Share) -> Table:
        """The rows whose value stands so to the share of some value of the other code at their event."""
        whole: Any = self._at_events(share.of).select("event_id", whole=ibis._.value)
        pairs = rows.inner_join(whole.filter(whole.whole.notnull()), "event_id")
        hundredfold = ibis.literal(share.percent, "float64") * pairs.whole
        return pairs.filter(_COMPARE[comparison](pairs.value * 100, hundredfold).fill_null(False))

    # --- what was found: person_id, found, holds ------------------------------------------------------------------

    def _found(self, fact: Fact) -> Table:
        match fact:
            case HasEnrolment(which, when, at_least):
                rows = self._enrolments(which, when).group_by("person_id").agg(found=ibis._.count())
                return rows.mutate(holds=rows.found >= at_least)
            case HasEvent():
                return self._has_event(fact)
            case Stay():
                return self._stay(fact)
            case LatestEvent():
                return self._latest_event(fact)
            case Readings():
                return self._readings(fact)
            case Followed():
                return self._followed(fact)
        raise TypeError(f"no rows decide {fact!r}")

    def _has_event(self, fact: HasEvent) -> Table:
        rows: Any = self._events(fact.which, fact.when)
        found = rows.happened_on.nunique() if fact.counting == "days" else rows.count()
        counts: Any = rows.group_by("person_id").agg(found=found)
        if not fact.per_year:
            return counts.mutate(holds=counts.found >= fact.at_least)
        enrolled: Any = self._enrolments(Enrolments((fact.since,)), When("overlaps", fact.when.span))
        since = enrolled.group_by("person_id").agg(since=enrolled.start_on.min())
        both = counts.left_join(since, "person_id").drop("person_id_right")
        enough = both.since.notnull() & (both.found >= self._needed(fact, both.since))
        return both.mutate(holds=enough.fill_null(False)).drop("since")

    def _needed(self, fact: HasEvent, since: Any) -> Any:
        """ceil(number x days / days of the year) only falls as the first day moves on: compare days, compute none."""
        first, last = fact.when.span.days(self.period)
        in_year = (date(last.year, 12, 31) - date(last.year, 1, 1)).days + 1
        most = -(-fact.per_year * ((last - first).days + 1) // in_year)
        steps = []
        for number in range(most, 1, -1):
            days_inside = (number - 1) * in_year // fact.per_year + 1
            last_start = last - timedelta(days=days_inside - 1)
            if last_start >= first:
                steps.append((since <= day(last_start), number))
        return (ibis.cases(*steps, else_=1) if steps else ibis.literal(1)).cast("int64")

    def _stay(self, fact: Stay) -> Table:
        first, last = fact.span.days(self.period)
        rows: Any = self._events(fact.which, When("overlaps", fact.span))
        start, end = rows.happened_on, rows.end_on.coalesce(rows.happened_on)
        start = start if first == date.min else ibis.greatest(start, day(first))
        end = end if last == date.max else ibis.least(end, day(last))
        rows = rows.select("person_id", "event_id", "happened_on", first_day=start, last_day=end)
        before = ibis.window(group_by="person_id", order_by=["happened_on", "event_id"], preceding=(None, 1))
        rows = rows.mutate(reached=rows.last_day.max().over(before))
        whole = rows.last_day.delta(rows.first_day, unit="day") + 1
        further = rows.last_day.delta(rows.reached, unit="day")
        days = ibis.ifelse(rows.reached.isnull() | (rows.reached < rows.first_day), whole, ibis.greatest(further, 0))
        # Engines add whole numbers up in wider types, which Ibis does not know of: the way back is by float.
        total = ibis._.days.sum().cast("float64").cast("int64")
        summed = rows.mutate(days=days.cast("int32")).group_by("person_id").agg(found=total)
        return summed.mutate(holds=summed.found >= fact.days_at_least)

    def _latest_event(self, fact: LatestEvent) -> Table:
        rows: Any = self._events(fact.which, When("starts_in", fact.span))
        newest = ibis.row_number().over(
            group_by="person_id", order_by=[ibis.desc("happened_on"), ibis.desc("event_id")]
        )
        latest: Any = rows.select("person_id", "event_id", "happened_on").mutate(nth=newest).filter(ibis._.nth == 0)
        for having in fact.must:
            latest = latest.filter(latest.event_id.isin(self._having(having).event_id))
        return latest.select("person_id", found=ibis.literal(1, "int64"), holds=ibis.literal(True))

    # --- readings -------------------------------------------------------------------------------------------------

    def _readings(self, fact: Readings) -> Table:
        rows: Any = self._taken(fact)
        days = rows.group_by("person_id", "happened_on").agg(codes=rows.code.nunique())
        whole = days.filter(days.codes == len(fact.codes))
        if fact.day == ANY:
            on_day = whole.select("person_id", chosen=whole.happened_on)
        else:
            chosen = whole.happened_on.min() if fact.day == EARLIEST else whole.happened_on.max()
            on_day = whole.group_by("person_id").agg(chosen=chosen)
        if not fact.must:
            there = on_day.select("person_id").distinct()
            return there.select("person_id", found=ibis.literal(1, "int64"), holds=ibis.literal(True))
        rows = rows.inner_join(on_day, "person_id").filter(ibis._.happened_on == ibis._.chosen)
        last = ibis.row_number().over(group_by=["person_id", "chosen", "code"], order_by=ibis.desc("observation_id"))
        rows = rows.mutate(nth=last)
        picked = {f"picked_{n}": _picked(rows, must) for n, must in enumerate(fact.must)}
        values: Any = rows.group_by("person_id", "chosen").agg(**picked)
        values = values.inner_join(self.people.select("person_id", "birth_date"), "person_id")
        age = age_on(values.birth_date, values.chosen)
        passes = [
            _COMPARE[must.comparison](values[f"picked_{n}"], limit_at(must.limit, age)).fill_null(False)
            for n, must in enumerate(fact.must)
        ]
        found = ibis.ifelse(reduce(and_, passes), 1, 0).cast("int64")
        best = values.select("person_id", found=found).group_by("person_id").agg(found=ibis._.found.max())
        return best.mutate(holds=best.found == 1)

    def _taken(self, fact: Readings) -> Table:
        """The observations that are readings of the fact."""
        rows: Any = self.tables["observations"]
        there = rows.value.notnull()
        if fact.even_without_value:
            there = there | rows.text.isnull() | (rows.text != WITHDRAWN)
        known_as = rows.code.cases(*fact.read_as, else_=rows.code) if fact.read_as else rows.code
        rows = rows.filter(there, self._inside(rows.happened_on, fact.span)).mutate(code=known_as)
        rows = rows.filter(rows.code.isin(fact.codes))
        rows = rows.select("person_id", "observation_id", "event_id", "code", "happened_on", "value")
        if fact.at.asks_for_an_event:
            return rows.filter(rows.event_id.isin(self._events(fact.at, None).event_id))
        if fact.at.not_settings:
            events: Any = self.tables["events"]
            elsewhere = events.filter(events.setting.isin(fact.at.not_settings))
            return rows.filter(rows.event_id.isnull() | rows.event_id.notin(elsewhere.event_id))
        return rows

    # --- one after the other --------------------------------------------------------------------------------------

    def _followed(self, fact: Followed) -> Table:
        anchors: Any = self._anchors(fact.anchor)
        by: Any = self._followers(fact.by)
        opens, closes = (days_after(anchors.anchor_on, ibis.literal(n)) for n in (fact.from_days, fact.within_days))
        anchors = anchors.mutate(opens=opens, closes=closes)
        # Bare comparisons beside the join's equality: the optimizer of either engine takes them apart itself.
        pairs = anchors.inner_join(by, "person_id")
        inside = (pairs.followed_on >= pairs.opens) & (pairs.followed_on <= pairs.closes)
        kept = pairs.filter(inside, pairs.follower != pairs.anchor)
        by_anchor: Any = kept.group_by("person_id", "anchor").agg(days=kept.followed_on.nunique())
        enough = by_anchor.filter(by_anchor.days >= fact.times)
        counts: Any = enough.group_by("person_id").agg(found=ibis._.count())
        if not fact.every:
            return counts.mutate(holds=counts.found >= fact.at_least)
        total = anchors.group_by("person_id").agg(total=ibis._.count())
        both = counts.inner_join(total, "person_id")
        return both.select("person_id", "found", holds=both.found == both.total)

    def _followers(self, by: Events | Enrolments) -> Table:
        """person_id, follower (its id) and followed_on."""
        if isinstance(by, Enrolments):
            rows: Any = self._enrolments(by, When("starts_in", Span(None, None)))
            return rows.select("person_id", follower=rows.enrolment_id, followed_on=rows.start_on)
        rows = self._events(by, None)
        return rows.select("person_id", follower=rows.event_id, followed_on=rows.happened_on)

    def _anchors(self, anchor: Anchor) -> Table:
        """person_id, anchor (its id) and anchor_on."""
        if anchor.is_birth:
            born: Any = self.people.filter(self._inside(self.people.birth_date, anchor.span))
            return born.select("person_id", anchor=ibis.literal(""), anchor_on=born.birth_date)
        when = When("ends_in" if anchor.at == END else "starts_in", anchor.span)
        if anchor.enrolments is not None:
            rows: Any = self._enrolments(anchor.enrolments, when)
            anchor_on = rows.end_on if anchor.at == END else rows.start_on
            return rows.select("person_id", anchor=rows.enrolment_id, anchor_on=anchor_on)
        rows = self._events(anchor.events or Events(), when)
        anchor_on = rows.end_on.coalesce(rows.happened_on) if anchor.at == END else rows.happened_on
        return rows.select("person_id", anchor=rows.event_id, anchor_on=anchor_on)


def _picked(rows: Any, must: Must) -> Any:
    """The day's value of a code."""
    of_code = rows.code == must.code
    if must.pick == "latest":
        return rows.value.max(where=of_code & (rows.nth == 0))
    return rows.value.min(where=of_code) if must.pick == "lowest" else rows.value.max(where=of_code)


def _holds(expression: Expression, columns: dict[str, Any]) -> Any:
    match expression:
        case Is(name):
            return columns[name]
        case NotOf(part):
            return ~_holds(part, columns)
        case AllOf(parts):
            return reduce(and_, (_holds(part, columns) for part in parts))
        case AnyOf(parts):
            return reduce(or_, (_holds(part, columns) for part in parts))
