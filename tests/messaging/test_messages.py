"""Messages: to whom, when, by which channel, what is kept of them, and what an administrator sees."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from aiosmtpd.controller import Controller
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse
from django.utils import translation
from procrastinate.contrib.django.models import ProcrastinateJob

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.config.checks import check_hosts
from jinxiu.config.mail import mail_settings
from jinxiu.config.sms import sms_url
from jinxiu.messaging import actions, queries, rules, texts
from jinxiu.messaging.models import Delivery, EmailAddress, Message
from jinxiu.messaging.texts import Text
from jinxiu.people import clock, sealing
from jinxiu.people.actions import record_departure, register_person
from jinxiu.people.clock import SHANGHAI
from jinxiu.people.families.actions import relate
from jinxiu.people.models import Person, User
from tests.access.test_invitation_mail import MailBox
from tests.messaging.folk import Folk, folk
from tests.messaging.provider import Provider, provider
from tests.town import TODAY

__all__ = ["folk"]

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=SHANGHAI)
LATE = NOON + timedelta(days=2)
HELLO = texts.define(Text("test.hello", 2, rules.SERVICE, "hello", "Your team has a message: %(team)s."))
CODE = texts.define(Text("test.code", 1, rules.CODE, "code", "Your code is %(code)s."))
WARNING = texts.define(Text("test.warning", 1, rules.SAFETY, "warning", "Call your team."))


@pytest.fixture
def sms(settings) -> Iterator[Provider]:
    with provider() as here:
        settings.JINXIU_SMS_URL, settings.JINXIU_SMS_TOKEN = here.url, "t" * 20
        yield here


def say(person: Person, text: Text = HELLO, now: datetime = NOON, **more) -> Message:
    arguments = {"team": "第一团队"} if text is HELLO else {}
    message = actions.send(
        person_id=person.pk, text=text, arguments=arguments, expires_at=LATE, actor=SYSTEM, now=now, **more
    )
    assert message is not None
    return message


def deliver(message: Message, now: datetime = NOON, *, is_last: bool = False) -> bool:
    again = actions.deliver(message_id=message.pk, is_last=is_last, now=now)
    message.refresh_from_db()
    return again


# --- when -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hour", "minute", "leaves"),
    [(7, 59, (25, 8)), (8, 0, (25, 8)), (20, 59, (25, 20)), (21, 0, (26, 8)), (23, 30, (26, 8))],
)
def test_a_service_message_waits_for_the_end_of_the_quiet_hours(hour: int, minute: int, leaves) -> None:
    now = NOON.replace(hour=hour, minute=minute)
    at = rules.goes_out_at(rules.SERVICE, now)
    assert (at.day, at.hour) == leaves
    assert rules.goes_out_at(rules.CODE, now) == rules.goes_out_at(rules.SAFETY, now) == now


def test_the_job_waits_in_the_database_with_the_message(folk: Folk) -> None:
    message = say(folk.chen, now=NOON.replace(hour=22))
    job = ProcrastinateJob.objects.get(task_name=actions.DELIVER)
    assert job.args == {"message_id": message.pk}
    assert job.scheduled_at == NOON.replace(day=26, hour=8)


# --- to whom ----------------------------------------------------------------------------------------------------------


def test_an_sms_goes_out_once_and_the_number_stands_masked(folk: Folk, sms: Provider) -> None:
    message = say(folk.chen)
    assert not deliver(message)
    assert not deliver(message), "a second call does nothing"
    assert sms.came == [
        {"to": "13812340021", "text": "Your team has a message: 第一团队.", "template": "test.hello"}
        | {"reference": str(message.pk)}
    ]
    assert sms.tokens == ["Bearer " + "t" * 20]
    row = Delivery.objects.get()
    assert (row.masked, row.provider_id, row.reason, message.state) == ("138****0021", "sms-1", "", "sent")


def test_the_dead_and_the_restricted_get_nothing(folk: Folk, sms: Provider) -> None:
    dead, warned = say(folk.chen), say(folk.chen, WARNING)
    record_departure(person_id=folk.chen.pk, on=TODAY, died=True, actor=SYSTEM)
    assert [deliver(one) for one in (dead, warned)] == [False, False]
    assert {dead.reason, warned.reason} == {"person_dead"}
    folk.li.restrictions.create(kind="stored_only", reason="own_wish", start_at=NOON)
    restricted, safety = say(folk.li), say(folk.li, WARNING)
    deliver(restricted)
    deliver(safety)
    assert (restricted.state, restricted.reason, safety.state) == ("dropped", "restricted", "sent")


def test_what_comes_too_late_is_not_sent(folk: Folk, sms: Provider) -> None:
    message = say(folk.chen)
    deliver(message, LATE)
    assert (message.state, message.reason, sms.came) == ("dropped", "expired", [])


def test_a_childs_message_goes_to_the_guardian(folk: Folk, sms: Provider) -> None:
    child = register_person(
        name="陈小宝", sex="M", birth_date=date(2020, 5, 1), actor=SYSTEM, phones=[("mobile", "13900001111")]
    )
    message = say(child)
    deliver(message)
    assert (message.state, message.reason) == ("failed", "no_address")
    relate(
        person_id=child.pk, role="guardian", relation="51", relative_id=folk.li.pk, start_on=date(2020, 5, 1),
        today=TODAY, actor=SYSTEM, recorded_by=None,
    )  # fmt: skip
    deliver(say(child))
    assert [one["to"] for one in sms.came] == ["13812343318"]


def test_the_same_thing_is_said_once(folk: Folk) -> None:
    say(folk.chen, dedupe_key="due:1")
    assert actions.send(
        person_id=folk.chen.pk, text=WARNING, expires_at=LATE, actor=SYSTEM, now=NOON, dedupe_key="due:1"
    ) is None  # fmt: skip
    say(folk.li, dedupe_key="due:1")
    assert Message.objects.count() == 2


def test_an_invented_persons_number_is_not_called(folk: Folk, sms: Provider) -> None:
    Person.objects.filter(pk=folk.chen.pk).update(is_synthetic=True)
    message = say(folk.chen)
    deliver(message)
    assert (message.state, message.reason, sms.came) == ("failed", "synthetic", [])


# --- when it does not work --------------------------------------------------------------------------------------------


def test_a_provider_that_is_busy_is_tried_again_and_in_the_end_the_message_failed(folk: Folk, sms: Provider) -> None:
    sms.answers = [503, 429, 500]
    message = say(folk.chen)
    assert deliver(message)
    assert deliver(message)
    assert not deliver(message, is_last=True)
    assert (message.state, message.reason) == ("failed", "busy")
    assert [one.reason for one in Delivery.objects.order_by("pk")] == ["busy"] * 3
    assert AuditEntry.objects.get(action="message.failed").detail["reason"] == "busy"


@pytest.mark.parametrize("code", [400, 401, 302])
def test_a_provider_that_says_no_is_not_asked_again(folk: Folk, sms: Provider, code: int) -> None:
    sms.answers = [code]
    message = say(folk.chen)
    assert not deliver(message)
    assert (message.state, message.reason, len(sms.came)) == ("failed", "refused", 1)


def test_without_a_channel_the_message_fails_with_a_reason(folk: Folk) -> None:
    message = say(folk.chen)
    deliver(message)
    assert (message.state, message.reason) == ("failed", "no_channel")


def test_when_the_sms_fails_the_mail_goes(folk: Folk, sms: Provider, settings) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    box = MailBox()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.JINXIU_MAIL = True
        for name, value in mail_settings(f"smtp://127.0.0.1:{port}?tls=no", "锦绣 <a@hospital.example>").items():
            setattr(settings, name, value)
        actions.keep_email(
            person_id=folk.chen.pk, address="chen@mail.example", language="en", actor=SYSTEM, now=clock.true_now()
        )
        before = say(folk.chen)
        sms.answers = [400, 503]
        deliver(before)
        assert before.state == "failed", "nothing but the code goes to an address that nobody has proved"
        EmailAddress.objects.update(proved_at=clock.true_now())
        message = say(folk.chen)
        deliver(message)
    finally:
        server.stop()
    assert message.state == "sent"
    assert len(box.mails) == 1
    assert [(one.channel, one.masked) for one in Delivery.objects.filter(message=message).order_by("pk")] == [
        ("sms", "138****0021"),
        ("email", "c***@mail.example"),
    ]


# --- secrets ----------------------------------------------------------------------------------------------------------


def test_a_code_is_readable_nowhere_and_gone_when_it_is_sent(folk: Folk, sms: Provider, caplog) -> None:
    message = say(folk.chen, CODE, secret={"code": "493817"})
    jobs = str(list(ProcrastinateJob.objects.values()))
    stored = str(Message.objects.values().get())
    trail = str(list(AuditEntry.objects.values()))
    sms.answers = [503]
    deliver(message)
    assert "493817" in sealing.open_sealed(message.sealed or b"", Message.sealed_as)
    deliver(message)
    assert sms.came[-1]["text"] == "Your code is 493817."
    assert message.sealed is None
    assert not [place for place in (jobs, stored, trail, caplog.text) if "493817" in place or "13812340021" in place]


def test_the_inbox_shows_a_code_until_it_is_too_old(folk: Folk, settings) -> None:
    address = reverse("inbox")
    assert Client().get(address).status_code == 404
    settings.JINXIU_INBOX = True
    now = datetime.now(UTC)
    message = actions.send(
        person_id=folk.chen.pk,
        text=CODE,
        expires_at=now + timedelta(minutes=5),
        actor=SYSTEM,
        secret={"code": "493817"},
    )
    assert message is not None
    actions.deliver(message_id=message.pk, is_last=False)
    assert "493817" in Client().get(address).content.decode()
    assert queries.inbox(now + timedelta(minutes=6))[0].words == ""
    assert actions.forget_secrets(now=now + timedelta(minutes=6)) == 1
    assert Message.objects.get().sealed is None


def test_no_text_names_a_condition() -> None:
    said = re.compile(
        "高血压|糖尿病|结核|精神|艾滋|孕|血糖|血压|HIV|diabet|hypertens|tubercul|mental|pregnan|glucose", re.I
    )
    for text in texts.known().values():
        for language in ("zh-hans", "en"):
            with translation.override(language):
                assert not said.search(str(text.words)), text.key


# --- the administrator ------------------------------------------------------------------------------------------------


def test_the_log_names_nobody_and_leads_on(folk: Folk, sms: Provider, monkeypatch) -> None:
    monkeypatch.setattr("jinxiu.accounts.middleware.is_mfa_enabled", lambda user: True)
    monkeypatch.setattr(queries, "PAGE_ROWS", 2)
    sms.answers = [400]
    for person in (folk.chen, folk.li, folk.wu):
        deliver(say(person))
    client = Client(headers={"accept-language": "en"})
    client.force_login(User.objects.get(pk=folk.tian.user_id))
    first = client.get(reverse("messages"))
    page = first.content.decode()
    assert "138****1147" in page
    assert "陈志强" not in page
    second = client.get(first.context["next_url"]).content.decode()
    assert "The provider does not take this number" in second
    failed = client.get(reverse("messages"), {"state": "failed"}).context["rows"]
    assert [one["message"].person_id for one in failed] == [folk.chen.pk]
    assert client.get(reverse("messages"), {"state": "x", "after": "9" * 40}).status_code == 200


# --- settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["http://sms.example/x", "ftp://a", "https://", "sms.example", "http://[::1"])
def test_a_provider_without_tls_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured):
        sms_url(url)
    assert sms_url("https://sms.example/send") == "https://sms.example/send"


def test_the_inbox_is_no_page_for_others(settings) -> None:
    settings.ALLOWED_HOSTS, settings.JINXIU_HTTPS, settings.JINXIU_INBOX = ["jinxiu.example.cn"], True, True
    assert "jinxiu.E010" in {one.id for one in check_hosts(None)}
