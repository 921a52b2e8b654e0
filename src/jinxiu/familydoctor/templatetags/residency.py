"""What the person page offers about a person's data and status."""

from dataclasses import dataclass

from django import template
from django.template import Context

from jinxiu.people.access import people_for
from jinxiu.people.correcting.queries import has_versions
from jinxiu.people.roles import REGISTER_PEOPLE

register = template.Library()


@dataclass(frozen=True, slots=True)
class Offer:
    """Whether the reader may change the person's data, and whether there are earlier ones."""

    may_change: bool
    has_versions: bool


@register.simple_tag(takes_context=True)
def residency_of(context: Context, person_id: int) -> Offer:
    """What to offer on the page of a person whom `access` has found for this reader."""
    may_change = people_for(context["viewer"], REGISTER_PEOPLE).filter(pk=person_id).exists()
    return Offer(may_change, has_versions(person_id))
