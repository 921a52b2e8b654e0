"""Every form of a page, filled in as somebody would, something else in a few fields: no fault, nothing half-saved.

`test_routes` sends anything anywhere; this gets further into the house.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jinxiu.people.roles import ROLES
from tests.access import district
from tests.access.district import District
from tests.access.test_table import routes
from tests.fuzz.test_routes import _NOT_ASKED, address, counts, everybody, nasty, signed_in
from tests.town import TODAY

__all__ = ["everybody"]

_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
# What somebody would type, by the type of a field that is empty.
_TYPED = {"date": TODAY.isoformat(), "number": "120", "tel": "13812340000", "email": "a@example.com", "text": "甲乙丙"}


@dataclass
class Form:
    """A form of a page that is sent by POST: where to, and what stands in it."""

    action: str
    values: dict[str, list[str]] = field(default_factory=dict)


class _Reader(HTMLParser):
    """Reads the forms of a page as a browser would send them, its empty fields filled in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = self._textarea = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, a field, an option."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", "")) if given.get("method", "").lower() == "post" else None
            self.forms += [self._form] if self._form else []
        elif self._form is None:
            return
        elif tag == "option" and self._select:
            if "selected" in dict(attrs) or not any(self._form.values.get(self._select, [])):
                self._form.values[self._select] = [given.get("value", "")]
        elif name := given.get("name"):
            self._select = name if tag == "select" else ""
            self._textarea = name if tag == "textarea" else ""
            self._note(tag, name, given, is_checked="checked" in dict(attrs))

    def _note(self, tag: str, name: str, given: dict[str, str], *, is_checked: bool) -> None:
        assert self._form is not None
        kind = given.get("type", "text") if tag in ("input", "button") else tag
        values = self._form.values.setdefault(name, [])
        if kind == "checkbox":
            values += [given.get("value", "on")] if is_checked else []
        elif kind == "radio":
            if is_checked or not values:  # somebody chooses one
                values[:] = [given.get("value", "on")]
        elif kind == "file":
            del self._form.values[name]
        elif tag != "select":
            values.append(given.get("value") or ("" if kind == "hidden" else _TYPED.get(kind, "甲乙丙")))

    def handle_data(self, data: str) -> None:
        """What stands in a text area takes the place of what somebody would type."""
        if self._form and self._textarea and data.strip():
            self._form.values[self._textarea] = [data]

    def handle_endtag(self, tag: str) -> None:
        """Note the end of a form or a field."""
        if tag == "form":
            self._form = None
        elif tag in ("select", "textarea"):
            self._select = self._textarea = ""


def forms_of(page: str) -> Iterator[Form]:
    """The forms of a page, but those of every page: the language, signing out."""
    for form in _Reader(page).forms:
        form.values.pop("csrfmiddlewaretoken", None)
        if form.action not in ("/i18n/setlang/", *_NOT_ASKED):
            yield form


@settings(
    max_examples=3000 if _LONG else 20,
    derandomize=not _LONG,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    role=st.sampled_from(sorted(ROLES)),
    place=st.integers(0, 1000),
    whose=st.sampled_from(district.WHOSE),
    which=st.integers(0, 20),
    changed=st.lists(st.tuples(st.integers(0, 200), nasty), max_size=3),
)
def test_a_form_with_something_else_in_it_is_no_fault(
    everybody: District, role: str, place: int, whose: str, which: int, changed: list[tuple[int, str]]
) -> None:
    known = [route for route in routes() if route not in _NOT_ASKED]
    with transaction.atomic():
        browser = signed_in(everybody, role)
        path = address(everybody, known[place % len(known)], whose, None)
        page = browser.get(path)
        assert page.status_code < 500
        forms = [] if page.streaming else list(forms_of(page.content.decode(errors="replace")))
        if forms:
            form, before = forms[which % len(forms)], counts()
            names = sorted(form.values)
            for number, value in changed if names else ():
                form.values[names[number % len(names)]] = [value]
            answer = browser.post(urlsplit(form.action)._replace(scheme="", netloc="").geturl() or path, form.values)
            assert answer.status_code < 500
            if answer.status_code >= 400:
                assert counts() == before, "refused and yet something was saved"
        transaction.set_rollback(True)
