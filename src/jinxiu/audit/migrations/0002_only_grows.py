from django.db import migrations

from jinxiu.audit.append_only import allow_changes, refuse_changes


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunSQL(refuse_changes("audit_auditentry"), allow_changes("audit_auditentry"))]
