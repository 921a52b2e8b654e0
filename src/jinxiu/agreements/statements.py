"""The set-based statements of agreements: fulfilment of many, and the steps of the night.

Parameters of the night: `today` the business day, `now` the instant.
"""

# One row an agreement and item in the agreement's present year. An item has one row for each rung of its ladder of
# ages; the last rung that the person had reached on the year's first day says how often it is owed.
PROGRESS = """
WITH rung AS (
    SELECT * FROM unnest(%(package)s::text[], %(item)s::text[], %(months)s::int[], %(times)s::int[],
                         %(counted)s::text[], %(modes)s::text[]) AS r (package, item, months, times, counted, modes)
), agreement AS (
    SELECT a.id, a.packages, coalesce(p.merged_into_id, p.id) AS person_id, p.birth_date, a.last_on,
        (a.counted_from + make_interval(months => 12 * y.number))::date AS first,
        (a.counted_from + make_interval(months => 12 * (y.number + 1)))::date AS following
    FROM agreements_agreement a JOIN people_person p ON p.id = a.person_id
    CROSS JOIN LATERAL (
        SELECT coalesce(max(n), 0) AS number FROM generate_series(0, 9) AS n
        WHERE (a.counted_from + make_interval(months => 12 * n))::date <= least(%(day)s::date, a.end_on)
    ) y
    WHERE a.id = ANY(%(agreements)s::bigint[])
), owed AS (
    SELECT DISTINCT ON (a.id, r.package, r.item) a.id, a.person_id, a.first, a.following, a.last_on, r.*
    FROM agreement a JOIN rung r ON r.package = ANY(a.packages)
    WHERE a.birth_date IS NULL OR r.months = 0
        OR (a.birth_date + make_interval(months => r.months))::date <= a.first
    ORDER BY a.id, r.package, r.item, r.months DESC
), record AS (
    SELECT person_id AS kept, person_id AS id FROM agreement
    UNION SELECT m.merged_into_id, m.id FROM people_person m JOIN agreement a ON a.person_id = m.merged_into_id
), delivered AS (
    SELECT r.kept, 'e:' || e.kind AS what, e.mode, e.happened_on, e.id
    FROM record r JOIN evidence_event e ON e.person_id = r.id
    WHERE e.happened_on BETWEEN (SELECT min(first) FROM agreement) AND %(day)s
        AND NOT EXISTS (SELECT FROM evidence_event s WHERE s.supersedes_id = e.id)
    UNION ALL
    SELECT DISTINCT ON (r.kept, o.code, o.happened_on) r.kept, 'o:' || o.code, '', o.happened_on, o.id
    FROM record r JOIN evidence_observation o ON o.person_id = r.id
    WHERE o.happened_on BETWEEN (SELECT min(first) FROM agreement) AND %(day)s AND o.value IS NOT NULL
        AND o.code IN (SELECT substr(w, 3) FROM rung, unnest(string_to_array(counted, ' ')) AS w WHERE w LIKE 'o:%%')
        AND NOT EXISTS (SELECT FROM evidence_observation s WHERE s.supersedes_id = o.id)
        AND NOT EXISTS (SELECT FROM evidence_event s WHERE s.supersedes_id = o.event_id)
)
SELECT w.id, w.package, w.item, w.times, count(d.id)
FROM owed w LEFT JOIN delivered d ON d.kept = w.person_id
    AND d.what = ANY(string_to_array(w.counted, ' '))
    AND (w.modes = '' OR d.mode = ANY(string_to_array(w.modes, ' ')))
    AND d.happened_on >= w.first AND d.happened_on < w.following AND d.happened_on <= w.last_on
WHERE w.times > 0
GROUP BY w.id, w.package, w.item, w.times
ORDER BY w.id, w.package, w.item
"""

