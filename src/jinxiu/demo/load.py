"""The generated district's rows into the tables of people and evidence, whole tables at a time."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

import numpy as np
import pyarrow as pa

from jinxiu.agreements import actions as agreements
from jinxiu.agreements.models import Agreement, AgreementStep, Signature
from jinxiu.agreements.packages import BASIC
from jinxiu.agreements.queries import catalogue
from jinxiu.audit.origin import SYSTEM
from jinxiu.demo.chance import Array, chance_for, day
from jinxiu.demo.copying import (
    Advance,
    analyze,
    copy_columns,
    dates,
    foreign_keys_checked_once,
    hexes,
    instants,
    numbers,
    repeated,
    reserve_ids,
    row_ids,
    texts,
)
from jinxiu.demo.district import District, memberships
from jinxiu.demo.places import Ground
from jinxiu.demo.ratings import Opinions, about_the_year, after_services
from jinxiu.demo.referrals import HOSPITALS, Story, answer_of, letter_of, words_of_event
from jinxiu.evidence.models import Enrolment, Event, Observation
from jinxiu.evidence.sheltered import sheltered
from jinxiu.people import identity, sealing
from jinxiu.people.models import (
    ContactPoint,
    Household,
    Identifier,
    Institution,
    Person,
    Place,
    Staff,
    StaffAssignment,
    Team,
    TeamMembership,
)
from jinxiu.people.names import SearchKeys, search_keys
from jinxiu.ratings.models import Rating
from jinxiu.ratings.queries import surveys
from jinxiu.ratings.surveys import SERVICE, YEAR, Survey
from jinxiu.referrals.actions import SOURCE as REFERRALS
from jinxiu.referrals.actions import make_code
from jinxiu.referrals.models import Hospital, Referral, ReferralAnswer, ReferralStep
from jinxiu.referrals.rules import ENDED

BULKY = (Household, Person, Identifier, ContactPoint, TeamMembership, Enrolment, Event, Observation)
_SIGNED = (Agreement, AgreementStep, Signature)
ASKING, ASKED_TEAMS = 3, 8  # residents a team who have signed by their own pages; of how many teams
SEALED_AT_ONCE = 10_000
_SECRET = ("sealed", "whole_hash", "last4_hash")
SOURCE = "demo"  # stands in each piece of evidence: it was generated


@dataclass(frozen=True)
class _Organisation:
    """The rows of teams and staff, in the order of the district's lists."""

    teams: list[Team]
    staff: list[Staff]


def rows_in(district: District) -> int:
    """About how many rows `load` will write: what its progress counts up to."""
    people = len(district.residents)
    evidence = (district.enrolments, district.events, district.observations)
    return len(district.households.place) + 4 * people + sum(len(table.person) for table in evidence)


def load(district: District, seed: int, advance: Advance) -> None:
    """Write all rows, inside the caller's transaction."""
    with foreign_keys_checked_once(BULKY):
        places = _load_places(district.ground)
        organisation = _load_organisation(district.ground, places, district.today)
        before_person = _load_people(district, places, advance)
        _load_memberships(district, organisation.teams, before_person, advance)
        before_referral = reserve_ids(Referral, max(1, len(district.referrals)))
        event_ids = _load_evidence(district, organisation, before_person, before_referral, seed, advance)
    _load_referrals(district, organisation, before_person, before_referral, event_ids)
    analyze(BULKY)
    with foreign_keys_checked_once(_SIGNED):
        agreements.adopt(today=district.today, actor=SYSTEM, with_groups=True)
    _ask_teams(district, organisation.teams, before_person)
    _load_ratings(district, organisation.teams, before_person, event_ids, seed)
    analyze((*_SIGNED, Rating))


# --- places, institutions, teams, staff -------------------------------------------------------------------------------


def _load_places(ground: Ground) -> list[Place]:
    """City and district may be there already, from an import; what is invented may not."""
    rows: list[Place] = []
    for place in ground.places:
        parent = None if place.parent is None else rows[place.parent]
        told = {"name": place.name, "name_en": place.name_en, "kind": place.kind, "parent": parent}
        if place.kind in ("city", "district"):
            rows.append(Place.objects.get_or_create(code=place.code, defaults=told)[0])
        else:
            rows.append(Place.objects.create(code=place.code, **told))
    return rows


