"""Every address × every role × whose person, compared with `table.txt`, which is written to be read by a reviewer.

Words of the table: ok (the page, or a redirect to one) · invalid (400: allowed, but what was sent is not) ·
sign-in · forbidden (403: the role does not include it) · not-found (404: nothing there that this viewer may know of) ·
no-method (405). A method that no role may use has no row. Requests carry no form values: `ok` under POST means that the
door is open, not that something was saved.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from jinxiu.people.roles import ROLES
from tests.access import district
from tests.access.district import ABOUT_A_PERSON, PARAMETERS, WHOSE, District
from tests.town import TODAY

TABLE = Path(__file__).parent / "table.txt"
COLUMNS = ("nobody", *ROLES)
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_WORDS = {200: "ok", 204: "ok", 400: "invalid", 403: "forbidden", 404: "not-found", 405: "no-method"}

Key = tuple[str, str, str]  # route, method, whose person ("-" where the address names none)
Rows = dict[Key, dict[str, str]]


@pytest.fixture
def everybody(db: None, monkeypatch: pytest.MonkeyPatch) -> District:
    """The district on the town's day."""
    monkeypatch.setenv("JINXIU_TODAY", TODAY.isoformat())
    # Nearly every refusal would write a line that nobody reads.
    monkeypatch.setattr(logging.getLogger("django.request"), "disabled", True)
    # The client keeps a copy of what each template was given, for tests that ask for it.
    monkeypatch.setattr("django.test.client.store_rendered_templates", lambda *_a, **_k: None)
    return district.build()


def routes() -> list[str]:
    """Every address of the configuration as it is written there, with its leading slash."""

    def walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[str]:
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, route)
            else:
                yield route

    return sorted(set(walk(get_resolver().url_patterns, "/")))


def keys_of(route: str) -> list[Key]:
    """The rows that a route has in the table."""
    about_a_person = ABOUT_A_PERSON & set(_PARAMETER.findall(route))
    return [(route, method, whose) for whose in (WHOSE if about_a_person else ("-",)) for method in ("GET", "POST")]


def read_table() -> tuple[list[str], Rows]:
    """The columns and the rows of the table."""
    lines = [line.split() for line in TABLE.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    columns = lines[0][3:]
    return columns, {(row[0], row[1], row[2]): dict(zip(columns, row[3:], strict=True)) for row in lines[1:]}


def written(rows: Rows) -> str:
    """Rows as they stand in the table, in columns."""
    cells = [["route", "method", "whose", *COLUMNS]]
    cells += [[*key, *(answers[column] for column in COLUMNS)] for key, answers in rows.items()]
    widths = [max(len(row[place]) for row in cells) for place in range(len(cells[0]))]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n" for row in cells
    )


def signed_in(everybody: District, column: str) -> Client:
    """A client of somebody with the role; of nobody for the column of that name."""
    client = Client(raise_request_exception=False)
    if column != "nobody":
        client.force_login(everybody.users[column])
    return client


def answer(everybody: District, key: Key, column: str, client: Client) -> str:
    """What the role gets, as a word of the table; whatever the request did is undone."""
    route, method, whose = key
    cookies = deepcopy(client.cookies)
    with transaction.atomic():
        address = _PARAMETER.sub(lambda name: str(PARAMETERS[name[1]](everybody, whose)), route)
        response = client.generic(method, address, content_type="application/x-www-form-urlencoded")
        transaction.set_rollback(True)
    client.cookies = cookies
    if response.status_code in (301, 302, 303):
        place = response.headers["Location"]
        return "sign-in" if column == "nobody" and place.startswith("/account/login/") else "ok"
    return _WORDS.get(response.status_code, str(response.status_code))


def test_the_table_has_every_route_and_no_other() -> None:
    _columns, table = read_table()
    listed = {(route, whose) for route, _method, whose in table}
    missing = {(route, whose) for route in routes() for _route, _method, whose in keys_of(route)} - listed
    for route in sorted({route for route, _whose in missing}):
        unknown = set(_PARAMETER.findall(route)) - set(PARAMETERS)
        assert not unknown, (
            f"{route} takes {', '.join(sorted(unknown))}: say in PARAMETERS of tests/access/district.py what it stands "
            "for, then add the route's rows to tests/access/table.txt."
        )
    assert not missing, (
        "These addresses are not in tests/access/table.txt. Add their rows with what every role may get "
        "(test_every_answer prints what they get now; judge it, do not just paste it):\n"
        + "\n".join("  ".join(one) for one in sorted(missing))
    )
    gone = {key[0] for key in table} - set(routes())
    assert not gone, f"tests/access/table.txt names addresses that are gone; take them out: {sorted(gone)}"


def test_the_table_has_every_role() -> None:
    columns, _rows = read_table()
    assert tuple(columns) == COLUMNS, "tests/access/table.txt needs one column for each role, in the order of ROLES"


def part(route: str) -> str:
    """The first word of an address: one's own part of the table is run with `-k`."""
    return route.strip("/").split("/")[0] or "home"


@pytest.mark.parametrize("of", sorted({part(route) for route in routes()}))
def test_every_answer_is_the_one_in_the_table(everybody: District, of: str) -> None:
    _columns, table = read_table()
    clients = {column: signed_in(everybody, column) for column in COLUMNS}
    found: Rows = {}
    for route in routes():
        if part(route) == of and set(_PARAMETER.findall(route)) <= set(PARAMETERS):
            found |= answers_of(everybody, route, clients)
    differing = {key: answers for key, answers in found.items() if table.get(key) != answers}
    shut = sorted(key for key in table if part(key[0]) == of and key not in found)
    as_written = not differing and not shut
    assert as_written, (
        "These answers differ from tests/access/table.txt. Where the table is right, mend the page; where the page is "
        f"right, change the row:\n{written(differing)}\nNo longer open to anybody: {shut}"
    )


def answers_of(everybody: District, route: str, clients: Mapping[str, Client]) -> Rows:
    """The rows of one route as they are now, without the methods that it refuses to everybody."""
    rows = {
        key: {column: answer(everybody, key, column, client) for column, client in clients.items()}
        for key in keys_of(route)
    }
    return {key: answers for key, answers in rows.items() if set(answers.values()) - {"sign-in", "no-method"}}


def test_no_answer_is_a_fault() -> None:
    _columns, table = read_table()
    assert {word for answers in table.values() for word in answers.values()} <= {*_WORDS.values(), "sign-in"}
