"""Anybody may send anything anywhere: no fault (5xx), and what was refused left nothing half-saved.

Addresses come from the configuration, the names of fields from the pages themselves (and a few that no page has), the
values from what breaks programs: nothing, too much, other scripts, dates that are none, numbers beyond every column.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jinxiu.people.roles import ROLES
from tests.access import district
from tests.access.district import District
from tests.access.test_table import _PARAMETER, routes
from tests.town import TODAY

# Rows that come with every request, whatever becomes of it.
_OF_EVERY_REQUEST = {"audit", "sessions", "usersessions"}
# HYPOTHESIS_PROFILE=long .venv/bin/pytest tests/fuzz
_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
_NAMES = re.compile(r'<(?:input|select|textarea)\b[^>]*\bname="([^"]+)"|[?&;]([a-z_]+)=')
_ALWAYS = ("q", "name", "team", "standard", "status", "street", "mine", "after", "form", "next", "page", "from", "to")
Fields = list[tuple[int, str]]  # (which name, by its place in a list of names that is not known yet; value)
# Leaving would change who asks: the next example would be nobody's.
_NOT_ASKED = ("/account/logout/",)

nasty = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "0",
            "-1",
            "1",
            "2026-02-30",
            "2026-11-25",
            "0001-01-01",
            "9999-12-31",
            "99999999999999999999",
            "1e400",
            "NaN",
            "120/80",
            "１２０",
            "%",
            "_",
            "\\",
            "'; --",
            "<script>",
            "{{ 1 }}",
            "../../etc",
            "https://elsewhere.example/",
            "\u0000",
            "🤔",
            "陈志强",
            "clinic",
            "hypertension",
            "diabetes",
            "on",
            "true",
            "一" * 3000,
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.integers(-(10**30), 10**30).map(str),
    st.floats().map(str),
    st.dates().map(str),
)


@pytest.fixture
def everybody(db: None, monkeypatch: pytest.MonkeyPatch) -> District:
    """The district on the town's day, quietly: refusals are what is asked for."""
    monkeypatch.setenv("JINXIU_TODAY", TODAY.isoformat())
    monkeypatch.setattr(logging.getLogger("django.request"), "disabled", True)
    return district.build()


@cache
def counting() -> str:
    """One statement that counts the rows of each table of ours."""
    models = [model for model in apps.get_models() if model._meta.app_label not in _OF_EVERY_REQUEST]
    tables = sorted(model._meta.db_table for model in models)
    return " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in tables)


def counts() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(counting())
        return dict(cursor.fetchall())


def signed_in(everybody: District, role: str) -> Client:
    """The browser of somebody in the role, or of nobody."""
    browser = Client()
    if role != "nobody":
        everybody.users[role].refresh_from_db()
        browser.force_login(everybody.users[role])
    return browser


def address(everybody: District, route: str, whose: str, number: int | None) -> str:
    """The route with ids that exist, or with a number that is nobody's."""

    def value(match: re.Match[str]) -> str:
        known = district.PARAMETERS.get(match[1])
        return str(known(everybody, whose)) if known and number is None else str(number or 0)

    return _PARAMETER.sub(value, route)


def names_on(response: Any) -> list[str]:
    """The names of the fields of a page and of the parameters in its links, and some that every page may get."""
    page = "" if response.streaming else response.content.decode(errors="replace")
    return sorted({*_ALWAYS, *(match[1] or match[2] for match in _NAMES.finditer(page))} - {"csrfmiddlewaretoken"})


def fields(names: Sequence[str], drawn: Fields) -> dict[str, list[str]]:
    """Values for fields; one that is drawn twice is sent twice."""
    found: dict[str, list[str]] = {}
    for place, value in drawn:
        found.setdefault(names[place % len(names)], []).append(value)
    return found


drawn_fields = st.lists(st.tuples(st.integers(0, 200), nasty), max_size=8)


@settings(
    max_examples=5000 if _LONG else 60,
    derandomize=not _LONG,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    role=st.sampled_from(["nobody", *ROLES]),
    place=st.integers(0, 1000),
    whose=st.sampled_from(district.WHOSE),
    number=st.none() | st.none() | st.none() | st.integers(0, 10**25),
    asked=drawn_fields,
    sent=drawn_fields,
    by_htmx=st.booleans(),
)
def test_nothing_that_is_sent_is_a_fault(
    everybody: District,
    role: str,
    place: int,
    whose: str,
    number: int | None,
    asked: Fields,
    sent: Fields,
    by_htmx: bool,
) -> None:
    known = [route for route in routes() if route not in _NOT_ASKED]
    with transaction.atomic():
        browser = signed_in(everybody, role)
        path = address(everybody, known[place % len(known)], whose, number)
        before = counts()
        page = browser.get(path, fields(_ALWAYS, asked))
        assert page.status_code < 500
        assert counts() == before, "looking changes nothing"
        answer = browser.post(path, fields(names_on(page), sent), headers={"hx-request": "true"} if by_htmx else {})
        assert answer.status_code < 500
        if answer.status_code >= 400:
            assert counts() == before, "refused and yet something was saved"
        transaction.set_rollback(True)
