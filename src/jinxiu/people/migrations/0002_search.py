"""What the search box looks through: indexes on functions of what is written anyway, so that every writer feeds them."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.db import migrations, models

# Their costs are honest (about 60 microseconds), so that the planner asks the index instead of every row.
# The same keys as `search.rules.one_away` and `pairs` make of what is typed; a test holds them together.
FUNCTIONS = """
CREATE FUNCTION people_one_away(name text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10000 AS $$
    SELECT CASE WHEN char_length(name) > 6 THEN ARRAY[name] ELSE (
        SELECT array_agg(DISTINCT key) FROM (
            SELECT name AS key
            UNION ALL
            SELECT left(name, place - 1) || substr(name, place + 1) FROM generate_series(1, char_length(name)) place
        ) keys WHERE key <> ''
    ) END
$$;
CREATE FUNCTION people_pairs(address text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10000 AS $$
    SELECT coalesce(array_agg(DISTINCT substr(plain, place, 2)), '{}')
    FROM regexp_replace(lower(normalize(address, NFKC) COLLATE "C"), '[ \\t\\n\\r\\f\\v]', '', 'g') plain,
        generate_series(1, char_length(plain) - 1) place
$$;
CREATE FUNCTION people_sound(pinyin text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT replace(replace(replace(replace(replace(pinyin, 'zh', 'z'), 'ch', 'c'), 'sh', 's'), 'ng', 'n'), 'l', 'n')
$$;
"""
TEXTS = django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)
NO_FUNCTIONS = """
DROP FUNCTION people_one_away(text);
DROP FUNCTION people_pairs(text);
DROP FUNCTION people_sound(text);
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        migrations.AddIndex(
            model_name="household",
            index=django.contrib.postgres.indexes.GinIndex(
                models.Func(models.F("address"), function="people_pairs", output_field=TEXTS),
                name="household_by_pairs",
            ),
        ),
        migrations.AddIndex(
            model_name="identifier",
            index=models.Index(fields=["whole_hash"], name="identifier_by_number"),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(
                django.db.models.functions.comparison.Collate(models.F("name"), "C"),
                models.F("id"),
                name="person_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(fields=["pinyin", "id"], name="person_by_pinyin"),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(
                django.db.models.functions.text.Reverse(models.F("pinyin")),
                models.F("id"),
                name="person_by_pinyin_backwards",
            ),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(fields=["initials", "id"], name="person_by_initials"),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(
                models.Func(
                    models.F("pinyin"), function="people_sound", output_field=models.TextField(db_collation="C")
                ),
                models.F("id"),
                name="person_by_sound",
            ),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(fields=["birth_date", "id"], name="person_by_birth_date"),
        ),
        migrations.AddIndex(
            model_name="person",
            index=django.contrib.postgres.indexes.GinIndex(
                models.Func(models.F("name"), function="people_one_away", output_field=TEXTS),
                name="person_one_away",
            ),
        ),
    ]
