"""Files as bulk export delivers them: names, archives, line ends, and what can be wrong with a file."""

import gzip
from pathlib import Path

import pytest

from jinxiu.fhir.ndjson import InputError, Line, LineReader, find_files


def lines(path: Path, longest: int = 1000) -> list[Line]:
    return list(LineReader(find_files([path])[0], longest))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Patient.ndjson", "Patient"),
        ("Patient.1.ndjson", "Patient"),
        ("Observation.000.ndjson.gz", "Observation"),
        ("Observation-2019_07.ndjson", "Observation"),
        ("everything.ndjson", ""),
    ],
)
def test_the_name_of_a_file_promises_a_type(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / name).write_bytes(b"")
    assert [file.resource_type for file in find_files([tmp_path])] == [kind]


def test_directories_give_their_ndjson_files_and_nothing_twice(tmp_path: Path) -> None:
    for name in ("b.ndjson", "a.ndjson.gz", "README.md", "log.json"):
        (tmp_path / name).write_bytes(b"")
    assert [file.name for file in find_files([tmp_path, tmp_path / "b.ndjson"])] == ["a.ndjson.gz", "b.ndjson"]


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()])
def test_nothing_to_read_is_said_in_a_sentence(tmp_path: Path, make: object) -> None:
    path = tmp_path / "there"
    make(path)  # type: ignore[operator]
    with pytest.raises(InputError, match="give"):
        find_files([path])


def test_blank_lines_line_ends_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(b'\xef\xbb\xbf{"a":1}\r\n\r\n   \n{"b":2}')
    assert lines(path) == [Line(1, b'{"a":1}'), Line(4, b'{"b":2}')]


@pytest.mark.parametrize("name", ["a.ndjson.gz", "a.ndjson"])
def test_an_archive_is_known_by_its_first_bytes(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(b'{"a":1}\n') + gzip.compress(b'{"b":2}\n'))
    assert [line.content for line in lines(path)] == [b'{"a":1}', b'{"b":2}']


def test_a_file_of_no_bytes_has_no_lines(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson.gz").write_bytes(b"")
    assert lines(tmp_path / "a.ndjson.gz") == []


def test_a_line_that_would_fill_the_memory_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"x" * 3_000_000 + b"\n{}\n" + b"y" * 1001)
    assert [(line.number, line.content, bool(line.problem)) for line in lines(path)] == [
        (1, b"", True),
        (2, b"{}", False),
        (3, b"", True),
    ]


@pytest.mark.parametrize("damage", [lambda data: data[:-12], lambda data: data[:40] + b"\x00" * 20 + data[60:]])
def test_a_damaged_archive_is_a_line_with_a_problem(tmp_path: Path, damage: object) -> None:
    path = tmp_path / "a.ndjson.gz"
    path.write_bytes(damage(gzip.compress(bytes(range(256)) * 40 + b"\n", mtime=0)))  # type: ignore[operator]
    assert "gzip" in lines(path)[-1].problem
