"""What the service keeps beside evidence: unfinished forms, days of examinations, counts. No part of the record."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from jinxiu.people import sealing
from jinxiu.people.models import Institution, Person, Place, Staff, Team


class FormDraft(models.Model):
    """What a member of staff typed into a form of a person and has not saved; the words are sealed.

    `form` names the page's forms ("hypertension+diabetes"); `token` and `seen` are those of the page and go on with the
    draft, so that it is recorded once and later records of others are asked about. `window` is the opened page that
    kept it last. One that a colleague took over has no words left: it tells who began it, and expires.
    """

    sealed_as = sealing.DRAFT
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    staff = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    form = models.CharField(max_length=200)
    version = models.CharField(max_length=200)
    token = models.UUIDField()
    seen = models.BigIntegerField()
    window = models.UUIDField()
    begun_at = models.DateTimeField()
    kept_at = models.DateTimeField()
    sealed = models.BinaryField(null=True)
    taken_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    taken_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "staff", "form"], name="form_draft_once", condition=Q(taken_at__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(taken_at__isnull=True, taken_by__isnull=True, sealed__isnull=False)
                | Q(taken_at__isnull=False, taken_by__isnull=False, sealed__isnull=True),
                name="form_draft_taken_is_whole",
            ),
        ]
        indexes = [models.Index(fields=["person"], name="form_draft_of_person")]

    def __str__(self) -> str:
        return f"{self.form} of person {self.person_id} by staff {self.staff_id}"


class ExamDay(models.Model):
    """A day on which an institution examines people (FHIR Schedule); its capacity is the number of its slots.

    `place` says where, when it is not in the institution itself. A cancelled one has no invitations left.
    """

    institution = models.ForeignKey(Institution, models.PROTECT, related_name="+")
    place = models.CharField(max_length=200, blank=True)
    on = models.DateField()
    planned_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    planned_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    cancelled_words = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "on", "place"], name="exam_day_once", condition=Q(cancelled_at__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True, cancelled_words="")
                | Q(cancelled_at__isnull=False) & ~Q(cancelled_words=""),
                name="exam_day_cancelled_with_reason",
            ),
        ]
        indexes = [models.Index(fields=["on"], name="exam_day_by_date")]

    def __str__(self) -> str:
        return f"{self.institution_id} on {self.on}"


class ExamSlot(models.Model):
    """Room for one person at one time of an exam day (FHIR Slot); a time with ten places has ten of them."""

    day = models.ForeignKey(ExamDay, models.CASCADE, related_name="slots")
    starts = models.TimeField()
    ends = models.TimeField()
    number = models.PositiveSmallIntegerField()  # among those of the same time
    fasting = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "starts", "number"], name="exam_slot_once"),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="exam_slot_times_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.starts} of day {self.day_id}, place {self.number}"


class ExamAppointment(models.Model):
    """A person invited into a slot (FHIR Appointment). That the person came is read from the record, not kept here.

    A slot holds one person, and a person has one invitation a year: the constraints below refuse a second one. Who did
    not come, or was cancelled with a reason, may be invited again.
    """

    slot = models.ForeignKey(ExamSlot, models.PROTECT, related_name="appointments", db_index=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    year = models.PositiveSmallIntegerField()  # of the day, for the constraint
    fasting = models.BooleanField()  # whether this person comes fasting
    booked_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    booked_at = models.DateTimeField()
    absent_at = models.DateTimeField(null=True)
    absent_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    cancelled_words = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["slot"], name="exam_appointment_slot_once", condition=Q(cancelled_at__isnull=True)
            ),
            models.UniqueConstraint(
                fields=["person", "year"],
                name="exam_appointment_once_a_year",
                condition=Q(cancelled_at__isnull=True, absent_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True, cancelled_words="")
                | Q(cancelled_at__isnull=False, absent_at__isnull=True) & ~Q(cancelled_words=""),
                name="exam_appointment_cancelled_with_reason",
            ),
        ]
        indexes = [models.Index(fields=["person"], name="exam_appointment_of_person")]

    def __str__(self) -> str:
        return f"person {self.person_id} in slot {self.slot_id}"


class NightCount(models.Model):
    """One number of the manager's page as the last night left it, for the people of one team in one community.

    `part` is the page and `number` what is counted there ("signed.elderly"); `people` are their ids, ascending,
    `counted` how many. Of what agreements promise, `owed` and `done` are times, and `share` adds up what part was done
    for each of the people (0 to 1), `passed` what part of their agreement's year is over. All rows are of one night.
    """

    day = models.DateField()
    part = models.CharField(max_length=20)
    number = models.CharField(max_length=200)
    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="+", db_index=False)
    place = models.ForeignKey(Place, models.CASCADE, null=True, related_name="+", db_index=False)
    counted = models.IntegerField()
    people = ArrayField(models.BigIntegerField())
    owed = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    share = models.FloatField(default=0)
    passed = models.FloatField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["part", "number", "team", "place"], name="night_count_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.part} {self.number}: {self.counted}"
