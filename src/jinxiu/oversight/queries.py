"""What the auditor's page needs to know of people: whose number it is, and how to call somebody without the name."""

from collections.abc import Iterable

from jinxiu.people import sealing
from jinxiu.people.identity import normalise
from jinxiu.people.models import Identifier, Person


def person_id_of(number: str) -> int | None:
    """Whose number of any kind (identity card, passport …) this is; None when it is nobody's, or several people's."""
    whole_hash = sealing.keyed_hash(normalise(number), sealing.IDENTIFIER)
    found = set(Identifier.objects.filter(whole_hash=whole_hash).values_list("person_id", flat=True)[:2])
    return found.pop() if len(found) == 1 else None


def covered_names(person_ids: Iterable[int]) -> dict[int, str]:
    """Names of which only the first character shows, by person id: an auditor need not know who it is."""
    rows = Person.objects.filter(pk__in=set(person_ids)).values_list("pk", "name")
    return {pk: name[:1] + "*" * max(len(name) - 1, 1) for pk, name in rows}
