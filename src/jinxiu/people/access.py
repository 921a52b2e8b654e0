"""The one door to a person. Whoever asks gets the people of their teams on that day; everybody else is not found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from types import MappingProxyType

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit import origin
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define, define_purpose
from jinxiu.emergency import actions as emergencies
from jinxiu.emergency import queries as openings
from jinxiu.emergency.models import EmergencyOpening
from jinxiu.people import clock, sealing
from jinxiu.people.among import among
from jinxiu.people.identity import normalise, same_name
from jinxiu.people.models import (
    ContactPoint,
    Identifier,
    Institution,
    Person,
    Restriction,
    Staff,
    StaffAssignment,
    Team,
    TeamMembership,
    User,
)
from jinxiu.people.restricting.kinds import KINDS
from jinxiu.people.restricting.queries import running
from jinxiu.people.roles import (
    OPEN_IN_EMERGENCY,
    RECORD_FOLLOWUP,
    REGISTER_PEOPLE,
    ROLES,
    SEE_DISTRICT_NUMBERS,
    SEE_PEOPLE,
    SEE_RECORD,
    SEE_SHELTERED,
    SEE_TEAM_NUMBERS,
)

OPENED = define("person.opened", _("%(actor)s opened the record of %(person)s (%(purpose)s)."))
OPENED_IN_EMERGENCY = define(
    "person.opened_in_emergency", _("%(actor)s read the record of %(person)s (%(purpose)s) in an emergency.")
)
SHELTER_OPENED = define(
    "person.shelter_opened",
    _("%(actor)s opened what is under special shelter in the record of %(person)s (%(purpose)s)."),
)
NUMBERS_SHOWN = define("person.numbers_shown", _("%(actor)s saw the whole numbers of %(person)s (%(purpose)s)."))
REFUSED = define("person.refused", _("%(actor)s asked for the record of %(person)s (%(purpose)s) and was refused."))

RECORD = define_purpose("record", _("reading the record"))
FOLLOW_UP = define_purpose("follow-up", _("a follow-up"))
PHONE_CALL = define_purpose("phone call", _("a phone call"))
# For what somebody may open what is under special shelter.
SHELTER_PURPOSES = (
    FOLLOW_UP,
    define_purpose("treatment", _("deciding on treatment")),
    define_purpose("referral", _("a referral or a talk with another doctor")),
    define_purpose("crisis", _("a crisis")),
)
# For what somebody may see numbers unmasked.
NUMBER_PURPOSES = (
    define_purpose("identity", _("checking who somebody is")),
    define_purpose("official form", _("an official form or another office's system")),
    define_purpose("own request", _("the person asked for it")),
)
# Readers' permissions; an emergency opening gives both for its person, and never what is under special shelter.
_READING = (SEE_PEOPLE, SEE_RECORD)
_SHELTERS = "jinxiu_shelters"  # in the session: until when (a timestamp) by person id


class PersonNotFound(Http404):
    """There is nobody of that number for this viewer; whether there is for others is not said."""


class PersonMerged(PersonNotFound):
    """The record was merged into another one, `kept_id`, which this viewer may open; the middleware leads there."""

    def __init__(self, kept_id: int) -> None:
        super().__init__()
        self.kept_id = kept_id


class TeamNotFound(Http404):
    """There is no team of that number for this viewer."""


@dataclass(frozen=True)
class Viewer:
    """Who looks, on which day, and how far each permission reaches (team ids)."""

    user_id: int | None
    staff_id: int | None
    name: str
    name_en: str
    roles: tuple[str, ...]
    today: date
    reach: Mapping[str, frozenset[int]] = field(default_factory=lambda: MappingProxyType({}))
    institution_ids: frozenset[int] = frozenset()
    stands_in_for: tuple[int, ...] = ()  # staff ids of the colleagues whose role the viewer has today
    request_id: str = ""
    address: str = ""
    shelters: frozenset[int] = frozenset()  # whose sheltered part this sign-in has open (person ids)

    @property
    def team_ids(self) -> frozenset[int]:
        """The teams whose people this viewer sees."""
        return self.reach.get(SEE_PEOPLE, frozenset())

    @property
    def permissions(self) -> frozenset[str]:
        """All that the viewer's roles permit, somewhere."""
        return frozenset().union(*(ROLES[role].permissions for role in self.roles))

    @property
    def actor(self) -> Actor:
        """The viewer as the trail names him."""
        return Actor(self.user_id, self.name, ",".join(self.roles))


