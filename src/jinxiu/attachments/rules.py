"""What may be attached, how large, and what a file is called when it goes out. Pure, no Django."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

JPEG, PNG, PDF = "image/jpeg", "image/png", "application/pdf"
SUFFIXES = {JPEG: "jpg", PDF: "pdf"}  # of what is kept

REPORT, ECG, WOUND, AGREEMENT, OTHER = "report", "ecg", "wound", "agreement", "other"
KINDS = (REPORT, ECG, WOUND, AGREEMENT, OTHER)
SAID = ("kind", "title", "on", "author", "sheltered")  # of a document, by who adds or corrects it

# This project's own numbers, no law's.
LARGEST_BYTES = 15 * 1024 * 1024  # a photo of a phone has 2 to 12 MB
MOST_PIXELS = 50_000_000  # a phone's largest photo has 48 million
MOST_PAGES = 200
MOST_OBJECTS = 200_000  # in a PDF; a scanned page has about ten
LONGEST_SIDE = 2560  # pixels of a kept picture: small print on a page of A4 can be read (220 dots an inch)
PREVIEW_SIDE = 200
FIRST_DAY = date(1900, 1, 1)  # of a document

_UNFIT = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')  # what some system does not take in the name of a file


class RefusedError(ValueError):
    """A file that is not taken. `code`: empty, unknown, heic, damaged, too_many_pixels, pdf_locked, pdf_active,
    pdf_too_long, too_much, too_large."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a file: its bytes and, of a picture, a small one and its size in pixels."""

    media: str
    content: bytes
    preview: bytes = b""
    width: int | None = None
    height: int | None = None
    pages: int | None = None


def file_name(title: str, day: date, media: str) -> str:
    """The name under which a document is saved: its title and day, in letters that every system takes."""
    words = _UNFIT.sub(" ", unicodedata.normalize("NFC", title))
    letters = "".join(one for one in words if unicodedata.category(one)[0] != "C")
    name = " ".join(letters.split())[:60].strip(". ")
    return f"{name or 'document'} {day.isoformat()}.{SUFFIXES[media]}"
