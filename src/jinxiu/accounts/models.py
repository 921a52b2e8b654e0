"""Who left an institution, with what was left behind as it stood on that day."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Departure(models.Model):
    """A staff member leaves an institution with a last day (inside), recorded once.

    `left` is the hand-over list of that moment, in ids and codes: roles with who took them over, stand-ins that ended,
    qualifications that nobody else in the team has, emergency openings that waited; see `leaving.actions`. What was
    entered by mistake is taken back before the last day; the row stays and says by whom and when.
    """

    class Reason(models.TextChoices):
        TRANSFER = "transfer", _("works elsewhere in the district")
        RESIGNED = "resigned", _("gave notice")
        CONTRACT = "contract", _("the contract ended")
        RETIRED = "retired", _("retired")
        OTHER = "other", _("another reason")

    staff = models.ForeignKey("people.Staff", models.PROTECT, related_name="+")
    institution = models.ForeignKey("people.Institution", models.PROTECT, related_name="+")
    last_day = models.DateField()
    reason = models.CharField(max_length=10, choices=Reason.choices)
    words = models.CharField(max_length=500, blank=True)
    left = models.JSONField()
    recorded_by = models.ForeignKey("people.Staff", models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    taken_back_by = models.ForeignKey("people.Staff", models.PROTECT, null=True, related_name="+")
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=["transfer", "resigned", "contract", "retired", "other"]),
                name="departure_reason_known",
            ),
            models.CheckConstraint(condition=~Q(reason="other") | ~Q(words=""), name="departure_other_in_words"),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} leaves {self.institution_id} with {self.last_day:%Y-%m-%d}"
