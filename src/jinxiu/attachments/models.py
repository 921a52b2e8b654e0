"""Documents and photos of people, and what was said of each."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jinxiu.attachments import rules
from jinxiu.people.models import Person, Staff

KEY = "attachment key"  # what a document's key is sealed as


class Attachment(models.Model):
    """A document or photo of a person (FHIR DocumentReference), as it is kept: sealed, never changed.

    `sealed` is the key of this document; `content` and `preview` are sealed with it. `sha256` is of the bytes that are
    kept and handed out, `came_as` of those that were sent: what is sent twice is known again.
    """

    class Media(models.TextChoices):
        JPEG = rules.JPEG
        PDF = rules.PDF

    sealed_as = KEY
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    media = models.CharField(max_length=20, choices=Media.choices)
    size = models.PositiveIntegerField()  # bytes
    width = models.PositiveIntegerField(null=True)  # pixels
    height = models.PositiveIntegerField(null=True)
    pages = models.PositiveSmallIntegerField(null=True)
    sha256 = models.CharField(max_length=64)
    came_as = models.CharField(max_length=64)
    sealed = models.BinaryField()
    content = models.BinaryField()
    preview = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(media__in=["image/jpeg", "application/pdf"]), name="attachment_media"),
            models.CheckConstraint(
                condition=Q(media="application/pdf", preview__isnull=True, pages__isnull=False)
                | Q(media="image/jpeg", preview__isnull=False, width__isnull=False, height__isnull=False),
                name="attachment_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.media} of person {self.person_id}"


class AttachmentVersion(models.Model):
    """What is said of a document: the newest version holds. Rows are added only.

    `on` is the day of the document itself, `author` who wrote or took it, `belongs_to` what of a room above it is the
    paper of ("agreement/12"). `sheltered`: it is shown only to who has
    opened what is under special shelter. A later version says why; one that withdraws says that the document does not
    belong here.
    """

    class Kind(models.TextChoices):
        REPORT = rules.REPORT, _("report or letter")
        ECG = rules.ECG, _("ECG")
        WOUND = rules.WOUND, _("photo of a wound")
        AGREEMENT = rules.AGREEMENT, _("paper agreement")
        OTHER = rules.OTHER, _("other document")

    attachment = models.ForeignKey(Attachment, models.PROTECT, related_name="versions", db_index=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    title = models.CharField(max_length=100, blank=True)
    on = models.DateField()
    author = models.CharField(max_length=100, blank=True)
    belongs_to = models.CharField(max_length=40, blank=True, db_default="")
    sheltered = models.BooleanField(default=False)
    withdrawn = models.BooleanField(default=False)
    reason = models.CharField(max_length=300, blank=True)
    recorded_by = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["attachment", "number"], name="attachment_version_once"),
            models.CheckConstraint(condition=Q(kind__in=list(rules.KINDS)), name="attachment_kind_known"),
            models.CheckConstraint(
                condition=Q(number=1, reason="", withdrawn=False) | (Q(number__gt=1) & ~Q(reason="")),
                name="attachment_change_says_why",
            ),
            models.CheckConstraint(condition=Q(on__gte="1900-01-01"), name="attachment_day_in_reach"),
        ]

    def __str__(self) -> str:
        return f"version {self.number} of attachment {self.attachment_id}"