def viewer_for(who: HttpRequest | User, today: date | None = None) -> Viewer:
    """The viewer of a request (made once, then kept on it) or of a user; somebody without assignments sees nobody."""
    if not isinstance(who, HttpRequest):
        return _viewer(who, today or clock.today())
    known: Viewer | None = getattr(who, "_jinxiu_viewer", None)
    if known is None or (today is not None and known.today != today):
        known = replace(_viewer(who.user, today or clock.today()), shelters=_shelters(who))  # type: ignore[arg-type]
        who._jinxiu_viewer = known  # type: ignore[attr-defined]
    return known


def _shelters(request: HttpRequest) -> frozenset[int]:
    """The persons of the request's sign-in whose sheltered part is open still."""
    session = getattr(request, "session", {})
    now = clock.now().timestamp()
    return frozenset(int(person_id) for person_id, until in session.get(_SHELTERS, {}).items() if until > now)


def _viewer(user: User, today: date) -> Viewer:
    here = origin.current()
    staff = Staff.objects.filter(user=user, user__is_active=True).first() if user.is_authenticated else None
    assignments = _assignments(staff, today)
    return Viewer(
        user_id=user.pk,
        staff_id=staff.pk if staff else None,
        name=staff.name if staff else user.get_username(),
        name_en=(staff.name_en if staff else "") or (staff.name if staff else user.get_username()),
        roles=tuple(sorted({one.role for one in assignments})),
        today=today,
        reach=_reach(assignments),
        institution_ids=frozenset(one.institution_id for one in assignments if one.institution_id is not None),
        stands_in_for=tuple(sorted({one.stands_in_for_id for one in assignments if one.stands_in_for_id is not None})),
        request_id=here.request_id,
        address=here.address,
    )


def _assignments(staff: Staff | None, today: date) -> list[StaffAssignment]:
    if staff is None:
        return []
    # A role that this version does not know permits nothing.
    return list(StaffAssignment.objects.filter(in_force(today), staff=staff, role__in=ROLES))


def _reach(assignments: Iterable[StaffAssignment]) -> Mapping[str, frozenset[int]]:
    by_institution = _teams_of(one.institution_id for one in assignments if one.institution_id is not None)
    reach: dict[str, frozenset[int]] = {}
    for one in assignments:
        teams = {one.team_id} if one.team_id is not None else by_institution[one.institution_id or 0]
        for permission in ROLES[one.role].permissions:
            reached = teams
            if permission == SEE_DISTRICT_NUMBERS and one.institution_id is not None:
                reached = _teams_around(one.institution_id)
            reach[permission] = reach.get(permission, frozenset()) | reached
    return MappingProxyType(reach)


def _teams_of(institution_ids: Iterable[int]) -> dict[int, set[int]]:
    teams: dict[int, set[int]] = {one: set() for one in institution_ids}
    if teams:
        for institution_id, team_id in Team.objects.filter(institution__in=teams).values_list("institution_id", "pk"):
            teams[institution_id].add(team_id)
    return teams


def _teams_around(institution_id: int) -> set[int]:
    """The teams of every institution in the place of this one, or in a part of it: a bureau's whole district."""
    place = Institution.objects.filter(pk=institution_id).values("place")
    within = Q()
    for parents in range(4):  # community, street, district, city
        within |= Q(**{"institution__place" + "__parent" * parents + "__in": place})
    return set(Team.objects.filter(within).values_list("pk", flat=True))


