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
    retired_on = models.DateField(null=True, blank=True)  # from this day the official list no longer has it

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["city", "district", "street", "community"]), name="place_kind_known"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Institution(models.Model):
    """A community health centre, a station, a hospital.

    `revision` counts the changes: who changes an older one than stands here is told.
    """

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="institutions")
    phone = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=300, blank=True, db_default="")
    hours = models.CharField(max_length=300, blank=True, db_default="")
    hours_en = models.CharField(max_length=300, blank=True, db_default="")
    closed_on = models.DateField(null=True, blank=True)  # from this day nobody can choose it any more
    revision = models.PositiveIntegerField(db_default=1)

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """A family-doctor team of an institution."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True)
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="teams")
    phone = models.CharField(max_length=40, blank=True)
    specialities = models.JSONField(default=list, blank=True)  # codes of organisation.offers, as the next three
    introduction = models.TextField(blank=True)
    introduction_en = models.TextField(blank=True)
    languages = models.JSONField(default=list, blank=True)
    services = models.JSONField(default=list, blank=True)
    home_visit_items = models.JSONField(default=list, blank=True)
    hours = models.CharField(max_length=300, blank=True)
    hours_en = models.CharField(max_length=300, blank=True)
    closed_on = models.DateField(null=True, blank=True)  # from this day it has no people; its staff's roles end with it
    closing = models.JSONField(null=True, blank=True)  # why it was closed, and where its people went

    def __str__(self) -> str:
        return self.name


class Household(models.Model):
    """People at one address, and who of them signs and answers for all."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="households")
    address = models.CharField(max_length=300, blank=True)
    representative = models.ForeignKey("Person", models.SET_NULL, null=True, blank=True, related_name="+")
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

    `pinyin` and `initials` are the name as it is typed on a Latin keyboard: lower case, no spaces. `revision` counts
    the corrections: who corrects an older one than stands here is told. A record that was found to be a second one of
    the same person points to the one that is kept.
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
    # What this person is to the head of that household (户主), as a list of residents said: families.rules.TO_HEAD.
    head_relation = models.CharField(max_length=2, blank=True, db_default="")
    is_synthetic = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    revision = models.PositiveIntegerField(db_default=1)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged")

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
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("pk")), name="person_merged_into_another"
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


class PersonVersion(models.Model):
    """What a person's data were before a correction; never changed itself. Numbers stand in it masked and sealed."""

    sealed_as = sealing.EARLIER
    person = models.ForeignKey(Person, models.PROTECT, related_name="versions")
    revision = models.PositiveIntegerField()
    values = models.JSONField()
    sealed = models.BinaryField(null=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey("Staff", models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=30)
    words = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "revision"], name="person_version_once")]

    def __str__(self) -> str:
        return f"{self.person_id} revision {self.revision}"


