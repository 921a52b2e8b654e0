"""What an import changes of people whom it brought before, and the versions that keep what stood there until then.

The statements run before those that write people. `people.correcting` reads the versions; a number that goes is
sealed in them, for a mask does not give it back.
"""

from __future__ import annotations

import json
from itertools import groupby
from operator import itemgetter
from typing import Any

from jinxiu.people import sealing
from jinxiu.people.correcting.rules import IMPORT
from jinxiu.people.correcting.statements import DATA

# Who corrects one of these people at this moment is waited for, and waits for us.
_LOCK = """
    SELECT p.id FROM people_person p WHERE p.id IN (
        SELECT unnest(ARRAY[record.id, record.merged_into_id]) FROM incoming i
        JOIN people_person record ON record.id = i.person_id WHERE i.type = 'Patient' AND i.known_id IS NOT NULL)
    ORDER BY p.id FOR NO KEY UPDATE
"""

# A death that is recorded stays (see below), so nobody can be born after it.
BORN_AFTER_DEATH = """
    CREATE TEMP TABLE born_after_death ON COMMIT DROP AS
    SELECT s.n, s.file, s.line, s.type, 'birthDate' AS element, person.birth_date::text AS target
    FROM staged s JOIN staged_person person USING (n)
    JOIN fhir_sourceresource known ON known.source_system = %(source)s
        AND known.resource_type = s.type AND known.resource_id = s.id AND known.digest <> s.digest
    JOIN people_person record ON record.id = known.person_id
    JOIN people_person p ON p.id = coalesce(record.merged_into_id, record.id)
    WHERE coalesce(person.died_on, 'unknown') = 'unknown' AND person.birth_date > p.died_on
"""

REMOVE_BORN_AFTER_DEATH = "DELETE FROM staged USING born_after_death WHERE born_after_death.n = staged.n"

# A record that was merged speaks for the one that is kept, unless that one has words of its own in the files.
# Somebody of whom the file says only that he died or left, not when, is taken to have done so by the day of the import.
# A file that says nothing of a death does not take back one that is recorded: people do, by correcting the record.
_PERSON_WANTED = """
    CREATE TEMP TABLE person_wanted ON COMMIT DROP AS
    SELECT DISTINCT ON (p.id) p.id AS person_id, s.name, s.pinyin, s.initials, s.sex, s.birth_date, h.household_id,
        CASE WHEN s.died_on = 'unknown' THEN coalesce(p.died_on, greatest(%(today)s, s.birth_date))
            ELSE coalesce(s.died_on::date, p.died_on) END AS died_on,
        CASE WHEN s.left_on = 'unknown' THEN coalesce(p.left_on, %(today)s) ELSE p.left_on END AS left_on,
        i.key, s.died_on IS NULL AND p.died_on IS NOT NULL AS keeps_death
    FROM staged_person s JOIN incoming i USING (n) JOIN people_person record ON record.id = i.person_id
    JOIN people_person p ON p.id = coalesce(record.merged_into_id, record.id) LEFT JOIN household_of h USING (n)
    WHERE i.known_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM incoming own WHERE own.type = 'Patient' AND own.person_id = record.merged_into_id)
    ORDER BY p.id, i.n
"""

# A number that the source has replaced goes; one that somebody entered here under another system stays.
_NUMBER_GONE = """
    CREATE TEMP TABLE number_gone ON COMMIT DROP AS
    SELECT DISTINCT old.id, old.person_id
    FROM incoming i JOIN staged_number s USING (n) JOIN people_identifier old ON old.person_id = i.person_id
    WHERE i.known_id IS NOT NULL AND i.type = 'Patient' AND s.sort = 'identifier'
        AND old.system = s.kind AND old.whole_hash <> s.whole_hash
"""

