"""Rows whose number is one of many, sent to the database and fetched from it as one array.

Of a list of hundreds, each number would be a parameter of its own, and preparing the statement would take longer than
running it.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, BooleanField, F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast


class AnyOf(Func):
    """One of an array: `AnyOf(F(column), array)`. An array that the database makes itself is made once, before."""

    template = "(%(expressions)s))"
    arg_joiner = " = ANY ("
    output_field = BooleanField()


def among(column: str, ids: Iterable[int]) -> Q:
    """Those whose `column` is one of `ids`, as `column__in` says it too."""
    numbers = list(ids)
    if len(numbers) < 2:
        return Q(**{f"{column}__in": numbers})
    return in_array(column, f"{{{','.join(map(str, numbers))}}}")


def in_array(column: str, numbers: str) -> Q:
    """Those whose `column` is in an array as `numbers_of` fetches it."""
    return Q(AnyOf(F(column), Value(numbers, output_field=ArrayField(BigIntegerField()))))


def numbers_of(rows: QuerySet[Any], column: str) -> str:
    """The numbers in a column of these rows as the text of an array, such as {3,14}; in no order."""
    return rows.aggregate(numbers=Cast(ArrayAgg(column), TextField()))["numbers"] or "{}"
