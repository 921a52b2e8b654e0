"""Signing in as a resident: guessed, late, used and other people's codes; strangers; limits; two browsers."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from jinxiu.audit.models import AuditEntry
from jinxiu.config import errors
from jinxiu.messaging.models import Message
from jinxiu.people import clock
from jinxiu.people.models import ContactPoint, User
from jinxiu.portal import access, actions, rules, signing_in
from jinxiu.portal.models import ResidentSession, SignIn
from tests.messaging.folk import Folk, folk
from tests.messaging.queue import carry_out
from tests.portal.residents import ask, home_of, last_code, numbers, sign_in

__all__ = ["folk"]

CODE = "/my/code/"


@pytest.fixture(autouse=True)
def _inbox(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.JINXIU_INBOX = True
    monkeypatch.setattr(signing_in, "_WRONG_TAKES", 0.0)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> list[timedelta]:
    """Append to it, and it is so much later."""
    by: list[timedelta] = []
    real = clock.true_now
    monkeypatch.setattr(clock, "true_now", lambda: real() + sum(by, timedelta()))
    return by


def phone() -> Client:
    return Client(headers={"accept-language": "en"})


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_a_resident_signs_in_and_sees_the_own_page(folk: Folk) -> None:
    client = sign_in("li")
    cookie = client.cookies[access.COOKIE]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/my/", True, "Lax")
    assert client.get("/my/").headers["Location"] == home_of(folk.li)
    page = client.get(home_of(folk.li))
    assert "李秀兰" in page.content.decode()
    assert 'href="tel:120"' in page.content.decode()
    assert page.headers["Cache-Control"] == "private, no-store"
    assert AuditEntry.objects.filter(action="resident.opened", person_id=folk.li.pk, purpose="own pages").count() == 1


def test_a_code_works_once(folk: Folk) -> None:
    client, again = phone(), phone()
    ask(client, "li")
    code = last_code()
    again.cookies["jinxiu_resident_try"] = client.cookies["jinxiu_resident_try"].value
    assert client.post(CODE, {"code": code}).status_code == 302
    assert again.post(CODE, {"code": code}).status_code == 400
    assert ResidentSession.objects.count() == 1


def test_a_code_works_in_the_browser_that_asked_only(folk: Folk) -> None:
    mine, other = phone(), phone()
    ask(mine, "li")
    code = last_code()
    assert other.post(CODE, {"code": code}).headers["Location"] == "/my/sign-in/"
    ask(other, "wu")
    assert other.post(CODE, {"code": code}).status_code == 400
    assert mine.post(CODE, {"code": code}).status_code == 302


def test_five_guesses_end_a_code(folk: Folk) -> None:
    client = phone()
    ask(client, "li")
    code = last_code()
    for _ in range(rules.TRIES):
        assert client.post(CODE, {"code": wrong(code)}).status_code == 400
    assert client.post(CODE, {"code": code}).status_code == 400
    assert AuditEntry.objects.filter(action="resident.wrong_code", person_id=folk.li.pk).count() == 6


def test_a_code_that_is_late_is_none(folk: Folk, later: list[timedelta]) -> None:
    client = phone()
    ask(client, "li")
    code = last_code()
    later.append(rules.CODE_LASTS)
    assert client.post(CODE, {"code": code}).status_code == 400


@pytest.mark.parametrize(
    "typed",
    [
        {"phone": "13800000000"},  # nobody's phone
        {"phone": "13812341147"},  # somebody else's
        {"number": "110101195001010011"},  # nobody's document
    ],
)
def test_a_stranger_gets_the_same_answers_and_no_code(folk: Folk, typed: dict[str, str]) -> None:
    known, stranger = phone(), phone()
    asked = [ask(known, "li"), ask(stranger, "li", **typed)]
    assert len({(one.status_code, one.headers["Location"]) for one in asked}) == 1
    pages = [re.sub(r'value="[^"]{60,}"', "", client.get(CODE).content.decode()) for client in (known, stranger)]
    assert pages[0] == pages[1]
    answers = [client.post(CODE, {"code": "12345x"}) for client in (known, stranger)]
    assert len({re.sub(r'value="[^"]{60,}"', "", one.content.decode()) for one in answers}) == 1
    assert Message.objects.count() == 1


def test_before_the_worker_looks_nothing_tells_them_apart(folk: Folk) -> None:
    """The page asks the database the same for everybody; what differs happens in another process."""
    asked = []
    for typed in (numbers("wu"), numbers("li"), numbers("li") | {"phone": "13800000000"}):
        with CaptureQueriesContext(connection) as queries:
            phone().post("/my/sign-in/", typed)
        asked.append([re.sub(r"'[^']*'|\\d+", "?", one["sql"]) for one in queries if "SAVEPOINT" not in one["sql"]])
    assert asked[1] == asked[2], "the first one fills the cache"
    rows = SignIn.objects.order_by("pk")
    assert [(row.person_id, row.code_hash) for row in rows] == [(None, None)] * 3


def test_a_relatives_number_a_child_and_the_dead_get_no_code(folk: Folk) -> None:
    ContactPoint.objects.filter(person=folk.li).update(use="relative")
    folk.chen.died_on = folk.wu.birth_date = None
    ask(phone(), "li")
    type(folk.wu).objects.filter(pk=folk.wu.pk).update(birth_date="2015-01-01")
    ask(phone(), "wu")
    type(folk.chen).objects.filter(pk=folk.chen.pk).update(died_on="2026-11-20")
    ask(phone(), "chen")
    assert not Message.objects.exists()


def test_too_many_codes_are_refused_in_the_same_words_for_all(folk: Folk, later: list[timedelta]) -> None:
    for typed in ({}, {"phone": "13800000000"}):
        answers = [ask(phone(), "li", **typed).status_code for _ in range(rules.FOR_BOTH + 1)]
        assert answers == [302] * rules.FOR_BOTH + [400]
    assert Message.objects.count() == rules.FOR_BOTH
    later.append(rules.AN_HOUR)
    assert ask(phone(), "li").status_code == 302


def test_what_is_no_phone_is_said(folk: Folk) -> None:
    page = phone().post("/my/sign-in/", {"phone": "12", "number": "1"})
    assert page.status_code == 400
    assert "5 to 15 digits" in page.content.decode()


def test_a_sign_in_ends_by_itself_and_by_signing_out(folk: Folk, later: list[timedelta]) -> None:
    client, other = sign_in("li"), sign_in("li")
    later.append(timedelta(minutes=59))
    assert client.get(home_of(folk.li)).status_code == 200
    later.append(timedelta(minutes=59))
    assert client.get(home_of(folk.li)).status_code == 200
    assert other.get(home_of(folk.li)).headers["Location"].startswith("/my/sign-in/?next=%2Fmy%2F")
    third = sign_in("li")
    key = client.cookies[access.COOKIE].value
    third.post("/my/sign-out/", {"everywhere": "1"})
    client.cookies[access.COOKIE] = key
    assert client.get(home_of(folk.li)).status_code == 302
    assert ResidentSession.objects.filter(ended_at__isnull=True).count() == 0


def test_residents_and_staff_are_apart(folk: Folk) -> None:
    """A nurse is nobody on the residents' pages, a resident nobody on those of staff."""
    resident, nurse = sign_in("li"), phone()
    nurse.force_login(User.objects.get(pk=folk.zhao.user_id))
    assert nurse.get(home_of(folk.li)).headers["Location"].startswith("/my/sign-in/")
    assert resident.get(reverse("person", args=[folk.li.pk])).headers["Location"].startswith("/account/login/")
    assert resident.get("/").status_code == 302
    both = sign_in("li", nurse)
    assert both.get(reverse("person", args=[folk.li.pk])).status_code == 200
    both.post("/my/sign-out/")
    assert both.get(reverse("person", args=[folk.li.pk])).status_code == 200