def _load_organisation(ground: Ground, places: Sequence[Place], today: dt.date) -> _Organisation:
    institutions = Institution.objects.bulk_create(
        Institution(
            code=row.code,
            name=row.name,
            name_en=row.name_en,
            place=places[row.place],
            address=f"{ground.places[row.place].name}1号（生成数据）",
        )
        for row in ground.institutions
    )
    teams = Team.objects.bulk_create(
        Team(
            code=row.code,
            name=row.name,
            name_en=row.name_en,
            institution=institutions[row.institution],
            phone=row.phone,
            specialities=list(row.specialities),
            languages=list(row.languages),
            services=list(row.services),
            home_visit_items=["blood_pressure", "glucose", "dressing"],
            hours="周一至周六 8:00–12:00，14:30–18:00",
            hours_en="Monday to Saturday 8:00–12:00, 14:30–18:00",
            introduction=f"{row.name}为签约居民提供基本医疗、慢性病管理和上门服务。（生成的示例）",
            introduction_en=f"{row.name_en}: basic care, long-term conditions and home visits. (A generated example.)",
        )
        for row in ground.teams
    )
    staff = Staff.objects.bulk_create(
        Staff(name=row.name, name_en=_name_en(row.name), title=row.title) for row in ground.staff
    )
    StaffAssignment.objects.bulk_create(
        StaffAssignment(
            staff=member,
            role=row.role,
            team=None if row.team is None else teams[row.team],
            institution=None if row.institution is None else institutions[row.institution],
            start_on=today - dt.timedelta(days=6 * 365),
        )
        for row, member in zip(ground.staff, staff, strict=True)
    )
    return _Organisation(teams, staff)


def _name_en(name: str) -> str:
    """The name in Latin letters, surname first: Wang Xiaoli."""
    surname, given = search_keys(name[:1]).pinyin, search_keys(name).pinyin
    return f"{surname} {given.removeprefix(surname)}".title()


# --- people -----------------------------------------------------------------------------------------------------------


def _load_people(district: District, places: Sequence[Place], advance: Advance) -> int:
    people, homes = district.residents, district.households
    before_home = reserve_ids(Household, len(homes.place))
    place_ids = np.array([place.pk for place in places])
    copy_columns(
        Household,
        {
            "id": numbers(row_ids(before_home, len(homes.place))),
            "place_id": numbers(place_ids[homes.place]),
            "address": texts(homes.address),
            "latitude": numbers(homes.latitude),
            "longitude": numbers(homes.longitude),
        },
        advance,
    )
    before = reserve_ids(Person, len(people))
    keys = _search_keys(people.name)
    copy_columns(
        Person,
        {
            "id": numbers(row_ids(before, len(people))),
            "name": texts(people.name),
            "pinyin": texts([key.pinyin for key in keys]),
            "initials": texts([key.initials for key in keys]),
            "sex": texts(people.sex),
            "birth_date": dates(people.birth_date),
            "died_on": dates(people.died_on),
            "left_on": dates(people.left_on),
            "household_id": numbers(before_home + 1 + people.household),
            "is_synthetic": pa.repeat(pa.scalar(True), len(people)),
            "created_at": instants(people.signed_on, np.full(len(people), 2.0)),
        },
        advance,
    )
    _load_numbers(district, before, advance)
    return before


def _search_keys(names: Array) -> list[SearchKeys]:
    """Names repeat, and reading one takes longer than remembering it."""
    known = {name: search_keys(name) for name in set(names)}
    return [known[name] for name in names]


def _load_numbers(district: District, before_person: int, advance: Advance) -> None:
    numbers_of = district.residents.id_number
    person_ids = row_ids(before_person, len(numbers_of))
    said = {"system": identity.ID_CARD}
    _load_sealed(
        Identifier, said, person_ids, numbers_of, partial(sealing.identifier_columns, identity.ID_CARD), advance
    )
    phones = district.residents.phone
    known = phones != ""
    said = {"use": ContactPoint.Use.MOBILE.value}
    _load_sealed(ContactPoint, said, person_ids[known], phones[known], sealing.phone_columns, advance)


