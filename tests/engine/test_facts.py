"""The facts contract: what is read, what is filled in, and what is refused with table, row and remedy."""

from __future__ import annotations

import gc
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jinxiu.standards.facts import Facts, FactsError, facts_from, read_facts
from jinxiu.standards.facts.contract import TABLES
from jinxiu.standards.facts.sources import ARROW_TYPES, empty_table
from jinxiu.standards.facts.tables import MEMORY_BYTES
from jinxiu.standards.person import Enrolment, Event, Observation, PersonFacts, Waiver

GOOD = {
    "people": """\
person_id,birth_date,sex,died_on,left_on,team_id,district,nickname
王1,1950-02-28,F,,,team 1,north,ignored
p2,,,2024-01-02,2024-01-03,,,
""",
    "enrolments": """\
person_id,kind,start_on,end_on
王1,hypertension,2023-05-01,
王1,hypertension,2022-05-01,2022-12-31
""",
    "events": """\
event_id,person_id,kind,happened_on,mode
e10,王1,followup.hypertension,2024-02-29,clinic
e9,王1,followup.hypertension,2024-02-29,
""",
    "observations": """\
event_id,person_id,code,happened_on,value,text
e9,王1,systolic,2024-02-29,150.5,
e9,王1,systolic,2024-02-29,151,"said
twice"
,王1,fasting_glucose,2024-02-29,7e0,
""",
    "waivers": """\
person_id,standard,clause,cycle,start_on,end_on,reason
王1,hypertension,followup,,2024-01-01,,on a long journey
""",
}


def write(directory: Path, **changed: str) -> Path:
    for name, text in (GOOD | changed).items():
        (directory / f"{name}.csv").write_text(text, encoding="utf-8")
    return directory


def refusal(directory: Path) -> str:
    with pytest.raises(FactsError) as refused:
        read_facts(directory)
    return str(refused.value)


def as_parquet(facts: Facts, directory: Path) -> Path:
    for name in TABLES:
        pq.write_table(facts.table(name), directory / f"{name}.parquet")
    return directory


def test_one_person_s_facts_are_read_whole(tmp_path: Path) -> None:
    assert read_facts(write(tmp_path)).person("王1") == PersonFacts(
        "王1",
        date(1950, 2, 28),
        "F",
        enrolments=(
            Enrolment("王1/hypertension/2022-05-01", "hypertension", date(2022, 5, 1), date(2022, 12, 31)),
            Enrolment("王1/hypertension/2023-05-01", "hypertension", date(2023, 5, 1)),
        ),
        events=(
            Event("e10", "followup.hypertension", date(2024, 2, 29), "clinic"),
            Event("e9", "followup.hypertension", date(2024, 2, 29)),
        ),
        observations=(
            Observation("e9/systolic/2024-02-29/001", "systolic", date(2024, 2, 29), 150.5, "e9"),
            Observation("e9/systolic/2024-02-29/002", "systolic", date(2024, 2, 29), 151.0, "e9", "said\ntwice"),
            Observation("王1/fasting_glucose/2024-02-29/001", "fasting_glucose", date(2024, 2, 29), 7.0),
        ),
        waivers=(Waiver("hypertension", "followup", date(2024, 1, 1), reason="on a long journey"),),
    )


def test_everybody_comes_in_the_order_of_the_ids_and_a_stranger_not_at_all(tmp_path: Path) -> None:
    facts = read_facts(write(tmp_path))
    assert [person.person_id for person in facts.persons()] == ["p2", "王1"]
    assert list(facts.persons(["nobody", "p2"])) == [
        PersonFacts("p2", None, "U", date(2024, 1, 2), date(2024, 1, 3)),
    ]
    assert facts.person("nobody") is None


def test_tables_have_exactly_the_contract_s_columns_and_types(tmp_path: Path) -> None:
    facts = read_facts(write(tmp_path))
    for name, table in TABLES.items():
        wanted = [(column.name, ARROW_TYPES[column.type]) for column in table.columns]
        assert [(field.name, field.type) for field in facts.table(name).schema] == wanted


def test_parquet_and_arrow_give_the_same_facts_as_csv(tmp_path: Path) -> None:
    (tmp_path / "csv").mkdir()
    facts = read_facts(write(tmp_path / "csv"))
    (tmp_path / "odd [name]*'").mkdir()
    (tmp_path / "plain").mkdir()
    odd = read_facts(as_parquet(facts, tmp_path / "odd [name]*'"))
    plain = read_facts(as_parquet(facts, tmp_path / "plain"))
    handed_over = facts_from({name: facts.table(name) for name in TABLES})
    for other in (odd, plain, handed_over):
        assert all(other.table(name).equals(facts.table(name)) for name in TABLES)
        assert other.person("王1") == facts.person("王1")


