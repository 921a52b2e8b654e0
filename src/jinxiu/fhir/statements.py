"""The set-based statements of an import, in the order in which `load` runs them. They see the staged tables and ours.

Names: `source` is the source system, `now` the instant of the import, `today` the business day. A row of evidence from
a source has the source's key (`Observation/1#systolic`); its chain of corrections keeps that key.
"""

from jinxiu.people.restricting.statements import CLOSED_TO_CARE

# --- which lines can go in

SECOND_TIMES = """
    SELECT again.n, again.file, again.line, again.type, again.id, first.file, first.line, again.digest = first.digest
    FROM staged again
    JOIN (SELECT type, id, min(n) AS n FROM staged GROUP BY type, id HAVING count(*) > 1) once USING (type, id)
    JOIN staged first ON first.n = once.n
    WHERE again.n <> once.n
    ORDER BY again.n
"""

REMOVE_SECOND_TIMES = """
    DELETE FROM staged again USING (SELECT type, id, min(n) AS n FROM staged GROUP BY type, id HAVING count(*) > 1) once
    WHERE again.type = once.type AND again.id = once.id AND again.n <> once.n
"""

INDEX_STAGED = "CREATE UNIQUE INDEX ON staged (type, id)"

ABOUT_NOBODY = """
    CREATE TEMP TABLE about_nobody ON COMMIT DROP AS
    SELECT s.n, s.file, s.line, s.type, 'patient' AS element, 'Patient/' || s.patient AS target
    FROM staged s
    LEFT JOIN staged p ON p.type = 'Patient' AND p.id = s.patient
    LEFT JOIN fhir_sourceresource known ON known.source_system = %(source)s
        AND known.resource_type = 'Patient' AND known.resource_id = s.patient
    WHERE s.patient <> '' AND p.n IS NULL AND known.id IS NULL
"""

# Evidence does not move from one person to another: a chain of corrections is about one person.
ADD_MOVED = """
    INSERT INTO about_nobody
    SELECT s.n, s.file, s.line, s.type, 'patient',
        CASE WHEN s.patient = '' THEN 'nobody' ELSE 'Patient/' || s.patient END
    FROM staged s
    JOIN fhir_sourceresource known ON known.source_system = %(source)s
        AND known.resource_type = s.type AND known.resource_id = s.id
    LEFT JOIN fhir_sourceresource patient ON patient.source_system = %(source)s
        AND patient.resource_type = 'Patient' AND patient.resource_id = s.patient
    WHERE s.type <> 'Patient' AND known.person_id IS NOT NULL AND known.person_id IS DISTINCT FROM patient.person_id
        AND NOT EXISTS (SELECT FROM about_nobody b WHERE b.n = s.n)
"""

REMOVE_ABOUT_NOBODY = "DELETE FROM staged USING about_nobody bad WHERE bad.n = staged.n"

# A link to an encounter of somebody else is no link either.
LINKS_TO_NOTHING = """
    CREATE TEMP TABLE link_to_nothing ON COMMIT DROP AS
    SELECT s.n, s.file, s.line, s.type, 'encounter' AS element, 'Encounter/' || s.encounter AS target
    FROM staged s
    LEFT JOIN staged e ON e.type = 'Encounter' AND e.id = s.encounter
    LEFT JOIN fhir_sourceresource known ON known.source_system = %(source)s
        AND known.resource_type = 'Encounter' AND known.resource_id = s.encounter
    LEFT JOIN fhir_sourceresource patient ON patient.source_system = %(source)s
        AND patient.resource_type = 'Patient' AND patient.resource_id = s.patient
    WHERE s.encounter <> ''
        AND CASE WHEN e.n IS NOT NULL THEN e.patient <> s.patient
                 ELSE known.id IS NULL OR known.person_id IS DISTINCT FROM patient.person_id END
    UNION ALL
    SELECT s.n, s.file, s.line, s.type, 'serviceProvider', 'Organization/' || s.organization
    FROM staged s
    LEFT JOIN staged o ON o.type = 'Organization' AND o.id = s.organization
    LEFT JOIN fhir_sourceresource known ON known.source_system = %(source)s
        AND known.resource_type = 'Organization' AND known.resource_id = s.organization
    WHERE s.organization <> '' AND o.n IS NULL AND known.id IS NULL
    UNION ALL
    SELECT s.n, s.file, s.line, s.type, 'practitioner', 'Practitioner/' || s.practitioner
    FROM staged s
    LEFT JOIN staged d ON d.type = 'Practitioner' AND d.id = s.practitioner
    LEFT JOIN fhir_sourceresource known ON known.source_system = %(source)s
        AND known.resource_type = 'Practitioner' AND known.resource_id = s.practitioner
    WHERE s.practitioner <> '' AND d.n IS NULL AND known.id IS NULL
"""

