"""Sign-in: nobody signs up by himself, a locked account says so in one sentence, and each attempt leaves a line."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.people import sealing

SIGNED_IN = define("account.signed_in", _("%(actor)s signed in."))
SIGNED_OUT = define("account.signed_out", _("%(actor)s signed out."))
PASSWORD_CHANGED = define("account.password_changed", _("%(actor)s changed the password."))
SECOND_STEP_ON = define("account.second_step_on", _("%(actor)s switched on two-step sign-in."))
SECOND_STEP_OFF = define("account.second_step_off", _("%(actor)s switched off two-step sign-in."))
PASSKEY_ADDED = define("account.passkey_added", _("%(actor)s added a passkey."))
PASSKEY_REMOVED = define("account.passkey_removed", _("%(actor)s removed a passkey."))
SIGN_IN_FAILED = define("account.sign_in_failed", _("A sign-in as %(actor)s failed."))
SIGN_IN_LOCKED = define("account.sign_in_refused", _("A sign-in as %(actor)s was refused: too many failed attempts."))


class AccountAdapter(DefaultAccountAdapter):
    """allauth's account rules as a health centre needs them."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _(
            "The username or the password is not right. "
            "After five failed attempts the account is locked for 15 minutes."
        ),
        "too_many_login_attempts": _(
            "This account is locked after too many failed attempts. Wait 15 minutes, or ask your administrator."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts come from the administrator only."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse a locked account, with a line in the trail. Raises ValidationError."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            audit.record(SIGN_IN_LOCKED, actor=_named(credentials))
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Write down a wrong password."""
        audit.record(SIGN_IN_FAILED, actor=_named(credentials))

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """Write down who came in; with two steps this is after the second."""
        audit.record(SIGNED_IN, actor=_actor(user))
        return super().post_login(request, user, **kwargs)

    def logout(self, request: HttpRequest) -> None:
        """Write down who left."""
        audit.record(SIGNED_OUT, actor=_actor(request.user))
        super().logout(request)

    def set_password(self, user: Any, password: str) -> None:
        """Write down that the password changed."""
        super().set_password(user, password)
        audit.record(PASSWORD_CHANGED, actor=_actor(user))

    def get_reauthentication_methods(self, user: Any) -> list[dict]:
        """The ways to say that it is still oneself; a passkey is called by its name here."""
        ways: list[dict] = super().get_reauthentication_methods(user)
        names = {"mfa_reauthenticate:webauthn": gettext("Use a passkey")}
        return [way | {"description": names.get(way["id"], way["description"])} for way in ways]

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # allauth's own key begins with the Host header, whose port the sender is free to invent: each one would be
        # five more attempts.
        return str(credentials.get("username", "")).strip().lower()


class SecondStepAdapter(DefaultMFAAdapter):
    """Keep the keys of the second step as well sealed as the numbers of people."""

    def encrypt(self, text: str) -> str:
        """Seal a key before it is stored."""
        return sealing.seal(text, sealing.SECOND_STEP).hex()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a sealed key."""
        return sealing.open_sealed(bytes.fromhex(encrypted_text), sealing.SECOND_STEP)

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002 - the library's name
        """The name of a passkey until its owner gives it a better one."""
        held = Authenticator.objects.filter(user=user, type=type).count()
        return gettext("Passkey %(number)s") % {"number": held + 1}


_SWITCHED_ON = {Authenticator.Type.TOTP: SECOND_STEP_ON, Authenticator.Type.WEBAUTHN: PASSKEY_ADDED}
_SWITCHED_OFF = {Authenticator.Type.TOTP: SECOND_STEP_OFF, Authenticator.Type.WEBAUTHN: PASSKEY_REMOVED}


# allauth offers no adapter for these two moments, only its own signals.
@receiver(authenticator_added)
def _second_step_on(user: Any, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type in _SWITCHED_ON:
        audit.record(_SWITCHED_ON[authenticator.type], actor=_actor(user))


@receiver(authenticator_removed)
def _second_step_off(user: Any, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type in _SWITCHED_OFF:
        audit.record(_SWITCHED_OFF[authenticator.type], actor=_actor(user))


def _actor(user: Any) -> Actor:
    return Actor(user_id=user.pk, name=user.get_username())


def _named(credentials: dict[str, Any]) -> Actor:
    """Return the account that was tried; what was typed is not kept when there is none, it may be a password."""
    user = get_user_model().objects.filter(username__iexact=credentials.get("username", "")).first()
    return _actor(user) if user else Actor(user_id=None, name="?")
