"""Accounts by invitation: who comes in, with what, until when, and how fast the door shuts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from jinxiu.accounts.middleware import OPEN
from jinxiu.audit.models import AuditEntry
from jinxiu.people import access
from jinxiu.people.models import Staff, StaffAssignment, User
from tests.access import district
from tests.access.district import District
from tests.town import PASSWORD, TODAY

NEW_PASSWORD = "four other quiet words"


@pytest.fixture
def everybody(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[District]:
    monkeypatch.setenv("JINXIU_TODAY", TODAY.isoformat())
    yield district.build()
    cache.clear()


@pytest.fixture
def admin(everybody: District) -> Client:
    """Administrator Tian at her desk, reading English."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(everybody.users["administrator"])
    return client


def signed_in(username: str, password: str = PASSWORD) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.post(reverse("account_login"), {"login": username, "password": password})
    return client


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def invitation(everybody: District, **changed: str) -> dict[str, str]:
    return {
        "name": "高翔",
        "name_en": "Gao Xiang",
        "title": "全科医师",
        "username": "gao.xiang",
        "role": "doctor",
        "place": f"team:{everybody.town.team1.pk}",
        "start_on": TODAY.isoformat(),
        "end_on": "",
        **changed,
    }


def link_in(page: str) -> str:
    found = re.search(r'id="invitation">([^<]+)<', page)
    assert found
    return found[1].removeprefix("http://testserver")


def test_an_invited_doctor_chooses_a_password_signs_in_and_sees_the_team(admin: Client, everybody: District) -> None:
    link = link_in(admin.post(reverse("staff-invite"), invitation(everybody)).content.decode())
    guest = Client()
    asked = guest.get(link, follow=True)
    assert link not in asked.redirect_chain[-1][0], "the token stays out of the address that the page is shown under"
    answer = guest.post(asked.request["PATH_INFO"], {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD})
    assert answer.headers["Location"] == reverse("account_login")
    gao = signed_in("gao.xiang", NEW_PASSWORD)
    assert gao.get(reverse("person", args=[everybody.town.chen.pk])).status_code == 200
    actions = AuditEntry.objects.filter(action__in=["account.invited", "account.accepted", "staff.added"])
    assert set(actions.values_list("action", flat=True)) == {"account.invited", "account.accepted", "staff.added"}


def test_an_invitation_works_once(admin: Client, everybody: District) -> None:
    link = link_in(admin.post(reverse("staff-invite"), invitation(everybody)).content.decode())
    guest = Client()
    place = guest.get(link, follow=True).request["PATH_INFO"]
    guest.post(place, {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD})
    assert "new_password1" not in Client().get(link, follow=True).content.decode()


def test_an_invitation_grows_old(admin: Client, everybody: District, settings) -> None:
    link = link_in(admin.post(reverse("staff-invite"), invitation(everybody)).content.decode())
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "这份邀请不再有效" in Client().get(link, follow=True).content.decode()


def test_a_new_invitation_ends_the_old_one_and_the_password(admin: Client, everybody: District) -> None:
    zhao = signed_in("zhao")
    first = link_in(admin.post(reverse("staff-link", args=[everybody.town.zhao.pk])).content.decode())
    second = link_in(admin.post(reverse("staff-link", args=[everybody.town.zhao.pk])).content.decode())
    assert not is_in(zhao)
    assert not is_in(signed_in("zhao"))
    assert "new_password1" not in Client().get(first, follow=True).content.decode()
    assert "new_password1" in Client().get(second, follow=True).content.decode()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "Nurse 2", "real name"),
        ("username", "ZHAO", "taken"),
        ("username", "a b", "small letters"),
        ("end_on", "2020-01-01", "before the first"),
        ("place", "team:999999", "Select a valid choice"),
        ("role", "king", "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    admin: Client, everybody: District, field: str, value: str, said: str
) -> None:
    before = Staff.objects.count()
    page = admin.post(reverse("staff-invite"), invitation(everybody, **{field: value})).content.decode()
    assert said in page
    assert Staff.objects.count() == before


