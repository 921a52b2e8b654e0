"""What stands in the head of every page."""

from typing import Any

from django.http import HttpRequest


def context(request: HttpRequest) -> dict[str, Any]:
    """Nothing yet."""
    return {}
