"""Who saw or did what of whom, when, from where and why. Rows are added and never touched again."""

from django.db import models


class AuditEntry(models.Model):
    """One line of the trail.

    No foreign keys: the trail stays whole whatever happens to the rows that it speaks of; names are copied for the same
    reason.
    """

    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=150)
    role = models.CharField(max_length=120)
    action = models.CharField(max_length=60)
    person_id = models.BigIntegerField(null=True)
    purpose = models.CharField(max_length=60)
    detail = models.JSONField(default=dict)
    request_id = models.CharField(max_length=36)
    address = models.CharField(max_length=45)

    class Meta:
        indexes = [
            models.Index(
                fields=["person_id", "-at"], name="audit_by_person", condition=models.Q(person_id__isnull=False)
            ),
            models.Index(fields=["actor_id", "-at"], name="audit_by_actor"),
            models.Index(fields=["at"], name="audit_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.action}"


class AuditBlock(models.Model):
    """Lines of the trail closed under one fingerprint, which holds that of the block before: a chain.

    Covers the ids after `after_id` up to `last_id`; `marks` tells which of them has changed. See `rules`.
    """

    number = models.BigIntegerField(primary_key=True)
    after_id = models.BigIntegerField(unique=True)
    last_id = models.BigIntegerField(unique=True)
    lines = models.IntegerField()
    closed_at = models.DateTimeField()
    previous = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    marks = models.BinaryField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(number__gte=1, lines__gte=1, last_id__gt=models.F("after_id")),
                name="audit_block_covers_lines",
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.fingerprint[:12]}"
