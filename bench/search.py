"""How long the search box takes, at 90,000 people and at many more.

    PYTHONPATH=src python bench/search.py [--residents 90000] [--copies 10] [--times 40] [--data DIR]

Builds a generated district (or takes the one in --data), merges one record in a hundred into another, measures, then
copies everybody --copies times into teams of their own and measures again. Asks as a doctor of one team and as somebody
who reaches all teams, with texts made from people picked at random, in the state in which a server's worker answers.
One row for each kind of text: median and 95th percentile in milliseconds.
"""

import argparse
import dataclasses
import os
import platform
import random
import statistics
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

GOAL_MS = 100

# The columns in which the n-th copy of a row differs from it.
CHANGED = {
    "Team": {"id": "id + shift.team * n", "code": "code || '-' || n"},
    "Household": {"id": "id + shift.household * n", "representative_id": "NULL"},
    "Person": {
        "id": "id + shift.person * n",
        "household_id": "household_id + shift.household * n",
        "merged_into_id": "merged_into_id + shift.person * n",
    },
    "TeamMembership": {"person_id": "person_id + shift.person * n", "team_id": "team_id + shift.team * n"},
    "Identifier": {"person_id": "person_id + shift.person * n", "whole_hash": "sha256(whole_hash || int4send(n))"},
    "ContactPoint": {"person_id": "person_id + shift.person * n", "whole_hash": "sha256(whole_hash || int4send(n))"},
}
SHIFT = """CREATE TEMP TABLE shift AS SELECT (SELECT max(id) FROM people_household) AS household,
    (SELECT max(id) FROM people_person) AS person, (SELECT max(id) FROM people_team) AS team"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--residents", type=int, default=90_000)
    parser.add_argument("--copies", type=int, default=10, help="0: only the district itself (default: 10)")
    parser.add_argument("--times", type=int, default=40, help="searches of each kind (default: 40)")
    parser.add_argument("--data", type=Path, help="an empty or filled data directory; default: a new one")
    args = parser.parse_args()
    from jinxiu.cli.environment import database, prepare_database

    with tempfile.TemporaryDirectory(prefix="jinxiu-bench-") as name:
        Path(name).chmod(0o711)  # the server's own account passes through when root runs this
        with database(Namespace(data=args.data or Path(name))):
            prepare_database()
            from jinxiu.demo.build import build
            from jinxiu.people.clock import today

            build(args.residents, 1, today())
            merge_some()
            import jinxiu.config.wsgi  # noqa: F401 - loads what a worker loads, and tells the collector

            measure(args.times)
            if args.copies:
                copy_everybody(args.copies)
                measure(args.times)


def merge_some() -> None:
    """Merge one record in a hundred into the next, and let the statistics know all."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_person SET merged_into_id = id + 1 WHERE id % 100 = 1")
        cursor.execute("VACUUM ANALYZE")


def copy_everybody(copies: int) -> None:
    """Write everybody so many times more, each copy with teams and households of its own."""
    from django.apps import apps
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(SHIFT)
        for name, changed in CHANGED.items():
            model = apps.get_model("people", name)
            columns = [field.column for field in model._meta.local_fields]
            columns = [column for column in columns if column != "id" or "id" in changed]
            cursor.execute(
                f"INSERT INTO {model._meta.db_table} ({', '.join(columns)})"
                f" SELECT {', '.join(changed.get(column, column) for column in columns)}"
                f" FROM {model._meta.db_table}, shift, generate_series(1, {copies}) n"
            )
        cursor.execute("VACUUM ANALYZE")


def measure(times: int) -> None:
    """Print one table for the people that there are now."""
    from jinxiu.people.access import viewer_for
    from jinxiu.people.models import Person, Team, User
    from jinxiu.people.roles import SEE_PEOPLE
    from jinxiu.people.search.queries import search

    doctor = viewer_for(User.objects.get(username="doctor"))
    everywhere = dataclasses.replace(doctor, reach={SEE_PEOPLE: frozenset(Team.objects.values_list("pk", flat=True))})
    machine = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print(f"\n{machine}; {Person.objects.count():,} people\n")
    print(f"{'':24}{'one team':>20}{'all teams':>20}{'goal':>8}\n{'':24}" + f"{'median':>10}{'95 %':>10}" * 2)
    for kind, text in kinds().items():
        cells = []
        for viewer in (doctor, everywhere):
            taken = [timed(lambda: search(viewer, text())) for _ in range(times + 5)][5:]  # noqa: B023
            cells += [statistics.median(taken), statistics.quantiles(taken, n=20)[-1]]
        print(f"{kind:24}" + "".join(f"{cell:10.1f}" for cell in cells) + f"{GOAL_MS:8}", flush=True)


def kinds() -> dict[str, Callable[[], str]]:
    """A way to make a text of each kind, from somebody picked at random."""
    from jinxiu.people import sealing
    from jinxiu.people.models import ContactPoint, Identifier, Person

    chance = random.Random(1)
    some = chance.sample(range(1, Person.objects.order_by("-pk").values_list("pk", flat=True)[0]), 400)
    people = list(
        Person.objects.filter(pk__in=some, birth_date__isnull=False).select_related("household__place__parent")
    )
    phones = [sealing.open_sealed(row.sealed, sealing.PHONE) for row in ContactPoint.objects.filter(person__in=people)]
    numbers = [
        sealing.open_sealed(row.sealed, sealing.IDENTIFIER) for row in Identifier.objects.filter(person__in=people)
    ]

    def of(make: Callable[[Person], str]) -> Callable[[], str]:
        return lambda: make(chance.choice(people))

    return {
        "name": of(lambda one: one.name),
        "surname only": of(lambda one: one.name[0]),
        "given name only": of(lambda one: one.name[1:]),
        "one wrong character": of(lambda one: one.name[:-1] + "璧"),
        "nobody's name": lambda: "龘靐齉",
        "pinyin": of(lambda one: one.pinyin),
        "beginning of pinyin": of(lambda one: one.pinyin[:4]),
        "end of pinyin": of(lambda one: one.pinyin[-5:]),
        "initials": of(lambda one: one.initials),
        "one letter": of(lambda one: one.initials[0]),
        "birth date": of(lambda one: f"{one.birth_date:%Y-%m-%d}"),
        "year of birth": of(lambda one: f"{one.birth_date:%Y}年"),
        "address": of(lambda one: one.household.address if one.household else "路1号"),
        "community": of(lambda one: one.household.place.name if one.household else "社区"),
        "street": of(lambda one: one.household.place.parent.name if one.household else "街道"),
        "last 4 digits": lambda: chance.choice(phones)[-4:],
        "last 6 digits": lambda: chance.choice(phones)[-6:],
        "phone number": lambda: chance.choice(phones),
        "ID number": lambda: chance.choice(numbers),
        "name and birth date": of(lambda one: f"{one.name} {one.birth_date:%Y%m%d}"),
        "name and address": of(lambda one: f"{one.name} {one.household.address if one.household else ''}"),
        "letters and last 4": of(lambda one: f"{one.initials} {chance.choice(phones)[-4:]}"),
    }


def timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
