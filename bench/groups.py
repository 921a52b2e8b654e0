"""How long the server works on the boards of the groups, in a district of 90,000.

    PYTHONPATH=src python bench/groups.py [--residents 90000] [--times 100] [--data DIR]

As pages.py: every request through the whole stack, of a public-health doctor of one team and of a manager of a centre's
teams. One row for each page: median and 95th percentile of the time that passes in milliseconds, and of the processor
time of our process and the database's together, which depends little on who else works on the machine.
"""

import argparse
import os
import re
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from pages import district, fetch

GOAL_MS = 150
BOARD = "/groups/hypertension/"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--residents", type=int, default=90_000)
    parser.add_argument("--times", type=int, default=100, help="requests for each page (default: 100)")
    parser.add_argument("--data", type=Path, help="a data directory that a demo has filled; default: a new one")
    args = parser.parse_args()
    with district(args.data, args.residents) if args.data is None else opened(args.data):
        print(f"load {os.getloadavg()[0]:.1f}; goal {GOAL_MS} ms")
        print(f"{'':44}{'median':>9}{'95 %':>9}{'processor':>11}{'95 %':>9}")
        for role in ("public_health_doctor", "manager"):
            for name, address in pages_of(role):
                passed, worked = measured(address, args.times)
                cells = [f(one) for one in (passed, worked) for f in (statistics.median, last)]
                print(f"{role + ': ' + name:44}" + "{:9.1f}{:9.1f}{:11.1f}{:9.1f}".format(*cells), flush=True)


def opened(data: Path) -> object:
    """A district that is there already, as it is."""
    from argparse import Namespace

    from jinxiu.cli.environment import database

    return database(Namespace(data=data))


def pages_of(role: str) -> Iterator[tuple[str, Callable[[], None]]]:
    """Each page by name, as something that asks for it."""
    from django.conf import settings
    from django.test import Client

    import jinxiu.config.wsgi  # noqa: F401 - loads what a worker loads, and tells the collector
    from jinxiu.people.models import User

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.JINXIU_REQUESTS_PER_MINUTE = 1_000_000  # we ask faster than a person reads
    client = Client()
    client.force_login(User.objects.get(username=role), backend="allauth.account.auth_backends.AuthenticationBackend")
    addresses = {
        "all groups": "/groups/",
        "hypertension": BOARD,
        "hypertension, everybody, second page": second_page(client, BOARD + "?status=all"),
        "hypertension, yearly examination": BOARD + "?gap=yearly_exam",
        "hypertension, by name": BOARD + "?name=王",
        "people of 65 and older": "/groups/elderly/",
        "call list": BOARD + "calls/" if role != "manager" else "",
    }
    for name, address in addresses.items():
        if address:
            yield name, partial(fetch, client, address)


def second_page(client: object, address: str) -> str:
    """Where the next page is."""
    found = re.search(r'href="([^"]*after=[^"]*)"', client.get(address).content.decode())  # type: ignore[attr-defined]
    assert found, address
    return found[1].replace("&amp;", "&")


def measured(work: Callable[[], None], times: int) -> tuple[list[float], list[float]]:
    """Milliseconds that pass, and that this process and PostgreSQL's work; the first tenth is left out."""
    rows = []
    for _ in range(times + times // 10):
        passed, worked = time.perf_counter(), busy()
        work()
        rows.append(((time.perf_counter() - passed) * 1000, (busy() - worked) * 1000))
    kept = rows[times // 10 :]
    return [one for one, _ in kept], [one for _, one in kept]


def busy() -> float:
    """Seconds of processor time of this process and of the one of PostgreSQL that serves it (Linux)."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (server,) = cursor.fetchone()
    nanoseconds = int(Path(f"/proc/{server}/schedstat").read_text().split()[0])
    return time.process_time() + nanoseconds / 1e9


def last(times: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(times, n=20)[-1]


if __name__ == "__main__":
    main()
