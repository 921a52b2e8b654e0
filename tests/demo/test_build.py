"""Building the demo: all of it or nothing, once, with accounts that can sign in."""

import datetime as dt
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.contrib.auth.hashers import check_password
from django.db import connection
from django.db.models import F, Q
from rich.console import Console

from jinxiu.cli.postgres import embedded
from jinxiu.demo import accounts, load
from jinxiu.demo.build import DemoError, build
from jinxiu.demo.district import generate, memberships
from jinxiu.demo.facts import facts_tables
from jinxiu.demo.models import DemoDistrict
from jinxiu.demo.queries import resident_to_try
from jinxiu.demo.summary import RATES_SHOWN, summary, text
from jinxiu.evidence.facts import facts, person_facts
from jinxiu.evidence.models import Enrolment, Event, Observation
from jinxiu.indicators import actions as indicators
from jinxiu.people import sealing
from jinxiu.people.access import Viewer
from jinxiu.people.models import (
    ContactPoint,
    Household,
    Identifier,
    Person,
    Place,
    Staff,
    StaffAssignment,
    Team,
    TeamMembership,
    User,
)
from jinxiu.people.roles import ROLES
from jinxiu.portal.queries import hashes, whose_are
from jinxiu.ratings.models import Rating
from jinxiu.referrals import rules
from jinxiu.referrals.actions import By, step
from jinxiu.referrals.models import Referral
from jinxiu.referrals.queries import code_of
from jinxiu.standards.facts import facts_from
from jinxiu.standards.measures.catalogue import Measures, installed
from jinxiu.standards.population import population
from jinxiu.worklists.actions import refresh_everyone
from jinxiu.worklists.standards import in_force

TODAY = dt.date(2026, 11, 25)
RESIDENTS, SEED = 400, 5
ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_data_directory(settings, tmp_path: Path) -> Path:
    settings.JINXIU_DATA = tmp_path
    return tmp_path


@pytest.fixture
def reachable_directory() -> Iterator[Path]:
    """A directory that the server's own account may enter when root runs the tests."""
    directory = Path(tempfile.mkdtemp(prefix="jinxiu-demo-"))
    directory.chmod(0o711)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


def counts() -> dict[str, int]:
    tables = (Place, Team, Staff, Household, Person, Identifier, ContactPoint, TeamMembership, Enrolment, Event)
    return {model.__name__: model.objects.count() for model in (*tables, Observation, User, DemoDistrict)}


def constraints() -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2"
        )
        return cursor.fetchall()


def test_every_row_of_the_district_is_in_the_database() -> None:
    build(RESIDENTS, SEED, TODAY)
    district = generate(RESIDENTS, SEED, TODAY)
    found = counts()
    assert found["Person"] == found["Identifier"] == RESIDENTS
    assert found["Household"] == len(district.households.place)
    assert found["ContactPoint"] == sum(bool(number) for number in district.residents.phone)
    assert found["TeamMembership"] == len(memberships(district)[0])
    assert found["Enrolment"] == len(district.enrolments.person)
    assert found["Event"] == len(district.events.person)
    assert found["Observation"] == len(district.observations.person)
    assert found["Staff"] == len(district.ground.staff)
    # Nobody rates a service that was another's, or before it was delivered.
    assert Rating.objects.filter(event__isnull=False).exists()
    assert Rating.objects.filter(year__isnull=False).exists()
    astray = ~Q(event__person=F("person")) | Q(given_on__lt=F("event__happened_on"))
    assert not Rating.objects.filter(astray, event__isnull=False).exists()


def test_the_engine_finds_the_same_in_the_database_as_in_the_generated_facts() -> None:
    build(RESIDENTS, SEED, TODAY)
    first = Person.objects.order_by("pk").values_list("pk", flat=True)[0]
    standards = in_force(TODAY)
    tables = facts_tables(generate(RESIDENTS, SEED, TODAY))

    def verdicts(source, offset: int) -> set[tuple[object, ...]]:
        columns = ("standard", "clause", "cycle", "status", "due_on", "classification", "reason_code", "reason_args")
        rows = population(standards, source, TODAY).to_pylist()
        return {(int(row["person_id"]) - offset, *(row[name] for name in columns)) for row in rows}

    assert verdicts(facts(TODAY), first - 1) == verdicts(facts_from(tables), 0)


def test_a_second_build_changes_nothing_and_knows_the_accounts() -> None:
    first = build(RESIDENTS, SEED, TODAY)
    before = counts()
    second = build(RESIDENTS + 100, SEED + 1, TODAY + dt.timedelta(days=1))
    assert counts() == before
    assert first.is_new
    assert not second.is_new
    assert (second.residents, second.seed, second.built_for) == (RESIDENTS, SEED, TODAY)
    assert second.accounts == first.accounts


