"""Reading surveys from YAML: every mistake with its file and line, what was found and what is allowed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from yaml.nodes import Node

from jinxiu.ratings.rules import BEST
from jinxiu.ratings.surveys import SERVICE, SUBJECTS, Question, Survey, Surveys
from jinxiu.standards.codes import Codes
from jinxiu.standards.days import date_in
from jinxiu.standards.model import Text
from jinxiu.standards.positions import Mistakes, Reader, StandardError, compose, kind_of

_KEYS = ("id", "of", "version", "valid_from", "title", "questions", "whole")
_OF_SERVICES = ("events", "days")
_MOST_QUESTIONS = 12  # section 6.2: 8 to 12 items
_MOST_DAYS = 90
_NOTHING = Text("?", "?")  # stands in where a text is missing, so that reading goes on to the next mistake
_NO_DAY = date(1900, 1, 1)

Scales = Mapping[str, tuple[Text, ...]]


def read_surveys(path: Path, codes: Codes) -> Surveys:
    """The surveys of a file; raises StandardError with every mistake in it."""
    mistakes = Mistakes(path.name)
    found = _SurveyReader(mistakes, codes).surveys(compose(path, mistakes))
    if mistakes.found:
        raise StandardError(mistakes.found)
    return found


class _SurveyReader(Reader):
    """Walks the YAML nodes, keeps every mistake with its line and goes on as far as it can."""

    def __init__(self, mistakes: Mistakes, codes: Codes) -> None:
        super().__init__(mistakes)
        self.codes = codes

    def surveys(self, root: Node | None) -> Surveys:
        keys = self.keys(root, "", ("source", "scales", "surveys"))
        scales = {
            name: self.scale(node, f"scales.{name}")
            for name, (_key, node) in self.entries(keys.get("scales"), "scales").items()
        }
        nodes = self.items(keys.get("surveys"), "surveys")
        found = tuple(self.survey(node, scales) for node in nodes)
        times = Counter((one.id, one.version) for one in found)
        for node, one in zip(nodes, found, strict=True):
            if times[one.id, one.version] > 1:
                self.mistakes.add(node, "surveys", f"{one.id} {one.version} twice", "each version once")
        return Surveys(self.both(keys.get("source"), "source"), found)

    def scale(self, node: Node, place: str) -> tuple[Text, ...]:
        words = tuple(self.both(one, place) for one in self.items(node, place))
        if len(words) != BEST:
            self.mistakes.add(node, place, f"{len(words)} answers", f"{BEST} answers, the worst one first")
        return words

    def survey(self, node: Node, scales: Scales) -> Survey:
        keys = self.keys(node, "surveys", _KEYS, _OF_SERVICES)
        of = self.word(keys.get("of"), "of", SUBJECTS) or SERVICE
        wrong = [name for name in _OF_SERVICES if (name in keys) != (of == SERVICE)]
        if wrong:
            self.mistakes.add(node, "surveys", f"of: {of}", "events and days, for what is of a service and only there")
        questions = self.questions(keys.get("questions"), scales)
        needed = [one.code for one in questions if not one.may_skip]
        return Survey(
            id=self.text(keys.get("id"), "id") or "",
            of=of,
            version=self.text(keys.get("version"), "version") or "",
            valid_from=self.day(keys.get("valid_from")),
            title=self.both(keys.get("title"), "title"),
            questions=questions,
            whole=self.word(keys.get("whole"), "whole", needed) or "",
            events=self.words(keys.get("events"), "events", self.codes.events),
            days=self.whole(keys.get("days"), "days", 1, _MOST_DAYS) or 0,
        )

    def questions(self, node: Node | None, scales: Scales) -> tuple[Question, ...]:
        nodes = self.items(node, "questions")
        found = tuple(self.question(one, scales) for one in nodes)
        codes = {one.code for one in found}
        if node is not None and (len(codes) != len(found) or len(found) > _MOST_QUESTIONS):
            allowed = f"at most {_MOST_QUESTIONS}, each code once"
            self.mistakes.add(node, "questions", f"{len(found)} with {len(codes)} codes", allowed)
        return found

    def question(self, node: Node, scales: Scales) -> Question:
        keys = self.keys(node, "questions", ("code", "scale", "text"), ("may_skip",))
        code = self.text(keys.get("code"), "questions.code") or "?"
        return Question(
            code=code,
            text=self.both(keys.get("text"), f"{code}.text"),
            scale=scales.get(self.word(keys.get("scale"), f"{code}.scale", scales) or "", ()),
            may_skip=bool(self.yes_no(keys.get("may_skip"), f"{code}.may_skip")),
        )

    def day(self, node: Node | None) -> date:
        day = date_in(str(node.value)) if node is not None else _NO_DAY
        if day is None and node is not None:
            self.mistakes.add(node, "valid_from", kind_of(node), "a day as YYYY-MM-DD")
        return day or _NO_DAY

    def both(self, node: Node | None, place: str) -> Text:
        """The same words in both languages."""
        keys = self.keys(node, place, ("zh", "en"))
        zh, en = self.text(keys.get("zh"), f"{place}.zh"), self.text(keys.get("en"), f"{place}.en")
        return Text(zh, en) if zh and en else _NOTHING
