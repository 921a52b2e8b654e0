"""What was kept stays as it is, and goes only with a lawful deletion of its person's data.

Only the key of a document is sealed anew when the keys are changed.
"""

from django.db import migrations

_COLUMNS = {
    "attachments_attachment": "OF person_id, media, size, width, height, pages, sha256, came_as, content, preview",
    "attachments_attachmentversion": "",
}
_GUARD = """
CREATE TRIGGER {table}_only_grows BEFORE UPDATE {columns} ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER {table}_deleted_lawfully BEFORE DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION refuse_unlawful_deletion();
"""
_LIFT = """
DROP TRIGGER {table}_deleted_lawfully ON {table};
DROP TRIGGER {table}_not_emptied ON {table};
DROP TRIGGER {table}_only_grows ON {table};
"""


class Migration(migrations.Migration):
    # The function that knows confirmed requests of deletion is `oversight`'s.
    dependencies = [
        ("attachments", "0001_initial"),
        ("audit", "0002_only_grows"),
        ("oversight", "0002_one_way_out"),
    ]

    operations = [
        migrations.RunSQL(_GUARD.format(table=table, columns=columns), _LIFT.format(table=table))
        for table, columns in _COLUMNS.items()
    ]
