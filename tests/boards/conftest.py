"""Boards are tested in the named town."""

from tests.town import town

__all__ = ["town"]
