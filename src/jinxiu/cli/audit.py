"""`./jinxiu audit`: is the trail whole, the fingerprint to keep elsewhere, and how long things are kept."""

import argparse
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from jinxiu.cli.environment import database, say
from jinxiu.cli.options import add_data
from jinxiu.cli.output import print_table
from jinxiu.cli.problems import BadInput

if TYPE_CHECKING:
    from jinxiu.audit.queries import Finding

BROKEN = 3  # exit code
_SHOWN = 20  # findings
_PATIENCE = 20.0  # seconds to wait for those who are writing a line just now

_HELP = """\
The trail tells who saw or did what of whom. Its lines are closed in blocks; each block's fingerprint holds the one
before, so that whatever is changed, taken out or put in later is found.

  ./jinxiu audit verify                            check every closed line, then close what is open
  ./jinxiu audit anchor >> /elsewhere/anchors.txt  the last fingerprint, to keep out of reach of the database's owner
  ./jinxiu audit verify --against FILE             check against all fingerprints that were kept in the file, or in the
                                                   files of a directory: the night keeps one a day in DATA/anchors
  ./jinxiu audit retention                         how long things are kept, by which law, and how many are past that

Exit codes: 0 whole, 3 broken (the first broken line is named), 2 no data yet or an unreadable file, 1 a fault of ours.\
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's words to the parser."""
    parser = commands.add_parser(
        "audit", help="check that the trail is whole; how long things are kept", description=_HELP
    )
    what = parser.add_subparsers(title="what to do", metavar="WHAT", required=True)
    verify = what.add_parser("verify", help="check every closed line", description=_HELP)
    verify.add_argument(
        *("--against", "--anchors"),
        dest="anchors",
        type=Path,
        metavar="FILE",
        help="lines that `audit anchor` printed before, or the directory where the night keeps them",
    )
    add_data(verify)
    verify.set_defaults(run=run_verify)
    anchor = what.add_parser("anchor", help="print the last fingerprint, to keep elsewhere", description=_HELP)
    add_data(anchor)
    anchor.set_defaults(run=run_anchor)
    retention = what.add_parser("retention", help="how long things are kept, and by which law", description=_HELP)
    retention.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the texts (default: zh)")
    add_data(retention)
    retention.set_defaults(run=run_retention)


def run_verify(args: argparse.Namespace) -> int:
    """Check the chain, say the first broken line and what else is broken; close open lines when all is whole."""
    anchors = read_anchors(args.anchors) if args.anchors else {}
    with database(args, must_exist=True):
        from jinxiu.audit import actions, queries
        from jinxiu.audit.anchors import anchor_of
        from jinxiu.oversight.actions import note_check

        broken = queries.findings(anchors)
        first = list(islice(broken, _SHOWN))
        if first:
            more = sum(1 for _ in broken)
            _tell(first, more)
            note_check(lines=0, findings=len(first) + more, anchors=len(anchors))
            return BROKEN
        actions.close_blocks(wait=_PATIENCE)
        chain = queries.chain()
        note_check(lines=chain.closed_lines, findings=0, anchors=len(anchors))
        print(f"The trail is whole: {chain.closed_lines:,} lines in {chain.blocks:,} blocks.")
        if chain.open_lines:
            print(f"{chain.open_lines:,} more are open: somebody is writing; they are closed within minutes.")
        if anchors:
            print(f"It agrees with {len(anchors):,} anchors.")
        if chain.last:
            print(anchor_of(chain.last))
    return 0


def run_anchor(args: argparse.Namespace) -> int:
    """Close open lines and print the last fingerprint as one line."""
    with database(args, must_exist=True):
        from jinxiu.audit import actions, queries
        from jinxiu.audit.anchors import anchor_of

        actions.close_blocks(wait=_PATIENCE)
        last = queries.last_block()
        if last is None:
            raise BadInput("The trail has no lines that could be closed yet; run this again when somebody has worked.")
        print(anchor_of(last))
    return 0


def run_retention(args: argparse.Namespace) -> int:
    """Print what is kept how long, why, and how much is past its time; nothing is deleted."""
    with database(args, must_exist=True):
        from jinxiu.oversight.deleting.queries import past_their_time
        from jinxiu.oversight.queries import oldest
        from jinxiu.oversight.rules import retentions
        from jinxiu.people.clock import today

        since, past = oldest(), past_their_time(today())
        rows = []
        for one in retentions():
            first = since[one.code]
            free = one.free_on(first) if first else None
            texts = [text[args.lang] for text in (one.title, one.counted_from, one.source)]
            spans = [_span(one.months), _span(one.law_months)]
            rows.append([texts[0], *spans, texts[1], first, free, f"{past[one.code]:,}", texts[2]])
    print_table(
        ["what", "kept for", "by law", "counted from", "oldest", "free from", "past their time", "source"], rows
    )
    print("\nNothing is deleted by itself. No line of the trail ever is.")
    return 0


def _span(months: int) -> str:
    return f"{months} months" if months % 12 else f"{months // 12} years"


def read_anchors(path: Path) -> dict[int, str]:
    """Fingerprints by block number from a file of anchors or a directory of them. Raises BadInput."""
    from jinxiu.audit.anchors import fingerprints

    try:
        found = fingerprints(path)
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read as text ({error}).") from error
    if not found:
        raise BadInput(f"{path} holds no anchor; each is one line as ./jinxiu audit anchor prints it.")
    return found


_SENTENCES = {
    "changed": "Line {line} (block {block}) was changed after it was closed.",
    "gone": "Line {line} (block {block}) is gone.",
    "added": "Line {line} (block {block}) was put in after the block was closed.",
    "head": "Block {block}: what it says of itself was changed; its lines are as they were.",
    "joint": "Block {block} does not follow the one before it: a block was changed, closed anew or taken out.",
    "anchor": "Block {block} has another fingerprint than its anchor: the chain was closed anew.",
    "cut": "Block {block} is gone: its anchor was kept, the trail's end was cut off, or an older backup restored.",
}


def _tell(first: Iterable["Finding"], more: int) -> None:
    print("The trail is broken.")
    for one in first:
        print(f"  {_SENTENCES[one.what].format(line=one.line, block=one.block)}{_times(one.earlier, one.later)}")
    if more:
        print(f"  … and {more:,} more.")
    say("Keep the database as it is, and compare it with the last backup that is whole.")


def _times(earlier: datetime | None, later: datetime | None) -> str:
    if earlier is None and later is None:
        return ""
    if earlier is None or later is None:
        return f" It stood before {_local(later)}." if later else f" It stood after {_local(earlier)}."
    return f" It stood between {_local(earlier)} and {_local(later)}."


def _local(instant: datetime | None) -> str:
    from jinxiu.people.clock import SHANGHAI

    return instant.astimezone(SHANGHAI).isoformat(" ", timespec="seconds") if instant else ""
