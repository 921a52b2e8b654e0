"""The named town with somebody in every role, and what the parameters of an address may stand for.

Everybody works for team 1 of Liuxiang centre as far as the role has a team. To them a person of team 1 is `own`, one of
team 2 of the same centre a `colleague`'s, one of Qiaodong centre a `stranger`'s. `emergency` is one more of Qiaodong,
where an emergency opening runs for everybody, as if everybody had been allowed to open the record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from unittest.mock import patch
from uuid import UUID, uuid4

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.backends.db import SessionStore
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from jinxiu.agreements import actions as agreements
from jinxiu.agreements.renewing.actions import start
from jinxiu.attachments import actions as attachments
from jinxiu.attachments.examine import examine
from jinxiu.audit.origin import SYSTEM
from jinxiu.emergency.models import EmergencyOpening
from jinxiu.evidence.models import Enrolment
from jinxiu.familydoctor.models import ExamAppointment, ExamDay, ExamSlot
from jinxiu.pay import actions as pay
from jinxiu.people import clock
from jinxiu.people.actions import assign
from jinxiu.people.families.actions import relate
from jinxiu.people.models import Institution, Person, Qualification, Relationship, Staff, StaffAssignment, Team, User
from jinxiu.people.queries import team_of
from jinxiu.people.roles import ROLES, SECOND_STEP_REQUIRED
from jinxiu.referrals.actions import By, To, draft
from jinxiu.referrals.models import Referral
from jinxiu.referrals.rules import DOCTOR
from tests import town
from tests.attachments.files import photo
from tests.town import Town

WHOSE = ("own", "colleague", "stranger", "emergency")


@dataclass(frozen=True)
class District:
    """The town, one user for each role, and one person for each value of WHOSE with the id of a follow-up."""

    town: Town
    users: Mapping[str, User]
    persons: Mapping[str, Person]
    followups: Mapping[str, int]
    nurse_session: UserSession
    openings: Mapping[str, EmergencyOpening]
    relationships: Mapping[str, Relationship]
    referrals: Mapping[str, Referral]
    documents: Mapping[str, int]
    agreements: Mapping[str, int]
    qualification: Qualification
    stand_in: StaffAssignment


def build() -> District:
    """Write the district into an empty database."""
    base = town.build()
    persons = {
        "own": base.chen,
        "colleague": _colleagues_person(base),
        "stranger": base.feng,
        "emergency": _person_in_emergency(base),
    }
    followups = {
        whose: town.contact(person, base.sun, date(2026, 11, 2), systolic=150, diastolic=84)
        for whose, person in persons.items()
    }
    users = {role: _user(base, role) for role in ROLES}
    for role, user in users.items():
        if ROLES[role].permissions & SECOND_STEP_REQUIRED:
            secret = get_adapter().encrypt("JBSWY3DPEHPK3PXP")
            Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": secret})
    session = SessionStore()
    session.create()
    nurse_session = UserSession.objects.create(user=users["nurse"], session_key=session.session_key, ip="127.0.0.1")
    openings = {role: _opening(base, user, persons["emergency"]) for role, user in users.items()}
    relationships = {whose: _neighbour(person) for whose, person in persons.items()}
    referrals = {whose: _referral(base, person) for whose, person in persons.items()}
    _exam_day(base, persons)
    agreed = {whose: _agreement(base, person) for whose, person in persons.items()}
    documents = {whose: _document(base, person, agreed[whose]) for whose, person in persons.items()}
    qualification = Qualification.objects.create(staff=base.zhao, kind="nurse", recorded_at=clock.now())
    stand_in = StaffAssignment.objects.create(
        staff=Staff.objects.create(name="韩"),
        role="nurse",
        team=base.team1,
        stands_in_for=base.zhao,
        start_on=date(2026, 12, 1),
        end_on=date(2026, 12, 1),
    )
    return District(
        base,
        users,
        persons,
        followups,
        nurse_session,
        openings,
        relationships,
        referrals,
        documents,
        agreed,
        qualification,
        stand_in,
    )


def _neighbour(person: Person) -> Relationship:
    return relate(
        person_id=person.pk,
        role="contact",
        relation="99",
        name="邻居老何",
        phone="13812340099",
        words="neighbour",
        start_on=date(2025, 1, 1),
        today=town.TODAY,
        actor=SYSTEM,
        recorded_by=None,
    )


def _agreement(base: Town, person: Person) -> int:
    """Signed with the person's own team, which has not confirmed it."""
    team = team_of(person.pk, town.TODAY)
    assert team is not None
    wish = agreements.Wish(packages=("basic@2026.1",), start_on=town.TODAY, consents=("health_data",))
    by = agreements.By(SYSTEM, "")
    return agreements.sign(by=by, today=town.TODAY, person_id=person.pk, team_id=team.pk, wish=wish, token=uuid4()).pk


