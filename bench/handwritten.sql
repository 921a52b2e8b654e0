-- The verdicts of hypertension, diabetes and elderly, written by hand for DuckDB: what one would write for these three
-- standards alone, with every number in place. It gives the same rows as the engine, to the last byte; bench/engine.py
-- checks that before it measures. {facts} is the directory of Parquet files, {as_of} the day.
CREATE OR REPLACE TEMP MACRO quoted(x) AS '"' || replace(replace(x, '\', '\\'), '"', '\"') || '"';
CREATE OR REPLACE TEMP MACRO num(x) AS CASE WHEN x = floor(x) THEN x::BIGINT::VARCHAR ELSE x::VARCHAR END;
CREATE OR REPLACE TEMP MACRO js(x) AS coalesce(num(x), 'null');
CREATE OR REPLACE TEMP MACRO item(x) AS coalesce(',' || quoted(x), '');
CREATE OR REPLACE TEMP MACRO age_on(birth, d) AS
    year(d) - year(birth) - CASE WHEN (month(d), day(d)) < (month(birth), day(birth)) THEN 1 ELSE 0 END;

CREATE OR REPLACE TEMP TABLE alive AS
SELECT person_id, birth_date FROM '{facts}/people.parquet'
WHERE (died_on IS NULL OR died_on > DATE '{as_of}') AND (left_on IS NULL OR left_on > DATE '{as_of}');

CREATE OR REPLACE TEMP TABLE members AS
SELECT kind, person_id, birth_date, start_on, enrolment_id
FROM '{facts}/enrolments.parquet' JOIN alive USING (person_id)
WHERE kind IN ('hypertension', 'diabetes') AND start_on <= DATE '{as_of}' AND (end_on IS NULL OR end_on >= DATE '{as_of}')
QUALIFY row_number() OVER (PARTITION BY kind, person_id ORDER BY start_on DESC, enrolment_id DESC) = 1;

-- Every contact since the enrolment, with the last value of each reading and its id.
CREATE OR REPLACE TEMP TABLE readings AS
SELECT event_id,
    max(value) FILTER (code = 'systolic') AS sys, max(observation_id) FILTER (code = 'systolic') AS sys_id,
    max(value) FILTER (code = 'diastolic') AS dia, max(observation_id) FILTER (code = 'diastolic') AS dia_id,
    max(value) FILTER (code = 'fasting_glucose') AS fast, max(observation_id) FILTER (code = 'fasting_glucose') AS fast_id,
    max(value) FILTER (code = 'random_glucose') AS rand, max(observation_id) FILTER (code = 'random_glucose') AS rand_id,
    max(value) FILTER (code = 'adverse_reaction') AS adv, max(observation_id) FILTER (code = 'adverse_reaction') AS adv_id,
    max(value) FILTER (code = 'complication') AS comp, max(observation_id) FILTER (code = 'complication') AS comp_id,
    max(value) FILTER (code = 'danger_sign') AS dang, max(observation_id) FILTER (code = 'danger_sign') AS dang_id
FROM (
    SELECT event_id, code, value, observation_id FROM '{facts}/observations.parquet'
    WHERE value IS NOT NULL AND happened_on <= DATE '{as_of}' AND event_id IS NOT NULL
        AND code IN ('systolic', 'diastolic', 'fasting_glucose', 'random_glucose', 'adverse_reaction', 'complication',
            'danger_sign')
    -- In these files no event has a code twice; with that in doubt a window would have to choose the last.
) GROUP BY event_id;

CREATE OR REPLACE TEMP TABLE contacts AS
SELECT m.kind, person_id, event_id, happened_on, mode, readings.* EXCLUDE (event_id),
    CASE WHEN m.kind = 'hypertension' THEN sys IS NOT NULL AND dia IS NOT NULL
        ELSE fast IS NOT NULL OR coalesce(rand <= 3.9 OR rand >= 16.7, false) END AS measured,
    coalesce(adv = 1, false) OR coalesce(comp = 1, false) OR coalesce(dang = 1, false) AS flagged,
    coalesce(sys >= 180, false) OR coalesce(dia >= 110, false) OR m.kind = 'diabetes' AND (
        coalesce(fast <= 3.9 OR fast >= 16.7, false) OR coalesce(rand <= 3.9 OR rand >= 16.7, false)) AS danger_value,
    CASE WHEN m.kind = 'hypertension' THEN sys IS NOT NULL AND dia IS NOT NULL
            AND (sys >= CASE WHEN age_on(birth_date, happened_on) >= 65 THEN 150 ELSE 140 END OR dia >= 90)
        ELSE coalesce(fast >= 7, false) END AS off_target
FROM '{facts}/events.parquet' AS e
JOIN members AS m USING (person_id)
LEFT JOIN readings USING (event_id)
WHERE e.kind = 'followup.' || m.kind AND e.kind IN ('followup.hypertension', 'followup.diabetes')
    AND happened_on BETWEEN start_on AND DATE '{as_of}' AND (measured OR flagged);

-- The latest contact, the one before it, and the latest measured one before it.
CREATE OR REPLACE TEMP TABLE chosen AS
SELECT kind, person_id, max(event_id) FILTER (nth = 1) AS latest, max(event_id) FILTER (nth = 2) AS before,
    min_by(event_id, nth) FILTER (nth > 1 AND measured) AS measured_before
FROM (
    SELECT kind, person_id, event_id, measured,
        row_number() OVER (PARTITION BY kind, person_id ORDER BY happened_on DESC, event_id DESC) AS nth
    FROM contacts
) GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE judged AS
SELECT m.kind, m.person_id, m.birth_date, m.start_on, m.enrolment_id, latest, n AS now, b AS before, p AS measured_before,
    CASE WHEN latest IS NULL THEN 'never_seen'
        WHEN n.danger_value THEN 'danger'
        WHEN n.dang = 1 THEN 'danger_sign'
        WHEN n.comp = 1 THEN 'complication'
        WHEN n.adv = 1 AND b.adv = 1 THEN 'adverse_reaction_persists'
        WHEN n.off_target AND (p.off_target OR p.danger_value) THEN 'uncontrolled_twice'
        WHEN n.adv = 1 THEN 'adverse_reaction_first'
        WHEN n.off_target THEN 'uncontrolled_first'
        ELSE 'controlled' END AS reason
FROM members AS m
LEFT JOIN chosen USING (kind, person_id)
LEFT JOIN contacts AS n ON n.event_id = latest
LEFT JOIN contacts AS b ON b.event_id = chosen.before
LEFT JOIN contacts AS p ON p.event_id = chosen.measured_before;

CREATE OR REPLACE TEMP MACRO used(kind, c) AS CASE WHEN c IS NULL THEN '' WHEN kind = 'hypertension'
    THEN item(c.event_id) || item(c.sys_id) || item(c.dia_id) || item(c.adv_id) || item(c.comp_id) || item(c.dang_id)
    ELSE item(c.event_id) || item(c.fast_id) || item(c.rand_id) || item(c.sys_id) || item(c.dia_id) || item(c.adv_id)
        || item(c.comp_id) || item(c.dang_id) END;

CREATE OR REPLACE TEMP TABLE followups AS
SELECT person_id, kind AS standard, 'followup' AS clause, anchor::VARCHAR AS cycle,
    greatest(due_on - 30, anchor) AS opens_on, due_on, NULL::DATE AS closes_on, false AS kept,
    CASE WHEN reason = 'never_seen' THEN NULL WHEN reason LIKE 'danger%' THEN 'danger' WHEN reason LIKE 'adverse%' THEN 'adverse_reaction'
        WHEN reason LIKE 'uncontrolled%' THEN 'uncontrolled' ELSE reason END AS classification,
    CASE WHEN reason IN ('danger', 'danger_sign', 'complication', 'adverse_reaction_persists', 'uncontrolled_twice') THEN 'refer'
        ELSE 'contact' END AS action,
    CASE WHEN reason LIKE 'danger%' THEN 3 WHEN action = 'refer' THEN 2 WHEN reason = 'controlled' THEN 0 ELSE 1 END::INT AS urgency,
    reason AS reason_code,
    CASE WHEN reason = 'never_seen' THEN '{{"days":14,"due_on":"' || due_on || '","start_on":"' || start_on || '"}}'
        WHEN kind = 'hypertension' THEN CASE reason
            WHEN 'danger' THEN '{{"days":14,"diastolic":' || js(now.dia) || ',"diastolic_danger":110,"due_on":"' || due_on
                || '","systolic":' || js(now.sys) || ',"systolic_danger":180}}'
            WHEN 'danger_sign' THEN bp
            WHEN 'complication' THEN bp
            WHEN 'adverse_reaction_first' THEN bp
            WHEN 'adverse_reaction_persists' THEN '{{"days":14,"diastolic":' || js(now.dia) || ',"due_on":"' || due_on
                || '","previous_on":"' || before.happened_on || '","systolic":' || js(now.sys) || '}}'
            WHEN 'uncontrolled_twice' THEN '{{"days":14,"diastolic":' || js(now.dia) || ',"diastolic_limit":90,"due_on":"'
                || due_on || '","previous_diastolic":' || js(measured_before.dia) || ',"previous_on":"'
                || measured_before.happened_on || '","previous_systolic":' || js(measured_before.sys) || ',"systolic":'
                || js(now.sys) || ',"systolic_limit":' || sys_limit || '}}'
            WHEN 'uncontrolled_first' THEN '{{"days":14,"diastolic":' || js(now.dia) || ',"diastolic_limit":90,"due_on":"'
                || due_on || '","systolic":' || js(now.sys) || ',"systolic_limit":' || sys_limit || '}}'
            ELSE '{{"diastolic":' || js(now.dia) || ',"diastolic_limit":90,"due_on":"' || due_on || '","systolic":'
                || js(now.sys) || ',"systolic_limit":' || sys_limit || '}}' END
        ELSE CASE reason
            WHEN 'danger' THEN '{{"days":14,"diastolic":' || js(now.dia) || ',"diastolic_danger":110,"due_on":"' || due_on
                || '","fasting_glucose":' || js(now.fast) || ',"glucose_high_danger":16.7,"glucose_low_danger":3.9,"random_glucose":'
                || js(now.rand) || ',"systolic":' || js(now.sys) || ',"systolic_danger":180}}'
            WHEN 'danger_sign' THEN '{{"days":14,"diastolic":' || js(now.dia) || ',"due_on":"' || due_on
                || '","fasting_glucose":' || js(now.fast) || ',"random_glucose":' || js(now.rand) || ',"systolic":'
                || js(now.sys) || '}}'
            WHEN 'complication' THEN glucose
            WHEN 'adverse_reaction_first' THEN glucose
            WHEN 'adverse_reaction_persists' THEN '{{"days":14,"due_on":"' || due_on || '","fasting_glucose":' || js(now.fast)
                || ',"previous_on":"' || before.happened_on || '"}}'
            WHEN 'uncontrolled_twice' THEN '{{"days":14,"due_on":"' || due_on || '","fasting_glucose":' || js(now.fast)
                || ',"fasting_limit":7,"previous_diastolic":' || js(measured_before.dia) || ',"previous_fasting_glucose":'
                || js(measured_before.fast) || ',"previous_on":"' || measured_before.happened_on
                || '","previous_random_glucose":' || js(measured_before.rand) || ',"previous_systolic":'
                || js(measured_before.sys) || '}}'
            WHEN 'uncontrolled_first' THEN '{{"days":14,"due_on":"' || due_on || '","fasting_glucose":' || js(now.fast)
                || ',"fasting_limit":7}}'
            ELSE '{{"due_on":"' || due_on || '","fasting_glucose":' || js(now.fast) || ',"fasting_limit":7}}' END
    END AS reason_args,
    '[' || quoted(enrolment_id) || used(kind, now) || CASE reason
        WHEN 'adverse_reaction_persists' THEN used(kind, before)
        WHEN 'uncontrolled_twice' THEN used(kind, measured_before) ELSE '' END || ']' AS facts_used
FROM (
    SELECT *, coalesce(now.happened_on, start_on) AS anchor, anchor + CASE WHEN reason = 'controlled' THEN 90 ELSE 14 END AS due_on,
        CASE WHEN age_on(birth_date, now.happened_on) >= 65 THEN '150' ELSE '140' END AS sys_limit,
        '{{"days":14,"diastolic":' || js(now.dia) || ',"due_on":"' || due_on || '","systolic":' || js(now.sys) || '}}' AS bp,
        '{{"days":14,"due_on":"' || due_on || '","fasting_glucose":' || js(now.fast) || '}}' AS glucose
    FROM judged
);

CREATE OR REPLACE TEMP TABLE done AS
SELECT kind, person_id, 'visits_per_year' AS clause, count(*) AS done, max(happened_on) AS last_on,
    string_agg(',' || quoted(event_id), '' ORDER BY happened_on, event_id) AS listed
FROM contacts WHERE mode IN ('clinic', 'home') AND happened_on >= DATE '{first}' GROUP BY kind, person_id
UNION ALL
SELECT 'diabetes', person_id, 'glucose_tests_per_year', count(*), max(happened_on),
    string_agg(',' || quoted(observation_id), '' ORDER BY happened_on, observation_id)
FROM '{facts}/observations.parquet' AS o JOIN members AS m USING (person_id)
WHERE m.kind = 'diabetes' AND code = 'fasting_glucose' AND value IS NOT NULL
    AND happened_on BETWEEN greatest(DATE '{first}', start_on) AND DATE '{as_of}' GROUP BY person_id
UNION ALL
SELECT NULL, person_id, 'yearly_exam', count(*), max(happened_on),
    string_agg(',' || quoted(event_id), '' ORDER BY happened_on, event_id)
FROM '{facts}/events.parquet'
WHERE kind = 'exam.annual' AND happened_on BETWEEN DATE '{first}' AND DATE '{as_of}' GROUP BY person_id;

CREATE OR REPLACE TEMP TABLE promised AS
SELECT kind AS standard, person_id, start_on, enrolment_id, unnest(CASE kind
    WHEN 'hypertension' THEN ['yearly_exam', 'visits_per_year']
    ELSE ['yearly_exam', 'visits_per_year', 'glucose_tests_per_year'] END) AS clause FROM members
UNION ALL
SELECT 'elderly', person_id, CASE WHEN month(birth_date) = 2 AND day(birth_date) = 29 AND day(birth_date + INTERVAL 65 YEAR) = 28
    THEN make_date(year(birth_date) + 65, 3, 1) ELSE (birth_date + INTERVAL 65 YEAR)::DATE END AS start_on, NULL, 'yearly_exam'
FROM alive WHERE start_on <= DATE '{as_of}';

CREATE OR REPLACE TEMP TABLE yearly AS
SELECT *, CASE clause WHEN 'yearly_exam' THEN CASE WHEN kept THEN 'exam_done' ELSE 'exam_missing' END
        WHEN 'visits_per_year' THEN CASE WHEN kept THEN 'visits_done' ELSE 'visits_short' END
        ELSE CASE WHEN kept THEN 'tests_done' ELSE 'tests_short' END END AS reason_code,
    CASE WHEN clause = 'yearly_exam' THEN CASE WHEN kept THEN '{{"last_on":"' || last_on || '","year":{year}}}'
            ELSE '{{"due_on":"{last}","year":{year}}}' END
        WHEN kept THEN '{{"done":' || done || ',"needed":' || needed || ',"year":{year}}}'
        ELSE '{{"done":' || done || ',"due_on":"{last}","needed":' || needed || ',"year":{year}}}' END AS reason_args,
    '[' || CASE WHEN enrolment_id IS NULL THEN ltrim(coalesce(listed, ''), ',')
        ELSE quoted(enrolment_id) || coalesce(listed, '') END || ']' AS facts_used
FROM (
    SELECT p.*, coalesce(done, 0) AS done, last_on, listed,
        CASE WHEN p.clause = 'yearly_exam' THEN 1
            ELSE ceil(4 * (DATE '{last}' - greatest(DATE '{first}', start_on) + 1) / {days})::BIGINT END AS needed,
        coalesce(done, 0) >= needed AS kept
    FROM promised AS p
    LEFT JOIN done AS d ON d.person_id = p.person_id AND d.clause = p.clause AND coalesce(d.kind, p.standard) = p.standard
);

CREATE OR REPLACE TEMP MACRO action_of(clause) AS
    CASE clause WHEN 'yearly_exam' THEN 'exam' WHEN 'visits_per_year' THEN 'contact' ELSE 'test' END;

SELECT person_id, standard, '2017.1' AS version, clause, cycle,
    CASE WHEN kept THEN 'kept' WHEN opens_on > DATE '{as_of}' THEN 'upcoming' WHEN due_on >= DATE '{as_of}' THEN 'due'
        ELSE 'overdue' END AS status,
    opens_on, due_on, closes_on, classification, action, urgency, reason_code, reason_args, facts_used
FROM (
    SELECT * FROM followups
    UNION ALL
    SELECT person_id, standard, clause, '{year}', greatest(DATE '{first}', start_on), DATE '{last}', DATE '{last}', kept, NULL,
        action_of(clause), 0, reason_code, reason_args, facts_used FROM yearly
    UNION ALL
    SELECT person_id, standard, clause, '{next}', DATE '{next}-01-01', DATE '{next}-12-31', DATE '{next}-12-31', false, NULL,
        action_of(clause), 0, 'next_year', CASE clause WHEN 'yearly_exam' THEN '{{"opens_on":"{next}-01-01","year":{next}}}'
            ELSE '{{"needed":4,"opens_on":"{next}-01-01","year":{next}}}' END,
        CASE WHEN enrolment_id IS NULL THEN '[]' ELSE '[' || quoted(enrolment_id) || ']' END
    FROM promised
)
ORDER BY person_id, standard, clause, cycle