def test_loading_leaves_every_constraint_as_it_was() -> None:
    before = constraints()
    build(RESIDENTS, SEED, TODAY)
    assert constraints() == before


def test_rows_written_afterwards_get_free_ids() -> None:
    build(RESIDENTS, SEED, TODAY)
    last = Person.objects.order_by("-pk").values_list("pk", flat=True)[0]
    assert Household.objects.create(place=Place.objects.all()[0]).pk
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('people_person', 'id'))")
        assert cursor.fetchone()[0] == last + 1


def test_numbers_are_sealed_findable_and_masked() -> None:
    build(RESIDENTS, SEED, TODAY)
    number = generate(RESIDENTS, SEED, TODAY).residents.id_number[7]
    row = Identifier.objects.get(whole_hash=sealing.keyed_hash(number, sealing.IDENTIFIER))
    assert sealing.open_sealed(row.sealed, sealing.IDENTIFIER) == number
    assert row.masked == f"999999********{number[-4:]}"
    assert row.person.is_synthetic
    assert row.person.pinyin
    assert row.person.initials == "".join(row.person.initials.split()).lower()
    resident = resident_to_try(TODAY)
    assert resident is not None
    found = whose_are(*hashes(resident.phone, resident.number))
    assert found is not None, "the numbers that the command prints open the residents' pages"
    assert found[0].name == resident.name


def test_one_account_for_each_role_can_sign_in_and_works_where_the_biggest_team_is() -> None:
    built = build(RESIDENTS, SEED, TODAY)
    assert [account.role for account in built.accounts] == list(ROLES)
    biggest = max(Team.objects.all(), key=lambda team: team.memberships.filter(end_on=None).count())
    for account in built.accounts:
        user = User.objects.get(username=account.username)
        assert check_password(account.password, user.password)
        assignment = StaffAssignment.objects.get(staff__user=user)
        assert assignment.role == account.role
        assert account.name == assignment.staff.name
        if account.role in ("doctor", "nurse", "public_health_doctor"):
            assert assignment.team == biggest
        if account.role == "manager":
            assert assignment.institution == biggest.institution
    assert User.objects.count() == len(ROLES)


def test_the_accounts_file_is_for_its_owner_only(own_data_directory: Path) -> None:
    built = build(RESIDENTS, SEED, TODAY)
    path = own_data_directory / accounts.FILE_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [row["password"] for row in json.loads(path.read_text())["accounts"]] == [
        account.password for account in built.accounts
    ]


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"district": "another", "accounts": []}', None])
def test_a_lost_accounts_file_means_new_passwords_for_the_same_people(own_data_directory: Path, damage) -> None:
    first = build(RESIDENTS, SEED, TODAY)
    path = own_data_directory / accounts.FILE_NAME
    path.unlink() if damage is None else path.write_text(damage)
    second = build(RESIDENTS, SEED, TODAY)
    assert [(row.username, row.name, row.scope) for row in second.accounts] == [
        (row.username, row.name, row.scope) for row in first.accounts
    ]
    doctor = second.accounts[0]
    assert doctor.password != first.accounts[0].password
    assert check_password(doctor.password, User.objects.get(username=doctor.username).password)


def test_where_people_work_already_nothing_is_invented() -> None:
    User.objects.create_user("wang", password="a long enough password")
    with pytest.raises(DemoError, match=r"People already work in this database.*choose another --data"):
        build(RESIDENTS, SEED, TODAY)
    assert Person.objects.count() == 0


def test_an_impossible_size_is_one_sentence() -> None:
    with pytest.raises(DemoError, match=r"100 to 1,000,000 residents"):
        build(3, SEED, TODAY)


