"""A PostgreSQL session for the engine's tests: the throw-away server of the run, or the one that DATABASE_URL names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import psycopg
import pytest

from jinxiu.cli.postgres import Problem, embedded


@pytest.fixture(scope="session")
def postgres() -> Iterator[psycopg.Connection]:
    """An open session; the test is skipped in sight where there is no server to be had."""
    own = os.environ.get("JINXIU_TEST_CLUSTER")
    try:
        with (
            embedded(Path(own), throw_away=True) if own else nullcontext(os.environ["DATABASE_URL"]) as url,
            psycopg.connect(url, autocommit=True) as connection,
        ):
            yield connection
    except (Problem, psycopg.OperationalError) as error:
        pytest.skip(f"no PostgreSQL server: {error}")
