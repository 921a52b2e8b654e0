"""A whole standard as a page of text that a doctor can read: who, limits, cases, promises, indicators."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jinxiu.standards.codes import Codes, codes_for
from jinxiu.standards.eligible_words import who
from jinxiu.standards.model import (
    Advice,
    AfterEach,
    All,
    Always,
    Anchor,
    Any,
    Case,
    Clause,
    ClausesKept,
    Compare,
    CountContacts,
    Counted,
    CountEvents,
    Cycle,
    Has,
    Indicator,
    Interval,
    Limit,
    Named,
    Not,
    Offset,
    PerYear,
    Previous,
    Standard,
    Test,
    Text,
    Window,
)
from jinxiu.standards.verdict import number_text
from jinxiu.standards.words import YES_NO

_SIGNS = {"at_least": "≥", "at_most": "≤", "below": "<", "above": ">", "is": "="}
_W = {
    "version": Text("版本", "version"),
    "from": Text("自 {} 起", "from {}"),
    "valid_until": Text("至 {}", "until {}"),
    "source": Text("来源", "Source"),
    "who": Text("对象", "Who"),
    "limits": Text("限值", "Limits"),
    "from_age": Text("{} 岁起 {}", "{1} from age {0}"),
    "contact": Text("有效随访", "What counts as a contact"),
    "cases": Text("判断（按顺序，以最近一次有效随访为准）", "Cases (in this order, on the latest contact)"),
    "when": Text("条件", "when"),
    "always": Text("其他情况", "otherwise"),
    "days": Text("{} 天内", "within {} days"),
    "urgency": Text("紧急程度 {}", "urgency {}"),
    "says": Text("说明", "says"),
    "decided_by": Text("医生判定", "A clinician decides"),
    "decides": Text(
        "以“{}”为准；未按规则判定时",
        "“{}” wins over the cases; where it is another class",
    ),
    "advice": Text("立即处理", "To do at once"),
    "clauses": Text("承诺", "Promises"),
    "next": Text(
        "按最近一次有效随访的判断；从未随访者 {} 天内；到期前 {} 天开放",
        "as the latest contact's case says; never seen: within {} days; opens {} days before",
    ),
    "times": Text("每个自然年 {} 次", "{} in every calendar year"),
    "prorated": Text("年内纳入者按天折算、进位", "who came in during the year: by days, rounded up"),
    "from_start": Text("自起始日起每年 {} 次", "{} in every year from the start on"),
    "window": Text("{}，自{}起算", "{}, counted from {}"),
    "cycle": Text("{}：{} 至 {}", "{}: from {} to {}"),
    "due": Text("应不迟于 {}", "due by {}"),
    "open": Text("不截止", "open"),
    "until": Text("至出现{}为止", "until {}"),
    "birth": Text("出生日期", "the birth date"),
    "start": Text("起始日", "the start"),
    "value": Text("登记的日期", "the day noted with the enrolment"),
    "latest_event": Text("最近一次{}", "the latest {}"),
    "first_event": Text("第一次{}", "the first {}"),
    "otherwise": Text("{}（没有时为{}）", "{} (if there is none, {})"),
    "after": Text("{}后", "{} after"),
    "before": Text("{}前", "{} before"),
    "after_less": Text("{0}后的前 {1}", "{1} before {0} after"),
    "before_more": Text("{0}前的后 {1}", "{1} after {0} before"),
    "once": Text("{} 至 {}", "from {} to {}"),
    "same_day": Text("当天", "the day itself"),
    "month": Text("{} 个月", "{} months"),
    "day": Text("{} 天", "{} days"),
    "each": Text("每次{}后 {} 天内应有{}", "after each {}, within {} days: {}"),
    "visit": Text("合并办理：{}", "done in one visit: {}"),
    "since_start": Text("自纳入之日起", "since the start"),
    "indicators": Text("指标", "Indicators"),
    "latest": Text("本年最近一次符合{}的随访：{}", "the latest contact of the year with {}: {}"),
    "kept": Text("本年已做到：{}", "done this year: {}"),
    "has": Text("有{}", "{} is there"),
    "not": Text("并非（{}）", "not ({})"),
    "previous": Text("上一次符合{}的随访：{}", "the previous contact with {}: {}"),
    "and": Text(" 且 ", " and "),
    "or": Text(" 或 ", " or "),
    "comma": Text("，", ", "),
    "colon": Text("：", ": "),
}


def show(standard: Standard, language: str) -> str:
    """The standard in words, in `zh` or `en`, as lines of plain text."""
    return "\n".join(Page(standard, language, codes_for(Path(standard.file))).lines()).rstrip() + "\n"


class Page:
    """The words of one standard in one language, part by part."""

    def __init__(self, standard: Standard, language: str, codes: Codes) -> None:
        self.standard = standard
        self.language = language
        self.codes = codes

    def w(self, word: str, *values: object) -> str:
        text = _W[word].language(self.language)
        return text.format(*values) if values else text

    def lines(self) -> Iterator[str]:
        yield from self.head()
        yield from self.section("who", [who(self.standard.eligible, self.codes, self.language)])
        yield from self.section("limits", [f"{limit.name}  {self.limit(limit)}" for limit in self.standard.limits])
        yield from self.section("contact", self.contact())
        yield from self.section("cases", self.cases())
        yield from self.section("decided_by", self.decision())
        yield from self.section("advice", [self.advised(one) for one in self.standard.advice])
        yield from self.section("clauses", [self.clause(clause) for clause in self.standard.clauses])
        yield from self.section("indicators", [self.indicator(one) for one in self.standard.indicators])

    def section(self, title: str, lines: list[str]) -> Iterator[str]:
        if lines:
            yield f"{self.w(title)}"
            yield from (f"  {line}" for line in lines)
            yield ""

    def head(self) -> Iterator[str]:
        standard = self.standard
        dates = [self.w("from", standard.valid_from)]
        if standard.valid_to:
            dates.append(self.w("valid_until", standard.valid_to))
        yield f"{standard.title.language(self.language)}  [{standard.id}]"
        yield self.w("comma").join([f"{self.w('version')} {standard.version}", *dates])
        yield f"{self.w('source')}{self.w('colon')}{standard.source.title.language(self.language)}"
        yield ""

    def limit(self, limit: Limit) -> str:
        unit = self.codes.name("units", limit.unit, self.language)
        steps = [self.w("from_age", age, f"{number_text(value)} {unit}") for age, value in limit.from_age]
        return self.w("comma").join([f"{number_text(limit.value)} {unit}", *steps])

    def contact(self) -> list[str]:
        contact = self.standard.contact
        if contact is None:
            return []
        kinds = [self.codes.name("events", kind, self.language) for kind in contact.events]
        return [self.w("comma").join(kinds), *(self.term(test) for test in (contact.counted, *contact.tests))]

    def term(self, named: Named) -> str:
        return f"{self.test(named)}{self.w('colon')}{self.test(named.test)}"

    # --- tests in words -----------------------------------------------------------------------------------------------

    def test(self, test: Test, inside: bool = False) -> str:
        match test:
            case Always():
                return self.w("always")
            case Named(name, _, title):
                return f"“{title.language(self.language) if title else name}”"
            case All(tests):
                return self.joined("and", tests, inside)
            case Any(tests):
                return self.joined("or", tests, inside)
            case Not(inner):
                return self.w("not", self.test(inner))
            case Has(reading):
                return self.w("has", self.reading(reading))
            case Compare(reading, comparison, limit):
                return f"{self.reading(reading)} {_SIGNS[comparison]} {self.compared(reading, limit)}"
            case Previous(which, passes):
                return self.w("previous", self.test(which), self.test(passes))
        raise TypeError(f"no test of ours: {test!r}")

    def joined(self, word: str, tests: tuple[Test, ...], inside: bool) -> str:
        joined = self.w(word).join(self.test(test, inside=True) for test in tests)
        return f"({joined})" if inside and len(tests) > 1 else joined

    def reading(self, code: str) -> str:
        return self.codes[code].title.language(self.language)

    def compared(self, reading: str, limit: Limit) -> str:
        if self.codes[reading].is_flag:
            return YES_NO[int(limit.value)].language(self.language)
        return f"{self.limit(limit)}" if not limit.from_age else f"[{self.limit(limit)}]"

    # --- cases, clauses, indicators -----------------------------------------------------------------------------------

    def cases(self) -> list[str]:
        return [line for number, case in enumerate(self.standard.cases, start=1) for line in self.case(number, case)]

    def decision(self) -> list[str]:
        decision = self.standard.decision
        if decision is None:
            return []
        name = self.codes.name("decisions", decision.code, self.language)
        says = f"“{decision.say.language(self.language)}”"
        return [f"{self.w('decides', name)}  [{decision.reason}, {decision.section}]{self.w('colon')}{says}"]

    def advised(self, advice: Advice) -> str:
        do = advice.do.language(self.language)
        return f"{self.test(advice.when)}{self.w('colon')}{do}  [{advice.id}, {advice.section}]"

    def case(self, number: int, case: Case) -> Iterator[str]:
        classification = self.codes.name("classifications", case.classification, self.language)
        action = self.codes.name("actions", case.action, self.language)
        what = [classification, action, self.w("days", case.next_within_days), self.w("urgency", case.urgency)]
        yield f"{number}. {self.w('comma').join(what)}  [{case.reason}, {case.section}]"
        yield f"   {self.w('when')}{self.w('colon')}{self.test(case.when)}"
        yield f"   {self.w('says')}{self.w('colon')}{case.say.language(self.language)}"

    def clause(self, clause: Clause) -> str:
        head = f"{clause.title.language(self.language)} [{clause.id}]{self.w('colon')}"
        parts = [*self.promise(clause), *([self.w("visit", clause.visit)] if clause.visit else [])]
        return head + self.w("comma").join(parts)

    def promise(self, clause: Clause) -> list[str]:
        match clause:
            case Interval():
                return [self.w("next", clause.never_seen.within_days, clause.opens_before_days)]
            case PerYear():
                often = self.w("from_start" if clause.anniversary else "times", clause.times)
                return [often, self.counted(clause.counts), *([self.w("prorated")] if clause.prorated else [])]
            case Window():
                return self.window(clause)
            case AfterEach():
                words = self.counted(clause.each), clause.within_days, self.counted(clause.answered_by)
                return [self.w("each", *words)]

    def window(self, clause: Window) -> list[str]:
        often = f"{clause.times} × {self.counted(clause.counts)}" if clause.times > 1 else self.counted(clause.counts)
        ends = [self.w("until", self.events(clause.until))] if clause.until else []
        head = self.w("window", often, self.anchor(clause.anchor))
        return [self.w("comma").join([head, *ends]), *(self.cycle(cycle) for cycle in clause.cycles)]

    def anchor(self, anchor: Anchor) -> str:
        if not anchor.events:
            return self.w(anchor.day)
        event = self.w(f"{anchor.day}_event", self.events(anchor.events))
        return self.w("otherwise", event, self.w(anchor.otherwise)) if anchor.otherwise else event

    def cycle(self, cycle: Cycle) -> str:
        closes = self.offset(cycle.closes) if cycle.closes else self.w("open")
        days = self.offset(cycle.opens), closes
        span = self.w("cycle", cycle.title.language(self.language), *days) if cycle.title else self.w("once", *days)
        due = [] if cycle.closes == cycle.due else [self.w("due", self.offset(cycle.due))]
        return self.w("comma").join([span, *due])

    def offset(self, offset: Offset) -> str:
        parts = [("month", offset.months), ("day", offset.days)]
        words = [self.w(unit, abs(number)) for unit, number in parts if number]
        if not words:
            return self.w("same_day")
        if offset.months * offset.days < 0:
            return self.w("after_less" if offset.months > 0 else "before_more", *words)
        return self.w("before" if min(offset.months, offset.days) < 0 else "after", " ".join(words))

    def events(self, kinds: tuple[str, ...]) -> str:
        return self.w("or").join(self.codes.name("events", kind, self.language) for kind in kinds)

    def counted(self, counts: Counted) -> str:
        if isinstance(counts, CountContacts):
            return self.w("or").join(self.codes.name("modes", mode, self.language) for mode in counts.modes)
        since = f" ({self.w('since_start')})" if counts.since_start else ""
        if isinstance(counts, CountEvents):
            modes = [self.codes.name("modes", mode, self.language) for mode in counts.modes]
            return self.events(counts.events) + (f" ({self.w('or').join(modes)})" if modes else "") + since
        if counts.limit is None:
            return self.reading(counts.code) + since
        compared = f"{_SIGNS[counts.comparison]} {self.compared(counts.code, counts.limit)}"
        return f"{self.reading(counts.code)} {compared}{since}"

    def indicator(self, indicator: Indicator) -> str:
        head = f"{indicator.title.language(self.language)} [{indicator.id}]{self.w('colon')}"
        numerator = indicator.numerator
        if isinstance(numerator, ClausesKept):
            titles = [self.standard.clause(clause).title.language(self.language) for clause in numerator.clauses]
            return head + self.w("kept", self.w("comma").join(titles))
        return head + self.w("latest", self.test(numerator.which), self.test(numerator.passes))
