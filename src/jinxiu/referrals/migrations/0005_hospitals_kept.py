from django.db import migrations, models

# A letter that was sent keeps the names of its hospital, department and doctor, whatever the hospital is called later.
KEEP_NAMES = """
    UPDATE referrals_referral r
    SET letter = r.letter || jsonb_build_object(
        'place', jsonb_build_object('hospital', h.name, 'department', r.department, 'doctor', r.doctor)
    )
    FROM referrals_hospital h WHERE h.id = r.hospital_id AND r.sent_on IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0004_down_referrals")]

    operations = [
        migrations.AddField(model_name="hospital", name="closed_on", field=models.DateField(null=True)),
        migrations.AddField(
            model_name="hospital",
            name="departments",
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
        migrations.AddField(
            model_name="hospital", name="phone", field=models.CharField(blank=True, db_default="", max_length=40)
        ),
        migrations.AddField(
            model_name="hospital", name="revision", field=models.PositiveIntegerField(db_default=1, default=1)
        ),
        migrations.RunSQL(KEEP_NAMES, migrations.RunSQL.noop),
    ]
