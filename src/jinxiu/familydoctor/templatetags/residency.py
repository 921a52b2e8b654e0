"""What the person page offers about a person's data and status."""

from dataclasses import dataclass

from django import template
from django.template import Context

from jinxiu.people.access import people_for, reaches
from jinxiu.people.correcting.queries import has_versions
from jinxiu.people.registering.rules import may_be_mother
from jinxiu.people.roles import DELETE_PEOPLE, RECORD_FOLLOWUP, REGISTER_PEOPLE

register = template.Library()


@dataclass(frozen=True, slots=True)
class Offer:
    """Whether the reader may change the person's data, whether there are earlier ones, may register a newborn, ask for
    the deletion of the data, and keep the programmes."""

    may_change: bool
    has_versions: bool
    may_be_mother: bool
    may_delete: bool
    keeps_programmes: bool


@register.simple_tag(takes_context=True)
def residency_of(context: Context, person_id: int) -> Offer:
    """What to offer on the page of a person whom `access` has found for this reader."""
    viewer = context["viewer"]
    person = people_for(viewer, REGISTER_PEOPLE).filter(pk=person_id).first()
    mother = person is not None and may_be_mother(person, viewer.today)
    return Offer(
        person is not None,
        has_versions(person_id),
        mother,
        reaches(viewer, person_id, DELETE_PEOPLE),
        reaches(viewer, person_id, RECORD_FOLLOWUP),
    )
