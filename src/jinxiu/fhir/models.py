"""What the import remembers: each run, and each resource that it has seen."""

from django.db import models

from jinxiu.people import sealing
from jinxiu.people.models import Institution, Person, Staff


class ImportRun(models.Model):
    """One import that went in, with its counts. Imports that were refused leave nothing."""

    source_system = models.CharField(max_length=60)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    report = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.source_system} {self.started_at:%Y-%m-%d %H:%M}"


class SourceResource(models.Model):
    """A resource of a source as last seen: the digest of what we made of it, and what we could not understand of it.

    `kept` is the JSON as it came (the whole resource, or only the elements that nobody reads); what would name a
    person is kept sealed instead. `reasons` is a list of [reason, detail].
    """

    sealed_as = sealing.AS_SENT
    source_system = models.CharField(max_length=60)
    resource_type = models.CharField(max_length=40)
    resource_id = models.CharField(max_length=64)
    digest = models.CharField(max_length=40)
    run = models.ForeignKey(ImportRun, models.PROTECT, related_name="resources", db_index=False)
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="+", db_index=False)
    institution = models.ForeignKey(Institution, models.SET_NULL, null=True, related_name="+", db_index=False)
    staff = models.ForeignKey(Staff, models.SET_NULL, null=True, related_name="+", db_index=False)
    reasons = models.JSONField(default=list)
    kept = models.TextField(blank=True)
    sealed = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source_system", "resource_type", "resource_id"], name="source_resource_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.resource_type}/{self.resource_id}"
