"""A FHIR Bundle in one JSON file, as resources one by one, each under a name that is its own in the whole source. Pure.

An entry with a `fullUrl` says who it is. One without (of somebody's test cases, say) has an id that holds inside its
Bundle only: `Condition-1` of two patients are two conditions. Such an id gets the Bundle's own mark; patients,
organizations and practitioners keep theirs, since other files speak of them.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Protocol

import orjson

from jinxiu.fhir.ndjson import LONGEST_LINE, InputError, Line, LineReader, SourceFile

LARGEST_BUNDLE = 64 * 1024 * 1024
"""Bytes of a Bundle after unpacking; it is held in memory whole, unlike NDJSON."""
BUNDLE = "Bundle"
_SHARED = frozenset({"Patient", "Organization", "Practitioner"})
_GZIP_MAGIC = b"\x1f\x8b"
_UTF8_MARK = b"\xef\xbb\xbf"
_ENDINGS = (".json", ".json.gz")
_LONGEST_ID = 64
_MARK = 16


class Lines(Protocol):
    """Resources of one file; `position` is how many of its bytes are behind us."""

    position: int

    def __iter__(self) -> Iterator[Line]: ...


def reader_of(file: SourceFile) -> Lines | LineReader:
    """Return what reads the file: a .json file holds one resource or one Bundle, every other one resource a line."""
    return BundleReader(file) if file.name.endswith(_ENDINGS) else LineReader(file, LONGEST_LINE)


@dataclass(slots=True)
class BundleReader:
    """Reads one JSON file; a line's number is that of the entry, from 1."""

    file: SourceFile
    position: int = field(default=0, init=False)

    def __iter__(self) -> Iterator[Line]:
        """Yield the resources; what cannot be a resource comes as a line with a problem."""
        try:
            content = _unpacked(self.file.path.read_bytes())
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            yield Line(1, b"", f"a gzip archive that breaks off or is damaged ({error})")
            return
        except OSError as error:
            raise InputError(f"{self.file.path} cannot be read ({error.strerror}); check its permissions.") from None
        self.position = self.file.size
        if len(content) > LARGEST_BUNDLE:
            yield Line(1, b"", f"a Bundle of more than {LARGEST_BUNDLE:,} bytes")
            return
        yield from resources(content, self.file.path.name)


def _unpacked(content: bytes) -> bytes:
    if content.startswith(_GZIP_MAGIC):
        decoder = zlib.decompressobj(wbits=31)
        content = decoder.decompress(content, LARGEST_BUNDLE + 1)
    return content.removeprefix(_UTF8_MARK)


def resources(content: bytes, name: str) -> Iterator[Line]:
    """Yield the entries of a Bundle, or the one resource that the content is; `name` marks a Bundle without an id."""
    try:
        whole = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        yield Line(1, b"", f"text that is not JSON ({error})")
        return
    if type(whole) is not dict or whole.get("resourceType") != BUNDLE:
        yield Line(1, content.strip())
        return
    entries = whole.get("entry", [])
    if type(entries) is not list:
        yield Line(1, b"", "a Bundle whose entry is no list")
        return
    targets = _targets(entries, _scope(whole, entries, name))
    for number, entry in enumerate(entries, start=1):
        resource = entry.get("resource") if type(entry) is dict else None
        if type(resource) is not dict:
            yield Line(number, b"", "an entry without a resource")
            continue
        target = targets.get(_named(entry, resource))
        if target:
            resource = {**resource, "id": target.partition("/")[2]}
        yield Line(number, orjson.dumps(_pointing(resource, targets)))


def _scope(bundle: dict[str, Any], entries: list[Any], name: str) -> str:
    """What marks the ids of a Bundle: its only patient, so that the same case from another file is the same; its id."""
    found = [entry.get("resource") for entry in entries if type(entry) is dict]
    patients = [one.get("id") for one in found if type(one) is dict and one.get("resourceType") == "Patient"]
    return str(patients[0] if len(patients) == 1 else bundle.get("id") or name)


def _named(entry: dict[str, Any], resource: dict[str, Any]) -> str:
    """How other entries speak of this one."""
    return str(entry.get("fullUrl") or f"{resource.get('resourceType')}/{resource.get('id')}")


def _targets(entries: list[Any], scope: str) -> dict[str, str]:
    """Where references inside the Bundle lead that do not lead there as they are written: {as written: Type/id}."""
    targets: dict[str, str] = {}
    for entry in entries:
        resource = entry.get("resource") if type(entry) is dict else None
        if type(resource) is not dict or type(resource.get("resourceType")) is not str:
            continue
        kind, own, url = resource["resourceType"], resource.get("id"), entry.get("fullUrl")
        if type(url) is str and url.startswith("urn:"):
            targets[url] = f"{kind}/{own or url.rpartition(':')[2]}"
        elif not url and type(own) is str and kind not in _SHARED:
            mark = blake2b(f"{scope}/{own}".encode(), digest_size=_MARK // 2).hexdigest()
            targets[f"{kind}/{own}"] = f"{kind}/{own[: _LONGEST_ID - _MARK - 1]}.{mark}"
    return targets


def _pointing(value: Any, targets: dict[str, str]) -> Any:
    """The same value with its references as `targets` has them."""
    if type(value) is list:
        return [_pointing(one, targets) for one in value]
    if type(value) is not dict:
        return value
    return {
        name: targets.get(inner, inner) if name == "reference" and type(inner) is str else _pointing(inner, targets)
        for name, inner in value.items()
    }
