"""How long it takes to renew the agreements of a district in one run, and whether it comes to the same as one by one.

    PYTHONPATH=src python bench/renewals.py [--agreements 90000] [--data DIR]

Builds a generated district, gives everybody who lives there an agreement that ends on 31 December with the consent to
renewal without a new signature, and renews them all. Before, a sample is renewed one by one and taken back: what the
run wrote for them must be the same, text included. Then a run over 3,000 others is killed (SIGKILL) and asked again.
Peak memory is that of the Python process.
"""

import argparse
import multiprocessing
import os
import platform
import tempfile
import time
from argparse import Namespace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

from nightly import forget_peak, peak, query

GOAL_S = 60
SAMPLE = 200
KILLED = 3_000  # agreements of the run that is killed
TODAY, LAST, BEFORE = date(2026, 11, 25), date(2026, 12, 31), date(2026, 12, 30)

ENROL = """
INSERT INTO evidence_enrolment (person_id, kind, start_on, value, end_reason, recorded_at, source_system)
SELECT p.id, 'agreement', '2026-01-01', '2026-12-31', '', now(), 'bench' FROM people_person p
WHERE p.died_on IS NULL AND p.left_on IS NULL AND p.merged_into_id IS NULL AND NOT EXISTS (
    SELECT FROM agreements_agreement a WHERE a.person_id = p.id AND a.last_on >= '2026-01-01')
"""
LET_END = """
UPDATE agreements_agreement SET start_on = '2026-01-01', counted_from = '2026-01-01', terms_version = '2026.2',
    end_on = %(on)s, last_on = %(on)s, consents = '{auto_renewal,health_data}',
    signer_name = CASE signs_as WHEN 'self' THEN signer_name ELSE '监护人' END,
    relation = CASE signs_as WHEN 'self' THEN '' ELSE '母亲' END
WHERE id IN (SELECT a.id FROM agreements_agreement a WHERE a.state = 'active'
    AND a.consents <> '{auto_renewal,health_data}' ORDER BY md5(a.id::text) LIMIT %(n)s)
"""
CLEAR = """
UPDATE agreements_agreement SET last_on = start_on - 1
WHERE state NOT IN ('active', 'draft', 'pending_team') AND last_on >= '2026-01-01'
"""
# Everything of a renewal but numbers, instants and who did it.
ROWS = """
SELECT a.person_id, a.household_id, a.signs_as, a.signer_name, a.relation, a.institution_id, a.team_id, a.doctor_id,
    a.packages, a.start_on, a.end_on, a.last_on, a.counted_from, a.nature, a.follows_id, a.terms_version, a.consents,
    a.signed_on, a.state, a.has_begun, a.text, a.contract_no,
    (SELECT count(*) FROM evidence_event e WHERE e.source_id = a.follows_id || '/renewal')
FROM agreements_agreement a WHERE a.follows_id = ANY(%(formers)s) ORDER BY a.follows_id
"""
_PACKAGES, _FOLLOWS = 8, 14  # its columns of the packages and of the agreement before
RENEWED = (
    "SELECT count(*), count(DISTINCT person_id) FROM agreements_agreement WHERE nature = 'renewal' AND start_on = %s"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agreements", type=int, default=90_000)
    parser.add_argument("--data", type=Path, help="a data directory for the district; default: a new one")
    args = parser.parse_args()
    os.environ["JINXIU_TODAY"] = TODAY.isoformat()
    from jinxiu.cli.environment import database, prepare_database

    with tempfile.TemporaryDirectory(prefix="jinxiu-bench-") as name:
        Path(name).chmod(0o711)  # the server's own account passes through when root runs this
        with database(Namespace(data=args.data or Path(name))):
            prepare_database()
            build(args.agreements)
            sample, alone = one_by_one()
            show(timed_run())
            compare(sample, alone)
            kill_and_go_on()


def build(agreements: int) -> None:
    """A district with so many agreements that end on the last day of the year, and some that end the day before."""
    from jinxiu.agreements.actions import adopt
    from jinxiu.audit.origin import SYSTEM
    from jinxiu.demo.build import build as build_district

    build_district(round(1.25 * (agreements + KILLED)), 1, TODAY)
    query(CLEAR)
    query(ENROL)
    adopt(today=TODAY, actor=SYSTEM)
    query(LET_END, {"on": LAST, "n": agreements})
    query(LET_END, {"on": BEFORE, "n": KILLED})
    query("ANALYZE")


def one_by_one() -> tuple[list[int], list[tuple[Any, ...]]]:
    """Renew a sample one by one, keep what was written, and take it back."""
    from django.db import transaction

    from jinxiu.agreements.actions import NIGHT, By, Wish, renew
    from jinxiu.agreements.models import Agreement

    formers = list(Agreement.objects.filter(state="active", last_on=LAST).order_by("contract_no")[:SAMPLE])
    by = By(NIGHT.actor, NIGHT.name, None, confirms=True)
    start = time.perf_counter()
    with transaction.atomic():
        for one in formers:
            wish = Wish(
                packages=tuple(one.packages),
                start_on=TODAY,
                signs_as=one.signs_as,
                signer_name=one.signer_name,
                relation=one.relation,
                consents=tuple(one.consents),
                doctor_id=one.doctor_id,
                channel="batch",
            )
            renew(by=by, today=TODAY, agreement_id=one.pk, wish=wish, token=uuid4())
        rows = query(ROWS, {"formers": [one.pk for one in formers]})
        transaction.set_rollback(True)
    print(f"one by one: {1000 * (time.perf_counter() - start) / len(formers):.1f} ms for each of {len(formers)}")
    return [one.pk for one in formers], rows


def compare(formers: list[int], alone: list[tuple[Any, ...]]) -> None:
    """What the run wrote for the sample is what one by one wrote, but for number and signature."""
    together = query(ROWS, {"formers": formers})
    # Who turned 14 is asked, and not in the run; a package for which a child is too old on the first day is left out.
    by_former = {row[_FOLLOWS]: row for row in together}
    pairs = [(row, by_former[row[_FOLLOWS]]) for row in alone if row[_FOLLOWS] in by_former]
    pairs = [(one, other) for one, other in pairs if one[_PACKAGES] == other[_PACKAGES]]
    different = [(one, other) for one, other in pairs if _same(one) != _same(other)]
    assert not different, different[0]
    print(f"{len(pairs)} of the sample are the same as one by one, text included")


def _same(row: tuple[Any, ...]) -> tuple[Any, ...]:
    *columns, text, _number, offered = row
    lines = [line for number, line in enumerate(text.splitlines()) if number not in (1, 4)]
    return (*columns, *lines, offered)


def timed_run() -> tuple[Any, float, float, float]:
    """All that end on the last day of the year: the run, seconds, processor seconds, peak MiB."""
    from jinxiu.agreements.renewing.actions import carry_on

    run = begin(LAST)
    forget_peak()
    start, used = time.perf_counter(), processor_seconds()
    run = carry_on(run_id=run.pk, today=TODAY)
    return run, time.perf_counter() - start, processor_seconds() - used, peak()


def processor_seconds() -> float:
    """What this process and the server's process that serves it have used so far."""
    server = query("SELECT pg_backend_pid()")[0][0]
    ticks = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()[11:13]
    return time.process_time() + sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def begin(last: date) -> Any:
    from jinxiu.agreements.actions import NIGHT
    from jinxiu.agreements.renewing.actions import start
    from jinxiu.agreements.renewing.queries import team_ids

    teams = team_ids(whole_district=True)
    return start(by=NIGHT, today=TODAY, team_ids=teams, first_on=last, last_on=last, token=uuid4())


def kill_and_go_on() -> None:
    """A run in batches of 100 is killed while it works; asked for again, it ends, and nobody was renewed twice."""
    run = begin(BEFORE)
    child = multiprocessing.get_context("spawn").Process(target=_carry_on_in_small_batches, args=(run.pk,))
    child.start()
    while child.is_alive() and renewed_by(run.pk) < KILLED // 3:
        time.sleep(0.01)
    child.kill()
    child.join()
    stood = renewed_by(run.pk)
    assert 0 < stood < KILLED, "the run was over before it was killed"
    again = begin(BEFORE)
    assert again.pk == run.pk
    from jinxiu.agreements.renewing.actions import carry_on

    done = carry_on(run_id=again.pk, today=TODAY)
    rows, people = query(RENEWED, [LAST])[0]
    assert rows == people == done.renewed, (rows, people, done.renewed)
    print(f"killed after {stood:,} of {done.total:,}; asked for again: {done.renewed:,} renewed, each once")


def renewed_by(run_id: int) -> int:
    return int(query("SELECT renewed FROM agreements_renewalrun WHERE id = %(id)s", {"id": run_id})[0][0])


def _carry_on_in_small_batches(run_id: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jinxiu.config.settings")
    import django

    django.setup()
    from jinxiu.agreements.renewing import actions

    actions.BATCH = 100
    actions.carry_on(run_id=run_id, today=TODAY)


def show(found: tuple[Any, float, float, float]) -> None:
    run, seconds, used, mib = found
    print(f"\n{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    heads = ("agreements", "renewed", "left out", "seconds", "processor s", "peak MiB")
    print(f"goal: {GOAL_S} s\n\n" + "".join(f"{head:>13}" for head in heads))
    left = sum(run.left_out.values())
    print(f"{run.total:>13,}{run.renewed:>13,}{left:>13,}{seconds:>13.1f}{used:>13.1f}{mib:>13,.0f}")
    print(f"left out: {run.left_out or 'nobody'}\n")


if __name__ == "__main__":
    main()
