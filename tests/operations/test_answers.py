"""What every answer carries, what is refused before it is read, and what the logs say: everything but who is ill."""

import gc
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from jinxiu.audit.discretion import DiscreetFormatter, without_values
from jinxiu.config import settings as ours
from jinxiu.config.middleware import RequestLimits
from jinxiu.people.models import Person, User
from tests.town import Town, town

__all__ = ["town"]


@pytest.fixture
def nurse(town: Town, client: Client) -> Client:
    client.force_login(User.objects.get(pk=town.zhao.user_id))
    return client


# --- headers ----------------------------------------------------------------------------------------------------------

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def refuse_open_door(response: Any) -> None:
    for name, value in ALWAYS.items():
        assert response.headers[name] == value, name
    policy = dict(part.split(" ", 1) for part in response.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert not [rule for rule in policy.values() if "unsafe" in rule or "*" in rule or "http" in rule]
    assert "geolocation=()" in response.headers["Permissions-Policy"]
    assert re.fullmatch(r"[0-9a-f-]{36}", response.headers["X-Request-ID"])
    assert "Server" not in response.headers
    assert "X-Powered-By" not in response.headers


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/", 200),
        ("/worklist/", 200),
        ("/people/{chen}/", 200),
        ("/people/{feng}/", 404),
        ("/people/999999999999999999999/", 404),
        ("/nowhere", 404),
        ("/health", 200),
        ("/account/password/", 200),
        ("/account/two-step/totp/activate/", 302),
        ("/i18n/setlang/", 302),
    ],
)
def test_every_kind_of_answer_closes_the_same_doors(nurse: Client, town: Town, address: str, status: int) -> None:
    response = nurse.get(address.format(chen=town.chen.pk, feng=town.feng.pk))
    assert response.status_code == status
    refuse_open_door(response)
    assert "no-store" in response.headers["Cache-Control"]


def test_an_address_that_only_takes_forms_leads_a_browser_to_the_page_above(nurse: Client, town: Town) -> None:
    person = f"/people/{town.chen.pk}"
    for address, above in {
        f"{person}/household/new/": f"{person}/household/",
        f"{person}/relationships/1/end/": f"{person}/relationships/",
    }.items():
        opened = nurse.get(address, headers={"Accept": "text/html,*/*;q=0.8"})
        assert (opened.status_code, opened["Location"]) == (302, above)
        assert nurse.get(address).status_code == 405, "a program is told that this is no page"


def test_so_do_answers_to_nobody_and_to_forged_forms(town: Town) -> None:
    nobody = Client(enforce_csrf_checks=True)
    asked, forged, method = nobody.get("/"), nobody.post("/account/login/", {"login": "x"}), Client().delete("/health")
    assert (asked.status_code, forged.status_code, method.status_code) == (302, 403, 405)
    for response in (asked, forged, method, nobody.get("/account/login/")):
        refuse_open_door(response)
        assert "no-store" in response.headers["Cache-Control"]