# The mark behind the digest has the line looked at again when what it links to comes later.
REMOVE_LINKS_TO_NOTHING = """
    UPDATE staged SET
        encounter = CASE WHEN bad.elements @> '{encounter}' THEN '' ELSE encounter END,
        organization = CASE WHEN bad.elements @> '{serviceProvider}' THEN '' ELSE organization END,
        practitioner = CASE WHEN bad.elements @> '{practitioner}' THEN '' ELSE practitioner END,
        digest = digest || '-'
    FROM (SELECT n, array_agg(element) AS elements FROM link_to_nothing GROUP BY n) bad
    WHERE bad.n = staged.n
"""

# New or changed lines about somebody whose record is closed; what is here already stays and is passed over.
CLOSED = f"""
    CREATE TEMP TABLE closed ON COMMIT DROP AS
    SELECT s.n, s.file, s.line, s.type, 'patient' AS element, 'Patient/' || s.patient AS target
    FROM staged s
    JOIN fhir_sourceresource patient ON patient.source_system = %(source)s
        AND patient.resource_type = 'Patient' AND patient.resource_id = s.patient
    JOIN people_person record ON record.id = patient.person_id
    JOIN people_restriction r ON r.person_id IN (record.id, record.merged_into_id) AND {CLOSED_TO_CARE}
    LEFT JOIN fhir_sourceresource known ON known.source_system = %(source)s
        AND known.resource_type = s.type AND known.resource_id = s.id
    WHERE known.id IS NULL OR known.digest <> s.digest
"""  # noqa: S608 - words of ours

REMOVE_CLOSED = "DELETE FROM staged USING closed WHERE closed.n = staged.n"

INCOMING = """
    CREATE TEMP TABLE incoming ON COMMIT DROP AS
    SELECT s.n, s.type, s.id, s.type || '/' || s.id AS key, s.patient, s.encounter, s.organization, s.practitioner,
        known.id AS known_id, known.person_id, known.institution_id, known.staff_id
    FROM staged s
    LEFT JOIN fhir_sourceresource known ON known.source_system = %(source)s
        AND known.resource_type = s.type AND known.resource_id = s.id
    WHERE known.id IS NULL OR known.digest <> s.digest
"""

INCOMING_COUNTS = """
    SELECT type, count(*), count(i.n) FILTER (WHERE i.known_id IS NULL),
        count(i.n) FILTER (WHERE i.known_id IS NOT NULL)
    FROM staged LEFT JOIN incoming i USING (n, type) GROUP BY type
"""

INDEX_INCOMING = "CREATE INDEX ON incoming (n)"

# --- who and where