def in_force(day: date) -> Q:
    """The dated rows that hold on a day: begun, and not ended before it (`end_on` is the last day inside)."""
    return Q(start_on__lte=day) & (Q(end_on__isnull=True) | Q(end_on__gte=day))


def open_on(day: date) -> Q:
    """The teams that are not closed on a day."""
    return Q(closed_on__isnull=True) | Q(closed_on__gt=day)


def require(viewer: Viewer, permission: str) -> None:
    """Go on only if one of the viewer's roles has the permission. Raises PermissionDenied."""
    if permission not in viewer.permissions:
        raise PermissionDenied


def may(viewer: Viewer, permission: str) -> bool:
    """Tell whether one of the viewer's roles has the permission, to decide what a page offers."""
    return permission in viewer.permissions


def people_for(viewer: Viewer, permission: str = SEE_PEOPLE, *, despite_restriction: bool = False) -> QuerySet[Person]:
    """The people whom the permission reaches: current members of the viewer's teams, and those who were members until
    they died or moved away, so that the last team finishes its papers and takes mistakes back. Those whose use of data
    is restricted only as far as the restriction leaves it open, or all for what is owed to them even then."""
    people = _people_of_teams(viewer, permission)
    return people if despite_restriction else people.filter(open_to(viewer, permission, "pk"))


def _people_of_teams(viewer: Viewer, permission: str) -> QuerySet[Person]:
    left_with = Q(end_on__gte=OuterRef("died_on")) | Q(end_on__gte=OuterRef("left_on"))
    member = TeamMembership.objects.filter(
        in_force(viewer.today) | left_with,
        among("team_id", viewer.reach.get(permission, frozenset())),
        person=OuterRef("pk"),
    )
    return Person.objects.filter(Exists(member), merged_into__isnull=True)


def open_to(viewer: Viewer, permission: str, person: str) -> Q:
    """What a row must fulfil so that no restriction of use keeps its person (the column `person`) from a permission."""
    reached = viewer.reach.get(permission, frozenset())
    shut, condition = [], Q()
    for kind in KINDS.values():
        needed = kind.open_to.get(permission)
        teams = reached & viewer.reach.get(needed, frozenset()) if needed else frozenset()
        if needed and teams == reached:
            continue
        if teams:
            member = TeamMembership.objects.filter(in_force(viewer.today), person=OuterRef(person), team__in=teams)
            condition &= ~Q(_restricted([kind.code], viewer, person)) | Q(Exists(member))
        else:
            shut.append(kind.code)
    return condition & ~Q(_restricted(shut, viewer, person)) if shut else condition


def _restricted(kinds: Iterable[str], viewer: Viewer, person: str) -> Exists:
    return Exists(Restriction.objects.filter(running(viewer.today), kind__in=kinds, person=OuterRef(person)))


def person_for(
    viewer: Viewer, person_id: int, purpose: str, permission: str = SEE_PEOPLE, *, despite_restriction: bool = False
) -> Person:
    """The person, with household and place at hand, and a line in the trail; the line is written for a refusal too.

    Reading also reaches a record that the viewer has opened in an emergency, as long as that lasts.
    `despite_restriction` is for what is owed to the person even then: a copy, and who looked. Call it outside of
    a transaction that an error would undo, or the refusal leaves no trace. Raises PersonNotFound, PersonMerged.
    """
    with transaction.atomic():
        reach = _people_of_teams if despite_restriction else _within_reach
        found = reach(viewer, permission).select_related("household__place__parent")
        person = found.filter(pk=person_id).first()
        if person is None:
            _lead_to_kept(viewer, person_id, permission)
        action = REFUSED if person is None else OPENED_IN_EMERGENCY if is_emergency(person) else OPENED
        audit.record(action, actor=viewer.actor, person_id=person_id, purpose=purpose)
    if person is None:
        raise PersonNotFound
    return person


def _lead_to_kept(viewer: Viewer, person_id: int, permission: str) -> None:
    kept_id = Person.objects.filter(pk=person_id).values_list("merged_into_id", flat=True).first()
    if kept_id is not None and _within_reach(viewer, permission).filter(pk=kept_id).exists():
        raise PersonMerged(kept_id)


