"""What Spark's SQL says otherwise than DuckDB's and PostgreSQL's: the same expressions, other words for a few."""

from __future__ import annotations

from typing import Any

import ibis.expr.datatypes as dt
import sqlglot as sg
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.pyspark import PySparkCompiler

# Java writes a double with digits too many before Java 19; Jackson, which Spark brings, writes the shortest.
_SHORTEST = "com.fasterxml.jackson.core.io.schubfach.DoubleToDecimal"
_EXACT = dt.Decimal(38, 20)  # holds every digit of a number between 1e7 and 1e12


class SparkCompiler(PySparkCompiler):
    """Ibis' own, where it says what Spark cannot do, or does in another type than Ibis believes."""

    __slots__ = ()

    def visit_Cast(self, op: Any, *, arg: Any, to: Any) -> Any:  # noqa: N802 - Ibis finds them by name
        """Numbers as text without a point too many: 1.0E-7 is 1e-7, 1.23456785E7 is 12345678.5."""
        if not (op.arg.dtype.is_floating() and to.is_string()):
            return super().visit_Cast(op, arg=arg, to=to)
        written = self.f.anon.reflect(_SHORTEST, "toString", arg)
        plain = self.f.anon.regexp_replace(self.cast(self.cast(written, _EXACT), dt.string), sge.convert("0+$"), "")
        small = self.f.lower(self.f.replace(written, ".0E", "E"))
        size = self.f.abs(arg)
        return sge.Case(
            ifs=[self.if_(arg.is_(sge.null()), sge.null()), self.if_(size >= 1e7, plain), self.if_(size < 1e-3, small)],
            default=written,
        )

    def visit_GroupConcat(self, op: Any, *, arg: Any, sep: Any, where: Any, order_by: Any) -> Any:  # noqa: N802
        """Texts joined in an order of columns that are never empty."""
        if where is not None or any(key.args["desc"] for key in order_by):
            raise NotImplementedError("on Spark texts are joined in a rising order, all of them")
        entry = self.f.struct(*(key.this for key in order_by), arg.as_("joined"))
        one = sg.to_identifier("one")
        text = sge.Lambda(this=sge.Dot(this=one, expression=sg.to_identifier("joined")), expressions=[one])
        in_order = self.f.array_sort(self.f.collect_list(entry))
        return self.f.array_join(self.f.transform(in_order, text), sep)

    def visit_WindowFunction(self, op: Any, *, func: Any, **window: Any) -> Any:  # noqa: N802
        """The type that Ibis believes in, for places in line too."""
        return self.cast(super().visit_WindowFunction(op, func=func, **window), op.dtype)

    def visit_RegexSearch(self, op: Any, *, arg: Any, pattern: Any) -> Any:  # noqa: N802
        """Java's $ stands before a line's end too, \\z only at the text's."""
        if isinstance(pattern, sge.Literal) and pattern.this.endswith("$"):
            pattern = sge.convert(pattern.this[:-1] + r"\z")
        return self.f.regexp_like(arg, pattern)


compiler = SparkCompiler()
