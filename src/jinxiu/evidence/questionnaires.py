"""Forms as data: read a versioned form definition from YAML, take answers against it, turn answers into observations.

The shape follows FHIR R4 Questionnaire (`item`, `linkId`, `type`, `text`, `required`, `enableWhen`, `answerOption`,
`initial`), with both languages beside each other and a few keys of ours: `observation` (the code under which the answer
becomes evidence; its unit, hard limits and usual range come from the code list), `alternateUnit` (a likely mix-up of
units), and for numbers that are no observation `unit`, `minValue`, `maxValue`, `warnBelow`, `warnAbove`.
Pure: no Django, no database.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from yaml.nodes import Node, ScalarNode

from jinxiu.standards.codes import Code, Codes, installed
from jinxiu.standards.model import Text
from jinxiu.standards.positions import Mistakes, Reader, StandardError, compose, kind_of, one_of
from jinxiu.standards.verdict import number_text

TYPES = ("group", "display", "boolean", "integer", "decimal", "date", "choice", "string", "text")
OPERATORS = ("=", "!=")
LONGEST = {"string": 200, "text": 2000}

Value = bool | int | float | str | dt.date


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that a choice offers."""

    code: str
    text: Text


@dataclass(frozen=True, slots=True)
class Condition:
    """A question is asked only while another one has (or has not) this answer."""

    question: str
    operator: str
    answer: Value

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Say whether the condition is true of these answers; a missing answer equals nothing."""
        same = values.get(self.question) == self.answer
        return same if self.operator == "=" else not same


@dataclass(frozen=True, slots=True)
class AlternateUnit:
    """A unit that people mix up with ours: numbers above `above` are probably in it, and `divide_by` converts them."""

    unit: str
    above: Decimal
    divide_by: Decimal


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a form: a question, or a group of them."""

    link_id: str
    type: str
    text: Text
    hints: tuple[Text, ...] = ()
    required: bool = False
    unit: str = ""
    decimals: int = 0
    min_value: Decimal | None = None
    max_value: Decimal | None = None
    warn_below: Decimal | None = None
    warn_above: Decimal | None = None
    alternate_unit: AlternateUnit | None = None
    options: tuple[Option, ...] = ()
    enable_when: tuple[Condition, ...] = ()
    initial: Value | None = None
    observation: str = ""
    items: tuple[Item, ...] = ()

    def option(self, code: str) -> Option | None:
        """Return the option with this code, or None."""
        return next((option for option in self.options if option.code == code), None)


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """A form definition: which event it records, what it asks, and which answers make it worth recording."""

    id: str
    version: str
    event: str
    title: Text
    source: Text
    items: tuple[Item, ...]
    needs: tuple[tuple[str, ...], ...] = ()
    flags: tuple[str, ...] = ()

    def questions(self) -> Iterator[Item]:
        """Yield every item that takes an answer, in the order of the form."""
        return (item for item in _flatten(self.items) if item.type not in ("group", "display"))

    def question(self, link_id: str) -> Item:
        """Return the question with this linkId; KeyError when there is none."""
        for item in self.questions():
            if item.link_id == link_id:
                return item
        raise KeyError(link_id)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an answer is refused: which question, a code for the sentence, and what the sentence names."""

    link_id: str
    code: str
    args: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Doubt:
    """What the person recording is asked to confirm; `key` names the doubt and the very value it is about."""

    key: str
    link_id: str
    code: str
    args: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers taken against a form: typed values by linkId, what is refused, and what asks for a second look."""

    values: Mapping[str, Value]
    problems: tuple[Problem, ...] = ()
    doubts: tuple[Doubt, ...] = ()


def _flatten(items: Iterable[Item]) -> Iterator[Item]:
    for item in items:
        yield item
        yield from _flatten(item.items)


# ── Taking answers ─────────────────────────────────────────────────────────────────────────────────────────────────