def test_empty_text_in_parquet_is_nothing_and_whole_numbers_are_numbers(tmp_path: Path) -> None:
    tables = {name: read_facts(write(tmp_path)).table(name) for name in TABLES}
    observation = {"event_id": "", "person_id": "p2", "code": "weight", "happened_on": date(2024, 1, 1), "value": 60}
    tables["observations"] = pa.Table.from_pylist([observation | {"text": None}])  # text: a column without a type
    (person,) = facts_from(tables).persons(["p2"])
    assert person.observations == (Observation("p2/weight/2024-01-01/001", "weight", date(2024, 1, 1), 60.0),)


def test_waivers_and_memberships_may_be_missing(tmp_path: Path) -> None:
    (write(tmp_path) / "waivers.csv").unlink()
    assert read_facts(tmp_path).table("waivers").num_rows == 0


@pytest.mark.parametrize(
    ("table", "old", "new", "said"),
    [
        ("people", "1950-02-28", "0202-02-28", "people, row 1, birth_date: found “0202-02-28”; days from 1900-01-01"),
        ("people", "1950-02-28", "1950-02-30", "people, row 1, birth_date: found “1950-02-30”; a date such as"),
        ("people", "1950-02-28", "28.2.1950", "people, row 1, birth_date: found “28.2.1950”; a date such as"),
        ("people", ",F,", ",女,", "people, row 1, sex: found “女”; the code is unknown. Write one of M, F, U"),
        ("people", "\np2,", "\n王1,", "people, row 2, person_id: found “王1”; the id stands in an earlier row"),
        ("people", "\np2,", "\n,", "people, row 2, person_id: found nothing; it may not be empty"),
        ("people", "sex", "gender", "people, sex: the column is missing. Columns wanted: person_id, birth_date, sex,"),
        ("people", "nickname", "sex", "people, sex: the column stands there twice"),
        ("enrolments", "2022-12-31", "2022-04-30", "enrolments, row 2, end_on: found “2022-04-30”; it may not lie"),
        ("enrolments", "\n王1", "\nx", "enrolments, row 1, person_id: found “x”; the person is not in people"),
        ("events", "e9", "e10", "events, row 2, event_id: found “e10”; the id stands in an earlier row already"),
        (
            "events",
            "clinic",
            "by fax",
            "events, row 1, mode: found “by fax”; the code is unknown. Write one of clinic,",
        ),
        ("events", "2024-02-29", "", "events, row 1, happened_on: found nothing; it may not be empty"),
        ("events", "e9,", '"e\t9",', "events, row 2, event_id: found “e\t9”; an id has no control characters"),
        (
            "observations",
            "e9,王1",
            "e8,王1",
            "observations, row 1, event_id: found “e8”; this person has no such event",
        ),
        ("observations", "e9,王1", "e9,p2", "observations, row 1, event_id: found “e9”; this person has no such event"),
        ("observations", "150.5", "nan", "observations, row 1, value: found “nan”; numbers below 1000000000000 are"),
        ("observations", "150.5", "1e12", "observations, row 1, value: found “1000000000000.0”; numbers below"),
        (
            "observations",
            "150.5",
            "150/90",
            "observations, row 1, value: found “150/90”; a number such as 6.9 is allowed",
        ),
        ("observations", "\n,王1", "\n,nobody", "observations, row 3, person_id: found “nobody”; the person is not in"),
        (
            "observations",
            "7e0,",
            "7,0,",
            "observations, row 3: found “,王1,fasting_glucose,2024-02-29,7,0,”; the line has 7",
        ),
        ("waivers", "\n王1", "\nnobody", "waivers, row 1, person_id: found “nobody”; the person is not in people"),
    ],
)
def test_what_is_wrong_is_said_with_table_row_and_remedy(
    tmp_path: Path, table: str, old: str, new: str, said: str
) -> None:
    assert old in GOOD[table]
    assert said in refusal(write(tmp_path, **{table: GOOD[table].replace(old, new, 1)}))


def test_everything_wrong_is_listed_at_once(tmp_path: Path) -> None:
    people = GOOD["people"].replace("1950", "0050").replace(",F,", ",X,")
    events = GOOD["events"].replace("clinic", "fax")
    said = refusal(write(tmp_path, people=people, events=events)).splitlines()
    assert [line.split(":")[0] for line in said] == [
        "people, row 1, birth_date",
        "people, row 1, sex",
        "events, row 1, mode",
    ]


def test_of_many_alike_twenty_are_shown_and_the_rest_is_counted(tmp_path: Path) -> None:
    events = "event_id,person_id,kind,happened_on,mode\n" + "".join(
        f"e{i:03d},王1,exam.annual,{'02' if i else '20'}24-01-01,clinic\n" for i in range(100)
    )
    said = refusal(write(tmp_path, events=events, observations=GOOD["observations"].splitlines()[0] + "\n"))
    assert len(said.splitlines()) == 21
    assert said.endswith("events, happened_on: 79 more rows like these.")


