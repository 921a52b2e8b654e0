"""Reading a form definition from YAML: every mistake with its line, what was found and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from yaml.nodes import Node, ScalarNode

from jinxiu.evidence.calculations import KINDS, Calculation, Row, Value
from jinxiu.evidence.questionnaires import (
    ENROLLED,
    KNOWN,
    OPERATORS,
    TYPES,
    AlternateUnit,
    Condition,
    Item,
    Option,
    Questionnaire,
)
from jinxiu.evidence.repeated import repeated
from jinxiu.standards.codes import Code, Codes, installed
from jinxiu.standards.model import Text
from jinxiu.standards.positions import Mistakes, Reader, StandardError, compose, kind_of, one_of
from jinxiu.standards.verdict import number_text

_FORM_KEYS = ("id", "version", "event", "title", "source", "item")
_ITEM_KEYS = (
    "hint", "required", "unit", "decimals", "minValue", "maxValue", "warnBelow", "warnAbove", "alternateUnit",
    "answerOption", "enableWhen", "initial", "observation", "measuredOn", "repeats", "notBefore", "notAfter",
    "calculate", "item", "times", "collapsed",
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
        keys = self.keys(root, "", _FORM_KEYS, ("needs", "flags", "offeredWhen"))
        items = self.item_list(keys.get("item"), "item")
        form = Questionnaire(
            id=self.text(keys.get("id"), "id") or "",
            version=self.text(keys.get("version"), "version") or "",
            event=self.word(keys.get("event"), "event", self.codes.events) or "",
            title=self.both(keys.get("title"), "title"),
            source=self.both(keys.get("source"), "source"),
            items=items,
            offered_when=self.conditions(keys.get("offeredWhen"), "offeredWhen"),
        )
        asked = [item.link_id for item in form.questions()]
        self.looks_back(form)
        self.of_the_person(form, keys.get("offeredWhen"))
        groups = self.items(keys.get("needs"), "needs")
        return replace(
            form,
            needs=tuple(self.words(group, "needs", asked) for group in groups),
            flags=self.words(keys.get("flags"), "flags", asked),
        )

    def item_list(self, node: Node | None, place: str, outer: tuple[Condition, ...] = ()) -> tuple[Item, ...]:
        return tuple(self.item(part, place, outer) for part in self.items(node, place))

    def item(self, node: Node, place: str, outer: tuple[Condition, ...] = ()) -> Item:
        """One line; what a group is asked for holds for everything inside it."""
        keys = self.keys(node, place, ("linkId", "type", "text"), _ITEM_KEYS)
        link_id = self.text(keys.get("linkId"), f"{place}.linkId") or "?"
        kind = self.word(keys.get("type"), f"{link_id}.type", TYPES) or ""
        self.unique(keys.get("linkId"), link_id)
        self.fitting(node, keys, link_id, kind)
        code = self.code(keys.get("observation"), link_id, kind)
        limits = self.limits(node, keys, link_id, code)
        asked_when = (*outer, *self.conditions(keys.get("enableWhen"), link_id))
        item = Item(
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
            enable_when=asked_when,
            initial=self.scalar(keys.get("initial"), f"{link_id}.initial"),
            observation=code.code if code else "",
            repeats=bool(self.yes_no(keys.get("repeats"), f"{link_id}.repeats")),
            collapsed=bool(self.yes_no(keys.get("collapsed"), f"{link_id}.collapsed")),
            not_before=self.texts(keys.get("notBefore"), f"{link_id}.notBefore"),
            not_after=self.texts(keys.get("notAfter"), f"{link_id}.notAfter"),
            measured_on=self.text(keys.get("measuredOn"), f"{link_id}.measuredOn") or "",
            calculation=self.calculation(keys.get("calculate"), link_id, kind),
            items=self.item_list(keys.get("item"), f"{link_id}.item", asked_when),
        )
        if item.collapsed and any(one.required for one in item.items):
            self.mistakes.add(keys["collapsed"], link_id, "a required question out of sight", "no required: inside")
        times = self.whole(keys.get("times"), f"{link_id}.times", 2, 20)
        return self.rows(item, times) if times else item

    def rows(self, group: Item, times: int) -> Item:
        """A group that is asked several times; its questions get the row's number in their linkId and their text."""
        for item in group.items:
            if item.type in ("group", "display") or item.calculation or item.observation:
                found = f"a {item.type} in a row" if not item.observation else "an observation in a row"
                self.mistakes.add(self.nodes[item.link_id], item.link_id, found, "plain questions, which people answer")
        asked = repeated(group, times) if group.items else group
        self.nodes |= {new.link_id: self.nodes[old.link_id] for old, new in zip(group.items, asked.items, strict=False)}
        return asked

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
            "times": ("group",),
            "collapsed": ("group",),
            "notBefore": ("date",),
            "notAfter": ("date",),
            "repeats": ("choice",),
            "calculate": (*_NUMERIC, "date", "choice", "string"),
            "observation": (*_NUMERIC, "boolean", "choice"),
        }
        for key, kinds in belongs.items():
            if key in keys and kind not in kinds:
                self.mistakes.add(keys[key], link_id, f"{key} in a question of type {kind}", " or ".join(kinds))
        for key, kinds in (("answerOption", ("choice",)), ("item", ("group",))):
            if kind in kinds and key not in keys:
                self.mistakes.add(node, link_id, f"a {kind} without {key}", f"{key}: is needed here")

    def code(self, node: Node | None, link_id: str, kind: str) -> Code | None:
        """The observation's entry in the code list; a yes/no goes with a flag, a number with a measure,
        a choice with either by its options' scores."""
        name = self.word(node, f"{link_id}.observation", self.codes.observations)
        if node is None or name is None:
            return None
        code = self.codes[name]
        if kind != "choice" and code.is_flag != (kind == "boolean"):
            self.mistakes.add(
                node, link_id, f"{name} in a question of type {kind}", "boolean for a flag, else a number, or a choice"
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
        keys = self.keys(node, place, ("unit", "divideBy"), ("above", "below"))
        unit = self.text(keys.get("unit"), place)
        divide_by = self.number(keys.get("divideBy"), place)
        above, below = (self.number(keys.get(key), place) for key in ("above", "below"))
        if unit is None or divide_by is None:
            return None
        if divide_by <= 0:
            self.mistakes.add(keys["divideBy"], place, str(divide_by), "a number above 0")
            return None
        return AlternateUnit(
            unit, Decimal(str(divide_by)), *(None if one is None else Decimal(str(one)) for one in (above, below))
        )

    def option(self, node: Node, link_id: str) -> Option:
        keys = self.keys(node, f"{link_id}.answerOption", ("code", "text"), ("score", "exclusive"))
        code = self.text(keys.get("code"), f"{link_id}.code") or ""
        if "," in code:  # several answers of one question are sent with commas between them
            self.mistakes.add(keys["code"], f"{link_id}.code", repr(code), "a code without a comma")
        exclusive = bool(self.yes_no(keys.get("exclusive"), f"{link_id}.exclusive"))
        score = self.number(keys.get("score"), f"{link_id}.score")
        return Option(code, self.both(keys.get("text"), f"{link_id}.text"), score, exclusive)

    def calculation(self, node: Node | None, link_id: str, kind: str) -> Calculation | None:
        place = f"{link_id}.calculate"
        keys = self.keys(node, place, (), (*KINDS, "less", "plus", "days", "atLeast"))
        names = [name for name in keys if name in KINDS]
        if node is None:
            return None
        if len(names) != 1 or kind not in KINDS[names[0]]:
            allowed = ", ".join(f"{name} ({' or '.join(kinds)})" for name, kinds in KINDS.items())
            self.mistakes.add(
                node, place, f"{', '.join(names) or 'nothing'} in a question of type {kind}", f"one of {allowed}"
            )
            return None
        name = names[0]
        of = () if name in ("decide", "ranked") else self.texts(keys[name], place)
        ranked = self.entries(keys[name], place) if name == "ranked" else {}
        return Calculation(
            name,
            of=of or tuple(self.text(value, place) or "" for _key, value in ranked.values()),
            less=self.texts(keys.get("less"), place),
            plus=self.number(keys.get("plus"), place) or 0,
            days=self.whole(keys.get("days"), place, 1, 1000) or 0,
            rows=tuple(self.row(part, place) for part in self.items(keys[name], place)) if name == "decide" else (),
            names=tuple(ranked),
            at_least=self.number(keys.get("atLeast"), place) or 0,
        )

    def texts(self, node: Node | None, place: str) -> tuple[str, ...]:
        return tuple(self.text(part, place) or "" for part in self.items(node, place))

    def row(self, node: Node, place: str) -> Row:
        keys = self.keys(node, place, ("code",), ("when",))
        ranges: dict[str, tuple[float, float]] = {}
        for name, (key, value) in self.entries(keys.get("when"), place).items():
            limits = [self.number(part, place) for part in self.items(value, place)]
            known = [limit for limit in limits if limit is not None]
            if len(limits) != 2 or known != sorted(known):
                self.mistakes.add(key, place, f"{len(limits)} numbers", "two: [lowest, highest]")
            elif len(known) == 2:
                ranges[name] = (known[0], known[1])
        return Row(self.text(keys.get("code"), place) or "", ranges)

    def conditions(self, node: Node | None, link_id: str) -> tuple[Condition, ...]:
        return tuple(self.condition(part, link_id) for part in self.items(node, link_id))

    def condition(self, node: Node, link_id: str) -> Condition:
        place = f"{link_id}.enableWhen"
        keys = self.keys(node, place, ("question", "operator", "answer"))
        answer = self.scalar(keys.get("answer"), place)
        operator = self.word(keys.get("operator"), place, OPERATORS) or "="
        if operator == "exists" and answer is not None and not isinstance(answer, bool):
            self.mistakes.add(keys["answer"], place, repr(answer), "true or false with exists")
        return Condition(self.text(keys.get("question"), place) or "", operator, "" if answer is None else answer)

    def looks_back(self, form: Questionnaire) -> None:
        """What names another question names an earlier one, so that answers are read in one pass."""
        earlier: list[str] = []
        for item in form.questions():
            asked = [condition.question for condition in item.enable_when if not condition.is_of_the_person]
            named = {
                "enableWhen": asked,
                "calculate": item.calculation.inputs if item.calculation else (),
                "notBefore": item.not_before,
                "notAfter": item.not_after,
                "measuredOn": [item.measured_on] if item.measured_on else [],
            }
            for place, question in ((place, one) for place, names in named.items() for one in names):
                if question not in earlier and item.link_id in self.nodes:
                    allowed = "an earlier question: " + one_of(question, earlier)
                    self.mistakes.add(self.nodes[item.link_id], f"{item.link_id}.{place}", question, allowed)
            earlier.append(item.link_id)

    def of_the_person(self, form: Questionnaire, node: Node | None) -> None:
        """Whom a form is for is told by what is known of the person."""
        for condition in form.offered_when:
            if node is not None and not condition.is_of_the_person:
                allowed = one_of(condition.question, (*KNOWN, f"{ENROLLED}PROGRAMME"))
                self.mistakes.add(node, "offeredWhen", condition.question, allowed)

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
