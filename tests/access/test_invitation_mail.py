"""Invitations by e-mail, sent to a real mail server on loopback; whatever becomes of the mail, the link stays."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from jinxiu.audit.models import AuditEntry
from jinxiu.config.mail import mail_settings
from jinxiu.people.models import Staff, User
from tests.town import TODAY, Town, town

__all__ = ["town"]

SENDER = "锦绣 <jinxiu@hospital.example>"
TO = "gao.xiang@hospital.example"


class MailBox:
    """What the server was handed; `refuses` is what it answers to the recipient instead of taking the mail."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.refuses = ""

    async def handle_RCPT(self, server, session: Session, envelope: Envelope, address: str, options) -> str:  # noqa: N802
        envelope.rcpt_tos.append(address)
        return self.refuses or "250 OK"

    async def handle_DATA(self, server, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.mails.append(envelope.content)
        return "250 OK"


@pytest.fixture
def serve() -> Iterator[Callable[..., tuple[MailBox, int]]]:
    """Start a mail server; returns its box and its port."""
    running: list[Controller] = []

    def start(**options) -> tuple[MailBox, int]:
        box = MailBox()
        running.append(Controller(box, hostname="127.0.0.1", port=free_port(), **options))
        running[-1].start()
        return box, running[-1].port

    yield start
    for controller in running:
        controller.stop()


@pytest.fixture
def set_up(settings) -> Callable[[str], None]:
    """Name a mail server, as JINXIU_SMTP does."""

    def name(server: str) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.JINXIU_MAIL = True
        for key, value in mail_settings(server, SENDER).items():
            setattr(settings, key, value)

    return name


@pytest.fixture
def admin(town: Town) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(User.objects.get(pk=town.tian.user_id))
    return client


@pytest.fixture(autouse=True)
def _second_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jinxiu.accounts.middleware.is_mfa_enabled", lambda user: True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def invited(client: Client, town: Town, **changed: str) -> str:
    form = {
        "name": "高翔",
        "name_en": "Gao Xiang",
        "username": "gao.xiang",
        "email": TO,
        "role": "doctor",
        "place": f"team:{town.team1.pk}",
        "start_on": TODAY.isoformat(),
        **changed,
    }
    return client.post(reverse("staff-invite"), form).content.decode()


def link_in(page: str) -> str:
    found = re.search(r'id="invitation">([^<]+)<', page)
    assert found, page
    return found[1]


def words_of(mail: bytes) -> tuple[str, str, str]:
    """To, subject and text."""
    message = message_from_bytes(mail, policy=policy.default)
    return message["To"], message["Subject"].strip(), message.get_content()  # the line is folded before it


def test_the_invitation_goes_out_in_both_languages_with_the_link_of_the_page(admin, town, serve, set_up) -> None:
    box, port = serve()
    set_up(f"smtp://127.0.0.1:{port}?tls=no")
    page = invited(admin, town)
    assert f"sent to {TO}" in page
    to, subject, text = words_of(box.mails[0])
    assert to == TO
    assert subject == "锦绣：请设置登录密码 · Jinxiu: choose your password"
    chinese, english = text.split("----")
    assert text.count(link_in(page)) == 2
    assert "高翔" in chinese
    assert "三天" in chinese
    assert "Hello Gao Xiang," in english
    assert "gao.xiang" in english
    assert Client().get(link_in(page), follow=True).status_code == 200


def test_the_trail_says_where_it_went_and_never_the_link(admin, town, serve, set_up) -> None:
    _box, port = serve()
    set_up(f"smtp://127.0.0.1:{port}?tls=no")
    token = link_in(invited(admin, town)).split("/")[-2]
    staff = Staff.objects.get(user__username="gao.xiang")
    line = AuditEntry.objects.get(action="account.invitation_mailed")
    assert (line.actor_id, line.detail) == (town.tian.user_id, {"staff": staff.pk, "to": TO})
    assert token not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


def test_a_new_invitation_takes_the_same_road(admin, town, serve, set_up) -> None:
    box, port = serve()
    set_up(f"smtp://127.0.0.1:{port}?tls=no")
    address = reverse("staff-link", args=[town.zhao.pk])
    page = admin.post(address, {"email": TO}).content.decode()
    assert link_in(page) in words_of(box.mails[0])[2]
    assert "Enter a valid email" in admin.post(address, {"email": "nobody"}, follow=True).content.decode()
    assert len(box.mails) == 1
    admin.post(address, {"email": ""})
    assert len(box.mails) == 1


def not_sent(page: str, why: str) -> None:
    """The page says why, shows a link that works, and the trail knows."""
    assert "was not sent" in page
    assert why in page, page
    assert Client().get(link_in(page), follow=True).status_code == 200
    assert AuditEntry.objects.get(action="account.invitation_not_mailed").detail["to"] == TO


def test_a_server_that_is_not_there_loses_no_link(admin, town, set_up) -> None:
    set_up(f"smtp://127.0.0.1:{free_port()}?tls=no")
    not_sent(invited(admin, town), "does not answer")


def test_an_address_that_is_refused(admin, town, serve, set_up) -> None:
    box, port = serve()
    box.refuses = "550 no such user"
    set_up(f"smtp://127.0.0.1:{port}?tls=no")
    not_sent(invited(admin, town), "does not take this address")


def test_a_server_without_tls_gets_nothing(admin, town, serve, set_up) -> None:
    box, port = serve()
    set_up(f"smtp://127.0.0.1:{port}")
    not_sent(invited(admin, town), "no protected connection")
    assert not box.mails


def test_a_certificate_of_nobody_we_know_gets_nothing(admin, town, serve, set_up, tmp_path: Path) -> None:
    context, _authority = certificate(tmp_path)
    box, port = serve(tls_context=context, require_starttls=True)
    set_up(f"smtp://127.0.0.1:{port}")
    not_sent(invited(admin, town), "no protected connection")
    assert not box.mails


def test_with_tls_a_name_and_a_password(admin, town, serve, set_up, tmp_path: Path, monkeypatch) -> None:
    context, authority = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))

    def check(server, session, envelope, mechanism, data) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"jinxiu", b"p@ss/word"), handled=False)

    box, port = serve(tls_context=context, authenticator=check, auth_required=True)
    set_up(f"smtp://jinxiu:p%40ss%2Fword@127.0.0.1:{port}")
    assert "sent to" in invited(admin, town)
    assert len(box.mails) == 1
    set_up(f"smtp://jinxiu:p%40ss@127.0.0.1:{port}")
    not_sent(invited(admin, town, username="gao2"), "did not accept our own name and password")


