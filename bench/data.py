"""A city's facts as Parquet, made quickly for the engine benchmark: three years of history that looks like life.

Twenty in a hundred have hypertension, eight diabetes, about seventeen are 65 or older; most of the others were at a
clinic a few times. Some patients are seen on time, some now and then, some were lost, some were never seen. Rows stand
in the order in which a clinic's database would write them: by day, people mixed.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

AS_OF = date(2026, 6, 30)
VERSION = 3  # raise it when the recipe changes: the cache is kept by version
SEED = 20260630

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_EPOCH = date(1970, 1, 1)
_TODAY = (AS_OF - _EPOCH).days
_HISTORY = 3 * 365
_AT_ONCE = 1_000_000


def facts_directory(people: int, seed: int = SEED) -> Path:
    """The directory with the Parquet files of a city of so many people, made on first use and kept between runs."""
    directory = Path(tempfile.gettempdir()) / "jinxiu-bench" / f"facts-v{VERSION}-{people}-{seed}"
    if not directory.exists():
        unfinished = directory.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        _write(people, seed, unfinished)
        unfinished.rename(directory)
    return directory


def _write(people: int, seed: int, directory: Path) -> None:
    """A million people at a time, so that a city of any size can be made; each million has its own luck."""
    writers: dict[str, pq.ParquetWriter] = {}
    first = _First()
    for done in range(0, people, _AT_ONCE):
        city = _City(min(_AT_ONCE, people - done), np.random.default_rng(seed + done), first)
        for name, table in city.tables().items():
            if name not in writers:
                writers[name] = pq.ParquetWriter(directory / f"{name}.parquet", table.schema)
            writers[name].write_table(table, row_group_size=250_000)
    for writer in writers.values():
        writer.close()


@dataclass
class _Rows:
    """Columns of one table, collected in pieces."""

    pieces: list[dict[str, NDArray]] = field(default_factory=list)

    def add(self, **columns: NDArray) -> None:
        self.pieces.append(columns)

    def columns(self) -> dict[str, NDArray]:
        return {name: np.concatenate([piece[name] for piece in self.pieces]) for name in self.pieces[0]}


@dataclass
class _First:
    """The numbers that the next rows begin with."""

    person: int = 0
    enrolment: int = 0
    event: int = 0
    observation: int = 0


@dataclass
class _City:
    people: int
    random: np.random.Generator
    first: _First
    events: _Rows = field(default_factory=_Rows)
    observations: _Rows = field(default_factory=_Rows)
    enrolments: _Rows = field(default_factory=_Rows)
    next_event: int = 0

    def tables(self) -> dict[str, pa.Table]:
        births = self._births()
        age = (_TODAY - births) // 365
        weight = np.clip((age - 25) / 40, 0.02, 1.6)
        for kind, share in (("hypertension", 0.20), ("diabetes", 0.08)):
            chance = weight * share / weight.mean()
            self._programme(kind, np.flatnonzero(self.random.random(self.people) < chance))
        self._agreements()
        self._exams(np.flatnonzero(age >= 65))
        self._clinic_visits()
        # Written in the order of the days, as a clinic's database would.
        events, observations, enrolments = (
            rows.columns() for rows in (self.events, self.observations, self.enrolments)
        )
        order = np.argsort(events["day"], kind="stable")
        new_number = np.empty(self.next_event, dtype=np.int64)
        new_number[order] = np.arange(self.next_event)
        events = {name: column[order] for name, column in events.items()}
        observations["event"] = new_number[observations["event"]]
        by_event = np.argsort(observations["event"], kind="stable")
        observations = {name: column[by_event] for name, column in observations.items()}
        first, own = self.first, replace(self.first)
        first.person += self.people
        for name, rows in (("enrolment", enrolments), ("event", events), ("observation", observations)):
            setattr(first, name, getattr(first, name) + len(rows["person"]))
        return {
            "people": self._people_table(births, own),
            "enrolments": _enrolments_table(enrolments, own),
            "events": _events_table(events, own),
            "observations": _observations_table(observations, own),
        }

    def _births(self) -> Ints:
        old = self.random.random(self.people) < 0.17
        age_days = np.where(
            old,
            65 * 365.25 + self.random.exponential(7 * 365, self.people),
            self.random.random(self.people) * 65 * 365.25,
        )
        return _TODAY - np.minimum(age_days, 104 * 365).astype(np.int64)

    def _people_table(self, births: Ints, first: _First) -> pa.Table:
        gone = self.random.random(self.people)
        days = _TODAY - self.random.integers(0, _HISTORY, self.people)
        return pa.table(
            {
                "person_id": _ids("p", first.person + np.arange(self.people)),
                "birth_date": _dates(births),
                "sex": _pick(["M", "F"], self.random.integers(0, 2, self.people)),
                "died_on": _dates(days, gone >= 0.012),
                "left_on": _dates(days, (gone < 0.012) | (gone >= 0.03)),
                "team_id": _numbered("team", (first.person + np.arange(self.people)) // 1500),
                "district": _numbered("district", (first.person + np.arange(self.people)) // 30000),
            }
        )

    def _programme(self, kind: str, members: Ints) -> None:
        """Enrol them and follow them up: 62 % on time, 20 % now and then, 11 % lost at some point, 7 % never seen."""
        count = len(members)
        start = _TODAY - self.random.integers(0, 5 * 365, count)
        ended = self.random.random(count) < 0.03
        end = start + self.random.integers(30, 5 * 365, count)
        self.enrolments.add(person=members, kind=np.full(count, kind), start=start, end=np.where(ended, end, -1))
        habit = self.random.choice(4, count, p=[0.62, 0.20, 0.11, 0.07])
        pace = np.choose(habit, [82, 170, 88, 9999])
        lost_on = np.where(habit == 2, _TODAY - self.random.integers(100, _HISTORY, count), _TODAY)
        day = np.maximum(start, _TODAY - _HISTORY) + self.random.integers(0, 60, count)
        level = self.random.normal(0, 1, count)
        while len(members):
            seen = (day <= np.minimum(lost_on, _TODAY)) & (pace < 9999)
            members, day, pace, lost_on, level = (column[seen] for column in (members, day, pace, lost_on, level))
            self._contacts(kind, members, day, level)
            day = day + np.maximum(7, self.random.normal(pace, 12).astype(np.int64))

    def _contacts(self, kind: str, members: Ints, day: Ints, level: Floats) -> None:
        count = len(members)
        event = self._events(f"followup.{kind}", members, day, [0.58, 0.12, 0.28, 0.02])
        measured = self.random.random(count) < 0.94
        systolic = np.round(self.random.normal(136 + 9 * level, 9))
        diastolic = np.round(self.random.normal(82 + 4 * level, 6))
        self._observe(event, members, day, "systolic", systolic, measured)
        self._observe(event, members, day, "diastolic", diastolic, measured & (self.random.random(count) < 0.99))
        if kind == "diabetes":
            fasting = np.round(np.clip(self.random.normal(6.7 + level, 1.1), 2.5, 25), 1)
            self._observe(event, members, day, "fasting_glucose", fasting, self.random.random(count) < 0.8)
            after_meal = np.round(np.clip(self.random.normal(9 + level, 2), 3, 30), 1)
            self._observe(event, members, day, "random_glucose", after_meal, self.random.random(count) < 0.15)
        # The form asks for reactions at every visit; the two others are written only when they are there.
        reaction = (self.random.random(count) < 0.025).astype(np.float64)
        self._observe(event, members, day, "adverse_reaction", reaction, np.full(count, True))
        for code, chance in (("complication", 0.006), ("danger_sign", 0.004)):
            self._observe(event, members, day, code, np.ones(count), self.random.random(count) < chance)

    def _agreements(self) -> None:
        members = np.flatnonzero(self.random.random(self.people) < 0.4)
        start = _TODAY - self.random.integers(0, 3 * 365, len(members))
        self.enrolments.add(person=members, kind=np.full(len(members), "agreement"), start=start, end=start + 364)

    def _exams(self, members: Ints) -> None:
        for years_ago in range(3):
            here = members[self.random.random(len(members)) < (0.35 if years_ago == 0 else 0.65)]
            day = _TODAY - years_ago * 365 - self.random.integers(0, 180, len(here))
            event = self._events("exam.annual", here, day, [0.9, 0.1, 0, 0])
            weight = np.round(self.random.normal(62, 9, len(here)), 1)
            self._observe(event, here, day, "weight", weight, np.full(len(here), True))

    def _clinic_visits(self) -> None:
        visits = self.random.poisson(3, self.people)
        members = np.repeat(np.arange(self.people), visits)
        day = _TODAY - self.random.integers(0, _HISTORY, len(members))
        event = self._events("visit.outpatient", members, day, [0.97, 0.01, 0.01, 0.01])
        pulse = np.round(self.random.normal(76, 9, len(members)))
        self._observe(event, members, day, "heart_rate", pulse, self.random.random(len(members)) < 0.6)

    def _events(self, kind: str, members: Ints, day: Ints, modes: list[float]) -> Ints:
        number = np.arange(self.next_event, self.next_event + len(members))
        self.next_event += len(members)
        mode = self.random.choice(4, len(members), p=modes)
        self.events.add(person=members, kind=np.full(len(members), kind), day=day, mode=mode)
        return number

    def _observe(self, event: Ints, members: Ints, day: Ints, code: str, value: Floats, there: NDArray) -> None:
        count = int(there.sum())
        self.observations.add(
            event=event[there], person=members[there], day=day[there], value=value[there], code=np.full(count, code)
        )


def _enrolments_table(columns: dict[str, NDArray], first: _First) -> pa.Table:
    return pa.table(
        {
            "enrolment_id": _ids("n", first.enrolment + np.arange(len(columns["person"]))),
            "person_id": _ids("p", first.person + columns["person"]),
            "kind": pa.array(columns["kind"]),
            "start_on": _dates(columns["start"]),
            "end_on": _dates(columns["end"], columns["end"] < 0),
        }
    )


def _events_table(columns: dict[str, NDArray], first: _First) -> pa.Table:
    return pa.table(
        {
            "event_id": _ids("e", first.event + np.arange(len(columns["person"]))),
            "person_id": _ids("p", first.person + columns["person"]),
            "kind": pa.array(columns["kind"]),
            "happened_on": _dates(columns["day"]),
            "mode": _pick(["clinic", "home", "phone", "online"], columns["mode"]),
        }
    )


def _observations_table(columns: dict[str, NDArray], first: _First) -> pa.Table:
    count = len(columns["event"])
    return pa.table(
        {
            "observation_id": _ids("o", first.observation + np.arange(count)),
            "event_id": _ids("e", first.event + columns["event"]),
            "person_id": _ids("p", first.person + columns["person"]),
            "code": pa.array(columns["code"]),
            "happened_on": _dates(columns["day"]),
            "value": pa.array(columns["value"]),
            "text": pa.nulls(count, pa.string()),
        }
    )


def _ids(prefix: str, numbers: Ints) -> pa.Array:
    """Fixed-width text such as p00000042, so that the order of the text is the order of the numbers."""
    width = 9
    text = np.empty((len(numbers), width), dtype=np.uint8)
    rest = numbers.astype(np.int64)
    for place in range(width - 1, 0, -1):
        rest, digit = np.divmod(rest, 10)
        text[:, place] = digit + ord("0")
    text[:, 0] = ord(prefix)
    offsets = np.arange(0, (len(numbers) + 1) * width, width, dtype=np.int32)
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(text.reshape(-1)))


def _pick(names: list[str], index: Ints) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(index, pa.int32()), pa.array(names)).cast(pa.string())


def _numbered(name: str, index: Ints) -> pa.Array:
    return _pick([f"{name} {number}" for number in range(int(index.max()) + 1)], index)


def _dates(days: Ints, absent: NDArray | None = None) -> pa.Array:
    return pa.array(days.astype(np.int32), pa.int32(), mask=absent).cast(pa.date32())
