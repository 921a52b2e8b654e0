"""Passkeys: a sign-in of their own, a second step after the password, and gone when they are taken away."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from jinxiu.audit.models import AuditEntry
from jinxiu.people.keys.actions import _seal_second_steps
from jinxiu.people.models import User
from tests.access import district
from tests.access.district import District
from tests.access.passkey import Passkey
from tests.town import PASSWORD, TODAY

NOT_ACCEPTED = "This passkey was not accepted"


@pytest.fixture
def everybody(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[District]:
    monkeypatch.setenv("JINXIU_TODAY", TODAY.isoformat())
    found = district.build()
    User.objects.update(password=make_password(PASSWORD))
    yield found
    cache.clear()


def browser() -> Client:
    return Client(headers={"accept-language": "en", "x-forwarded-proto": "https"})


def signed_in(username: str) -> Client:
    client = browser()
    client.post(reverse("account_login"), {"login": username, "password": PASSWORD})
    return client


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def question_on(page: str) -> dict:
    found = re.search(r'<script id="passkey-question" type="application/json">(.+?)</script>', page)
    assert found, page
    return next(iter(json.loads(found[1]).values()))


def added(client: Client, passkey: Passkey, name: str = "Office computer", **changed: str):
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    question = question_on(client.get(reverse("mfa_add_webauthn")).content.decode())
    form = {"name": name, "credential": passkey.made_for(question), **changed}
    return client.post(reverse("mfa_add_webauthn"), form)


def question_at_the_door(client: Client) -> dict:
    answer = client.get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"})
    return answer.json()["request_options"]


def enters_with(client: Client, passkey: Passkey):
    answer = passkey.answer_to(question_at_the_door(client))
    return client.post(reverse("mfa_login_webauthn"), {"credential": answer})


def trail() -> list[str]:
    return list(
        AuditEntry.objects.filter(action__startswith="account.").order_by("pk").values_list("action", flat=True)
    )


def test_a_passkey_is_added_listed_renamed_and_removed(everybody: District) -> None:
    client = signed_in("zhao")
    assert added(client, Passkey()).headers["Location"] == reverse("mfa_view_recovery_codes")
    page = client.get(reverse("mfa_list_webauthn")).content.decode()
    assert "Office computer" in page
    assert "not used yet" in page
    passkey = Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN)
    client.post(reverse("mfa_edit_webauthn", args=[passkey.pk]), {"name": "Front desk"})
    assert "Front desk" in client.get(reverse("mfa_list_webauthn")).content.decode()
    client.post(reverse("mfa_remove_webauthn", args=[passkey.pk]))
    assert not Authenticator.objects.filter(user__username="zhao").exists(), "no passkey and no codes are left"
    assert trail() == ["account.signed_in", "account.passkey_added", "account.passkey_removed"]


def test_a_passkey_alone_signs_in_and_leads_where_one_wanted_to_go(everybody: District) -> None:
    passkey = Passkey()
    added(signed_in("zhao"), passkey)
    client = browser()
    answer = passkey.answer_to(question_at_the_door(client))
    entered = client.post(reverse("mfa_login_webauthn"), {"credential": answer, "next": reverse("worklist")})
    assert entered.headers["Location"] == reverse("worklist")
    assert is_in(client)
    assert trail()[-1] == "account.signed_in"
    again = browser()
    question_at_the_door(again)
    page = again.post(reverse("mfa_login_webauthn"), {"credential": answer}, follow=True).content.decode()
    assert NOT_ACCEPTED in page, "an answer is good once"


def test_after_the_password_the_passkey_is_the_second_step(everybody: District) -> None:
    passkey = Passkey()
    added(signed_in("zhao"), passkey)
    client = signed_in("zhao")
    assert not is_in(client)
    page = client.get(reverse("mfa_authenticate")).content.decode()
    strangers = Passkey().answer_to(question_on(page))
    refused = client.post(reverse("mfa_authenticate"), {"credential": strangers}).content.decode()
    assert NOT_ACCEPTED in refused
    assert not is_in(client)
    client.post(reverse("mfa_authenticate"), {"credential": passkey.answer_to(question_on(refused))})
    assert is_in(client)


def test_who_has_no_passkey_is_not_asked_for_one(everybody: District) -> None:
    client = signed_in("zhao")
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    Authenticator.objects.create(user=everybody.town.zhao.user, type=Authenticator.Type.TOTP, data={"secret": ""})
    page = signed_in("zhao").get(reverse("mfa_authenticate")).content.decode()
    assert "six digits" in page
    assert "Use a passkey" not in page


@pytest.mark.parametrize("role", ["administrator", "auditor"])
def test_a_passkey_is_the_second_step_that_power_needs(everybody: District, role: str) -> None:
    user = everybody.users[role]
    Authenticator.objects.filter(user=user).delete()
    client = signed_in(user.username)
    page = client.get("/", follow=True).content.decode()
    assert "Your role needs two-step sign-in" in page
    assert reverse("mfa_add_webauthn") in page
    added(client, Passkey())
    assert is_in(client)


@pytest.mark.parametrize(
    "passkey",
    [Passkey(is_verified=False), Passkey(origin="https://testserver.example"), Passkey(origin="http://testserver")],
    ids=["nobody asked for PIN, finger or face", "another site", "no https"],
)
def test_a_passkey_that_proves_too_little_is_refused(everybody: District, passkey: Passkey) -> None:
    assert NOT_ACCEPTED in added(signed_in("zhao"), passkey).content.decode()
    assert not Authenticator.objects.filter(user__username="zhao").exists()


def test_a_question_of_the_second_step_opens_no_door_for_an_unverified_device(everybody: District) -> None:
    """The session keeps one question for both: it must ask for PIN, finger or face in either."""
    passkey = Passkey()
    added(signed_in("zhao"), passkey)
    passkey.is_verified = False
    client = signed_in("zhao")
    question = question_on(client.get(reverse("mfa_authenticate")).content.decode())
    client.post(reverse("mfa_login_webauthn"), {"credential": passkey.answer_to(question)})
    assert not is_in(client)
    assert enters_with(browser(), passkey).headers["Location"] == reverse("account_login")


def test_a_closed_account_stays_closed_to_its_passkey(everybody: District) -> None:
    passkey = Passkey()
    added(signed_in("zhao"), passkey)
    User.objects.filter(username="zhao").update(is_active=False)
    client = browser()
    assert enters_with(client, passkey).headers["Location"] == reverse("account_inactive")
    assert not is_in(client)


def test_nobody_touches_anothers_passkey(everybody: District) -> None:
    added(signed_in("zhao"), Passkey())
    pk = Authenticator.objects.get(user__username="zhao", type=Authenticator.Type.WEBAUTHN).pk
    wang = signed_in("wang")
    wang.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        assert wang.post(reverse(name, args=[pk]), {"name": "mine"}).status_code == 404
    assert "Office computer" not in wang.get(reverse("mfa_list_webauthn")).content.decode()


def test_a_reset_takes_the_passkeys_too(everybody: District) -> None:
    passkey = Passkey()
    zhao = signed_in("zhao")
    added(zhao, passkey)
    admin = browser()
    admin.force_login(User.objects.get(pk=everybody.users["administrator"].pk))
    admin.post(reverse("staff-second-step-reset", args=[everybody.town.zhao.pk]))
    assert not is_in(zhao)
    client = browser()
    enters_with(client, passkey)
    assert not is_in(client)
    assert is_in(signed_in("zhao")), "the password alone, until a second step is set up anew"


def test_a_passkey_says_that_it_is_still_me(everybody: District) -> None:
    passkey = Passkey()
    added(signed_in("zhao"), passkey)
    client = browser()
    enters_with(client, passkey)
    assert client.get(reverse("mfa_add_webauthn")).status_code == 302
    page = client.get(reverse("mfa_reauthenticate_webauthn"), {"next": reverse("mfa_add_webauthn")})
    form = {"credential": passkey.answer_to(question_on(page.content.decode())), "next": reverse("mfa_add_webauthn")}
    assert client.post(reverse("mfa_reauthenticate_webauthn"), form).headers["Location"] == reverse("mfa_add_webauthn")
    assert client.get(reverse("mfa_add_webauthn")).status_code == 200


def test_anything_else_is_refused_in_one_sentence(everybody: District) -> None:
    client, zhao = browser(), signed_in("zhao")
    anything = ("", "{", "null", "1", '"x"', "[]", "{}", '{"response": {}}', '{"response": {"userHandle": null}}')
    for credential in anything:
        question_at_the_door(client)
        refused = client.post(reverse("mfa_login_webauthn"), {"credential": credential}, follow=True)
        assert NOT_ACCEPTED in refused.content.decode(), credential
        assert NOT_ACCEPTED in added(zhao, Passkey(), credential=credential).content.decode(), credential
    assert not Authenticator.objects.filter(user__username="zhao").exists()


def test_a_device_that_names_nobody_is_refused(everybody: District) -> None:
    passkey = Passkey()
    added(signed_in("zhao"), passkey)
    for passkey.user_handle in ("!!", "", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "_-8", "YWJj"):
        assert enters_with(browser(), passkey).headers["Location"] == reverse("account_login"), passkey.user_handle


def test_new_keys_of_the_installation_leave_passkeys_as_they_are(everybody: District) -> None:
    passkey = Passkey()
    added(signed_in("zhao"), passkey)
    Authenticator.objects.exclude(user__username="zhao").delete()
    _seal_second_steps()
    client = browser()
    enters_with(client, passkey)
    assert is_in(client)
