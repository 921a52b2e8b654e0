"""What a form asks for is done, or why it cannot be stands at the form's field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.forms import Form

from jinxiu.people.actions import PeopleError


def tried(form: Form, write: Callable[[], Any]) -> Any:
    """What came of it; None, with the sentence at its field, where it was refused."""
    try:
        return write()
    except PeopleError as refused:
        say_at_field(form, refused)
        return None


def say_at_field(form: Form, refused: PeopleError) -> None:
    """Put the sentence of a refusal at the field that it names, or above the form where it names none of it."""
    field = str(getattr(refused, "field", ""))
    form.add_error(field if field in form.fields else None, str(refused.sentence))