def test_files_that_are_not_there_or_not_what_they_seem(tmp_path: Path) -> None:
    assert "there is no such directory" in refusal(tmp_path / "nowhere")
    assert "people: neither people.csv nor people.parquet is there" in refusal(tmp_path)
    write(tmp_path)
    (tmp_path / "events.csv").rename(tmp_path / "event.csv")
    assert "There is event.csv: is it meant to be this one?" in refusal(tmp_path)
    (tmp_path / "event.csv").rename(tmp_path / "events.csv")
    (tmp_path / "people.parquet").write_text("no Parquet")
    assert "people: there is a .csv and a .parquet file. Keep the one that counts." in refusal(tmp_path)
    (tmp_path / "people.csv").unlink()
    assert "people.parquet cannot be read as Parquet" in refusal(tmp_path)
    (tmp_path / "people.parquet").unlink()
    (tmp_path / "people.csv").write_bytes(
        "person_id,birth_date,sex,died_on,left_on,team_id,district\n王\n".encode("gbk")
    )
    assert "people.csv is not UTF-8 text with commas (line 2). Save the file as CSV UTF-8." in refusal(tmp_path)
    (tmp_path / "people.csv").write_text("person_id;birth_date;sex;died_on;left_on;team_id;district\n")
    assert "the header has no comma. Save the file with commas" in refusal(tmp_path)
    (tmp_path / "people.csv").write_text("")
    assert "people, person_id: the column is missing" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("table", "column", "values", "said"),
    [
        ("people", "person_id", pa.array([1, 2]), "the column holds int64, where text are allowed"),
        ("people", "birth_date", pa.array(["1950-01-01"] * 2), "the column holds string, where dates (2026-03-31)"),
        ("events", "happened_on", pa.array([0, 0], pa.timestamp("us")), "the column holds timestamp[us], where dates"),
        ("observations", "value", pa.array([3.9] * 3, pa.float32()), "float (32 bits cannot hold 3.9)"),
        ("observations", "value", pa.array(["7"] * 3), "where numbers (double) are allowed. Write it as double."),
    ],
)
def test_columns_of_another_type_are_refused(
    tmp_path: Path, table: str, column: str, values: pa.Array, said: str
) -> None:
    facts = read_facts(write(tmp_path))
    tables = {name: facts.table(name) for name in TABLES}
    position = tables[table].schema.get_field_index(column)
    tables[table] = tables[table].set_column(position, column, values)
    with pytest.raises(FactsError) as refused:
        facts_from(tables)
    assert f"{table}, {column}: " in str(refused.value)
    assert said in str(refused.value)


def test_without_ids_equal_rows_stand_in_the_order_of_the_file(tmp_path: Path) -> None:
    enrolments = "person_id,kind,start_on,end_on\np2,hypertension,2023-05-01,2023-06-01\np2,hypertension,2023-05-01,\n"
    values = "".join(f",p2,weight,2024-01-01,{60 + number},\n" for number in range(11))
    observations = f"event_id,person_id,code,happened_on,value,text\n{values}"
    facts = read_facts(write(tmp_path, enrolments=enrolments, observations=observations))
    person = facts.person("p2")
    assert person is not None
    assert [enrolment.enrolment_id for enrolment in person.enrolments] == [
        "p2/hypertension/2023-05-01",
        "p2/hypertension/2023-05-01/002",
    ]
    assert [observation.value for observation in person.observations] == [60 + number for number in range(11)]


def test_two_observations_with_one_id_are_refused_wherever_they_stand(tmp_path: Path) -> None:
    lines = GOOD["observations"].splitlines()
    rows = "\n".join(
        f"{line},{name}" for line, name in zip(["e9,王1,a,2024-01-01,1,"] * 3, ["o2", "o1", "o2"], strict=True)
    )
    said = refusal(write(tmp_path, observations=f"{lines[0]},observation_id\n{rows}\n"))
    assert said.startswith("observations, row 3, observation_id: found “o2”; the id stands in an earlier row already.")


def test_what_does_not_fit_goes_to_a_private_folder_that_ends_with_the_facts() -> None:
    facts = facts_from({name: empty_table(table) for name, table in TABLES.items() if not table.optional})
    limit, folder = facts.connection.con.execute(
        "SELECT parse_formatted_bytes(current_setting('memory_limit')), current_setting('temp_directory')"
    ).fetchone()
    assert limit <= MEMORY_BYTES
    assert Path(folder).stat().st_mode & 0o077 == 0
    del facts
    gc.collect()
    assert not Path(folder).exists()