def test_leaving_means_out_in_the_same_moment(admin: Client, everybody: District) -> None:
    zhao, phone = signed_in("zhao"), signed_in("zhao")
    assert is_in(zhao)
    admin.post(reverse("staff-close", args=[everybody.town.zhao.pk]))
    assert not is_in(zhao)
    assert not is_in(phone)
    assert not is_in(signed_in("zhao"))
    assert not User.objects.get(username="zhao").usersession_set.exists()
    assert AuditEntry.objects.filter(action="account.closed", actor_name="田静").exists()
    admin.post(reverse("staff-open", args=[everybody.town.zhao.pk]))
    assert not is_in(zhao), "an ended sign-in does not come back"
    assert is_in(signed_in("zhao"))


def test_nobody_closes_or_raises_oneself(admin: Client, everybody: District) -> None:
    tian = everybody.town.tian
    admin.post(reverse("staff-close", args=[tian.pk]))
    assert is_in(admin)
    role = {"role": "administrator", "place": f"team:{everybody.town.team1.pk}", "start_on": TODAY.isoformat()}
    page = admin.post(reverse("staff-role-give", args=[tian.pk]), role).content.decode()
    assert "Nobody gives roles to themselves" in page
    assert tian.assignments.count() == 1


def test_a_role_is_given_from_to_and_ended(admin: Client, everybody: District) -> None:
    """Zhao stands in for a colleague of team 2 for a week."""
    zhao, feng = everybody.town.zhao, everybody.town.feng
    role = {
        "role": "nurse",
        "place": f"team:{everybody.town.team2.pk}",
        "start_on": TODAY.isoformat(),
        "end_on": (TODAY + timedelta(days=6)).isoformat(),
    }
    admin.post(reverse("staff-role-give", args=[zhao.pk]), role)
    for day, seen in ((0, True), (6, True), (7, False)):
        viewer = everybody.town.viewer(zhao, TODAY + timedelta(days=day))
        assert access.people_for(viewer).filter(pk=feng.pk).exists() == seen
    given = StaffAssignment.objects.get(staff=zhao, team=everybody.town.team2)
    admin.post(reverse("staff-role-end", args=[zhao.pk, given.pk]), {"last_day": TODAY.isoformat()})
    given.refresh_from_db()
    assert given.end_on == TODAY
    too_early = {"last_day": (TODAY - timedelta(days=1)).isoformat()}
    assert (
        "before the first"
        in admin.post(reverse("staff-role-end", args=[zhao.pk, given.pk]), too_early, follow=True).content.decode()
    )


def test_the_same_role_is_not_given_twice(admin: Client, everybody: District) -> None:
    role = {"role": "nurse", "place": f"team:{everybody.town.team1.pk}", "start_on": TODAY.isoformat()}
    page = admin.post(reverse("staff-role-give", args=[everybody.town.zhao.pk]), role).content.decode()
    assert "held already" in page


def test_powers_stay_in_separate_hands(admin: Client, everybody: District) -> None:
    zhao = everybody.town.zhao
    role = {"role": "auditor", "place": f"team:{everybody.town.team1.pk}", "start_on": TODAY.isoformat()}
    assert "separate hands" in admin.post(reverse("staff-role-give", args=[zhao.pk]), role).content.decode()
    assert zhao.assignments.count() == 1


def test_ones_own_sign_ins_are_seen_and_ended_and_nobody_elses(everybody: District) -> None:
    desk, forgotten, sun = signed_in("zhao"), signed_in("zhao"), signed_in("sun")
    assert desk.get(reverse("own-sessions")).content.decode().count("top-item") == 2
    row = User.objects.get(username="zhao").usersession_set.exclude(session_key=desk.session.session_key).latest("pk")
    assert sun.post(reverse("own-session-end", args=[row.pk])).status_code == 404
    assert is_in(forgotten)
    desk.post(reverse("own-session-end", args=[row.pk]))
    assert not is_in(forgotten)
    assert is_in(desk)


