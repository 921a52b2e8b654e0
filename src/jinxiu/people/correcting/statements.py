"""SQL for set-based changes of people: the data that a version keeps, as `queries.data_of` says them."""

DATA = """jsonb_build_object(
            'name', p.name, 'sex', p.sex, 'birth_date', p.birth_date, 'place_id', h.place_id,
            'place', coalesce(place.name, ''), 'address', coalesce(h.address, ''),
            'identifiers', (SELECT coalesce(jsonb_agg(jsonb_build_array(i.system, i.masked) ORDER BY i.id), '[]')
                            FROM people_identifier i WHERE i.person_id = p.id),
            'phones', (SELECT coalesce(jsonb_agg(jsonb_build_array(c.use, c.masked) ORDER BY c.id), '[]')
                       FROM people_contactpoint c WHERE c.person_id = p.id),
            'died_on', p.died_on, 'left_on', p.left_on)"""
"""The data of a person `p` in the household `h` at the `place`, numbers masked."""
