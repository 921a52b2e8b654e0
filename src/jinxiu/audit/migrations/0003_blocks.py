from django.db import migrations, models

from jinxiu.audit.append_only import allow_changes, refuse_changes


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0002_only_grows'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditBlock',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('after_id', models.BigIntegerField(unique=True)),
                ('last_id', models.BigIntegerField(unique=True)),
                ('lines', models.IntegerField()),
                ('closed_at', models.DateTimeField()),
                ('previous', models.CharField(max_length=64)),
                ('fingerprint', models.CharField(max_length=64)),
                ('marks', models.BinaryField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('last_id__gt', models.F('after_id')), ('lines__gte', 1), ('number__gte', 1)), name='audit_block_covers_lines')],
            },
        ),
        migrations.RunSQL(refuse_changes("audit_auditblock"), allow_changes("audit_auditblock")),
    ]
