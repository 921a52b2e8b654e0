"""Referrals up and down, the steps they went through, what hospitals wrote, and the codes of their letters."""

from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from jinxiu.evidence.models import Event
from jinxiu.people.models import Institution, Person, Staff, Team
from jinxiu.referrals.rules import STATES

CODE = "referral code"  # what a letter's code is sealed as


class Hospital(models.Model):
    """A hospital to which a centre refers; it comes into the list with the first referral to it, or by hand.

    From `closed_on` nobody can be sent there; a letter that was sent keeps the names it was sent with.
    """

    centre = models.ForeignKey(Institution, models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    phone = models.CharField(max_length=40, blank=True, db_default="")
    departments = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    closed_on = models.DateField(null=True)
    revision = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["centre", "name"], name="referral_hospital_once"),
            models.CheckConstraint(condition=~Q(name=""), name="referral_hospital_named"),
        ]

    def __str__(self) -> str:
        return self.name


class Referral(models.Model):
    """A person sent to a hospital, or by one to the centre (`direction`; FHIR ServiceRequest).

    `letter` is what the hospital reads; from the sending on it is frozen. What a hospital writes stands in its answers,
    and one that was not asked has no letter. `sheltered`: it tells of what is under special shelter. The days follow
    from the steps and stand here for lists; of a direction down, `sent_on` is the day of the hospital's letter.
    """

    class Priority(models.TextChoices):
        ROUTINE = "routine", _("normal")
        URGENT = "urgent", _("urgent")
        STAT = "stat", _("emergency")

    class Direction(models.TextChoices):
        UP = "up", pgettext_lazy("referral", "to a hospital")
        DOWN = "down", pgettext_lazy("referral", "from a hospital")

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    direction = models.CharField(max_length=4, choices=Direction.choices, default="up", db_default="up")
    priority = models.CharField(max_length=10, choices=Priority.choices)
    state = models.CharField(max_length=12, choices=[(state, state) for state in STATES])
    since = models.DateTimeField()  # of the state
    team = models.ForeignKey(Team, models.PROTECT, related_name="+")
    drafted_by = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    sent_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    hospital = models.ForeignKey(Hospital, models.PROTECT, related_name="+", related_query_name="referral")
    department = models.CharField(max_length=100, blank=True)
    doctor = models.CharField(max_length=100, blank=True)
    reason_code = models.CharField(max_length=60, blank=True)
    standard = models.CharField(max_length=60, blank=True)
    version = models.CharField(max_length=20, blank=True)
    contact = models.ForeignKey(
        Event, models.PROTECT, null=True, related_name="+"
    )  # the one whose verdict asked for it
    letter = models.JSONField(default=dict)
    sheltered = models.BooleanField(default=False)
    sent_on = models.DateField(null=True)
    arrived_on = models.DateField(null=True)
    answered_on = models.DateField(null=True)
    returned_on = models.DateField(null=True)  # the hospital sent the person back to the centre
    token = models.UUIDField(unique=True)  # of the form that drafted it: sent twice, it is one referral

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=STATES), name="referral_state_known"),
            models.CheckConstraint(condition=Q(direction__in=["up", "down"]), name="referral_direction_known"),
            models.CheckConstraint(
                condition=Q(priority__in=["routine", "urgent", "stat"]), name="referral_priority_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "cancelled"]) | Q(sent_on__isnull=False), name="referral_sent_with_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.sent_on or ''}".rstrip()


class ReferralAnswer(models.Model):
    """What a hospital said of a referral; a second answer stands beside the first. Rows are added only.

    With `returned_on` the hospital sends the person back to the centre (the paper's return slip).
    """

    class Channel(models.TextChoices):
        CODE = "code", _("by the letter's code")
        PHONE = "phone", _("by phone")
        PAPER = "paper", _("on paper")

    referral = models.ForeignKey(Referral, models.PROTECT, related_name="answers")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    seen_on = models.DateField()
    diagnosis = models.CharField(max_length=500)
    plan = models.TextField()
    medicines = models.TextField(blank=True)
    wish = models.TextField(blank=True)  # what the centre is asked to do
    returned_on = models.DateField(null=True)
    case_number = models.CharField(max_length=60, blank=True, db_default="")
    results = models.TextField(blank=True, db_default="")
    course = models.TextField(blank=True, db_default="")
    rehabilitation = models.TextField(blank=True, db_default="")
    author = models.CharField(max_length=60)
    title = models.CharField(max_length=60, blank=True)
    department = models.CharField(max_length=100, blank=True)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    recorded_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    token = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["referral", "token"], name="referral_answer_once")]

    def __str__(self) -> str:
        return f"answer {self.pk} to {self.referral_id}"


class ReferralStep(models.Model):
    """A referral came into a state: when, by whom, of which day it is true, why. Rows are added only.

    `by` is empty when the hospital did it with the letter's code; then `author` says who, as they gave their name.
    """

    referral = models.ForeignKey(Referral, models.PROTECT, related_name="steps")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    state = models.CharField(max_length=12)
    at = models.DateTimeField()
    on = models.DateField()
    by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    author = models.CharField(max_length=60, blank=True, db_default="")
    note = models.CharField(max_length=500, blank=True)
    event = models.ForeignKey(Event, models.PROTECT, null=True, related_name="+")
    answer = models.ForeignKey(ReferralAnswer, models.PROTECT, null=True, related_name="+")
    token = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["referral", "token"], name="referral_step_once")]

    def __str__(self) -> str:
        return f"{self.state} on {self.on}"


class ReferralCode(models.Model):
    """The code of a letter: sealed, found by keyed hash, with a last day. Revoked, or locked by wrong birth dates."""

    sealed_as = CODE
    referral = models.ForeignKey(Referral, models.PROTECT, related_name="codes")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    sealed = models.BinaryField()
    whole_hash = models.BinaryField(unique=True)
    last4_hash = models.BinaryField()  # every sealed number has it; nobody looks for a code by its end
    made_at = models.DateTimeField()
    last_day = models.DateField()
    revoked_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"code of {self.referral_id}"
