"""`./jinxiu copy`: all that is kept of one person, to be handed to the person."""

import argparse
import os
from pathlib import Path

from jinxiu.cli.environment import database
from jinxiu.cli.explain import person_id_of
from jinxiu.cli.options import add_data
from jinxiu.cli.problems import BadInput
from jinxiu.cli.trail import operator

_HELP = """\
Write everything that is kept of a person, numbers in full, into a ZIP file: the record as a PDF to read, a FHIR R4
bundle for other systems, every row as it stands, and the documents and photos. Whoever asks may have it by law (PIPL,
art. 45); the copy leaves a line in the trail.

  ./jinxiu copy 42 --reason "asked in writing on 3 November" --out person-42.zip

PERSON is the id that `due` prints, the id of an imported Patient, or a number such as that of the identity card.
Exit codes: 0 done, 2 an unknown person, a missing reason or a file that is there already, 1 a fault of ours."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's words to the parser."""
    parser = commands.add_parser("copy", help="all that is kept of one person, as a file", description=_HELP)
    parser.add_argument("person", metavar="PERSON", help="the person's id")
    parser.add_argument("--reason", required=True, type=_reason, metavar="TEXT", help="who asked for it, and how")
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="the ZIP file to write")
    add_data(parser)
    parser.set_defaults(run=run)


def _reason(text: str) -> str:
    if not 4 <= len(text.strip()) <= 200:
        raise argparse.ArgumentTypeError(f"'{text}' is no reason; write 4 to 200 characters")
    return text.strip()


def run(args: argparse.Namespace) -> int:
    """Write the file, readable by its owner only, and the line in the trail."""
    with database(args, must_exist=True):
        from django.db import transaction

        from jinxiu.oversight import actions, queries

        person_id = person_id_of(args.person)
        data = queries.copy_file(person_id, with_ratings=True)
        with transaction.atomic():  # no file without its line, no line without its file
            actions.note_copy(actor=operator(), person_id=person_id, reason=args.reason)
            _write(args.out, data)
    print(f"Wrote {args.out} ({len(data):,} bytes). It holds full numbers: hand it over safely, then delete it.")
    return 0


def _write(path: Path, data: bytes) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
    except FileExistsError:
        raise BadInput(f"There is a file {path} already; choose another --out.") from None
    except OSError as error:
        raise BadInput(f"The file {path} cannot be written ({error.strerror}); choose another --out.") from error
