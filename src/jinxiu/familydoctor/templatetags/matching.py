"""The note on a person's page that there may be another record of the person, or that one was merged into it."""

from typing import Any

from django import template

from jinxiu.familydoctor.matching import wording
from jinxiu.people.access import may, reaches
from jinxiu.people.matching.queries import pairs_of, records_of
from jinxiu.people.roles import REGISTER_PEOPLE

register = template.Library()
_SHOWN = 3


@register.inclusion_tag("familydoctor/alike.html", takes_context=True)
def alike(context: dict[str, Any], person_id: int) -> dict[str, Any]:
    """The pairs of the person with others whom the viewer registers, the strongest first."""
    viewer = context["viewer"]
    if not may(viewer, REGISTER_PEOPLE):
        return {}
    found = [
        {"other": pair.other_id if pair.one_id == person_id else pair.one_id, "why": wording.why(pair.reasons)}
        for pair in pairs_of(viewer, person_id)[:_SHOWN]
    ]
    merged = len(records_of(person_id)) - 1
    if merged and not reaches(viewer, person_id, REGISTER_PEOPLE):  # read in an emergency: nothing to do here
        merged = 0
    return {"person_id": person_id, "found": found, "merged": merged}
