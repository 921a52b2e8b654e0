"""The set-based statements of renewing many agreements. `today` is the business day."""

# The next agreements of a run by id, each with the record that is kept of its person.
NEXT = """
SELECT a.id, coalesce(p.merged_into_id, p.id)
FROM agreements_agreement a JOIN people_person p ON p.id = a.person_id
WHERE a.id > %(after)s AND a.state = 'active' AND a.last_on BETWEEN %(first)s AND %(last)s
    AND a.team_id = ANY(%(teams)s::bigint[])
ORDER BY a.id LIMIT %(limit)s
"""
LOCK_PEOPLE = "SELECT id FROM people_person WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
LOCK_OPEN_TEAMS = """
SELECT id FROM people_team WHERE id = ANY(%(teams)s) AND (closed_on IS NULL OR closed_on > %(today)s)
ORDER BY id FOR NO KEY UPDATE
"""
LOCK_AGREEMENTS = "SELECT id FROM agreements_agreement WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"

# Agreements with all that decides whether and how each is renewed; the columns are the fields of `rules.Former`.
FORMER = """
SELECT a.id, a.contract_no, a.state, a.start_on, a.last_on, a.packages, a.terms_version, a.consents, a.signs_as,
    a.signer_name, a.relation, a.team_id, a.doctor_id, k.id AS person_id, k.name, k.sex, k.birth_date, k.died_on,
    k.left_on,
    k.household_id,
    ARRAY(SELECT i.masked FROM people_identifier i JOIN people_person r ON r.id = i.person_id
        WHERE r.id = k.id OR r.merged_into_id = k.id ORDER BY r.merged_into_id DESC, i.id) AS documents,
    ARRAY(SELECT e.kind FROM evidence_enrolment e JOIN people_person r ON r.id = e.person_id
        WHERE (r.id = k.id OR r.merged_into_id = k.id) AND e.kind = ANY(%(programmes)s)
            AND e.start_on <= %(today)s AND (e.end_on IS NULL OR e.end_on >= %(today)s)
            AND NOT EXISTS (SELECT FROM evidence_enrolment s WHERE s.supersedes_id = e.id)) AS programmes,
    EXISTS (SELECT FROM people_restriction s WHERE s.person_id = k.id AND s.kind = ANY(%(closed)s)
        AND s.end_at IS NULL AND (s.until_on IS NULL OR s.until_on >= %(today)s)) AS is_restricted,
    EXISTS (SELECT FROM evidence_event e WHERE e.source_system = %(source)s AND e.source_id = a.id || '/renewal')
        AS is_offered,
    EXISTS (SELECT FROM agreements_agreement f WHERE f.follows_id = a.id AND f.state = 'terminated') AS is_given_up,
    coalesce((SELECT CASE WHEN f.follows_id = a.id THEN 'renewed' ELSE 'other' END
        FROM agreements_agreement f JOIN people_person r ON r.id = f.person_id
        WHERE (r.id = k.id OR r.merged_into_id = k.id) AND f.id <> a.id AND f.state <> 'draft'
            AND f.last_on >= f.start_on AND f.last_on > a.last_on
            AND f.start_on <= (a.last_on + 1 + make_interval(years => %(years)s))::date - 1
        ORDER BY f.start_on, f.id LIMIT 1), '') AS other
FROM agreements_agreement a JOIN people_person p ON p.id = a.person_id
JOIN people_person k ON k.id = coalesce(p.merged_into_id, p.id)
WHERE a.id = ANY(%(agreements)s)
ORDER BY a.id
"""
IDS = """
SELECT nextval(pg_get_serial_sequence('agreements_agreement', 'id')) FROM generate_series(1, %s)
"""
COUNT = """
SELECT count(*), count(*) FILTER (WHERE renewed), count(*) FILTER (WHERE NOT renewed AND %(agreed)s = ANY(consents))
FROM (
    SELECT consents, EXISTS (SELECT FROM agreements_agreement f
        WHERE f.follows_id = a.id AND f.state IN ('pending_team', 'active')) AS renewed
    FROM agreements_agreement a
    WHERE state = 'active' AND last_on BETWEEN %(first)s AND %(last)s AND team_id = ANY(%(teams)s::bigint[])
) ending
"""
