"""What an import did, in numbers and sentences. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

MOST_REFUSED_LISTED = 1000
"""Refused lines are all counted; the first thousand are listed, so that a wrong file cannot fill the memory."""
MOST_KEPT_DETAILS = 20_000

REASONS = {
    "type": "resource type that is not read",
    "code": "code that no map file knows",
    "status": "status that says it did not happen or was taken back",
    "unit": "unit that is missing or not known for this measurement",
    "range": "value that cannot be true",
    "value": "value that is no number",
    "date": "date that is missing or not to the day",
    "subject": "not about a patient",
    "element": "element that nobody reads",
    "number": "number of a person that cannot be right",
    "identifier": "number that already names another person",
    "death": "death that is recorded here and not in the file; it stays",
}


@dataclass(frozen=True, slots=True, order=True)
class Refused:
    """A line that did not go in (or went in without a link): where, which element, what was found, what is allowed."""

    file: str
    line: int
    element: str
    found: str
    allowed: str
    without_link: bool = False

    def __str__(self) -> str:
        sentence = f"{self.file} line {self.line}: {self.element}: found {self.found}; allowed: {self.allowed}."
        return sentence + (" The line goes in without this link." if self.without_link else "")


@dataclass(slots=True)
class TypeCounts:
    """How the resources of one type fared. `kept` counts those of which at least a part was not understood."""

    new: int = 0
    unchanged: int = 0
    changed: int = 0
    kept: int = 0
    refused: int = 0

    @property
    def read(self) -> int:
        """All that were read."""
        return self.new + self.unchanged + self.changed + self.refused


@dataclass(slots=True)
class ImportReport:
    """The result of one import. `applied` is False when bad lines stopped it: then nothing has changed."""

    source: str = ""
    files: list[str] = field(default_factory=list)
    types: dict[str, TypeCounts] = field(default_factory=dict)
    kept: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    refused: list[Refused] = field(default_factory=list)
    refused_count: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    applied: bool = False

    def of(self, resource_type: str) -> TypeCounts:
        """Return the counts of a type, new ones when it is the first of its type."""
        return self.types.setdefault(resource_type, TypeCounts())

    def refuse(self, refused: Refused, resource_type: str = "") -> None:
        """Count a refused line, and list it while the list is short."""
        self.refused_count += 1
        if not refused.without_link:
            self.of(resource_type or "unknown").refused += 1
        if len(self.refused) < MOST_REFUSED_LISTED:
            self.refused.append(refused)

    def keep(self, resource_type: str, reason: str, detail: str) -> None:
        """Count something that stays as it came; details beyond a limit are added up under one name."""
        key = (resource_type, reason, detail)
        if key not in self.kept and len(self.kept) >= MOST_KEPT_DETAILS:
            key = (resource_type, reason, "others")
        self.kept[key] += 1

    def kept_by_reason(self) -> dict[tuple[str, str], int]:
        """Return how often each reason was met, by resource type and reason, most frequent first."""
        total: Counter[tuple[str, str]] = Counter()
        for (resource_type, reason, _), count in self.kept.items():
            total[resource_type, reason] += count
        return dict(total.most_common())

    @property
    def resources(self) -> int:
        """All resources that were read."""
        return sum(counts.read for counts in self.types.values())

    @property
    def changed_anything(self) -> bool:
        """False when the same import was there before."""
        return any(counts.new or counts.changed for counts in self.types.values())

    def as_json(self) -> dict[str, object]:
        """Return the report as plain values, for the run's record."""
        return {
            "source": self.source,
            "files": self.files,
            "types": {
                name: {
                    "new": c.new,
                    "unchanged": c.unchanged,
                    "changed": c.changed,
                    "kept": c.kept,
                    "refused": c.refused,
                }
                for name, c in sorted(self.types.items())
            },
            "kept": [[*key, count] for key, count in self.kept.most_common(500)],
            "refused": [str(refused) for refused in self.refused[:100]],
            "refused_count": self.refused_count,
            "rows": self.rows,
            "seconds": round(self.seconds, 3),
        }