PLACES = (
    """
    CREATE TEMP TABLE address ON COMMIT DROP AS
    SELECT DISTINCT city, district FROM (
        SELECT city, district FROM staged_person JOIN incoming USING (n)
        UNION ALL SELECT city, district FROM staged_institution JOIN incoming USING (n)
    ) every WHERE city <> ''
    """,
    """
    INSERT INTO people_place (code, name, name_en, kind)
    SELECT 'fhir-' || left(md5(city), 16), city, '', 'city' FROM (SELECT DISTINCT city FROM address) a
    WHERE NOT EXISTS (SELECT FROM people_place p WHERE p.kind = 'city' AND p.name = a.city)
    """,
    """
    CREATE TEMP TABLE city_of ON COMMIT DROP AS
    SELECT city, (SELECT min(p.id) FROM people_place p WHERE p.kind = 'city' AND p.name = a.city) AS place_id
    FROM (SELECT DISTINCT city FROM address) a
    """,
    """
    INSERT INTO people_place (code, name, name_en, kind, parent_id)
    SELECT 'fhir-' || left(md5(city || '/' || district), 16), district, '', 'district', c.place_id
    FROM address a JOIN city_of c USING (city)
    WHERE district <> '' AND NOT EXISTS (
        SELECT FROM people_place p WHERE p.kind = 'district' AND p.name = a.district AND p.parent_id = c.place_id)
    """,
    """
    CREATE TEMP TABLE place_of ON COMMIT DROP AS
    SELECT a.city, a.district, coalesce(
        (SELECT min(p.id) FROM people_place p
         WHERE p.kind = 'district' AND p.name = a.district AND p.parent_id = c.place_id AND a.district <> ''),
        c.place_id) AS place_id
    FROM address a JOIN city_of c USING (city)
    """,
    """
    INSERT INTO people_household (place_id, address, latitude, longitude)
    SELECT DISTINCT ON (w.place_id, s.address) w.place_id, s.address, s.latitude, s.longitude
    FROM staged_person s JOIN incoming USING (n) JOIN place_of w USING (city, district)
    WHERE NOT EXISTS (
        SELECT FROM people_household h WHERE h.place_id = w.place_id AND h.address = s.address)
    ORDER BY w.place_id, s.address, s.n
    """,
    """
    CREATE TEMP TABLE household_of ON COMMIT DROP AS
    SELECT s.n, min(h.id) AS household_id
    FROM staged_person s JOIN incoming USING (n) JOIN place_of w USING (city, district)
    JOIN people_household h ON h.place_id = w.place_id AND h.address = s.address
    GROUP BY s.n
    """,
)

INSTITUTIONS = (
    """
    UPDATE incoming i SET institution_id = nextval(pg_get_serial_sequence('people_institution', 'id'))
    WHERE i.type = 'Organization' AND i.institution_id IS NULL
    """,
    """
    INSERT INTO people_institution (id, code, name, name_en, place_id, phone)
    SELECT i.institution_id,
        CASE WHEN EXISTS (SELECT FROM people_institution other WHERE other.code = s.code)
             THEN left(s.code, 31) || '-' || left(md5(%(source)s || i.id), 8) ELSE s.code END,
        s.name, '', w.place_id, s.phone
    FROM staged_institution s JOIN incoming i USING (n) LEFT JOIN place_of w USING (city, district)
    WHERE NOT EXISTS (SELECT FROM people_institution mine WHERE mine.id = i.institution_id)
    """,
    """
    UPDATE people_institution t SET name = s.name, phone = s.phone, place_id = w.place_id
    FROM staged_institution s JOIN incoming i USING (n) LEFT JOIN place_of w USING (city, district)
    WHERE t.id = i.institution_id AND i.known_id IS NOT NULL
    """,
)

STAFF = (
    """
    UPDATE incoming i SET staff_id = nextval(pg_get_serial_sequence('people_staff', 'id'))
    WHERE i.type = 'Practitioner' AND i.staff_id IS NULL
    """,
    """
    INSERT INTO people_staff (id, name, name_en, title)
    SELECT i.staff_id, s.name, '', '' FROM staged_staff s JOIN incoming i USING (n)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name
    """,
)

