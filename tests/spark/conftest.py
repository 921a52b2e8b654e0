"""The tests of the engine on Apache Spark have a command of their own, `./jinxiu test --spark`: they need Java."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.spark.cluster import cluster

collect_ignore_glob = [] if os.environ.get("JINXIU_TEST_SPARK") else ["test_*.py"]


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A session in a cluster with two workers."""
    with cluster() as session:
        yield session
