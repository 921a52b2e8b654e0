"""What an address or a hidden field of a form asks for. Pure."""

_DIGITS = 18  # a column's bigint takes every number of so many


def number_sent(text: str) -> int | None:
    """The whole number that was sent; None for nothing, for what is none, and for more than a column holds."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None
