"""The SQL of the night: verdicts beside the open due items, three statements for the difference.

Items of people who were not judged stay as they are.
"""

_COMPARED = """version, opens_on, due_on, closes_on, classification, action, urgency, reason_code, reason_args,
    facts_used"""

MAKE_VERDICTS = """
CREATE TEMPORARY TABLE verdict (
    person_id bigint, standard text, version text, clause text, cycle text, status text,
    opens_on date, due_on date, closes_on date, classification text, action text, urgency smallint,
    reason_code text, reason_args jsonb, facts_used jsonb
) ON COMMIT DROP
"""

# Somebody may have been deleted since the facts were read.
LEAVE_OUT_DELETED = "DELETE FROM verdict WHERE NOT EXISTS (SELECT 1 FROM people_person WHERE id = verdict.person_id)"

# Half a million rows on both sides: the statistics of a table that was empty this morning must not mislead the planner.
PLAN_FOR_MANY = "SET LOCAL enable_nestloop = off"
CLEAN_UP = "SET LOCAL enable_nestloop = on; DROP TABLE verdict"
COUNT_AGAIN = "ANALYZE worklists_dueitem"

COPY_VERDICTS = "COPY verdict FROM STDIN (FORMAT csv)"

# The same transaction that wrote the evidence: the night asks whether its snapshot contains it.
REMEMBER_REFRESH = """
INSERT INTO worklists_personrefresh (person_id, transaction) VALUES (%s, pg_current_xact_id()::text::bigint)
ON CONFLICT (person_id) DO UPDATE SET transaction = excluded.transaction
"""

REFRESHED_SINCE = """
SELECT person_id FROM worklists_personrefresh
WHERE NOT pg_visible_in_snapshot(transaction::text::xid8, %s::pg_snapshot) ORDER BY person_id
"""

CLOSE = """
UPDATE worklists_dueitem AS item
SET closed_at = %(now)s, closed_reason = gone.reason
FROM (
    SELECT open.id, coalesce(v.status, 'gone') AS reason
    FROM worklists_dueitem open
    LEFT JOIN verdict v USING (person_id, standard, clause, cycle)
    WHERE open.closed_at IS NULL AND (v.status IS NULL OR v.status IN ('kept', 'waived', 'missed'))
      AND (%(touched)s::bigint[] IS NULL OR open.person_id = ANY (%(touched)s::bigint[]))
) AS gone
WHERE item.id = gone.id AND NOT item.person_id = ANY (%(since)s)
"""

CHANGE = f"""
UPDATE worklists_dueitem AS item
SET ({_COMPARED}) = ROW (
    v.version, v.opens_on, v.due_on, v.closes_on, coalesce(v.classification, ''), v.action, v.urgency, v.reason_code,
    v.reason_args, v.facts_used)
FROM verdict v
WHERE item.closed_at IS NULL AND v.status IN ('upcoming', 'due', 'overdue')
  AND (item.person_id, item.standard, item.clause, item.cycle) = (v.person_id, v.standard, v.clause, v.cycle)
  AND (item.version, item.opens_on, item.due_on, item.closes_on, item.classification, item.action, item.urgency,
       item.reason_code, item.reason_args, item.facts_used)
      IS DISTINCT FROM
      (v.version, v.opens_on, v.due_on, v.closes_on, coalesce(v.classification, ''), v.action, v.urgency,
       v.reason_code, v.reason_args, v.facts_used)
  AND NOT item.person_id = ANY (%(since)s)
"""  # noqa: S608 - only column names of ours

OPEN = f"""
INSERT INTO worklists_dueitem (person_id, standard, clause, cycle, opened_at, closed_reason, run_id, {_COMPARED})
SELECT v.person_id, v.standard, v.clause, v.cycle, %(now)s, '', %(run)s,
       v.version, v.opens_on, v.due_on, v.closes_on, coalesce(v.classification, ''), v.action, v.urgency, v.reason_code,
       v.reason_args, v.facts_used
FROM verdict v
WHERE v.status IN ('upcoming', 'due', 'overdue') AND NOT v.person_id = ANY (%(since)s)
  AND NOT EXISTS (
    SELECT FROM worklists_dueitem open
    WHERE open.closed_at IS NULL
      AND (open.person_id, open.standard, open.clause, open.cycle) = (v.person_id, v.standard, v.clause, v.cycle))
"""  # noqa: S608 - only column names of ours
