"""The shape of a table of verdicts, whichever executor made it."""

import pyarrow as pa

from jinxiu.standards.verdict import VERDICT_COLUMNS

_ARROW_TYPES = {"text": pa.string(), "date": pa.date32(), "int32": pa.int32()}
VERDICT_SCHEMA = pa.schema([pa.field(name, _ARROW_TYPES[kind], nullable) for name, kind, nullable in VERDICT_COLUMNS])