def _load_sealed(
    model: type[Identifier | ContactPoint],
    said: dict[str, str],
    person_ids: Array,
    values: Array,
    seal: Callable[[str], dict[str, bytes | str]],
    advance: Advance,
) -> None:
    """Seal and write some thousands at a time: sealed, a number takes a hundred times its own room."""
    before = reserve_ids(model, len(values))
    for start in range(0, len(values), SEALED_AT_ONCE):
        owners = person_ids[start : start + SEALED_AT_ONCE]
        rows = [seal(value) for value in values[start : start + SEALED_AT_ONCE]]
        copy_columns(
            model,
            {
                "id": numbers(row_ids(before + start, len(rows))),
                "person_id": numbers(owners),
                **{name: repeated(text, len(rows)) for name, text in said.items()},
                **{name: hexes([bytes(row[name]) for row in rows]) for name in _SECRET},  # type: ignore[arg-type]
                "masked": texts([str(row["masked"]) for row in rows]),
            },
            advance,
        )


def _load_memberships(district: District, teams: Sequence[Team], before_person: int, advance: Advance) -> None:
    person, team, start_on, end_on = memberships(district)
    team_ids = np.array([row.pk for row in teams])
    copy_columns(
        TeamMembership,
        {
            "id": numbers(row_ids(reserve_ids(TeamMembership, len(person)), len(person))),
            "person_id": numbers(before_person + 1 + person),
            "team_id": numbers(team_ids[team]),
            "start_on": dates(start_on),
            "end_on": dates(end_on),
        },
        advance,
    )


# --- evidence ---------------------------------------------------------------------------------------------------------


def _load_evidence(
    district: District,
    organisation: _Organisation,
    before_person: int,
    before_referral: int,
    seed: int,
    advance: Advance,
) -> Array:
    """Write the evidence; the ids of the events in their order."""
    chance = chance_for(seed, "recording")
    recorders = _recorders(district, organisation)
    enrolments, events, observations = district.enrolments, district.events, district.observations
    copy_columns(
        Enrolment,
        {
            **_provenance(Enrolment, enrolments.person, enrolments.start_on, before_person),
            "recorded_by_id": numbers(recorders[enrolments.person, 0]),
            "kind": texts(enrolments.kind),
            "start_on": dates(enrolments.start_on),
            "end_on": dates(enrolments.end_on),
            "end_reason": texts(enrolments.end_reason),
            "value": texts(enrolments.value),
        },
        advance,
    )
    who = recorders[events.person, chance.integers(recorders.shape[1], size=len(events.person))]
    provenance = _provenance(Event, events.person, events.happened_on, before_person)
    steps = np.flatnonzero(events.referral >= 0)
    source_ids = np.full(len(who), None, dtype=object)
    systems = np.full(len(who), SOURCE, dtype=object)
    answers = np.array([f'{{"text": "{about}"}}' if about else "{}" for about in events.about], dtype=object)
    for row in steps:
        story = district.referrals[events.referral[row]]
        systems[row], source_ids[row] = REFERRALS, f"{before_referral + 1 + events.referral[row]}/{row}"
        answers[row] = json.dumps(words_of_event(story, events.kind[row]), ensure_ascii=False)
    copy_columns(
        Event,
        {
            **provenance,
            "source_system": texts(systems),
            "source_id": texts(source_ids),
            "recorded_by_id": numbers(who),
            "kind": texts(events.kind),
            "happened_on": dates(events.happened_on),
            "mode": texts(events.mode),
            "setting": repeated("", len(who)),
            "form_id": repeated("", len(who)),
            "form_version": repeated("", len(who)),
            "answers": texts(answers),
        },
        advance,
    )
    event_ids = provenance["id"].to_numpy()
    copy_columns(
        Observation,
        {
            **_provenance(Observation, observations.person, observations.happened_on, before_person),
            "recorded_by_id": numbers(who[observations.event]),
            "event_id": numbers(event_ids[observations.event]),
            "code": texts(observations.code),
            "happened_on": dates(observations.happened_on),
            "value": numbers(observations.value),
            "text": repeated("", len(observations.person)),
        },
        advance,
    )
    return event_ids