class Relationship(models.Model):
    """Somebody beside a person, from a day to a day: a guardian, a helper, whom to call (FHIR RelatedPerson).

    The relative is registered here, or only known by name and phone.
    """

    class Role(models.TextChoices):
        GUARDIAN = "guardian", _("guardian")
        HELPER = "helper", _("helper")
        CONTACT = "contact", _("contact person")

    sealed_as = sealing.PHONE
    person = models.ForeignKey(Person, models.PROTECT, related_name="relationships")
    relative = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="relationships_to_others")
    name = models.CharField(max_length=150, blank=True)
    sealed = models.BinaryField(null=True)
    whole_hash = models.BinaryField(null=True)
    last4_hash = models.BinaryField(null=True)
    masked = models.CharField(max_length=60, blank=True)
    relation = models.CharField(max_length=20)
    role = models.CharField(max_length=10, choices=Role.choices)
    consented_on = models.DateField(null=True, blank=True)
    consent_by = models.CharField(max_length=20, blank=True)
    words = models.CharField(max_length=500, blank=True)
    start_on = models.DateField()
    end_on = models.DateField(null=True, blank=True)
    recorded_by = models.ForeignKey("Staff", models.PROTECT, null=True, related_name="+")
    ended_by = models.ForeignKey("Staff", models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            _days_in_order("relationship_days_in_order"),
            models.CheckConstraint(
                condition=Q(role__in=["guardian", "helper", "contact"]), name="relationship_role_known"
            ),
            models.CheckConstraint(
                condition=Q(relative__isnull=False) | ~Q(name=""), name="relationship_names_somebody"
            ),
            models.CheckConstraint(
                condition=Q(relative__isnull=True) | ~Q(relative=F("person")), name="relationship_to_another"
            ),
            # Nobody acts for an adult without a consent that can be shown.
            models.CheckConstraint(
                condition=~Q(role="helper") | Q(consented_on__isnull=False), name="relationship_helper_with_consent"
            ),
            models.UniqueConstraint(
                fields=["person", "relative", "role"],
                condition=Q(end_on__isnull=True, relative__isnull=False),
                name="relationship_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} of {self.person_id}"


class Merge(models.Model):
    """Two records were found to be of one person: which is kept, who said so, why; and who took it back."""

    kept = models.ForeignKey(Person, models.PROTECT, related_name="merges")
    merged = models.ForeignKey(Person, models.PROTECT, related_name="merges_away")
    reasons = models.JSONField(default=list)
    words = models.CharField(max_length=500, blank=True)
    before = models.JSONField(default=dict)  # what un-merging puts back
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("Staff", models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey("Staff", models.PROTECT, null=True, blank=True, related_name="+")
    undone_words = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(kept=F("merged")), name="merge_of_two"),
            models.UniqueConstraint(
                fields=["merged"], condition=Q(undone_at__isnull=True), name="merge_away_once_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} into {self.kept_id}"


class DifferentPersons(models.Model):
    """Somebody looked at two records that seemed to be one person's, and said they are two people."""

    one = models.ForeignKey(Person, models.PROTECT, related_name="+")
    other = models.ForeignKey(Person, models.PROTECT, related_name="+")
    words = models.CharField(max_length=500, blank=True)
    said_at = models.DateTimeField()
    said_by = models.ForeignKey("Staff", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="different_persons_in_order"),
            models.UniqueConstraint(fields=["one", "other"], name="different_persons_said_once"),
        ]

    def __str__(self) -> str:
        return f"{self.one_id} is not {self.other_id}"


class Restriction(models.Model):
    """The use of a person's data is restricted, from a moment to a moment (PIPL 44, 47); see `restricting.kinds`."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="restrictions")
    kind = models.CharField(max_length=20, default="stored_only")
    reason = models.CharField(max_length=30)
    asked_by = models.CharField(max_length=20, blank=True)
    words = models.CharField(max_length=500, blank=True)
    start_at = models.DateTimeField()
    made_by = models.ForeignKey("Staff", models.PROTECT, null=True, related_name="+")
    until_on = models.DateField(null=True, blank=True)  # the last day inside; it ends by itself then
    end_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("Staff", models.PROTECT, null=True, blank=True, related_name="+")
    ended_words = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(end_at__isnull=True) | Q(end_at__gte=F("start_at")), name="restriction_times_in_order"
            ),
            models.UniqueConstraint(
                fields=["person"], condition=Q(end_at__isnull=True), name="restriction_once_at_a_time"
            ),
            models.CheckConstraint(condition=Q(kind__in=["care_only", "stored_only"]), name="restriction_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} from {self.start_at}"


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


class Qualification(models.Model):
    """A licence or certificate of a staff member, with its last day where it has one (执业资格)."""

    staff = models.ForeignKey(Staff, models.PROTECT, related_name="qualifications")
    kind = models.CharField(max_length=40)
    number = models.CharField(max_length=60, blank=True)
    issued_on = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    withdrawn_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(issued_on__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gte=F("issued_on")),
                name="qualification_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.staff_id}"


class StaffAssignment(models.Model):
    """A role in one team or in one institution, from a day to a day. What a role permits stands in `roles`.

    Who stands in for a colleague has the colleague's role for those days, and it says for whom.
    """

    staff = models.ForeignKey(Staff, models.PROTECT, related_name="assignments")
    role = models.CharField(max_length=30)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="assignments")
    institution = models.ForeignKey(Institution, models.PROTECT, null=True, blank=True, related_name="assignments")
    stands_in_for = models.ForeignKey(Staff, models.PROTECT, null=True, blank=True, related_name="+")
    start_on = models.DateField()
    end_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            _days_in_order("staff_assignment_days_in_order"),
            models.CheckConstraint(
                condition=Q(stands_in_for__isnull=True) | Q(end_on__isnull=False),
                name="staff_assignment_standing_in_ends",
            ),
            models.CheckConstraint(
                condition=Q(team__isnull=False, institution__isnull=True)
                | Q(team__isnull=True, institution__isnull=False),
                name="staff_assignment_one_scope",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} as {self.role}"
