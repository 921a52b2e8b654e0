"""What was paid, what a month came to and who gets what of it, and who approved. Money is whole fen."""

from django.db import models
from django.db.models import F, Q

from jinxiu.agreements.packages import PAYERS
from jinxiu.pay.rules import DRAFT, FROZEN
from jinxiu.people.models import Institution, Staff, Team


class Payment(models.Model):
    """Money that a payer paid an institution for a month's agreements. Rows are added only.

    A correction is a row of its own that takes back some of the payment it `corrects`: then `fen` is below zero.
    """

    institution = models.ForeignKey(Institution, models.PROTECT, related_name="+", db_index=False)
    payer = models.CharField(max_length=20)
    month = models.DateField()  # its first day
    received_on = models.DateField()
    fen = models.BigIntegerField()
    corrects = models.ForeignKey("self", models.PROTECT, null=True, related_name="corrections")
    words = models.CharField(max_length=300, blank=True)  # a receipt's number, or why it is corrected
    by = models.ForeignKey(Staff, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    token = models.UUIDField(unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(payer__in=PAYERS), name="pay_payment_payer_known"),
            models.CheckConstraint(condition=Q(month__day=1), name="pay_payment_month_first_day"),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True, fen__gt=0) | (Q(corrects__isnull=False, fen__lt=0) & ~Q(words="")),
                name="pay_payment_or_correction",
            ),
        ]
        indexes = [models.Index(fields=["institution", "month", "payer"], name="pay_payment_by_month")]

    def __str__(self) -> str:
        return f"{self.payer} {self.fen}"


class ManualScore(models.Model):
    """So much of what may be scored by hand of an item was given a unit in a month, by whom and why.

    Rows are added only; a change supersedes, so all of them are the history. No team: those who belong to the centre
    and to none of its teams.
    """

    institution = models.ForeignKey(Institution, models.PROTECT, related_name="+", db_index=False)
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+", db_index=False)
    month = models.DateField()
    item = models.CharField(max_length=60)
    score = models.DecimalField(max_digits=7, decimal_places=2)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(Staff, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    supersedes = models.OneToOneField("self", models.PROTECT, null=True, related_name="successor")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "team", "month", "item"],
                name="pay_score_begins_once",
                condition=Q(supersedes__isnull=True),
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="pay_score_month_first_day"),
            models.CheckConstraint(condition=Q(score__gte=0) & ~Q(reason=""), name="pay_score_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.score}"


class PayCorrection(models.Model):
    """Money more (or less) for somebody in a later month, for what was wrong in a frozen one. Rows are added only."""

    institution = models.ForeignKey(Institution, models.PROTECT, related_name="+", db_index=False)
    staff = models.ForeignKey(Staff, models.PROTECT, related_name="+", db_index=False)
    of_month = models.DateField()  # what was wrong
    month = models.DateField()  # with which it is paid
    fen = models.BigIntegerField()
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(Staff, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    token = models.UUIDField(unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(of_month__lt=F("month")), name="pay_correction_in_a_later_month"),
            models.CheckConstraint(
                condition=Q(month__day=1, of_month__day=1) & ~Q(fen=0) & ~Q(reason=""), name="pay_correction_says_why"
            ),
        ]
        indexes = [models.Index(fields=["institution", "month"], name="pay_correction_by_month")]

    def __str__(self) -> str:
        return f"{self.fen} for {self.of_month:%Y-%m}"


class PayRun(models.Model):
    """A month of an institution as it was worked out, by the rules of a version. A draft is replaced by working it out
    again, which is its next `revision`; a frozen one stays as it is, by triggers of the database.

    `owed_fen` fell due in the month, `pot_fen` of it goes to staff, `shared_fen` was given out; `left_fen` is what
    nobody did anything for. `corrected_fen` are the corrections paid with it. `figures` keeps what it was made from.
    """

    institution = models.ForeignKey(Institution, models.PROTECT, related_name="+", db_index=False)
    month = models.DateField()
    revision = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, default=DRAFT)
    version = models.CharField(max_length=20)
    owed_fen = models.BigIntegerField()
    pot_fen = models.BigIntegerField()
    shared_fen = models.BigIntegerField()
    left_fen = models.BigIntegerField()
    corrected_fen = models.BigIntegerField()
    figures = models.JSONField(default=dict)
    computed_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", db_index=False)
    computed_at = models.DateTimeField()
    frozen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["institution", "month"], name="pay_run_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="pay_run_month_first_day"),
            models.CheckConstraint(
                condition=Q(state=DRAFT, frozen_at__isnull=True) | Q(state=FROZEN, frozen_at__isnull=False),
                name="pay_run_frozen_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(pot_fen=F("shared_fen") + F("left_fen"), left_fen__gte=0, owed_fen__gte=F("pot_fen")),
                name="pay_run_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.state}"


class PayLine(models.Model):
    """Money for somebody in a run: of an item by one of its two parts (`rules.PARTS`), or a correction.

    `formula` keeps every number that it was worked out from, so that it can be told step by step.
    """

    run = models.ForeignKey(PayRun, models.PROTECT, related_name="lines")
    staff = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+", db_index=False)
    item = models.CharField(max_length=60, blank=True)
    part = models.CharField(max_length=10, blank=True)
    correction = models.ForeignKey(PayCorrection, models.PROTECT, null=True, related_name="+", db_index=False)
    fen = models.BigIntegerField()
    formula = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "staff", "team", "item", "part", "correction"],
                name="pay_line_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(correction__isnull=True, part__in=["together", "points"], fen__gte=0) & ~Q(item="")
                | Q(correction__isnull=False, item="", part=""),
                name="pay_line_share_or_correction",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item or 'correction'} {self.fen}"


class PayApproval(models.Model):
    """Somebody approved a revision of a run; the second one freezes it. Rows are added only."""

    run = models.ForeignKey(PayRun, models.PROTECT, related_name="approvals")
    revision = models.PositiveIntegerField()
    by = models.ForeignKey(Staff, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "revision", "by"], name="pay_approved_once_by_each")]

    def __str__(self) -> str:
        return f"revision {self.revision}"
