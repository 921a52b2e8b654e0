"""The set-based statements of the import of residents, in the order in which `actions` runs them.

Parameters: `today` the business day, `now` the instant, `source` the source system of evidence, `reach` the teams whose
people may be changed (null: everybody).
"""

TEMPORARY_TABLES = ("matched", "candidate", "difference", "newcomer", "home", "joining", "condition")

# --- who is who

# A row without a number is taken for a second one of any row that may be the same person: who it is, people decide.
REPEATED = """
    SELECT n, first FROM (
        SELECT n, min(n) OVER (PARTITION BY id_system, id_hash) AS first FROM staged_resident WHERE id_hash IS NOT NULL
    ) numbered WHERE n <> first
    UNION ALL
    SELECT a.n, min(b.n) FROM staged_resident a
    JOIN staged_resident b ON b.name = a.name AND b.birth_date = a.birth_date AND b.n <> a.n
    WHERE a.id_hash IS NULL AND (b.id_hash IS NOT NULL OR b.n < a.n)
        AND (a.phone_hash = b.phone_hash OR a.phone_hash IS NULL OR b.phone_hash IS NULL)
    GROUP BY a.n
    ORDER BY 1
"""

REMOVE_ROWS = "DELETE FROM staged_resident WHERE n = ANY(%(rows)s)"

REMOVE_MATCHED = "DELETE FROM matched WHERE n = ANY(%(rows)s)"

# The number of a record that was merged into another names the one that is kept.
MATCH = (
    """
    CREATE TEMP TABLE matched ON COMMIT DROP AS
    SELECT s.n, coalesce(p.merged_into_id, p.id) AS person_id FROM staged_resident s
    JOIN people_identifier i ON i.system = s.id_system AND i.whole_hash = s.id_hash
    JOIN people_person p ON p.id = i.person_id
    """,
    "CREATE INDEX ON matched (n)",
    "CREATE INDEX ON matched (person_id)",
    "ANALYZE matched",
)

# Two writers for one person come one after the other, in the order of ids so that neither waits for ever.
# While we waited for the lock, somebody may have merged one of them.
MERGED_MEANWHILE = """
    SELECT 1 FROM people_person WHERE merged_into_id IS NOT NULL AND id IN (SELECT person_id FROM matched) LIMIT 1
"""

LOCK_MATCHED = """
    SELECT count(*) FROM (SELECT id FROM people_person WHERE id IN (SELECT person_id FROM matched)
        ORDER BY id FOR NO KEY UPDATE) locked
"""

# Two rows of one person (an old and a new number) would overwrite each other.
SAME_PERSON_TWICE = """
    SELECT n, first FROM (SELECT n, min(n) OVER (PARTITION BY person_id) AS first FROM matched) every
    WHERE n <> first ORDER BY n
"""

OUT_OF_REACH = """
    SELECT m.n FROM matched m JOIN people_teammembership t USING (person_id)
    WHERE %(reach)s::bigint[] IS NOT NULL AND t.start_on <= %(today)s AND (t.end_on IS NULL OR t.end_on >= %(today)s)
        AND NOT t.team_id = ANY(%(reach)s::bigint[])
    ORDER BY m.n
"""

GONE = """
    SELECT m.n, coalesce(p.died_on, p.left_on)::text FROM matched m JOIN people_person p ON p.id = m.person_id
    WHERE p.died_on <= %(today)s OR p.left_on <= %(today)s ORDER BY m.n
"""

# A row that names nobody by number may still be somebody: the same name with the same birth date or the same phone.
# A row with a number can only be somebody whose number of that kind is not known yet.
CANDIDATES = (
    """
    CREATE TEMP TABLE candidate ON COMMIT DROP AS
    SELECT DISTINCT s.n, p.id AS person_id,
        s.id_hash IS NULL AND NOT EXISTS (SELECT FROM people_identifier i WHERE i.person_id = p.id) AS unnumbered
    FROM staged_resident s
    JOIN people_person known ON known.name = s.name
    JOIN people_person p ON p.id = coalesce(known.merged_into_id, known.id)
    WHERE NOT EXISTS (SELECT FROM matched m WHERE m.n = s.n)
        AND (known.birth_date = s.birth_date OR EXISTS (
            SELECT FROM staged_phone f JOIN people_contactpoint c ON c.whole_hash = f.whole_hash
            WHERE f.n = s.n AND c.person_id = known.id))
        AND (s.id_hash IS NULL OR NOT EXISTS (
            SELECT FROM people_identifier i WHERE i.person_id = p.id AND i.system = s.id_system))
    """,
    "CREATE INDEX ON candidate (n)",
    "ANALYZE candidate",
)

