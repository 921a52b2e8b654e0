"""Working out the figures of a month and storing them; writing down who saw the people behind one."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import SYSTEM, Actor
from jinxiu.audit.sentences import define
from jinxiu.documents.cells import Value
from jinxiu.documents.excel import marked_workbook
from jinxiu.evidence.facts import facts
from jinxiu.indicators.models import StoredFigure
from jinxiu.indicators.rules import EXCEPTION, EXCLUSION, NUMERATOR, OTHER, PARTS
from jinxiu.people import clock
from jinxiu.people.access import Viewer, require
from jinxiu.people.models import Place, Restriction, Team
from jinxiu.people.restricting.queries import running
from jinxiu.people.roles import EXPORT_RECORDS
from jinxiu.standards.facts import Facts
from jinxiu.standards.measures.catalogue import installed
from jinxiu.standards.measures.model import Measure, Period, period_of
from jinxiu.standards.measures.population import measure_rows
from jinxiu.standards.measures.referee import Answer, answer
from jinxiu.worklists.models import EvaluationRun

STORED = define("indicators.stored", _("%(actor)s worked out the indicators of %(month)s: %(changed)s rows changed."))
LISTED = define(
    "indicators.people_listed",
    _("%(actor)s saw %(rows)s of the people behind the indicator %(measure)s of %(month)s."),
)

EXPORTED = define(
    "indicators.exported",
    _("%(actor)s exported the indicators of %(month)s: %(rows)s rows; the reason: %(reason)s."),
)

Progress = Callable[[str, float], None]

_STORE_LOCK = 7_230_001  # one writes at a time
_OUTSIDE = ""  # in the initial population, not in the denominator
_COMPARED = (
    *("period_start", "period_end", "version", "initial", "counted", "of"),
    *PARTS,
    *("unknown", "missing", "people"),
)

Key = tuple[str, int | None, int | None]  # measure, team, district


class IndicatorError(RuntimeError):
    """The figures were given up, and the stored ones stay. The text says why and what to do."""


def refresh(
    *,
    month: date,
    today: date,
    known: Facts | None = None,
    run: EvaluationRun | None = None,
    actor: Actor = SYSTEM,
    sample: int = 50,
    progress: Progress | None = None,
) -> int:
    """Work out every installed measure for a month up to `today`, and store what differs; returns how many rows did.

    `known` are facts with the teams of the period's last day, read here when absent; `run` is the night that asks. The
    measures' referee answers for a random sample as well: if one answer differs, nothing is stored. Twice changes
    nothing. Raises IndicatorError.
    """
    say = progress or (lambda _words, _share: None)
    month = month.replace(day=1)
    if known is None:
        say("Reading what is known of everybody", 0.0)
        known = facts(period_of("month", month, today).end)
    wanted: dict[Key, StoredFigure] = {}
    in_force = sorted(installed().in_force(period_of("month", month, today).end), key=lambda one: one.window)
    for window, group in groupby(in_force, key=lambda one: one.window):
        say("Working out indicators", 0.2 + 0.6 * len(wanted) / (len(wanted) + 1))
        measures, period = list(group), period_of(window, month, today)
        rows = measure_rows(measures, known, period)
        _answer_again(measures, known, period, rows, sample)
        wanted |= {_key(one): one for one in _figures(_unrestricted(rows, today), month, period)}
    say("Storing the numbers", 0.9)
    return _store(month, wanted, run, actor)


def note_people(*, viewer: Viewer, measure: str, month: date, part: str, people: Sequence[int]) -> None:
    """Write down that somebody saw who stands behind a figure."""
    detail = {"measure": measure, "month": f"{month:%Y-%m}", "part": part, "rows": len(people), "people": [*people]}
    with transaction.atomic():
        audit.record(LISTED, actor=viewer.actor, detail=detail)


@transaction.atomic
def export(*, viewer: Viewer, month: date, group: str, table: Sequence[Sequence[Value]], reason: str) -> bytes:
    """A table of figures (its first row are the heads) as an Excel file, marked with who made it, when and why.

    Raises PermissionDenied.
    """
    require(viewer, EXPORT_RECORDS)
    heads, *rows = table
    detail = {"month": f"{month:%Y-%m}", "group": group, "rows": len(rows), "reason": reason}
    audit.record(EXPORTED, actor=viewer.actor, detail=detail)
    mark = gettext("Exported by %(name)s on %(day)s for: %(reason)s. Confidential; pass it on to nobody else.")
    mark %= {"name": viewer.name, "day": viewer.today.isoformat(), "reason": reason}
    return marked_workbook(gettext("Indicators"), heads, rows, mark)


# --- from rows to figures ---------------------------------------------------------------------------------------------


def _figures(rows: pa.Table, month: date, period: Period) -> Iterator[StoredFigure]:
    teams = dict(Team.objects.values_list("code", "pk"))
    districts = dict(Place.objects.filter(kind=Place.Kind.DISTRICT).values_list("code", "pk"))
    keys = ["measure", "version", "team_id", "district"]
    parts: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in _by_part(rows, keys).to_pylist():
        parts[tuple(row[key] for key in keys)].append(row)
    now = clock.now()
    for (measure, version, team, district), found in parts.items():
        people = {row["part"]: sorted(map(int, row["person_id_list"])) for row in found if row["part"] != _OUTSIDE}
        missing = {part: len(ids) for part, ids in people.items() if part not in PARTS}
        yield StoredFigure(
            month=month,
            period_start=period.start,
            period_end=period.end,
            measure=measure,
            version=version,
            team_id=teams.get(team),
            district_id=districts.get(district),
            initial=sum(len(row["person_id_list"]) for row in found),
            counted=sum(row["counted_sum"] for row in found),
            of=sum(row["of_sum"] for row in found),
            **{part: len(people.get(part, ())) for part in PARTS},
            unknown=sum(missing.values()),
            missing=missing,
            people=people,
            computed_at=now,
        )


def _unrestricted(rows: pa.Table, today: date) -> pa.Table:
    """Without those whose use of data is restricted: to be counted is no care."""
    people = Restriction.objects.filter(running(today)).values_list("person_id", flat=True)
    kept_back = pa.array(sorted(set(map(str, people))), pa.string())
    return rows.filter(pc.invert(pc.is_in(rows["person_id"], value_set=kept_back)))


def _by_part(rows: pa.Table, keys: list[str]) -> pa.Table:
    """Everybody's part of the denominator, added up and listed by the keys."""
    part = pc.case_when(
        pc.make_struct(
            pc.invert(rows["denominator"]),
            rows["denominator_exclusion"],
            rows["denominator_exception"],
            rows["numerator"],
            pc.is_valid(rows["missing"]),
        ),
        *(_OUTSIDE, EXCLUSION, EXCEPTION, NUMERATOR),
        rows["missing"],
        OTHER,
    )
    table = rows.select([*keys, "person_id", "counted", "of"]).append_column("part", part)
    return table.group_by([*keys, "part"], use_threads=False).aggregate(
        [("person_id", "list"), ("counted", "sum"), ("of", "sum")]
    )


