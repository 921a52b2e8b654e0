"""The services above this floor that know an answer to a question asked here; they say so when they start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

Ask = TypeVar("Ask", bound=Callable[..., Any])


class Services(Generic[Ask]):
    """Those who are asked, in the order in which they came."""

    def __init__(self) -> None:
        self._asked: list[Ask] = []

    def add(self, ask: Ask) -> None:
        """Ask this service, too; told again it is asked once."""
        if ask not in self._asked:
            self._asked.append(ask)

    def __iter__(self) -> Iterator[Ask]:
        return iter(self._asked)
