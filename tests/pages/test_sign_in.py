"""Sign-in as its users meet it: rules, lock-out, trail, and nothing open that should be closed."""

from datetime import date

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.people import actions
from jinxiu.people.models import Institution, Team

PASSWORD = "three unrelated words"
# `metrics` asks for its own token instead; `inbox` is there in a demonstration only.
OPEN_TO_ALL = {
    "account_login",
    "account_logout",
    "set_language",
    "health",
    "metrics",
    "inbox",
    "my-sign-in",
    "my-sign-out",
    "my-manifest",
    "my-worker",
    "my-offline",
    "my-teams",
    "my-teams-compare",
    "my-team",
    "account_inactive",
    "mfa_authenticate",
    "mfa_login_webauthn",
}


@pytest.fixture
def nurse_li(db: None) -> str:
    """Username of nurse Li of team 1."""
    centre = Institution.objects.create(code="c1", name="迎泽社区卫生服务中心", name_en="Yingze Health Centre")
    team = Team.objects.create(code="t1", name="第一团队", name_en="Team 1", institution=centre)
    actions.add_staff(
        username="li",
        password=PASSWORD,
        name="李娜",
        role="nurse",
        start_on=date(2020, 1, 1),
        team_id=team.pk,
        actor=SYSTEM,
    )
    yield "li"
    cache.clear()


def sign_in(client: Client, username: str, password: str, **headers: str):
    return client.post(reverse("account_login"), {"login": username, "password": password}, **headers)


def trail() -> list[str]:
    return list(
        AuditEntry.objects.filter(action__startswith="account.").order_by("pk").values_list("action", flat=True)
    )


def test_signing_in_and_out_leaves_lines(client: Client, nurse_li: str):
    assert sign_in(client, nurse_li, PASSWORD).headers["Location"] == "/"
    client.post(reverse("account_logout"))
    assert trail() == ["account.signed_in", "account.signed_out"]


def test_a_wrong_password_is_refused_in_one_sentence_and_written_down(client: Client, nurse_li: str):
    page = sign_in(client, nurse_li, "wrong").content.decode()
    assert "用户名或密码不正确" in page
    assert trail() == ["account.sign_in_failed"]


def test_a_name_that_is_nobody_gets_the_same_sentence_and_is_not_kept(client: Client, nurse_li: str):
    page = sign_in(client, "my-password-by-mistake", "wrong").content.decode()
    assert "用户名或密码不正确" in page
    assert not AuditEntry.objects.filter(actor_name__contains="mistake").exists()


def test_the_sixth_attempt_meets_a_locked_account_even_with_the_right_password(client: Client, nurse_li: str):
    for _ in range(5):
        sign_in(client, nurse_li, "wrong")
    page = sign_in(client, nurse_li, PASSWORD).content.decode()
    assert "账号已锁定" in page
    assert trail()[-1] == "account.sign_in_refused"


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1:2"])
def test_another_host_header_or_spelling_does_not_open_a_locked_account(client: Client, nurse_li: str, host: str):
    for _ in range(5):
        sign_in(client, nurse_li, "wrong")
    assert "账号已锁定" in sign_in(client, " LI ", "wrong", HTTP_HOST=host).content.decode()


def test_a_lock_is_for_one_account_not_for_its_neighbours(client: Client, nurse_li: str):
    for _ in range(6):
        sign_in(client, "somebody-else", "wrong")
    assert sign_in(client, nurse_li, PASSWORD).status_code == 302


def test_the_lock_is_kept_where_every_process_sees_it(settings):
    assert settings.CACHES["default"]["BACKEND"].endswith("DatabaseCache")


def test_a_password_must_follow_the_rules_that_the_page_explains(client: Client, nurse_li: str):
    sign_in(client, nurse_li, PASSWORD)
    assert "至少 10 个字符" in client.get(reverse("account_change_password")).content.decode()
    answer = client.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": "1234567", "password2": "1234567"}
    )
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()


