"""`./jinxiu test`: every check of the project in one readable run, the same here as in CI."""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

from jinxiu.cli.environment import say
from jinxiu.cli.postgres import embedded
from jinxiu.cli.spark import require_spark

_HELP = """\
Run every check: formatting, lint, types, floors between packages, migrations, translations, templates, then all tests,
the browser tests in headless Chromium included. As root on Debian or Ubuntu the missing system packages are installed;
elsewhere the run says what it skips. Under ten minutes on two cores.

  ./jinxiu test
  ./jinxiu test tests/engine -x -q        only pytest, with these arguments
  ./jinxiu test -m 'not browser'          only pytest, without the browser
  ./jinxiu test --mutation                change the engine word by word: which tests notice? (half an hour)
  ./jinxiu test --spark                   the engine on Apache Spark, a master and two workers (needs Java 17; minutes)
  DATABASE_URL=postgres://… ./jinxiu test  on a PostgreSQL server instead of a throw-away one

Exit codes: 0 everything passed, otherwise 1 (with arguments: pytest's own)."""

ROOT = Path(__file__).resolve().parents[3]
_SYSTEM_PACKAGES = {
    "chromium": "the browser tests",
    "fonts-noto-cjk": "the Chinese text in pictures of pages",
    "gettext": "collecting the texts to translate",
}


