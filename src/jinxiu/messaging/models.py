"""Messages to people, and every attempt to deliver one."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from jinxiu.messaging.rules import KINDS, STATES, TRIES_OF_CODE
from jinxiu.people.models import ContactPoint, Person


class Message(models.Model):
    """Something to say to a person: a text by key and version with its arguments.

    What nobody else may read (a one-time code) is sealed, and gone once the message is delivered, failed or too late.
    `contact` names the only number that it may go to; without one, it goes to whatever number the person has.
    """

    class Kind(models.TextChoices):
        SERVICE = "service", _("service message")
        SAFETY = "safety", _("safety warning")
        CODE = "code", _("one-time code")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("message", "waiting")
        SENT = "sent", pgettext_lazy("message", "sent")
        FAILED = "failed", pgettext_lazy("message", "could not be delivered")
        DROPPED = "dropped", pgettext_lazy("message", "not sent on purpose")

    sealed_as = "message"
    person = models.ForeignKey(Person, models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.CharField(max_length=60)
    text_version = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=10)
    arguments = models.JSONField(default=dict)
    sealed = models.BinaryField(null=True)
    contact = models.ForeignKey(ContactPoint, models.SET_NULL, null=True, related_name="+")
    dedupe_key = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=30, blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="message_kind_known"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="message_state_known"),
            models.CheckConstraint(
                condition=Q(state="waiting", done_at__isnull=True) | (~Q(state="waiting") & Q(done_at__isnull=False)),
                name="message_done_has_its_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["failed", "dropped"]) | (~Q(reason="") & Q(sealed__isnull=True)),
                name="message_not_sent_has_a_reason",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="message_expires_later"),
            models.UniqueConstraint(
                fields=["person", "dedupe_key"], condition=~Q(dedupe_key=""), name="message_once_for_its_key"
            ),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="message_by_state")]

    def __str__(self) -> str:
        return f"{self.text} to {self.person_id}"


class Delivery(models.Model):
    """One attempt to deliver a message: by which channel, when, to which masked number, and what came of it."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="deliveries")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    channel = models.CharField(max_length=10)
    masked = models.CharField(max_length=100)
    tried_at = models.DateTimeField()
    reason = models.CharField(max_length=30, blank=True)  # why it was not delivered; empty: it was
    provider_id = models.CharField(max_length=100, blank=True)

    def __str__(self) -> str:
        return f"{self.channel} at {self.tried_at}"


class EmailAddress(models.Model):
    """Where a person wants messages by e-mail, kept like a phone number. Until a code that went there has proved it,
    nothing else goes there; codes for signing in never do."""

    sealed_as = "e-mail"
    person = models.OneToOneField(Person, models.CASCADE, related_name="email_address")
    sealed = models.BinaryField()
    masked = models.CharField(max_length=100)
    kept_at = models.DateTimeField()
    proved_at = models.DateTimeField(null=True)
    code_hash = models.BinaryField(null=True)
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(tries__lte=TRIES_OF_CODE), name="email_tried_five_times")]

    def __str__(self) -> str:
        return self.masked
