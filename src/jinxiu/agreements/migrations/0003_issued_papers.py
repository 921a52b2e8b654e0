import django.db.models.deletion
from django.db import migrations, models

from jinxiu.audit.append_only import allow_changes, refuse_changes


class Migration(migrations.Migration):

    dependencies = [
        ('agreements', '0002_only_grows'),
        ('people', '0008_head_relation'),
    ]

    operations = [
        migrations.CreateModel(
            name='IssuedPaper',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('at', models.DateTimeField()),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='agreements.agreement')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.person')),
            ],
        ),
        migrations.RunSQL(refuse_changes("agreements_issuedpaper"), allow_changes("agreements_issuedpaper")),
    ]
