"""Steps and signatures of agreements go with their person, as evidence does."""

from importlib import import_module

from django.db import migrations

_way_out = import_module("jinxiu.oversight.migrations.0002_one_way_out")
_TABLES = ("agreements_agreementstep", "agreements_signature")


class Migration(migrations.Migration):
    dependencies = [("oversight", "0003_referrals_too"), ("agreements", "0002_only_grows")]

    operations = [
        migrations.RunSQL(_way_out._LAWFUL.format(table=table), _way_out._NEVER.format(table=table))
        for table in _TABLES
    ]
