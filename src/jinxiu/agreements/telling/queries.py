"""Reads of who is to be told something about an agreement now, and was not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from jinxiu.agreements import queries, rules
from jinxiu.agreements.models import Agreement, AgreementStep
from jinxiu.agreements.queries import KEPT_OF_OUTER
from jinxiu.agreements.renewing.rules import AGREED, CHANNEL
from jinxiu.messaging.models import Message

# Keys of messages, before the number.
ENDS, CHANGED, ANSWERED = "agreement-ends/", "agreement-doctor/", "agreement-answer/"
_CHANGES = (rules.TEAM_CHANGED, rules.DOCTOR_CHANGED)
_LATE = timedelta(days=14)  # who was not told by then reads it on the own pages


def ending(today: date, limit: int) -> list[Agreement]:
    """The agreements that end soon, of people who were not told; who ends first comes first. Who has signed a renewal
    knows; who is renewed without a new signature (`renews_itself`) is told."""
    terms = queries.terms_on(today)
    if terms is None:
        return []
    last = today + timedelta(days=terms.expiring_days)
    renewed = Agreement.objects.filter(follows=OuterRef("pk"), state__in=rules.BINDING)
    signed, given_up = renewed.exclude(channel=CHANNEL), Agreement.objects.filter(follows=OuterRef("pk"))
    may_be = Q(consents__contains=[AGREED]) & ~Exists(given_up.filter(state=rules.TERMINATED))
    rows = _in_force(today).filter(last_on__lte=last).exclude(Exists(signed)).exclude(_told(ENDS, "pk"))
    rows = rows.annotate(renews_itself=Exists(renewed) | may_be)
    return list(rows.order_by("last_on", "pk")[:limit])


def with_another_doctor(today: date, limit: int) -> list[tuple[Agreement, int]]:
    """The agreements whose doctor or team changed of late, with their last such step, of people who were not told."""
    steps = AgreementStep.objects.filter(reason__in=_CHANGES, on__gt=today - _LATE, on__lte=today)
    later = AgreementStep.objects.filter(agreement=OuterRef("agreement"), reason__in=_CHANGES, pk__gt=OuterRef("pk"))
    steps = steps.exclude(Exists(later)).exclude(_told(CHANGED, "pk"))
    steps = steps.filter(agreement__in=_in_force(today).filter(doctor__isnull=False))
    found = list(steps.order_by("pk").values_list("agreement_id", "pk")[:limit])
    rows = _in_force(today).in_bulk([agreement_id for agreement_id, _step in found])
    return [(rows[agreement_id], step) for agreement_id, step in found]


def answered(today: date, limit: int) -> list[tuple[Agreement, AgreementStep]]:
    """What teams answered of late to agreements that were signed on the own pages, of people who were not told. Who
    signed at the centre was there."""
    steps = AgreementStep.objects.filter(
        reason__in=(rules.CONFIRMED, rules.NOT_ACCEPTED),
        from_state=rules.PENDING,
        on__gt=today - _LATE,
        on__lte=today,
        agreement__channel=rules.OWN_PAGES,
        person__died_on__isnull=True,
        person__left_on__isnull=True,
    )
    steps = steps.exclude(_told(ANSWERED, "pk")).order_by("pk")
    rows = steps.select_related("agreement__person__merged_into", "agreement__team__institution")
    return [(step.agreement, step) for step in rows[:limit]]


def _in_force(today: date) -> QuerySet[Agreement]:
    """With people who live here."""
    here = Q(person__died_on__isnull=True, person__left_on__isnull=True)
    rows = Agreement.objects.filter(here, state=rules.ACTIVE, has_begun=True, last_on__gte=today)
    return rows.select_related("person__merged_into", "team__institution", "doctor")


def _told(key: str, number: str) -> Exists:
    named = Concat(Value(key), Cast(OuterRef(number), CharField()))
    return Exists(Message.objects.filter(person=KEPT_OF_OUTER, dedupe_key=named))


def declined_messages(person_ids: Iterable[int], today: date) -> set[int]:
    """Of these people those who signed an agreement in force without the consent to reminders."""
    rows = Agreement.objects.filter(state=rules.ACTIVE, start_on__lte=today, last_on__gte=today)
    signed = rows.exclude(terms_version="").exclude(consents__contains=["messages"])
    kept = signed.annotate(kept=F("person__merged_into")).filter(Q(person__in=person_ids) | Q(kept__in=person_ids))
    return {one for pair in kept.values_list("person_id", "kept") for one in pair if one is not None}
