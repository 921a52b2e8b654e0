"""Forms as data: a versioned form definition, taking answers against it, turning answers into observations.

The shape follows FHIR R4 Questionnaire (`item`, `linkId`, `type`, `text`, `required`, `repeats`, `enableWhen`,
`answerOption`, `initial`), with both languages beside each other and keys of ours: docs/reference/forms.md. A question
may be computed from others (`calculations`), and may be asked for some ages only: what is known of the person
(`KNOWN`) stands among the answers where conditions look. Files are read by `questionnaire_files`.
Pure: no Django, no database.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from jinxiu.evidence.calculations import Calculation, Value, calculate
from jinxiu.standards.codes import FLAG_UNIT, installed
from jinxiu.standards.model import Text

TYPES = ("group", "display", "boolean", "integer", "decimal", "date", "choice", "string", "text")
OPERATORS = ("=", "!=", ">", ">=", "<", "<=", "exists")
LONGEST = {"string": 200, "text": 2000}
# What conditions may ask of the person: completed years, months and days on the day of the visit, the sex (M, F, U),
# and `enrolled.KIND` for a programme that runs.
KNOWN = ("age.years", "age.months", "age.days", "sex")
ENROLLED = "enrolled."


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that a choice offers; `score` is its number, an exclusive one ("none") stands alone."""

    code: str
    text: Text
    score: float | None = None
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """A question is asked only while another one has (or has not) this answer."""

    question: str
    operator: str
    answer: Value

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Say whether the condition is true of these answers; a missing answer equals nothing and is in no order.

        Of several answers of one question, one that fits is enough. A tick that is not set does not exist.
        """
        value = values.get(self.question)
        if self.operator == "exists":
            return (value is not None and value is not False) == self.answer
        if self.operator in ("=", "!="):
            same = self.answer in value if isinstance(value, tuple) else value == self.answer
            return same if self.operator == "=" else not same
        if not isinstance(value, int | float) or not isinstance(self.answer, int | float):
            return False
        return _ORDERS[self.operator](value, self.answer)

    @property
    def is_of_the_person(self) -> bool:
        """Tell whether it asks what is known of the person, not what the form asks."""
        return self.question in KNOWN or self.question.startswith(ENROLLED)


_ORDERS: Mapping[str, Callable[[float, float], bool]] = {
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
}


@dataclass(frozen=True, slots=True)
class AlternateUnit:
    """A unit that people mix up with ours; a number in it, divided by `divide_by`, is in ours.

    Numbers above `above` or below `below` are probably in it, and so is one with the unit written behind it.
    """

    unit: str
    divide_by: Decimal
    above: Decimal | None = None
    below: Decimal | None = None

    def is_likely(self, number: Decimal) -> bool:
        """Say whether a number looks like this unit."""
        return (self.above is not None and number > self.above) or (self.below is not None and number < self.below)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a form: a question, or a group of them.

    `collapsed` is of a group that a page shows closed at first. `not_before` and `not_after` name other days.
    `measured_on` names the day on which an observation was made, where that is not the day of the visit.
    """

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
    repeats: bool = False
    collapsed: bool = False
    not_before: tuple[str, ...] = ()
    not_after: tuple[str, ...] = ()
    measured_on: str = ""
    calculation: Calculation | None = None
    items: tuple[Item, ...] = ()

    def option(self, code: str) -> Option | None:
        """Return the option with this code, or None."""
        return next((option for option in self.options if option.code == code), None)


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """A form definition: which event it records, for whom, what it asks, which answers make it worth recording.

    For whom is said by `offered_when`; a form without it belongs to a programme whose contacts it records.
    """

    id: str
    version: str
    event: str
    title: Text
    source: Text
    items: tuple[Item, ...]
    needs: tuple[tuple[str, ...], ...] = ()
    flags: tuple[str, ...] = ()
    offered_when: tuple[Condition, ...] = ()

    def is_for(self, known: Mapping[str, Value]) -> bool:
        """Say whether this form is offered for somebody of whom this is known."""
        return all(condition.holds(known) for condition in self.offered_when)

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


def take_answers(form: Questionnaire, raw: Mapping[str, str], known: Mapping[str, Value] | None = None) -> Answers:
    """Check what was typed against the form; an unanswered question has no value, an unticked boolean is False.

    `raw` has several answers of one question with commas between them. `known` is what is known of the person.
    """
    values: dict[str, Value] = {}
    problems: list[Problem] = []
    doubts: list[Doubt] = []
    seen: dict[str, Value] = dict(known or {})
    for item in form.questions():
        text = _clean(raw.get(item.link_id, ""), item.type)
        if not is_enabled(item, seen):
            problems.extend(_problem_of_disabled(item, text, seen))
            continue
        value, problem = _computed(form, item, seen) if item.calculation else _parse(item, text)
        problem = problem or _order_problem(item, value, seen)
        if problem:
            problems.append(problem)
        elif value is not None:
            values[item.link_id] = seen[item.link_id] = value
            doubts.extend(_doubts(item, value))
    return Answers(values, tuple(problems), tuple(doubts))


