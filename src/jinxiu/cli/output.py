"""How results reach the screen: a table that fits the terminal, aligned columns for a file or a pipe, progress bars."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from jinxiu.cli.problems import BadInput, Problem

Progress = Callable[[str, float], None]

_TOO_MANY_TO_DRAW = 2000  # rows; beyond, drawing a table takes longer than making it


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under headings; None is shown as nothing."""
    texts = [[("" if value is None else str(value)) for value in row] for row in rows]
    if sys.stdout.isatty() and len(texts) <= _TOO_MANY_TO_DRAW:
        _draw(headings, texts)
    else:
        _align(headings, texts)


def print_mistakes(found: Iterable[tuple[Path, Sequence[object]]]) -> None:
    """Print each file's mistakes, or that it is in order. Raises BadInput with their number when there are any."""
    count = 0
    for path, mistakes in found:
        count += len(mistakes)
        print("\n".join(map(str, mistakes)) if mistakes else f"{path}: in order.")
    if count:
        raise BadInput(f"{count} {'mistake' if count == 1 else 'mistakes'} to put right.")


@contextlib.contextmanager
def new_file(path: Path, encoding: str = "utf-8") -> Iterator[TextIO]:
    """A file that was not there before, open for writing; raises Problem where it cannot be made."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        with os.fdopen(handle, "w", encoding=encoding, newline="") as file:
            yield file
    except OSError as error:
        raise Problem(f"{path} cannot be written ({error.strerror}).") from error


def _draw(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*headings, box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*map(Text, row))  # as Text: square brackets in a name are no markup
    Console().print(table)


def _align(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.cells import cell_len  # a Chinese character takes two columns

    lines = [list(headings), *rows]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = (text + " " * (width - cell_len(text)) for text, width in zip(line, widths, strict=True))
        print("  ".join(padded).rstrip())


@contextlib.contextmanager
def progress(title: str) -> Iterator[Progress]:
    """A progress bar on stderr; yields what to call with a few words and the share done (0 to 1).

    Without a terminal each new phase is one line.
    """
    if sys.stderr.isatty():
        with _bar(title) as advance:
            yield advance
    else:
        yield _phases(title)


@contextlib.contextmanager
def _bar(title: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)  # moves without a number until somebody knows the share done
        yield lambda words, share: bar.update(task, description=words or title, total=1.0, completed=min(share, 1.0))


def _phases(title: str) -> Progress:
    print(f"{title} …", file=sys.stderr, flush=True)
    last = title

    def show(words: str, _share: float) -> None:
        nonlocal last
        if words and words != last:
            last = words
            print(f"  {words} …", file=sys.stderr, flush=True)

    return show