# `changes` has told what becomes of the people who are here already.
PERSONS = (
    """
    CREATE TEMP TABLE new_person ON COMMIT DROP AS
    SELECT n, nextval(pg_get_serial_sequence('people_person', 'id')) AS person_id
    FROM (SELECT n FROM incoming WHERE type = 'Patient' AND person_id IS NULL ORDER BY n) new
    """,
    "UPDATE incoming i SET person_id = new.person_id FROM new_person new WHERE new.n = i.n",
    """
    INSERT INTO people_person (id, name, pinyin, initials, sex, birth_date, died_on, left_on, household_id,
        is_synthetic, created_at)
    SELECT new.person_id, s.name, s.pinyin, s.initials, s.sex, s.birth_date,
        CASE WHEN s.died_on = 'unknown' THEN greatest(%(today)s, s.birth_date) ELSE s.died_on::date END,
        CASE WHEN s.left_on = 'unknown' THEN %(today)s ELSE s.left_on::date END,
        h.household_id, false, %(now)s
    FROM new_person new JOIN staged_person s USING (n) LEFT JOIN household_of h USING (n)
    ORDER BY new.person_id
    """,
    """
    UPDATE people_person p SET name = w.name, pinyin = w.pinyin, initials = w.initials, sex = w.sex,
        birth_date = w.birth_date, household_id = w.household_id,
        head_relation = CASE WHEN w.household_id = p.household_id THEN p.head_relation ELSE '' END,
        died_on = w.died_on, left_on = w.left_on
    FROM person_wanted w WHERE p.id = w.person_id
    """,
    # Numbers and evidence of a merged record stay its own.
    "DELETE FROM people_identifier old USING number_gone gone WHERE gone.id = old.id",
    """
    INSERT INTO people_identifier (person_id, system, sealed, whole_hash, last4_hash, masked)
    SELECT i.person_id, s.kind, s.sealed, s.whole_hash, s.last4_hash, s.masked
    FROM staged_number s JOIN incoming i USING (n) WHERE s.sort = 'identifier' ORDER BY n
    ON CONFLICT (system, whole_hash) DO NOTHING
    """,
    """
    INSERT INTO people_contactpoint (person_id, use, sealed, whole_hash, last4_hash, masked)
    SELECT i.person_id, s.kind, s.sealed, s.whole_hash, s.last4_hash, s.masked
    FROM staged_number s JOIN incoming i USING (n) WHERE s.sort = 'phone' ORDER BY n
    ON CONFLICT (person_id, whole_hash) DO NOTHING
    """,
)

TAKEN_NUMBERS = """
    SELECT s.kind, count(*)
    FROM staged_number s JOIN incoming i USING (n)
    JOIN people_identifier owner ON owner.system = s.kind AND owner.whole_hash = s.whole_hash
    WHERE s.sort = 'identifier' AND owner.person_id <> i.person_id GROUP BY s.kind
"""

PATIENT_OF = (
    """
    CREATE TEMP TABLE patient_of ON COMMIT DROP AS
    SELECT i.id, i.person_id FROM incoming i WHERE i.type = 'Patient'
    UNION
    SELECT known.resource_id, known.person_id
    FROM fhir_sourceresource known
    WHERE known.source_system = %(source)s AND known.resource_type = 'Patient'
        AND known.resource_id IN (SELECT patient FROM incoming)
    """,
    "CREATE INDEX ON patient_of (id)",
    "UPDATE incoming i SET person_id = p.person_id FROM patient_of p WHERE i.patient <> '' AND p.id = i.patient",
    "CREATE UNIQUE INDEX ON incoming (key)",
    "ANALYZE incoming",
    "ANALYZE patient_of",
)

# --- evidence: what should be in force, beside what is

IN_FORCE = (
    """
    CREATE TEMP TABLE touched ON COMMIT DROP AS
    SELECT DISTINCT person_id FROM incoming WHERE patient <> '' AND person_id IS NOT NULL
    """,
    "ANALYZE touched",
    """
    CREATE TEMP TABLE current_event ON COMMIT DROP AS
    SELECT e.*, e.recorded_by_id IS NOT NULL AS corrected FROM evidence_event e JOIN touched USING (person_id)
    WHERE e.source_system = %(source)s AND e.source_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM evidence_event later WHERE later.supersedes_id = e.id)
    """,
    """
    CREATE TEMP TABLE current_reading ON COMMIT DROP AS
    SELECT o.*, split_part(e.source_id, '#', 1) AS encounter_key
    FROM evidence_observation o JOIN touched USING (person_id) LEFT JOIN evidence_event e ON e.id = o.event_id
    WHERE o.source_system = %(source)s AND o.source_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM evidence_observation later WHERE later.supersedes_id = o.id)
    """,
    # All sources: an enrolment that was written here makes a follow-up out of an imported encounter as well.
    """
    CREATE TEMP TABLE current_enrolment ON COMMIT DROP AS
    SELECT n.*, n.source_system = %(source)s AND n.source_id IS NOT NULL AND n.recorded_by_id IS NULL AS ours
    FROM evidence_enrolment n JOIN touched USING (person_id)
    WHERE NOT EXISTS (SELECT FROM evidence_enrolment later WHERE later.supersedes_id = n.id)
    """,
    "ANALYZE current_event",
    "ANALYZE current_reading",
    "ANALYZE current_enrolment",
)

