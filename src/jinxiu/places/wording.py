"""The sentences for values of a list of places that cannot be used."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jinxiu.places.rules import Mistake

_SENTENCES: dict[str, Promise] = {
    "code_shape": _("A code of 6, 9 or 12 digits, such as 140106 or 140106001001."),
    "digits_lost": _("The spreadsheet has rounded this number; format the column as text and fill it in again."),
    "name_shape": _("A name in letters or characters, at most 100 of them."),
    "parent_missing": _("The place above it, %(parent)s, has to be in the file or in force here; add its row."),
    "repeated": _("Each code once; the first is in row %(first)s."),
}


def sentence_for(mistake: Mistake) -> str:
    """What is allowed where the mistake is, in the active language."""
    return str(_SENTENCES[mistake.reason]) % mistake.parts
