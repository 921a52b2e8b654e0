"""The hospital without an account: code and birth date, wrong ones, what it says, and that nothing else is told."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jinxiu.audit.models import AuditEntry
from jinxiu.people import clock
from jinxiu.people.restricting.actions import restrict
from jinxiu.referrals import actions, public, queries, rules
from jinxiu.referrals.models import Referral, ReferralCode
from jinxiu.referrals.paper import qr_svg
from tests.referrals.test_referrals import due, go, sent
from tests.register.test_registering import as_
from tests.town import TODAY, Town

BORN = {"birth_date": "1960-09-30"}  # Wu
SAME = "Code and birth date do not fit"


@pytest.fixture(autouse=True)
def _fresh_limits(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr(public, "_WRONG_TAKES", 0.0)


def hospital() -> Client:
    browser = Client()
    browser.cookies["jinxiu_language"] = "en"
    return browser


def address_of(row: Referral) -> str:
    return f"/r/{queries.code_of(row, TODAY)}/"


def test_code_and_birth_date_open_the_letter_and_take_the_answer(town: Town) -> None:
    row, browser = sent(town, town.wu), hospital()
    address = address_of(row)
    shut = browser.get(address)
    assert "吴建军" not in shut.content.decode()
    assert "no-store" in shut.headers["Cache-Control"]
    assert shut.headers["X-Robots-Tag"] == "noindex, nofollow"
    letter = browser.post(address, BORN, follow=True).content.decode()
    assert "吴建军 · 66 years, male" in letter
    assert "152/92 twice" in letter
    assert "1960" not in letter
    assert (
        "say your name"
        in browser.post(f"{address}say/", {"to": "arrived", "token": uuid4()}, follow=True).content.decode()
    )
    arrived = {"to": "arrived", "token": uuid4(), "author": "高护士"}
    for _twice in range(2):
        assert "Thank you" in browser.post(f"{address}say/", arrived, follow=True).content.decode()
    assert due(town.wu) == {"result"}
    told = {"seen_on": TODAY, "diagnosis": "高血压2级", "plan": "复查", "author": "高主任", "token": uuid4()}
    assert "in the future" in browser.post(f"{address}answer/", told | {"seen_on": "2026-12-24"}).content.decode()
    for _twice in range(2):
        assert "高血压2级" in browser.post(f"{address}answer/", told, follow=True).content.decode()
    browser.post(f"{address}answer/", told | {"diagnosis": "肾性高血压", "token": uuid4()})
    assert [one.channel for one in row.answers.all()] == ["code", "code"]
    assert [one.author for one in row.steps.order_by("pk")] == ["", "", "高护士", "高主任", "高主任"]
    assert (
        "高主任 (hospital, by the code)"
        in as_(town.zhao).get(f"/people/{town.wu.pk}/referrals/{row.pk}/").content.decode()
    )
    lines = AuditEntry.objects.filter(person_id=town.wu.pk, actor_name="hospital by code")
    assert {"referral.code_opened", "referral.step", "referral.answered"} <= set(lines.values_list("action", flat=True))
    assert not lines.filter(actor_id__isnull=False).exists()


def test_what_the_hospital_may_not_do_it_cannot(town: Town) -> None:
    row, browser = sent(town, town.wu), hospital()
    address = address_of(row)
    for path in ("say/", "answer/"):  # before the birth date nothing is taken
        browser.post(f"{address}{path}", {"to": "arrived", "token": uuid4(), "author": "x"})
    browser.post(address, BORN)
    for to in ("closed", "cancelled", "taken", "sent"):
        browser.post(f"{address}say/", {"to": to, "token": uuid4(), "author": "x", "note": "y"})
    assert (
        "why"
        in browser.post(
            f"{address}say/", {"to": "refused", "token": uuid4(), "author": "x"}, follow=True
        ).content.decode()
    )
    row.refresh_from_db()
    assert row.state == rules.SENT


def test_wrong_old_shut_and_never_made_are_answered_alike(town: Town) -> None:
    row, wrong = sent(town, town.wu), {"birth_date": "1960-09-29"}
    address, browser = address_of(row), hospital()

    def answer(path: str, said: dict[str, str] = BORN) -> str:
        page = browser.post(path, said)
        assert page.status_code == 200
        return page.content.decode()

    assert SAME in answer("/r/nobodys-code/")
    for _try in range(rules.LOCK_AT):
        assert SAME in answer(address, wrong)
    assert SAME in answer(address), "shut for an hour, also for the right birth date"
    assert AuditEntry.objects.filter(action="referral.code_refused", person_id=town.wu.pk).count() == rules.LOCK_AT
    code = ReferralCode.objects.get(referral=row)
    later = clock.now() - timedelta(minutes=1)
    ReferralCode.objects.update(locked_until=later, failures=rules.REVOKE_AT - 1)
    assert SAME in answer(address, wrong)
    code.refresh_from_db()
    assert code.revoked_at is not None
    assert queries.code_of(row, TODAY) == ""


def test_nothing_and_no_time_tells_whether_a_code_exists(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public, "_WRONG_TAKES", 0.1)
    address, browser = address_of(sent(town, town.wu)), hospital()
    for path in ("", "say/", "answer/"):
        asked = []
        for code in (address, "/r/nobodys-code-of-the-same-length-a/"):
            with CaptureQueriesContext(connection) as statements:
                page = browser.get(code + path) if path != "say/" else browser.post(code + path, {"to": "arrived"})
            asked.append((page.status_code, len(statements)))
        assert asked[0] == asked[1]
    took, pages = [], []
    for code in (address, "/r/nobodys-code/"):
        began = monotonic()
        pages.append(browser.post(code, {"birth_date": "1960-09-29"}))
        took.append(monotonic() - began)
    assert min(took) >= 0.1
    assert pages[0].status_code == pages[1].status_code == 200
    assert [SAME in one.content.decode() for one in pages] == [True, True]


def test_a_stale_page_a_replay_and_another_browser_do_no_harm(town: Town) -> None:
    row, one, another = sent(town, town.wu), hospital(), hospital()
    address = address_of(row)
    one.post(address, BORN)
    assert "吴建军" not in another.get(address).content.decode(), "a browser opens a letter for itself only"
    another.post(address, BORN)
    said = {"to": "arrived", "token": uuid4(), "author": "高护士"}
    for browser in (one, another, one):  # the same page sent again, and from elsewhere
        browser.post(f"{address}say/", said)
    stale = another.post(f"{address}say/", {"to": "accepted", "token": uuid4(), "author": "李"}, follow=True)
    assert "in the meantime" in stale.content.decode()
    told = {"seen_on": TODAY, "diagnosis": "高血压", "plan": "复查", "author": "高", "channel": "code"}
    for browser in (one, another):  # two doctors answer, each in a browser of their own: both answers stand
        browser.post(f"{address}answer/", told | {"token": uuid4()})
    assert [step.state for step in row.steps.order_by("pk")][2:] == ["arrived", "answered", "answered"]
    row.refresh_from_db()
    go(town, row, rules.TAKEN)
    go(town, row, rules.CLOSED)
    for path in ("say/", "answer/"):  # a page left open over the end of the referral
        left = one.post(f"{address}{path}", told | {"token": uuid4(), "to": "refused", "note": "x"}, follow=True)
        assert "birth date" in left.content.decode()
    assert row.answers.count() == 2


def test_tries_from_one_place_are_limited(town: Town) -> None:
    browser = hospital()
    answers = [browser.post("/r/some-code/", BORN).status_code for _try in range(22)]
    assert answers[0] == 200
    assert answers[-1] == 429


def test_a_code_stops_with_a_new_one_a_close_its_last_day_and_a_restriction(town: Town) -> None:
    row = sent(town, town.wu)
    old = queries.code_of(row, TODAY)
    assert (
        "There is a new code"
        in as_(town.zhao).post(f"/people/{town.wu.pk}/referrals/{row.pk}/code/", follow=True).content.decode()
    )
    new = queries.code_of(row, TODAY)
    assert queries.code_in_force(old, TODAY) is None
    assert queries.code_in_force(new, TODAY + timedelta(days=rules.CODE_DAYS)) is not None
    assert queries.code_in_force(new, TODAY + timedelta(days=rules.CODE_DAYS + 1)) is None
    viewer = town.viewer(town.zhao)
    restrict(
        person_id=town.wu.pk,
        kind="stored_only",
        reason="own_wish",
        asked_by="person",
        words="asked",
        until_on=None,
        staff_id=town.zhao.pk,
        today=TODAY,
        actor=viewer.actor,
    )
    assert queries.code_in_force(new, TODAY) is None
    other = sent(town, town.li)
    code = queries.code_of(other, TODAY)
    go(town, other, rules.CANCELLED, "by mistake")
    assert queries.code_in_force(code, TODAY) is None


def test_letter_and_paper_are_for_the_team_and_say_no_birth_date(town: Town) -> None:
    row = sent(town, town.wu)
    page = f"/people/{town.wu.pk}/referrals/{row.pk}/letter"
    doctor = as_(town.wang)
    shown = doctor.get(f"{page}/").content.decode()
    assert address_of(row) in shown
    assert "1960" not in shown
    made = doctor.get(f"{page}.pdf")
    assert made.content.startswith(b"%PDF")
    assert AuditEntry.objects.filter(action="referral.letter", person_id=town.wu.pk).count() == 2
    for who in (town.sun, town.guo):
        assert as_(who).get(f"{page}/").status_code == 404
        assert as_(who).get(f"{page}.pdf").status_code == 404
    assert "<svg" in qr_svg("https://example.org/r/x/")


def test_without_a_birth_date_a_letter_has_no_code(town: Town) -> None:
    town.wu.birth_date = None
    town.wu.save(update_fields=["birth_date"])
    row = sent(town, town.wu)
    assert not row.codes.exists()
    assert actions.open_by_code(code="", birth_date=TODAY, today=TODAY) is None
    assert "No birth date" in as_(town.wang).get(f"/people/{town.wu.pk}/referrals/{row.pk}/letter/").content.decode()
