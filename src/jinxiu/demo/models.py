"""The mark that a generated district is complete. It is written in the transaction that writes the district."""

from django.db import models


class DemoDistrict(models.Model):
    """The one generated district of this database; `token` ties the file with the demo accounts to it."""

    only = models.BooleanField(default=True, unique=True)
    token = models.UUIDField()
    residents = models.PositiveIntegerField()
    seed = models.BigIntegerField()
    built_for = models.DateField()  # the day on whose morning the district stands
    built_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(only=True), name="demo_district_only_one")]

    def __str__(self) -> str:
        return f"{self.residents} residents, seed {self.seed}"