def take_answers(form: Questionnaire, raw: Mapping[str, str]) -> Answers:
    """Check what was typed against the form; an unanswered question has no value, an unticked boolean is False."""
    values: dict[str, Value] = {}
    problems: list[Problem] = []
    doubts: list[Doubt] = []
    for item in form.questions():
        text = _clean(raw.get(item.link_id, ""), item.type)
        if not _is_enabled(item, values):
            problems.extend(_problem_of_disabled(form, item, text))
            continue
        value, problem = _parse(item, text)
        if problem:
            problems.append(problem)
        elif value is not None:
            values[item.link_id] = value
            doubts.extend(_doubts(item, value))
    return Answers(values, tuple(problems), tuple(doubts))


def _clean(text: str, kind: str) -> str:
    """Trim; outside free text, full-width digits and signs become plain ones (a Chinese keyboard writes １４８)."""
    if kind in ("string", "text"):
        return text.replace("\r\n", "\n").replace("\x00", "").strip()
    return unicodedata.normalize("NFKC", text).strip()


def _is_enabled(item: Item, values: Mapping[str, Value]) -> bool:
    return all(condition.holds(values) for condition in item.enable_when)


def _problem_of_disabled(form: Questionnaire, item: Item, text: str) -> list[Problem]:
    """Words typed into a question that doesn't apply are pointed out: they must not vanish in silence."""
    if not text or item.type == "boolean":
        return []
    return [Problem(item.link_id, "not_enabled", {"question": item.enable_when[0].question})]


def _parse(item: Item, text: str) -> tuple[Value | None, Problem | None]:
    if item.type == "boolean":
        return text not in ("", "0", "false"), None
    if not text:
        return None, Problem(item.link_id, "required") if item.required else None
    return _PARSERS[item.type](item, text)


def _parse_number(item: Item, text: str) -> tuple[Value | None, Problem | None]:
    if not re.fullmatch(r"[+-]?\d{1,9}(\.\d{1,9})?", text):
        return None, Problem(item.link_id, "not_a_number", {"found": text[:40]})
    number = Decimal(text)
    problem = _number_problem(item, number, text)
    if problem:
        return None, problem
    return (int(number) if item.type == "integer" else float(number)), None


def _number_problem(item: Item, number: Decimal, text: str) -> Problem | None:
    args = {"found": text, "unit": item.unit, "min": _plain(item.min_value), "max": _plain(item.max_value)}
    other = item.alternate_unit
    if other and number > other.above:
        converted = in_our_unit(item, number)
        return Problem(item.link_id, "other_unit", args | {"other": other.unit, "converted": _plain(converted)})
    if item.min_value is not None and number < item.min_value:
        return Problem(item.link_id, "out_of_range", args)
    if item.max_value is not None and number > item.max_value:
        return Problem(item.link_id, "out_of_range", args)
    allowed = 0 if item.type == "integer" else item.decimals
    if number != round(number, allowed):
        code = "too_many_decimals" if allowed else "not_whole"
        return Problem(item.link_id, code, args | {"decimals": str(allowed)})
    return None


def in_our_unit(item: Item, number: Decimal) -> Decimal:
    """Convert a number given in the item's alternate unit to the item's unit, with one decimal (126 mg/dL → 7.0)."""
    assert item.alternate_unit is not None
    return (number / item.alternate_unit.divide_by).quantize(Decimal("0.1"), ROUND_HALF_UP)


def _parse_date(item: Item, text: str) -> tuple[Value | None, Problem | None]:
    try:
        return dt.date.fromisoformat(text), None
    except ValueError:
        return None, Problem(item.link_id, "not_a_date", {"found": text[:40]})


def _parse_choice(item: Item, text: str) -> tuple[Value | None, Problem | None]:
    if item.option(text):
        return text, None
    return None, Problem(item.link_id, "not_an_option", {"found": text[:40]})


def _parse_text(item: Item, text: str) -> tuple[Value | None, Problem | None]:
    longest = LONGEST[item.type]
    if len(text) > longest:
        return None, Problem(item.link_id, "too_long", {"found": str(len(text)), "max": str(longest)})
    return text, None


_PARSERS = {
    "integer": _parse_number,
    "decimal": _parse_number,
    "date": _parse_date,
    "choice": _parse_choice,
    "string": _parse_text,
    "text": _parse_text,
}


