"""Due items, and the runs that made them. An item stores days; whether it is due or overdue follows from today."""

from django.db import models
from django.db.models import F, Q

from jinxiu.people.models import Person


class EvaluationRun(models.Model):
    """One evaluation for one day; `finished_at` stays empty while it runs and when it failed.

    `everybody` says why all people were judged (a key of changes.rules.REASONS); it is empty when only those were who
    had been touched. What the next run can build on: `rules`, `database` and `transactions`, see changes.rules.Ground.
    """

    as_of = models.DateField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)
    seconds = models.FloatField(null=True)
    everybody = models.CharField(max_length=20, blank=True)
    rules = models.CharField(max_length=64, blank=True)
    database = models.CharField(max_length=60, blank=True)
    transactions = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["-finished_at"], name="evaluation_run_latest", condition=Q(finished_at__isnull=False))
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True, seconds__isnull=True)
                | Q(finished_at__isnull=False, seconds__isnull=False, finished_at__gte=F("started_at")),
                name="evaluation_run_finished_whole",
            )
        ]

    def __str__(self) -> str:
        return f"as of {self.as_of}"


class DueItem(models.Model):
    """A verdict that asks somebody to act. Open until the facts say otherwise; then closed with the reason."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    standard = models.CharField(max_length=60)
    version = models.CharField(max_length=20)
    clause = models.CharField(max_length=60)
    cycle = models.CharField(max_length=40)
    opens_on = models.DateField()
    due_on = models.DateField()
    closes_on = models.DateField(null=True)
    classification = models.CharField(max_length=40, blank=True)
    action = models.CharField(max_length=20)
    urgency = models.SmallIntegerField()
    reason_code = models.CharField(max_length=60)
    reason_args = models.JSONField(default=dict)
    facts_used = models.JSONField(default=list)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_reason = models.CharField(max_length=10, blank=True)
    run = models.ForeignKey(EvaluationRun, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "standard", "clause", "cycle"],
                name="due_item_open_once",
                condition=Q(closed_at__isnull=True),
            ),
            models.CheckConstraint(condition=Q(urgency__range=(0, 3)), name="due_item_urgency_known"),
            models.CheckConstraint(
                condition=Q(opens_on__lte=F("due_on")) & (Q(closes_on__isnull=True) | Q(closes_on__gte=F("due_on"))),
                name="due_item_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_reason="")
                | Q(closed_at__isnull=False, closed_reason__in=["kept", "waived", "missed", "gone"]),
                name="due_item_closed_with_reason",
            ),
        ]
        indexes = [
            # The order of every worklist: a page is a walk along it.
            models.Index(
                F("urgency").desc(),
                "due_on",
                "person_id",
                "id",
                name="due_item_by_urgency",
                include=["opens_on", "closes_on", "standard"],
                condition=Q(closed_at__isnull=True),
            ),
            models.Index(
                fields=["person", "-closed_at"], name="due_item_history", condition=Q(closed_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.standard}.{self.clause} {self.cycle}"


class PersonRefresh(models.Model):
    """The last transaction that refreshed one person's items.

    The night compares it with the snapshot of its facts: who was refreshed since is judged again, from newer facts.
    """

    person = models.OneToOneField(Person, models.CASCADE, primary_key=True, related_name="+")
    transaction = models.BigIntegerField()

    def __str__(self) -> str:
        return f"person {self.person_id} in {self.transaction}"
