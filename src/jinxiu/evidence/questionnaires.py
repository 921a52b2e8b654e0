"""Forms as data: read a versioned form definition from YAML, take answers against it, turn answers into observations.

The shape follows FHIR R4 Questionnaire (`item`, `linkId`, `type`, `text`, `required`, `enableWhen`, `answerOption`,
`initial`), with both languages beside each other and a few keys of ours: `unit`, `minValue`/`maxValue` (outside is
refused), `warnBelow`/`warnAbove` (outside asks "are you sure"), `alternateUnit` (a likely mix-up of units) and
`observation` (the code under which the answer becomes evidence). Pure: no Django, no database.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import yaml

TYPES = ("group", "display", "boolean", "integer", "decimal", "date", "choice", "string", "text")
OPERATORS = ("=", "!=")
LONGEST = {"string": 200, "text": 2000}

Value = bool | int | float | str | dt.date


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in both languages."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the Chinese words for any `zh…` language code and the English ones otherwise."""
        return self.zh if language.lower().startswith("zh") else self.en


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
class Mistake:
    """One mistake in a form definition: where, what was found and what is allowed."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class QuestionnaireError(ValueError):
    """A form definition that can't be used; `mistakes` lists every one found."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


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

_FORM_KEYS = ("id", "version", "event", "title", "source", "needs", "flags", "item")
_ITEM_KEYS = (
    "linkId", "type", "text", "hint", "required", "unit", "decimals", "minValue", "maxValue", "warnBelow", "warnAbove",
    "alternateUnit", "answerOption", "enableWhen", "initial", "observation", "item",
)  # fmt: skip
_NUMERIC_KEYS = ("unit", "minValue", "maxValue", "warnBelow", "warnAbove", "alternateUnit")
Node = yaml.nodes.Node