def test_the_administrator_ends_all_sign_ins_of_somebody(admin: Client, everybody: District) -> None:
    zhao = signed_in("zhao")
    assert "127.0.0.1" in admin.get(reverse("staff-member", args=[everybody.town.zhao.pk])).content.decode()
    admin.post(reverse("staff-sessions-end", args=[everybody.town.zhao.pk]))
    assert not is_in(zhao)
    assert is_in(signed_in("zhao"))


def test_a_lost_second_step_is_reset_by_an_administrator(admin: Client, everybody: District) -> None:
    auditor = everybody.users["auditor"]
    staff = Staff.objects.get(user=auditor)
    assert "Reset the second step" in admin.get(reverse("staff-member", args=[staff.pk])).content.decode()
    page = admin.post(reverse("staff-second-step-reset", args=[staff.pk]), follow=True).content.decode()
    assert "The second step is reset" in page
    assert not Authenticator.objects.filter(user=auditor).exists()
    line = AuditEntry.objects.get(action="account.second_step_reset")
    assert (line.actor_id, line.detail) == (everybody.users["administrator"].pk, {"staff": staff.pk})
    again = Client()
    again.force_login(auditor)
    assert again.get("/").headers["Location"] == reverse("mfa_index")
    nothing = admin.post(reverse("staff-second-step-reset", args=[staff.pk]), follow=True).content.decode()
    assert "there is nothing to reset" in nothing


def test_a_reset_ends_the_sign_ins_that_hold(admin: Client, everybody: District) -> None:
    zhao = signed_in("zhao")
    Authenticator.objects.create(user=everybody.town.zhao.user, type=Authenticator.Type.TOTP, data={})
    admin.post(reverse("staff-second-step-reset", args=[everybody.town.zhao.pk]))
    assert not is_in(zhao)
    assert is_in(signed_in("zhao"))


def test_nobody_resets_their_own_second_step(admin: Client, everybody: District) -> None:
    tian = everybody.town.tian
    page = admin.post(reverse("staff-second-step-reset", args=[tian.pk]), follow=True).content.decode()
    assert "ask another administrator" in page
    assert Authenticator.objects.filter(user=tian.user).exists()
    assert "Reset the second step" not in admin.get(reverse("staff-member", args=[tian.pk])).content.decode()


@pytest.mark.parametrize("role", ["administrator", "auditor"])
def test_who_holds_power_sets_up_the_second_step_before_anything_else(everybody: District, role: str) -> None:
    user = everybody.users[role]
    Authenticator.objects.filter(user=user).delete()
    client = Client()
    client.force_login(user)
    for name in ("home", "staff", "own-sessions", "mfa_list_webauthn", "account_change_password"):
        assert client.get(reverse(name)).headers["Location"] == reverse("mfa_index"), name
    assert client.get("/people/1/").headers["Location"] == reverse("mfa_index")
    for name in OPEN - {"set_language"}:
        assert client.get(reverse(name), follow=True).status_code == 200, name


def test_who_cares_for_people_may_work_with_one_step(everybody: District) -> None:
    assert is_in(signed_in("wang"))


def test_the_list_finds_by_part_of_a_name_and_shows_who_is_closed(admin: Client, everybody: District) -> None:
    User.objects.filter(username="zhao").update(is_active=False)
    page = admin.get(reverse("staff"), {"name": "zha"}).content.decode()
    assert "赵敏" in page
    assert "closed" in page
    assert "孙丽" not in page


def test_the_list_costs_the_same_for_many(admin: Client, everybody: District, django_assert_max_num_queries) -> None:
    for number in range(60):
        Staff.objects.create(name=f"王某{number}")
    admin.get(reverse("staff"))
    with django_assert_max_num_queries(12):
        assert "Page 1 of 2" in admin.get(reverse("staff")).content.decode()
