"""What is wrong with a set of facts, said so that whoever made the files can put it right."""

from __future__ import annotations

from dataclasses import dataclass

EXAMPLES = 20  # of one kind; the rest is counted


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to put right. `row` counts from 1 without the header; None when it is about a whole file or column."""

    table: str
    allowed: str
    remedy: str
    row: int | None = None
    column: str | None = None
    value: str | None = None

    def __str__(self) -> str:
        where = self.table + (f", row {self.row}" if self.row else "") + (f", {self.column}" if self.column else "")
        found = "" if self.row is None else f"found {_shown(self.value)}; "
        return f"{where}: {found}{self.allowed}. {self.remedy}"


@dataclass(frozen=True, slots=True)
class More:
    """How many further rows have the same problem as the examples before it."""

    table: str
    column: str
    count: int

    def __str__(self) -> str:
        return f"{self.table}, {self.column}: {self.count} more rows like these."


class FactsError(ValueError):
    """The facts cannot be used; `problems` says why, one sentence each."""

    def __init__(self, problems: list[Problem | More]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


def _shown(value: str | None) -> str:
    return "nothing" if value is None else f"“{value[:60]}”"
