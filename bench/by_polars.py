"""The verdicts of hypertension, diabetes and elderly, written by hand for Polars: the same as handwritten.sql says.

What one would write for these three standards alone, with every number in place. bench/engine.py checks that the rows
are the engine's, to the last byte, before it measures.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pyarrow as pa
from polars import col, lit, when

CODES = {
    "sys": "systolic",
    "dia": "diastolic",
    "fast": "fasting_glucose",
    "rand": "random_glucose",
    "adv": "adverse_reaction",
    "comp": "complication",
    "dang": "danger_sign",
}
USED = {
    "hypertension": ("sys", "dia", "adv", "comp", "dang"),
    "diabetes": ("fast", "rand", "sys", "dia", "adv", "comp", "dang"),
}
CLAUSES = {
    "hypertension": ["yearly_exam", "visits_per_year"],
    "diabetes": ["yearly_exam", "visits_per_year", "glucose_tests_per_year"],
}
COLUMNS = (
    *("person_id", "standard", "clause", "cycle", "kept", "opens_on", "due_on", "closes_on", "classification"),
    *("action", "urgency", "reason_code", "reason_args", "facts_used"),
)


def verdicts(facts: Path, as_of: date, schema: pa.Schema) -> pa.Table:
    """The verdict columns for everybody in a directory of Parquet files, as Arrow in this schema."""
    return _Answer(facts, as_of).rows().to_arrow().select(schema.names).cast(schema)


class _Answer:
    def __init__(self, facts: Path, as_of: date) -> None:
        self.facts, self.as_of, self.year = facts, as_of, as_of.year
        self.first, self.last = date(as_of.year, 1, 1), date(as_of.year, 12, 31)
        self.alive = self.alive_people()
        self.members = self.all_members()
        self.contacts = self.all_contacts()

    def rows(self) -> pl.DataFrame:
        """Every verdict, in order."""
        promised = self.promised()
        every = pl.concat([self.followups(), self.yearly(promised), self.next_year(promised)])
        status = (
            when("kept").then(lit("kept")).when(col("opens_on") > self.as_of).then(lit("upcoming"))
            .when(col("due_on") >= self.as_of).then(lit("due")).otherwise(lit("overdue"))
        )  # fmt: skip
        rows = every.with_columns(version=lit("2017.1"), status=status)
        return rows.sort("person_id", "standard", "clause", "cycle").collect()

    def scan(self, name: str) -> pl.LazyFrame:
        return pl.scan_parquet(self.facts / f"{name}.parquet")

    def alive_people(self) -> pl.LazyFrame:
        here = [col(name).is_null() | (col(name) > self.as_of) for name in ("died_on", "left_on")]
        return self.scan("people").filter(*here).select("person_id", "birth_date").collect().lazy()

    def all_members(self) -> pl.LazyFrame:
        running = col("end_on").is_null() | (col("end_on") >= self.as_of)
        rows = self.scan("enrolments").filter(col("kind").is_in(list(USED)), col("start_on") <= self.as_of, running)
        latest = rows.sort("start_on", "enrolment_id").unique(["kind", "person_id"], keep="last")
        latest = latest.select("kind", "person_id", "start_on", "enrolment_id")
        return latest.join(self.alive, on="person_id").collect().lazy()

    # --- contacts -----------------------------------------------------------------------------------------------------

    def all_contacts(self) -> pl.LazyFrame:
        """Every contact that counts since the enrolment, with the last value of each reading and its id."""
        kinds = {f"followup.{kind}": kind for kind in USED}
        events = self.scan("events").filter(col("kind").is_in(list(kinds)), col("happened_on") <= self.as_of)
        events = events.with_columns(kind=col("kind").str.strip_prefix("followup."))
        rows = events.join(self.members, on=["kind", "person_id"]).filter(col("happened_on") >= col("start_on"))
        rows = rows.join(self.readings(), on="event_id", how="left")
        pressures = col("sys").is_not_null() & col("dia").is_not_null()
        odd = ((col("rand") <= 3.9) | (col("rand") >= 16.7)).fill_null(False)
        odd_fasting = ((col("fast") <= 3.9) | (col("fast") >= 16.7)).fill_null(False)
        hypertension = col("kind") == "hypertension"
        limit = when(age_on("birth_date", "happened_on") >= 65).then(150).otherwise(140)
        high = (col("sys") >= 180).fill_null(False) | (col("dia") >= 110).fill_null(False)
        rows = rows.with_columns(
            measured=when(hypertension).then(pressures).otherwise(col("fast").is_not_null() | odd),
            flagged=pl.any_horizontal((col(name) == 1).fill_null(False) for name in ("adv", "comp", "dang")),
            danger_value=high | (~hypertension & (odd | odd_fasting)),
            off_target=when(hypertension)
            .then((pressures & ((col("sys") >= limit) | (col("dia") >= 90))).fill_null(False))
            .otherwise((col("fast") >= 7).fill_null(False)),
        )
        return rows.filter(col("measured") | col("flagged")).collect().lazy()

    def readings(self) -> pl.LazyFrame:
        given = col("value").is_not_null() & col("event_id").is_not_null()
        known = self.scan("observations").filter(
            given, col("happened_on") <= self.as_of, col("code").is_in(list(CODES.values()))
        )
        columns = [
            col(column).filter(col("code") == code).max().alias(f"{name}{ending}")
            for name, code in CODES.items()
            for column, ending in (("value", ""), ("observation_id", "_id"))
        ]
        return known.group_by("event_id").agg(columns)

    def judged(self) -> pl.LazyFrame:
        in_order = self.contacts.sort("happened_on", "event_id").group_by("kind", "person_id")
        measured = when("measured").then("event_id")
        chosen = in_order.agg(
            now=col("event_id").last(),
            before=col("event_id").shift(1).last(),
            measured_before=measured.shift(1).forward_fill().last(),
        )
        rows = self.members.join(chosen, on=["kind", "person_id"], how="left")
        names = [*CODES, *(f"{name}_id" for name in CODES), "happened_on", "danger_value", "off_target"]
        for which in ("now", "before", "measured_before"):
            there = self.contacts.select(col("event_id").alias(which), *(col(n).alias(f"{which}.{n}") for n in names))
            rows = rows.join(there, on=which, how="left")
        adverse, off = col("now.adv") == 1, col("now.off_target")
        reason = (
            when(col("now").is_null()).then(lit("never_seen"))
            .when("now.danger_value").then(lit("danger"))
            .when(col("now.dang") == 1).then(lit("danger_sign"))
            .when(col("now.comp") == 1).then(lit("complication"))
            .when(adverse & (col("before.adv") == 1)).then(lit("adverse_reaction_persists"))
            .when(off & (col("measured_before.off_target") | col("measured_before.danger_value")))
            .then(lit("uncontrolled_twice"))
            .when(adverse).then(lit("adverse_reaction_first"))
            .when(off).then(lit("uncontrolled_first")).otherwise(lit("controlled"))
        )  # fmt: skip
        return rows.with_columns(reason=reason)

    def followups(self) -> pl.LazyFrame:
        reason = col("reason")
        rows = self.judged().with_columns(anchor=pl.coalesce("now.happened_on", "start_on"))
        days = when(reason == "controlled").then(90).otherwise(14)
        rows = rows.with_columns(due_on=col("anchor") + pl.duration(days=days))
        refer = reason.is_in(
            ["danger", "danger_sign", "complication", "adverse_reaction_persists", "uncontrolled_twice"]
        )
        classification = (
            when(reason == "never_seen").then(None).when(reason.str.starts_with("danger")).then(lit("danger"))
            .when(reason.str.starts_with("adverse")).then(lit("adverse_reaction"))
            .when(reason.str.starts_with("uncontrolled")).then(lit("uncontrolled")).otherwise(reason)
        )  # fmt: skip
        urgency = (
            when(reason.str.starts_with("danger")).then(3).when(refer).then(2).when(reason == "controlled").then(0)
            .otherwise(1)
        )  # fmt: skip
        earlier = (
            when(reason == "adverse_reaction_persists").then(used("before"))
            .when(reason == "uncontrolled_twice").then(used("measured_before")).otherwise(lit(""))
        )  # fmt: skip
        rows = rows.with_columns(
            standard=col("kind"),
            clause=lit("followup"),
            cycle=col("anchor").cast(pl.String),
            opens_on=pl.max_horizontal(col("due_on") - pl.duration(days=30), "anchor"),
            closes_on=lit(None, pl.Date),
            kept=lit(False),
            classification=classification,
            action=when(refer).then(lit("refer")).otherwise(lit("contact")),
            urgency=urgency.cast(pl.Int32),
            reason_code=reason,
            reason_args=said(),
            facts_used=pl.concat_str(lit("["), quoted("enrolment_id"), used("now"), earlier, lit("]")),
        )
        return rows.select(COLUMNS)

    # --- years --------------------------------------------------------------------------------------------------------

    def promised(self) -> pl.LazyFrame:
        clauses = when(col("kind") == "hypertension").then(lit(CLAUSES["hypertension"], pl.List(pl.String)))
        clauses = clauses.otherwise(lit(CLAUSES["diabetes"], pl.List(pl.String)))
        programmes = self.members.with_columns(standard=col("kind"), clause=clauses).explode("clause")
        turned = col("birth_date").dt.offset_by("65y")
        leap = (col("birth_date").dt.month() == 2) & (col("birth_date").dt.day() == 29) & (turned.dt.day() == 28)
        old = self.alive.with_columns(start_on=when(leap).then(turned + pl.duration(days=1)).otherwise(turned))
        old = old.filter(col("start_on") <= self.as_of)
        old = old.with_columns(standard=lit("elderly"), clause=lit("yearly_exam"), enrolment_id=lit(None, pl.String))
        names = ("standard", "person_id", "start_on", "enrolment_id", "clause")
        return pl.concat([programmes.select(names), old.select(names)]).collect().lazy()

    def done(self) -> pl.LazyFrame:
        seen = self.contacts.filter(col("mode").is_in(["clinic", "home"]), col("happened_on") >= self.first)
        visits = seen.select("person_id", "happened_on", standard="kind", clause=lit("visits_per_year"), id="event_id")
        diabetes = self.members.filter(col("kind") == "diabetes").select("person_id", "start_on")
        known = self.scan("observations").filter(
            col("code") == "fasting_glucose", col("value").is_not_null(), col("happened_on") <= self.as_of
        )
        known = known.filter(col("happened_on") >= self.first).join(diabetes, on="person_id")
        tests = known.filter(col("happened_on") >= col("start_on")).select(
            "person_id",
            "happened_on",
            standard=lit("diabetes"),
            clause=lit("glucose_tests_per_year"),
            id="observation_id",
        )
        exams = self.scan("events").filter(
            col("kind") == "exam.annual", col("happened_on").is_between(self.first, self.as_of)
        )
        exams = exams.select("person_id", "happened_on", clause=lit("yearly_exam"), id="event_id")
        exams = exams.join(pl.LazyFrame({"standard": [*USED, "elderly"]}), how="cross").select(
            visits.collect_schema().names()
        )
        every = pl.concat([visits, tests, exams]).sort("happened_on", "id")
        return every.group_by("person_id", "standard", "clause").agg(
            done=pl.len().cast(pl.Int64),
            last_on=col("happened_on").max(),
            listed=pl.concat_str(lit(","), quoted("id")).str.join(""),
        )

    def yearly(self, promised: pl.LazyFrame) -> pl.LazyFrame:
        rows = promised.join(self.done(), on=["person_id", "standard", "clause"], how="left")
        rows = rows.with_columns(done=col("done").fill_null(0))
        days = (lit(self.last) - pl.max_horizontal("start_on", lit(self.first))).dt.total_days() + 1
        in_year = (date(self.year + 1, 1, 1) - self.first).days
        exam = col("clause") == "yearly_exam"
        rows = rows.with_columns(needed=when(exam).then(1).otherwise((4 * days / in_year).ceil().cast(pl.Int64)))
        rows = rows.with_columns(kept=col("done") >= col("needed"))
        what = when(exam).then(lit("exam")).when(col("clause") == "visits_per_year").then(lit("visits"))
        what = what.otherwise(lit("tests"))
        short = when(exam).then(lit("_missing")).otherwise(lit("_short"))
        ending = when("kept").then(lit("_done")).otherwise(short)
        kept, year = col("kept"), lit(f'"year":{self.year}}}')
        due, done = lit(f'"due_on":"{self.last}",'), pl.concat_str(lit('{"done":'), "done", lit(","))
        needed = pl.concat_str(lit('"needed":'), "needed", lit(","))
        args = (
            when(exam & kept).then(pl.concat_str(lit('{"last_on":"'), col("last_on").cast(pl.String), lit('",'), year))
            .when(exam).then(pl.concat_str(lit("{"), due, year))
            .when(kept).then(pl.concat_str(done, needed, year)).otherwise(pl.concat_str(done, due, needed, year))
        )  # fmt: skip
        listed = pl.concat_str(item("enrolment_id"), col("listed").fill_null("")).str.strip_prefix(",")
        return self.of_year(rows, self.year).with_columns(
            opens_on=pl.max_horizontal("start_on", lit(self.first)),
            reason_code=pl.concat_str(what, ending),
            reason_args=args,
            facts_used=pl.concat_str(lit("["), listed, lit("]")),
        ).select(COLUMNS)  # fmt: skip

    def next_year(self, promised: pl.LazyFrame) -> pl.LazyFrame:
        year = self.year + 1
        ending = f'"opens_on":"{year}-01-01","year":{year}}}'
        args = when(col("clause") == "yearly_exam").then(lit("{" + ending)).otherwise(lit('{"needed":4,' + ending))
        return self.of_year(promised, year).with_columns(
            opens_on=lit(date(year, 1, 1)),
            kept=lit(False),
            reason_code=lit("next_year"),
            reason_args=args,
            facts_used=pl.concat_str(lit("["), item("enrolment_id").str.strip_prefix(","), lit("]")),
        ).select(COLUMNS)  # fmt: skip

    def of_year(self, rows: pl.LazyFrame, year: int) -> pl.LazyFrame:
        action = when(col("clause") == "yearly_exam").then(lit("exam"))
        action = action.when(col("clause") == "visits_per_year").then(lit("contact")).otherwise(lit("test"))
        ends = {"due_on": lit(date(year, 12, 31)), "closes_on": lit(date(year, 12, 31))}
        nothing = {"classification": lit(None, pl.String), "urgency": lit(0, pl.Int32)}
        return rows.with_columns(cycle=lit(str(year)), action=action, **ends, **nothing)


# --- words ------------------------------------------------------------------------------------------------------------


def age_on(birth_date: str, day: str) -> pl.Expr:
    """Completed years."""
    (born, birthday), (year, then) = (
        (col(name).dt.year(), col(name).dt.month().cast(pl.Int32) * 100 + col(name).dt.day())
        for name in (birth_date, day)
    )
    return year - born - (then < birthday).cast(pl.Int32)


def quoted(name: str) -> pl.Expr:
    """A text as JSON."""
    plain = col(name).str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True)
    return pl.concat_str(lit('"'), plain, lit('"'))


def item(name: str) -> pl.Expr:
    """A text as a further one of a JSON list, nothing where it is absent."""
    return pl.concat_str(lit(","), quoted(name)).fill_null("")


def used(which: str) -> pl.Expr:
    """A contact and its readings, in the order of its standard."""
    ids = {kind: [item(which), *(item(f"{which}.{name}_id") for name in names)] for kind, names in USED.items()}
    of_hypertension, of_diabetes = (pl.concat_str(ids[kind]) for kind in ("hypertension", "diabetes"))
    return when(col("kind") == "hypertension").then(of_hypertension).otherwise(of_diabetes)


def number(name: str) -> pl.Expr:
    """A number as JSON."""
    value = col(name)
    whole = value.cast(pl.Int64, strict=False).cast(pl.String)
    return when(value == value.floor()).then(whole).otherwise(value.cast(pl.String)).fill_null("null")


def said() -> pl.Expr:
    """The arguments of each row's sentence."""
    values: dict[str, pl.Expr] = {
        "days": lit("14"),
        "diastolic": number("now.dia"),
        "diastolic_danger": lit("110"),
        "diastolic_limit": lit("90"),
        "due_on": pl.concat_str(lit('"'), col("due_on").cast(pl.String), lit('"')),
        "fasting_glucose": number("now.fast"),
        "fasting_limit": lit("7"),
        "glucose_high_danger": lit("16.7"),
        "glucose_low_danger": lit("3.9"),
        "random_glucose": number("now.rand"),
        "start_on": pl.concat_str(lit('"'), col("start_on").cast(pl.String), lit('"')),
        "systolic": number("now.sys"),
        "systolic_danger": lit("180"),
        "systolic_limit": when(age_on("birth_date", "now.happened_on") >= 65).then(lit("150")).otherwise(lit("140")),
    }

    def these(names: str, which: str = "measured_before") -> pl.Expr:
        earlier = {f"previous_{long}": number(f"{which}.{short}") for short, long in CODES.items()}
        earlier["previous_on"] = pl.concat_str(lit('"'), col(f"{which}.happened_on").cast(pl.String), lit('"'))
        known, pieces = values | earlier, []
        for place, name in enumerate(names.split()):
            pieces += [lit(f'{"," if place else "{"}"{name}":'), known[name]]
        return pl.concat_str(*pieces, lit("}"))

    pressure, glucose = these("days diastolic due_on systolic"), these("days due_on fasting_glucose")
    limits = "diastolic_limit due_on {} systolic systolic_limit"
    twice = "previous_diastolic previous_on previous_systolic"
    of_hypertension = {
        "danger": these("days diastolic diastolic_danger due_on systolic systolic_danger"),
        **dict.fromkeys(("danger_sign", "complication", "adverse_reaction_first"), pressure),
        "adverse_reaction_persists": these("days diastolic due_on previous_on systolic", "before"),
        "uncontrolled_twice": these(f"days diastolic {limits.format(twice)}"),
        "uncontrolled_first": these(f"days diastolic {limits.format('')}"),
        "controlled": these(f"diastolic {limits.format('')}"),
    }
    dangers = "glucose_high_danger glucose_low_danger"
    of_diabetes = {
        "danger": these(
            f"days diastolic diastolic_danger due_on fasting_glucose {dangers} random_glucose systolic systolic_danger"
        ),
        "danger_sign": these("days diastolic due_on fasting_glucose random_glucose systolic"),
        **dict.fromkeys(("complication", "adverse_reaction_first"), glucose),
        "adverse_reaction_persists": these("days due_on fasting_glucose previous_on", "before"),
        "uncontrolled_twice": these(
            "days due_on fasting_glucose fasting_limit previous_diastolic previous_fasting_glucose previous_on"
            " previous_random_glucose previous_systolic"
        ),
        "uncontrolled_first": these("days due_on fasting_glucose fasting_limit"),
        "controlled": these("due_on fasting_glucose fasting_limit"),
    }
    args: pl.Expr = these("days due_on start_on")
    for kind, cases in (("hypertension", of_hypertension), ("diabetes", of_diabetes)):
        for reason, text in cases.items():
            args = when((col("kind") == kind) & (col("reason") == reason)).then(text).otherwise(args)
    return args
