"""Temporary tables that take mapped resources in by COPY, in blocks, so that memory does not grow with the files."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import orjson

from jinxiu.fhir.mapping import SEALED_TYPES, Mapped, OrganizationRow, PatientRow, PractitionerRow
from jinxiu.people import sealing
from jinxiu.people.names import search_keys

BLOCK_BYTES = 2 * 1024 * 1024
LONGEST_CODE = 40

# Columns as COPY sends them. `n` numbers the resources of one import and ties the tables together.
TABLES: dict[str, str] = {
    "staged": """n bigint, file int, line int, type text, id text, digest text, patient text, encounter text,
        organization text, practitioner text, reasons text, kept text, sealed bytea""",
    "staged_event": """n bigint, key text, kind text, happened_on date, at timestamptz, end_on date, mode text,
        setting text, answers text""",
    "staged_reading": """n bigint, key text, code text, happened_on date, at timestamptz, value float8, text text,
        event_key text""",
    "staged_enrolment": "n bigint, key text, kind text, start_on date, end_on date, value text",
    "staged_person": """n bigint, name text, pinyin text, initials text, sex text, birth_date date, died_on text,
        left_on text, city text, district text, address text, latitude float8, longitude float8""",
    "staged_number": """n bigint, sort text, kind text, sealed bytea, whole_hash bytea, last4_hash bytea,
        masked text""",
    "staged_institution": "n bigint, code text, name text, phone text, city text, district text",
    "staged_staff": "n bigint, name text",
}

Value = str | int | float | bytes | None


class Staging:
    """The temporary tables of one import, inside its transaction."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor
        self._blocks: dict[str, bytearray] = {name: bytearray() for name in TABLES}
        for name, columns in TABLES.items():
            # A transaction of the caller (a test's) may still hold the tables of an import before this one.
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
            cursor.execute(f"CREATE TEMP TABLE {name} ({columns}) ON COMMIT DROP")

    def add(self, n: int, file: int, line: int, mapped: Mapped) -> None:
        """Take one resource in; numbers of people are sealed on the way."""
        for event in mapped.events:
            self._put("staged_event", n, *_dates(event, 2, 3, 4))
        for reading in mapped.readings:
            self._put("staged_reading", n, *_dates(reading, 3))
        for enrolment in mapped.enrolments:
            self._put("staged_enrolment", n, *_dates(enrolment, 3))
        if mapped.subject is not None:
            self._add_subject(n, mapped)
        self._add_resource(n, file, line, mapped)

    def finish(self) -> None:
        """Send what is left and let the planner look at the tables."""
        for name in TABLES:
            self._send(name)
            self._cursor.execute(f"ANALYZE {name}")

    def _add_resource(self, n: int, file: int, line: int, mapped: Mapped) -> None:
        sealed: bytes | None = None
        kept = mapped.raw.decode()
        if kept and mapped.resource_type in SEALED_TYPES:
            kept, sealed = "", sealing.seal(kept, sealing.AS_SENT)
        links = (mapped.patient, mapped.encounter, mapped.organization, mapped.practitioner)
        reasons = orjson.dumps([list(kept) for kept in mapped.kept]).decode() if mapped.kept else "[]"
        self._put(
            "staged",
            n,
            file,
            line,
            mapped.resource_type,
            mapped.resource_id,
            mapped.digest(),
            *links,
            reasons,
            kept,
            sealed,
        )

    def _add_subject(self, n: int, mapped: Mapped) -> None:
        match mapped.subject:
            case PatientRow() as patient:
                self._add_person(n, patient)
            case OrganizationRow() as organization:
                place = organization.address
                city, district = (place.city, place.district) if place else ("", "")
                code = _short(mapped.resource_id)
                self._put("staged_institution", n, code, organization.name, organization.phone, city, district)
            case PractitionerRow() as practitioner:
                self._put("staged_staff", n, practitioner.name)

    def _add_person(self, n: int, patient: PatientRow) -> None:
        keys = search_keys(patient.name)
        where = patient.address
        place: tuple[Value, ...] = (None,) * 5
        if where:
            place = (where.city, where.district, where.line, where.latitude, where.longitude)
        self._put(
            *("staged_person", n, patient.name, keys.pinyin[:300], keys.initials[:60], patient.sex),
            *(patient.birth_date or None, patient.died_on or None, patient.left_on or None),
            *place,
        )
        for number in patient.identifiers:
            self._put("staged_number", n, "identifier", number.kind, *_columns(sealing.identifier_columns(*number)))
        for number in patient.phones:
            self._put("staged_number", n, "phone", number.kind, *_columns(sealing.phone_columns(number.value)))

    def _put(self, table: str, *values: Value) -> None:
        block = self._blocks[table]
        block += b"\t".join(map(_field, values))
        block += b"\n"
        if len(block) > BLOCK_BYTES:
            self._send(table)

    def _send(self, table: str) -> None:
        block = self._blocks[table]
        if block:
            with self._cursor.copy(f"COPY {table} FROM STDIN") as copy:
                copy.write(bytes(block))
            block.clear()


def _dates(row: tuple[Any, ...], *optional: int) -> tuple[Value, ...]:
    """Return the row with its optional days and instants as null where they are empty."""
    values = list(row)
    for index in optional:
        values[index] = values[index] or None
    return tuple(values)


def _columns(columns: dict[str, bytes | str]) -> tuple[Value, ...]:
    return tuple(columns[name] for name in ("sealed", "whole_hash", "last4_hash", "masked"))


def _short(resource_id: str) -> str:
    """Return an id as a code of at most 40 characters, the same for the same id."""
    if len(resource_id) <= LONGEST_CODE:
        return resource_id
    return f"{resource_id[:31]}-{blake2b(resource_id.encode(), digest_size=4).hexdigest()}"


def _field(value: Value) -> bytes:
    """Return a value as COPY's text format wants it."""
    if value is None:
        return b"\\N"
    if isinstance(value, str):
        return _escaped(value)
    if isinstance(value, bytes):
        return b"\\\\x" + value.hex().encode()
    return repr(value).encode()


def _escaped(text: str) -> bytes:
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if not text.isprintable():
        text = text.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r").replace("\x00", "\ufffd")
    return text.encode()
