"""Records opened out of reach, for a reason and a time. Who may open one is decided by `people.access`."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class EmergencyOpening(models.Model):
    """Somebody may read one record out of reach from `opened_at` to `ends_at`; a manager reviews it by `review_by`.

    `team` is the person's, or the reader's own when the person has none: whoever manages it reviews.
    """

    class Reason(models.TextChoices):
        LIFE = "life", _("danger to life or health")
        PRESENT = "present", _("the person is here and asks for care")
        REFERRAL = "referral", _("a hospital or a colleague in charge asks")
        OUTBREAK = "outbreak", _("a duty to report, or an outbreak")
        OTHER = "other", _("another reason")

    staff = models.ForeignKey("people.Staff", models.PROTECT, related_name="+")
    person = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    team = models.ForeignKey("people.Team", models.PROTECT, related_name="+")
    reason = models.CharField(max_length=10, choices=Reason.choices)
    words = models.CharField(max_length=500)
    opened_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    review_by = models.DateTimeField()
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey("people.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    was_right = models.BooleanField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gte=F("opened_at")), name="emergency_ends_after_it_began"),
            models.CheckConstraint(
                condition=Q(reviewed_at__isnull=True, reviewed_by__isnull=True, was_right__isnull=True)
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False, was_right__isnull=False),
                name="emergency_review_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("staff")),
                name="emergency_reviewed_by_somebody_else",
            ),
            models.CheckConstraint(condition=~Q(words=""), name="emergency_reason_in_words"),
        ]
        indexes = [models.Index(fields=["staff", "ends_at"], name="emergency_by_staff")]

    def __str__(self) -> str:
        return f"{self.staff_id} reads {self.person_id} until {self.ends_at:%Y-%m-%d %H:%M}"
