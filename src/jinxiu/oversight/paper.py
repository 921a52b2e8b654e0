"""One person's record on paper, in words: who it is, the teams, the programmes, what happened and was measured.

What a correction has replaced is left out here; it stands in the files of the same copy.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import get_language, gettext

from jinxiu.documents import Document, Pairs, Section, Table, Words
from jinxiu.people.wording import DOCUMENTS
from jinxiu.standards.codes import Codes
from jinxiu.standards.verdict import number_text
from jinxiu.ui.templatetags.jinxiu import day_text

Row = Mapping[str, Any]
Tables = Mapping[str, Iterable[Row]]


def paper(tables: Tables, codes: Codes, made_on: date, *, is_whole: bool = True) -> Document:
    """The record as a document in the active language; `tables` as `queries.copy_of` gives them. `is_whole`: nothing is
    left out of them."""
    person = next(iter(tables["person"]))
    language = "en" if (get_language() or "").startswith("en") else "zh"
    subtitle = gettext("Everything in force on %(day)s, made at the wish of the person")
    if not is_whole:
        subtitle = gettext("In force on %(day)s, taken by residents; what is specially protected, the centre hands out")
    return Document(
        language=language,
        title=gettext("Health record of %(name)s") % {"name": person["name"]},
        subtitle=subtitle % {"day": day_text(made_on)},
        sections=(
            Section(gettext("The person"), (Pairs(tuple(_who(person, tables))),)),
            _listed(gettext("Teams"), _teams(tables)),
            _listed(gettext("Programmes"), _programmes(tables, codes, language)),
            _listed(gettext("What happened and was measured"), _care(tables, codes, language)),
        ),
        foot=gettext("Confidential: %(name)s, copy of %(day)s") % {"name": person["name"], "day": day_text(made_on)},
    )


def _listed(title: str, table: Table) -> Section:
    return Section(title, (table,) if table.rows else (Words(gettext("Nothing is recorded.")),))


def _who(person: Row, tables: Tables) -> Iterable[tuple[str, str]]:
    sexes = {"M": gettext("male"), "F": gettext("female")}
    yield gettext("Name"), person["name"]
    yield gettext("Sex"), sexes.get(person["sex"], gettext("not known"))
    yield gettext("Birth date"), _day(person["birth_date"])
    for row in tables.get("identifier", ()):
        yield str(DOCUMENTS.get(row["system"], row["system"])), row["number"]
    for row in tables.get("contactpoint", ()):
        yield gettext("Phone"), row["number"]
    yield gettext("Address"), person.get("address", "")
    if person["died_on"]:
        yield gettext("Died on"), _day(person["died_on"])
    if person["left_on"]:
        yield gettext("Moved away on"), _day(person["left_on"])


def _teams(tables: Tables) -> Table:
    rows = tables.get("teammembership", ())
    head = (gettext("Team"), gettext("From"), gettext("To"))
    return Table(head, tuple((row["team"], _day(row["start_on"]), _day(row["end_on"])) for row in rows))


def _programmes(tables: Tables, codes: Codes, language: str) -> Table:
    head = (gettext("Programme"), gettext("From"), gettext("To"))
    rows = (
        (codes.name("enrolments", row["kind"], language), _day(row["start_on"]), _day(row["end_on"]))
        for row in _in_force(tables.get("enrolment", ()))
    )
    return Table(head, tuple(rows))


def _care(tables: Tables, codes: Codes, language: str) -> Table:
    """Events with their readings, and readings on their own, the newest first."""
    events = {row["id"]: row for row in _in_force(tables.get("event", ())) if row["kind"] != "withdrawn"}
    readings: dict[int, list[str]] = {}
    lines: list[tuple[str, int, tuple[str, ...]]] = []
    for row in _in_force(tables.get("observation", ())):
        said = _reading(row, codes, language)
        if row["event_id"] is None:
            lines.append((row["happened_on"], 0, (_day(row["happened_on"]), gettext("Measured"), said, row["staff"])))
        elif row["event_id"] in events:
            readings.setdefault(row["event_id"], []).append(said)
    for key, row in events.items():
        said = gettext("; ").join(readings.get(key, ()))
        what = codes.name("events", row["kind"], language)
        lines.append((row["happened_on"], key, (_day(row["happened_on"]), what, said, row["staff"])))
    head = (gettext("Day"), gettext("What"), gettext("Readings"), gettext("Recorded by"))
    return Table(head, tuple(cells for _on, _key, cells in sorted(lines, reverse=True)))


def _reading(row: Row, codes: Codes, language: str) -> str:
    known = codes.observations.get(row["code"])
    name = known.title.language(language) if known else row["code"]
    if row["value"] is None:
        return f"{name} {row['text']}"
    if known and known.is_flag:
        return f"{name} {gettext('yes') if row['value'] else gettext('no')}"
    return f"{name} {number_text(row['value'])} {known.unit if known else ''}".rstrip()


def _in_force(rows: Iterable[Row]) -> list[Row]:
    every = list(rows)
    replaced = {row["supersedes_id"] for row in every}
    return [row for row in every if row["id"] not in replaced]


def _day(text: str | None) -> str:
    return day_text(date.fromisoformat(text)) if text else ""
