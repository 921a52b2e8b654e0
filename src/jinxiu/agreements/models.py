"""Agreements, the steps that they went through, and who signed them."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from jinxiu.agreements import rules
from jinxiu.people.models import Household, Institution, Person, Staff, Team


class Agreement(models.Model):
    """One person's agreement with a team of an institution (FHIR Contract).

    It runs from `start_on` to `end_on` as it was signed; `last_on` is its real last day inside, earlier where it ended
    before (the day before `start_on` where it never began). `counted_from` is the day from which its years are counted:
    its first day, or that of the agreement it was transferred from.
    """

    contract_no = models.CharField(max_length=60, unique=True)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    household = models.ForeignKey(Household, models.SET_NULL, null=True, related_name="+")
    signs_as = models.CharField(max_length=20)
    signer_name = models.CharField(max_length=150)
    relation = models.CharField(max_length=60, blank=True)  # of the signer to the person
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, models.PROTECT, related_name="+", db_index=False)
    doctor = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    packages = ArrayField(models.CharField(max_length=100))  # id@version
    start_on = models.DateField()
    end_on = models.DateField()
    last_on = models.DateField()
    counted_from = models.DateField()
    nature = models.CharField(max_length=10)
    follows = models.ForeignKey("self", models.PROTECT, null=True, related_name="followers")
    channel = models.CharField(max_length=10)
    terms_version = models.CharField(max_length=20, blank=True)
    consents = ArrayField(models.CharField(max_length=60), default=list)
    text = models.TextField(blank=True)  # what was signed, to the letter; empty for what an import brought
    signed_on = models.DateField(null=True)
    state = models.CharField(max_length=12)
    since = models.DateTimeField()  # of the state
    has_begun = models.BooleanField(default=False)  # its membership and its enrolment are written
    token = models.UUIDField(unique=True)  # of the form that made it: sent twice, it is one agreement

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=rules.STATES), name="agreement_state_known"),
            models.CheckConstraint(condition=Q(nature__in=rules.NATURES), name="agreement_nature_known"),
            models.CheckConstraint(condition=Q(channel__in=rules.CHANNELS), name="agreement_channel_known"),
            models.CheckConstraint(condition=Q(signs_as__in=rules.SIGNERS), name="agreement_signer_known"),
            models.CheckConstraint(
                condition=Q(end_on__gte=F("start_on"), last_on__lte=F("end_on"), counted_from__lte=F("start_on")),
                name="agreement_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(last_on=F("end_on")) | ~Q(state__in=[rules.DRAFT, *rules.BINDING]),
                name="agreement_runs_to_its_end",
            ),
            # Whatever two clerks do in the same second: nobody has two for one day.
            ExclusionConstraint(
                name="agreement_one_at_a_time",
                expressions=[
                    (Func(F("person"), F("person"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (
                        Func(F("start_on"), F("last_on"), Value("[]"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=~Q(state=rules.DRAFT) & Q(last_on__gte=F("start_on")),
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-start_on"], name="agreement_by_person"),
            models.Index(fields=["team", "state", "last_on", "id"], name="agreement_by_team"),
            models.Index(fields=["last_on"], name="agreement_in_force", condition=Q(state=rules.ACTIVE)),
            models.Index(
                fields=["start_on"], name="agreement_to_begin", condition=Q(state=rules.ACTIVE, has_begun=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_no} {self.state}"


class AgreementStep(models.Model):
    """An agreement came into a state: from which, when, of which day it is true, why, by whom. Rows are added only.

    `by` is empty where the night did it, or the resident. `team` is the team from this step on.
    """

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="steps")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    from_state = models.CharField(max_length=12, blank=True)  # empty: it was made
    to_state = models.CharField(max_length=12)
    at = models.DateTimeField()
    on = models.DateField()
    reason = models.CharField(max_length=20)
    note = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="+", db_index=False)
    token = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agreement", "token"], name="agreement_step_once")]

    def __str__(self) -> str:
        return f"{self.to_state} on {self.on}"


class Signature(models.Model):
    """Somebody signed an agreement. `sha256` is of its text as UTF-8 (hexadecimal). Rows are added only."""

    class Party(models.TextChoices):
        RESIDENT = "resident"
        TEAM = "team"

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="signatures")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    party = models.CharField(max_length=10, choices=Party.choices)
    name = models.CharField(max_length=150)
    staff = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    method = models.CharField(max_length=12)
    at = models.DateTimeField()
    sha256 = models.CharField(max_length=64)
    certificate_no = models.CharField(
        max_length=100, blank=True
    )  # of a reliable electronic signature, where there is one

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(method__in=rules.METHODS), name="agreement_signature_method_known"),
            models.CheckConstraint(condition=Q(party__in=["resident", "team"]), name="agreement_signature_party_known"),
            models.UniqueConstraint(fields=["agreement", "party"], name="agreement_signed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.party} {self.name}"


class IssuedPaper(models.Model):
    """A PDF of an agreement that was handed out, by its fingerprint (SHA-256, hexadecimal). Rows are added only."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"agreement {self.agreement_id} {self.sha256[:8]}"


class RenewalRun(models.Model):
    """Somebody had all agreements of some teams renewed whose last day lies in a window, as their people had agreed.

    It goes from agreement to agreement by id in batches; `after_id` and the counts move on in the transaction of each
    batch, so a run that was cut off goes on where it stood. `asked_by` is empty where the command line asked.
    """

    token = models.UUIDField(unique=True)  # of the form that asked: sent twice, it is one run
    asked_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    role = models.CharField(max_length=120, blank=True)  # of who asked, as the trail names it
    asked_at = models.DateTimeField()
    teams = ArrayField(models.BigIntegerField())
    first_on = models.DateField()  # of the window in which the agreements have their last day
    last_on = models.DateField()
    total = models.IntegerField()
    after_id = models.BigIntegerField(default=0)
    renewed = models.IntegerField(default=0)
    left_out = models.JSONField(default=dict)  # how many by reason
    dropped = models.JSONField(default=dict)  # packages that renewed agreements do not have any more: how many by key
    moved_on_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last_on__gte=F("first_on")), name="renewal_run_days_in_order"),
        ]

    def __str__(self) -> str:
        return f"renewals of {self.first_on} to {self.last_on}"


class RenewalLeftOut(models.Model):
    """An agreement that a run did not renew, with the reason (`renewing.wording.REASONS`)."""

    run = models.ForeignKey(RenewalRun, models.CASCADE, related_name="lines", db_index=False)
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "agreement"], name="renewal_left_out_once")]
        indexes = [models.Index(fields=["run", "reason", "id"], name="renewal_left_out_by_reason")]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.reason}"