# --- what the file says otherwise

DIFFERENCES = (
    """
    CREATE TEMP TABLE joining ON COMMIT DROP AS
    SELECT s.n, x.person_id, team.id AS team_id, now.id AS leaves, now.team_id AS was,
        CASE WHEN now.id IS NOT NULL THEN %(today)s
            ELSE greatest(s.joined_on, (SELECT max(t.end_on) + 1 FROM people_teammembership t
                                        WHERE t.person_id = x.person_id)) END AS start_on,
        coalesce(now.start_on = %(today)s, false) OR EXISTS (SELECT FROM people_teammembership t
            WHERE t.person_id = x.person_id AND t.start_on > %(today)s) AS fixed
    FROM (SELECT n, person_id FROM matched UNION ALL SELECT n, person_id FROM candidate WHERE unnumbered) x
    JOIN staged_resident s USING (n)
    LEFT JOIN people_teammembership now ON now.person_id = x.person_id AND now.start_on <= %(today)s
        AND (now.end_on IS NULL OR now.end_on >= %(today)s)
    JOIN people_team team ON team.id = coalesce(s.team_id, CASE WHEN now.id IS NULL THEN s.default_team_id END)
    WHERE now.id IS NULL OR now.team_id <> team.id
    """,
    """
    CREATE TEMP TABLE condition ON COMMIT DROP AS
    SELECT c.n, x.person_id, c.kind, c.start_on FROM staged_condition c
    JOIN (SELECT n, person_id FROM matched UNION ALL SELECT n, person_id FROM candidate WHERE unnumbered) x USING (n)
    WHERE NOT EXISTS (
        SELECT FROM evidence_enrolment e JOIN people_person r ON r.id = e.person_id
        WHERE coalesce(r.merged_into_id, r.id) = x.person_id AND e.kind = c.kind
            AND (e.end_on IS NULL OR e.end_on >= c.start_on)
            AND NOT EXISTS (SELECT FROM evidence_enrolment later WHERE later.supersedes_id = e.id))
        AND NOT EXISTS (SELECT FROM evidence_enrolment e WHERE e.source_system = %(source)s
            AND e.source_id = x.person_id || '/' || c.kind || '/' || c.start_on)
    """,
    """
    CREATE TEMP TABLE difference ON COMMIT DROP AS
    WITH pair AS (SELECT n, person_id FROM matched UNION ALL SELECT n, person_id FROM candidate WHERE unnumbered)
    SELECT s.n, x.person_id, d.field, coalesce(d.was, '') AS was, coalesce(d.becomes, '') AS becomes
    FROM pair x JOIN staged_resident s USING (n) JOIN people_person p ON p.id = x.person_id
    LEFT JOIN people_household h ON h.id = p.household_id
    LEFT JOIN people_place old ON old.id = h.place_id
    LEFT JOIN people_place new ON new.id = s.place_id
    CROSS JOIN LATERAL (VALUES
        ('name', p.name, s.name, s.name <> p.name),
        ('sex', p.sex, s.sex, s.sex <> 'U' AND s.sex <> p.sex),
        ('birth_date', p.birth_date::text, s.birth_date::text, s.birth_date <> coalesce(p.birth_date, 'infinity')),
        ('address', old.name || ' ' || h.address, new.name || ' ' || s.address, s.place_id IS NOT NULL
            AND (h.id IS NULL OR h.place_id <> s.place_id OR s.address NOT IN ('', h.address)))
    ) d (field, was, becomes, differs)
    WHERE d.differs
    UNION ALL
    SELECT x.n, x.person_id, 'phone', '', f.masked FROM pair x JOIN staged_phone f USING (n)
    WHERE NOT EXISTS (SELECT FROM people_contactpoint c JOIN people_person r ON r.id = c.person_id
        WHERE coalesce(r.merged_into_id, r.id) = x.person_id AND c.whole_hash = f.whole_hash)
    UNION ALL
    SELECT j.n, j.person_id, 'team', coalesce(old.name, ''), new.name FROM joining j
    JOIN people_team new ON new.id = j.team_id LEFT JOIN people_team old ON old.id = j.was WHERE NOT j.fixed
    UNION ALL
    SELECT n, person_id, kind, '', start_on::text FROM condition
    """,
    "CREATE INDEX ON difference (n)",
    "ANALYZE difference",
)

