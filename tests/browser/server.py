"""The site that browser tests look at: own database, the named town in it, and the real web server around it.

Started by conftest.py as `python -m tests.browser.server PORT` with DATABASE_URL, JINXIU_DATA and JINXIU_TODAY set.
"""

import os
import sys

import django
from django.conf import settings
from django.core.management import call_command

from tests.hashers import QUICK_HASHERS


def main(port: int) -> None:
    """Prepare the database, then serve until stopped."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jinxiu.config.settings")
    settings.PASSWORD_HASHERS = QUICK_HASHERS
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)

    from jinxiu.audit.origin import SYSTEM
    from jinxiu.cli.serve import serve_pages
    from jinxiu.people import actions as people
    from jinxiu.people.models import Household
    from jinxiu.worklists.actions import refresh_everyone
    from tests import town
    from tests.portal.residents import BORN_AND_SERIAL, PHONES

    built = town.build()
    liuxiang = built.team1
    for who, name, sex in (("shang", "尚安", "M"), ("ning", "尚宁", "F")):  # these two choose a team and sign
        born, _serial = BORN_AND_SERIAL[who]
        home = Household.objects.create(place=built.feng.household.place, address="迎泽大街 90 号")
        chooser = town._person(name, sex, born, PHONES[who], built.team2, home)
        town.enrol(chooser, "hypertension", town.TODAY)
    # Whom no other test needs: one gets locked out, two switch on the second step, two have a passkey, one brings
    # residents in.
    for username, name, role in (
        ("he", "何静", "nurse"),
        ("lin", "林涛", "nurse"),
        ("hao", "郝明", "administrator"),
        ("shi", "石磊", "nurse"),
        ("fan", "范丽", "nurse"),
        ("xu", "许静", "clerk"),
    ):
        people.add_staff(
            username=username,
            password=town.PASSWORD,
            name=name,
            role=role,
            start_on=town.TODAY,
            team_id=liuxiang.pk,
            actor=SYSTEM,
        )
    refresh_everyone(town.TODAY)
    serve_pages(port, workers=1)


if __name__ == "__main__":
    main(int(sys.argv[1]))