# The same diagnosis is written down at every visit: conditions of one kind whose days meet are one enrolment, from the
# earliest start. The row of the earliest bears it; of two that begin together the one that is already here.
ENROLMENTS_WANTED = """
    CREATE TEMP TABLE wanted_enrolment ON COMMIT DROP AS
    WITH said AS (
        SELECT s.key, i.person_id, s.kind, s.value, s.start_on, coalesce(s.end_on, 'infinity') AS end_on, true AS fresh
        FROM staged_enrolment s JOIN incoming i USING (n)
        UNION ALL
        SELECT c.source_id, c.person_id, c.kind, c.value, c.start_on, coalesce(c.end_on, 'infinity'), false
        FROM current_enrolment c
        WHERE c.ours AND c.kind <> 'withdrawn'
            AND NOT EXISTS (SELECT FROM incoming i WHERE i.key = split_part(c.source_id, '#', 1))
    ), reach AS (
        SELECT *, max(end_on) OVER (
            PARTITION BY person_id, kind, value ORDER BY start_on, fresh, key
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
        FROM said
    ), island AS (
        SELECT *, count(*) FILTER (WHERE reached IS NULL OR start_on > reached) OVER (
            PARTITION BY person_id, kind, value ORDER BY start_on, fresh, key ROWS UNBOUNDED PRECEDING) AS number
        FROM reach
    )
    SELECT (array_agg(key ORDER BY start_on, fresh, key))[1] AS key, person_id, kind, value, min(start_on) AS start_on,
        nullif(max(end_on), 'infinity') AS end_on
    FROM island GROUP BY person_id, kind, value, number
"""

RULES = """
    CREATE TEMP TABLE rule (
        ordinal int, event text, enrolled_in text, of_type text[], settings text[], when_any text[], takes text[]
    ) ON COMMIT DROP
"""

ADD_RULE = "INSERT INTO rule VALUES (%s, %s, %s, %s, %s, %s, %s)"

READINGS_WANTED = """
    CREATE TEMP TABLE wanted_reading ON COMMIT DROP AS
    SELECT s.n, s.key, i.person_id, s.code, s.happened_on, s.at, s.value, s.text, coalesce(nullif(s.event_key, ''),
        CASE WHEN i.encounter = '' THEN NULL ELSE 'Encounter/' || i.encounter END) AS encounter_key, i.key AS resource
    FROM staged_reading s JOIN incoming i USING (n)
    UNION ALL
    SELECT NULL, c.source_id, c.person_id, c.code, c.happened_on, NULL, c.value, c.text, c.encounter_key, NULL
    FROM current_reading c
    WHERE c.text <> 'withdrawn' AND NOT EXISTS (SELECT FROM incoming i WHERE i.key = split_part(c.source_id, '#', 1))
"""

