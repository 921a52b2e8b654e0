"""The set-based statements of the import of residents, in the order in which `actions` runs them.

Parameters: `today` the business day, `now` the instant, `source` the source system of evidence, `reach` the teams whose
people may be changed (null: everybody), `closed_to_care` the kinds of restriction under which no care is recorded.
"""

from jinxiu.people.correcting.statements import DATA
from jinxiu.people.restricting.statements import CLOSED_TO_CARE

TEMPORARY_TABLES = (
    "matched",
    "candidate",
    "difference",
    "newcomer",
    "home",
    "joining",
    "condition",
    "living",
    "head",
    "guardian",
)

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

# A row may say once more what the register says of somebody who is gone, or that somebody died who had moved away.
GONE = """
    SELECT m.n, coalesce(p.died_on, p.left_on)::text FROM matched m JOIN people_person p ON p.id = m.person_id
    JOIN staged_resident s USING (n)
    WHERE (p.died_on <= %(today)s AND s.died_on IS DISTINCT FROM p.died_on)
        OR (p.died_on IS NULL AND p.left_on <= %(today)s AND s.died_on IS NULL AND s.left_on IS DISTINCT FROM p.left_on)
    ORDER BY m.n
"""

BEFORE_LEAVING = """
    SELECT m.n, p.left_on::text FROM matched m JOIN people_person p ON p.id = m.person_id
    JOIN staged_resident s USING (n) WHERE p.died_on IS NULL AND s.died_on < p.left_on ORDER BY m.n
"""

SEEN_LATER = """
    SELECT m.n, max(e.happened_on)::text FROM matched m JOIN people_person p ON p.id = m.person_id
    JOIN staged_resident s USING (n) JOIN people_person r ON p.id IN (r.id, r.merged_into_id)
    JOIN evidence_event e ON e.person_id = r.id AND e.kind <> 'withdrawn'
        AND e.happened_on > coalesce(s.died_on, s.left_on)
    WHERE (s.died_on IS NOT NULL OR s.left_on IS NOT NULL) AND p.died_on IS NULL
        AND (p.left_on IS NULL OR s.died_on IS NOT NULL)
        AND NOT EXISTS (SELECT FROM evidence_event later WHERE later.supersedes_id = e.id)
    GROUP BY m.n ORDER BY m.n
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

# --- who stands beside whom

# A guardian whom number and name lead to, here or in the file; whoever else is named can be called.
GUARDIANS = (
    """
    CREATE TEMP TABLE guardian ON COMMIT DROP AS
    SELECT g.n, m.person_id, g.name, coalesce(p.merged_into_id, p.id) AS relative_id, s.n AS relative_n, CASE
        WHEN coalesce(p.name, s.name) <> g.name THEN 'guardian_other_name'
        WHEN coalesce(p.died_on, s.died_on) <= %(today)s THEN 'guardian_dead'
        WHEN EXISTS (SELECT FROM people_relationship r WHERE r.person_id = p.id AND r.role = 'guardian'
            AND r.end_on IS NULL AND r.start_on >= p.birth_date + interval '18 years') THEN 'guardian_guarded'
        ELSE '' END AS trouble
    FROM staged_guardian g JOIN staged_resident own USING (n) LEFT JOIN matched m USING (n)
    LEFT JOIN people_identifier i ON i.system = %(id_card)s AND i.whole_hash = g.id_hash
    LEFT JOIN people_person p ON p.id = i.person_id
    LEFT JOIN staged_resident s ON p.id IS NULL AND s.id_system = %(id_card)s AND s.id_hash = g.id_hash
    """,
    "CREATE INDEX ON guardian (n)",
    "ANALYZE guardian",
)
GUARDIAN_TROUBLES = "SELECT n, trouble, name FROM guardian WHERE trouble <> '' ORDER BY n"
DROP_TROUBLES = "DELETE FROM guardian WHERE trouble <> ''"

# Who may represent a household is said in people.families.rules: somebody of age who lives there.
LIVING = "CREATE TEMP TABLE living ON COMMIT DROP AS SELECT n, person_id FROM matched"
HEADS = (
    """
    CREATE TEMP TABLE head ON COMMIT DROP AS
    SELECT x.n, x.person_id, at.household_id, h.id AS head_id, h.name
    FROM living x JOIN staged_resident s USING (n) JOIN people_person at ON at.id = x.person_id
    JOIN people_person h ON h.household_id = at.household_id AND h.merged_into_id IS NULL AND CASE
        WHEN s.is_head THEN h.id = at.id
        WHEN s.head_hash IS NOT NULL THEN EXISTS (SELECT FROM people_identifier i JOIN people_person p
            ON p.id = i.person_id AND h.id IN (p.id, p.merged_into_id)
            WHERE i.system = %(id_card)s AND i.whole_hash = s.head_hash)
        ELSE h.name = s.head_name END
    WHERE (s.is_head OR s.head_hash IS NOT NULL OR s.head_name <> '')
        AND h.died_on IS NULL AND h.left_on IS NULL AND h.birth_date <= %(today)s::date - interval '18 years'
    """,
    "CREATE INDEX ON head (household_id)",
    "ANALYZE head",
)
HEAD_UNKNOWN = """
    SELECT n FROM staged_resident s WHERE NOT s.is_head AND s.head_hash IS NOT NULL
        AND NOT EXISTS (SELECT FROM people_identifier i WHERE i.system = %(id_card)s AND i.whole_hash = s.head_hash)
        AND NOT EXISTS (SELECT FROM staged_resident o WHERE o.id_system = %(id_card)s AND o.id_hash = s.head_hash)
    ORDER BY n
