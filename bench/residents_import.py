"""How long it takes to bring a district's residents in from one Excel file, and the same file again.

    PYTHONPATH=src python bench/residents_import.py [--residents N]

Makes an .xlsx of invented residents (90,000 unless told otherwise) with eleven columns, as a centre would, imports it
into a fresh throw-away database (dry run, import, the same again), each in its own process. Prints one table.
"""

import argparse
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from openpyxl import Workbook

GOAL_SECONDS = 120
_HEADINGS = (
    "序号",
    "姓名",
    "身份证号码",
    "性别",
    "出生日期",
    "联系电话",
    "所属社区",
    "现住址",
    "签约团队",
    "人群分类",
    "建档日期",
)
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰涛明超霞平刚桂兰建国志华玉梅"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--residents", type=int, default=90_000)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--dry-run", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(import_once(args.one, args.dry_run)))
        return
    with tempfile.TemporaryDirectory(prefix="jinxiu-bench-") as name:
        work = Path(name)
        work.chmod(0o711)  # the server's own account passes through when root runs this
        began = time.perf_counter()
        path = write_file(work / "residents.xlsx", args.residents)
        size = path.stat().st_size / 2**20
        print(f"file of {args.residents:,} rows, {size:.1f} MiB, written in {time.perf_counter() - began:.0f} s")
        show(measured(work / "data", path))


def write_file(path: Path, residents: int) -> Path:
    """Write invented residents, the same ones each time."""
    from jinxiu.people.identity import check_character

    chance = random.Random(1)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("居民")
    sheet.append(["居民健康档案名册"])
    sheet.append(list(_HEADINGS))
    for number in range(residents):
        born = date(1930, 1, 1) + timedelta(days=number % 35_000)
        first17 = f"140199{born:%Y%m%d}{number // 35_000 * 2 + number % 2:03d}"
        name = chance.choice(_SURNAMES) + "".join(chance.sample(_GIVEN, 2))
        group = chance.choices(("一般人群", "高血压", "糖尿病", "高血压、糖尿病"), (75, 15, 5, 5))[0]
        sheet.append(
            [
                *(number + 1, name, first17 + check_character(first17), "男" if number % 2 else "女", born),
                *(f"13{chance.randrange(10**9):09d}", f"第{number % 40 + 1}社区", f"幸福路 {number // 3} 号"),
                *(f"t-{number % 30 + 1}", group, f"20{number % 10 + 15}-03-0{number % 9 + 1}"),
            ]
        )
    book.save(path)
    return path


def measured(data: Path, path: Path) -> list[tuple[str, dict[str, float]]]:
    """Look, import, import again, each in a process of its own on an embedded server of this directory."""
    from jinxiu.cli.postgres import embedded

    data.mkdir()
    data.chmod(0o711)
    rows = []
    with embedded(data, throw_away=True) as url:
        environment = os.environ | {
            "DATABASE_URL": url,
            "JINXIU_DATA": str(data),
            "DJANGO_SETTINGS_MODULE": "jinxiu.config.settings",
        }
        for title, options in (("dry run", ["--dry-run"]), ("import", []), ("again", [])):
            command = [sys.executable, __file__, "--one", str(path), *options]
            result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            if result.returncode:
                raise SystemExit(result.stderr)
            rows.append((title, json.loads(result.stdout)))
    return rows


def import_once(path: Path, dry_run: bool) -> dict[str, float]:
    """Import here and say how it went."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, skip_checks=True)
    from jinxiu.audit.origin import SYSTEM
    from jinxiu.familydoctor.imports.actions import import_residents
    from jinxiu.people.models import Institution, Place, Team

    if not Team.objects.exists():
        city = Place.objects.create(code="c", name="城", kind="city")
        Place.objects.bulk_create(
            Place(code=f"p{n}", name=f"第{n}社区", kind="community", parent=city) for n in range(1, 41)
        )
        centre = Institution.objects.create(code="i", name="中心")
        Team.objects.bulk_create(Team(code=f"t-{n}", name=f"团队{n}", institution=centre) for n in range(1, 31))
    began, busy = time.perf_counter(), time.process_time()
    report = import_residents([(path.name, path.read_bytes())], actor=SYSTEM, dry_run=dry_run)
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        **{name: report.counts[name] for name in ("new", "changed", "same", "proposed", "refused")},
        "seconds": time.perf_counter() - began,
        "busy": time.process_time() - busy,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20,
    }


def show(rows: list[tuple[str, dict[str, float]]]) -> None:
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"load {os.getloadavg()[0]:.1f}; busy: processor seconds of the importing process; goal {GOAL_SECONDS} s")
    heads = ("new", "changed", "same", "proposed", "refused", "seconds", "busy", "memory")
    print(f"{'':<10}" + "".join(f"{head:>10}" for head in heads))
    for name, row in rows:
        print(f"{name:<10}" + "".join(f"{row[head]:>10,.{1 if head in ('seconds', 'busy') else 0}f}" for head in heads))


if __name__ == "__main__":
    main()
