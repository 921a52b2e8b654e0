from django.db import migrations

from jinxiu.audit.append_only import allow_changes, refuse_changes

# A correction corrects the same person's row. Looked at only where something is superseded, so bulk loads pay nothing.
_SAME_PERSON = """
CREATE OR REPLACE FUNCTION {table}_refuse_other_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM {table} earlier WHERE earlier.id = NEW.supersedes_id AND earlier.person_id = NEW.person_id) THEN
        RAISE EXCEPTION '{table} % supersedes a row of another person', NEW.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER {table}_same_person BEFORE INSERT ON {table}
    FOR EACH ROW WHEN (NEW.supersedes_id IS NOT NULL) EXECUTE FUNCTION {table}_refuse_other_person();
"""
_ANY_PERSON = "DROP TRIGGER {table}_same_person ON {table}; DROP FUNCTION {table}_refuse_other_person();"

_TABLES = ("evidence_event", "evidence_observation", "evidence_enrolment")


class Migration(migrations.Migration):
    dependencies = [("evidence", "0001_initial"), ("audit", "0002_only_grows")]

    operations = [
        operation
        for table in _TABLES
        for operation in (
            migrations.RunSQL(refuse_changes(table), allow_changes(table)),
            migrations.RunSQL(_SAME_PERSON.format(table=table), _ANY_PERSON.format(table=table)),
        )
    ]