EVENTS_WANTED = (
    """
    CREATE TEMP TABLE wanted_event ON COMMIT DROP AS
    SELECT s.n, s.key, i.person_id, s.kind, s.happened_on, s.at, s.end_on, s.mode, s.setting,
        s.answers::jsonb AS answers,
        NULL::text AS encounter_key, 0 AS ordinal
    FROM staged_event s JOIN incoming i USING (n)
    """,
    """
    CREATE TEMP TABLE encounter ON COMMIT DROP AS
    SELECT n, key, person_id, happened_on, at, mode, setting, answers ->> 'code' AS code
    FROM wanted_event WHERE key LIKE 'Encounter/%%'
    UNION ALL
    SELECT NULL, c.source_id, c.person_id, c.happened_on, c.at, c.mode, c.setting, c.answers ->> 'code'
    FROM current_event c
    WHERE c.source_id LIKE 'Encounter/%%' AND position('#' IN c.source_id) = 0 AND c.kind <> 'withdrawn'
        AND NOT EXISTS (SELECT FROM incoming i WHERE i.key = c.source_id)
    """,
    """
    CREATE TEMP TABLE enrolled ON COMMIT DROP AS
    SELECT person_id, kind, start_on, end_on FROM wanted_enrolment
    UNION ALL
    SELECT person_id, kind, start_on, end_on FROM current_enrolment WHERE NOT ours
    """,
    "CREATE INDEX ON enrolled (person_id, kind)",
    """
    CREATE TEMP TABLE measured ON COMMIT DROP AS
    SELECT DISTINCT r.ordinal, x.encounter_key FROM rule r JOIN wanted_reading x ON x.code = ANY (r.when_any)
    WHERE x.encounter_key IS NOT NULL
    """,
    "ANALYZE encounter",
    "ANALYZE enrolled",
    "ANALYZE measured",
    """
    INSERT INTO wanted_event
    SELECT e.n, e.key || '#' || r.event, e.person_id, r.event, e.happened_on, e.at, NULL, e.mode, e.setting, '{}',
        e.key, r.ordinal
    FROM measured x JOIN encounter e ON e.key = x.encounter_key JOIN rule r ON r.ordinal = x.ordinal
    WHERE e.setting = ANY (r.settings) AND (r.of_type = '{}' OR string_to_array(e.code, ' ') && r.of_type)
        AND (r.enrolled_in = '' OR EXISTS (
            SELECT FROM enrolled a WHERE a.person_id = e.person_id AND a.kind = r.enrolled_in
                AND a.start_on <= e.happened_on AND (a.end_on IS NULL OR a.end_on >= e.happened_on)))
    """,
    "ANALYZE wanted_event",
)

# --- evidence: what has to be written. What somebody corrected here (the last row of the chain was recorded by a member
# of staff) is left alone, and so are the readings of an event that was corrected: the correction says which still hold.

WRITE_ENROLMENTS = """
    INSERT INTO evidence_enrolment (person_id, kind, start_on, end_on, end_reason, value, recorded_at, source_system,
        source_id, supersedes_id)
    SELECT person_id, kind, start_on, end_on, '', value, %(now)s, %(source)s, key, supersedes_id FROM (
        SELECT w.person_id, w.kind, w.value, w.start_on, w.end_on, w.key, c.id AS supersedes_id
        FROM wanted_enrolment w LEFT JOIN current_enrolment c ON c.ours AND c.source_id = w.key
        WHERE CASE WHEN c.id IS NULL
            THEN NOT EXISTS (SELECT FROM evidence_enrolment taken WHERE taken.supersedes_id IS NULL
                AND taken.source_system = %(source)s AND taken.source_id = w.key)
            ELSE (c.person_id, c.kind, c.value, c.start_on, c.end_on)
                IS DISTINCT FROM (w.person_id, w.kind, w.value, w.start_on, w.end_on) END
        UNION ALL
        SELECT c.person_id, 'withdrawn', '', c.start_on, c.end_on, c.source_id, c.id
        FROM current_enrolment c
        WHERE c.ours AND c.kind <> 'withdrawn' AND NOT EXISTS (SELECT FROM wanted_enrolment w WHERE w.key = c.source_id)
    ) row ORDER BY start_on, key
"""

