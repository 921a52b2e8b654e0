from django.db import migrations, models


class Migration(migrations.Migration):
    """An address that was kept before is taken as it was: messages have gone there."""

    dependencies = [("messaging", "0001_messages")]

    operations = [
        migrations.AddField("emailaddress", "code_hash", models.BinaryField(null=True)),
        migrations.AddField("emailaddress", "proved_at", models.DateTimeField(null=True)),
        migrations.AddField("emailaddress", "tries", models.PositiveSmallIntegerField(db_default=0, default=0)),
        migrations.AddConstraint(
            "emailaddress",
            models.CheckConstraint(condition=models.Q(("tries__lte", 5)), name="email_tried_five_times"),
        ),
        migrations.RunSQL("UPDATE messaging_emailaddress SET proved_at = kept_at", migrations.RunSQL.noop),
    ]
