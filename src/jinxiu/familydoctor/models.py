"""What the service keeps beside evidence: unfinished forms. They are no part of the record."""

from django.db import models
from django.db.models import Q

from jinxiu.people import sealing
from jinxiu.people.models import Person, Staff


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