TEAM_FIXED = "SELECT n FROM joining WHERE fixed AND n IN (SELECT n FROM matched) ORDER BY n"

# Nothing to say against, and nothing to add: this is the row that made the person.
SETTLE_CANDIDATES = (
    """
    INSERT INTO matched SELECT c.n, min(c.person_id) FROM candidate c
    WHERE NOT EXISTS (SELECT FROM difference d WHERE d.n = c.n)
    GROUP BY c.n HAVING count(*) = 1 AND bool_and(c.unnumbered)
    """,
    "DELETE FROM candidate c USING matched m WHERE m.n = c.n",
    "DELETE FROM difference d USING candidate c WHERE c.n = d.n",
    "DELETE FROM joining j USING candidate c WHERE c.n = j.n",
    "DELETE FROM condition x USING candidate c WHERE c.n = x.n",
)

PROPOSED = "SELECT n, min(person_id) FROM candidate GROUP BY n ORDER BY n"
CHANGED_FIELDS = "SELECT field, count(*) FROM difference GROUP BY field"
CHANGES = "SELECT n, person_id, field, was, becomes FROM difference ORDER BY n, field LIMIT %(limit)s"
COUNTS = """
    SELECT (SELECT count(*) FROM staged_resident s WHERE NOT EXISTS (SELECT FROM matched m WHERE m.n = s.n)),
        (SELECT count(DISTINCT n) FROM difference), (SELECT count(*) FROM matched)
"""

# --- writing

NEWCOMERS = (
    """
    CREATE TEMP TABLE newcomer ON COMMIT DROP AS
    SELECT s.n, nextval(pg_get_serial_sequence('people_person', 'id')) AS person_id FROM staged_resident s
    WHERE NOT EXISTS (SELECT FROM matched m WHERE m.n = s.n) ORDER BY s.n
    """,
    "CREATE INDEX ON newcomer (n)",
    "ANALYZE newcomer",
)

HOMES = (
    """
    CREATE TEMP TABLE home ON COMMIT DROP AS
    SELECT s.n, s.place_id, s.address FROM staged_resident s
    WHERE s.place_id IS NOT NULL AND (s.n IN (SELECT n FROM newcomer)
        OR s.n IN (SELECT n FROM difference WHERE field = 'address'))
    """,
    """
    INSERT INTO people_household (place_id, address)
    SELECT DISTINCT place_id, address FROM home
    WHERE NOT EXISTS (
        SELECT FROM people_household h WHERE h.place_id = home.place_id AND h.address = home.address)
    """,
    "ALTER TABLE home ADD COLUMN household_id bigint",
    """
    UPDATE home SET household_id = h.id
    FROM (SELECT place_id, address, min(id) AS id FROM people_household GROUP BY place_id, address) h
    WHERE h.place_id = home.place_id AND h.address = home.address
    """,
    "CREATE INDEX ON home (n)",
    "ANALYZE home",
)

# What a person's data were before the file changed them, as `people.correcting` keeps them. A file takes no number
# away, so nothing needs to be sealed. The registered persons are locked since LOCK_MATCHED.
VERSIONS = (
    """
    INSERT INTO people_personversion (person_id, revision, values, changed_at, changed_by_id, reason, words)
    SELECT p.id, p.revision, jsonb_build_object(
        'data', jsonb_build_object(
            'name', p.name, 'sex', p.sex, 'birth_date', p.birth_date, 'place_id', h.place_id,
            'place', coalesce(place.name, ''), 'address', coalesce(h.address, ''),
            'identifiers', (SELECT coalesce(jsonb_agg(jsonb_build_array(i.system, i.masked) ORDER BY i.id), '[]')
                            FROM people_identifier i WHERE i.person_id = p.id),
            'phones', (SELECT coalesce(jsonb_agg(jsonb_build_array(c.use, c.masked) ORDER BY c.id), '[]')
                       FROM people_contactpoint c WHERE c.person_id = p.id),
            'died_on', p.died_on, 'left_on', p.left_on),
        'change', jsonb_build_object('fields', d.fields)),
        %(now)s, (SELECT id FROM people_staff WHERE user_id = %(user)s), 'import', ''
    FROM (SELECT person_id, jsonb_agg(DISTINCT CASE field WHEN 'phone' THEN 'phones' ELSE field END) AS fields
          FROM difference WHERE field IN ('name', 'sex', 'birth_date', 'address', 'phone') GROUP BY person_id) d
    JOIN people_person p ON p.id = d.person_id
    LEFT JOIN people_household h ON h.id = p.household_id LEFT JOIN people_place place ON place.id = h.place_id
    """,
    """
    UPDATE people_person p SET revision = revision + 1
    FROM (SELECT DISTINCT person_id FROM difference WHERE field IN ('name', 'sex', 'birth_date', 'address', 'phone')) d
    WHERE p.id = d.person_id
    """,
)