WRITE_EVENTS = (
    """
    CREATE TEMP TABLE new_event ON COMMIT DROP AS
    SELECT nextval(pg_get_serial_sequence('evidence_event', 'id')) AS id, row.* FROM (
        SELECT w.n, w.key, w.person_id, w.kind, w.happened_on, w.at, w.end_on, w.mode, w.setting, w.answers,
            c.id AS supersedes_id
        FROM wanted_event w LEFT JOIN current_event c ON c.source_id = w.key
        WHERE CASE WHEN c.id IS NULL
            THEN NOT EXISTS (SELECT FROM evidence_event taken WHERE taken.supersedes_id IS NULL
                AND taken.source_system = %(source)s AND taken.source_id = w.key)
            ELSE NOT c.corrected AND (c.person_id, c.kind, c.happened_on, c.at, c.end_on, c.mode, c.setting, c.answers)
                IS DISTINCT FROM
                (w.person_id, w.kind, w.happened_on, w.at, w.end_on, w.mode, w.setting, w.answers) END
        UNION ALL
        SELECT NULL, c.source_id, c.person_id, 'withdrawn', c.happened_on, c.at, c.end_on, c.mode, c.setting, '{}', c.id
        FROM current_event c
        WHERE c.kind <> 'withdrawn' AND NOT c.corrected
            AND (position('#' IN c.source_id) > 0 OR EXISTS (SELECT FROM incoming i WHERE i.key = c.source_id))
            AND NOT EXISTS (SELECT FROM wanted_event w WHERE w.key = c.source_id)
        ORDER BY happened_on, at NULLS FIRST, n, key
    ) row
    """,
    """
    INSERT INTO evidence_event (id, person_id, kind, happened_on, at, end_on, mode, setting, answers, form_id,
        form_version, recorded_at, source_system, source_id, supersedes_id)
    SELECT id, person_id, kind, happened_on, at, end_on, mode, setting, answers, '', '', %(now)s, %(source)s, key,
        supersedes_id
    FROM new_event ORDER BY id
    """,
    """
    CREATE TEMP TABLE event_of ON COMMIT DROP AS
    SELECT key, id, false AS corrected FROM new_event WHERE kind <> 'withdrawn'
    UNION ALL
    SELECT c.source_id, c.id, c.corrected FROM current_event c
    WHERE c.kind <> 'withdrawn' AND NOT EXISTS (SELECT FROM new_event w WHERE w.key = c.source_id)
    """,
    """
    CREATE TEMP TABLE taking ON COMMIT DROP AS
    SELECT DISTINCT ON (d.encounter_key, code) d.encounter_key, code, o.id, o.corrected
    FROM wanted_event d JOIN rule r USING (ordinal) CROSS JOIN unnest(r.takes) AS code JOIN event_of o USING (key)
    ORDER BY d.encounter_key, code, d.ordinal
    """,
    "ANALYZE event_of",
    "ANALYZE taking",
    "ANALYZE wanted_reading",
)

WRITE_READINGS = """
    INSERT INTO evidence_observation (person_id, event_id, code, happened_on, value, text, recorded_at, source_system,
        source_id, supersedes_id)
    SELECT person_id, event_id, code, happened_on, value, text, %(now)s, %(source)s, key, supersedes_id FROM (
        SELECT w.n, w.key, w.person_id, w.event_id, w.code, w.happened_on, w.at, w.value, w.text,
            c.id AS supersedes_id
        FROM (
            SELECT r.*, coalesce(taking.id, own.id) AS event_id,
                coalesce(taking.corrected, own.corrected, false) AS corrected
            FROM wanted_reading r
            LEFT JOIN taking ON taking.encounter_key = r.encounter_key AND taking.code = r.code
            LEFT JOIN event_of own ON own.key = r.encounter_key
        ) w
        LEFT JOIN current_reading c ON c.source_id = w.key
        WHERE CASE WHEN c.id IS NULL
            THEN NOT EXISTS (SELECT FROM evidence_observation taken WHERE taken.supersedes_id IS NULL
                AND taken.source_system = %(source)s AND taken.source_id = w.key)
            ELSE NOT w.corrected AND (c.person_id, c.event_id, c.code, c.happened_on, c.value, c.text)
                IS DISTINCT FROM (w.person_id, w.event_id, w.code, w.happened_on, w.value, w.text) END
        UNION ALL
        SELECT NULL, c.source_id, c.person_id, c.event_id, c.code, c.happened_on, NULL, NULL, 'withdrawn', c.id
        FROM current_reading c
        WHERE c.text <> 'withdrawn'
            AND EXISTS (SELECT FROM incoming i WHERE i.key = split_part(c.source_id, '#', 1))
            AND NOT EXISTS (SELECT FROM wanted_reading w WHERE w.key = c.source_id)
        ORDER BY happened_on, at NULLS FIRST, n, key
    ) row
"""

# --- teams