def _clean(text: str, kind: str) -> str:
    """Trim; outside free text, full-width digits and signs become plain ones (a Chinese keyboard writes １４８)."""
    if kind in ("string", "text"):
        return text.replace("\r\n", "\n").replace("\x00", "").strip()
    return unicodedata.normalize("NFKC", text).strip()


def is_enabled(item: Item, seen: Mapping[str, Value]) -> bool:
    """Say whether a question is asked, after these answers and with this known of the person."""
    return all(condition.holds(seen) for condition in item.enable_when)


def _problem_of_disabled(item: Item, text: str, seen: Mapping[str, Value]) -> list[Problem]:
    """Words typed into a question that doesn't apply are pointed out: they must not vanish in silence."""
    if not text or item.type == "boolean" or item.calculation:
        return []
    asked = [one.question for one in item.enable_when if not one.is_of_the_person and not one.holds(seen)]
    return [Problem(item.link_id, "not_enabled", {"question": asked[0]})] if asked else []


def _order_problem(item: Item, value: Value | None, seen: Mapping[str, Value]) -> Problem | None:
    """A day before or after another one that it cannot be before or after; the same day is in order."""
    if not isinstance(value, dt.date):
        return None
    for code, others in (("before_other", item.not_before), ("after_other", item.not_after)):
        for link_id in others:
            other = seen.get(link_id)
            if isinstance(other, dt.date) and (value < other if code == "before_other" else value > other):
                args = {"found": value.isoformat(), "question": link_id, "day": other.isoformat()}
                return Problem(item.link_id, code, args)
    return None


def _computed(form: Questionnaire, item: Item, values: Mapping[str, Value]) -> tuple[Value | None, Problem | None]:
    """The value that other answers give; one outside of the hard limits says that one of them is wrong."""
    assert item.calculation is not None
    value = calculate(item.calculation, values, lambda link_id: score_of(form.question(link_id), values.get(link_id)))
    if isinstance(value, float) and item.type in _NUMBERS:
        number = Decimal(str(value)).quantize(Decimal(1).scaleb(-item.decimals), ROUND_HALF_UP)
        problem = _range_problem(item, number, _plain(number))
        if problem:
            return None, replace(problem, code="computed_out_of_range")
        value = int(number) if item.type == "integer" else float(number)
    return value, None


def score_of(item: Item, value: Value | None) -> float | None:
    """The number that an answer stands for: itself, 1 or 0 for a tick, the score of an option, of several the highest.

    None where it stands for no number.
    """
    if isinstance(value, bool | int | float):
        return float(value)
    if item.type != "choice" or not isinstance(value, str | tuple):
        return None
    chosen = [item.option(code) for code in ((value,) if isinstance(value, str) else value)]
    return max((one.score for one in chosen if one and one.score is not None), default=None)


def _parse(item: Item, text: str) -> tuple[Value | None, Problem | None]:
    if item.type == "boolean":
        return text not in ("", "0", "false"), None
    if not text:
        return None, Problem(item.link_id, "required") if item.required else None
    return _PARSERS[item.type](item, text)


_NUMBERS = ("integer", "decimal")


def _parse_number(item: Item, text: str) -> tuple[Value | None, Problem | None]:
    other = item.alternate_unit
    if other and text.lower().endswith(other.unit.lower()):
        number = text[: -len(other.unit)].strip()
        if _is_number(number):
            return None, _other_unit(item, other, Decimal(number))
    if not _is_number(text):
        return None, Problem(item.link_id, "not_a_number", {"found": text[:40]})
    number_given = Decimal(text)
    problem = _number_problem(item, number_given, text)
    if problem:
        return None, problem
    return (int(number_given) if item.type == "integer" else float(number_given)), None


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?\d{1,9}(\.\d{1,9})?", text, re.ASCII) is not None


def _number_problem(item: Item, number: Decimal, text: str) -> Problem | None:
    other = item.alternate_unit
    if other and other.is_likely(number):
        return _other_unit(item, other, number)
    if problem := _range_problem(item, number, text):
        return problem
    allowed = 0 if item.type == "integer" else item.decimals
    if number != round(number, allowed):
        code = "too_many_decimals" if allowed else "not_whole"
        return Problem(item.link_id, code, _limits_of(item, text) | {"decimals": str(allowed)})
    return None


def _other_unit(item: Item, other: AlternateUnit, number: Decimal) -> Problem:
    args = {"other": other.unit, "converted": _plain(in_our_unit(item, number))}
    return Problem(item.link_id, "other_unit", _limits_of(item, _plain(number)) | args)


def _range_problem(item: Item, number: Decimal, text: str) -> Problem | None:
    too_low = item.min_value is not None and number < item.min_value
    too_high = item.max_value is not None and number > item.max_value
    return Problem(item.link_id, "out_of_range", _limits_of(item, text)) if too_low or too_high else None


def _limits_of(item: Item, text: str) -> dict[str, str]:
    return {"found": text, "unit": item.unit, "min": _plain(item.min_value), "max": _plain(item.max_value)}


