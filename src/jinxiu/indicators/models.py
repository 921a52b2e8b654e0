"""Stored figures: of each measure and month, for the people of one team who live in one district."""

from django.db import models
from django.db.models import F, Q

from jinxiu.people.models import Place, Team
from jinxiu.worklists.models import EvaluationRun


class StoredFigure(models.Model):
    """A measure's figure of one month, for one team (none: who has no team) and one district (none: no address).

    `counted` ÷ `of` is the figure; people are counted by part of the denominator (`rules.PARTS`), and `people` names
    them: {part: [person ids, ascending]}. `unknown` are the people of all `missing` together, `initial` counts the
    initial population. `run` is the night that made it, empty when somebody asked for the month by hand. A row stays
    as it is for as long as the facts say the same.
    """

    run = models.ForeignKey(EvaluationRun, models.SET_NULL, null=True, related_name="+", db_index=False)
    month = models.DateField()
    period_start = models.DateField()
    period_end = models.DateField()
    measure = models.CharField(max_length=60)
    version = models.CharField(max_length=20)
    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="+")
    district = models.ForeignKey(Place, models.CASCADE, null=True, related_name="+", db_index=False)
    initial = models.IntegerField()
    counted = models.BigIntegerField()
    of = models.BigIntegerField()
    numerator = models.IntegerField()
    other = models.IntegerField()
    exclusion = models.IntegerField()
    exception = models.IntegerField()
    unknown = models.IntegerField()
    missing = models.JSONField(default=dict)
    people = models.JSONField(default=dict)
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["month", "measure", "team", "district"], name="stored_figure_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(month__lte=F("period_end"), period_start__lte=F("period_end")),
                name="stored_figure_days_in_order",
            ),
        ]
        indexes = [models.Index(fields=["measure", "month"], name="stored_figure_trend")]

    def __str__(self) -> str:
        return f"{self.measure} {self.month:%Y-%m}"
