"""A small district of its own data directory, once for the tests of one module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import data_dir, jinxiu, new_data_dir

__all__ = ["data_dir"]


@pytest.fixture(scope="module")
def district() -> Iterator[Path]:
    """A district of 100 residents with accounts, judged."""
    with new_data_dir() as directory:
        done = jinxiu("demo", "--no-serve", "--residents", "100", "--data", directory, timeout=120)
        assert done.returncode == 0, done.stderr
        yield directory