@pytest.mark.django_db
def test_nobody_signs_up_and_no_mail_resets_a_password(client: Client):
    for address in ("/account/signup/", "/account/password/reset/", "/account/email/"):
        assert client.get(address).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_asks_for_sign_in(client: Client, language: str):
    client.cookies["jinxiu_language"] = language
    for name, address in plain_addresses():
        answer = client.get(address)
        if name not in OPEN_TO_ALL:
            assert answer.status_code == 302, name
            place = "/my/sign-in/" if address.startswith("/my/") else "/account/login/"
            assert answer.headers["Location"].startswith(place), name


@pytest.mark.django_db
def test_pages_stay_out_of_caches_and_run_no_foreign_code(client: Client):
    answer = client.get(reverse("account_login"))
    assert "no-store" in answer.headers["Cache-Control"]
    assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]
    assert " style=" not in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "words"), [("zh-hans", "这里没有内容"), ("en", "Nothing here")])
def test_an_unknown_address_is_answered_calmly(client: Client, language: str, words: str):
    client.cookies["jinxiu_language"] = language
    answer = client.get("/no/such/page/")
    assert answer.status_code == 404
    assert words in answer.content.decode()
    assert answer.headers["X-Request-ID"] in answer.content.decode()


def test_a_form_without_its_token_is_sent_back_kindly(nurse_li: str):
    answer = sign_in(Client(enforce_csrf_checks=True), nurse_li, PASSWORD)
    assert answer.status_code == 403
    assert "请重新提交" in answer.content.decode()


def test_a_fault_shows_the_number_of_its_log_line(client: Client, nurse_li: str, monkeypatch: pytest.MonkeyPatch):
    sign_in(client, nurse_li, PASSWORD)
    client.raise_request_exception = False
    monkeypatch.setattr("jinxiu.worklists.views.render", lambda *_: 1 / 0)
    answer = client.get("/")
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] in answer.content.decode()


def test_a_changed_password_leaves_a_line_and_works(client: Client, nurse_li: str):
    sign_in(client, nurse_li, PASSWORD)
    new = {"oldpassword": PASSWORD, "password1": "four other quiet words", "password2": "four other quiet words"}
    assert client.post(reverse("account_change_password"), new).status_code == 302
    assert trail()[-1] == "account.password_changed"
    assert sign_in(Client(), nurse_li, "four other quiet words").status_code == 302


def test_switching_the_second_step_on_and_off_leaves_lines(
    client: Client, nurse_li: str, django_capture_on_commit_callbacks
):
    from allauth.mfa.totp.internal import auth

    sign_in(client, nurse_li, PASSWORD)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.get(reverse("mfa_activate_totp"))
    secret = client.session["mfa.totp.secret"]
    code = auth.format_hotp_value(auth.hotp_value(secret, next(iter(auth.yield_hotp_counters_from_time()))))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("mfa_activate_totp"), {"code": code})
    client.post(reverse("mfa_deactivate_totp"))
    assert trail() == ["account.signed_in", "account.second_step_on", "account.second_step_off"]


def test_a_session_that_is_not_used_ends_and_one_that_is_goes_on(client: Client, nurse_li: str, settings):
    sign_in(client, nurse_li, PASSWORD)
    assert 60 * 60 <= settings.SESSION_COOKIE_AGE <= 8 * 60 * 60
    client.get("/")
    session = client.session
    session["used_at"] = session["used_at"] - 600
    session.save()
    before = client.session["used_at"]
    client.get("/")
    assert client.session["used_at"] > before


def test_the_keys_of_the_second_step_are_sealed(client: Client, nurse_li: str):
    from allauth.mfa.adapter import get_adapter

    sealed = get_adapter().encrypt("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in sealed
    assert get_adapter().decrypt(sealed) == "JBSWY3DPEHPK3PXP"


def plain_addresses() -> list[tuple[str, str]]:
    """Return every named address that takes no arguments or only a number."""
    found: list[tuple[str, str]] = []

    def walk(patterns, prefix: str) -> None:
        for pattern in patterns:
            text = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, text)
            elif isinstance(pattern, URLPattern):
                found.append((pattern.name or "", "/" + text.replace("<int:person_id>", "1").replace("<int:", "1<")))

    walk(get_resolver().url_patterns, "")
    assert len(found) > 10
    return [(name, address) for name, address in found if "<" not in address]
