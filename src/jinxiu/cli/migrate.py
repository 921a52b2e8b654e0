"""`./jinxiu migrate`: the database's tables as this version of Jinxiu needs them."""

import argparse

from jinxiu.cli.environment import database, prepare_database, say
from jinxiu.cli.options import add_data

_HELP = """\
Bring the database's tables up to date; does nothing when they are. `serve`, `demo`, `import` and `evaluate` do this by
themselves: run it alone where pages stay up while you upgrade, or to prepare an empty server.

  ./jinxiu migrate
  DATABASE_URL='postgres://jinxiu@db.example.org/jinxiu?sslmode=verify-full' ./jinxiu migrate

Exit codes: 0 done, 2 DATABASE_URL cannot be read, 1 the server cannot be reached or a fault of ours."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's words to the parser."""
    parser = commands.add_parser("migrate", help="bring the database's tables up to date", description=_HELP)
    add_data(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Migrate, and say so."""
    with database(args):
        prepare_database()
    say("The tables are up to date.")
    return 0
