"""The standards as pages to read and to sign: what each says, in both languages, and its worked cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from jinxiu.standards.cases import WorkedCase
from jinxiu.standards.catalogue import Catalogue
from jinxiu.standards.codes import Codes, codes_for
from jinxiu.standards.model import LANGUAGES, Standard
from jinxiu.standards.person import PersonFacts
from jinxiu.standards.show import show
from jinxiu.standards.verdict import number_text

INDEX = "index.md"
_MADE = "<!-- Made by `./jinxiu standards docs` from the standards and their worked cases. Change those. -->\n"


def pages(catalogue: Catalogue, cases: Iterable[WorkedCase]) -> dict[str, str]:
    """File name and text of a page for each version of each standard, and of the index."""
    by_standard: dict[Standard, list[WorkedCase]] = {standard: [] for standard in catalogue.all()}
    for case in cases:
        # A case of a day before the first version shows that nothing was owed then.
        first = next((one for one in by_standard if one.id == case.standard), None)
        if standard := catalogue.valid_on(case.standard, case.as_of) or first:
            by_standard[standard].append(case)
    made = {_name(standard): _page(standard, own) for standard, own in by_standard.items()}
    return {INDEX: _index(catalogue), **made}


def _name(standard: Standard) -> str:
    return f"{standard.id}-{standard.version}.md"


def _index(catalogue: Catalogue) -> str:
    rows = [
        f"| [{s.title.en}]({_name(s)}) | {s.title.zh} | {s.version} | {s.valid_from} | {s.valid_to or ''} |"
        for s in catalogue.all()
    ]
    head = "| standard | 规范 | version | from | to |\n|---|---|---|---|---|"
    left_out = (
        "COPD (a service since 2024) is left out: the facts that the project has do not say what is owed, and when."
    )
    return "\n".join([_MADE, "# Service standards 服务规范\n", head, *rows, "", left_out, ""])


def _page(standard: Standard, own: Sequence[WorkedCase]) -> str:
    codes = codes_for(Path(standard.file))
    parts = [_MADE, f"# {standard.title.zh} · {standard.title.en}\n"]
    for language in LANGUAGES:
        parts.append(f"```text\n{show(standard, language)}```\n")
    parts.append(f"## Worked cases 示例 ({len(own)})\n")
    parts.extend(line for number, case in enumerate(own, start=1) for line in _case(number, case, codes))
    parts.append("\nSigned 签字: ____________________  Date 日期: ____________\n")
    return "\n".join(parts)


def _case(number: int, case: WorkedCase, codes: Codes) -> Iterator[str]:
    yield f"### {number}. {case.title.zh} · {case.title.en}\n"
    yield f"{case.section}, `{case.name}`, on {case.as_of}\n"
    yield from (f"- {line}" for line in _facts(case.person, codes))
    yield ""
    if not case.expected:
        yield "→ nothing is owed 无条目"
    yield from (f"→ {_expected(row)}" for row in case.expected)
    yield ""


def _facts(person: PersonFacts, codes: Codes) -> Iterator[str]:
    known = {"born": person.birth_date, "sex": person.sex, "died": person.died_on, "left": person.left_on}
    told = [f"{name} {value}" for name, value in known.items() if value and value != "U"]
    yield ", ".join(told) or "nothing known of birth or sex"
    for enrolment in person.enrolments:
        until = f" to {enrolment.end_on}" if enrolment.end_on else ""
        value = f", value {enrolment.value}" if enrolment.value else ""
        yield f"{enrolment.enrolment_id}: enrolled in {enrolment.kind} from {enrolment.start_on}{until}{value}"
    for event in sorted(person.events, key=lambda event: (event.happened_on, event.event_id)):
        readings = [
            f"{codes.observations[o.code].title.zh} {'–' if o.value is None else number_text(o.value)}"
            for o in person.observations
            if o.event_id == event.event_id and o.code not in codes.decisions
        ]
        name, mode = codes.name("events", event.kind, "zh"), event.mode or "–"
        yield f"{event.event_id}: {event.happened_on} {name} ({event.kind}, {mode}) {' '.join(readings)}".rstrip()
    for one in (one for one in person.observations if one.code in codes.decisions):
        days = "" if one.value is None else f", {number_text(one.value)} days"
        name = codes.decisions[one.code].zh
        yield f"{one.observation_id}: {one.happened_on} {name} {one.text}{days}, of {one.event_id}"
    for one in (one for one in person.observations if one.event_id is None):
        value = "–" if one.value is None else number_text(one.value)
        yield f"{one.observation_id}: {one.happened_on} {codes.observations[one.code].title.zh} {value}"
    for waiver in person.waivers:
        yield f"waived: {waiver.clause} {waiver.cycle or 'every cycle'} from {waiver.start_on}"


def _expected(row: Any) -> str:
    clause = " ".join(str(row[key]) for key in ("clause", "cycle") if row.get(key))
    rest = {name: value for name, value in row.items() if name not in ("clause", "cycle")}
    return f"**{clause}**: " + ", ".join(f"{name} {_told(value)}" for name, value in rest.items())


def _told(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_told(inner)}" for key, inner in value.items()) + "}"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
