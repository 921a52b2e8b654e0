"""Whether a file is an agreement as it was handed out, and whether what stands here is what was signed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from jinxiu.agreements.models import Agreement, IssuedPaper
from jinxiu.agreements.queries import signatures_of
from jinxiu.agreements.text import sha256_of


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was handed out: of which agreement, when, and whether the text kept here is the one signed."""

    agreement: Agreement
    issued_at: datetime
    is_text_whole: bool


def check(content: bytes) -> Checked | None:
    """Find the agreement that a file was handed out as; None where not every byte is as it was."""
    found = IssuedPaper.objects.select_related("agreement").filter(sha256=hashlib.sha256(content).hexdigest()).first()
    if found is None:
        return None
    text = sha256_of(found.agreement.text)
    whole = all(one.sha256 == text for one in signatures_of(found.agreement))
    return Checked(found.agreement, found.at, whole)
