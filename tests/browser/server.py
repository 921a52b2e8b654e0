"""The site that browser tests look at: own database, the named town in it, and the real web server around it.

Started by conftest.py as `python -m tests.browser.server PORT` with DATABASE_URL, JINXIU_DATA and JINXIU_TODAY set.
"""

import os
import sys

import django
from django.core.management import call_command


def main(port: int) -> None:
    """Prepare the database, then serve until stopped."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jinxiu.config.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)

    from tests import town

    town.build()

    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        "jinxiu.config.wsgi:application", address="127.0.0.1", port=port, interface=Interfaces.WSGI, blocking_threads=2
    ).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]))