_PERSON_CHANGE = """
    CREATE TEMP TABLE person_change ON COMMIT DROP AS
    SELECT w.person_id, part.field
    FROM person_wanted w JOIN people_person p ON p.id = w.person_id
    CROSS JOIN LATERAL (VALUES
        ('name', w.name <> p.name), ('sex', w.sex <> p.sex),
        ('birth_date', w.birth_date IS DISTINCT FROM p.birth_date),
        ('address', w.household_id IS DISTINCT FROM p.household_id),
        ('died_on', w.died_on IS DISTINCT FROM p.died_on), ('left_on', w.left_on IS DISTINCT FROM p.left_on)
    ) part (field, differs) WHERE part.differs
    UNION SELECT person_id, 'identifiers' FROM number_gone
    UNION SELECT first.person_id, 'identifiers' FROM (
        SELECT DISTINCT ON (s.kind, s.whole_hash) i.person_id, i.known_id FROM staged_number s JOIN incoming i USING (n)
        WHERE s.sort = 'identifier' AND NOT EXISTS (
            SELECT FROM people_identifier taken WHERE taken.system = s.kind AND taken.whole_hash = s.whole_hash
                AND taken.id NOT IN (SELECT id FROM number_gone))
        ORDER BY s.kind, s.whole_hash, n) first WHERE first.known_id IS NOT NULL
    UNION SELECT i.person_id, 'phones' FROM staged_number s JOIN incoming i USING (n)
        WHERE s.sort = 'phone' AND i.known_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM people_contactpoint had WHERE had.person_id = i.person_id AND had.whole_hash = s.whole_hash)
"""

_VERSIONS = f"""
    INSERT INTO people_personversion (person_id, revision, values, changed_at, changed_by_id, reason, words)
    SELECT p.id, p.revision, jsonb_build_object('data', {DATA}, 'change', jsonb_build_object('fields', d.fields)),
        %(now)s, (SELECT id FROM people_staff WHERE user_id = %(user)s), '{IMPORT}', ''
    FROM (SELECT person_id, jsonb_agg(field ORDER BY field) AS fields FROM person_change GROUP BY person_id) d
    JOIN people_person p ON p.id = d.person_id
    LEFT JOIN people_household h ON h.id = p.household_id LEFT JOIN people_place place ON place.id = h.place_id
"""  # noqa: S608 - words of ours

_NUMBERS_OF_THOSE_WHO_LOSE_ONE = """
    SELECT v.id, every.sort, every.kind, every.sealed
    FROM (SELECT DISTINCT person_id FROM number_gone) losing
    JOIN people_person p ON p.id = losing.person_id
    JOIN people_personversion v ON v.person_id = p.id AND v.revision = p.revision
    CROSS JOIN LATERAL (
        SELECT 'identifiers' AS sort, system AS kind, sealed, id FROM people_identifier WHERE person_id = p.id
        UNION ALL SELECT 'phones', use, sealed, id FROM people_contactpoint WHERE person_id = p.id) every
    ORDER BY v.id, every.sort, every.id
"""

_COUNT_ON = """
    UPDATE people_person p SET revision = revision + 1
    FROM (SELECT DISTINCT person_id FROM person_change) d WHERE p.id = d.person_id
"""

CHANGES = (_LOCK, _PERSON_WANTED, _NUMBER_GONE, _PERSON_CHANGE, _VERSIONS)
KEPT_DEATHS = "SELECT key FROM person_wanted WHERE keeps_death ORDER BY key"
TEMPORARY_TABLES = ("born_after_death", "person_wanted", "number_gone", "person_change")

_PURPOSES = {"identifiers": sealing.IDENTIFIER, "phones": sealing.PHONE}


def seal_numbers(cursor: Any) -> None:
    """Seal into the new versions the numbers of people of whom one goes, then count the revisions on."""
    cursor.execute(_NUMBERS_OF_THOSE_WHO_LOSE_ONE)
    sealed = [
        (sealing.seal(json.dumps(_opened(rows)), sealing.EARLIER), version)
        for version, rows in groupby(cursor.fetchall(), key=itemgetter(0))
    ]
    cursor.executemany("UPDATE people_personversion SET sealed = %s WHERE id = %s", sealed)
    cursor.execute(_COUNT_ON)


def _opened(rows: Any) -> dict[str, list[list[str]]]:
    numbers: dict[str, list[list[str]]] = {"identifiers": [], "phones": []}
    for _version, sort, kind, sealed in rows:
        numbers[sort].append([kind, sealing.open_sealed(sealed, _PURPOSES[sort])])
    return numbers
