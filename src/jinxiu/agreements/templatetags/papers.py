"""The card of the paper that was signed by hand."""

from typing import Any

from django import template

from jinxiu.agreements.papers.shown import papers_of

register = template.Library()


@register.inclusion_tag("agreements/papers.html", takes_context=True)
def papers(context: dict[str, Any]) -> dict[str, Any]:
    """The card, on the page of an agreement."""
    viewer, person = context["viewer"], context["person"]
    return {"papers": papers_of(viewer, person.pk, context["agreement"]), "today": viewer.today}