"""
REPRESENTED = """
    SELECT DISTINCT ON (h.id) n, head.name, r.name FROM head JOIN people_household h ON h.id = head.household_id
    JOIN people_person r ON r.id = h.representative_id WHERE head_id NOT IN (r.id, coalesce(r.merged_into_id, 0))
    ORDER BY h.id, n
"""

# --- what the file says otherwise

PROGRAMMES = """
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
"""

# A programme is care: none begins for somebody whose record is closed.
CLOSED_PROGRAMMES = f"""
    DELETE FROM condition c USING people_restriction r JOIN people_person m ON m.id = r.person_id
    WHERE coalesce(m.merged_into_id, m.id) = c.person_id AND {CLOSED_TO_CARE} RETURNING c.n, c.kind
"""  # noqa: S608 - words of ours

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
            AND (h.id IS NULL OR h.place_id <> s.place_id OR s.address NOT IN ('', h.address))),
        ('died_on', '', s.died_on::text, s.died_on IS NOT NULL AND p.died_on IS NULL),
        ('left_on', '', s.left_on::text, s.left_on IS NOT NULL AND p.left_on IS NULL AND p.died_on IS NULL),
        ('head_relation', p.head_relation, s.head_relation, s.head_relation NOT IN ('', p.head_relation))
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
    UNION ALL
    SELECT * FROM (SELECT DISTINCT ON (household_id) n, person_id, 'head_name', '', name FROM head
        WHERE household_id IN (SELECT id FROM people_household WHERE representative_id IS NULL)
        ORDER BY household_id, n) unrepresented
    UNION ALL
    SELECT g.n, g.person_id, 'guardian_name', '', g.name FROM guardian g JOIN staged_guardian f USING (n)
    WHERE g.person_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM people_relationship r JOIN people_person own ON own.id = r.person_id
        LEFT JOIN people_person who ON who.id = r.relative_id
        WHERE g.person_id IN (own.id, own.merged_into_id) AND r.end_on IS NULL AND CASE
            WHEN g.relative_id IS NOT NULL OR g.relative_n IS NOT NULL
                THEN r.role = 'guardian' AND g.relative_id IN (who.id, who.merged_into_id)
            ELSE r.role = 'contact' AND r.name = g.name AND r.whole_hash IS NOT DISTINCT FROM f.whole_hash END)
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
    f"""
    INSERT INTO people_personversion (person_id, revision, values, changed_at, changed_by_id, reason, words)
    SELECT p.id, p.revision, jsonb_build_object(
        'data', {DATA}, 'change', jsonb_build_object('fields', d.fields)),
        %(now)s, (SELECT id FROM people_staff WHERE user_id = %(user)s), 'import', ''
    FROM (SELECT person_id, jsonb_agg(DISTINCT CASE field WHEN 'phone' THEN 'phones' ELSE field END) AS fields
          FROM difference WHERE field IN ('name', 'sex', 'birth_date', 'address', 'phone') GROUP BY person_id) d
    JOIN people_person p ON p.id = d.person_id
    LEFT JOIN people_household h ON h.id = p.household_id LEFT JOIN people_place place ON place.id = h.place_id
    """,  # noqa: S608 - words of ours
    """
    UPDATE people_person p SET revision = revision + 1
    FROM (SELECT DISTINCT person_id FROM difference WHERE field IN ('name', 'sex', 'birth_date', 'address', 'phone')) d
    WHERE p.id = d.person_id
    """,
)

PERSONS = (
    """
    INSERT INTO people_person (id, name, pinyin, initials, sex, birth_date, died_on, left_on, household_id,
        head_relation, is_synthetic, created_at)
    SELECT w.person_id, s.name, s.pinyin, s.initials, s.sex, s.birth_date, s.died_on, s.left_on, h.household_id,
        s.head_relation, false, %(now)s
    FROM newcomer w JOIN staged_resident s USING (n) LEFT JOIN home h USING (n) ORDER BY w.person_id
    """,
    """
    UPDATE people_person p SET name = s.name, pinyin = s.pinyin, initials = s.initials,
        sex = CASE WHEN s.sex = 'U' THEN p.sex ELSE s.sex END, birth_date = coalesce(s.birth_date, p.birth_date),
        household_id = coalesce(h.household_id, p.household_id),
        head_relation = CASE WHEN s.head_relation <> '' OR h.household_id IS NOT NULL THEN s.head_relation
            ELSE p.head_relation END
    FROM (SELECT DISTINCT n, person_id FROM difference
        WHERE field IN ('name', 'sex', 'birth_date', 'address', 'head_relation')) d
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

