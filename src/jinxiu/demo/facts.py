"""The generated district in the shape of the facts contract: for measuring the engine without a database."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from jinxiu.demo.chance import Array
from jinxiu.demo.district import District, memberships


def facts_tables(district: District) -> dict[str, pa.Table]:
    """The contract's tables; ids are the rows' numbers from 1 on, written as the database's export writes them."""
    return {
        "people": _people(district),
        "enrolments": _enrolments(district),
        "events": _events(district),
        "observations": _observations(district),
        "memberships": _memberships(district),
    }


def write_facts(district: District, directory: Path) -> None:
    """Write one Parquet file for each table into a directory, which is made when it is missing."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, table in facts_tables(district).items():
        pq.write_table(table, directory / f"{name}.parquet", compression="zstd")


def _people(district: District) -> pa.Table:
    people, ground, homes = district.residents, district.ground, district.households
    home = people.household
    institutions = np.array([team.institution for team in ground.teams])
    codes = np.array([place.code for place in ground.places], dtype=object)
    return pa.table(
        {
            "person_id": _texts(np.arange(len(people)) + 1),
            "birth_date": _dates(people.birth_date),
            "sex": pa.array(people.sex, pa.string()),
            "died_on": _dates(people.died_on),
            "left_on": _dates(people.left_on),
            "team_id": _texts(people.team + 1),
            "district": pa.array([ground.places[1].code] * len(people), pa.string()),
            "institution_id": _texts(institutions[people.team] + 1),
            "community": pa.array(codes[homes.place[home]], pa.string()),
        }
    )


def _enrolments(district: District) -> pa.Table:
    rows = district.enrolments
    return pa.table(
        {
            "enrolment_id": _ids("n", len(rows.person)),
            "person_id": _texts(rows.person + 1),
            "kind": pa.array(rows.kind, pa.string()),
            "start_on": _dates(rows.start_on),
            "end_on": _dates(rows.end_on),
            "end_reason": pa.array(rows.end_reason, pa.string(), mask=rows.end_reason == ""),
            "value": pa.array(rows.value, pa.string(), mask=rows.value == ""),
        }
    )


def _events(district: District) -> pa.Table:
    rows = district.events
    return pa.table(
        {
            "event_id": _ids("e", len(rows.person)),
            "person_id": _texts(rows.person + 1),
            "kind": pa.array(rows.kind, pa.string()),
            "happened_on": _dates(rows.happened_on),
            "mode": pa.array(rows.mode, pa.string()),
        }
    )


def _observations(district: District) -> pa.Table:
    rows = district.observations
    return pa.table(
        {
            "observation_id": _ids("o", len(rows.person)),
            "event_id": _ids("e", len(district.events.person)).take(pa.array(rows.event)),
            "person_id": _texts(rows.person + 1),
            "code": pa.array(rows.code, pa.string()),
            "happened_on": _dates(rows.happened_on),
            "value": pa.array(rows.value, pa.float64()),
            "text": pa.nulls(len(rows.person), pa.string()),
        }
    )


def _memberships(district: District) -> pa.Table:
    person, team, start_on, end_on = memberships(district)
    return pa.table(
        {
            "person_id": _texts(person + 1),
            "team_id": _texts(team + 1),
            "start_on": _dates(start_on),
            "end_on": _dates(end_on),
        }
    )


def _texts(numbers: Array) -> pa.Array:
    return pa.array(numbers).cast(pa.string())


def _ids(prefix: str, size: int) -> pa.Array:
    return pa.array([f"{prefix}{number:012}" for number in range(1, size + 1)], pa.string())


def _dates(dates: Array) -> pa.Array:
    return pa.array(dates.astype("datetime64[D]"), pa.date32())
