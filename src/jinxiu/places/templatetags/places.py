"""How a place, an institution, a team or a member of staff is called in the page's language."""

from django import template

from jinxiu.people.wording import named

register = template.Library()
register.filter("own_name", named)
