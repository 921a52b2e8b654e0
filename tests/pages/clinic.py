"""The named town and two more people of team 1, for the tests of the person page and of follow-ups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tests import town
from tests.town import FLAGS, TODAY, contact, enrol

from jinxiu.audit.origin import SYSTEM
from jinxiu.people.actions import register_person
from jinxiu.people.identity import ID_CARD
from jinxiu.people.models import Person, Staff, Team
from jinxiu.worklists.actions import refresh_person

__all__ = ["FLAGS", "TODAY", "Clinic", "build", "contact", "enrol", "resident"]


@dataclass(frozen=True)
class Clinic:
    """Doctor Wang and nurse Zhao care for team 1, doctor Sun for team 2, manager Guo sees team 1 and records nothing.

    He (65 since June, hypertension): not controlled on 20 August and, with the limit of his age, on 12 November.
    Lin (71): hypertension and diabetes, last seen on 1 September, all well.
    """

    wang: Staff
    zhao: Staff
    sun: Staff
    guo: Staff
    he: Person
    lin: Person


def build() -> Clinic:
    """Write the town and the two into an empty database."""
    all_of_it = town.build()
    wang, zhao, team = all_of_it.wang, all_of_it.zhao, all_of_it.team1
    he = resident("何志强", date(1961, 6, 15), team, {"hypertension": date(2024, 5, 6)})
    lin = resident("林秀英", date(1955, 3, 1), team, {"hypertension": date(2024, 1, 8), "diabetes": date(2025, 2, 3)})
    contact(he, zhao, date(2026, 3, 15), systolic=138, diastolic=84)
    contact(he, zhao, date(2026, 8, 20), systolic=150, diastolic=92)
    contact(he, wang, date(2026, 11, 12), systolic=148, diastolic=92)
    contact(lin, wang, date(2026, 9, 1), systolic=136, diastolic=80)
    contact(lin, wang, date(2026, 9, 1), kind="followup.diabetes", fasting_glucose=6.4)
    for one in (he, lin):
        refresh_person(person_id=one.pk, today=TODAY, actor=SYSTEM)
    return Clinic(wang, zhao, all_of_it.sun, all_of_it.guo, he, lin)


def resident(name: str, born: date, team: Team, programmes: dict[str, date]) -> Person:
    """Somebody of a team who is in some programmes."""
    person = register_person(
        name=name,
        sex="M",
        birth_date=born,
        actor=SYSTEM,
        identifiers=[(ID_CARD, town.id_card(born, 331))],
        phones=[("mobile", "13812345678")],
        team_id=team.pk,
        joined_on=date(2023, 1, 1),
    )
    for kind, start_on in programmes.items():
        enrol(person, kind, start_on)
    return person
