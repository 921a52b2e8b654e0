"""Numbers of people at rest: sealed so that only the application reads them, findable by keyed hash.

A sealed value is one byte that names the key, a nonce of 12 bytes, and AES-256-GCM's cipher text with its tag. The
context (what kind of number) is bound into both, so that a value moved to another column neither opens nor matches.
"""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from jinxiu.people import identity

IDENTIFIER = "identifier"
PHONE = "phone"
SECOND_STEP = "second step"  # the keys of two-step sign-in
EARLIER = "earlier data"  # the numbers of a person before a correction
AS_SENT = "fhir"  # what another system said of a person and we could not read
DRAFT = "draft"  # what somebody typed into a form and has not saved
_NONCE_BYTES = 12


class SealError(ValueError):
    """A sealed value that none of our keys opens: it was changed, or the keys of another installation are in use."""


def seal(text: str, context: str = "") -> bytes:
    """Encrypt with the newest key."""
    keys = settings.JINXIU_SECRETS.identifier_keys
    nonce = os.urandom(_NONCE_BYTES)
    return bytes([len(keys)]) + nonce + AESGCM(keys[-1]).encrypt(nonce, text.encode(), context.encode())


def open_sealed(sealed: bytes | memoryview, context: str = "") -> str:
    """Decrypt with the key that sealed it. Raises SealError."""
    data = bytes(sealed)  # PostgreSQL hands out memoryviews
    keys = settings.JINXIU_SECRETS.identifier_keys
    if len(data) <= _NONCE_BYTES or not 1 <= data[0] <= len(keys):
        raise SealError("This value was sealed with a key that this installation does not have.")
    nonce, rest = data[1 : 1 + _NONCE_BYTES], data[1 + _NONCE_BYTES :]
    try:
        return AESGCM(keys[data[0] - 1]).decrypt(nonce, rest, context.encode()).decode()
    except InvalidTag as error:
        raise SealError("This value was changed, or sealed with the keys of another installation.") from error


def keyed_hash(text: str, context: str) -> bytes:
    """Thirty-two bytes that are equal for equal texts of one context and say nothing without the key."""
    return hmac.digest(settings.JINXIU_SECRETS.index_key, f"{context}\0{text}".encode(), hashlib.sha256)


def last4_hash(digits: str, context: str) -> bytes:
    """The hash under which a number is found by its last four characters."""
    return keyed_hash(digits[-4:], f"{context}:last4")


def identifier_columns(system: str, value: str) -> dict[str, bytes | str]:
    """The columns `sealed, whole_hash, last4_hash, masked` of an Identifier, from a number as it was written."""
    number = identity.normalise(value)
    return {**columns(number, IDENTIFIER), "masked": identity.mask(number, system)}


def phone_columns(value: str) -> dict[str, bytes | str]:
    """The same columns of a ContactPoint. Raises identity.IdentityError when it is no phone number."""
    digits = identity.normalise_phone(value)
    return {**columns(digits, PHONE), "masked": identity.mask_phone(digits)}


def columns(number: str, context: str) -> dict[str, bytes | str]:
    """The columns `sealed, whole_hash, last4_hash` of a number in its normal form."""
    return {
        "sealed": seal(number, context),
        "whole_hash": keyed_hash(number, context),
        "last4_hash": last4_hash(number, context),
    }
