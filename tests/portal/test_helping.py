"""Acting for somebody: children, a mother and her daughter, and what ends it."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from jinxiu.audit.origin import SYSTEM
from jinxiu.evidence import actions as evidence
from jinxiu.messaging import actions as keeping
from jinxiu.messaging import queries
from jinxiu.messaging.models import Delivery
from jinxiu.messaging.rules import EMAIL_CODE_LASTS
from jinxiu.oversight.deleting.queries import tables_of_a_person
from jinxiu.oversight.queries import copy_of
from jinxiu.people import clock
from jinxiu.people.actions import record_departure, register_person
from jinxiu.people.families.actions import relate
from jinxiu.people.models import Person, Relationship
from jinxiu.portal import rules
from jinxiu.portal.models import HelperWish
from jinxiu.worklists.actions import refresh_person
from tests.messaging.folk import Folk, folk
from tests.messaging.queue import carry_out
from tests.portal.residents import home_of, last_code, numbers, sign_in
from tests.town import TODAY, Town, town

__all__ = ["folk", "town"]


@pytest.fixture(autouse=True)
def _inbox(settings) -> None:
    settings.JINXIU_INBOX = True


def helpers_of(person: Person) -> str:
    return reverse("my-helpers", args=[person.pk])


def wish(client: Client, helper: Person, who: str, **typed: str):
    response = client.post(helpers_of(helper), numbers(who) | {"relation": "30"} | typed)
    carry_out()
    return response


def test_a_daughter_asks_the_mother_agrees_and_takes_it_back(town: Town) -> None:
    """Li is the daughter, Chen the parent."""
    daughter, parent = sign_in("li"), sign_in("chen")
    assert daughter.get(home_of(town.chen)).status_code == 404
    assert wish(daughter, town.li, "chen").status_code == 302
    assert daughter.get(home_of(town.chen)).status_code == 404, "to ask is not enough"
    page = parent.get(home_of(town.chen)).content.decode()
    assert "李秀兰 (daughter) wishes to look after your pages" in page
    yes = reverse("my-helper-answer", args=[town.chen.pk, HelperWish.objects.get().pk])
    assert daughter.post(yes, {"yes": "1"}).status_code == 404, "nobody agrees for another"
    parent.post(yes, {"yes": "1"})
    parent.post(yes, {"yes": "1"})
    bond = Relationship.objects.get()
    assert (bond.role, bond.consented_on, bond.consent_by) == ("helper", TODAY, "person")
    shown = daughter.get(home_of(town.chen)).content.decode()
    assert "You look after the pages of 陈志强" in shown
    assert "systolic 184 mmHg" in shown
    assert "call 120 at once" in shown
    assert daughter.get(helpers_of(town.chen)).status_code == 404, "a helper lets nobody else in"
    end = reverse("my-helper-end", args=[town.chen.pk, bond.pk])
    assert daughter.post(end).status_code == 404
    parent.post(end)
    assert daughter.get(home_of(town.chen)).status_code == 404
    wish(daughter, town.li, "chen")
    again = HelperWish.objects.get(answered_at__isnull=True)
    parent.post(reverse("my-helper-answer", args=[town.chen.pk, again.pk]), {"no": "1"})
    assert daughter.get(home_of(town.chen)).status_code == 404


def test_wishes_tell_a_stranger_nothing_and_are_few(folk: Folk) -> None:
    client = sign_in("li")
    known, unknown = wish(client, folk.li, "chen"), wish(client, folk.li, "chen", phone="13800000000")
    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])
    assert [one.person_id for one in HelperWish.objects.order_by("pk")] == [folk.chen.pk, None]
    answers = [wish(client, folk.li, "chen").status_code for _ in range(rules.WISHES_A_DAY - 1)]
    assert answers == [302] * (rules.WISHES_A_DAY - 2) + [400]


def test_what_a_helper_is_to_somebody_is_never_guessed(folk: Folk) -> None:
    client = sign_in("li")
    page = client.get(helpers_of(folk.li)).content.decode()
    assert '<option value="" selected>' in page
    assert client.post(helpers_of(folk.li), numbers("wu") | {"relation": ""}).status_code == 400


def test_a_forged_wish_and_a_forged_consent_change_nothing(folk: Folk) -> None:
    daughter, other = sign_in("li"), sign_in("wu")
    wish(daughter, folk.li, "chen")
    forged = reverse("my-helper-answer", args=[folk.wu.pk, HelperWish.objects.get().pk])
    other.post(forged, {"yes": "1"})
    assert not Relationship.objects.exists()
    assert other.post(reverse("my-helper-end", args=[folk.wu.pk, 999])).status_code == 404


def test_a_parent_sees_the_pages_of_a_child_until_18(folk: Folk, monkeypatch) -> None:
    child = register_person(name="李小宝", sex="M", birth_date=date(2020, 5, 1), actor=SYSTEM)
    relate(
        person_id=child.pk, role="guardian", relation="52", relative_id=folk.li.pk, start_on=date(2020, 5, 1),
        today=TODAY, actor=SYSTEM, recorded_by=None,
    )  # fmt: skip
    client = sign_in("li")
    assert client.get(home_of(child)).status_code == 200
    monkeypatch.setenv("JINXIU_TODAY", "2038-05-01")
    assert client.get(home_of(child)).status_code == 404


def test_who_is_in_danger_reads_today_and_no_later_day(town: Town) -> None:
    page = sign_in("chen").get(home_of(town.chen)).content.decode()
    danger = page.split("Call the team today")[1].split("</section>")[0]
    assert "Please come by" not in danger
    assert "Call the team" in danger


def test_a_helper_does_not_see_what_is_sheltered_and_nobody_the_dead(town: Town) -> None:
    relate(
        person_id=town.zhou.pk, role="helper", relation="30", relative_id=town.li.pk, start_on=TODAY,
        consented_on=TODAY, consent_by="person", words="here", today=TODAY, actor=SYSTEM, recorded_by=None,
    )  # fmt: skip
    evidence.enrol(
        person_id=town.zhou.pk, kind="tb", start_on=date(2026, 11, 1), actor=SYSTEM, recorded_by=None,
        today=TODAY,
    )  # fmt: skip
    refresh_person(person_id=town.zhou.pk, today=TODAY, actor=SYSTEM)
    client = sign_in("li")
    page = client.get(home_of(town.zhou)).content.decode()
    assert "iabetes" in page
    assert "uberculosis" not in page
    record_departure(person_id=town.zhou.pk, on=TODAY, died=True, actor=SYSTEM)
    assert client.get(home_of(town.zhou)).status_code == 404


def test_an_e_mail_address_is_proved_by_the_code_that_went_there(folk: Folk) -> None:
    client, address = sign_in("li"), reverse("my-messages", args=[folk.li.pk])
    assert client.post(address, {"email": "no address"}).status_code == 400
    client.post(address, {"email": "li@mail.example"})
    carry_out()
    page = client.get(address).content.decode()
    assert "A code was sent to l***@mail.example" in page
    assert Delivery.objects.latest("pk").masked == "l***@mail.example"
    code = last_code()
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert client.post(address, {"code": wrong}).status_code == 400
    assert queries.email_of(folk.li.pk) == ("l***@mail.example", False)
    assert sign_in("wu").post(address, {"code": code}).status_code == 404
    client.post(address, {"code": code})
    assert queries.email_of(folk.li.pk) == ("l***@mail.example", True)
    page = client.get(address).content.decode()
    assert "messages go to l***@mail.example" in page
    assert "code for signing in" in page
    assert not re.search(r"\b\d{6}\b", re.sub(r"<[^>]+>", "", page))
    assert client.post(address, {"code": code}).status_code == 400, "once"
    client.post(address, {"email": ""})
    assert "l***@mail.example" not in client.get(address).content.decode()


def test_a_code_of_an_e_mail_is_neither_guessed_nor_late_and_few_are_sent(folk: Folk) -> None:
    client, address = sign_in("li"), reverse("my-messages", args=[folk.li.pk])
    client.post(address, {"email": "li@mail.example"})
    carry_out()
    code = last_code()
    for number in range(5):
        client.post(address, {"code": f"{(int(code) + 1 + number) % 10**6:06d}"})
    assert client.post(address, {"code": code}).status_code == 400, "tried out"
    client.post(address, {"email": "li@mail.example"})
    carry_out()
    late = clock.true_now() + EMAIL_CODE_LASTS
    assert not keeping.prove_email(person_id=folk.li.pk, code=last_code(), actor=SYSTEM, now=late)
    for _time in range(3):
        client.post(address, {"email": "li@mail.example"})
    sixth = client.post(address, {"email": "somebody@mail.example"})
    assert "sent five times today" in sixth.content.decode()


def test_a_copy_of_all_data_and_a_deletion_know_these_tables(folk: Folk) -> None:
    sign_in("li")
    tables = copy_of(folk.li.pk)
    assert len(tables["message"]) == len(tables["delivery"]) == len(tables["residentaccount"]) == 1
    assert "hash" not in str([tables["signin"], tables["residentsession"]])
    assert {"message", "delivery", "signin", "residentsession", "residentaccount", "helperwish", "emailaddress"} <= {
        str(model._meta.model_name) for model in tables_of_a_person()
    }


def test_a_restricted_record_shows_nothing(folk: Folk) -> None:
    client = sign_in("li")
    folk.li.restrictions.create(kind="stored_only", reason="own_wish", start_at="2026-11-25T08:00+08:00")
    page = client.get(home_of(folk.li))
    assert page.status_code == 403
    assert "This record is closed" in page.content.decode()


def test_the_app_is_installable_and_its_offline_page_is_about_nobody(folk: Folk) -> None:
    client = sign_in("li")
    manifest = client.get("/my/manifest.webmanifest").json()
    assert (manifest["scope"], manifest["start_url"], manifest["display"]) == ("/my/", "/my/", "standalone")
    offline = client.get("/my/offline/").content.decode()
    assert "没有网络" in offline
    assert "No network" in offline
    assert "李秀兰" not in offline
    worker = client.get("/my/worker.js")
    assert worker.headers["Content-Type"].startswith("text/javascript")
    assert '"/my/offline/"' in worker.content.decode()
