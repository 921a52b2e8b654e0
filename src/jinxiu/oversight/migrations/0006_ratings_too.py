"""What somebody said of services and years goes with the person, as evidence does."""

from importlib import import_module

from django.db import migrations

_way_out = import_module("jinxiu.oversight.migrations.0002_one_way_out")
_TABLE = "ratings_rating"


class Migration(migrations.Migration):
    dependencies = [("oversight", "0005_issued_papers_too"), ("ratings", "0001_ratings")]

    operations = [
        migrations.RunSQL(_way_out._LAWFUL.format(table=_TABLE), _way_out._NEVER.format(table=_TABLE))
    ]