def _document(base: Town, person: Person, agreement_id: int) -> int:
    """A photo of an agreement, read in this process: a process of its own for each would take seconds."""
    with patch.object(attachments, "read", examine):
        return attachments.add(
            viewer=base.viewer(base.zhao),
            person_id=person.pk,
            content=photo(60, 40),
            kind="agreement",
            on=town.TODAY,
            belongs_to=f"agreement/{agreement_id}",
        ).attachment_id


def _referral(base: Town, person: Person) -> Referral:
    """A draft by a doctor of the person's own team."""
    doctor = base.sun if person.pk == base.feng.pk else base.wang
    viewer = base.viewer(doctor)
    return draft(
        viewer=viewer,
        by=By(DOCTOR, viewer.actor, doctor.pk),
        person_id=person.pk,
        to=To("山西省人民医院", "心内科", "", "routine"),
        letter={"reason": "184/102", "readings": [], "programmes": []},
        token=uuid4(),
    )


def _exam_day(base: Town, persons: Mapping[str, Person]) -> None:
    """A day of Liuxiang centre to which everybody is invited."""
    day = ExamDay.objects.create(institution=base.team1.institution, on=town.TODAY, planned_at=clock.now())
    for number, person in enumerate(persons.values(), start=1):
        slot = ExamSlot.objects.create(day=day, starts="07:30", ends="08:00", number=number, fasting=True)
        ExamAppointment.objects.create(
            slot=slot, person=person, year=town.TODAY.year, fasting=True, booked_at=clock.now()
        )


def _colleagues_person(base: Town) -> Person:
    team = Team.objects.create(code="lx-2", name="第二团队", name_en="Team 2", institution=base.team1.institution)
    home = base.chen.household
    assert home is not None
    person = town._person("何平", "M", date(1958, 5, 5), "13812346001", team, home)
    town.enrol(person, "hypertension", date(2024, 9, 2))
    return person


def _person_in_emergency(base: Town) -> Person:
    home = base.feng.household
    assert home is not None
    person = town._person("许慧", "F", date(1971, 2, 2), "13812346002", base.team2, home)
    town.enrol(person, "hypertension", date(2024, 9, 2))
    return person


def _opening(base: Town, user: User, person: Person) -> EmergencyOpening:
    now = clock.now()
    return EmergencyOpening.objects.create(
        staff=Staff.objects.get(user=user),
        person=person,
        team=base.team1,
        reason="present",
        words="she is here",
        opened_at=now,
        ends_at=now + timedelta(hours=1),
        review_by=now + timedelta(days=1),
    )


def _user(base: Town, role: str) -> User:
    """Who has the role; a role that nobody of the town has is given to somebody new, where its scope is usual."""
    known = StaffAssignment.objects.filter(role=role).exclude(staff__in=(base.sun, base.qian)).first()
    if known is not None:
        assert known.staff.user is not None
        return known.staff.user
    user = User.objects.create(username=role)
    staff = Staff.objects.create(user=user, name=role)
    scope = {
        "clerk": {"institution_id": base.team1.institution_id},
        "auditor": {"institution_id": Institution.objects.get(code="yz").pk},
    }.get(role, {"team_id": base.team1.pk})
    assign(staff_id=staff.pk, role=role, start_on=date(2020, 1, 1), actor=SYSTEM, **scope)
    return user


def _month_of_pay(base: Town) -> int:
    """November of Liuxiang centre as its manager worked it out; it names nurse Zhao."""
    month = date(2026, 11, 1)
    return pay.compute(viewer=base.viewer(base.guo), institution_id=base.team1.institution_id, month=month).pk


