"""The SQL that finds pairs of records. Parameters: `teams` (null: everybody), `today`; or `person`, for one alone.

Each reason compares by equality, so that the database joins by hash or index, however many people there are.
"""

# A name of one character says nothing; what is no number of a document does not name anybody for good.
_NUMBERED = """EXISTS (SELECT FROM people_identifier i WHERE i.person_id = {}.id AND i.system <> 'temporary')"""
_ONE_NUMBERED = f"{_NUMBERED.format('a')} <> {_NUMBERED.format('b')}"

_REASONS = f"""
    SELECT a.id, b.id, 'name_birth' FROM {{one}} a JOIN {{other}} b ON b.birth_date = a.birth_date AND b.name = a.name
    WHERE char_length(a.name) > 1 AND {{apart}}
    UNION ALL
    SELECT a.id, b.id, CASE WHEN a.name = b.name THEN 'name_phone' ELSE 'sound_phone' END
    FROM (SELECT p.*, c.whole_hash FROM {{one}} p JOIN people_contactpoint c ON c.person_id = p.id) a
    JOIN (SELECT p.*, c.whole_hash FROM {{other}} p JOIN people_contactpoint c ON c.person_id = p.id) b
        ON b.whole_hash = a.whole_hash AND b.pinyin = a.pinyin
    WHERE char_length(a.name) > 1 AND a.pinyin <> '' AND {{apart}}
    UNION ALL
    SELECT a.id, b.id, 'birth_home'
    FROM {{one}} a JOIN {{other}} b ON b.birth_date = a.birth_date AND b.household_id = a.household_id
    JOIN people_household h ON h.id = a.household_id
    WHERE h.address <> '' AND (a.sex = b.sex OR 'U' IN (a.sex, b.sex))
        AND NOT ({_NUMBERED.format("a")} AND {_NUMBERED.format("b")}) AND {{apart}}
    UNION ALL
    SELECT a.id, b.id, 'newborn'
    FROM (SELECT p.*, r.relative_id, r.whole_hash FROM {{one}} p
          JOIN people_relationship r ON r.person_id = p.id AND r.role = 'guardian') a
    JOIN (SELECT p.*, r.relative_id, r.whole_hash FROM {{other}} p
          JOIN people_relationship r ON r.person_id = p.id AND r.role = 'guardian') b
        ON b.birth_date = a.birth_date AND (b.relative_id = a.relative_id OR b.whole_hash = a.whole_hash)
    WHERE (a.sex = b.sex OR 'U' IN (a.sex, b.sex)) AND {_ONE_NUMBERED} AND {{apart}}
"""  # noqa: S608 - only words of ours

_HERE = """
    WITH here AS MATERIALIZED (
        SELECT p.id, p.name, p.pinyin, p.sex, p.birth_date, p.household_id FROM people_person p
        WHERE p.merged_into_id IS NULL AND (%(teams)s::bigint[] IS NULL OR EXISTS (
            SELECT FROM people_teammembership m WHERE m.person_id = p.id AND m.team_id = ANY (%(teams)s::bigint[])
                AND m.start_on <= %(today)s AND (m.end_on IS NULL OR m.end_on >= %(today)s)))
    )
"""

EVERY_PAIR = _HERE + _REASONS.format(one="here", other="here", apart="a.id < b.id")

PAIRS_OF_ONE = _REASONS.format(
    one="(SELECT * FROM people_person WHERE id = %(person)s)",
    other="people_person",
    apart="a.id <> b.id AND b.merged_into_id IS NULL",
)

NUMBERS_OF_SAME_SOUND = f"""
    {_HERE}
    SELECT h.pinyin, h.id, i.sealed FROM here h
    JOIN people_identifier i ON i.person_id = h.id AND i.system = 'id_card'
    WHERE h.pinyin IN (SELECT pinyin FROM here WHERE char_length(name) > 1 AND pinyin <> ''
                       GROUP BY pinyin HAVING count(*) > 1)
    ORDER BY h.pinyin
"""  # noqa: S608 - only words of ours

NUMBERS_LIKE_ONE = """
    SELECT p.pinyin, p.id, i.sealed FROM people_person p
    JOIN people_identifier i ON i.person_id = p.id AND i.system = 'id_card'
    WHERE p.pinyin = (SELECT pinyin FROM people_person WHERE id = %(person)s AND char_length(name) > 1)
        AND p.pinyin <> '' AND p.merged_into_id IS NULL
"""