# Nobody closes a team while people join it.
LOCK_TEAMS = """
    SELECT closed_on FROM people_team WHERE id IN (SELECT team_id FROM joining WHERE NOT fixed UNION
        SELECT coalesce(s.team_id, s.default_team_id) FROM newcomer w JOIN staged_resident s USING (n))
    ORDER BY id FOR SHARE
"""

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

# Somebody without an address of their own lives where the head of the household does. Whoever moved out speaks for the
# old household no longer, and nobody is put out of that place by a file.
HOUSEHOLDS = (
    """
    UPDATE people_person p SET household_id = h.household_id
    FROM newcomer w JOIN staged_resident s USING (n)
    JOIN people_identifier i ON i.system = %(id_card)s AND i.whole_hash = s.head_hash
    JOIN people_person own ON own.id = i.person_id
    JOIN people_person h ON h.id = coalesce(own.merged_into_id, own.id)
    WHERE p.id = w.person_id AND p.household_id IS NULL AND NOT s.is_head
    """,
    """
    UPDATE people_household h SET representative_id = NULL FROM people_person p
    WHERE p.id = h.representative_id AND p.household_id <> h.id
        AND p.id IN (SELECT person_id FROM difference WHERE field = 'address')
    """,
    "INSERT INTO living SELECT n, person_id FROM newcomer",
    "DROP TABLE head",
    *HEADS,
    """
    UPDATE people_household h SET representative_id = f.head_id
    FROM (SELECT DISTINCT ON (household_id) household_id, head_id FROM head ORDER BY household_id, n) f
    WHERE h.id = f.household_id AND h.representative_id IS NULL
    """,
)

RELATIONSHIPS = """
    INSERT INTO people_relationship (person_id, relative_id, name, sealed, whole_hash, last4_hash, masked, relation,
        role, consent_by, words, start_on, recorded_by_id, recorded_at)
    SELECT coalesce(w.person_id, g.person_id), p.id, CASE WHEN p.id IS NULL THEN g.name ELSE '' END, f.sealed,
        f.whole_hash, f.last4_hash, f.masked, f.relation, CASE WHEN p.id IS NULL THEN 'contact' ELSE 'guardian' END,
        '', f.words, %(today)s, (SELECT id FROM people_staff WHERE user_id = %(user)s), %(now)s
    FROM guardian g JOIN staged_guardian f USING (n) LEFT JOIN newcomer w USING (n)
    LEFT JOIN people_identifier i ON i.system = %(id_card)s AND i.whole_hash = f.id_hash
    LEFT JOIN people_person own ON own.id = i.person_id
    LEFT JOIN people_person p ON p.id = coalesce(own.merged_into_id, own.id)
    WHERE w.n IS NOT NULL OR g.n IN (SELECT n FROM difference WHERE field = 'guardian_name')
    ON CONFLICT DO NOTHING
"""

DEPARTURES = "SELECT person_id, field, becomes FROM difference WHERE field IN ('died_on', 'left_on') ORDER BY person_id"
STAFF = "SELECT (SELECT id FROM people_staff WHERE user_id = %(user)s)"
