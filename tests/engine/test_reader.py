"""A standard's file is read, or every mistake in it is told with its line, what was found and what is allowed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import jinxiu.familydoctor
from jinxiu.standards import catalogue
from jinxiu.standards.check import check_file, rows, show
from jinxiu.standards.model import Compare, Interval, Named, PerYear
from jinxiu.standards.positions import StandardError
from jinxiu.standards.reader import read_standard

FOLDER = Path(jinxiu.familydoctor.__file__).parent / "standards"
HYPERTENSION = (FOLDER / "hypertension.yaml").read_text(encoding="utf-8")
ELDERLY = (FOLDER / "elderly.yaml").read_text(encoding="utf-8")


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_hypertension_is_read_with_all_its_numbers():
    standard = read_standard(FOLDER / "hypertension.yaml")
    limits = {limit.name: (limit.value, limit.unit, limit.from_age) for limit in standard.limits}
    assert limits == {
        "systolic_limit": (140, "mmHg", ((65, 150),)),
        "diastolic_limit": (90, "mmHg", ()),
        "systolic_danger": (180, "mmHg", ()),
        "diastolic_danger": (110, "mmHg", ()),
    }
    assert [(case.reason, case.action, case.urgency, case.next_within_days) for case in standard.cases] == [
        ("danger", "refer", 3, 14),
        ("danger_sign", "refer", 3, 14),
        ("complication", "refer", 2, 14),
        ("adverse_reaction_persists", "refer", 2, 14),
        ("uncontrolled_twice", "refer", 2, 14),
        ("adverse_reaction_first", "contact", 1, 14),
        ("uncontrolled_first", "contact", 1, 14),
        ("controlled", "contact", 0, 90),
    ]
    followup, exam, visits = standard.clauses
    assert isinstance(followup, Interval)
    assert (followup.opens_before_days, followup.never_seen.within_days) == (30, 14)
    assert isinstance(exam, PerYear)
    assert (exam.times, exam.prorated, exam.action) == (1, False, "exam")
    assert isinstance(visits, PerYear)
    assert (visits.times, visits.prorated, visits.counts.modes) == (4, True, ("clinic", "home"))


def test_diabetes_has_its_numbers():
    standard = read_standard(FOLDER / "diabetes.yaml")
    assert {limit.name: (limit.value, limit.unit) for limit in standard.limits} == {
        "fasting_limit": (7.0, "mmol/L"),
        "glucose_low_danger": (3.9, "mmol/L"),
        "glucose_high_danger": (16.7, "mmol/L"),
        "systolic_danger": (180, "mmHg"),
        "diastolic_danger": (110, "mmHg"),
    }
    assert [clause.id for clause in standard.clauses] == [
        "followup",
        "yearly_exam",
        "visits_per_year",
        "glucose_tests_per_year",
    ]


# Each: what is replaced, by what, what the message says. The line is that of the text after the first common part.
BROKEN = [
    ("id: hypertension", "id: Hyper-tension", "small letters"),
    ('version: "2017.1"', "version: 2017.1", 'in quotes: "2017.1"'),
    ('valid_from: "2017-01-01"', "valid_from: 2017-01-01", 'in quotes: "2017-01-01"'),
    ('valid_from: "2017-01-01"', 'valid_from: "0202-01-01"', "a date from 1900 to 2200"),
    ('valid_from: "2017-01-01"', 'valid_from: "20170101"', "YYYY-MM-DD"),
    ('valid_from: "2017-01-01"', 'valid_from: "2017-02-30"', "YYYY-MM-DD"),
    ('valid_from: "2017-01-01"', 'valid_from: "2017-01-01"\nvalid_to: "2016-12-31"', "a day from 2017-01-01 on"),
    ("title: {zh: 高血压患者健康管理, en: Care of people with hypertension}", "title: {zh: 高血压}", "no en"),
    (
        "title: {zh: 高血压患者健康管理, en: Care of people with hypertension}",
        "titel: {zh: 高血压, en: h}",
        "did you mean title?",
    ),
    ("title: {zh: 高血压患者健康管理, en: Care of people with hypertension}", 'title: {zh: "", en: h}', "a text"),
    ("eligible: {enrolled_in: hypertension}", "eligible: {enrolled_in: hypertenson}", "did you mean hypertension?"),
    (
        "eligible: {enrolled_in: hypertension}",
        "eligible: {enrolled_in: hypertension, min_age: 35}",
        "one of enrolled_in",
    ),
    ("eligible: {enrolled_in: hypertension}", "eligible: {}", "found neither"),
    ("eligible: {enrolled_in: hypertension}", "eligible: everybody", "a group of keys"),
    ("value: 140, unit: mmHg", "value: 140, unit: mmhg", "did you mean mmHg?"),
    ("value: 140, unit: mmHg", "value: 140", "no unit"),
    ("value: 140, unit: mmHg", 'value: "140", unit: mmHg', "a number"),
    ("value: 140, unit: mmHg", "value: 0140, unit: mmHg", "a number"),
    ("value: 140, unit: mmHg", "value: .inf, unit: mmHg", "a number"),
    ("from_age: {65: 150}", "from_age: {sixty: 150}", "a whole number from 1 to 130"),
    ("from_age: {65: 150}", "from_age: {65: 150, 65: 160}", "65 a second time"),
    ("  diastolic_limit: {value: 90", "  systolic_limit: {value: 90", "systolic_limit a second time"),
    ("  diastolic_danger: {value: 110, unit: mmHg}", "  systolic: {value: 110, unit: mmHg}", "a name that no reading"),
    ("events: [followup.hypertension]", "events: [followup.hypertention]", "did you mean followup.hypertension?"),
    ("events: [followup.hypertension]", "events: []", "an empty list"),
    ("readings: [systolic, diastolic, adv", "readings: [systolic, systolic, diastolic, adv", "systolic a second time"),
    ("readings: [systolic, diastolic, adv", "readings: [sistolic, systolic, diastolic, adv", "did you mean systolic?"),
    ("all: [{has: systolic}, {has: diastolic}]", "all: [{has: sistolic}, {has: diastolic}]", "did you mean systolic?"),
    ("all: [{has: systolic}, {has: diastolic}]", "every: [{has: systolic}]", "unknown test every"),
    ("all: [{has: systolic}, {has: diastolic}]", "all: []", "an empty list"),
    (
        "all: [{has: systolic}, {has: diastolic}]",
        "all: [{has: systolic}]\n      any: [{has: systolic}]",
        "under all or any",
    ),
    ("all: [{has: systolic}, {has: diastolic}]", "all: [off_target]", "nothing here yet"),
    (
        "{reading: adverse_reaction, is: 1}\n        - {reading: comp",
        "{reading: adverse_reaction, is: 2}\n        - {reading: comp",
        "0 to 1",
    ),
    (
        "{reading: adverse_reaction, is: 1}\n        - {reading: comp",
        "{reading: adverse_reaction, above: 1}\n        - {reading: comp",
        "is: 0, is: 1",
    ),
    (
        "{reading: adverse_reaction, is: 1}\n        - {reading: comp",
        "{reading: adverse_reaction}\n        - {reading: comp",
        "no comparison",
    ),
    (
        "{reading: systolic, at_least: systolic_danger}",
        "{reading: systolic, at_least: systolic_dnger}",
        "did you mean systolic_danger?",
    ),
    ("{reading: systolic, at_least: systolic_danger}", "{reading: systolic, at_least: 180}", "systolic_danger"),
    (
        "{reading: systolic, at_least: systolic_danger}",
        "{reading: systolic, atleast: systolic_danger}",
        "did you mean at_least?",
    ),
    ("systolic_danger: {value: 180", "systolic_danger: {value: 1800", "40 to 300 for systolic"),
    ("systolic_danger: {value: 180, unit: mmHg", "systolic_danger: {value: 18, unit: mmol/L", "a limit in mmHg"),
    ("counts_if: {any: [measured, flagged]}", "counts_if: {any: [mesured, flagged]}", "did you mean measured?"),
    (
        "counts_if: {any: [measured, flagged]}",
        "counts_if: {previous: {which: measured, passes: measured}}",
        "in the `when` of a case only",
    ),
    (
        "when: danger_value",
        "when: {any: [danger_vlue]}",
        "did you mean danger_value?",
    ),
    ("when: danger_value", "when: always", "can never be reached"),
    (
        "when: danger_value",
        "when: {reading: complication, is: 1}",
        "asks the same as danger",
    ),
    ("when: always", "when: measured", "a last case with when: always"),
    ("which: counted, passes", "witch: counted, passes", "did you mean which?"),
    ("classification: danger", "classification: dangerous", "did you mean danger?"),
    ("action: refer\n    urgency: 3", "action: reffer\n    urgency: 3", "did you mean refer?"),
    ("urgency: 3", "urgency: 4", "a whole number from 0 to 3"),
    ("next_within_days: 90", "next_within_days: 0", "a whole number from 1 to 1000"),
    ("next_within_days: 90", "next_within_days: 3 months", "a whole number from 1 to 1000"),
    ("reason: complication", "reason: danger", "another one than on line"),
    ("section: 2.3-①", "section: 2.3", "a text (in quotes"),
    ("继续目前方案，下次随访不迟于{due_on}", "继续目前方案，下次随访不迟于{due}", "{due}"),
    ("carry on, next contact by {due_on}", "carry on, next contact by {previous_on}", "{previous_on}"),
    ("carry on, next contact by {due_on}", "carry on, next contact by {due_on", "the marks"),
    ("    do: {zh: 立即告知团队医生", "    say: {zh: 立即告知团队医生", "unknown key say"),
    ('  tell_doctor:\n    section: "2.3-①"\n    when: {any', "  tell_doctor:\n    when: {any", "no section"),
    ("observation: confirmed_class", "observation: confirmed", "did you mean confirmed_class?"),
    ("reason: decided", "reason: controlled", "another one than on line"),
    ('最迟{due_on}。\n    en: "A doctor', '最迟{due_on}，{previous_on}。\n    en: "A doctor', "{previous_on}"),
    ("opens_before_days: 30", "opens_before: 30", "did you mean opens_before_days?"),
    ("reason: never_seen", "reason: controlled", "another one than on line"),
    ("count: {contacts: [clinic, home]}", "count: {contacts: [clinic, house]}", "clinic, home, online, phone"),
    ("count: {contacts: [clinic, home]}", "count: {contacts: [clinic], events: [exam.annual]}", "one of events"),
    (
        "count: {contacts: [clinic, home]}",
        "count: {contacts: [clinic], since_start: true}",
        "always count since the start",
    ),
    ("count: {events: [exam.annual]}", "count: {since_start: true}", "nothing to count"),
    ("times: 4", "times: four", "a whole number from 1 to 366"),
    ("prorated: true", "prorated: yes", "true or false"),
    ("    interval:\n", "    intervall:\n", "did you mean interval?"),
    (
        "clauses_kept: [visits_per_year, yearly_exam]",
        "clauses_kept: [visits_per_year, followup]",
        "visits_per_year, yearly_exam",
    ),
    ("clauses_kept: [visits_per_year, yearly_exam]", "clauses_keep: [yearly_exam]", "did you mean clauses_kept?"),
    ('last_value: {zh: "{systolic}/', 'last_value: {zh: "{sys}/', "{sys}"),
]


@pytest.mark.parametrize(("part", "wrong", "told"), BROKEN, ids=lambda value: value.strip()[:30] or "blank")
def test_a_mistake_is_told_with_its_line(tmp_path, part, wrong, told):
    assert HYPERTENSION.count(part) >= 1, "the part to break stands in the file"
    text = HYPERTENSION.replace(part, wrong, 1)
    mistakes = mistakes_in(tmp_path, text)
    assert any(told in mistake.message for mistake in mistakes), [str(mistake) for mistake in mistakes]
    assert all(1 <= mistake.line <= text.count("\n") + 1 for mistake in mistakes)


LINES = [  # what is written wrong, and nothing else stands on that line
    ("    unit: mmhg", "{value: 140, unit: mmHg, from_age: {65: 150}}", "\n    value: 140\n    unit: mmhg"),
    ("    classification: dangerous", "    classification: danger", "    classification: dangerous"),
    ("    next_within_days: 3 months", "    next_within_days: 90", "    next_within_days: 3 months"),
    ("        - mesured", "        - measured", "        - mesured"),
    ("      times: 0", "      times: 4", "      times: 0"),
    ("    which: mesured", "      which: measured", "      which: mesured"),
]


@pytest.mark.parametrize(("wrong", "part", "written"), LINES, ids=lambda value: value.strip()[:30])
def test_the_line_is_that_of_the_value(tmp_path, wrong, part, written):
    text = HYPERTENSION.replace(part, written, 1)
    assert line_of(text, wrong) in [mistake.line for mistake in mistakes_in(tmp_path, text)]


def test_a_line_is_exact(tmp_path):
    text = HYPERTENSION.replace("classification: complication", "classification: complicatoin")
    (mistake,) = mistakes_in(tmp_path, text)
    assert mistake.line == line_of(text, "complicatoin")
    assert mistake.found == "'complicatoin'"
    assert {"adverse_reaction", "complication", "controlled", "danger", "uncontrolled"} <= set(
        mistake.allowed.removesuffix(" (did you mean complication?)").split(", ")
    )
    place = f"standard.yaml:{mistake.line}: cases[3].classification: found 'complicatoin'; allowed: adverse_reaction, "
    assert place in str(mistake)
    assert str(mistake).endswith("(did you mean complication?).")


def test_all_mistakes_at_once_and_in_line_order(tmp_path):
    text = (
        HYPERTENSION.replace('version: "2017.1"', "version: 2017.1")
        .replace("value: 140, unit: mmHg", "value: 140, unit: mmhg")
        .replace("urgency: 3", "urgency: 9")
        .replace("times: 4", "times: 0")
    )
    mistakes = mistakes_in(tmp_path, text)
    lines = [mistake.line for mistake in mistakes]
    assert lines == sorted(lines)
    wrong = {line_of(text, part) for part in ("version: 2017.1", "mmhg", "urgency: 9", "times: 0")}
    assert wrong <= set(lines)


@pytest.mark.parametrize("key", ["id", "version", "valid_from", "title", "source", "eligible", "clauses"])
def test_a_missing_key_is_told(tmp_path, key):
    lines = ELDERLY.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"{key}:"))
    end = next((i for i in range(start + 1, len(lines)) if lines[i] and lines[i][0] not in " #"), len(lines))
    mistakes = mistakes_in(tmp_path, "\n".join(lines[:start] + lines[end:]))
    assert any(mistake.message == f"found no {key}; allowed: {key}: is needed here." for mistake in mistakes)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds none"),
        ("- a\n- b\n", "holds none"),
        ("id: [unclosed\n", "This is not YAML"),
        ("id: a\n\tb: c\n", "This is not YAML"),
        ("id: &a [*a]\n", "write out what it refers to"),
        ("a: " + "[" * 5000, "nest"),
        ("!!python/object/apply:os.system ['true']\n", "holds none"),
    ],
    ids=["empty", "list", "unclosed", "tab", "reference", "deep", "tag"],
)
def test_what_is_no_standard_at_all(tmp_path, text, told):
    assert told in mistakes_in(tmp_path, text)[0].message


def test_a_test_inside_a_test_inside_a_test(tmp_path):
    deep = "{not: " * 700 + "measured" + "}" * 700
    text = HYPERTENSION.replace("counts_if: {any: [measured, flagged]}", f"counts_if: {deep}")
    assert any("nested too deeply" in mistake.message for mistake in mistakes_in(tmp_path, text))


def test_not_utf_8(tmp_path):
    path = tmp_path / "standard.yaml"
    path.write_bytes("标题".encode("gb18030"))
    assert "not UTF-8" in check_file(path)[0].message


def test_no_such_file(tmp_path):
    assert "cannot be read" in check_file(tmp_path / "standard.yaml")[0].message


def test_interval_needs_contact_and_cases(tmp_path):
    text = HYPERTENSION[: HYPERTENSION.index("# Tried in this order")] + HYPERTENSION[HYPERTENSION.index("clauses:") :]
    assert any("an interval without cases" in mistake.message for mistake in mistakes_in(tmp_path, text))


def test_cases_need_an_interval(tmp_path):
    text = HYPERTENSION.replace("    interval:", "    per_year:")
    assert any("cases without an interval" in mistake.message for mistake in mistakes_in(tmp_path, text))


def test_a_city_may_change_numbers_and_bring_its_own_words(tmp_path):
    (tmp_path / "codes.yaml").write_text("enrolments:\n  copd: {zh: 慢阻肺, en: COPD}\n", encoding="utf-8")
    text = HYPERTENSION.replace("enrolled_in: hypertension", "enrolled_in: copd").replace("value: 140", "value: 130")
    standard = read_standard(write(tmp_path, text))
    assert standard.eligible.kind == "copd"
    assert standard.limits[0].value == 130
    assert "慢阻肺" in show(standard, "zh")


def test_named_tests_keep_their_meaning():
    standard = read_standard(FOLDER / "hypertension.yaml")
    uncontrolled = next(case for case in standard.cases if case.reason == "uncontrolled_first").when
    assert isinstance(uncontrolled, Named)
    assert uncontrolled.title.en == "not on target"
    compared = [test for test in uncontrolled.test.tests[1].tests if isinstance(test, Compare)]
    assert [(test.reading, test.comparison, test.limit.at_age(70)) for test in compared] == [
        ("systolic", "at_least", 150),
        ("diastolic", "at_least", 90),
    ]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_line_lost_or_doubled_is_read_or_told(tmp_path_factory, data):
    lines = HYPERTENSION.splitlines()
    number = data.draw(st.integers(0, len(lines) - 1))
    changed = data.draw(st.sampled_from([lines[:number] + lines[number + 1 :], lines[: number + 1] + lines[number:]]))
    path = write(tmp_path_factory.mktemp("standard"), "\n".join(changed))
    for mistake in check_file(path):  # never another exception
        assert mistake.line >= 1
        assert mistake.message


def test_show_speaks_both_languages_and_leaves_no_code_out():
    for standard in catalogue.installed().all():
        for language in ("zh", "en"):
            page = show(standard, language)
            assert standard.title.language(language) in page
            for case in standard.cases:
                assert case.reason in page
            for clause in standard.clauses:
                assert clause.id in page
    assert "收缩压 ≥ 180 mmHg" in show(catalogue.installed().valid_on("hypertension", date(2026, 1, 1)), "zh")


def test_rows_list_every_version():
    listed = rows(catalogue.installed(), date(2026, 1, 1), "en")
    assert [row.id for row in listed] == list(catalogue.installed().ids())
    assert all(row.in_force for row in listed)
    assert not any(row.in_force for row in rows(catalogue.installed(), date(2016, 1, 1), "en"))


def mistakes_in(directory: Path, text: str):
    with pytest.raises(StandardError) as caught:
        read_standard(write(directory, text))
    assert caught.value.mistakes
    return caught.value.mistakes


def write(directory: Path, text: str) -> Path:
    path = directory / "standard.yaml"
    path.write_text(text, encoding="utf-8")
    return path
