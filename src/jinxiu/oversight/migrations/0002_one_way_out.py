"""Rows of evidence may be deleted for a request that two people made; updates and everything else stay refused."""

from django.db import migrations

_TABLES = ("evidence_event", "evidence_observation", "evidence_enrolment")
_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_unlawful_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM oversight_deletionrequest request
        WHERE request.id = NULLIF(current_setting('jinxiu.deletion', true), '')::bigint
          AND request.decision = 'deleted' AND request.decided_by_id IS NOT NULL AND request.done_at IS NULL
          AND (request.person_id = OLD.person_id OR OLD.person_id IN (
              SELECT id FROM people_person WHERE merged_into_id = request.person_id))
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation', HINT = 'Only a confirmed request of deletion lets rows of its person go.';
END $$;
"""
_LAWFUL = """
DROP TRIGGER {table}_only_grows ON {table};
CREATE TRIGGER {table}_only_grows BEFORE UPDATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER {table}_deleted_lawfully BEFORE DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION refuse_unlawful_deletion();
"""
_NEVER = """
DROP TRIGGER {table}_deleted_lawfully ON {table};
DROP TRIGGER {table}_only_grows ON {table};
CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("oversight", "0001_deletion_requests"), ("evidence", "0003_observation_by_event")]

    operations = [
        migrations.RunSQL(_FUNCTION, "DROP FUNCTION refuse_unlawful_deletion();"),
        *(migrations.RunSQL(_LAWFUL.format(table=table), _NEVER.format(table=table)) for table in _TABLES),
    ]
