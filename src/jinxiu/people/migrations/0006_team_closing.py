from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0005_restriction_kinds"),
    ]

    operations = [
        migrations.AddField(
            model_name="team",
            name="closing",
            field=models.JSONField(blank=True, null=True),
        ),
    ]
