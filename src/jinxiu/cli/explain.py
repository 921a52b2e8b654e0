"""`./jinxiu explain`: why one person is on the list, or is not, in sentences with the facts used."""

import argparse
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from jinxiu.cli.environment import database
from jinxiu.cli.options import LANGUAGES, add_as_of, add_data
from jinxiu.cli.problems import BadInput
from jinxiu.cli.standards import known_standards, standard_on
from jinxiu.cli.trail import operator

if TYPE_CHECKING:
    from jinxiu.standards.explain import Explanation
    from jinxiu.standards.model import Standard

_HELP = """\
Say why a person is due, overdue or not on the list: the standard, each of its promises, and the facts that were used.
Leaves a line in the trail.

  ./jinxiu explain 42                                       every standard, today, in Chinese and English
  ./jinxiu explain 42 --standard hypertension --as-of 2026-09-30 --lang en
  ./jinxiu explain 8c4f2a9e-0d1b-4c5e-9c1d-4b1f0f0a7e11     the id that a FHIR import brought along

PERSON is the id that `due` prints, the id of an imported Patient, or a number such as that of the identity card.
Exit codes: 0 done, 2 an unknown person, standard or date, or no data yet, 1 a fault of ours."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's words to the parser."""
    parser = commands.add_parser("explain", help="say why a person is due, or not", description=_HELP)
    parser.add_argument("person", metavar="PERSON", help="the person's id")
    parser.add_argument("--standard", metavar="S", help="only this standard, for example hypertension")
    add_as_of(parser)
    parser.add_argument("--lang", choices=tuple(LANGUAGES), default="both", help="zh, en or both (default)")
    add_data(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the explanation."""
    with database(args, must_exist=True):
        from jinxiu.oversight.actions import note_explained
        from jinxiu.people.clock import today

        as_of = args.as_of or today()
        standards = _standards(args.standard, as_of)
        person_id = person_id_of(args.person)
        lines = list(_explain(person_id, standards, as_of, LANGUAGES[args.lang]))
        note_explained(actor=operator(), person_id=person_id)
        print("\n".join(lines))
    return 0


def _standards(wanted: str | None, as_of: date) -> Sequence["Standard"]:
    from jinxiu.worklists.standards import in_force

    return [standard_on(known_standards(), wanted, as_of)] if wanted else in_force(as_of)


def person_id_of(word: str) -> int:
    """The person of a number, an id of an import, or a document's number. Raises BadInput."""
    from jinxiu.cli import queries
    from jinxiu.people.queries import person_id_by_identifier

    if word.isascii() and word.isdecimal() and len(word) < 16 and queries.is_person(int(word)):
        return int(word)
    found = queries.person_ids_by_source(word.removeprefix("Patient/"))
    if not found:
        numbers = (person_id_by_identifier(system, word) for system in queries.identifier_systems())
        found = sorted({person_id for person_id in numbers if person_id is not None})
    if len(found) > 1:
        raise BadInput(
            f"Several people have the id '{word}'; name one of them by number: {', '.join(map(str, found))}."
        )
    if not found:
        raise BadInput(f"There is no person '{word}'; give the id that ./jinxiu due prints, or the id from the import.")
    return found[0]


def _explain(person_id: int, standards: Sequence["Standard"], as_of: date, languages: Sequence[str]) -> Iterator[str]:
    from jinxiu.cli.queries import belonging
    from jinxiu.evidence.facts import person_facts
    from jinxiu.standards.explain import why
    from jinxiu.standards.person import age_on

    person = person_facts(person_id)
    if person is None:
        raise BadInput(f"There is no person {person_id} any more.")
    of = belonging([person_id], as_of)
    age = age_on(person.birth_date, as_of)
    known = [of.name(str(person_id)), "" if age is None else f"{age}", of.team(str(person_id)), f"{as_of}"]
    yield " · ".join(part for part in (str(person_id), *known) if part)
    for standard in standards:
        for language in languages:
            yield from _paragraph(why(standard, person, as_of, language), language)


def _paragraph(explanation: "Explanation", language: str) -> Iterator[str]:
    standard = explanation.standard
    yield f"\n{standard.title.language(language)} ({standard.id} {standard.version})"
    yield f"  {explanation.eligibility}"
    for clause in explanation.clauses:
        yield f"\n  {clause.title} ({clause.verdict.clause}): {clause.status}"
        yield f"    {clause.sentence}"
        if clause.suggested:
            yield f"    · {clause.suggested}"
        yield from (f"    · {fact.words}" for fact in clause.facts)
        if clause.uncounted:
            yield f"    · {clause.uncounted}"
