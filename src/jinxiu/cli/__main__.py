"""The operator's commands: reads the words after `./jinxiu`, runs the command, says what goes wrong in a sentence."""

import argparse
import difflib
import errno
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from jinxiu.audit.discretion import without_values
from jinxiu.cli.environment import data_directory
from jinxiu.cli.problems import BadInput, Problem

# In the order of a first afternoon with Jinxiu. Each module adds its own parser and imports what is heavy when it runs.
COMMANDS = (
    "demo",
    "serve",
    "worker",
    "imports",
    "due",
    "duplicates",
    "explain",
    "standards",
    "forms",
    "packages",
    "agreement",
    "evaluate",
    "indicators",
    "migrate",
    "invite",
    "audit",
    "copy",
    "backup",
    "restore",
    "rotate",
    "test",
)


class Parser(argparse.ArgumentParser):
    """argparse, with mistakes said in one sentence and help texts kept as written."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the words of the command, and where its help is."""
        raise BadInput(f"{_with_suggestion(message)} (see {self.prog} --help)")


def _with_suggestion(message: str) -> str:
    """Say "invalid choice: 'x' (choose from a, b)" in our words, with the likeliest meant word."""
    head, found, rest = message.partition(": invalid choice: '")
    word, _, choices = rest.partition("' (choose from ")
    if not found:
        return message[:1].upper() + message[1:]
    allowed = [choice.strip(" '") for choice in choices.rstrip(")").split(",")]
    near = difflib.get_close_matches(word, allowed, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return f"There is no {head.removeprefix('argument ').lower()} '{word}'{hint}; choose from {', '.join(allowed)}"


def build_parser() -> Parser:
    """All commands with their options and help."""
    parser = Parser(
        prog="./jinxiu",
        description="Jinxiu 锦绣: who is owed which service by when, was it kept, and why.",
        epilog=(
            "Begin with:  ./jinxiu demo\n\n"
            "Exit codes: 0 done · 2 something in what you typed or gave cannot be used · 1 a fault of ours.\n"
            "Environment: DATABASE_URL (a PostgreSQL server of your own), JINXIU_DATA (data directory),\n"
            "JINXIU_DEBUG=1 (show the full trace of a fault)."
        ),
    )
    parser.set_defaults(run=lambda _: _help_only(parser))
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    for name in COMMANDS:
        import_module(f"jinxiu.cli.{name}").add(commands)
    return parser


def _help_only(parser: Parser) -> int:
    parser.print_help(sys.stderr)
    return BadInput.exit_code


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 2 bad input, 1 a fault, 130 and 143 when told to stop."""
    _stop_politely_when_told()
    args = argparse.Namespace()
    try:
        build_parser().parse_args(words, args)
        code = int(args.run(args) or 0)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return _reader_left()
    except Exception as error:
        return _report(error, args)
    return code


def _stop_politely_when_told() -> None:
    # Ending by an exception lets every `with` put things in order: the embedded server above all.
    def stop(number: int, _: object) -> NoReturn:
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def _reader_left() -> int:
    # `./jinxiu due | head`: whoever read us has enough. Python would complain once more when it closes stdout.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _report(error: Exception, args: argparse.Namespace) -> int:
    if os.environ.get("JINXIU_DEBUG") == "1":
        traceback.print_exception(error)
    problem = error if isinstance(error, Problem) else _known(error) or Problem(_fault(error, args))
    print(f"jinxiu: {problem}", file=sys.stderr)
    return problem.exit_code


def _known(error: Exception) -> Problem | None:
    if getattr(error, "errno", None) == errno.ENOSPC or "No space left on device" in str(error):
        return Problem("The disk is full; free some space and run the same again: nothing half-done was kept.")
    if type(error).__name__ == "ImproperlyConfigured":  # Django's word for a setting that makes no sense
        return BadInput(str(error))
    if "terminating connection" in str(error):
        return Problem("The database was stopped while this command used it; run the same again.")
    return None


def _fault(error: Exception, args: argparse.Namespace) -> str:
    log = _log(error, args)
    return f"This is a fault of ours ({type(error).__name__}); please report it with what you typed and {log}."


def _log(error: Exception, args: argparse.Namespace) -> Path:
    """Append the trace to the data directory's log; where that cannot be written, to a new file of its own."""
    trace = without_values("".join(traceback.format_exception(error)))
    entry = f"{datetime.now(UTC).isoformat()} {_typed(sys.argv[1:])}\n{trace}\n"
    path = data_directory(args) / "jinxiu.log"
    try:
        with path.open("a", encoding="utf-8") as log:
            log.write(entry)
    except OSError:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix="jinxiu-", suffix=".log", delete=False) as other:
            other.write(entry)
        return Path(other.name)
    return path


def _typed(words: Sequence[str]) -> str:
    """The command and the names of its options: their values may name somebody."""
    return " ".join(["./jinxiu", *words[:1], *(word.partition("=")[0] for word in words[1:] if word.startswith("--"))])


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    sys.exit(main())
