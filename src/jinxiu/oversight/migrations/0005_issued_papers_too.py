"""Which PDFs of agreements were handed out goes with their person, as the agreements do."""

from importlib import import_module

from django.db import migrations

_way_out = import_module("jinxiu.oversight.migrations.0002_one_way_out")
_TABLE = "agreements_issuedpaper"


class Migration(migrations.Migration):
    dependencies = [("oversight", "0004_agreements_too"), ("agreements", "0003_issued_papers")]

    operations = [
        migrations.RunSQL(_way_out._LAWFUL.format(table=_TABLE), _way_out._NEVER.format(table=_TABLE))
    ]
