"""When a copy may be taken. Pure, no Django.

Source: PIPL art. 45 (a copy in good time). The numbers are ours: a phone that lies about signed in gives nothing away,
and nobody needs more than a few copies a day.
"""

from __future__ import annotations

from datetime import datetime, timedelta

FRESH = timedelta(minutes=10)  # after phone, document and code were proved
A_DAY = 3  # of one person's data
LARGEST_BYTES = 30 * 1024 * 1024  # of documents; a larger copy is handed out at the centre

PAPER, ARCHIVE = "paper", "archive"
WHAT = (PAPER, ARCHIVE)


def is_fresh(signed_in_at: datetime, now: datetime) -> bool:
    """Tell whether somebody proved who they are just now."""
    return now < signed_in_at + FRESH
