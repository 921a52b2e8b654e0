"""Facts as tables: read from a directory or handed over as Arrow, checked against the contract, and lent to engines.

Nothing here loops over rows in Python to read or to check: DuckDB looks at whole columns. CSV is read into Arrow; a
Parquet file stays on disk and is scanned where it lies, as often as a question needs it.
"""

from jinxiu.standards.facts.problems import FactsError, More, Problem
from jinxiu.standards.facts.tables import Facts, facts_from, read_facts

__all__ = ["Facts", "FactsError", "More", "Problem", "facts_from", "read_facts"]
