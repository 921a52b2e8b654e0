"""The library's forms of passkeys as we need them: each passkey is one's whole sign-in, and errors are sentences."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as library
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LONGEST_NAME = 60
_NOT_ACCEPTED = _("This passkey was not accepted. Try it once more, or take another way to sign in.")


@contextmanager
def _kindly() -> Iterator[None]:
    """Say one sentence for whatever is wrong with an answer of a passkey; anybody may send anything there."""
    try:
        yield
    except (ValidationError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValidationError(_NOT_ACCEPTED) from error


def _credential() -> forms.JSONField:
    said = {"required": _NOT_ACCEPTED, "invalid": _NOT_ACCEPTED}
    return forms.JSONField(widget=forms.HiddenInput, error_messages=said)


def _name(**more: Any) -> forms.CharField:
    return forms.CharField(label=_("Name of the passkey"), max_length=LONGEST_NAME, **more)


class AddPasskey(library.AddWebAuthnForm):
    """A new passkey. It always asks for the PIN, finger or face, and so is a sign-in of its own."""

    passwordless = None
    credential = _credential()
    # Never asked for twice: the device has made the passkey already when the name arrives.
    name = _name(required=False, help_text=_("So that you know it again, for example “office computer” or “my phone”."))

    def clean(self) -> dict:
        """Take the passkey only when it belongs to this page's question."""
        with _kindly():
            return super().clean()


class RenamePasskey(library.EditWebAuthnForm):
    """Another name for a passkey."""

    name = _name()


class _UsePasskey(library.AuthenticateWebAuthnForm):
    credential = _credential()

    def clean_credential(self) -> Authenticator:
        """Return the passkey that answered this page's question."""
        with _kindly():
            return super().clean_credential()


class SecondStepByPasskey(_UsePasskey):
    """After the password."""


class SignInByPasskey(_UsePasskey, library.LoginWebAuthnForm):
    """Instead of user name and password."""


class ItIsStillMe(_UsePasskey, library.ReauthenticateWebAuthnForm):
    """Before what protects the account is changed."""
