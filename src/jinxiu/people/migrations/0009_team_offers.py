"""What teams say of themselves becomes codes; a word that has none moves into the introduction: none is lost."""

from django.db import migrations, models

from jinxiu.people.organisation.offers import code_of


def to_codes(apps, schema_editor):
    team_model = apps.get_model("people", "Team")
    for team in team_model.objects.order_by("pk"):
        left = []
        for field in ("specialities", "languages", "home_visit_items"):
            words = [str(word) for word in getattr(team, field)]
            codes = [code_of(field, word) for word in words]
            setattr(team, field, list(dict.fromkeys(code for code in codes if code)))
            left += [word for word, code in zip(words, codes, strict=True) if not code]
        if left:
            team.introduction = "\n".join(filter(None, (team.introduction, " · ".join(left))))
        team.save(update_fields=["specialities", "languages", "home_visit_items", "introduction"])


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0008_head_relation"),
    ]

    operations = [
        migrations.AddField(
            model_name="team",
            name="services",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.RunPython(to_codes, migrations.RunPython.noop, elidable=True),
    ]