def _key(figure: StoredFigure) -> Key:
    return figure.measure, figure.team_id, figure.district_id


# --- the referee ------------------------------------------------------------------------------------------------------


def _answer_again(measures: Sequence[Measure], known: Facts, period: Period, rows: pa.Table, sample: int) -> None:
    ids = known.table("people")["person_id"]
    chosen = ids.take(sorted(random.sample(range(len(ids)), min(sample, len(ids)))))
    mine = rows.filter(pc.is_in(rows["person_id"], value_set=chosen.combine_chunks()))
    together = {(row["measure"], row["person_id"]): row for row in mine.to_pylist()}
    for person in known.persons(chosen.to_pylist()):
        for measure in measures:
            alone = answer(measure, person, period)
            if not _agree(alone, together.get((measure.id, person.person_id))):
                raise IndicatorError(
                    f"The two ways to work out {measure.id} disagree on person {person.person_id}, so the stored "
                    "figures stay. Please report this."
                )


def _agree(alone: Answer, row: Mapping[str, Any] | None) -> bool:
    if row is None or not alone.initial_population:
        return row is None and not alone.initial_population
    names = ("denominator", "denominator_exclusion", "denominator_exception", "numerator", "counted", "of", "missing")
    return all(getattr(alone, name) == row[name] for name in names)


# --- storing ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def _store(month: date, wanted: Mapping[Key, StoredFigure], run: EvaluationRun | None, actor: Actor) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_STORE_LOCK])
    there = {_key(one): one for one in StoredFigure.objects.filter(month=month)}
    gone = [one.pk for key, one in there.items() if key not in wanted]
    changed = [one for key, one in wanted.items() if key not in there or _differ(one, there[key])]
    if not gone and not changed:
        return 0
    replaced = [there[_key(one)].pk for one in changed if _key(one) in there]
    StoredFigure.objects.filter(pk__in=[*gone, *replaced]).delete()
    for one in changed:
        one.run = run
    StoredFigure.objects.bulk_create(changed, batch_size=200)
    rows = len(gone) + len(changed)
    audit.record(STORED, actor=actor, detail={"month": f"{month:%Y-%m}", "changed": rows})
    return rows


def _differ(one: StoredFigure, other: StoredFigure) -> bool:
    return any(getattr(one, name) != getattr(other, name) for name in _COMPARED)
