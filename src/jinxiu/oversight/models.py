"""Requests to delete what is kept of a person. They outlive the person's rows, and then name nobody."""

from django.db import models
from django.db.models import F, Q

from jinxiu.people.models import Person, Staff


class DeletionRequest(models.Model):
    """Somebody asked to have a person's data deleted: who, why, and what a second member of staff decided.

    `person` points to nobody once the deed is done (`done_at`); what was said is emptied then, `counts` stay.
    The database lets rows of evidence go only for a request that was decided so and is not done yet (migration 0002).
    """

    person = models.ForeignKey(Person, models.DO_NOTHING, related_name="+", db_constraint=False)
    wished_by = models.CharField(max_length=20)
    reason = models.CharField(max_length=30)
    words = models.CharField(max_length=500, blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    decision = models.CharField(max_length=10, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(Staff, models.PROTECT, null=True, blank=True, related_name="+")
    answer = models.CharField(max_length=500, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(decision=""), name="deletion_asked_once_at_a_time"),
            models.CheckConstraint(condition=Q(decision__in=["", "deleted", "refused"]), name="deletion_known"),
            models.CheckConstraint(
                condition=Q(decision="", decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(decision="") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="deletion_decision_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(decision="deleted") | ~Q(decided_by=F("asked_by")), name="deletion_by_two"
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(decision="deleted", words=""), name="deletion_done_says_nothing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}, asked {self.asked_at:%Y-%m-%d}"
