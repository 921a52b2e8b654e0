"""Reading packages and terms from YAML: every mistake with its file and line, what was found and what is allowed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from pathlib import Path

from yaml.nodes import MappingNode, Node

from jinxiu.agreements.packages import (
    GROUPS,
    KINDS,
    PAYERS,
    PLACES,
    ROLES,
    Catalogue,
    Consent,
    Item,
    Package,
    Payer,
    Terms,
)
from jinxiu.standards.codes import Codes, installed
from jinxiu.standards.days import date_in
from jinxiu.standards.model import Text
from jinxiu.standards.positions import Mistake, Mistakes, Reader, StandardError, compose, kind_of

PACKAGE_KEYS = ("id", "version", "valid_from", "kind", "title", "about", "source", "items", "fee")
ITEM_KEYS = ("code", "title", "times")
COUNTED = ("events", "observations")
TERM_NUMBERS = ("per_doctor", "expiring_days", "renew_days", "paper_days", "ahead_days")
TERMS_KEYS = ("version", "valid_from", "title", "paragraphs", "consents", "years", *TERM_NUMBERS)
TERMS_FILE = "terms"  # the file of the terms is terms.yaml, or terms-….yaml
_NOTHING = Text("?", "?")  # stands in where a text is missing, so that reading goes on to the next mistake
_NO_DAY = date(1900, 1, 1)
MOST_TIMES, MOST_FEN, MOST_MONTHS = 366, 100_000_000, 1_200


def read_packages(directories: Iterable[Path], codes: Codes | None = None) -> Catalogue:
    """Every package and all terms of some directories; raises StandardError with every mistake in all files."""
    packages: list[Package] = []
    terms: list[Terms] = []
    found = []
    for path in (path for directory in directories for path in sorted(directory.glob("*.yaml"))):
        mistakes = Mistakes(path.name)
        reader = _PackageReader(mistakes, codes or installed())
        root = compose(path, mistakes)
        if path.stem == TERMS_FILE or path.stem.startswith(f"{TERMS_FILE}-"):
            terms.append(reader.terms(root))
        else:
            packages.append(reader.package(root, path.name))
        found += mistakes.found
    found += _overlaps(packages)
    if found:
        raise StandardError(found)
    return Catalogue(tuple(packages), tuple(sorted(terms, key=lambda one: one.valid_from, reverse=True)))


def _overlaps(packages: list[Package]) -> Iterable[Mistake]:
    """Two versions of one package that could be signed on one day."""
    ordered = sorted(packages, key=lambda one: (one.id, one.valid_from))
    for former, later in pairwise(ordered):
        if former.id == later.id and (former.valid_to is None or former.valid_to >= later.valid_from):
            mistakes = Mistakes(later.file)
            mistakes.add_line(1, f"{later.id} {later.version} begins before {former.version} has ended.")
            yield from mistakes.found


class _PackageReader(Reader):
    """Walks the YAML nodes, keeps every mistake with its line and goes on as far as it can."""

    def __init__(self, mistakes: Mistakes, codes: Codes) -> None:
        super().__init__(mistakes)
        self.codes = codes

    def package(self, root: Node | None, file: str) -> Package:
        keys = self.keys(root, "", PACKAGE_KEYS, ("valid_to", "groups"))
        fee, payers, example = self.fee(keys.get("fee"))
        return Package(
            id=self.text(keys.get("id"), "id") or "",
            version=self.text(keys.get("version"), "version") or "",
            valid_from=self.day(keys.get("valid_from"), "valid_from") or _NO_DAY,
            valid_to=self.day(keys.get("valid_to"), "valid_to"),
            kind=self.word(keys.get("kind"), "kind", KINDS) or "",
            title=self.both(keys.get("title"), "title"),
            about=self.both(keys.get("about"), "about"),
            source=self.both(keys.get("source"), "source"),
            groups=self.words(keys["groups"], "groups", GROUPS) if "groups" in keys else (),
            items=self.item_list(keys.get("items")),
            fee_fen=fee,
            payers=payers,
            example=example,
            file=file,
        )

    def item_list(self, node: Node | None) -> tuple[Item, ...]:
        read = [self.item(part) for part in self.items(node, "items")]
        seen: set[str] = set()
        for part, item in zip(self.items(node, "items"), read, strict=True):
            if item.code in seen:
                self.mistakes.add(part, "items", f"{item.code} a second time", "each item once")
            seen.add(item.code)
        return tuple(read)

    def item(self, node: Node) -> Item:
        keys = self.keys(node, "items", ITEM_KEYS, (*COUNTED, "modes", "role", "place"))
        code = self.text(keys.get("code"), "items.code") or "?"
        if sum(name in keys for name in COUNTED) != 1:
            self.mistakes.add(node, code, "nothing, or both, of events and observations", "one of them: what counts")
        return Item(
            code=code,
            title=self.both(keys.get("title"), f"{code}.title"),
            times=self.times(keys.get("times"), f"{code}.times"),
            events=self.words(keys.get("events"), f"{code}.events", self.codes.events),
            observations=self.words(keys.get("observations"), f"{code}.observations", self.codes.observations),
            modes=self.words(keys.get("modes"), f"{code}.modes", self.codes.modes),
            role=self.word(keys.get("role"), f"{code}.role", ROLES) or "team",
            place=self.word(keys.get("place"), f"{code}.place", PLACES) or "any",
        )

    def times(self, node: Node | None, place: str) -> tuple[tuple[int, int], ...]:
        """So often a year, or by age: {0: 4, 12: 2, 36: 1} with months of age in front."""
        if not isinstance(node, MappingNode):
            return ((0, self.whole(node, place, 1, MOST_TIMES) or 1),)
        rungs = [
            (self.whole(key, place, 0, MOST_MONTHS) or 0, self.whole(value, place, 0, MOST_TIMES) or 0)
            for key, value in self.entries(node, place).values()
        ]
        months = [rung[0] for rung in rungs]
        if not rungs or months[0] != 0 or months != sorted(set(months)):
            self.mistakes.add(node, place, "ages in another order", "months of age that begin with 0 and rise")
            return ((0, 1),)
        return tuple(rungs)

    def fee(self, node: Node | None) -> tuple[int, tuple[Payer, ...], bool]:
        keys = self.keys(node, "fee", ("per_person_year", "payers"), ("example",))
        whole = self.whole(keys.get("per_person_year"), "fee.per_person_year", 0, MOST_FEN) or 0
        lines = []
        for name, (key, value) in self.entries(keys.get("payers"), "fee.payers").items():
            payer = self.word(key, "fee.payers", PAYERS)
            fen = self.whole(value, f"fee.payers.{name}", 0, MOST_FEN)
            if payer is not None and fen is not None:
                lines.append(Payer(payer, fen))
        paid = sum(line.fen for line in lines)
        if "payers" in keys and paid != whole:
            self.mistakes.add(keys["payers"], "fee.payers", f"{paid} fen together", f"{whole} fen, as the whole fee")
        return whole, tuple(lines), bool(self.yes_no(keys.get("example"), "fee.example"))

    def terms(self, root: Node | None) -> Terms:
        keys = self.keys(root, "", TERMS_KEYS, ("valid_to", "privacy"))
        numbers = {name: self.whole(keys.get(name), name, 0, 100_000) or 0 for name in TERM_NUMBERS}
        return Terms(
            version=self.text(keys.get("version"), "version") or "",
            valid_from=self.day(keys.get("valid_from"), "valid_from") or _NO_DAY,
            valid_to=self.day(keys.get("valid_to"), "valid_to"),
            title=self.both(keys.get("title"), "title"),
            paragraphs=self.texts(keys.get("paragraphs"), "paragraphs"),
            privacy=self.texts(keys["privacy"], "privacy") if "privacy" in keys else (),
            consents=tuple(self.consent(part) for part in self.items(keys.get("consents"), "consents")),
            years=tuple(self.whole(part, "years", 1, 10) or 1 for part in self.items(keys.get("years"), "years")),
            **numbers,
        )

    def texts(self, node: Node | None, place: str) -> tuple[Text, ...]:
        return tuple(self.both(part, place) for part in self.items(node, place))

    def consent(self, node: Node) -> Consent:
        keys = self.keys(node, "consents", ("id", "required", "text"))
        required = self.yes_no(keys.get("required"), "consents.required")
        name = self.text(keys.get("id"), "consents.id") or "?"
        return Consent(name, bool(required), self.both(keys.get("text"), f"{name}.text"))

    def day(self, node: Node | None, place: str) -> date | None:
        if node is None:
            return None
        day = date_in(str(node.value))
        if day is None:
            self.mistakes.add(node, place, kind_of(node), "a day as YYYY-MM-DD")
        return day

    def both(self, node: Node | None, place: str) -> Text:
        """The same words in both languages."""
        keys = self.keys(node, place, ("zh", "en"))
        zh, en = self.text(keys.get("zh"), f"{place}.zh"), self.text(keys.get("en"), f"{place}.en")
        return Text(zh, en) if zh and en else _NOTHING
