"""The agreement on paper: the text to the letter as it was signed, and both signatures with what they signed."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext

from jinxiu.agreements import wording
from jinxiu.agreements.models import Agreement, Signature
from jinxiu.agreements.text import sha256_of
from jinxiu.documents import Document, Pairs, Section, Table, Words
from jinxiu.people.clock import SHANGHAI


def paper(agreement: Agreement, signatures: Iterable[Signature]) -> Document:
    """The document in the active language; the text in it stays the Chinese one that was signed."""
    title, number, *lines = agreement.text.splitlines()
    rows = tuple(_row(one) for one in signatures)
    head = (gettext("Party"), gettext("Name"), gettext("How"), gettext("When"), gettext("Certificate"))
    return Document(
        language="zh",
        title=title,
        subtitle=number,
        sections=(
            Section(gettext("The text as it was signed"), tuple(Words(line.strip()) for line in lines)),
            Section(
                gettext("Signatures"),
                (
                    Table(head, rows),
                    Pairs(((gettext("Fingerprint of the text (SHA-256)"), sha256_of(agreement.text)),)),
                ),
            ),
        ),
        foot=gettext("Confidential: for the two parties. Checked by: ./jinxiu agreement verify FILE"),
    )


def _row(signature: Signature) -> tuple[str, ...]:
    return (
        str(wording.PARTIES[signature.party]),
        signature.name,
        str(wording.SIGNED[signature.method]),
        f"{signature.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        signature.certificate_no or "–",
    )