def _doubts(item: Item, value: Value) -> list[Doubt]:
    if item.type not in ("integer", "decimal"):
        return []
    number = Decimal(str(value))
    args = {"found": _plain(number), "unit": item.unit}
    key = f"{item.link_id}={_plain(number)}"
    if item.warn_below is not None and number < item.warn_below:
        return [Doubt(key, item.link_id, "unusually_low", args | {"limit": _plain(item.warn_below)})]
    if item.warn_above is not None and number > item.warn_above:
        return [Doubt(key, item.link_id, "unusually_high", args | {"limit": _plain(item.warn_above)})]
    return []


def _plain(number: Decimal | None) -> str:
    """Write a number without an exponent: 7.0 stays 7.0, 40 stays 40."""
    return "" if number is None else format(number, "f")


def observations_of(form: Questionnaire, values: Mapping[str, Value]) -> dict[str, float]:
    """Return the numeric observations by code that these answers are; yes/no become 1 and 0."""
    return {
        item.observation: float(values[item.link_id])  # type: ignore[arg-type]
        for item in form.questions()
        if item.observation and item.link_id in values
    }


def answers_as_json(form: Questionnaire, values: Mapping[str, Value]) -> dict[str, Any]:
    """Return this form's own answers as JSON values, dates as ISO text, to be kept with the event."""
    own = {item.link_id for item in form.questions()}
    return {
        link_id: value.isoformat() if isinstance(value, dt.date) else value
        for link_id, value in values.items()
        if link_id in own
    }


# ── Several forms on one page ──────────────────────────────────────────────────────────────────────────────────────


def combine(forms: Sequence[Questionnaire]) -> Questionnaire:
    """Merge forms into one page on which a question with the same linkId is asked once; its hints stand side by side.

    Raises ValueError when two forms define the same linkId differently: they would not be the same question.
    """
    if len(forms) == 1:
        return forms[0]
    items: tuple[Item, ...] = ()
    for form in forms:
        items = _merge(items, form.items)
    first = forms[0]
    return replace(
        first,
        id="+".join(form.id for form in forms),
        version="+".join(form.version for form in forms),
        event="",
        items=items,
        needs=(),
        flags=tuple(dict.fromkeys(flag for form in forms for flag in form.flags)),
    )


def _merge(ours: tuple[Item, ...], theirs: tuple[Item, ...]) -> tuple[Item, ...]:
    merged = {item.link_id: item for item in ours}
    for item in theirs:
        same = merged.get(item.link_id)
        merged[item.link_id] = item if same is None else _merge_item(same, item)
    return tuple(merged.values())


def _merge_item(ours: Item, theirs: Item) -> Item:
    alike = replace(theirs, hints=ours.hints, items=ours.items, required=ours.required)
    if alike != ours:
        raise ValueError(f"two forms define the question {ours.link_id!r} differently")
    return replace(
        ours,
        hints=tuple(dict.fromkeys(ours.hints + theirs.hints)),
        required=ours.required or theirs.required,
        items=_merge(ours.items, theirs.items),
    )


# ── Reading a definition ───────────────────────────────────────────────────────────────────────────────────────────

_FORM_KEYS = ("id", "version", "event", "title", "source", "item")
_ITEM_KEYS = (
    "hint", "required", "unit", "decimals", "minValue", "maxValue", "warnBelow", "warnAbove", "alternateUnit",
    "answerOption", "enableWhen", "initial", "observation", "item",
)  # fmt: skip
_LIMITS = ("minValue", "warnBelow", "warnAbove", "maxValue")
_NUMERIC = ("integer", "decimal")
_NOTHING = Text("?", "?")  # stands in where a text is missing, so that reading goes on to the next mistake


def read_questionnaire(path: Path, codes: Codes | None = None) -> Questionnaire:
    """Read one form definition; raises StandardError with every mistake, its line and what is allowed."""
    mistakes = Mistakes(path.name)
    reader = _FormReader(mistakes, codes or installed())
    form = reader.form(compose(path, mistakes))
    if mistakes.found:
        raise StandardError(mistakes.found)
    return form


