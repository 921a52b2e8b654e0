"""Institutions: who reads, who writes, what wrong input meets, closing, two at once."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from jinxiu.accounts.queries import places_of_work
from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.people.models import Institution, Place, Team
from jinxiu.people.organisation.institutions.queries import offered
from jinxiu.people.organisation.lifecycle.actions import InstitutionClosedError, add_team
from tests.register.test_registering import as_
from tests.town import TODAY, Town

DAY = timedelta(days=1)
NEW = {
    "code": "lx-st",
    "name": "柳巷社区卫生服务站",
    "name_en": "Liuxiang Station",
    "address": "柳巷 8 号",
    "hours": "8:00",
}


def liuxiang() -> Institution:
    return Institution.objects.get(code="lx")


def url(one: Institution, rest: str = "") -> str:
    return f"/institutions/{one.pk}/{rest}"


def wish(one: Institution, **values: object) -> dict[str, object]:
    """What the form of an institution sends, with these values instead."""
    said = {"name": one.name, "name_en": one.name_en, "place": place(one), "phone": "", "revision": one.revision}
    return said | values


def place(one: Institution) -> str:
    return offered(one.place) if one.place else ""


def administrator(town: Town) -> Client:
    """The administrator, with the second step that the role must have."""
    Authenticator.objects.create(user=town.tian.user, type=Authenticator.Type.RECOVERY_CODES, data={})
    return as_(town.tian)


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_staff_read_their_own_and_change_nothing(town: Town) -> None:
    client = as_(town.zhao)
    listed = page(client, "/institutions/")
    assert "Liuxiang Health Centre" in listed
    assert "Qiaodong" not in listed
    assert "Add an institution" not in listed
    shown = page(client, url(liuxiang()))
    assert "Team 1" in shown
    assert "Change the institution" not in shown
    assert client.get(url(Institution.objects.get(code="qd"))).status_code == 404
    for address in ("/institutions/new/", url(liuxiang(), "edit/")):
        assert client.get(address).status_code == 403
        assert client.post(address, NEW).status_code == 403
    assert as_(town.guo).get(url(liuxiang(), "edit/")).status_code == 403


def test_the_administrator_adds_one_and_changes_it(town: Town) -> None:
    client = administrator(town)
    assert client.post("/institutions/new/", NEW | {"place": "Liuxiang"}).status_code == 302
    added = Institution.objects.get(code="lx-st")
    assert (added.name_en, added.address, added.place_id, added.hours) == (
        NEW["name_en"],
        NEW["address"],
        liuxiang().place_id,
        "8:00",
    )
    assert AuditEntry.objects.get(action="institution.added").detail == {"institution": added.pk, "code": "lx-st"}
    said = NEW | {"revision": 1, "place": place(added), "phone": "0351 4000010"}
    assert client.post(url(added, "edit/"), said).status_code == 302
    assert "0351 4000010" in page(client, url(added))
    assert AuditEntry.objects.get(action="institution.changed").detail["fields"] == "phone"
    client.post(url(added, "edit/"), said | {"revision": 2})
    assert AuditEntry.objects.filter(action="institution.changed").count() == 1  # the same again changes nothing


def test_a_place_is_searched_for_as_it_is_typed_and_found_without_the_list_too(town: Town) -> None:
    client = administrator(town)

    def options(text: str) -> list[str]:
        return re.findall('value="([^"]*)"', page(client, f"/institutions/places/?place={text}"))

    liu, both = "Liuxiang · 柳巷社区 (140106001001)", ["Qiaodong · 桥东社区 (140106006001)"]
    assert options("柳巷 社区") == options("140106001001") == options("liuxiang 社") == [liu]
    assert options("社区") == [liu, *both]
    assert options("") == options("梅园") == []
    assert as_(town.guo).get("/institutions/places/?place=社区").status_code == 403
    for text in (liu, "柳巷社区", "140106001001", "Liuxiang · 柳巷社区", " liuxiang  社区 "):
        one = liuxiang()
        client.post(url(one, "edit/"), wish(one, place=text))
        assert liuxiang().place == Place.objects.get(code="140106001001"), text
        Institution.objects.filter(pk=one.pk).update(place=None)


def test_a_place_that_was_retired_stays_where_it_is_and_is_offered_no_more(town: Town) -> None:
    client, one = administrator(town), liuxiang()
    Place.objects.filter(pk=one.place_id).update(retired_on=TODAY)
    assert client.post(url(one, "edit/"), wish(one, phone="0351 4000011")).status_code == 302
    assert client.post(url(one, "edit/"), wish(one, revision=2, place="")).status_code == 302
    assert liuxiang().place is None
    answer = client.post(url(one, "edit/"), wish(one, revision=3)).content.decode()
    assert "No place in force is called so" in answer


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("code", "lx", "Another institution has this code"),
        ("code", "柳巷", "A code has 1 to 40 letters"),
        ("name", "", "This field is required"),
        ("phone", "ask", "A phone number has 5 to 40 digits"),
        ("place", "梅园", "No place in force is called so"),
        ("place", "街道 社区", "Several places are called so; please type one of them: "),
    ],
)
def test_wrong_input_is_told_and_saves_nothing(town: Town, field: str, value: str, sentence: str) -> None:
    answer = administrator(town).post("/institutions/new/", NEW | {field: value}).content.decode()
    assert sentence in answer
    assert not Institution.objects.filter(name=NEW["name"]).exists()


def test_one_with_an_open_team_is_not_closed(town: Town) -> None:
    one = liuxiang()
    answer = administrator(town).post(url(one, "edit/"), wish(one, closed_on=TODAY)).content.decode()
    assert "These teams are still open on that day: Team 1." in answer
    assert liuxiang().closed_on is None


def test_a_closed_one_is_offered_no_more_until_it_is_opened_again(town: Town) -> None:
    one, client = liuxiang(), administrator(town)
    Team.objects.filter(institution=one).update(closed_on=TODAY)
    choice = f"institution:{one.pk}"
    client.post(url(one, "edit/"), wish(one, closed_on=TODAY + DAY))
    assert choice in dict(places_of_work())  # the day has not come
    client.post(url(one, "edit/"), wish(one, closed_on=TODAY, revision=2))
    assert choice not in dict(places_of_work())
    assert f"closed from {TODAY}" in page(client, "/institutions/")
    with pytest.raises(InstitutionClosedError):
        add_team(institution_id=one.pk, code="lx-9", name="第九团队", actor=SYSTEM)
    client.post(url(one, "edit/"), wish(one, closed_on="", revision=3))
    assert choice in dict(places_of_work())


def test_of_two_at_once_the_second_is_told(town: Town) -> None:
    one, client = liuxiang(), administrator(town)
    client.post(url(one, "edit/"), wish(one, phone="0351 4000011"))
    answer = client.post(url(one, "edit/"), wish(one, phone="0351 4000012")).content.decode()
    assert answer.count("Somebody else changed this institution meanwhile") == 1
    assert "Nothing is saved yet" not in answer  # one sentence is enough
    assert liuxiang().phone == "0351 4000011"
