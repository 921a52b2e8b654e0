"""What commands that read spreadsheets share: how files are named and opened, and how what is wrong in them is told."""

import argparse
import contextlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from jinxiu.cli.environment import say
from jinxiu.cli.options import add_data
from jinxiu.cli.problems import BadInput

_SHOWN = 20

NOTHING_USABLE = "No row can be used; mend the rows listed above and import the file again."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what every import of a spreadsheet may be told."""
    parser.add_argument("--dry-run", action="store_true", help="say what would happen, and change nothing")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the sentences (default: zh)")
    add_data(parser)


def content_of(path: Path) -> bytes:
    """A file, of a too large one only the beginning. Raises BadInput."""
    from jinxiu.familydoctor.imports.tables import LARGEST_FILE

    try:
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}); check its name and permissions.") from error


@contextlib.contextmanager
def files_as_people_know_them() -> Iterator[None]:
    """Turn a file that cannot be used into a sentence. Raises BadInput."""
    from jinxiu.familydoctor.imports.tables import FileError
    from jinxiu.familydoctor.imports.wording import file_sentence

    try:
        yield
    except FileError as error:
        raise BadInput(file_sentence(error)) from error


def say_unchanged() -> None:
    """Say that this was only a look."""
    say("Nothing was changed; leave --dry-run out to import.")


def print_wrong(lines: Sequence[str], how_to_see_all: str = "") -> None:
    """Print the first values that cannot be used, and how many more there are."""
    for line in lines[:_SHOWN]:
        print(line, file=sys.stderr)
    if len(lines) > _SHOWN:
        print(f"… and {len(lines) - _SHOWN:,} more{how_to_see_all}.", file=sys.stderr)
