"""The set-based statements of the import of past records, in the order in which `records` runs them.

Parameters: `today` the business day, `now` the instant, `event_source` the source system of events, `source` that of
programmes, `reach` the teams about whose people may be written (null: everybody).
An agreement has a last day of its own (`last_on`, kept as the value of its enrolment) and has ended on it when that day
is past. `closed_to_care` are the kinds of restriction under which no care is recorded.
"""

from jinxiu.people.restricting.statements import CLOSED_TO_CARE

TEMPORARY_TABLES = ("whose", "record", "known", "new_event")

REPEATED = """
    SELECT n, first FROM (SELECT n, min(n) OVER (PARTITION BY id_system, id_hash, kind, start_on) AS first
                          FROM staged_record) every
    WHERE n <> first ORDER BY n
"""

OVERLAPPING = """
    SELECT b.n, min(a.n) FROM staged_record a JOIN staged_record b USING (id_system, id_hash, kind)
    WHERE a.n < b.n AND a.start_on <= coalesce(b.end_on, b.last_on, 'infinity')
        AND b.start_on <= coalesce(a.end_on, a.last_on, 'infinity')
    GROUP BY b.n ORDER BY b.n
"""

REMOVE_ROWS = "DELETE FROM staged_record WHERE n = ANY(%(rows)s)"

# The number of a record that was merged into another (`own_id`) names the one that is kept; both are looked through.
MATCH = (
    """
    CREATE TEMP TABLE whose ON COMMIT DROP AS
    SELECT s.n, coalesce(p.merged_into_id, p.id) AS person_id, p.id AS own_id FROM staged_record s
    JOIN people_identifier i ON i.system = s.id_system AND i.whole_hash = s.id_hash
    JOIN people_person p ON p.id = i.person_id
    """,
    "CREATE INDEX ON whose (n)",
    "ANALYZE whose",
    """
    CREATE TEMP TABLE record ON COMMIT DROP AS
    SELECT n, person_id FROM whose
    UNION ALL SELECT w.n, p.id FROM whose w JOIN people_person p ON p.merged_into_id = w.person_id
    """,
    "CREATE INDEX ON record (n)",
    "ANALYZE record",
)

NOBODY = "SELECT n FROM staged_record s WHERE NOT EXISTS (SELECT FROM whose w WHERE w.n = s.n) ORDER BY n"

OUT_OF_REACH = """
    SELECT w.n FROM whose w JOIN people_teammembership t USING (person_id)
    WHERE %(reach)s::bigint[] IS NOT NULL AND t.start_on <= %(today)s AND (t.end_on IS NULL OR t.end_on >= %(today)s)
        AND NOT t.team_id = ANY(%(reach)s::bigint[])
    ORDER BY w.n
"""

# A number that was copied into the wrong row would put somebody's readings into another one's record.
OTHER_NAME = """
    SELECT n FROM staged_record s JOIN whose USING (n)
    JOIN people_person p ON p.id = person_id JOIN people_person own ON own.id = own_id
    WHERE s.name NOT IN (p.name, own.name) ORDER BY n
"""

OUTSIDE_OF_LIFE = """
    SELECT n FROM staged_record s JOIN whose USING (n) JOIN people_person p ON p.id = person_id
    WHERE s.start_on < p.birth_date OR s.start_on > p.died_on ORDER BY n
"""

# Nothing is recorded of somebody whose record is closed, from a file no more than from a page.
CLOSED = f"""
    SELECT n FROM staged_record JOIN whose w USING (n)
    WHERE EXISTS (SELECT FROM people_restriction r WHERE r.person_id IN (w.person_id, w.own_id) AND {CLOSED_TO_CARE})
    ORDER BY n
"""  # noqa: S608 - words of ours