def test_without_a_server_nobody_is_asked_for_an_address(admin, town, mailoutbox) -> None:
    assert 'name="email"' not in admin.get(reverse("staff-invite")).content.decode()
    page = invited(admin, town)
    assert link_in(page)
    assert "sent to" not in page
    assert not mailoutbox


@pytest.mark.parametrize(
    ("server", "sentence"),
    [
        ("mail.example", "cannot be read"),
        ("http://mail.example", "cannot be read"),
        ("smtp://:25", "cannot be read"),
        ("smtp://mail.example:many", "cannot be read"),
        ("smtp://mail.example/inbox", "cannot be read"),
        ("smtp://mail.example?tsl=no", "cannot be read"),
        ("smtp://user:p%40ss@mail.example?tls=no", "on this machine"),
        ("smtp://mail.example?tls=perhaps", "yes or no"),
    ],
)
def test_a_setting_that_makes_no_sense_stops_the_start_with_a_sentence(server: str, sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=sentence) as refused:
        mail_settings(server, SENDER)
    assert "p%40ss" not in str(refused.value)


def test_a_sender_is_needed_with_a_server_only() -> None:
    assert mail_settings("", "") == {}
    with pytest.raises(ImproperlyConfigured, match="JINXIU_MAIL_FROM is ''"):
        mail_settings("smtps://mail.example", "")
    found = mail_settings("smtps://mail.example", SENDER)
    assert (found["EMAIL_PORT"], found["EMAIL_USE_SSL"], found["DEFAULT_FROM_EMAIL"]) == (465, True, SENDER)


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A certificate for 127.0.0.1 that nobody vouches for but itself."""
    import ipaddress

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "mail.crt", folder / "mail.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, public
