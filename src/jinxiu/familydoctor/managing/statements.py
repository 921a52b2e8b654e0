"""The set-based statements of the manager's page. Parameters: `today` the business day, `teams` the scope.

A *relation* has one row for each person (or agreement) behind a number: number, team_id, place_id, person_id,
agreement_id, day. What a page counts and what its lists show are read from the same relation, so they agree. Whose use
of data is restricted is in none: to be counted is no care.
"""

from jinxiu.agreements.statements import PROGRESS

# The person of agreement `a`: the record that is kept, and where that one lives. A count that asks for no place makes
# the joins to `k` and `h` not at all.
_KEPT = "coalesce(m.merged_into_id, a.person_id)"
_PERSON = f"""LEFT JOIN people_person m ON m.id = a.person_id AND m.merged_into_id IS NOT NULL
    LEFT JOIN people_person k ON k.id = {_KEPT}
    LEFT JOIN people_household h ON h.id = k.household_id"""


def _unrestricted(person: str) -> str:
    """The condition that nobody has restricted the use of somebody's data."""
    return f"""NOT EXISTS (SELECT FROM people_restriction r WHERE r.person_id = {person} AND r.end_at IS NULL
        AND (r.until_on IS NULL OR r.until_on >= %(today)s))"""


_OPEN = _unrestricted(_KEPT)

# Everybody who lives here today, with team and community; who has signed; who is in a programme. The agreement of a
# record that was merged into another one counts for the one that is kept.
_RESIDENTS = f"""
resident AS (
    SELECT p.id, p.birth_date, m.team_id, h.place_id
    FROM people_person p
    LEFT JOIN people_teammembership m ON m.person_id = p.id
        AND m.start_on <= %(today)s AND (m.end_on IS NULL OR m.end_on >= %(today)s)
    LEFT JOIN people_household h ON h.id = p.household_id
    WHERE p.merged_into_id IS NULL AND (p.died_on IS NULL OR p.died_on > %(today)s)
        AND (p.left_on IS NULL OR p.left_on > %(today)s) AND {_unrestricted("p.id")}
), signed AS (
    SELECT DISTINCT coalesce(p.merged_into_id, p.id) AS id
    FROM agreements_agreement a JOIN people_person p ON p.id = a.person_id
    WHERE a.state = 'active' AND a.start_on <= %(today)s AND a.last_on >= %(today)s
), enrolled AS (
    SELECT coalesce(p.merged_into_id, p.id) AS id, array_agg(e.kind) AS kinds
    FROM evidence_enrolment e JOIN people_person p ON p.id = e.person_id
    WHERE e.kind = ANY(%(programmes)s::text[]) AND e.start_on <= %(today)s
        AND (e.end_on IS NULL OR e.end_on >= %(today)s)
        AND NOT EXISTS (SELECT FROM evidence_enrolment s WHERE s.supersedes_id = e.id)
    GROUP BY 1
), grouped AS (
    SELECT r.id, r.team_id, r.place_id, s.id IS NOT NULL AS is_signed, array_agg(g.code) AS groups
    FROM resident r LEFT JOIN signed s ON s.id = r.id LEFT JOIN enrolled e ON e.id = r.id
    LEFT JOIN unnest(%(groups)s::text[], %(kinds)s::text[], %(from_years)s::int[], %(below_years)s::int[])
        AS g (code, kind, from_years, below_years)
        ON g.kind = ANY(e.kinds) OR r.birth_date + make_interval(years => g.from_years) <= %(today)s
        OR r.birth_date + make_interval(years => g.below_years) > %(today)s AND r.birth_date <= %(today)s
    GROUP BY r.id, r.team_id, r.place_id, s.id
)"""  # noqa: S608 - parts of ours

# Coverage: each group, everybody, and all priority groups together, by who is signed.
COUNT_COVERAGE = f"""
WITH {_RESIDENTS}
INSERT INTO familydoctor_nightcount (day, part, number, team_id, place_id, counted, people, owed, done, share, passed)
SELECT %(today)s, 'coverage', CASE WHEN g.is_signed THEN 'signed.' ELSE 'unsigned.' END || n.code, g.team_id,
    g.place_id, count(*), array_agg(g.id ORDER BY g.id), 0, 0, 0, 0
FROM grouped g CROSS JOIN LATERAL (
    SELECT 'all' AS code UNION ALL SELECT code FROM unnest(g.groups) AS code WHERE code IS NOT NULL
    UNION ALL SELECT 'priority' WHERE g.groups[1] IS NOT NULL
) n
GROUP BY n.code, g.is_signed, g.team_id, g.place_id
"""  # noqa: S608 - parts of ours

# Fulfilment: of everybody with an agreement in force, all items together ("all"), and each item by itself; a person is
# among those for whom everything, something or nothing of it was done in the present year of the agreement.
COUNT_KEPT = f"""
WITH item AS (
    SELECT k.id, k.package || '/' || k.item AS number, k.times AS owed, least(k.count, k.times) AS done
    FROM ({PROGRESS}) k
), agreement AS (
    SELECT a.id, a.team_id, h.place_id, {_KEPT} AS person_id,
        least(1, (%(today)s - (a.counted_from
            + make_interval(years => extract(year FROM age(%(today)s, a.counted_from))::int))::date + 1) / 365.0
        ) AS passed
    FROM agreements_agreement a {_PERSON}
    WHERE a.id = ANY(%(agreements)s::bigint[]) AND {_OPEN}
), counted AS (
    SELECT id, number, owed, done FROM item
    UNION ALL SELECT id, 'all', sum(owed), sum(done) FROM item GROUP BY id
)
INSERT INTO familydoctor_nightcount (day, part, number, team_id, place_id, counted, people, owed, done, share, passed)
SELECT %(today)s, 'kept',
    CASE WHEN c.done = c.owed THEN 'whole.' WHEN c.done > 0 THEN 'some.' ELSE 'nothing.' END || c.number,
    a.team_id, a.place_id, count(*), array_agg(a.person_id ORDER BY a.person_id), sum(c.owed), sum(c.done),
    sum(c.done::float / c.owed), sum(a.passed)
FROM counted c JOIN agreement a ON a.id = c.id
GROUP BY 3, a.team_id, a.place_id
"""  # noqa: S608 - parts of ours