def _provenance(
    model: type[Enrolment | Event | Observation], person: Array, on: Array, before_person: int
) -> dict[str, pa.Array]:
    size = len(person)
    return {
        "id": numbers(row_ids(reserve_ids(model, size), size)),
        "person_id": numbers(before_person + 1 + person),
        "recorded_at": instants(on, 0.5 + person % 37 * 0.25),  # between half past eight and half past five in China
        "source_system": repeated(SOURCE, size),
    }


# --- referrals --------------------------------------------------------------------------------------------------------


def _load_referrals(
    district: District, organisation: _Organisation, before_person: int, before_referral: int, event_ids: Array
) -> None:
    """Write the stories as referrals, with their steps, answers and codes; what the standards see is loaded already."""
    recorders, hospitals = _recorders(district, organisation), _load_hospitals(organisation.teams)
    contacts = _contacts_of(district, event_ids)
    names = {member.pk: member for member in organisation.staff}
    for number, story in enumerate(district.referrals):
        doctor_id, nurse_id = (int(one) for one in recorders[story.person])
        team = organisation.teams[district.residents.team[story.person]]
        sent_on, answered = story.sent_on, story.answered
        referral = Referral.objects.create(
            pk=before_referral + 1 + number,
            person_id=before_person + 1 + story.person,
            direction="down" if story.is_down else "up",
            priority=story.priority,
            state=story.state,
            since=_noon(story.steps[-1].on),
            team=team,
            drafted_by_id=nurse_id,
            sent_by_id=None if story.is_down or sent_on is None else doctor_id,
            hospital=hospitals[team.institution_id, story.hospital],
            department=story.department,
            doctor="" if story.is_down else story.doctor,
            contact_id=contacts[story.person, story.contact_on],
            letter=letter_of(story) | _signed(district, story, team, names[doctor_id]),
            sent_on=sent_on,
            arrived_on=story.day_of("arrived"),
            answered_on=answered.on if answered else None,
            returned_on=None if story.state == "declined" else story.day_of("returned"),
            token=uuid4(),
        )
        _load_steps(story, referral, doctor_id, nurse_id)
        if sent_on and not story.is_down and story.state not in ENDED:
            make_code(referral=referral, today=sent_on)


def _load_steps(story: Story, referral: Referral, doctor_id: int, nurse_id: int) -> None:
    answer = None
    for minutes, step in enumerate(story.steps):
        at = _noon(step.on) + dt.timedelta(minutes=minutes)
        if step.state in ("answered", "returned"):
            answer = ReferralAnswer.objects.create(
                referral=referral,
                person_id=referral.person_id,
                at=at,
                channel="paper" if story.is_down else "phone",
                recorded_by_id=nurse_id,
                token=uuid4(),
                **answer_of(story, step),
            )
        ReferralStep.objects.create(
            referral=referral,
            person_id=referral.person_id,
            state=step.state,
            at=at,
            on=step.on,
            by_id=doctor_id if step.state in ("sent", "taken") else nurse_id,
            note=step.note,
            answer=answer if step.state in ("answered", "returned", "taken") else None,
            token=uuid4(),
        )


def _load_hospitals(teams: Sequence[Team]) -> dict[tuple[int, int], Hospital]:
    """Every centre refers to the same few hospitals; each keeps its own list."""
    return {
        (centre, place): Hospital.objects.create(
            centre_id=centre, name=name, phone=phone, departments=list(departments)
        )
        for centre in sorted({team.institution_id for team in teams})
        for place, (name, phone, departments) in enumerate(HOSPITALS)
    }


def _contacts_of(district: District, event_ids: Array) -> dict[tuple[int, dt.date], int]:
    """The event of each contact that a story begins with."""
    events, people = district.events, [story.person for story in district.referrals]
    rows = np.flatnonzero(np.isin(events.person, people) & (events.kind == "followup.hypertension"))
    return {(int(events.person[row]), events.happened_on[row].astype(object)): int(event_ids[row]) for row in rows}


