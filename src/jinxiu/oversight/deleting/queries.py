"""Reads for a deletion: what is kept of a person, how much of it, and the requests within reach."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Exists, F, Field, Max, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Greatest

from jinxiu.agreements.models import Agreement, AgreementStep, IssuedPaper, RenewalLeftOut, Signature
from jinxiu.attachments.models import Attachment, AttachmentVersion
from jinxiu.audit.models import AuditEntry
from jinxiu.emergency.models import EmergencyOpening
from jinxiu.evidence.models import Enrolment, Event, Observation
from jinxiu.fhir.models import SourceResource
from jinxiu.oversight.deleting import rules
from jinxiu.oversight.deleting.rules import Part
from jinxiu.oversight.models import DeletionRequest
from jinxiu.oversight.rules import retentions
from jinxiu.people.access import Viewer, people_for
from jinxiu.people.clock import SHANGHAI, start_of
from jinxiu.people.matching.queries import KEPT, records_of
from jinxiu.people.models import Household, Person, Relationship
from jinxiu.people.roles import DELETE_PEOPLE
from jinxiu.referrals.models import Referral, ReferralAnswer, ReferralCode, ReferralStep
from jinxiu.worklists.models import DueItem, PersonRefresh

_CARE = (
    *(Event, Observation, Enrolment, DueItem, PersonRefresh, SourceResource),
    *(Referral, ReferralStep, ReferralAnswer, ReferralCode),
    *(Agreement, AgreementStep, Signature, IssuedPaper, RenewalLeftOut),
    *(Attachment, AttachmentVersion),
)
_OF_OTHERS = {
    (Person, "merged_into"),
    (Household, "representative"),
    (Relationship, "relative"),
    (DeletionRequest, "person"),
}
# The days that say when somebody was cared for last.
_DAYS = (
    (Event, Greatest("happened_on", "end_on")),  # without an end, the day itself
    (Observation, F("happened_on")),
    (Enrolment, Greatest("start_on", "end_on")),
    (AttachmentVersion, F("on")),
)


def tables_of_a_person() -> dict[type[Model], list[str]]:
    """By table the columns that say whose a row is; whatever table is ever added is in it without being named.

    Not in it: the record itself, requests of deletion, and what belongs to others and only names the person beside
    them (a household's representative, a relative).
    """
    found: dict[type[Model], list[str]] = {}
    for relation in Person._meta.get_fields(include_hidden=True):
        model, field = relation.related_model, getattr(relation, "field", None)
        if not (relation.auto_created and isinstance(model, type) and issubclass(model, Model)):
            continue
        if isinstance(field, Field) and (model, field.name) not in _OF_OTHERS:
            found.setdefault(model, []).append(field.attname)
    return found


def parts_of(person_id: int) -> tuple[Part, ...]:
    """What is kept of a person, of all the person's records, with what the law says of it."""
    records = records_of(person_id)
    care: dict[str, int] = {}
    registered = {"person": len(records)}
    for model, columns in tables_of_a_person().items():
        whose = reduce(or_, (Q(**{f"{column}__in": records}) for column in columns))
        if found := model._default_manager.filter(whose).count():
            (care if model in _CARE else registered)[str(model._meta.model_name)] = found
    if homes := homes_of(records).count():
        registered["household"] = homes
    lines = AuditEntry.objects.filter(person_id__in=records)
    last = lines.aggregate(last=Max("at"))["last"]
    return rules.parts(
        care=care,
        registered=registered,
        trail=lines.count(),
        last_care=_last_care(records),
        last_line=last.astimezone(SHANGHAI).date() if last else None,
        retentions={one.code: one for one in retentions()},
    )


def homes_of(records: list[int]) -> QuerySet[Household]:
    """The households in which nobody else lives."""
    others = Person.objects.filter(household=OuterRef("pk")).exclude(pk__in=records)
    return Household.objects.filter(~Exists(others), persons__in=records).distinct()


def _last_care(records: list[int]) -> date | None:
    """The last day of care; of what an import could not read, the day on which it came."""
    days = [model.objects.filter(person__in=records).aggregate(last=Max(day))["last"] for model, day in _DAYS]
    unread = SourceResource.objects.filter(person__in=records).exclude(resource_type="Patient")
    came = unread.aggregate(last=Max("run__started_at"))["last"]
    days.append(came.astimezone(SHANGHAI).date() if came else None)
    return max((day for day in days if day), default=None)


def has_open_emergency(person_id: int) -> bool:
    """Tell whether an emergency opening of the person's record waits for its review."""
    return EmergencyOpening.objects.filter(person__in=records_of(person_id), reviewed_at__isnull=True).exists()


def past_their_time(today: date) -> dict[str, int]:
    """By code of a retention: how many records of people, and lines of the trail, need not be kept any more."""
    by_code = {one.code: rules.last_free_day(one, today) for one in retentions()}
    still: set[int] = set()
    everybody: set[int] = set()
    for model, day in _DAYS:
        latest = model.objects.annotate(whose=KEPT).values_list("whose").annotate(last=Max(day))
        for whose, last in latest.iterator():
            everybody.add(whose)
            if last > by_code["records"]:
                still.add(whose)
    lines = AuditEntry.objects.filter(at__lt=start_of(by_code["trail"] + timedelta(days=1)))
    return {"records": len(everybody - still), "trail": lines.count()}


# --- requests ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A request that waits, with the person's name."""

    person_id: int
    name: str
    asked_at: datetime
    request: DeletionRequest


def open_request(person_id: int) -> DeletionRequest | None:
    """The request for a person that waits for the second one's decision."""
    rows = DeletionRequest.objects.filter(person__in=records_of(person_id), decision="").select_related("asked_by")
    return rows.first()


def waiting(viewer: Viewer) -> list[Asked]:
    """The requests that wait, of the people within reach, the oldest first."""
    people = people_for(viewer, DELETE_PEOPLE, despite_restriction=True).filter(pk__in=_asked_for())
    names = dict(people.values_list("pk", "name"))
    rows = DeletionRequest.objects.filter(decision="").annotate(whose=KEPT).filter(whose__in=names)
    return [
        Asked(row.whose, names[row.whose], row.asked_at, row)
        for row in rows.select_related("asked_by").order_by("asked_at", "pk")
    ]


def _asked_for() -> list[int]:
    return list(DeletionRequest.objects.filter(decision="").annotate(whose=KEPT).values_list("whose", flat=True))


def decided(viewer: Viewer, limit: int = 50) -> list[DeletionRequest]:
    """What the viewer's institutions decided last: requests that somebody of the same institution asked or decided."""
    here = Q(asked_by__assignments__institution__in=viewer.institution_ids)
    rows = DeletionRequest.objects.exclude(decision="").filter(here).select_related("asked_by", "decided_by")
    return list(rows.distinct().order_by("-decided_at", "-pk")[:limit])