# --- relations that are read as they stand ----------------------------------------------------------------------------
# `first` and `last` are a period; of agreements the team is theirs, the community that in which the person lives.

EXPIRING = f"""
SELECT CASE WHEN EXISTS (SELECT FROM agreements_agreement f
        WHERE f.person_id = ANY(ARRAY[a.person_id, {_KEPT}]) AND f.start_on > a.last_on
            AND f.state IN ('pending_team', 'active'))
    THEN 'renewed.' ELSE 'open.' END || (a.last_on - %(today)s) / 7 AS number,
    a.team_id, h.place_id, {_KEPT} AS person_id, a.id AS agreement_id, a.last_on AS day
FROM agreements_agreement a {_PERSON}
WHERE a.state = 'active' AND a.start_on <= %(today)s AND a.last_on BETWEEN %(today)s AND %(last)s
    AND a.team_id = ANY(%(teams)s::bigint[]) AND {_OPEN}
"""  # noqa: S608 - parts of ours

# A transfer to another team: by the resident's wish (the agreement that takes over), or because the person's team
# changed (a step). It leaves one team and comes to the other on the same day.
CHANGES = f"""
SELECT way.number, way.team_id, h.place_id, {_KEPT} AS person_id, a.id AS agreement_id, moved.day
FROM (
    SELECT s.agreement_id AS to_agreement, s.agreement_id AS from_agreement, s."on" AS day, s.team_id AS to_team, (
        SELECT e.team_id FROM agreements_agreementstep e WHERE e.agreement_id = s.agreement_id AND e.id < s.id
        ORDER BY e.id DESC LIMIT 1) AS from_team
    FROM agreements_agreementstep s
    WHERE s.reason = 'team_changed' AND s.from_state = 'active' AND s."on" BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT n.id, f.id, n.start_on, (
        SELECT e.team_id FROM agreements_agreementstep e WHERE e.agreement_id = n.id ORDER BY e.id LIMIT 1), f.team_id
    FROM agreements_agreement n JOIN agreements_agreement f ON f.id = n.follows_id
    WHERE n.nature = 'transfer' AND n.start_on BETWEEN %(first)s AND %(last)s
) moved
CROSS JOIN LATERAL (
    VALUES ('in', moved.to_team, moved.to_agreement), ('out', moved.from_team, moved.from_agreement)
) AS way (number, team_id, agreement_id)
JOIN agreements_agreement a ON a.id = way.agreement_id {_PERSON}
WHERE moved.to_team <> moved.from_team AND way.team_id = ANY(%(teams)s::bigint[]) AND {_OPEN}
UNION ALL
SELECT 'ended.' || s.reason, a.team_id, h.place_id, {_KEPT}, a.id, a.last_on
FROM agreements_agreement a {_PERSON}
JOIN LATERAL (
    SELECT e.reason FROM agreements_agreementstep e WHERE e.agreement_id = a.id AND e.to_state = 'terminated'
    ORDER BY e.id DESC LIMIT 1) s ON true
WHERE a.state = 'terminated' AND a.has_begun AND a.last_on BETWEEN %(first)s AND %(last)s
    AND a.team_id = ANY(%(teams)s::bigint[]) AND {_OPEN}
"""  # noqa: S608 - parts of ours

LOAD = f"""
SELECT 'signed' AS number, a.team_id, h.place_id, {_KEPT} AS person_id, a.id AS agreement_id, a.last_on AS day
FROM agreements_agreement a {_PERSON}
WHERE a.state = 'active' AND a.start_on <= %(today)s AND a.last_on >= %(today)s
    AND a.team_id = ANY(%(teams)s::bigint[]) AND {_OPEN}
"""  # noqa: S608 - parts of ours

# What ran out in the period, by whether it was renewed: by the agreement that says so, or by another new one of the
# same person that began around its last day. Only where none says so is it looked person by person.
RENEWAL = f"""
SELECT CASE WHEN a.id IN (SELECT f.follows_id FROM agreements_agreement f
        WHERE f.follows_id IS NOT NULL AND f.nature = 'renewal' AND (f.has_begun OR f.state = 'active'))
    OR EXISTS (SELECT FROM agreements_agreement f
        WHERE f.person_id = ANY(ARRAY[a.person_id, {_KEPT}]) AND f.start_on > a.start_on
            AND (f.has_begun OR f.state = 'active')
            AND f.start_on BETWEEN a.last_on - %(window)s AND a.last_on + %(window)s)
    THEN 'renewed' ELSE 'lapsed' END AS number,
    a.team_id, h.place_id, {_KEPT} AS person_id, a.id AS agreement_id, a.last_on AS day
FROM agreements_agreement a {_PERSON}
WHERE a.state IN ('active', 'expired', 'renewed') AND a.last_on BETWEEN %(first)s AND %(last)s
    AND a.last_on < %(today)s AND a.team_id = ANY(%(teams)s::bigint[]) AND {_OPEN}
"""  # noqa: S608 - parts of ours