def _signed(district: District, story: Story, team: Team, doctor: Staff) -> dict[str, Any]:
    """Who the person is and who sends, once a letter is sent; as `referrals.actions` writes it."""
    if story.is_down or story.sent_on is None:
        return {}
    people, centre = district.residents, team.institution
    return {
        "person": {
            "name": str(people.name[story.person]),
            "sex": str(people.sex[story.person]),
            "birth_date": str(people.birth_date[story.person]),
        },
        "from": {
            "centre": centre.name,
            "centre_en": centre.name_en,
            "team": team.name,
            "team_en": team.name_en,
            "doctor": doctor.name,
            "doctor_en": doctor.name_en,
            "phone": team.phone,
        },
        "sent_on": story.sent_on.isoformat(),
    }


def _noon(on: dt.date) -> dt.datetime:
    return dt.datetime.combine(on, dt.time(4), dt.UTC)  # in China


def _recorders(district: District, organisation: _Organisation) -> Array:
    """For each resident the doctor and the first nurse of the team (ids), who write down what happens."""
    by_team = np.zeros((len(organisation.teams), 2), dtype=np.int64)
    for row, member in zip(reversed(district.ground.staff), reversed(organisation.staff), strict=True):
        if row.team is not None and row.role in ("doctor", "nurse"):
            by_team[row.team, 0 if row.role == "doctor" else 1] = member.pk
    return by_team[district.residents.team]


# --- agreements -------------------------------------------------------------------------------------------------------


def _ask_teams(district: District, teams: Sequence[Team], before_person: int) -> None:
    """Some grown residents without an agreement sign one, which their teams have not confirmed."""
    basic = [one.key for one in catalogue().offered(district.today) if one.kind == BASIC]
    if not basic:  # no package is valid on a day so long ago
        return
    people, rows = district.residents, district.enrolments
    signed = np.isin(np.arange(len(people)), rows.person[rows.kind == "agreement"])
    grown = people.birth_date < day(district.today) - np.timedelta64(20 * 366, "D")
    free = np.flatnonzero(~signed & grown & np.isnat(people.gone_on))
    wish = agreements.Wish(packages=tuple(basic), start_on=district.today, consents=("health_data",), channel="app")
    biggest = np.argsort(-np.bincount(people.team, minlength=len(teams)), kind="stable")
    for number in biggest[:ASKED_TEAMS]:
        for person in free[people.team[free] == number][:ASKING]:
            agreements.sign(
                by=agreements.By(SYSTEM, SYSTEM.name),
                today=district.today,
                person_id=before_person + 1 + int(person),
                team_id=teams[number].pk,
                wish=wish,
                token=uuid4(),
            )


# --- ratings ----------------------------------------------------------------------------------------------------------


def _load_ratings(district: District, teams: Sequence[Team], before_person: int, event_ids: Array, seed: int) -> None:
    """What some residents said of the year and of services, as far as a survey was asked on the demo's day."""
    yearly, service = (surveys().on(subject, district.today) for subject in (YEAR, SERVICE))
    if yearly:
        said = about_the_year(district, yearly, seed, district.today)
        year = numbers(said.on.astype("datetime64[Y]").astype(int) + 1970)
        _write_ratings(district, teams, before_person, yearly, said, {"year": year})
    if service:
        said = after_services(district, service, sheltered().events, seed, district.today)
        event = numbers(event_ids[said.event])
        _write_ratings(district, teams, before_person, service, said, {"event_id": event})


def _write_ratings(
    district: District,
    teams: Sequence[Team],
    before_person: int,
    survey: Survey,
    said: Opinions,
    about: dict[str, pa.Array],
) -> None:
    size = len(said)
    if not size:
        return
    team_ids = np.array([row.pk for row in teams])
    copy_columns(
        Rating,
        {
            "id": numbers(row_ids(reserve_ids(Rating, size), size)),
            "person_id": numbers(before_person + 1 + said.person),
            "team_id": numbers(team_ids[district.residents.team[said.person]]),
            "survey": repeated(survey.id, size),
            "survey_version": repeated(survey.version, size),
            "given_on": dates(said.on),
            "at": instants(said.on, np.full(size, 11.5)),  # in the evening in China
            "via": texts(said.way),
            "answers": texts(said.answers),
            "score": numbers(said.score),
            "words": texts(said.words),
            **about,
        },
        lambda _rows: None,
    )