# Agreements whose last day is past: renewed where the next one is in force or agreed upon, else expired.
EXPIRE = """
WITH over AS (
    UPDATE agreements_agreement a SET since = %(now)s, state = CASE WHEN EXISTS (
        SELECT FROM agreements_agreement f WHERE f.follows_id = a.id AND f.state = 'active')
        THEN 'renewed' ELSE 'expired' END
    WHERE a.state = 'active' AND a.last_on < %(today)s
    RETURNING a.id, a.person_id, a.team_id, a.state, a.last_on, a.has_begun
), step AS (
    INSERT INTO agreements_agreementstep (agreement_id, person_id, from_state, to_state, at, "on", reason, note,
        team_id, token)
    SELECT id, person_id, 'active', state, %(now)s, last_on, 'term_over', '', team_id, gen_random_uuid() FROM over
), kept AS (
    SELECT o.last_on, coalesce(p.merged_into_id, p.id) AS id
    FROM over o JOIN people_person p ON p.id = o.person_id WHERE o.has_begun
), record AS (
    SELECT last_on, id FROM kept
    UNION ALL SELECT k.last_on, m.id FROM kept k JOIN people_person m ON m.merged_into_id = k.id
)
INSERT INTO evidence_enrolment (person_id, kind, start_on, end_on, end_reason, value, recorded_at, source_system,
    source_id, supersedes_id)
SELECT e.person_id, e.kind, e.start_on, r.last_on, 'completed', e.value, %(now)s, e.source_system, e.source_id, e.id
FROM record r JOIN evidence_enrolment e ON e.person_id = r.id AND e.kind = 'agreement' AND e.end_on IS NULL
WHERE e.start_on <= r.last_on AND NOT EXISTS (SELECT FROM evidence_enrolment s WHERE s.supersedes_id = e.id)
"""
COUNT_OVER = "SELECT count(*) FROM agreements_agreement WHERE state = 'active' AND last_on < %(today)s"

# Agreements whose first day has come, of people who live here and belong to that team already: the enrolment is all.
BEGIN = """
WITH ready AS (
    SELECT a.id, k.id AS person_id, a.start_on, a.end_on
    FROM agreements_agreement a JOIN people_person p ON p.id = a.person_id
    JOIN people_person k ON k.id = coalesce(p.merged_into_id, p.id)
    JOIN people_teammembership m ON m.person_id = k.id AND m.team_id = a.team_id
        AND m.start_on <= %(today)s AND (m.end_on IS NULL OR m.end_on >= %(today)s)
    WHERE a.state = 'active' AND NOT a.has_begun AND a.start_on <= %(today)s
        AND k.died_on IS NULL AND k.left_on IS NULL
        AND NOT EXISTS (
            SELECT FROM evidence_enrolment e JOIN people_person r ON r.id = e.person_id
            WHERE (r.id = k.id OR r.merged_into_id = k.id) AND e.kind = 'agreement'
                AND coalesce(e.end_on, 'infinity') >= a.start_on
                AND NOT EXISTS (SELECT FROM evidence_enrolment s WHERE s.supersedes_id = e.id))
), begun AS (
    UPDATE agreements_agreement a SET has_begun = true FROM ready WHERE ready.id = a.id AND NOT a.has_begun
    RETURNING ready.person_id, ready.start_on, ready.end_on
)
INSERT INTO evidence_enrolment (person_id, kind, start_on, end_reason, value, recorded_at, source_system)
SELECT person_id, 'agreement', start_on, '', end_on::text, %(now)s, '' FROM begun
"""