def read_questionnaire(path: Path) -> Questionnaire:
    """Read one form definition; raises QuestionnaireError that names file, line, what was found and what is allowed."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise QuestionnaireError([Mistake(path.name, line, f"this is not YAML: {error.problem}")]) from error
    reader = _Reader(path.name)
    form = reader.form(root)
    if reader.mistakes or form is None:
        raise QuestionnaireError(sorted(reader.mistakes, key=lambda mistake: mistake.line))
    return form


class _Reader:
    """Walks the YAML nodes, keeps every mistake with its line and goes on as far as it can."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.mistakes: list[Mistake] = []
        self.lines: dict[str, int] = {}

    def wrong(self, node: Node | None, message: str) -> None:
        line = node.start_mark.line + 1 if node is not None else 1
        self.mistakes.append(Mistake(self.file, line, message))

    def form(self, root: Node | None) -> Questionnaire | None:
        if root is None:
            self.wrong(None, "the file is empty, expected a form with " + ", ".join(_FORM_KEYS))
            return None
        keys = self.mapping(root, _FORM_KEYS, needed=("id", "version", "event", "title", "source", "item"))
        form = Questionnaire(
            id=self.string(keys.get("id")),
            version=self.string(keys.get("version")),
            event=self.string(keys.get("event")),
            title=self.text(keys.get("title")),
            source=self.text(keys.get("source")),
            items=tuple(self.item(node) for node in self.sequence(keys.get("item"))),
            needs=tuple(tuple(self.strings(node)) for node in self.sequence(keys.get("needs"))),
            flags=tuple(self.strings(keys.get("flags"))),
        )
        self.references(form, keys)
        return form

    def item(self, node: Node) -> Item:
        keys = self.mapping(node, _ITEM_KEYS, needed=("linkId", "type", "text"))
        link_id, kind = self.string(keys.get("linkId")), self.one_of(keys.get("type"), TYPES)
        self.unique(node, link_id)
        self.fitting(node, keys, link_id, kind)
        item = Item(
            link_id=link_id,
            type=kind,
            text=self.text(keys.get("text")),
            hints=(self.text(keys["hint"]),) if "hint" in keys else (),
            required=self.truth(keys.get("required")),
            unit=self.string(keys.get("unit")),
            decimals=int(self.number(keys.get("decimals")) or 0),
            min_value=self.number(keys.get("minValue")),
            max_value=self.number(keys.get("maxValue")),
            warn_below=self.number(keys.get("warnBelow")),
            warn_above=self.number(keys.get("warnAbove")),
            alternate_unit=self.alternate_unit(keys.get("alternateUnit")),
            options=tuple(self.option(option) for option in self.sequence(keys.get("answerOption"))),
            enable_when=tuple(self.condition(condition) for condition in self.sequence(keys.get("enableWhen"))),
            initial=self.scalar(keys.get("initial")),
            observation=self.string(keys.get("observation")),
            items=tuple(self.item(child) for child in self.sequence(keys.get("item"))),
        )
        self.limits_in_order(node, item)
        return item

    def unique(self, node: Node, link_id: str) -> None:
        if link_id in self.lines:
            self.wrong(node, f"linkId {link_id!r} is used twice, first on line {self.lines[link_id]}")
        self.lines[link_id] = node.start_mark.line + 1

    def fitting(self, node: Node, keys: Mapping[str, Node], link_id: str, kind: str) -> None:
        """Each type has the keys that make sense for it."""
        numeric = kind in ("integer", "decimal")
        for key in _NUMERIC_KEYS:
            if key in keys and not numeric:
                self.wrong(keys[key], f"{key!r} belongs to integer or decimal questions, {link_id!r} is {kind}")
        if kind == "choice" and "answerOption" not in keys:
            self.wrong(node, f"the choice {link_id!r} needs 'answerOption'")
        if kind != "choice" and "answerOption" in keys:
            self.wrong(keys["answerOption"], f"'answerOption' belongs to a choice, {link_id!r} is {kind}")
        if ("item" in keys) != (kind == "group"):
            self.wrong(node, f"a group has 'item' and nothing else has: {link_id!r} is {kind}")
        if "observation" in keys and not (numeric or kind == "boolean"):
            self.wrong(keys["observation"], f"only a number or a yes/no becomes an observation, {link_id!r} is {kind}")

    def limits_in_order(self, node: Node, item: Item) -> None:
        given = [item.min_value, item.warn_below, item.warn_above, item.max_value]
        known = [limit for limit in given if limit is not None]
        if known != sorted(known):
            self.wrong(node, f"{item.link_id!r}: expected minValue ≤ warnBelow ≤ warnAbove ≤ maxValue")

    def alternate_unit(self, node: Node | None) -> AlternateUnit | None:
        if node is None:
            return None
        keys = self.mapping(node, ("unit", "above", "divideBy"), needed=("unit", "above", "divideBy"))
        above, divide_by = self.number(keys.get("above")), self.number(keys.get("divideBy"))
        if above is None or not divide_by:
            self.wrong(node, "'alternateUnit' needs the numbers 'above' and 'divideBy' (not 0)")
            return None
        return AlternateUnit(self.string(keys.get("unit")), above, divide_by)

    def option(self, node: Node) -> Option:
        keys = self.mapping(node, ("code", "text"), needed=("code", "text"))
        return Option(self.string(keys.get("code")), self.text(keys.get("text")))

    def condition(self, node: Node) -> Condition:
        keys = self.mapping(node, ("question", "operator", "answer"), needed=("question", "operator", "answer"))
        answer = self.scalar(keys.get("answer"))
        operator = self.one_of(keys.get("operator"), OPERATORS)
        return Condition(self.string(keys.get("question")), operator, "" if answer is None else answer)

    def references(self, form: Questionnaire, keys: Mapping[str, Node]) -> None:
        """Every linkId that is referred to exists; a condition looks back, so that answers are read in one pass."""
        known = [item.link_id for item in form.questions()]
        for link_id in (*form.flags, *(link_id for group in form.needs for link_id in group)):
            if link_id not in known:
                self.wrong(keys.get("flags") or keys.get("needs"), self.unknown("question", link_id, known))
        for place, item in enumerate(form.questions()):
            for condition in item.enable_when:
                if condition.question not in known[:place]:
                    line = self.lines[item.link_id]
                    message = self.unknown("earlier question", condition.question, known[:place])
                    self.mistakes.append(Mistake(self.file, line, f"{item.link_id!r}: {message}"))

    # Leaves

    def mapping(self, node: Node, allowed: Sequence[str], needed: Sequence[str]) -> dict[str, Node]:
        if not isinstance(node, yaml.nodes.MappingNode):
            self.wrong(node, "expected keys out of " + ", ".join(allowed))
            return {}
        keys: dict[str, Node] = {}
        for key, value in node.value:
            if key.value not in allowed:
                self.wrong(key, self.unknown("key", str(key.value), allowed))
            elif key.value in keys:
                self.wrong(key, f"the key {key.value!r} stands twice")
            keys[str(key.value)] = value
        for key in needed:
            if key not in keys:
                self.wrong(node, f"the key {key!r} is missing")
        return keys

    @staticmethod
    def unknown(what: str, found: str, allowed: Sequence[str]) -> str:
        near = difflib.get_close_matches(found, allowed, 1)
        guess = f" (did you mean {near[0]!r}?)" if near else ""
        return f"unknown {what} {found!r}{guess}; allowed: {', '.join(allowed) or 'none'}"

    def sequence(self, node: Node | None) -> list[Node]:
        if node is None:
            return []
        if not isinstance(node, yaml.nodes.SequenceNode):
            self.wrong(node, "expected a list")
            return []
        return list(node.value)

    def strings(self, node: Node | None) -> list[str]:
        return [self.string(part) for part in self.sequence(node)]

    def string(self, node: Node | None) -> str:
        if node is None:
            return ""
        if not isinstance(node, yaml.nodes.ScalarNode) or not node.value.strip():
            self.wrong(node, "expected words")
            return ""
        return node.value.strip()

    def text(self, node: Node | None) -> Text:
        if node is None:
            return Text("", "")
        keys = self.mapping(node, ("zh", "en"), needed=("zh", "en"))
        return Text(self.string(keys.get("zh")), self.string(keys.get("en")))

    def one_of(self, node: Node | None, allowed: Sequence[str]) -> str:
        found = self.string(node)
        if node is not None and found and found not in allowed:
            self.wrong(node, self.unknown("value", found, allowed))
        return found

    def truth(self, node: Node | None) -> bool:
        value = self.scalar(node)
        if value is not None and not isinstance(value, bool):
            self.wrong(node, f"expected true or false, found {value!r}")
        return value is True

    def number(self, node: Node | None) -> Decimal | None:
        if node is None:
            return None
        if not isinstance(node, yaml.nodes.ScalarNode) or not re.fullmatch(r"-?\d+(\.\d+)?", node.value):
            self.wrong(node, f"expected a number, found {getattr(node, 'value', '')!r}")
            return None
        return Decimal(node.value)

    def scalar(self, node: Node | None) -> Value | None:
        if node is None:
            return None
        if not isinstance(node, yaml.nodes.ScalarNode):
            self.wrong(node, "expected one value")
            return None
        if node.tag.endswith(":bool"):
            return bool(node.value.lower() in ("true", "yes", "on"))
        if node.tag.endswith(":int"):
            return int(node.value)
        return str(node.value)
