"""What is in a file: told by its content, never by its name. A program of its own; it knows nothing else of Jinxiu.

`reading` starts it with a file as its input, little memory and little time, and without our keys and addresses: what
a library makes of a stranger's file can hurt nobody but this process.

A picture is painted anew as JPEG: what is in it besides the picture (place, camera, comments, another file behind its
end) is gone. A PDF is kept byte for byte, for it may be signed, or refused: one that is damaged, locked, runs
something, carries files, or has something else before its beginning or behind its end.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import pikepdf
from PIL import Image, ImageOps

from jinxiu.attachments.rules import (
    JPEG,
    LONGEST_SIDE,
    MOST_OBJECTS,
    MOST_PAGES,
    MOST_PIXELS,
    PDF,
    PREVIEW_SIDE,
    Kept,
    RefusedError,
)

_MEMORY = 1536 << 20  # bytes; 50 million pixels need about 500 million
_SECONDS = 20  # of processor time
_HEIC = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypheif", b"ftyphevc", b"ftypmsf1")
# Keys and actions of a PDF that run something, send something, or carry another file.
_ACTIVE_KEYS = frozenset(["/JS", "/JavaScript", "/EmbeddedFiles", "/EF", "/AF", "/XFA", "/RichMediaContent"])
_ACTIVE = frozenset(
    f"/{name}"
    for name in (
        *("JavaScript", "Launch", "ImportData", "SubmitForm", "GoToE", "Rendition", "Movie", "Sound"),
        *("RichMedia", "RichMediaExecute", "EmbeddedFile"),
    )
)


def examine(content: bytes) -> Kept:
    """Tell what a file is and make of it what is kept. Raises RefusedError."""
    if not content:
        raise RefusedError("empty")
    if content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return _picture(content)
    if content.startswith(b"%PDF-"):
        return _pdf(content)
    raise RefusedError("heic" if content[4:12] in _HEIC else "unknown")


def _picture(content: bytes) -> Kept:
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(io.BytesIO(content), formats=["JPEG", "PNG"]) as image,
        ):
            if image.width * image.height > MOST_PIXELS:
                raise RefusedError("too_many_pixels")
            image.draft(None, (LONGEST_SIDE, LONGEST_SIDE))  # a large JPEG is read at a fraction of its size
            upright = ImageOps.exif_transpose(image)
            painted = _painted(upright, LONGEST_SIDE)
    except Image.DecompressionBombError as error:
        raise RefusedError("too_many_pixels") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise error if isinstance(error, RefusedError) else RefusedError("damaged") from error
    preview = _jpeg(_painted(painted, PREVIEW_SIDE), quality=65)
    return Kept(JPEG, _jpeg(painted, quality=85), preview, painted.width, painted.height)


def _painted(image: Image.Image, side: int) -> Image.Image:
    """The picture alone, on white, no side longer than `side`."""
    picture = image.convert("RGBA" if image.has_transparency_data else "RGB")
    picture.thumbnail((side, side))
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture if picture.mode == "RGBA" else None)
    return paper


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality, optimize=True)
    return file.getvalue()


def _pdf(content: bytes) -> Kept:
    if not content.rstrip(b"\0\t\r\n\f ").endswith(b"%%EOF"):
        raise RefusedError("damaged")  # cut short, or something else is hung behind it
    try:
        with pikepdf.open(io.BytesIO(content), attempt_recovery=False) as file:
            if len(file.objects) > MOST_OBJECTS or len(file.pages) > MOST_PAGES:
                raise RefusedError("pdf_too_long")
            if any(map(_is_active, _dictionaries(file))):
                raise RefusedError("pdf_active")
            if not len(file.pages):
                raise RefusedError("damaged")
            return Kept(PDF, content, pages=len(file.pages))
    except pikepdf.PasswordError as error:
        raise RefusedError("pdf_locked") from error
    except (pikepdf.PdfError, RuntimeError, TypeError) as error:
        raise RefusedError("damaged") from error


def _dictionaries(file: pikepdf.Pdf) -> Iterator[Any]:
    """Every dictionary of the file, also those inside of others."""
    waiting: list[Any] = [file.trailer, *file.objects]
    while waiting:
        one = waiting.pop()
        if isinstance(one, pikepdf.Array):
            inner = list(one)
        elif isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
            yield one
            inner = [one[key] for key in one.keys()]  # noqa: SIM118 - no mapping of Python's
        else:
            continue
        waiting += [part for part in inner if isinstance(part, pikepdf.Object) and not part.is_indirect]


def _is_active(one: Any) -> bool:
    if not _ACTIVE_KEYS.isdisjoint(one.keys()):
        return True
    return any(str(one.get(key, "")) in _ACTIVE for key in ("/S", "/Subtype", "/Type"))


def main() -> None:
    """Read a file from the input; write one line of JSON, the kept bytes and the preview."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes no file
    try:
        kept = examine(sys.stdin.buffer.read())
    except RefusedError as refused:
        _answer({"refused": refused.code})
    except MemoryError:
        _answer({"refused": "too_much"})
    else:
        sizes = {"media": kept.media, "width": kept.width, "height": kept.height, "pages": kept.pages}
        _answer({**sizes, "length": len(kept.content)}, kept.content + kept.preview)


def _answer(head: dict[str, Any], body: bytes = b"") -> None:
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + body)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