class _FormReader(Reader):
    """Walks the YAML nodes, keeps every mistake with its line and goes on as far as it can."""

    def __init__(self, mistakes: Mistakes, codes: Codes) -> None:
        super().__init__(mistakes)
        self.codes = codes
        self.nodes: dict[str, Node] = {}

    def form(self, root: Node | None) -> Questionnaire:
        keys = self.keys(root, "", _FORM_KEYS, ("needs", "flags"))
        items = self.item_list(keys.get("item"), "item")
        form = Questionnaire(
            id=self.text(keys.get("id"), "id") or "",
            version=self.text(keys.get("version"), "version") or "",
            event=self.word(keys.get("event"), "event", self.codes.events) or "",
            title=self.both(keys.get("title"), "title"),
            source=self.both(keys.get("source"), "source"),
            items=items,
        )
        asked = [item.link_id for item in form.questions()]
        self.conditions_look_back(form)
        groups = self.items(keys.get("needs"), "needs")
        return replace(
            form,
            needs=tuple(self.words(group, "needs", asked) for group in groups),
            flags=self.words(keys.get("flags"), "flags", asked),
        )

    def item_list(self, node: Node | None, place: str) -> tuple[Item, ...]:
        return tuple(self.item(part, place) for part in self.items(node, place))

    def item(self, node: Node, place: str) -> Item:
        keys = self.keys(node, place, ("linkId", "type", "text"), _ITEM_KEYS)
        link_id = self.text(keys.get("linkId"), f"{place}.linkId") or "?"
        kind = self.word(keys.get("type"), f"{link_id}.type", TYPES) or ""
        self.unique(keys.get("linkId"), link_id)
        self.fitting(node, keys, link_id, kind)
        code = self.code(keys.get("observation"), link_id, kind)
        limits = self.limits(node, keys, link_id, code)
        return Item(
            link_id=link_id,
            type=kind,
            text=self.both(keys.get("text"), f"{link_id}.text"),
            hints=(self.both(keys["hint"], f"{link_id}.hint"),) if "hint" in keys else (),
            required=bool(self.yes_no(keys.get("required"), f"{link_id}.required")),
            unit=self.text(keys.get("unit"), f"{link_id}.unit") or (code.unit if code and not code.is_flag else ""),
            decimals=self.whole(keys.get("decimals"), f"{link_id}.decimals", 0, 6) or 0,
            min_value=limits["minValue"],
            max_value=limits["maxValue"],
            warn_below=limits["warnBelow"],
            warn_above=limits["warnAbove"],
            alternate_unit=self.alternate_unit(keys.get("alternateUnit"), link_id),
            options=tuple(self.option(part, link_id) for part in self.items(keys.get("answerOption"), link_id)),
            enable_when=tuple(self.condition(part, link_id) for part in self.items(keys.get("enableWhen"), link_id)),
            initial=self.scalar(keys.get("initial"), f"{link_id}.initial"),
            observation=code.code if code else "",
            items=self.item_list(keys.get("item"), f"{link_id}.item"),
        )

    def unique(self, node: Node | None, link_id: str) -> None:
        if node is None:
            return
        if link_id in self.nodes:
            first = self.nodes[link_id].start_mark.line + 1
            self.mistakes.add(node, "linkId", f"{link_id} a second time (first on line {first})", "each linkId once")
        self.nodes.setdefault(link_id, node)

    def fitting(self, node: Node, keys: Mapping[str, Node], link_id: str, kind: str) -> None:
        """Each type has the keys that make sense for it."""
        belongs = dict.fromkeys(("unit", "decimals", "alternateUnit", *_LIMITS), _NUMERIC) | {
            "answerOption": ("choice",),
            "item": ("group",),
            "observation": (*_NUMERIC, "boolean"),
        }
        for key, kinds in belongs.items():
            if key in keys and kind not in kinds:
                self.mistakes.add(keys[key], link_id, f"{key} in a question of type {kind}", " or ".join(kinds))
        for key, kinds in (("answerOption", ("choice",)), ("item", ("group",))):
            if kind in kinds and key not in keys:
                self.mistakes.add(node, link_id, f"a {kind} without {key}", f"{key}: is needed here")

    def code(self, node: Node | None, link_id: str, kind: str) -> Code | None:
        """The observation's entry in the code list; a yes/no goes with a flag, a number with a measure."""
        name = self.word(node, f"{link_id}.observation", self.codes.observations)
        if node is None or name is None:
            return None
        code = self.codes[name]
        if code.is_flag != (kind == "boolean"):
            self.mistakes.add(
                node, link_id, f"{name} in a question of type {kind}", "boolean for a flag, else a number"
            )
        return code

    def limits(
        self, node: Node, keys: Mapping[str, Node], link_id: str, code: Code | None
    ) -> dict[str, Decimal | None]:
        """The four limits, the form's own or else the code list's, in rising order."""
        listed = (code.hard_low, code.warn_low, code.warn_high, code.hard_high) if code else (None,) * 4
        limits: dict[str, Decimal | None] = {}
        for key, usual in zip(_LIMITS, listed, strict=True):
            own = self.number(keys.get(key), f"{link_id}.{key}")
            value = own if own is not None else usual
            limits[key] = None if value is None else Decimal(number_text(value))
        known = [limit for limit in limits.values() if limit is not None]
        if known != sorted(known):
            self.mistakes.add(node, link_id, "limits out of order", "minValue, warnBelow, warnAbove, maxValue rising")
        return limits

    def alternate_unit(self, node: Node | None, link_id: str) -> AlternateUnit | None:
        place = f"{link_id}.alternateUnit"
        keys = self.keys(node, place, ("unit", "above", "divideBy"))
        unit = self.text(keys.get("unit"), place)
        above, divide_by = self.number(keys.get("above"), place), self.number(keys.get("divideBy"), place)
        if unit is None or above is None or divide_by is None:
            return None
        if divide_by <= 0:
            self.mistakes.add(keys["divideBy"], place, str(divide_by), "a number above 0")
            return None
        return AlternateUnit(unit, Decimal(number_text(above)), Decimal(number_text(divide_by)))

    def option(self, node: Node, link_id: str) -> Option:
        keys = self.keys(node, f"{link_id}.answerOption", ("code", "text"))
        code = self.text(keys.get("code"), f"{link_id}.code") or ""
        return Option(code, self.both(keys.get("text"), f"{link_id}.text"))

    def condition(self, node: Node, link_id: str) -> Condition:
        place = f"{link_id}.enableWhen"
        keys = self.keys(node, place, ("question", "operator", "answer"))
        answer = self.scalar(keys.get("answer"), place)
        operator = self.word(keys.get("operator"), place, OPERATORS) or "="
        return Condition(self.text(keys.get("question"), place) or "", operator, "" if answer is None else answer)

    def conditions_look_back(self, form: Questionnaire) -> None:
        """A condition refers to an earlier question, so that answers are read in one pass."""
        earlier: list[str] = []
        for item in form.questions():
            for condition in item.enable_when:
                if condition.question not in earlier and item.link_id in self.nodes:
                    allowed = "an earlier question: " + one_of(condition.question, earlier)
                    self.mistakes.add(
                        self.nodes[item.link_id], f"{item.link_id}.enableWhen", condition.question, allowed
                    )
            earlier.append(item.link_id)

    def both(self, node: Node | None, place: str) -> Text:
        """The same words in both languages."""
        keys = self.keys(node, place, ("zh", "en"))
        zh, en = self.text(keys.get("zh"), f"{place}.zh"), self.text(keys.get("en"), f"{place}.en")
        return Text(zh, en) if zh and en else _NOTHING

    def scalar(self, node: Node | None, place: str) -> Value | None:
        """A yes/no, a whole number or a text."""
        if node is None:
            return None
        if not isinstance(node, ScalarNode):
            self.mistakes.add(node, place, kind_of(node), "one value")
            return None
        if node.tag == "tag:yaml.org,2002:bool":
            return node.value.lower() == "true"
        return int(node.value) if node.tag == "tag:yaml.org,2002:int" else str(node.value)