def _within_reach(viewer: Viewer, permission: str) -> QuerySet[Person]:
    people = people_for(viewer, permission)
    if permission not in _READING or not may(viewer, OPEN_IN_EMERGENCY):
        return people
    opened = openings.running(viewer.staff_id, clock.now()).filter(person=OuterRef("pk"))
    member = Exists(people.filter(pk=OuterRef("pk")))
    # Of a restricted record the own team finds the person only: then it is the opening that lets it read.
    reads = Exists(people_for(viewer, SEE_RECORD).filter(pk=OuterRef("pk")))
    return Person.objects.filter(member | Exists(opened), merged_into__isnull=True).annotate(
        in_emergency=Case(When(Exists(opened) & ~reads, then=True), default=False)
    )


def emergencies_of(viewer: Viewer) -> list[EmergencyOpening]:
    """The records that the viewer has open in an emergency now, for the banner on every page."""
    return list(openings.running(viewer.staff_id, clock.now())) if may(viewer, OPEN_IN_EMERGENCY) else []


def is_emergency(person: Person) -> bool:
    """Tell whether `person_for` found the person only through an emergency opening."""
    return bool(getattr(person, "in_emergency", False))


def reader_of(viewer: Viewer, person: Person) -> Viewer:
    """The viewer as far as a page about the person offers things to do: in an emergency nothing, it is for reading."""
    return replace(viewer, roles=()) if is_emergency(person) else viewer


def reads_record(viewer: Viewer, person: Person) -> bool:
    """Tell whether the viewer may read the record of somebody whom `person_for` found, not only what is registered."""
    return is_emergency(person) or reaches(viewer, person.pk, SEE_RECORD)


def reaches(viewer: Viewer, person_id: int, permission: str, *, despite_restriction: bool = False) -> bool:
    """Tell whether the permission reaches this person today; leaves no line, for what a page offers."""
    if not viewer.reach.get(permission):
        return False
    people = _people_of_teams if despite_restriction else people_for
    return people(viewer, permission).filter(pk=person_id).exists()


def reads_sheltered(viewer: Viewer, person_id: int) -> bool:
    """Tell whether the viewer has opened what is under special shelter of this person, and still may."""
    return person_id in viewer.shelters and reaches(viewer, person_id, SEE_SHELTERED)


def open_shelter(request: HttpRequest, person_id: int, purpose: str) -> None:
    """Open what is under special shelter of this person for this sign-in, for a time; the purpose goes into the trail.

    `purpose` is one of SHELTER_PURPOSES. Raises PersonNotFound where the permission does not reach.
    """
    viewer = viewer_for(request)
    # The line that everybody who may see the access log reads says no more than that the record was opened.
    person_for(viewer, person_id, RECORD, SEE_SHELTERED)
    until = clock.now() + timedelta(minutes=settings.JINXIU_SHELTER_MINUTES)
    request.session[_SHELTERS] = request.session.get(_SHELTERS, {}) | {str(person_id): until.timestamp()}
    audit.record(SHELTER_OPENED, actor=viewer.actor, person_id=person_id, purpose=purpose)


@dataclass(frozen=True)
class WholeNumbers:
    """Documents as (kind, number) and phone numbers, unmasked."""

    documents: tuple[tuple[str, str], ...]
    phones: tuple[str, ...]


def whole_numbers(viewer: Viewer, person_id: int, purpose: str) -> WholeNumbers:
    """All numbers of a person whom the viewer may register or correct, unmasked; who, whose and why is in the trail.

    `purpose` is one of NUMBER_PURPOSES. Raises PersonNotFound where the permission does not reach.
    """
    person = person_for(viewer, person_id, purpose, REGISTER_PEOPLE)
    audit.record(NUMBERS_SHOWN, actor=viewer.actor, person_id=person.pk, purpose=purpose)
    records = Q(person=person) | Q(person__merged_into=person)
    documents = Identifier.objects.filter(records).order_by("pk")
    phones = ContactPoint.objects.filter(records).order_by("pk")
    return WholeNumbers(
        tuple((one.system, sealing.open_sealed(one.sealed, sealing.IDENTIFIER)) for one in documents),
        tuple(dict.fromkeys(sealing.open_sealed(one.sealed, sealing.PHONE) for one in phones)),
    )


