"""A second record of Li Xiulan, as a clerk makes one who reads a digit wrong."""

from datetime import date
from typing import Any

from jinxiu.audit.origin import SYSTEM
from jinxiu.familydoctor.matching import actions
from jinxiu.people import actions as people
from jinxiu.people.access import Viewer
from jinxiu.people.identity import ID_CARD
from jinxiu.people.models import Merge, Person
from jinxiu.worklists.actions import refresh_person
from tests.town import TODAY, Town, contact, enrol, id_card

LI_BORN = date(1968, 3, 1)
NUMBER = id_card(LI_BORN, 18)  # Li's own has the serial 8


def second_li(town: Town) -> Person:
    """Registered by hand in team 1: same name and phone, a number with one digit wrong, diabetes, seen twice."""
    person = people.register_person(
        name="李秀兰",
        sex="F",
        birth_date=LI_BORN,
        actor=SYSTEM,
        identifiers=[(ID_CARD, NUMBER)],
        phones=[("mobile", "13812343318"), ("home", "03514001234")],
        household_id=town.wu.household_id,
        team_id=town.team1.pk,
        joined_on=date(2024, 2, 1),
    )
    enrol(person, "diabetes", date(2025, 2, 3))
    contact(person, town.wang, date(2026, 9, 1), systolic=151, diastolic=84)
    contact(person, town.wang, date(2026, 9, 1), kind="followup.diabetes", fasting_glucose=7.9)
    refresh_person(person_id=person.pk, today=TODAY, actor=SYSTEM)
    return person


def merge(viewer: Viewer, kept: Person, merged: Person, **changes: Any) -> Merge:
    """Merge as a clerk who has just looked at both."""
    revisions = tuple(Person.objects.get(pk=one.pk).revision for one in (kept, merged))
    said: dict[str, Any] = {"revisions": revisions, "take": (), "reasons": ["name_birth"], "words": "card shown"}
    return actions.merge(kept_id=kept.pk, merged_id=merged.pk, viewer=viewer, **(said | changes))
