"""The sample of real input beside the checkout: 470 simulated patients, 99,054 resources."""

import datetime as dt
from pathlib import Path

import pytest

from jinxiu.evidence.models import Enrolment, Event, Observation
from jinxiu.fhir.load import import_directory
from jinxiu.people.models import Institution, Person, Team, TeamMembership

SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "synthea-r4"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.shared_data,
    pytest.mark.skipif(not SAMPLE.is_dir(), reason="../shared/data/synthea-r4 is not here"),
]


def test_the_whole_sample_goes_in_and_nothing_changes_the_second_time() -> None:
    report = import_directory(SAMPLE, today=dt.date(2026, 11, 25))
    assert {name: (counts.new, counts.kept, counts.refused) for name, counts in report.types.items()} == {
        "AllergyIntolerance": (304, 304, 0),
        "CarePlan": (1361, 1361, 0),
        "Condition": (3500, 0, 0),
        "Encounter": (14027, 0, 0),
        "Immunization": (5704, 0, 0),
        "MedicationRequest": (3724, 2906, 0),
        "Observation": (69768, 28582, 0),  # 4,639 answers in words are findings
        "Organization": (94, 94, 0),
        "Patient": (470, 470, 0),
        "Practitioner": (102, 102, 0),
    }
    assert report.resources == 99_054
    assert Person.objects.filter(died_on__isnull=False).count() == 95
    assert TeamMembership.objects.count() == 470
    assert Institution.objects.count() == 94
    assert Team.objects.count() <= 94
    enrolled = {kind: Enrolment.objects.filter(kind=kind).count() for kind in ("hypertension", "diabetes")}
    assert enrolled == {"hypertension": 125, "diabetes": 31}
    # 4,426 panels; the 298 of telemedicine have no unit.
    assert Observation.objects.filter(code="systolic").count() == 4426 - 298
    assert Observation.objects.filter(code="random_glucose").count() == 2100
    assert report.kept["Observation", "unit", "systolic: no unit"] == 298
    followups = Event.objects.filter(kind="followup.hypertension")
    assert followups.exclude(mode="clinic").count() == 0
    assert Event.objects.filter(kind="exam.annual").count() == 4126  # check-ups with measurements

    second = import_directory(SAMPLE, today=dt.date(2026, 11, 26))
    assert not second.changed_anything
    assert second.resources == 99_054