# Whoever wrote it down, one contact of a kind on a day is one. What was withdrawn here stays withdrawn.
KNOWN_EVENTS = (
    """
    CREATE TEMP TABLE known ON COMMIT DROP AS
    SELECT s.n, bool_or(e.kind = 'withdrawn' OR NOT EXISTS (
        SELECT FROM staged_value v WHERE v.n = s.n AND NOT EXISTS (
            SELECT FROM evidence_observation o WHERE o.person_id = w.person_id AND o.event_id = e.id
                AND o.code = v.code AND o.value = v.value))) AS same
    FROM staged_record s JOIN record w USING (n)
    JOIN evidence_event e ON e.person_id = w.person_id AND e.happened_on = s.start_on
        AND (e.kind = s.kind OR (e.source_system = %(event_source)s
             AND e.source_id = w.person_id || '/' || s.kind || '/' || s.start_on))
    WHERE NOT EXISTS (SELECT FROM evidence_event later WHERE later.supersedes_id = e.id)
    GROUP BY s.n
    """,
    "CREATE INDEX ON known (n)",
)

KNOWN_ENROLMENTS = (
    """
    CREATE TEMP TABLE known ON COMMIT DROP AS
    SELECT s.n, bool_or(e.kind = 'withdrawn' OR (e.start_on = s.start_on
        AND (s.end_on IS NULL OR e.end_on = s.end_on) AND (s.last_on IS NULL OR e.value = s.last_on::text))) AS same
    FROM staged_record s JOIN record w USING (n)
    JOIN evidence_enrolment e ON e.person_id = w.person_id AND (
        (e.kind = s.kind AND e.start_on <= coalesce(s.end_on, s.last_on, 'infinity')
            AND coalesce(e.end_on::text, CASE WHEN s.last_on IS NOT NULL THEN nullif(e.value, '') END, 'infinity')
                >= s.start_on::text)
        OR (e.source_system = %(source)s AND e.source_id = w.person_id || '/' || s.kind || '/' || s.start_on))
    WHERE NOT EXISTS (SELECT FROM evidence_enrolment later WHERE later.supersedes_id = e.id)
    GROUP BY s.n
    """,
    "CREATE INDEX ON known (n)",
)

OTHERWISE = "SELECT n FROM known WHERE NOT same ORDER BY n"

COUNTS = "SELECT count(*), count(k.n) FROM staged_record LEFT JOIN known k USING (n)"

WRITE_EVENTS = (
    """
    CREATE TEMP TABLE new_event ON COMMIT DROP AS
    SELECT s.n, w.person_id, nextval(pg_get_serial_sequence('evidence_event', 'id')) AS event_id,
        w.person_id || '/' || s.kind || '/' || s.start_on AS source_id
    FROM staged_record s JOIN whose w USING (n)
    WHERE NOT EXISTS (SELECT FROM known k WHERE k.n = s.n) ORDER BY s.n
    """,
    "CREATE INDEX ON new_event (n)",
    """
    INSERT INTO evidence_event (id, person_id, kind, happened_on, mode, setting, form_id, form_version, answers,
        recorded_at, source_system, source_id)
    SELECT x.event_id, x.person_id, s.kind, s.start_on, s.mode, '', '', '', '{}', %(now)s, %(event_source)s, x.source_id
    FROM new_event x JOIN staged_record s USING (n) ORDER BY x.event_id
    """,
    """
    INSERT INTO evidence_observation (person_id, event_id, code, happened_on, value, text, recorded_at, source_system,
        source_id)
    SELECT x.person_id, x.event_id, v.code, s.start_on, v.value, '', %(now)s, %(event_source)s,
        x.source_id || '#' || v.code
    FROM new_event x JOIN staged_record s USING (n) JOIN staged_value v USING (n) ORDER BY x.event_id, v.code
    """,
)

WRITE_ENROLMENTS = """
    INSERT INTO evidence_enrolment (person_id, kind, start_on, end_on, end_reason, value, recorded_at, source_system,
        source_id)
    SELECT w.person_id, s.kind, s.start_on,
        coalesce(s.end_on, CASE WHEN s.last_on < %(today)s THEN s.last_on END),
        CASE WHEN s.end_on IS NULL AND s.last_on < %(today)s THEN 'completed' ELSE s.end_reason END,
        coalesce(s.last_on::text, ''), %(now)s, %(source)s,
        w.person_id || '/' || s.kind || '/' || s.start_on
    FROM staged_record s JOIN whose w USING (n)
    WHERE NOT EXISTS (SELECT FROM known k WHERE k.n = s.n) ORDER BY s.n
"""