def open_in_emergency(viewer: Viewer, *, number: str, reason: str, words: str, name: str = "") -> int:
    """Open the record of whoever has exactly this number, for a time; returns the person's id.

    Who has asked for too many numbers that are nobody's must know the name as well. Somebody within reach, or open
    already, is not opened again. The attempt leaves a line in the trail either way. Raises PermissionDenied,
    PersonNotFound.
    """
    require(viewer, OPEN_IN_EMERGENCY)
    assert viewer.staff_id is not None  # who has a permission is a member of staff
    with transaction.atomic():
        Staff.objects.select_for_update(no_key=True).get(pk=viewer.staff_id)  # one number after the other
        person_id = _whose_number(viewer, number, name)
        if person_id is None:
            emergencies.found_nobody(actor=viewer.actor, limit=settings.JINXIU_EMERGENCY_GUESSES)
        elif not _within_reach(viewer, SEE_RECORD).filter(pk=person_id).exists():
            emergencies.begin(
                staff_id=viewer.staff_id,
                person_id=person_id,
                team_id=_team_that_answers(viewer, person_id),
                reason=reason,
                words=words,
                at=clock.now(),
                lasts=timedelta(minutes=settings.JINXIU_EMERGENCY_MINUTES),
                review_within=timedelta(hours=settings.JINXIU_EMERGENCY_REVIEW_HOURS),
                actor=viewer.actor,
            )
    if person_id is None:
        raise PersonNotFound
    return person_id


def _whose_number(viewer: Viewer, number: str, name: str) -> int | None:
    """The person of this number; for whoever guessed too often only when the name is the person's too."""
    whole_hash = sealing.keyed_hash(normalise(number), sealing.IDENTIFIER)
    kept = Coalesce("person__merged_into_id", "person_id")
    names = Coalesce("person__merged_into__name", "person__name")
    found = Identifier.objects.filter(whole_hash=whole_hash).values_list(kept, names).first()
    if found is None:
        return None
    person_id, real_name = found
    is_enough = openings.name_needed_until(viewer.user_id) is None or same_name(name, real_name)
    return person_id if is_enough else None


def _team_that_answers(viewer: Viewer, person_id: int) -> int:
    """The team of the person, whose manager reviews; without one, a team of the viewer's own."""
    membership = TeamMembership.objects.filter(in_force(viewer.today), person=person_id).first()
    return membership.team_id if membership else min(viewer.reach[OPEN_IN_EMERGENCY])


def person_to_care_for(viewer: Viewer, person_id: int, purpose: str) -> Person:
    """Like person_for, for those who may record care of this person. Raises PersonNotFound."""
    return person_for(viewer, person_id, purpose, RECORD_FOLLOWUP)


def teams_for(viewer: Viewer, permission: str = SEE_TEAM_NUMBERS) -> QuerySet[Team]:
    """The teams that the permission reaches, the closed ones too, by code."""
    reach = viewer.reach.get(permission, frozenset())
    return Team.objects.filter(pk__in=reach).select_related("institution").order_by("code")


def open_teams_for(viewer: Viewer, permission: str = SEE_TEAM_NUMBERS) -> QuerySet[Team]:
    """The open teams that the permission reaches, by code: what a form offers."""
    return teams_for(viewer, permission).filter(open_on(viewer.today))


def team_ids_for(viewer: Viewer, team_id: int | None, permission: str = SEE_PEOPLE) -> list[int]:
    """The asked-for team, or all that the permission reaches. Raises TeamNotFound for a team out of reach."""
    reach = viewer.reach.get(permission, frozenset())
    if team_id is None:
        return sorted(reach)
    if team_id not in reach:
        raise TeamNotFound
    return [team_id]