def test_somebody_elses_number_is_not_found_and_written_down(folk: Folk) -> None:
    client = sign_in("li")
    for other in (folk.chen.pk, 999_999):
        assert client.get(reverse("my-home", args=[other])).status_code == 404
    assert AuditEntry.objects.filter(action="resident.refused").count() == 2


def test_what_goes_wrong_leads_residents_to_their_own_pages(folk: Folk, rf) -> None:
    stale = Client(enforce_csrf_checks=True).post(reverse("my-sign-in"), numbers("chen"))
    for status, answer in (
        (403, stale),
        (404, Client().get("/my/nothing-of-the-kind/")),
        (400, errors.bad_request(rf.get("/my/"))),
        (500, errors.fault(rf.get("/my/"))),
    ):
        page = answer.content.decode()
        assert answer.status_code == status
        assert 'href="/my/"' in page, status
        assert 'href="tel:120"' in page, status
        assert 'href="/"' not in page, "that is the sign-in of staff"
    assert 'href="/"' in errors.fault(rf.get("/people/")).content.decode()


def test_one_comes_back_to_where_one_wanted_and_nowhere_else(folk: Folk) -> None:
    for wanted, comes_to in (
        (home_of(folk.li), home_of(folk.li)),
        ("//evil.example/my/", "/my/"),
        ("/people/", "/my/"),
    ):
        client = phone()
        ask(client, "li", next=wanted)
        assert client.post(CODE, {"code": last_code()}).headers["Location"] == comes_to


def test_the_code_is_kept_nowhere_readable(folk: Folk) -> None:
    client = phone()
    client.post("/my/sign-in/", numbers("li"))
    carry_out()
    code, row = last_code(), SignIn.objects.values().get()
    assert code not in str(row)
    assert numbers("li")["phone"] not in str(row)


def test_what_is_of_no_use_is_deleted(folk: Folk) -> None:
    sign_in("li")
    actions.forget(now=clock.true_now() + timedelta(hours=25))
    assert not SignIn.objects.exists()
    actions.forget(now=clock.true_now() + timedelta(days=2))
    assert not ResidentSession.objects.exists()


@pytest.mark.parametrize(
    ("begun", "seen", "over"),
    [(0, 0, False), (59, 59, False), (60, 60, True), (719, 0, False), (720, 0, True)],  # minutes ago
)
def test_when_a_sign_in_is_over(begun: int, seen: int, over: bool) -> None:
    now = datetime(2026, 11, 25, 12, tzinfo=clock.SHANGHAI)
    started_at, seen_at = now - timedelta(minutes=begun), now - timedelta(minutes=seen)
    assert rules.is_over(started_at=started_at, seen_at=seen_at, idle=timedelta(minutes=60), now=now) is over
