"""What watching needs to know: whose number it is, how to call somebody without the name, how old things are."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Max, Min

from jinxiu.audit.models import AuditEntry
from jinxiu.evidence.models import Event
from jinxiu.people import sealing
from jinxiu.people.clock import SHANGHAI
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


def oldest() -> dict[str, date | None]:
    """By code of a retention: the day from which the first thing of its kind to become free is counted."""
    last_visits = Event.objects.values("person").annotate(last=Max("happened_on"))
    first_line = AuditEntry.objects.aggregate(first=Min("at"))["first"]
    return {
        "records": last_visits.aggregate(first=Min("last"))["first"],
        "trail": first_line.astimezone(SHANGHAI).date() if first_line else None,
    }
