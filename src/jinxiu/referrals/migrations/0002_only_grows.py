from django.db import migrations

from jinxiu.audit.append_only import allow_changes, refuse_changes

_TABLES = ("referrals_referralstep", "referrals_referralanswer")


class Migration(migrations.Migration):
    dependencies = [("referrals", "0001_initial"), ("audit", "0002_only_grows")]

    operations = [migrations.RunSQL(refuse_changes(table), allow_changes(table)) for table in _TABLES]
