"""The set-based statement of doctors who left."""

# Agreements in force whose doctor is no doctor of their team any more get the team's first one; a team that has none
# today keeps the old name until there is one.
NEXT_DOCTOR = """
WITH doctor AS (
    SELECT team_id, staff_id FROM people_staffassignment
    WHERE role = 'doctor' AND team_id IS NOT NULL AND stands_in_for_id IS NULL
        AND start_on <= %(today)s AND (end_on IS NULL OR end_on >= %(today)s)
), first AS (
    SELECT team_id, min(staff_id) AS staff_id FROM doctor GROUP BY team_id
), changed AS (
    UPDATE agreements_agreement a SET doctor_id = f.staff_id FROM first f
    WHERE f.team_id = a.team_id AND a.state = 'active' AND a.has_begun AND a.doctor_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM doctor d WHERE d.team_id = a.team_id AND d.staff_id = a.doctor_id)
    RETURNING a.id, a.person_id, a.team_id, a.doctor_id
), step AS (
    INSERT INTO agreements_agreementstep (agreement_id, person_id, from_state, to_state, at, "on", reason, note,
        team_id, token)
    SELECT id, person_id, 'active', 'active', %(now)s, %(today)s, 'doctor_changed', '', team_id, gen_random_uuid()
    FROM changed ORDER BY id
)
SELECT c.id, coalesce(p.merged_into_id, p.id), c.doctor_id
FROM changed c JOIN people_person p ON p.id = c.person_id ORDER BY c.id
"""
