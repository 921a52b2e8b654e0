"""What people said of a service or of a year, as it was said; who was asked, and who wishes to be called."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from jinxiu.evidence.models import Event
from jinxiu.people import sealing
from jinxiu.people.models import Person, Staff, Team
from jinxiu.ratings import rules


class Rating(models.Model):
    """Somebody's answers about a service that was delivered (`event`), or about a year with the team (`year`).

    Rows are added only: a change supersedes, and keeps the day of the first answer as `given_on`. `score` is the answer
    to the question about the whole, 1 to 5. Who answered stands here so that nobody is asked twice; no page shows it.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="+", db_index=False)
    survey = models.CharField(max_length=40)
    survey_version = models.CharField(max_length=20)
    event = models.ForeignKey(Event, models.PROTECT, null=True, related_name="+")
    year = models.PositiveSmallIntegerField(null=True)
    given_on = models.DateField()
    at = models.DateTimeField()
    via = models.CharField(max_length=10)
    asked_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    answers = models.JSONField()  # item to 1 … 5
    score = models.PositiveSmallIntegerField()
    words = models.CharField(max_length=500, blank=True)
    supersedes = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["supersedes"], name="rating_one_successor", condition=Q(supersedes__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["event"], name="rating_once_for_a_service", condition=Q(supersedes__isnull=True)
            ),
            models.UniqueConstraint(
                fields=["person", "survey", "year"],
                name="rating_once_for_a_year",
                condition=Q(supersedes__isnull=True, year__isnull=False),
            ),
            models.CheckConstraint(
                condition=Q(event__isnull=False, year__isnull=True) | Q(event__isnull=True, year__isnull=False),
                name="rating_of_a_service_or_a_year",
            ),
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=rules.BEST), name="rating_has_one_to_five"),
            models.CheckConstraint(condition=Q(via__in=rules.WAYS), name="rating_way_known"),
            models.CheckConstraint(
                condition=Q(via=rules.PHONE, asked_by__isnull=False) | (~Q(via=rules.PHONE) & Q(asked_by__isnull=True)),
                name="rating_by_phone_has_who_asked",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-given_on"], name="rating_by_person"),
            # All that the numbers of teams are made of: they stand on public pages.
            models.Index(fields=["team", "given_on"], include=["person", "score", "id"], name="rating_by_team"),
        ]

    def __str__(self) -> str:
        return f"{self.survey} of {self.given_on}"


class CallWish(models.Model):
    """Somebody wishes to be called about something that was not right. Who leads the centre sees it; the team does not.

    It stands apart from every rating. `sealed` has the number to call.
    """

    sealed_as = sealing.PHONE
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, models.PROTECT, related_name="+", db_index=False)
    via = models.CharField(max_length=10)
    words = models.CharField(max_length=500)
    sealed = models.BinaryField()
    asked_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], name="call_wish_one_open", condition=Q(settled_at__isnull=True)),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, settled_by__isnull=True, note="")
                | (Q(settled_at__isnull=False, settled_by__isnull=False) & ~Q(note="")),
                name="call_wish_settled_by_somebody_with_a_note",
            ),
            models.CheckConstraint(condition=Q(via__in=rules.WAYS), name="call_wish_way_known"),
        ]
        indexes = [models.Index(fields=["team", "settled_at"], name="call_wish_by_team")]

    def __str__(self) -> str:
        return f"asked at {self.asked_at}"


class Asking(models.Model):
    """Somebody was asked to rate, on a day, and is not asked again before `free_on`; the database sees to that."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    asked_on = models.DateField()
    free_on = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(free_on__gt=F("asked_on")), name="asking_has_days"),
            ExclusionConstraint(
                name="asking_not_twice_in_its_days",
                expressions=[
                    (Func(F("person"), F("person"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (Func(F("asked_on"), F("free_on"), Value("[)"), function="daterange"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"asked on {self.asked_on}"


class NotAsked(models.Model):
    """Somebody does not wish to be asked by message."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="+")
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"since {self.since}"