def test_a_failure_in_the_middle_leaves_nothing(monkeypatch) -> None:
    before, rules = counts(), constraints()

    def fail(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(load, "_load_evidence", fail)
    with pytest.raises(OSError, match="No space left"):
        build(RESIDENTS, SEED, TODAY)
    assert counts() == before
    assert constraints() == rules


def test_progress_goes_from_nothing_to_all_of_it() -> None:
    told: list[tuple[str, int, int]] = []
    build(RESIDENTS, SEED, TODAY, lambda label, done, total: told.append((label, done, total)))
    loading = [(done, total) for label, done, total in told if label == "Loading records"]
    assert loading[0][0] == 0
    assert loading[-1][0] == loading[-1][1]
    assert [done for done, _total in loading] == sorted(done for done, _total in loading)
    assert all(done <= total for _label, done, total in told)


def test_one_persons_facts_read_like_life() -> None:
    build(RESIDENTS, SEED, TODAY)
    person = Event.objects.filter(kind="followup.hypertension").values_list("person_id", flat=True)[0]
    known = person_facts(person)
    assert known is not None
    assert "hypertension" in {row.kind for row in known.enrolments}
    assert {"systolic", "diastolic"} <= {row.code for row in known.observations}
    generated = Event.objects.filter(source_system="demo", recorded_by__isnull=False)
    assert generated.count() == Event.objects.exclude(kind__startswith="referral.").count()


def test_referrals_agree_with_the_evidence_and_go_on_from_where_they_stand() -> None:
    build(RESIDENTS, SEED, TODAY)
    stories = generate(RESIDENTS, SEED, TODAY).referrals
    rows = list(Referral.objects.select_related("team", "person").order_by("pk"))
    assert [row.state for row in rows] == [story.state for story in stories]
    for row, story in zip(rows, stories, strict=True):
        found = Event.objects.filter(source_system="jinxiu.referral", source_id__startswith=f"{row.pk}/")
        assert sorted(found.values_list("kind", "happened_on")) == sorted((kind, on) for kind, on, _ in story.events())
        assert set(found.values_list("person", flat=True)) <= {row.person_id}
        assert row.contact.person_id == row.person_id
        assert list(row.steps.order_by("pk").values_list("state", flat=True)) == [one.state for one in story.steps]
        assert set(row.steps.values_list("state", "on")) == {(one.state, one.on) for one in story.steps}
    waiting = next(row for row in rows if row.state == "sent")
    viewer = Viewer(None, waiting.sent_by_id, "", "", (), TODAY)
    who = By(rules.DOCTOR, viewer.actor, waiting.sent_by_id)
    cancelled = step(referral_id=waiting.pk, to=rules.CANCELLED, by=who, token=uuid4(), today=TODAY, note="x")
    assert code_of(cancelled, TODAY) == ""
    gone = Event.objects.filter(source_id__startswith=f"{waiting.pk}/", kind="withdrawn")
    assert gone.exists(), "what the demo wrote is the referral's own"


@pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
def test_the_summary_adds_up_and_fits_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    build(RESIDENTS, SEED, TODAY)
    refresh_everyone(TODAY, sample=20)
    few = Measures(one for one in installed().all() if one.id in RATES_SHOWN)
    monkeypatch.setattr(indicators, "installed", lambda: few)
    indicators.refresh(month=TODAY, today=TODAY)
    numbers = summary(TODAY)
    assert numbers.people == sum(team.people for team in numbers.teams)
    assert 0.93 * RESIDENTS < numbers.people <= RESIDENTS
    assert set(numbers.standards) == {"hypertension", "diabetes", "elderly", "referral"}
    assert any(due for team in numbers.teams for due, _overdue in team.waiting.values())
    assert any(overdue for team in numbers.teams for _due, overdue in team.waiting.values())
    control = next(rate for rate in numbers.rates if rate.title == "Blood pressure controlled")
    assert len(numbers.rates) == len(RATES_SHOWN)
    running = Enrolment.objects.filter(kind="hypertension", end_on=None).count()
    lost = Enrolment.objects.filter(kind="hypertension", end_reason="lost", end_on__year=TODAY.year).count()
    assert control.denominator == running + lost
    assert 0.6 < control.numerator / control.denominator < 0.9
    screen = text(numbers, Console(width=80, height=24))
    assert all(team.name in screen for team in numbers.teams)
    assert control.percent in screen
    assert len(screen.splitlines()) <= 24


_KILLED = """
import datetime as dt, os, sys
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from jinxiu.demo.build import build
from jinxiu.people.models import Person
print("before", Person.objects.count(), flush=True)
def show(label, done, total):
    if sys.argv[1] == "wait" and label == "Loading records" and done > 0.9 * total:
        print("nearly", flush=True)
        sys.stdin.read()
built = build(400, 5, dt.date(2026, 11, 25), show)
print("built", built.is_new, Person.objects.count(), flush=True)
"""


def test_a_killed_build_leaves_nothing_and_the_next_one_is_whole(reachable_directory: Path) -> None:
    with embedded(reachable_directory, throw_away=True) as url:
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "JINXIU_DATA": str(reachable_directory),
            "DJANGO_SETTINGS_MODULE": "jinxiu.config.settings",
            "PYTHONPATH": str(ROOT / "src"),
        }

        def start(mode: str) -> subprocess.Popen[str]:
            command = [sys.executable, "-c", _KILLED, mode]
            pipe = subprocess.PIPE
            return subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)

        first = start("wait")
        assert first.stdout is not None
        assert first.stdout.readline() == "before 0\n"
        assert first.stdout.readline() == "nearly\n"
        first.send_signal(signal.SIGKILL)
        first.communicate()
        second = start("go")
        told, _ = second.communicate(timeout=60)
        assert told == "before 0\nbuilt True 400\n"
        third = start("go")
        told, _ = third.communicate(timeout=60)
        assert told == "before 400\nbuilt False 400\n"