@dataclass
class Tally:
    """What passed, failed and was skipped so far; checks count as one each."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    failures: list[str] = field(default_factory=list)

    def add(self, name: str, good: bool) -> None:
        """Count one check."""
        if good:
            self.passed += 1
        else:
            self.failed += 1
            self.failures.append(name)


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's words to the parser; everything after `test` is pytest's."""
    parser = commands.add_parser("test", help="run every check of the project", description=_HELP, prefix_chars="\0")
    parser.add_argument("pytest_arguments", nargs=argparse.REMAINDER, metavar="PYTEST_ARGUMENT")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the checks, or only pytest when arguments for it are given."""
    if {"-h", "--help"} & set(args.pytest_arguments):
        print(_HELP)
        return 0
    if args.pytest_arguments == ["--mutation"]:
        return _call([*_tool("mutmut"), "run"])
    if args.pytest_arguments[:1] == ["--spark"]:
        require_spark()
        os.environ["JINXIU_TEST_SPARK"] = "1"
        return _call([*_module("pytest"), "tests/spark", *(args.pytest_arguments[1:] or ["-q"])])
    if args.pytest_arguments:
        return _call([*_module("pytest"), *args.pytest_arguments])
    _install_system_packages()
    tally = Tally()
    with _room_for_checks() as environment:
        checks = _checks()
        with ThreadPoolExecutor(max_workers=2) as two:  # one for each of two cores
            for (name, _command), ended in zip(checks, two.map(partial(_ended, environment), checks), strict=True):
                _tell(name, *ended, tally)
    _run_tests(tally)
    return _summarise(tally)


def _checks() -> list[tuple[str, list[str]]]:
    django = [sys.executable, "-m", "django"]
    return [
        ("Formatting", [*_tool("ruff"), "format", "--check", "--quiet", ".", "jinxiu"]),
        ("Lint", [*_tool("ruff"), "check", "--quiet", ".", "jinxiu"]),
        ("Types", [*_module("mypy"), "--no-error-summary"]),
        ("Floors", [*_tool("lint-imports"), "--no-logo"]),
        ("Migrations", [*django, "makemigrations", "--check", "--dry-run", "--verbosity", "1"]),
        ("System checks", [*django, "check", "--fail-level", "WARNING"]),
        ("Translations", [*_module("jinxiu.ui.messages"), "--check"]),
        ("Templates", [*_tool("djlint"), "src", "--lint", "--quiet"]),
    ]


def _module(name: str) -> list[str]:
    return [sys.executable, "-m", name]


def _tool(name: str) -> list[str]:
    return [str(Path(sysconfig.get_path("scripts")) / name)]


@contextlib.contextmanager
def _room_for_checks() -> Iterator[dict[str, str]]:
    """An environment with an empty database and a data directory of its own: this installation stays untouched."""
    given = {key: value for key, value in os.environ.items() if not key.startswith("JINXIU_")}
    with tempfile.TemporaryDirectory(prefix="jinxiu-checks-") as folder, contextlib.ExitStack() as stack:
        data = Path(folder)
        data.chmod(0o711)  # the server's own account passes through when root runs this
        url = given.get("DATABASE_URL") or stack.enter_context(embedded(data, throw_away=True))
        settings = {"DATABASE_URL": url, "JINXIU_DATA": folder, "DJANGO_SETTINGS_MODULE": "jinxiu.config.settings"}
        yield {**given, **settings, "NO_COLOR": "1"}


def _ended(
    environment: dict[str, str], check: tuple[str, Sequence[str]]
) -> tuple[subprocess.CompletedProcess[str], float]:
    """How a check ended, and after how many seconds."""
    began = time.monotonic()
    done = subprocess.run(
        check[1], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    return done, time.monotonic() - began


def _tell(name: str, done: subprocess.CompletedProcess[str], seconds: float, tally: Tally) -> None:
    tally.add(name, done.returncode == 0)
    print(f"{'✓' if done.returncode == 0 else '✗'} {name} ({seconds:.0f} s)", flush=True)
    if done.returncode:
        print((done.stdout + done.stderr).rstrip() or f"  ended with code {done.returncode}", flush=True)


def _run_tests(tally: Tally) -> None:
    with tempfile.TemporaryDirectory(prefix="jinxiu-report-") as folder:
        report = Path(folder) / "tests.xml"
        # One process for each of two cores; files stay together so that expensive fixtures are made once, and in their
        # order: with those of many tests first, one process would be left alone with the long walks at the end.
        spread = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
        code = _call([*_module("pytest"), "-q", "-rfEs", *spread, f"--junitxml={report}"])
        _count(report, code, tally)


def _count(report: Path, code: int, tally: Tally) -> None:
    try:
        suite = ElementTree.parse(report).getroot().find("testsuite")  # noqa: S314 - our own pytest wrote it
        total, bad, skipped = (int(suite.attrib[key]) for key in ("tests", "failures", "skipped"))  # type: ignore[union-attr]
        bad += int(suite.attrib["errors"])  # type: ignore[union-attr]
    except (OSError, ElementTree.ParseError):
        total = bad = skipped = 0
    tally.passed += total - bad - skipped
    tally.skipped += skipped
    tally.failed += bad
    if code and not bad:  # pytest itself broke, or found nothing to run
        tally.failed += 1
    if code:
        tally.failures.append("Tests")


def _call(command: Sequence[str]) -> int:
    """Run a program on this terminal; Ctrl-C reaches it too, so it is left the time to end by itself."""
    # The tests start many processes; compiling our modules anew in each would take longer than most tests.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(timeout=20) or 130
            process.kill()
        except SystemExit:
            process.terminate()
            process.wait()
            raise


def _summarise(tally: Tally) -> int:
    if tally.failures:
        print(f"\nNot in order: {', '.join(tally.failures)} (see above).")
    skipped = f", {tally.skipped} skipped" if tally.skipped else ""
    print(f"\n{tally.passed} passed, {tally.failed} failed{skipped}")
    return 1 if tally.failed else 0


# --- system packages --------------------------------------------------------------------------------------------------


def _install_system_packages() -> None:
    missing = [package for package in _SYSTEM_PACKAGES if not _is_there(package)]
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        _say_what_is_skipped(missing, "not installed here (on Debian: sudo apt-get install " + " ".join(missing) + ")")
        return
    say(f"Installing the system packages {', '.join(missing)} …")
    if not (_apt("update") and _apt("install", "--yes", "--no-install-recommends", *missing)):
        _say_what_is_skipped([name for name in missing if not _is_there(name)], "could not be installed")


def _is_there(package: str) -> bool:
    if package == "chromium" and any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        return True
    if package == "gettext" and shutil.which("xgettext"):
        return True
    if not shutil.which("dpkg-query"):
        return package == "fonts-noto-cjk"  # other systems bring Chinese fonts, or their users know how
    asked = subprocess.run(["dpkg-query", "-W", "-f=${Status}", package], capture_output=True, text=True, check=False)
    return asked.stdout == "install ok installed"


def _apt(*words: str) -> bool:
    # Another apt may be at work, as on a machine that has just started.
    command = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "-qq", *words]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=quiet, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        print((done.stdout + done.stderr).rstrip(), flush=True)
    return done.returncode == 0


def _say_what_is_skipped(packages: Sequence[str], why: str) -> None:
    for package in packages:
        say(f"Skipped: {_SYSTEM_PACKAGES[package]}, because {package} is {why}.")
