"""The SQL that finds who is touched: what was written since, and which days have come. `rules` says why these."""

# A row's xmin is the transaction that wrote it as it stands; age() counts back from now, also across the end of the
# numbers. What wrote below the bound had ended when the last facts were read. Savepoints have numbers of their own,
# above that of their transaction, so the bound holds for them too. Freezing leaves xmin as it is.
_WRITTEN = "age(xmin) <= age(%(bound_xid)s::text::xid)"
_DAY = "BETWEEN %(after)s::date + 1 AND %(until)s::date"
_DAY_BEFORE = "BETWEEN %(after)s::date AND %(until)s::date - 1"
# Born on 29 February, an age in years is reached on 1 March: the day after the one that PostgreSQL says.
_DAY_OR_BEFORE = "BETWEEN %(after)s::date AND %(until)s::date"

TOUCHED = f"""
WITH touched (person_id) AS (
    SELECT id FROM people_person p
    WHERE {_WRITTEN} OR birth_date {_DAY} OR died_on {_DAY} OR left_on {_DAY}
       OR EXISTS (
           SELECT FROM unnest(%(years)s::int[]) n WHERE (birth_date + make_interval(years => n))::date {_DAY_OR_BEFORE})
       OR EXISTS (SELECT FROM unnest(%(months)s::int[]) n WHERE (birth_date + make_interval(months => n))::date {_DAY})
       OR EXISTS (
           SELECT FROM unnest(%(year_months)s::int[]) n, date(birth_date + make_interval(months => n)) start_on
           WHERE (start_on + make_interval(years => %(year)s - extract(year FROM start_on)::int))::date
                 {_DAY_OR_BEFORE})
    UNION ALL SELECT person_id FROM evidence_event WHERE {_WRITTEN} OR happened_on {_DAY}
    UNION ALL SELECT person_id FROM evidence_observation WHERE {_WRITTEN} OR happened_on {_DAY}
    UNION ALL
    SELECT person_id FROM evidence_enrolment
    WHERE {_WRITTEN} OR start_on {_DAY} OR end_on {_DAY_BEFORE}
       OR kind = ANY (%(year_kinds)s)
          AND (start_on + make_interval(years => %(year)s - extract(year FROM start_on)::int))::date {_DAY}
    UNION ALL SELECT person_id FROM worklists_personrefresh WHERE transaction >= %(bound)s
    UNION ALL
    SELECT person_id FROM worklists_dueitem
    WHERE closed_at IS NULL AND (opens_on {_DAY} OR closes_on {_DAY_BEFORE})
)
SELECT DISTINCT one FROM touched t JOIN people_person p ON p.id = t.person_id, unnest(ARRAY[p.id, p.merged_into_id]) one
WHERE one IS NOT NULL ORDER BY one
"""  # noqa: S608 - only words of ours

# Which server's files, and which database in them; and the oldest transaction that is still running.
HERE = """
SELECT system_identifier::text || '/' || (SELECT oid FROM pg_database WHERE datname = current_database()),
       pg_snapshot_xmin(pg_current_snapshot())::text::bigint
FROM pg_control_system()
"""
