"""What happened, what was measured, who is in which programme. Rows are added; a correction supersedes."""

from django.db import models
from django.db.models import F, Q

from jinxiu.people.models import Person, Staff

_IN_REACH = ("1900-01-01", "2199-12-31")  # the days that the facts contract accepts


class Evidence(models.Model):
    """What all evidence has: whose, who wrote it down and when, where it came from, and what it corrects.

    One source row has one chain: a first row with its (source_system, source_id), then one successor at a time.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    recorded_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()
    source_system = models.CharField(max_length=60, blank=True)
    source_id = models.CharField(max_length=200, null=True)  # noqa: DJ001 - null: recorded here, no outside id
    supersedes = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["supersedes"], name="%(class)s_one_successor", condition=Q(supersedes__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["source_system", "source_id"],
                name="%(class)s_source_once",
                condition=Q(source_id__isnull=False, supersedes__isnull=True),
            ),
            models.CheckConstraint(condition=~Q(supersedes=F("pk")), name="%(class)s_supersedes_another"),
        ]


class Event(Evidence):
    """Something happened on a day: a contact, an exam, a vaccination. `answers` keeps the form as it was filled in,
    `reason` why it corrects or withdraws the event that it supersedes."""

    class Mode(models.TextChoices):
        CLINIC = "clinic"
        HOME = "home"
        PHONE = "phone"
        ONLINE = "online"

    kind = models.CharField(max_length=60)
    happened_on = models.DateField()
    at = models.DateTimeField(null=True)
    end_on = models.DateField(null=True)
    mode = models.CharField(max_length=10, choices=Mode.choices)
    setting = models.CharField(max_length=60, blank=True)
    form_id = models.CharField(max_length=60, blank=True)
    form_version = models.CharField(max_length=20, blank=True)
    answers = models.JSONField(default=dict)
    reason = models.CharField(max_length=300, blank=True, db_default="")

    class Meta(Evidence.Meta):
        constraints = [
            *Evidence.Meta.constraints,
            models.CheckConstraint(
                condition=Q(mode__in=["clinic", "home", "phone", "online"]), name="event_mode_known"
            ),
            models.CheckConstraint(condition=Q(happened_on__range=_IN_REACH), name="event_day_in_reach"),
            models.CheckConstraint(
                condition=Q(end_on__isnull=True) | Q(end_on__gte=F("happened_on")), name="event_days_in_order"
            ),
            models.CheckConstraint(condition=~Q(kind=""), name="event_kind_said"),
        ]
        indexes = [
            models.Index(fields=["person", "-happened_on", "-id"], name="event_by_person"),
            models.Index(fields=["recorded_at"], name="event_by_recording", condition=Q(recorded_by__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.happened_on}"


class Observation(Evidence):
    """A code, a value in the code's unit, a day; part of an event or on its own."""

    event = models.ForeignKey(Event, models.PROTECT, null=True, related_name="observations")
    code = models.CharField(max_length=60)
    happened_on = models.DateField()
    value = models.FloatField(null=True)
    text = models.TextField(blank=True)

    class Meta(Evidence.Meta):
        constraints = [
            *Evidence.Meta.constraints,
            models.CheckConstraint(condition=Q(happened_on__range=_IN_REACH), name="observation_day_in_reach"),
            # The bounds refuse NaN and infinity as well: PostgreSQL orders both outside of them.
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(value__gt=-1e12, value__lt=1e12), name="observation_value_in_reach"
            ),
            models.CheckConstraint(condition=~Q(code=""), name="observation_code_said"),
            models.CheckConstraint(condition=Q(value__isnull=False) | ~Q(text=""), name="observation_says_something"),
        ]
        indexes = [models.Index(fields=["person", "-happened_on", "-id"], name="observation_by_person")]

    def __str__(self) -> str:
        return f"{self.code} {self.happened_on}"


class Decision(models.Model):
    """What the rule suggested, and by which facts, when a clinician said what a contact is: `observation` has the word,
    who said it and when, and is what rules read. `because` is a code of the service's own list."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    observation = models.OneToOneField(Observation, models.PROTECT, related_name="decision")
    standard = models.CharField(max_length=60)
    version = models.CharField(max_length=20)
    suggested = models.CharField(max_length=40)
    reason_code = models.CharField(max_length=60)
    reason_args = models.JSONField(default=dict)
    facts_used = models.JSONField(default=list)
    because = models.CharField(max_length=20, blank=True)
    words = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.standard} {self.version} suggested {self.suggested}"


class UrgentAnswer(models.Model):
    """What somebody did at once about an urgent contact: `done` has ids of the standard's advice."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    contact = models.ForeignKey(Event, models.PROTECT, related_name="+")
    done = models.JSONField(default=list)
    words = models.CharField(max_length=300, blank=True)
    recorded_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{', '.join(self.done)} about event {self.contact_id}"


class Enrolment(Evidence):
    """A person is in a programme, has a condition, belongs to a group: from a day, to the last day inside."""

    kind = models.CharField(max_length=60)
    start_on = models.DateField()
    end_on = models.DateField(null=True)
    end_reason = models.CharField(max_length=20, blank=True)
    value = models.CharField(max_length=200, blank=True)

    class Meta(Evidence.Meta):
        constraints = [
            *Evidence.Meta.constraints,
            models.CheckConstraint(condition=Q(start_on__range=_IN_REACH), name="enrolment_day_in_reach"),
            models.CheckConstraint(
                condition=Q(end_on__isnull=True) | Q(end_on__gte=F("start_on"), end_on__lte=_IN_REACH[1]),
                name="enrolment_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(end_reason__in=["", "lost", "refused", "moved", "died", "completed"]),
                name="enrolment_end_reason_known",
            ),
            models.CheckConstraint(condition=~Q(kind=""), name="enrolment_kind_said"),
        ]
        indexes = [models.Index(fields=["person", "kind"], name="enrolment_by_person")]

    def __str__(self) -> str:
        return f"{self.kind} from {self.start_on}"
