"""Persons and where they belong; institutions, teams and the staff who may see them."""

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Collate, Reverse
from django.utils.translation import gettext_lazy as _

from jinxiu.people import sealing

# Sort and search keys compare by code point everywhere, whatever the server's locale is.
CODE_POINT = "C"


def _whole_days(start: str, end: str) -> Func:
    """From the first day to the last day inside, both included; no last day means for ever."""
    return Func(F(start), F(end), Value("[]"), function="daterange")


# Keys of the search box, made by functions of the database (migration 0002).
ONE_AWAY = Func(F("name"), function="people_one_away", output_field=ArrayField(models.TextField()))
PAIRS = Func(F("address"), function="people_pairs", output_field=ArrayField(models.TextField()))
SOUND = Func(F("pinyin"), function="people_sound", output_field=models.TextField(db_collation=CODE_POINT))
NAME_IN_ORDER = Collate(F("name"), CODE_POINT)
PINYIN_BACKWARDS = Reverse(F("pinyin"))


def _days_in_order(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(end_on__isnull=True) | Q(end_on__gte=F("start_on")), name=name)


class User(AbstractUser):
    """Somebody who may sign in. Ours from the first migration, so that it can grow."""


class Place(models.Model):
    """A node of city → district → street → community, with the code of the official list."""

    class Kind(models.TextChoices):
        CITY = "city", _("city")
        DISTRICT = "district", _("district")
        STREET = "street", _("street")
        COMMUNITY = "community", _("community")

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["city", "district", "street", "community"]), name="place_kind_known"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Institution(models.Model):
    """A community health centre, a station, a hospital."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="institutions")
    phone = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """A family-doctor team of an institution."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True)
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="teams")
    phone = models.CharField(max_length=40, blank=True)
    specialities = models.JSONField(default=list, blank=True)

    def __str__(self) -> str:
        return self.name


class Household(models.Model):
    """People at one address."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="households")
    address = models.CharField(max_length=300, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="household_position_on_earth",
            )
        ]
        indexes = [GinIndex(PAIRS, name="household_by_pairs")]

    def __str__(self) -> str:
        return self.address


class Person(models.Model):
    """Somebody the district serves.

    `pinyin` and `initials` are the name as it is typed on a Latin keyboard: lower case, no spaces.
    """

    class Sex(models.TextChoices):
        MALE = "M", _("male")
        FEMALE = "F", _("female")
        UNKNOWN = "U", _("unknown")

    name = models.CharField(max_length=150)
    pinyin = models.CharField(max_length=300, blank=True, db_collation=CODE_POINT)
    initials = models.CharField(max_length=60, blank=True, db_collation=CODE_POINT)
    sex = models.CharField(max_length=1, choices=Sex.choices, default=Sex.UNKNOWN)
    birth_date = models.DateField(null=True, blank=True)
    died_on = models.DateField(null=True, blank=True)
    left_on = models.DateField(null=True, blank=True)
    household = models.ForeignKey(Household, models.PROTECT, null=True, blank=True, related_name="persons")
    is_synthetic = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sex__in=["M", "F", "U"]), name="person_sex_known"),
            models.CheckConstraint(
                condition=Q(died_on__isnull=True) | Q(birth_date__isnull=True) | Q(died_on__gte=F("birth_date")),
                name="person_dies_after_birth",
            ),
            # The facts contract refuses other days; so does the table, long before the night.
            models.CheckConstraint(
                condition=Q(birth_date__isnull=True) | Q(birth_date__gte="1900-01-01", birth_date__lt="2200-01-01"),
                name="person_born_in_reach",
            ),
        ]
        indexes = [
            models.Index(NAME_IN_ORDER, "id", name="person_by_name"),
            models.Index(fields=["pinyin", "id"], name="person_by_pinyin"),
            models.Index(PINYIN_BACKWARDS, "id", name="person_by_pinyin_backwards"),
            models.Index(fields=["initials", "id"], name="person_by_initials"),
            models.Index(SOUND, "id", name="person_by_sound"),
            models.Index(fields=["birth_date", "id"], name="person_by_birth_date"),
            GinIndex(ONE_AWAY, name="person_one_away"),
        ]

    def __str__(self) -> str:
        return self.name


class Identifier(models.Model):
    """A number that names one person: sealed, found by keyed hash, shown masked."""

    sealed_as = sealing.IDENTIFIER
    person = models.ForeignKey(Person, models.CASCADE, related_name="identifiers")
    system = models.CharField(max_length=200)
    sealed = models.BinaryField()
    whole_hash = models.BinaryField()
    last4_hash = models.BinaryField()
    masked = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "whole_hash"], name="identifier_names_one_person")]
        indexes = [
            models.Index(fields=["whole_hash"], name="identifier_by_number"),
            models.Index(fields=["last4_hash"], name="identifier_by_last4"),
        ]

    def __str__(self) -> str:
        return self.masked


class ContactPoint(models.Model):
    """A phone number of a person, kept like an identifier; a family may share one."""

    class Use(models.TextChoices):
        MOBILE = "mobile", _("mobile")
        HOME = "home", _("home")
        RELATIVE = "relative", _("relative")
        WORK = "work", _("work")

    sealed_as = sealing.PHONE
    person = models.ForeignKey(Person, models.CASCADE, related_name="contact_points")
    use = models.CharField(max_length=10, choices=Use.choices, default=Use.MOBILE)
    sealed = models.BinaryField()
    whole_hash = models.BinaryField()
    last4_hash = models.BinaryField()
    masked = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "whole_hash"], name="contact_point_once_per_person"),
            models.CheckConstraint(
                condition=Q(use__in=["mobile", "home", "relative", "work"]), name="contact_point_use_known"
            ),
        ]
        indexes = [
            models.Index(fields=["whole_hash"], name="contact_point_by_number"),
            models.Index(fields=["last4_hash"], name="contact_point_by_last4"),
        ]

    def __str__(self) -> str:
        return self.masked


class TeamMembership(models.Model):
    """A person belongs to a team from a day to a day, to one team at a time."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, models.PROTECT, related_name="memberships", db_index=False)
    start_on = models.DateField()
    end_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            _days_in_order("team_membership_days_in_order"),
            ExclusionConstraint(
                name="team_membership_one_at_a_time",
                expressions=[
                    # A range of one number stands in for equality: the index needs no extension that way.
                    (Func(F("person"), F("person"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (_whole_days("start_on", "end_on"), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [models.Index(fields=["team", "person"], name="team_membership_by_team")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.team_id} from {self.start_on}"


class Staff(models.Model):
    """Somebody who works here; with a user, may sign in."""

    user = models.OneToOneField(User, models.PROTECT, null=True, blank=True, related_name="staff")
    name = models.CharField(max_length=150)
    name_en = models.CharField(max_length=150, blank=True)
    title = models.CharField(max_length=60, blank=True)

    def __str__(self) -> str:
        return self.name


class StaffAssignment(models.Model):
    """A role in one team or in one institution, from a day to a day. What a role permits stands in `roles`."""

    staff = models.ForeignKey(Staff, models.PROTECT, related_name="assignments")
    role = models.CharField(max_length=30)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="assignments")
    institution = models.ForeignKey(Institution, models.PROTECT, null=True, blank=True, related_name="assignments")
    start_on = models.DateField()
    end_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            _days_in_order("staff_assignment_days_in_order"),
            models.CheckConstraint(
                condition=Q(team__isnull=False, institution__isnull=True)
                | Q(team__isnull=True, institution__isnull=False),
                name="staff_assignment_one_scope",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} as {self.role}"
