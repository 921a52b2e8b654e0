"""Words about people: the sentences for numbers that cannot be right; how old somebody is; names in a language."""

from datetime import date
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from jinxiu.people.identity import IdentityError

SEXES: dict[str, str | Promise] = {"M": _("male"), "F": _("female"), "U": ""}
# What an identifier is called, by its system.
DOCUMENTS: dict[str, Promise] = {
    "id_card": _("ID card"),
    "residence_permit": _("residence permit for Hong Kong, Macau and Taiwan residents"),
    "hk_macau_permit": _("Hong Kong or Macau permit"),
    "taiwan_permit": _("Taiwan permit"),
    "foreign_resident_card": _("foreign permanent resident card"),
    "passport": _("passport"),
    "temporary": _("temporary number"),
}
_SENTENCES: dict[str, Promise] = {
    "id_card_shape": _("An ID card number has 17 digits and a last digit or X; please compare it with the card."),
    "id_card_check": _("The last character does not fit the other 17; please compare the number with the card."),
    "id_card_date": _(
        "The birth date inside this ID card number (digits 7 to 14) cannot be; please compare it with the card."
    ),
    "residence_permit_shape": _(
        "A residence permit has 18 characters and begins with 81, 82 or 83; please compare it with the card."
    ),
    "hk_macau_permit_shape": _("A Hong Kong or Macau permit has H or M and 8 digits, for example H12345678."),
    "taiwan_permit_shape": _("A Taiwan permit has 8 digits; please compare it with the card."),
    "foreign_resident_card_shape": _(
        "A foreign permanent resident card has 18 characters and begins with 9, or has 3 letters and 12 digits."
    ),
    "passport_shape": _("A passport number has 5 to 15 letters and digits, for example E12345678."),
    "phone_shape": _("A phone number has 5 to 15 digits, for example 13812345678 or 0351 1234567."),
}


def sentence_for(error: IdentityError) -> Promise:
    """What to tell the person who typed the number."""
    return _SENTENCES[error.reason]


def about(birth_date: date | None, sex: str, today: date) -> str:
    """Say how old and of which sex somebody is, as far as it is known: "71, female"."""
    words = str(SEXES.get(sex, ""))
    if birth_date is None:
        return words
    years = today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))
    age = ngettext("%(years)d year", "%(years)d years", years) % {"years": years}
    return gettext("%(age)s, %(sex)s") % {"age": age, "sex": words} if words else age


class Named(Protocol):
    """A place, an institution, a team or a member of staff."""

    name: str
    name_en: str


def named(thing: Named) -> str:
    """Its name in the page's language; the Chinese one where it has no other."""
    return (thing.name_en if (get_language() or "").startswith("en") else "") or thing.name


def told(text: str, text_en: str) -> str:
    """A text in the page's language; the other one where there is none."""
    return (text_en or text) if (get_language() or "").startswith("en") else (text or text_en)
