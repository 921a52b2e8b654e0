"""How long things are kept: read from retention.yaml, where each has its source. Pure functions."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from jinxiu.standards.days import months_after

_FILE = Path(__file__).with_name("retention.yaml")


@dataclass(frozen=True)
class Retention:
    """What is kept for how many months at least, counted from what, by which law; texts by language (zh, en)."""

    code: str
    title: dict[str, str]
    counted_from: dict[str, str]
    law_months: int
    months: int
    source: dict[str, str]

    def free_on(self, counted_from: date) -> date:
        """The first day on which it need not be kept any more."""
        return months_after(counted_from, self.months)


def retentions(path: Path = _FILE) -> list[Retention]:
    """All of them, in the file's order. Raises ValueError where one is kept for a shorter time than the law asks."""
    entries: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    found = [Retention(code=code, **entry) for code, entry in entries.items()]
    for one in found:
        if one.months < one.law_months:
            raise ValueError(
                f"{path.name}: {one.code} is kept for {one.months} months; the law asks for {one.law_months}, "
                "so write that number or a larger one."
            )
    return found
