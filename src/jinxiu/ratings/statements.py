"""Statements that count answers by question: `answers` is a column of JSON."""

# Of every team, survey, question and month: how many gave 1 … 5 points; who, where these are fewer than %(few)s.
QUESTIONS = """
SELECT r.survey, said.key, date_trunc('month', r.given_on)::date AS month,
       array(SELECT count(*) FILTER (WHERE value = points)
             FROM unnest(array_agg(said.value::int)) AS value, generate_series(1, %(best)s) AS points
             GROUP BY points ORDER BY points) AS points,
       CASE WHEN count(DISTINCT r.person_id) < %(few)s THEN array_agg(DISTINCT r.person_id) END AS people
FROM ratings_rating r CROSS JOIN jsonb_each_text(r.answers) AS said
WHERE r.team_id = %(team)s AND r.given_on < %(before)s
  AND NOT EXISTS (SELECT FROM ratings_rating later WHERE later.supersedes_id = r.id)
GROUP BY r.survey, said.key, month
"""
