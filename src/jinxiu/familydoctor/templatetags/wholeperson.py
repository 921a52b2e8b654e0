"""The card of a person's health at a glance."""

from typing import Any

from django import template

from jinxiu.familydoctor.wholeperson.queries import glance
from jinxiu.people.access import reads_sheltered

register = template.Library()


@register.inclusion_tag("familydoctor/glance.html", takes_context=True)
def health_at_a_glance(context: dict[str, Any], person_id: int) -> dict[str, Any]:
    """The card, on the page of a person whose record the viewer reads."""
    viewer = context["viewer"]
    return {"parts": glance(person_id, viewer.today, with_sheltered=reads_sheltered(viewer, person_id))}