def in_our_unit(item: Item, number: Decimal) -> Decimal:
    """Convert a number given in the item's alternate unit to the item's unit (126 mg/dL → 7.0, 1.65 m → 165)."""
    assert item.alternate_unit is not None
    step = Decimal(1) if item.type == "integer" else Decimal("0.1")
    return (number / item.alternate_unit.divide_by).quantize(step, ROUND_HALF_UP)


def _parse_date(item: Item, text: str) -> tuple[Value | None, Problem | None]:
    try:
        return dt.date.fromisoformat(text), None
    except ValueError:
        return None, Problem(item.link_id, "not_a_date", {"found": text[:40]})


def _parse_choice(item: Item, text: str) -> tuple[Value | None, Problem | None]:
    codes = tuple(dict.fromkeys(text.split(","))) if item.repeats else (text,)
    chosen = [item.option(code) for code in codes]
    if None in chosen:
        return None, Problem(item.link_id, "not_an_option", {"found": text[:40]})
    alone = next((option for option in chosen if option and option.exclusive), None)
    if alone and len(codes) > 1:
        return None, Problem(item.link_id, "not_alone", {"option": alone.code})
    return (codes if item.repeats else text), None


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
    """Return the numeric observations by code that these answers are; yes/no become 1 and 0, an option its score."""
    scores = {
        item.observation: score_of(item, values[item.link_id])
        for item in form.questions()
        if item.observation and item.link_id in values
    }
    return {code: score for code, score in scores.items() if score is not None}


def measured_days(form: Questionnaire, values: Mapping[str, Value]) -> dict[str, dt.date]:
    """Return, by code, the day of the observations that were not made on the day of the visit."""
    days = {item.observation: values.get(item.measured_on) for item in form.questions() if item.link_id in values}
    return {code: day for code, day in days.items() if isinstance(day, dt.date)}


def answers_as_json(form: Questionnaire, values: Mapping[str, Value]) -> dict[str, Any]:
    """Return this form's own answers as JSON values, kept with the event: dates as ISO text, several as a list.

    On a page of several forms an answer may hold options of another form; they are that form's.
    """
    own = {item.link_id: _own(item, values[item.link_id]) for item in form.questions() if item.link_id in values}
    return {link_id: _as_json(value) for link_id, value in own.items() if value != ()}


def _own(item: Item, value: Value) -> Value:
    return tuple(code for code in value if item.option(code)) if isinstance(value, tuple) else value


def _as_json(value: Value) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def answers_from_json(form: Questionnaire, kept: Mapping[str, Any]) -> dict[str, Value]:
    """Return the answers that an event kept as typed values; what this version of the form does not ask is left out."""
    return {item.link_id: _from_json(item, kept[item.link_id]) for item in form.questions() if item.link_id in kept}


def _from_json(item: Item, value: Any) -> Value:
    if item.type == "date":
        return dt.date.fromisoformat(value)
    return tuple(value) if isinstance(value, list) else value


def in_words(item: Item, value: Value, language: str) -> str:
    """Say an answer as people write it: an option by its text, a number with its unit, a tick as yes or no."""
    if isinstance(value, bool):
        yes, no = installed().name("units", FLAG_UNIT, language).split("/")
        return yes if value else no
    if item.type == "choice":
        codes = value if isinstance(value, tuple) else (str(value),)
        options = [(item.option(code), code) for code in codes]
        return " · ".join(option.text.language(language) if option else code for option, code in options)
    if isinstance(value, dt.date):
        return value.isoformat()
    unit = installed().name("units", item.unit, language)
    return f"{value:g} {unit}".strip() if isinstance(value, float) else f"{value} {unit}".strip()


# ── Several forms on one page ──────────────────────────────────────────────────────────────────────────────────────


def combine(forms: Sequence[Questionnaire]) -> Questionnaire:
    """Merge forms into one page on which a question with the same linkId is asked once; its hints stand side by side.

    Where several options may be ticked, those of all forms are offered, each once.
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
    options = _merge_options(ours, theirs)
    alike = replace(theirs, hints=ours.hints, items=ours.items, required=ours.required, options=options)
    if alike != replace(ours, options=options):
        raise ValueError(f"two forms define the question {ours.link_id!r} differently")
    return replace(
        ours,
        hints=tuple(dict.fromkeys(ours.hints + theirs.hints)),
        required=ours.required or theirs.required,
        options=options,
        items=_merge(ours.items, theirs.items),
    )


def _merge_options(ours: Item, theirs: Item) -> tuple[Option, ...]:
    """What stands alone first, then what only ours offers, then theirs; "other" so stays at the end."""
    known = {option.code: option for option in theirs.options}
    differ = any(known.get(option.code, option) != option for option in ours.options)
    same_codes = known.keys() == {option.code for option in ours.options}
    if differ or not (ours.repeats or same_codes):
        raise ValueError(f"two forms define the options of {ours.link_id!r} differently")
    if same_codes:
        return ours.options
    alone = [option for option in ours.options if option.exclusive]
    only_ours = [option for option in ours.options if option.code not in known and not option.exclusive]
    return (*alone, *only_ours, *(option for option in theirs.options if option not in alone))