# Agreements for enrolments that came without one: from files, from another system, from the time before. The team is
# that of the enrolment's last day, the packages are the basic one and (with `groups`) those of the person's groups.
# What would share a day with another agreement, or belongs to no team, stays without.
ADOPT = """
WITH lone AS (
    SELECT e.id AS enrolment_id, e.person_id, coalesce(p.merged_into_id, p.id) AS kept_id, p.name, p.birth_date,
        coalesce(e.start_on < p.birth_date + interval '14 years', false) AS is_child,
        p.household_id, e.start_on, e.end_on, e.end_reason, e.recorded_at,
        greatest(e.start_on, e.end_on, CASE WHEN e.value ~ '^\\d{4}-\\d{2}-\\d{2}$' THEN e.value::date
            WHEN e.end_on IS NULL THEN (e.start_on + interval '1 year' - interval '1 day')::date END) AS agreed
    FROM evidence_enrolment e JOIN people_person p ON p.id = e.person_id
    WHERE e.kind = 'agreement'
        AND NOT EXISTS (SELECT FROM evidence_enrolment s WHERE s.supersedes_id = e.id)
        AND NOT EXISTS (
            SELECT FROM agreements_agreement a JOIN people_person r ON r.id = a.person_id
            WHERE (r.id = coalesce(p.merged_into_id, p.id) OR r.merged_into_id = coalesce(p.merged_into_id, p.id))
                AND a.has_begun AND a.counted_from = e.start_on)
), placed AS (
    SELECT l.*, t.id AS team_id, t.institution_id, i.code,
        nextval(pg_get_serial_sequence('agreements_agreement', 'id')) AS id
    FROM lone l
    JOIN LATERAL (
        SELECT m.team_id FROM people_teammembership m
        WHERE m.person_id = l.kept_id AND m.start_on <= greatest(coalesce(l.end_on, %(today)s), l.start_on)
        ORDER BY m.start_on DESC LIMIT 1
    ) m ON true
    JOIN people_team t ON t.id = m.team_id JOIN people_institution i ON i.id = t.institution_id
), packed AS (
    SELECT person_id, array_agg(package) AS packages FROM (
        SELECT p.person_id, g.package FROM placed p
        JOIN unnest(%(groups)s::text[], %(packages)s::text[]) AS g (name, package) ON true
        WHERE CASE g.name WHEN 'child' THEN %(today)s < p.birth_date + interval '7 years'
            WHEN 'elderly' THEN %(today)s >= p.birth_date + interval '65 years'
            ELSE EXISTS (SELECT FROM evidence_enrolment e WHERE e.person_id = p.person_id AND e.end_on IS NULL
                    AND e.kind = CASE g.name WHEN 'maternal' THEN 'pregnancy' ELSE g.name END
                    AND NOT EXISTS (SELECT FROM evidence_enrolment s WHERE s.supersedes_id = e.id)) END
        ORDER BY p.person_id, g.package
    ) every GROUP BY person_id
), doctor AS (
    SELECT DISTINCT ON (team_id) team_id, staff_id FROM people_staffassignment
    WHERE role = 'doctor' AND start_on <= %(today)s AND (end_on IS NULL OR end_on >= %(today)s)
    ORDER BY team_id, staff_id
), made AS (
    INSERT INTO agreements_agreement (id, contract_no, person_id, household_id, signs_as, signer_name, relation,
        institution_id, team_id, doctor_id, packages, start_on, end_on, last_on, counted_from, nature, channel,
        terms_version, consents, text, signed_on, state, since, has_begun, token)
    SELECT p.id, p.code || '-' || to_char(p.start_on, 'YYYY') || '-' || lpad(p.id::text, 7, '0'), p.person_id,
        p.household_id, CASE WHEN p.is_child THEN 'guardian' ELSE 'self' END,
        CASE WHEN p.is_child THEN '' ELSE p.name END, '', p.institution_id, p.team_id, d.staff_id,
        %(basic)s::text[] || coalesce(k.packages, '{}'), p.start_on, p.agreed, coalesce(p.end_on, p.agreed), p.start_on,
        'new', 'import', '', '{}', '', p.start_on,
        CASE WHEN p.end_on IS NULL THEN 'active'
            WHEN p.end_on < p.agreed OR p.end_reason IN ('lost', 'refused', 'moved', 'died') THEN 'terminated'
            ELSE 'expired' END,
        %(now)s, true, gen_random_uuid()
    FROM placed p LEFT JOIN packed k ON k.person_id = p.person_id LEFT JOIN doctor d ON d.team_id = p.team_id
    ORDER BY p.enrolment_id
    ON CONFLICT DO NOTHING
    RETURNING id, person_id, team_id, state, start_on, last_on
)
INSERT INTO agreements_agreementstep (agreement_id, person_id, from_state, to_state, at, "on", reason, note, team_id,
    token)
SELECT m.id, m.person_id, '', m.state, %(now)s, CASE m.state WHEN 'active' THEN m.start_on ELSE m.last_on END,
    CASE WHEN m.state = 'active' THEN 'confirmed' WHEN m.state = 'expired' THEN 'term_over'
        WHEN p.end_reason = 'lost' THEN 'no_contact' WHEN p.end_reason IN ('refused', 'moved', 'died') THEN p.end_reason
        ELSE 'other' END,
    '', m.team_id, gen_random_uuid()
FROM made m JOIN placed p ON p.id = m.id ORDER BY m.id
"""