def test_so_does_a_fault(nurse: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jinxiu.worklists.views.render", lambda *_, **__: 1 / 0)
    nurse.raise_request_exception = False
    response = nurse.get("/worklist/")
    assert response.status_code == 500
    refuse_open_door(response)
    assert "ZeroDivisionError" not in response.content.decode()
    assert response.headers["X-Request-ID"] in response.content.decode()


def test_static_files_may_be_kept_and_say_what_they_are(db: None) -> None:
    response = Client().get(next(_static_files()))
    assert response.status_code == 200
    refuse_open_door(response)
    assert "max-age" in response.headers["Cache-Control"]


def _static_files() -> Iterator[str]:
    folder = ours.PACKAGE / "ui" / "static"
    for path in sorted(folder.rglob("*.css")):
        yield f"/static/{path.relative_to(folder).as_posix()}"


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(town: Town, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    client = Client(enforce_csrf_checks=True)
    client.get("/account/login/")
    client.force_login(User.objects.get(pk=town.wang.user_id))
    cookies = dict(client.cookies) | dict(client.get("/").cookies)
    assert {"jinxiu_session", "jinxiu_csrf"} <= cookies.keys()
    csrf = cookies["jinxiu_csrf"]
    assert (csrf["httponly"], csrf["secure"], csrf["samesite"]) == (True, True, "Lax")
    assert ours.SESSION_COOKIE_HTTPONLY
    assert ours.LANGUAGE_COOKIE_HTTPONLY


def test_with_another_machines_name_cookies_and_pages_keep_to_https(tmp_path: Path) -> None:
    import subprocess
    import sys

    from tests.cli.conftest import command_environment

    code = (
        "from jinxiu.config import settings as s\n"
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.LANGUAGE_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, "
        "s.SECURE_HSTS_SECONDS > 0, s.CSRF_TRUSTED_ORIGINS)"
    )
    environment = command_environment(JINXIU_HOSTS="jinxiu.example.cn", JINXIU_DATA=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "True True True True True ['https://jinxiu.example.cn']"


# --- limits -----------------------------------------------------------------------------------------------------------


def test_what_is_too_large_is_refused_before_it_is_read(nurse: Client) -> None:
    response = nurse.generic("POST", "/worklist/", b"x", CONTENT_LENGTH=str(26 * 1024 * 1024))
    assert response.status_code == 413
    refuse_open_door(response)


def test_a_form_of_a_megabyte_is_refused_with_a_page(nurse: Client) -> None:
    response = nurse.post("/account/password/", {"oldpassword": "x" * (1024 * 1024 + 1)})
    assert response.status_code == 400
    assert nurse.post("/account/password/", {f"n{number}": "" for number in range(1001)}).status_code == 400


def test_one_account_may_ask_for_so_many_pages_in_a_minute(nurse: Client, town: Town, settings: Any) -> None:
    settings.JINXIU_REQUESTS_PER_MINUTE = 10
    answers = [nurse.get("/worklist/") for _ in range(12)]
    assert [answer.status_code for answer in answers].count(429) in (1, 2)
    refused = answers[-1]
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "60"
    refuse_open_door(refused)
    assert "<h1>" in refused.content.decode()
    colleague = Client()
    colleague.force_login(User.objects.get(pk=town.wang.user_id))
    assert colleague.get("/worklist/").status_code == 200, "another account has its own"


def test_and_after_a_while_it_may_again(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.JINXIU_REQUESTS_PER_MINUTE = 60
    limits, now = RequestLimits(lambda _: None), 1000.0  # type: ignore[arg-type, return-value]
    monkeypatch.setattr("jinxiu.config.middleware.time.monotonic", lambda: now)
    assert [limits._is_too_much(1) for _ in range(61)] == [False] * 60 + [True]
    now += 2
    assert [limits._is_too_much(1) for _ in range(3)] == [False, False, True]
    assert not limits._is_too_much(2)


# --- numbers for whoever watches --------------------------------------------------------------------------------------


def test_metrics_are_there_for_those_who_know_the_token(town: Town, client: Client, settings: Any) -> None:
    assert client.get("/metrics").status_code == 404
    settings.JINXIU_METRICS_TOKEN = "a-token-of-more-than-twenty"
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer something-else"}).status_code == 404
    response = client.get("/metrics", headers={"authorization": "Bearer a-token-of-more-than-twenty"})
    assert response.status_code == 200
    lines = response.content.decode().splitlines()
    assert [line for line in lines if line.startswith("jinxiu_database_bytes ")]
    for line in lines:
        assert re.fullmatch(r'# (HELP|TYPE) \w+ .+|\w+(\{version="[\d.]+"\})? [\d.]+', line), line
    refuse_open_door(response)


# --- logs -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[Any]:
    """Everything that is logged, as the handlers of the installation write it."""
    written: list[str] = []
    formatter = DiscreetFormatter("{levelname} {name} {message}", style="{")

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(formatter.format(record))

    keep = Keep()
    loggers = [logging.getLogger(name) for name in ("", "django", "jinxiu.access")]
    for logger in loggers:
        logger.addHandler(keep)
    yield written
    for logger in loggers:
        logger.removeHandler(keep)


def test_the_log_of_a_morning_names_nobody(nurse: Client, town: Town, logged: list[str]) -> None:
    number = "140199195506150078"
    nurse.get("/worklist/", {"name": "陈志强"})
    nurse.get(f"/people/{town.chen.pk}/")
    nurse.get(f"/people/{town.feng.pk}/")
    nurse.get("/worklist/", {"q": "13812340021", "name": number})
    nurse.get("/陈志强/")
    nurse.post(f"/people/{town.chen.pk}/followups/new/?form=hypertension", {"systolic": "陈志强", "notes": number})
    nurse.post("/account/login/", {"login": "陈志强", "password": "13812340021"})
    text = "\n".join(logged)
    assert "route=/people/<int:person_id>/ status=200" in text
    assert "status=404" in text
    for named in ("陈志强", "志强", "13812340021", "0021", number, "冯明"):
        assert named not in text, named


def test_an_access_line_says_who_by_number_what_and_how_long(nurse: Client, town: Town, logged: list[str]) -> None:
    nurse.get(f"/people/{town.chen.pk}/")
    (line,) = [line for line in logged if "jinxiu.access" in line]
    assert re.search(rf"method=GET route=/people/<int:person_id>/ status=200 ms=\d+ user={town.zhao.user_id}$", line)


def test_each_line_bears_the_number_that_the_page_shows() -> None:
    for handler in ("console", "access"):
        assert ours.LOGGING["handlers"][handler]["filters"] == ["origin"]


def test_a_fault_is_logged_with_its_trace_and_without_the_values_of_the_row(town: Town) -> None:
    formatter = DiscreetFormatter("{message}", style="{")
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Person.objects.filter(pk=town.chen.pk).update(sex="?")
    assert "陈志强" in str(caught.value), "the database does quote the row"
    fault = (caught.type, caught.value, caught.tb)
    record = logging.LogRecord("django.request", logging.ERROR, __file__, 1, "Internal Server Error", (), fault)
    text = formatter.format(record)
    assert "person_sex_known" in text
    assert "Traceback" in text
    assert "update(sex=" in text
    assert "陈志强" not in text
    assert "1955" not in text
    assert connection.is_usable()


def test_what_the_database_quotes_over_several_lines_goes_too() -> None:
    text = 'psycopg.errors.X: no\nDETAIL:  Row (7, 陈\n志强).\nCONTEXT:  COPY t, line 3: "陈"\n\nThe above'
    kept = without_values(text)
    assert "陈" not in kept
    assert "志强" not in kept
    assert kept.startswith("psycopg.errors.X: no\nDETAIL: (left out of the log)\nCONTEXT: (left out of the log)\n\nThe")


def test_the_log_of_a_commands_fault_does_not_hold_whom_it_was_about() -> None:
    from jinxiu.cli.__main__ import _typed

    assert _typed(["explain", "陈志强", "--lang", "en", "--data=/x/陈"]) == "./jinxiu explain --lang --data"


def test_a_server_loads_all_pages_first_and_the_collector_leaves_them_alone():
    """A full pass over some 300,000 lasting objects would hold up a request for a tenth of a second."""
    from jinxiu.config.wsgi import application

    assert callable(application)
    assert gc.get_freeze_count() > 100_000
