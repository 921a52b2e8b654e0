"""Accounts of residents, the codes that prove them, their sign-ins, and who wishes to help whom."""

from django.db import models
from django.db.models import F, Q

from jinxiu.people.models import Person


class ResidentAccount(models.Model):
    """A person of the register who has proved their phone once; never a member of staff's account."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="+")
    opened_at = models.DateTimeField()
    signed_in_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"account of {self.person_id}"


class SignIn(models.Model):
    """Somebody asked for a code with a phone and a document. Written alike whether or not there is such a person; the
    worker looks that up.

    `key_hash` ties the code to the browser that asked. Neither the numbers nor the code stand here readable.
    """

    key_hash = models.BinaryField(unique=True)
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="+")
    phone_hash = models.BinaryField()
    number_hash = models.BinaryField()
    language = models.CharField(max_length=10)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    code_hash = models.BinaryField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(tries__lte=5), name="sign_in_tried_five_times_at_most"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("asked_at")), name="sign_in_expires_later"),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(person__isnull=False, code_hash__isnull=False),
                name="sign_in_used_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["number_hash", "asked_at"], name="sign_in_by_number"),
            models.Index(fields=["phone_hash", "asked_at"], name="sign_in_by_phone"),
        ]

    def __str__(self) -> str:
        return f"asked at {self.asked_at}"


class ResidentSession(models.Model):
    """A browser in which a resident is signed in; apart from the sessions of staff, with a cookie of its own."""

    account = models.ForeignKey(ResidentAccount, models.CASCADE, related_name="sessions")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    key_hash = models.BinaryField(unique=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"since {self.started_at}"


class HelperWish(models.Model):
    """Somebody wishes to act for a person whose phone and document they know; the person says yes or no.

    `person` is filled in by the worker, and stays empty where the register has nobody like that.
    """

    helper = models.ForeignKey(Person, models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="+")
    relation = models.CharField(max_length=2)
    phone_hash = models.BinaryField()
    number_hash = models.BinaryField()
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person", "answered_at"], name="helper_wish_open")]

    def __str__(self) -> str:
        return f"{self.helper_id} wishes to help"
