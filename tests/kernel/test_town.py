"""The town is what its story says."""

from datetime import date

import pytest

from jinxiu.worklists.queries import due_for_person
from tests.town import TODAY, Town


@pytest.mark.parametrize(
    ("who", "standard", "classification", "action", "urgency", "due_on"),
    [
        ("chen", "hypertension", "danger", "refer", 3, date(2026, 12, 8)),
        ("li", "hypertension", "controlled", "contact", 0, date(2026, 9, 29)),
        ("wu", "hypertension", "uncontrolled", "refer", 2, date(2026, 11, 29)),
        ("wu", "diabetes", "controlled", "contact", 0, date(2027, 2, 13)),
        ("zhou", "diabetes", "", "contact", 1, date(2026, 12, 4)),
        ("feng", "hypertension", "controlled", "contact", 0, date(2027, 2, 8)),
    ],
)
def test_next_contact_of_each(
    town: Town, who: str, standard: str, classification: str, action: str, urgency: int, due_on: date
) -> None:
    items = due_for_person(getattr(town, who).pk, TODAY)
    followup = next(item for item in items if (item.standard, item.clause) == (standard, "followup"))
    found = (followup.classification, followup.action, followup.urgency, followup.due_on)
    assert found == (classification, action, urgency, due_on)


def test_who_was_examined_is_owed_next_years_examination_only(town: Town) -> None:
    items = due_for_person(town.zheng.pk, TODAY)
    assert [(item.clause, item.cycle, item.status) for item in items] == [("yearly_exam", "2027", "upcoming")]
