from django.db import migrations

from jinxiu.audit.append_only import allow_changes, refuse_changes

_TABLES = ("agreements_agreementstep", "agreements_signature")


class Migration(migrations.Migration):
    dependencies = [("agreements", "0001_initial"), ("audit", "0002_only_grows")]

    operations = [migrations.RunSQL(refuse_changes(table), allow_changes(table)) for table in _TABLES]