def _payment(base: Town) -> int:
    return pay.record_payment(
        viewer=base.viewer(base.guo),
        institution_id=base.team1.institution_id,
        payer="insurance",
        month=date(2026, 11, 1),
        received_on=town.TODAY,
        fen=100,
        words="",
        token=uuid4(),
    ).pk


def _renewals(base: Town) -> int:
    """A run over team 1 that nothing was done of yet."""
    days = {"first_on": town.TODAY, "last_on": town.TODAY}
    by, token = agreements.By(SYSTEM, ""), UUID(int=1)
    return start(by=by, today=town.TODAY, team_ids=[base.team1.pk], token=token, **days).pk


# What a parameter of an address stands for, by its name. A new parameter gets its line here; the value may differ by
# whose person it is about ("own", "colleague", "stranger"; "-" in addresses that name no person).
PARAMETERS: dict[str, Callable[[District, str], object]] = {
    "person_id": lambda district, whose: district.persons[whose].pk,
    "measure_id": lambda _district, _whose: "hypertension_controlled",
    # Accounts: nurse Zhao, whose sign-in is not the one of the request.
    "staff_id": lambda district, _whose: district.town.zhao.pk,
    "assignment_id": lambda district, _whose: district.town.zhao.assignments.get().pk,
    "institution_id": lambda district, _whose: district.town.team1.institution_id,
    "team_id": lambda district, _whose: district.town.team1.pk,
    "stand_in_id": lambda district, _whose: district.stand_in.pk,
    "qualification_id": lambda district, _whose: district.qualification.pk,
    "session_id": lambda district, _whose: district.nurse_session.pk,
    "pk": lambda _district, _whose: 1,  # a passkey that is nobody's: who has one is asked in test_passkeys.py
    "uidb64": lambda district, _whose: urlsafe_base64_encode(force_bytes(district.town.zhao.user_id)),
    "token": lambda district, _whose: default_token_generator.make_token(district.users["nurse"]),
    "layout": lambda _district, _whose: "exams",
    "opening_id": lambda district, _whose: district.openings["doctor"].pk,
    # Beside whose record a pair's other one is laid: somebody of the same team; no record was merged into anybody's.
    "other_id": lambda district, _whose: district.town.li.pk,
    "merge_id": lambda _district, _whose: 1,
    "day_id": lambda _district, _whose: ExamDay.objects.get().pk,
    "appointment_id": lambda district, whose: ExamAppointment.objects.get(person=district.persons[whose]).pk,
    "relationship_id": lambda district, whose: district.relationships[whose].pk,
    "referral_id": lambda district, whose: district.referrals[whose].pk,
    "agreement_id": lambda district, whose: district.agreements.get(whose, district.agreements["own"]),
    "attachment_id": lambda district, whose: district.documents[whose],
    "run_id": lambda district, _whose: _month_of_pay(district.town),
    "renewal_id": lambda district, _whose: _renewals(district.town),
    "payment_id": lambda district, _whose: _payment(district.town),
    "hospital_id": lambda district, _whose: district.referrals["own"].hospital_id,
    "code": lambda _district, _whose: "aaaaaaaaaaaaaaaaaaaaaaaa",  # nobody's; who has one is in tests/referrals
    # The residents' pages lead staff to their own sign-in before they look at anything.
    "whom": lambda district, _whose: district.persons["own"].pk,
    "bond_id": lambda _district, _whose: 1,
    "call_id": lambda _district, _whose: 1,  # nobody's wish to be called; whose it is is asked in tests/ratings
    "wish_id": lambda _district, _whose: 1,
    "change": lambda _district, _whose: "moved",
    "form_id": lambda _district, _whose: "child_tcm",
    "year": lambda _district, _whose: town.TODAY.year,
    "event_id": lambda district, whose: district.followups.get(whose, district.followups["own"]),
    "kind": lambda _district, _whose: "diabetes",
    "standard_id": lambda _district, _whose: "hypertension",
    "part": lambda _district, _whose: "coverage",
    "enrolment_id": lambda district, whose: Enrolment.objects.filter(person=district.persons[whose]).earliest("pk").pk,
}
ABOUT_A_PERSON = frozenset({"person_id"})
