"""A passkey in software: answers a site's questions as a phone would (WebAuthn level 2, packed in JSON)."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Passkey:
    """One key pair on one device; `is_verified` tells whether the device asked for PIN, finger or face."""

    def __init__(self, *, is_verified: bool = True, origin: str = "https://testserver") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(32)
        self.user_handle = ""
        self.is_verified = is_verified
        self.origin = origin

    def made_for(self, question: dict[str, Any]) -> str:
        """Answer to "make a passkey"."""
        public = question["publicKey"]
        self.user_handle = public["user"]["id"]
        cose = cbor.encode(ES256.from_cryptography_key(self.key.public_key()))
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cose
        data = self._about(public["rp"]["id"], ATTESTED) + attested
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": websafe_encode(self._client_data("webauthn.create", public["challenge"])),
            "attestationObject": websafe_encode(attestation),
        }
        return self._packed(response, clientExtensionResults={"credProps": {"rk": True}})

    def answer_to(self, question: dict[str, Any]) -> str:
        """Answer to "show that you are there"."""
        public = question["publicKey"]
        client_data = self._client_data("webauthn.get", public["challenge"])
        data = self._about(public["rpId"], 0)
        signed = data + hashlib.sha256(client_data).digest()
        response = {
            "clientDataJSON": websafe_encode(client_data),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            "userHandle": self.user_handle,
        }
        return self._packed(response, clientExtensionResults={})

    def _about(self, rp_id: str, more: int) -> bytes:
        flags = PRESENT | more | (VERIFIED if self.is_verified else 0)
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + bytes(4)

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _packed(self, response: dict[str, str], **more: Any) -> str:
        name = websafe_encode(self.id)
        return json.dumps({"type": "public-key", "id": name, "rawId": name, "response": response, **more})
