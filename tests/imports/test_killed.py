"""An import of residents that is killed in the middle leaves nothing half done, and the next one works."""

import subprocess
import sys
from pathlib import Path

import pytest

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.familydoctor.imports.actions import import_residents
from jinxiu.people.models import Household, Person
from tests.fhir.test_killed import _environment
from tests.imports.files import text
from tests.imports.test_residents import HEADINGS, NEW

_IMPORT_THAT_STOPS = """
import sys, time
from pathlib import Path
import django
django.setup()
from jinxiu.audit.origin import SYSTEM
from jinxiu.familydoctor.imports.actions import import_residents

def stop(words, share):
    if words == sys.argv[2]:
        print("stopped", flush=True)
        time.sleep(600)

import_residents([("a.csv", Path(sys.argv[1]).read_bytes())], actor=SYSTEM, progress=stop)
"""


@pytest.mark.django_db
@pytest.mark.parametrize("step", ["comparing with the register", "people", "teams and programmes"])
def test_killed_in_the_middle_nothing_has_happened(step: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text([HEADINGS, NEW]))
    child = subprocess.Popen(
        [sys.executable, "-c", _IMPORT_THAT_STOPS, str(path), step],
        env=_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "stopped\n"
        child.kill()
    for table in (Person, Household, AuditEntry):
        assert not table.objects.exists()
    assert import_residents([("a.csv", path.read_bytes())], actor=SYSTEM).counts["new"] == 1
