"""A document at rest: sealed with a key of its own, which is sealed in turn as ID numbers are.

So a change of keys seals the small key anew and leaves the large content as it is.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from jinxiu.people.sealing import SealError

CONTENT, PREVIEW = b"content", b"preview"  # bound into what is sealed: one does not open as the other
_NONCE_BYTES = 12


def new_key() -> str:
    """A key for one document (AES-256), as text."""
    return AESGCM.generate_key(256).hex()


def shut(content: bytes, key: str, part: bytes) -> bytes:
    """Seal a part of a document: a nonce of 12 bytes, the cipher text, its tag."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(bytes.fromhex(key)).encrypt(nonce, content, part)


def opened(box: bytes | memoryview, key: str, part: bytes) -> bytes:
    """Open a part of a document. Raises SealError when a single bit of it was changed."""
    data = bytes(box)
    try:
        return AESGCM(bytes.fromhex(key)).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], part)
    except InvalidTag as error:
        raise SealError("This document was changed, or sealed with another key.") from error
