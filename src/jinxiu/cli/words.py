"""Words that a user may choose from, and what to say when the word is none of them."""

import difflib
from collections.abc import Iterable

from jinxiu.cli.problems import BadInput


def choice(what: str, word: str, allowed: Iterable[str]) -> str:
    """Return the word if it is allowed; else raise BadInput that lists what is, the likeliest meant first."""
    words = list(allowed)
    if word in words:
        return word
    near = difflib.get_close_matches(word, words, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    listed = ", ".join(words) if words else "nothing yet"
    raise BadInput(f"There is no {what} '{word}'{hint}; there is: {listed}.")