PERSONS = (
    """
    INSERT INTO people_person (id, name, pinyin, initials, sex, birth_date, household_id, is_synthetic, created_at)
    SELECT w.person_id, s.name, s.pinyin, s.initials, s.sex, s.birth_date, h.household_id, false, %(now)s
    FROM newcomer w JOIN staged_resident s USING (n) LEFT JOIN home h USING (n) ORDER BY w.person_id
    """,
    """
    UPDATE people_person p SET name = s.name, pinyin = s.pinyin, initials = s.initials,
        sex = CASE WHEN s.sex = 'U' THEN p.sex ELSE s.sex END, birth_date = coalesce(s.birth_date, p.birth_date),
        household_id = coalesce(h.household_id, p.household_id)
    FROM (SELECT DISTINCT n, person_id FROM difference WHERE field IN ('name', 'sex', 'birth_date', 'address')) d
    JOIN staged_resident s USING (n) LEFT JOIN home h USING (n) WHERE p.id = d.person_id
    """,
    """
    INSERT INTO people_contactpoint (person_id, use, sealed, whole_hash, last4_hash, masked)
    SELECT x.person_id, f.use, f.sealed, f.whole_hash, f.last4_hash, f.masked
    FROM (SELECT n, person_id FROM matched UNION ALL SELECT n, person_id FROM newcomer) x JOIN staged_phone f USING (n)
    ON CONFLICT (person_id, whole_hash) DO NOTHING
    """,
)

# Somebody may have registered the same number since we looked: the import notices by the count and gives up.
IDENTIFIERS = """
    INSERT INTO people_identifier (person_id, system, sealed, whole_hash, last4_hash, masked)
    SELECT w.person_id, s.id_system, s.id_sealed, s.id_hash, s.id_last4, s.id_masked
    FROM newcomer w JOIN staged_resident s USING (n) WHERE s.id_hash IS NOT NULL ORDER BY w.person_id
    ON CONFLICT (system, whole_hash) DO NOTHING
"""
NUMBERED_NEWCOMERS = "SELECT count(*) FROM newcomer JOIN staged_resident USING (n) WHERE id_hash IS NOT NULL"

TEAMS = (
    """
    UPDATE people_teammembership t SET end_on = %(today)s::date - 1 FROM joining j
    WHERE t.id = j.leaves AND NOT j.fixed
    """,
    """
    INSERT INTO people_teammembership (person_id, team_id, start_on)
    SELECT person_id, team_id, start_on FROM joining WHERE NOT fixed
    UNION ALL
    SELECT w.person_id, coalesce(s.team_id, s.default_team_id), s.joined_on
    FROM newcomer w JOIN staged_resident s USING (n)
    WHERE coalesce(s.team_id, s.default_team_id) IS NOT NULL
    """,
)

ENROLMENTS = """
    INSERT INTO evidence_enrolment (person_id, kind, start_on, end_reason, value, recorded_at, source_system, source_id)
    SELECT person_id, kind, start_on, '', '', %(now)s, %(source)s, person_id || '/' || kind || '/' || start_on
    FROM (SELECT person_id, kind, start_on FROM condition
          UNION ALL SELECT w.person_id, c.kind, c.start_on FROM newcomer w JOIN staged_condition c USING (n)) wanted
    ON CONFLICT DO NOTHING
"""
