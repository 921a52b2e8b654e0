"""How long the server works on a page, and on one person's verdicts, in a district of 90,000.

    PYTHONPATH=src python bench/pages.py [--residents 90000] [--times 200] [--data DIR]

Builds a generated district (or takes the one in --data), signs in as the demo doctor, and asks for pages through the
whole stack: middleware, access, audit line, queries, template. Every answer must be a 200 that names people. One
row for each page: median and 95th percentile of the server's time. Then the manager's page as the demo manager asks for
it (one institution) and the district officer (all of them), and the teams as everybody reads of them. The last rows
judge one person with a long history.
"""

import argparse
import os
import platform
import random
import resource
import statistics
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

WORKLIST_GOAL_MS = 100
MANAGER_GOAL_MS = 300
JUDGE_GOAL_MS = 2
PUBLIC_GOAL_MS = 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--residents", type=int, default=90_000)
    parser.add_argument("--times", type=int, default=200, help="requests for each page (default: 200)")
    parser.add_argument("--data", type=Path, help="a data directory that a demo has filled; default: a new one")
    args = parser.parse_args()
    with district(args.data, args.residents):
        rows = [
            *page_rows(args.times),
            *manager_rows(args.times // 4),
            *public_rows(args.times),
            *judge_rows(args.times),
        ]
    show(args.residents, rows)


@contextmanager
def district(data: Path | None, residents: int) -> Iterator[None]:
    """A served district's database, with Django set up on it."""
    from jinxiu.cli.environment import database, prepare_database

    with tempfile.TemporaryDirectory(prefix="jinxiu-bench-") as name:
        Path(name).chmod(0o711)  # the server's own account passes through when root runs this
        with database(Namespace(data=data or Path(name))):
            prepare_database()
            from jinxiu.demo.build import build
            from jinxiu.familydoctor.managing.actions import count
            from jinxiu.people.clock import today
            from jinxiu.worklists.actions import refresh_everyone

            build(residents, 1, today())
            refresh_everyone(today=today())
            count(today=today())
            yield


def page_rows(times: int) -> Iterator[tuple[str, list[float], int | None]]:
    """Milliseconds of each request, by page."""
    from jinxiu.people.access import people_for, viewer_for
    from jinxiu.people.models import User

    user = User.objects.get(username="doctor")
    client = signed_in("doctor")
    people = list(people_for(viewer_for(user)).values_list("pk", flat=True))
    print(f"The doctor's team has {len(people):,} people.")
    chance = random.Random(1)
    pages: dict[str, tuple[Callable[[], str], int | None]] = {
        "worklist, first page": (lambda: "/worklist/", WORKLIST_GOAL_MS),
        "worklist, walking on": (walk(client), WORKLIST_GOAL_MS),
        "worklist, by name": (lambda: "/worklist/?name=" + chance.choice("王李张刘陈"), WORKLIST_GOAL_MS),
        "worklist, overdue hypertension": (
            lambda: "/worklist/?standard=hypertension&status=overdue",
            WORKLIST_GOAL_MS,
        ),
        "team home": (lambda: "/", None),
        "person": (lambda: f"/people/{chance.choice(people)}/", None),
    }
    for name, (address, goal) in pages.items():
        yield name, [timed(partial(fetch, client, address())) for _ in range(times)][times // 10 :], goal


def manager_rows(times: int) -> Iterator[tuple[str, list[float], int | None]]:
    """Milliseconds of each page of numbers, of one institution and of the whole district, of a list behind one, and of
    the institution's money."""
    pages = ["", *(f"{part}/" for part in ("coverage", "expiring", "changes", "load", "kept", "renewal"))]
    numbers = [f"/managing/{page}" for page in pages]
    lists = ["coverage/people/?number=signed.all", "load/people/", "kept/people/?number=some.all"]
    own = [*(f"/managing/{page}" for page in lists), "/pay/", "/pay/fees/", "/pay/fees/people/"]
    for name, addresses in (("manager", [*numbers, *own]), ("district_officer", numbers)):
        client = signed_in(name)
        for address in addresses:
            taken = [timed(partial(fetch, client, address)) for _ in range(times)]
            yield f"{name}: {address.partition('?')[0]}", taken[times // 10 :], MANAGER_GOAL_MS


def signed_in(username: str) -> object:
    """A client of somebody of the demo."""
    from django.conf import settings
    from django.test import Client

    from jinxiu.people.models import User

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.JINXIU_REQUESTS_PER_MINUTE = 1_000_000  # we ask faster than a person reads
    client = Client()
    backend = "allauth.account.auth_backends.AuthenticationBackend"
    client.force_login(User.objects.get(username=username), backend=backend)
    return client


def public_rows(times: int) -> Iterator[tuple[str, list[float], int | None]]:
    """The teams as everybody may read of them, without signing in: a place, a team, a pair by chance each time."""
    from django.test import Client

    from jinxiu.people.models import Place, Team

    client, chance = Client(), random.Random(1)
    places = list(Place.objects.filter(kind__in=["street", "community"]).values_list("pk", flat=True))
    teams = list(Team.objects.values_list("pk", flat=True))
    pages: dict[str, Callable[[], str]] = {
        "teams, without signing in": lambda: "/my/teams/",
        "teams near a place": lambda: f"/my/teams/?place={chance.choice(places)}",
        "teams, by a doctor's name": lambda: "/my/teams/?name=" + chance.choice("王李张刘陈"),
        "one team": lambda: f"/my/teams/{chance.choice(teams)}/",
        "two teams compared": lambda: "/my/teams/compare/?team={}&team={}".format(*chance.sample(teams, 2)),
    }
    for name, address in pages.items():
        yield name, [timed(partial(fetch, client, address())) for _ in range(times)][times // 10 :], PUBLIC_GOAL_MS


def walk(client: object) -> Callable[[], str]:
    """The address of the next page of the worklist each time, from the top again after the last."""
    import re

    at = ["/worklist/"]

    def following() -> str:
        address = at[0]
        found = re.search(r'href="([^"]*after=[^"]*)"', client.get(address).content.decode())  # type: ignore[attr-defined]
        at[0] = "/worklist/" + found[1].replace("&amp;", "&").removeprefix("/worklist/") if found else "/worklist/"
        return address

    return following


def fetch(client: object, address: str) -> None:
    answer = client.get(address)  # type: ignore[attr-defined]
    assert answer.status_code == 200, (address, answer.status_code)


def judge_rows(times: int) -> Iterator[tuple[str, list[float], int | None]]:
    """Milliseconds to judge the person with the longest history by all standards: reading the facts, and without."""
    from django.db.models import Count

    from jinxiu.evidence.facts import person_facts
    from jinxiu.evidence.models import Event
    from jinxiu.people.clock import today
    from jinxiu.standards.judge import judge
    from jinxiu.worklists.standards import in_force

    busiest = Event.objects.values("person").annotate(number=Count("pk")).order_by("-number")[0]
    person, standards = person_facts(busiest["person"]), in_force(today())
    print(f"The person judged has {busiest['number']} events.")

    def verdicts() -> None:
        assert [row for standard in standards for row in judge(standard, person, today())]

    yield "one person judged by all standards", [timed(verdicts) for _ in range(times)], JUDGE_GOAL_MS
    yield (
        "… with reading the facts",
        [timed(lambda: (person_facts(busiest["person"]), verdicts())) for _ in range(times)],
        None,
    )


def timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def show(residents: int, rows: list[tuple[str, list[float], int | None]]) -> None:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\n{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{residents:,} residents asked for; peak memory of the Python process {memory:,.0f} MiB\n")
    print(f"{'':36}{'median ms':>10}{'95 % ms':>10}{'goal ms':>10}")
    for name, times, goal in rows:
        last = statistics.quantiles(times, n=20)[-1]
        print(f"{name:36}{statistics.median(times):10.1f}{last:10.1f}{goal or '':>10}")


if __name__ == "__main__":
    main()
