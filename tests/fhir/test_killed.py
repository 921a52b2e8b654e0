"""An import that is killed in the middle leaves nothing half done, and the next one works."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from jinxiu.evidence.models import Event
from jinxiu.fhir.load import import_directory
from jinxiu.fhir.models import ImportRun, SourceResource
from jinxiu.people.models import Person
from tests.fhir.resources import VILLAGE

_IMPORT_THAT_STOPS = """
import sys, time
from pathlib import Path
import django
django.setup()
from jinxiu.fhir.load import import_directory

def stop(done, total, step):
    if step == sys.argv[2]:
        print("stopped", flush=True)
        time.sleep(600)

import_directory(Path(sys.argv[1]), progress=stop)
"""


def _environment() -> dict[str, str]:
    """Point a child process to the test database instead of the one it was made from."""
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    source = str(Path(__file__).parents[2] / "src")
    return os.environ | {
        "DATABASE_URL": address,
        "DJANGO_SETTINGS_MODULE": "jinxiu.config.settings",
        "PYTHONPATH": source,
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    "step", ["Observation.2.ndjson", "checking references", "enrolments, events and observations", "teams"]
)
def test_killed_in_the_middle_nothing_has_happened(step: str) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", _IMPORT_THAT_STOPS, str(VILLAGE), step],
        env=_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "stopped\n"
        child.kill()
    for table in (Person, Event, SourceResource, ImportRun):
        assert not table.objects.exists()
    assert import_directory(VILLAGE).applied
    assert Person.objects.count() == 3