# People who belong to no team join the one of the institution where most of their encounters were, from the first of
# them there; the district moves them later, and an import never does.
TEAMS = (
    """
    CREATE TEMP TABLE joining ON COMMIT DROP AS
    SELECT DISTINCT ON (person_id) person_id, institution_id, start_on FROM (
        SELECT i.person_id, coalesce(new.institution_id, known.institution_id) AS institution_id, count(*) AS visits,
            min(e.happened_on) AS start_on
        FROM incoming i JOIN staged_event e USING (n)
        LEFT JOIN incoming new ON new.type = 'Organization' AND new.id = i.organization
        LEFT JOIN fhir_sourceresource known ON known.source_system = %(source)s
            AND known.resource_type = 'Organization' AND known.resource_id = i.organization
        WHERE i.type = 'Encounter' AND i.organization <> ''
            AND NOT EXISTS (SELECT FROM people_teammembership m WHERE m.person_id = i.person_id)
            AND NOT EXISTS (SELECT FROM people_person r WHERE r.id = i.person_id AND r.merged_into_id IS NOT NULL)
        GROUP BY 1, 2
    ) visited WHERE institution_id IS NOT NULL
    ORDER BY person_id, visits DESC, institution_id
    """,
    """
    INSERT INTO people_team (code, name, name_en, institution_id, phone, specialities, languages, services,
        home_visit_items, introduction, introduction_en, hours, hours_en)
    SELECT CASE WHEN EXISTS (SELECT FROM people_team other WHERE other.code = i.code)
        THEN left(i.code, 31) || '-' || left(md5(i.code || i.id), 8) ELSE i.code END,
        left(i.name, 100), '', i.id, i.phone, '[]', '[]', '[]', '[]', '', '', '', ''
    FROM people_institution i
    WHERE i.id IN (SELECT institution_id FROM joining)
        AND NOT EXISTS (SELECT FROM people_team t WHERE t.institution_id = i.id AND t.closed_on IS NULL)
    """,
    """
    INSERT INTO people_teammembership (person_id, team_id, start_on)
    SELECT j.person_id, (SELECT min(t.id) FROM people_team t
        WHERE t.institution_id = j.institution_id AND t.closed_on IS NULL), j.start_on
    FROM joining j ORDER BY j.person_id
    """,
)

JOIN_ONE_TEAM = """
    INSERT INTO people_teammembership (person_id, team_id, start_on)
    SELECT p.person_id, %(team)s, least(%(today)s, coalesce(
        (SELECT min(e.happened_on) FROM evidence_event e WHERE e.person_id = p.person_id), %(today)s))
    FROM (SELECT DISTINCT person_id FROM incoming WHERE type = 'Patient') p
    WHERE NOT EXISTS (SELECT FROM people_teammembership m WHERE m.person_id = p.person_id)
        AND NOT EXISTS (SELECT FROM people_person r WHERE r.id = p.person_id AND r.merged_into_id IS NOT NULL)
"""

# --- what the import remembers

REMEMBER = (
    """
    UPDATE fhir_sourceresource known SET digest = s.digest, run_id = %(run)s, person_id = i.person_id,
        institution_id = i.institution_id, staff_id = i.staff_id, reasons = s.reasons::jsonb, kept = s.kept,
        sealed = s.sealed
    FROM incoming i JOIN staged s USING (n) WHERE known.id = i.known_id
    """,
    """
    INSERT INTO fhir_sourceresource (source_system, resource_type, resource_id, digest, run_id, person_id,
        institution_id, staff_id, reasons, kept, sealed)
    SELECT %(source)s, i.type, i.id, s.digest, %(run)s, i.person_id, i.institution_id, i.staff_id, s.reasons::jsonb,
        s.kept, s.sealed
    FROM incoming i JOIN staged s USING (n) WHERE i.known_id IS NULL ORDER BY n
    """,
)

TEMPORARY_TABLES = (
    *(
        "about_nobody",
        "link_to_nothing",
        "closed",
        "incoming",
        "address",
        "city_of",
        "place_of",
        "household_of",
        "new_person",
    ),
    *("patient_of", "touched", "current_event", "current_reading", "current_enrolment", "wanted_enrolment", "rule"),
    *(
        "wanted_reading",
        "wanted_event",
        "encounter",
        "enrolled",
        "measured",
        "new_event",
        "event_of",
        "taking",
        "joining",
    ),
)
