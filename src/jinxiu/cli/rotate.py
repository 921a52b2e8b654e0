"""`./jinxiu keys rotate`: new keys, everything sealed anew; interrupted, it is run again."""

import argparse
import os
import time

from jinxiu.cli.environment import data_directory, database, disconnect, only_server_of, say
from jinxiu.cli.options import add_data
from jinxiu.cli.output import progress
from jinxiu.cli.problems import BadInput

_HELP = """\
Change the keys of this installation: once a year, and when somebody who could read them leaves.

  ./jinxiu keys rotate

Stop the pages first. Every ID number, phone number and two-step secret is sealed with a new key and found by a new
hash, in one transaction; people stay signed in. Interrupted at any point, run the same again: it goes on from there.
Make a backup with its keys before and after (docs/how-to/rotate-keys.md).
Exit codes: 0 done, 2 the pages are still up or the keys are set outside, 1 the disk is full or a fault of ours."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's words to the parser."""
    keys = commands.add_parser("keys", help="change the keys of this installation", description=_HELP)
    rotate = keys.add_subparsers(metavar="rotate", required=True).add_parser(
        "rotate", help="change all keys", description=_HELP
    )
    add_data(rotate)
    rotate.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Change the keys and say what must happen next."""
    directory = data_directory(args)
    with database(args, must_exist=True), only_server_of(directory, "nowhere: its keys are being changed"):
        _refuse_keys_from_outside()
        _refuse_company()
        from jinxiu.audit.origin import SYSTEM
        from jinxiu.people.keys.actions import change_keys

        with progress("Changing the keys") as show:
            count = change_keys(actor=SYSTEM, progress=show)
    say(f"The keys in {directory} are new; {count:,} sealed values were sealed anew." if count else _FINISHED)
    say("Now make a backup with them: ./jinxiu backup FILE --keys FILE")
    return 0


_FINISHED = "The change of keys that was interrupted is finished."


def _refuse_keys_from_outside() -> None:
    from jinxiu.people.keys import secrets

    if names := secrets.set_outside():
        variables = ", ".join(f"JINXIU_{name.upper()}" for name in names)
        raise BadInput(
            f"{variables} in the environment wins over the file of keys; this command changes only the file."
        )


def _refuse_company() -> None:
    """Another process holds the old keys in its memory: it could read nothing any more, or seal with the old ones."""
    deadline = time.monotonic() + 3  # a command that has just ended may still be listed
    while (others := _others()) and time.monotonic() < deadline:
        time.sleep(0.1)
    if others:
        raise BadInput(
            f"Somebody else is connected to the database ({others}): "
            "stop the pages and every other command first, and start them again afterwards."
        )


def _others() -> int:
    import psycopg

    disconnect()  # Django's pool holds more than the one connection that it uses
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        ).fetchone()
    return int(row[0]) if row else 0
