"""A wish to be called reaches who leads the centre, and not the team."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from jinxiu.audit.models import AuditEntry
from jinxiu.people.models import Staff, User
from jinxiu.ratings.models import CallWish
from tests.portal.residents import sign_in
from tests.ratings.folk import restricted
from tests.town import Town

WISH = {"phone": "138 1234 0021", "words": "Nobody came as agreed"}


@pytest.fixture(autouse=True)
def _inbox(settings) -> None:
    settings.JINXIU_INBOX = True


def staff(member: Staff) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(User.objects.get(pk=member.user_id))
    return client


def test_the_manager_reads_it_with_the_number_and_the_team_does_not(town: Town) -> None:
    client, address = sign_in("chen"), reverse("my-rating-call", args=[town.chen.pk])
    assert client.post(address, WISH | {"phone": "call me"}).status_code == 400
    assert client.post(address, WISH | {"words": ""}).status_code == 400
    for _click in range(2):
        client.post(address, WISH)
    wish = CallWish.objects.get()
    assert (wish.team, wish.via, wish.words) == (town.team1, "self", WISH["words"])
    assert b"13812340021" not in bytes(wish.sealed)
    assert b"has arrived" in client.get(address).content
    assert staff(town.wang).get(reverse("rating-calls")).status_code == 403
    page = staff(town.guo).get(reverse("rating-calls")).content.decode()
    assert "tel:13812340021" in page
    assert town.chen.name in page
    line = AuditEntry.objects.get(action="rating.call_read")
    assert (line.person_id, line.purpose) == (town.chen.pk, "")


def test_it_is_settled_once_with_a_note_by_who_leads_that_centre(town: Town) -> None:
    sign_in("feng").post(reverse("my-rating-call", args=[town.feng.pk]), WISH)
    settle = reverse("rating-call-settle", args=[CallWish.objects.get().pk])
    guo = staff(town.guo)
    assert "Nobody waits" in guo.get(reverse("rating-calls")).content.decode()
    assert guo.post(settle, {"note": "called"}).status_code == 404
    CallWish.objects.update(team=town.team1)
    assert b"Write what came of the call" in guo.post(settle, {"note": " "}, follow=True).content
    guo.post(settle, {"note": "apologised"})
    assert b"settled this already" in guo.post(settle, {"note": "again"}, follow=True).content
    wish = CallWish.objects.get()
    assert (wish.settled_by, wish.note) == (town.guo, "apologised")
    assert b"apologised" in guo.get(reverse("rating-calls")).content


@pytest.mark.parametrize(("kind", "is_read"), [("care_only", True), ("stored_only", False)])
def test_a_wish_is_read_as_far_as_the_data_may_be_used(town: Town, kind: str, is_read: bool) -> None:
    sign_in("chen").post(reverse("my-rating-call", args=[town.chen.pk]), WISH)
    restricted(town.chen, kind)
    assert (town.chen.name in staff(town.guo).get(reverse("rating-calls")).content.decode()) is is_read


def test_nobody_wishes_a_call_for_a_stranger(town: Town) -> None:
    assert sign_in("li").post(reverse("my-rating-call", args=[town.chen.pk]), WISH).status_code == 404
    assert not CallWish.objects.exists()
