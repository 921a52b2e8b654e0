"""Writes: a referral is drafted, sent, goes its way, is answered, and taken into the record; a hospital's own letter
comes in.

Each is one transaction under the person's lock: the state, its step, the event that the standards look at, what is due
then, and the line in the trail. `token` is the form's: sent twice, it is done once.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.evidence import actions as evidence
from jinxiu.evidence.models import Enrolment, Event
from jinxiu.people import clock, sealing
from jinxiu.people.access import Viewer
from jinxiu.people.matching.queries import lock_kept, records_of, whose
from jinxiu.people.models import Person, Team
from jinxiu.people.queries import team_of
from jinxiu.referrals import queries, rules
from jinxiu.referrals.drafting import CONDITION
from jinxiu.referrals.models import CODE, Hospital, Referral, ReferralAnswer, ReferralCode, ReferralStep
from jinxiu.worklists.actions import refresh_person

DRAFTED = define("referral.drafted", _("%(actor)s drafted a referral of %(person)s."))
CHANGED = define("referral.changed", _("%(actor)s changed the draft of a referral of %(person)s."))
STEPPED = define("referral.step", _("%(actor)s brought a referral of %(person)s on: %(state)s."))
ANSWERED = define(
    "referral.answered", _("%(actor)s wrote down what the hospital answered to a referral of %(person)s.")
)
RECEIVED = define("referral.received", _("%(actor)s wrote down that a hospital sends %(person)s back to the centre."))

LETTER_SHOWN = define("referral.letter", _("%(actor)s saw or printed the letter of a referral of %(person)s."))
CODE_RENEWED = define("referral.code_renewed", _("%(actor)s made a new code for the letter of %(person)s."))
OPENED_BY_CODE = define("referral.code_opened", _("%(actor)s read the letter of %(person)s."))
REFUSED_BY_CODE = define(
    "referral.code_refused", _("%(actor)s said a wrong birth date for the letter of %(person)s (%(failures)s so far).")
)
LISTED = define("referral.listed", _("%(actor)s looked at a list of %(rows)s referrals."))
OUTSIDE = Actor(None, "hospital by code", "hospital")

SOURCE = "jinxiu.referral"
SENT_EVENT, ARRIVED_EVENT, RESULT_EVENT = "referral.sent", "referral.arrived", "referral.result"
NOT_ARRIVED_EVENT = "referral.not_arrived"
RETURNED_EVENT, FOLLOWED_EVENT = "referral.returned", "referral.followed_up"
_STEP_EVENTS = {
    rules.SENT: SENT_EVENT,
    rules.ARRIVED: ARRIVED_EVENT,
    rules.NOT_ARRIVED: NOT_ARRIVED_EVENT,
    rules.FOLLOWED: FOLLOWED_EVENT,
}
_HERE = (SENT_EVENT, FOLLOWED_EVENT)  # what happens in the centre if nothing else is said


class ReferralError(ValueError):
    """A step that cannot be; `field` names what was wrong ("" for all of it), the text is the sentence."""

    def __init__(self, sentence: str | Promise, field: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


@dataclass(frozen=True, slots=True)
class By:
    """Who brings a referral on: a member of staff, or the hospital by the letter's code (`author`: the name given)."""

    who: str  # rules.HOSPITAL, STAFF or DOCTOR
    actor: Actor
    staff_id: int | None = None
    author: str = ""


@dataclass(frozen=True, slots=True)
class To:
    """Where a person is sent, and how soon."""

    hospital: str
    department: str
    doctor: str
    priority: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a hospital writes, and how it came (`channel`). `returned_on`: it sends the person back."""

    channel: str
    seen_on: date
    diagnosis: str
    plan: str
    author: str
    medicines: str = ""
    wish: str = ""
    title: str = ""
    department: str = ""
    returned_on: date | None = None
    case_number: str = ""
    results: str = ""
    course: str = ""
    rehabilitation: str = ""


# --- drafts -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def draft(
    *,
    viewer: Viewer,
    by: By,
    person_id: int,
    to: To,
    letter: Mapping[str, Any],
    token: UUID,
    sheltered: bool = False,
    reason_code: str = "",
    standard: str = "",
    version: str = "",
    contact_id: int | None = None,
) -> Referral:
    """Begin a referral. The same form sent again returns what it became. Raises ReferralError without a team."""
    person = lock_kept(person_id)
    if before := Referral.objects.filter(token=token, person__in=records_of(person.pk)).first():
        return before
    team = _team(person, viewer)
    referral = Referral.objects.create(
        person=person,
        priority=to.priority,
        state=rules.DRAFT,
        since=clock.now(),
        team=team,
        drafted_by_id=_staff(by),
        hospital=_hospital(team, to.hospital, viewer.today),
        department=to.department,
        doctor=to.doctor,
        reason_code=reason_code,
        standard=standard,
        version=version,
        contact_id=contact_id,
        letter=dict(letter),
        sheltered=sheltered,
        token=token,
    )
    _add_step(referral, rules.DRAFT, by, on=viewer.today, token=token)
    audit.record(DRAFTED, actor=viewer.actor, person_id=person.pk, detail={"referral": referral.pk})
    return referral


@transaction.atomic
def change_draft(
    *, viewer: Viewer, referral_id: int, to: To, letter: Mapping[str, Any], sheltered: bool = False
) -> Referral:
    """Put other words into a draft. Raises ReferralError once it was sent or given up."""
    referral, person = _locked(referral_id)
    if referral.state != rules.DRAFT:
        raise ReferralError(
            _("This referral was sent or given up in the meantime; a letter that was sent stays as it is.")
        )
    referral.hospital = _hospital(referral.team, to.hospital, viewer.today)
    referral.department, referral.doctor, referral.priority = to.department, to.doctor, to.priority
    referral.letter, referral.sheltered = dict(letter), sheltered
    referral.save(update_fields=["hospital", "department", "doctor", "priority", "letter", "sheltered"])
    audit.record(CHANGED, actor=viewer.actor, person_id=person.pk, detail={"referral": referral.pk})
    return referral


@transaction.atomic
def send(*, viewer: Viewer, referral_id: int, by: By, token: UUID) -> Referral:
    """Freeze the letter with who the person is and who sends, and open what the standards ask for then."""
    referral, person = _locked(referral_id)
    if _is_done(referral, token):
        return referral
    _require(referral, rules.SENT, by)
    _refuse_closed(referral.hospital, viewer.today)
    referral.letter = {**referral.letter, **_place(referral), **_signed(referral, person, viewer)}
    referral.sent_by_id, referral.sent_on = by.staff_id, viewer.today
    referral.save(update_fields=["letter", "sent_by", "sent_on"])
    make_code(referral=referral, today=viewer.today)
    _go(referral, person, rules.SENT, by, on=viewer.today, today=viewer.today, token=token)
    return referral


def _place(referral: Referral) -> dict[str, Any]:
    """The names by which a letter knows its hospital, whatever it is called later."""
    names = {
        "hospital": referral.hospital.name,
        "department": referral.department,
        "doctor": referral.doctor,
    }
    return {"place": names}


def _signed(referral: Referral, person: Person, viewer: Viewer) -> dict[str, Any]:
    """Whose letter it is and who signs it, as it stands from the sending on; no number and no address of the person."""
    team = referral.team
    return {
        "person": {
            "name": person.name,
            "sex": person.sex,
            "birth_date": person.birth_date.isoformat() if person.birth_date else None,
        },
        "from": {
            "centre": team.institution.name,
            "centre_en": team.institution.name_en,
            "team": team.name,
            "team_en": team.name_en,
            "doctor": viewer.name,
            "doctor_en": viewer.name_en,
            "phone": team.phone or team.institution.phone,
        },
        "sent_on": viewer.today.isoformat(),
    }


# --- on its way -------------------------------------------------------------------------------------------------------


@transaction.atomic
def step(
    *,
    referral_id: int,
    to: str,
    by: By,
    token: UUID,
    today: date,
    on: date | None = None,
    note: str = "",
    mode: str = "",
) -> Referral:
    """Bring a referral into another state: accepted, booked, refused, arrived, not arrived, declined, followed up,
    closed, cancelled.

    `on` is the day of which it is true (default: today), of a booking the day of the appointment. `mode` is how
    somebody was followed up. Raises ReferralError when it cannot be, or a reason or a day lacks.
    """
    referral, person = _locked(referral_id)
    if _is_done(referral, token):
        return referral
    _require(referral, to, by)
    if rules.needs_words(referral.state, to) and not note.strip():
        raise ReferralError(_("Say in a few words why."), "note")
    since = referral.returned_on if to == rules.FOLLOWED else None
    since = since or referral.sent_on
    day = _booking(on, today, since) if to == rules.BOOKED else _day(on or today, today, not_before=since)
    _before(referral, person, to, by, day=day, today=today, note=note)
    _go(referral, person, to, by, on=day, today=today, token=token, note=note, mode=mode)
    return referral


def _before(referral: Referral, person: Person, to: str, by: By, *, day: date, today: date, note: str) -> None:
    """What a step changes besides the state: what was said before may not be true any more."""
    if to == rules.CANCELLED:
        _withdraw_events(referral, person, by, note)
    elif to == rules.ARRIVED:
        referral.arrived_on = day
        _withdraw_events(referral, person, by, note, only=NOT_ARRIVED_EVENT)
    elif to == rules.DECLINED:
        referral.returned_on = None
        _withdraw_events(referral, person, by, note, only=RETURNED_EVENT)
    elif to == rules.CLOSED and referral.direction == rules.UP:
        _settle(referral, person, by, today, note)


def _settle(referral: Referral, person: Person, by: By, today: date, note: str) -> None:
    """Closed without a result in the record: whether the person arrived, and what came of it, is known all the same."""
    kinds = set(_events(referral, person).values_list("kind", flat=True))
    if not kinds & {ARRIVED_EVENT, NOT_ARRIVED_EVENT}:
        _event(referral, person, NOT_ARRIVED_EVENT, by, today, today, _noted(referral, note))
    if RESULT_EVENT not in kinds:
        _event(referral, person, RESULT_EVENT, by, today, today, _noted(referral, note))


@transaction.atomic
def answer(*, referral_id: int, by: By, token: UUID, today: date, told: Told) -> ReferralAnswer:
    """Keep what the hospital answers; a later answer stands beside the earlier ones. Who was seen has arrived, and who
    is sent back is to be seen here.

    Raises ReferralError when the referral takes no answer, or was not under way on that day.
    """
    referral, person = _locked(referral_id)
    if before := referral.answers.filter(token=token).first():
        return before
    to = rules.RETURNED if told.returned_on or referral.returned_on else rules.ANSWERED
    _require(referral, to, by)
    day = _day(told.seen_on, today, not_before=_asked_on(referral), field="seen_on")
    _check_return(told, day, today)
    row = _keep_answer(referral, told, by, token)
    if referral.arrived_on is None and referral.direction == rules.UP:
        referral.arrived_on = day
        _withdraw_events(referral, person, by, "", only=NOT_ARRIVED_EVENT)
        _event(referral, person, ARRIVED_EVENT, by, day, today)
    referral.answered_on = referral.answered_on or today
    if told.returned_on:
        _send_back(referral, person, by, told.returned_on, today)
    _go(referral, person, to, by, on=told.returned_on or day, today=today, token=token, answer=row)
    audit.record(ANSWERED, actor=by.actor, person_id=person.pk, detail={"referral": referral.pk, "answer": row.pk})
    return row


@transaction.atomic
def receive(
    *,
    viewer: Viewer,
    by: By,
    person_id: int,
    hospital: str,
    priority: str,
    told: Told,
    token: UUID,
    sheltered: bool = False,
) -> Referral:
    """Write down a letter with which a hospital sends a person to the centre without having been asked by one of ours.

    The person is to be seen here from its day on. The same form sent again returns what it became. Raises ReferralError
    without a team, and for a day that cannot be.
    """
    person = lock_kept(person_id)
    if before := Referral.objects.filter(token=token, person__in=records_of(person.pk)).first():
        return before
    assert told.returned_on is not None  # the form asks for it
    _check_return(told, told.seen_on, viewer.today)
    team = _team(person, viewer)
    referral = Referral.objects.create(
        person=person,
        direction=rules.DOWN,
        priority=priority,
        state=rules.RETURNED,
        since=clock.now(),
        team=team,
        drafted_by_id=_staff(by),
        hospital=_hospital(team, hospital),
        department=told.department,
        sheltered=sheltered,
        sent_on=told.returned_on,
        answered_on=viewer.today,
        token=token,
    )
    referral.letter = _place(referral)
    referral.save(update_fields=["letter"])
    row = _keep_answer(referral, told, by, token)
    _send_back(referral, person, by, told.returned_on, viewer.today)
    audit.record(RECEIVED, actor=viewer.actor, person_id=person.pk, detail={"referral": referral.pk})
    _go(
        *(referral, person, rules.RETURNED, by),
        on=told.returned_on,
        today=viewer.today,
        token=token,
        answer=row,
    )
    return referral


def _check_return(told: Told, seen_on: date, today: date) -> None:
    if told.returned_on and told.returned_on > today:
        raise ReferralError(_("This day is in the future; choose today or an earlier day."), "returned_on")
    if told.returned_on and told.returned_on < seen_on:
        raise ReferralError(_("Nobody is sent back before they were seen; look at both days."), "returned_on")


def _keep_answer(referral: Referral, told: Told, by: By, token: UUID) -> ReferralAnswer:
    return ReferralAnswer.objects.create(
        referral=referral,
        person_id=referral.person_id,
        at=clock.now(),
        recorded_by_id=by.staff_id,
        token=token,
        **asdict(told),
    )


def _send_back(referral: Referral, person: Person, by: By, on: date, today: date) -> None:
    """The person is to be seen here: from the day of the return, which a later letter may correct."""
    referral.returned_on = on
    if referral.direction == rules.DOWN:
        referral.sent_on = on
    before = _events(referral, person).filter(kind=RETURNED_EVENT).first()
    if before is None:
        _event(referral, person, RETURNED_EVENT, by, on, today)
    elif before.happened_on != on:
        _reword(before, by, today, before.answers, on)


@transaction.atomic
def take(
    *, viewer: Viewer, referral_id: int, answer_id: int, by: By, token: UUID, as_condition: bool = False
) -> Referral:
    """Take an answer into the record after a doctor's yes: the result that the standards ask for, with its words.

    `as_condition` keeps the diagnosis among what the person has. A second answer corrects the first one's result. Of a
    sheltered referral the words stay here, where only those see them who have opened the shelter. Raises ReferralError
    when a newer answer came in the meantime.
    """
    referral, person = _locked(referral_id)
    if _is_done(referral, token):
        return referral
    _require(referral, rules.TAKEN, by)
    row = referral.answers.order_by("-pk").first()
    if row is None or row.pk != answer_id:
        raise ReferralError(_("A newer answer has come in the meantime; read it first. Nothing was changed."))
    event = _result(referral, person, by, row, viewer.today)
    if as_condition and not referral.sheltered:
        _keep_condition(row, person, by)
    _go(referral, person, rules.TAKEN, by, on=viewer.today, today=viewer.today, token=token, answer=row, event=event)
    return referral


def _result(referral: Referral, person: Person, by: By, row: ReferralAnswer, today: date) -> Event:
    """One result for one referral: the standards would take a second one for the next referral's. A hospital's own
    letter answers nothing that we asked, so its words stand with the return."""
    kind = RESULT_EVENT if referral.direction == rules.UP else RETURNED_EVENT
    before = _events(referral, person).filter(kind=kind).first()
    if before is not None:
        return _reword(before, by, today, _words(referral, row), before.happened_on)
    heard_on = row.at.astimezone(clock.SHANGHAI).date()
    return _event(referral, person, kind, by, heard_on, today, _words(referral, row))


def _reword(event: Event, by: By, today: date, words: Mapping[str, Any], on: date) -> Event:
    return evidence.correct_event(
        event_id=event.pk,
        happened_on=on,
        mode=event.mode,
        observations={},
        actor=by.actor,
        recorded_by=by.staff_id,
        today=today,
        answers=words,
    )


def _words(referral: Referral, row: ReferralAnswer) -> dict[str, str]:
    """What an answer says in the record: a line for the timeline, and the medicines under the names that forms use."""
    if referral.sheltered:
        return {}
    said = (row.diagnosis, row.course, row.plan, row.rehabilitation)
    names = [name.strip() for name in row.medicines.splitlines() if name.strip()]
    medicines = {f"medicine.{place}.name": name for place, name in enumerate(names, start=1)}
    return {"note": " · ".join(part for part in said if part), "drugs": row.medicines, **medicines}


def _keep_condition(row: ReferralAnswer, person: Person, by: By) -> None:
    """What the hospital found is a condition of the person from the day on which it was seen."""
    Enrolment.objects.create(
        person=person,
        kind=CONDITION,
        start_on=row.seen_on,
        value=row.diagnosis[:200],
        recorded_by_id=by.staff_id,
        recorded_at=clock.now(),
        source_system=SOURCE,
        source_id=f"answer/{row.pk}",
    )


# --- the code of the letter -------------------------------------------------------------------------------------------


def make_code(*, referral: Referral, today: date) -> None:
    """A code of 120 bits for a letter with a birth date; without one there is nothing to ask the hospital for."""
    if referral.letter["person"]["birth_date"] is None:
        return
    code = base64.b32encode(secrets.token_bytes(15)).decode().lower()
    ReferralCode.objects.create(
        referral=referral,
        person_id=referral.person_id,
        **sealing.columns(code, CODE),
        made_at=clock.now(),
        last_day=today + timedelta(days=rules.CODE_DAYS),
    )


@transaction.atomic
def renew_code(*, viewer: Viewer, referral_id: int) -> None:
    """Make a new code for a letter that is on its way; every earlier one stops at once. Raises ReferralError."""
    referral, person = _locked(referral_id)
    if referral.direction == rules.DOWN or referral.state in (rules.DRAFT, *rules.ENDED):
        raise ReferralError(_("Only a letter that is on its way has a code."))
    referral.codes.filter(revoked_at__isnull=True).update(revoked_at=clock.now())
    make_code(referral=referral, today=viewer.today)
    audit.record(CODE_RENEWED, actor=viewer.actor, person_id=person.pk, detail={"referral": referral.pk})


def letter_shown(*, viewer: Viewer, person_id: int, referral_id: int) -> None:
    """Write down that the letter was shown with its code, or printed."""
    audit.record(LETTER_SHOWN, actor=viewer.actor, person_id=person_id, detail={"referral": referral_id})


@transaction.atomic
def open_by_code(*, code: str, birth_date: date, today: date) -> ReferralCode | None:
    """The letter of a code, for whoever knows the birth date of its person too; None for everything else alike.

    Wrong birth dates are counted: the code is shut for an hour, later for good. The trail tells of both.
    """
    row = queries.code_in_force(code, today, lock=True)
    if row is None:
        return None
    if row.referral.letter["person"]["birth_date"] == birth_date.isoformat():
        audit.record(OPENED_BY_CODE, actor=OUTSIDE, person_id=row.person_id, detail={"referral": row.referral_id})
        return row
    row.failures += 1
    if row.failures % rules.LOCK_AT == 0:
        row.locked_until = clock.now() + timedelta(hours=1)
    if row.failures >= rules.REVOKE_AT:
        row.revoked_at = clock.now()
    row.save(update_fields=["failures", "locked_until", "revoked_at"])
    detail = {"referral": row.referral_id, "failures": row.failures}
    audit.record(REFUSED_BY_CODE, actor=OUTSIDE, person_id=row.person_id, detail=detail)
    return None


def note_list(*, viewer: Viewer, people: Sequence[int]) -> None:
    """Write down whose referrals somebody saw in a list."""
    with transaction.atomic():
        audit.record(LISTED, actor=viewer.actor, detail={"rows": len(people), "people": [*people]})


# --- parts ------------------------------------------------------------------------------------------------------------


def _staff(by: By) -> int:
    assert by.staff_id is not None  # the hospital drafts nothing
    return by.staff_id


def _locked(referral_id: int) -> tuple[Referral, Person]:
    """The referral and the record that is kept of its person, both locked."""
    person_id = Referral.objects.values_list("person_id", flat=True).get(pk=referral_id)
    person = lock_kept(person_id)
    rows = Referral.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("team__institution", "hospital").get(pk=referral_id), person


def _is_done(referral: Referral, token: UUID) -> bool:
    return referral.steps.filter(token=token).exists()


def _require(referral: Referral, to: str, by: By) -> None:
    if rules.may_become(referral.state, to, by.who, referral.direction):
        return
    if by.who == rules.STAFF and rules.may_become(referral.state, to, rules.DOCTOR, referral.direction):
        raise ReferralError(_("A doctor does this; the draft waits for one."))
    raise ReferralError(
        _("Somebody has brought this referral on in the meantime; look at it again. Nothing was changed.")
    )


def _asked_on(referral: Referral) -> date | None:
    """The day before which the hospital has seen nobody of whom we asked; of its own letter there is none."""
    return referral.sent_on if referral.direction == rules.UP else None


def _day(day: date, today: date, *, not_before: date | None, field: str = "on") -> date:
    if day > today:
        raise ReferralError(_("This day is in the future; choose today or an earlier day."), field)
    if not_before and day < not_before:
        raise ReferralError(_("This day is before the person was sent; choose a later one."), field)
    return day


def _booking(day: date | None, today: date, not_before: date | None) -> date:
    """The day of an appointment, which may lie ahead."""
    if day is None:
        raise ReferralError(_("Say for which day the appointment is."), "on")
    if (day - today).days > rules.BOOKED_WITHIN:
        raise ReferralError(_("This day is more than a year ahead; look at it again."), "on")
    return _day(day, max(day, today), not_before=not_before)


def _go(
    referral: Referral,
    person: Person,
    to: str,
    by: By,
    *,
    on: date,
    today: date,
    token: UUID,
    note: str = "",
    mode: str = "",
    answer: ReferralAnswer | None = None,
    event: Event | None = None,
) -> None:
    """Write the state, its step, the event that belongs to it, what is due then, and the line in the trail."""
    kind = _STEP_EVENTS.get(to)
    if kind:
        event = _event(referral, person, kind, by, on, today, _noted(referral, note), mode)
    referral.state, referral.since = to, clock.now()
    referral.save(update_fields=["state", "since", "arrived_on", "answered_on", "returned_on", "sent_on"])
    _add_step(referral, to, by, on=on, token=token, note=note, event=event, answer=answer)
    detail = {"referral": referral.pk, "state": to}
    audit.record(STEPPED, actor=by.actor, person_id=person.pk, detail=detail)
    refresh_person(person_id=person.pk, today=today, actor=by.actor)


def _add_step(
    referral: Referral,
    state: str,
    by: By,
    *,
    on: date,
    token: UUID,
    note: str = "",
    event: Event | None = None,
    answer: ReferralAnswer | None = None,
) -> None:
    ReferralStep.objects.create(
        referral=referral,
        person_id=referral.person_id,
        state=state,
        at=clock.now(),
        on=on,
        by_id=by.staff_id,
        author=by.author,
        note=note,
        event=event,
        answer=answer,
        token=token,
    )


def _event(
    referral: Referral,
    person: Person,
    kind: str,
    by: By,
    on: date,
    today: date,
    answers: Mapping[str, Any] | None = None,
    mode: str = "",
) -> Event:
    """Append what the standards look at."""
    try:
        return evidence.append_event(
            person_id=person.pk,
            kind=kind,
            happened_on=on,
            mode=mode or (Event.Mode.CLINIC if kind in _HERE else Event.Mode.ONLINE),
            observations={},
            recorded_by=by.staff_id,
            actor=None,
            today=today,
            source_system=SOURCE,
            source_id=f"{referral.pk}/{uuid4()}",
            answers=answers,
        )
    except evidence.EvidenceError as impossible:
        raise ReferralError(impossible.sentence, "on") from impossible


def _noted(referral: Referral, note: str) -> dict[str, str]:
    """The reason as the timeline shows it; of a sheltered referral it stays out of there."""
    return {"note": note} if note and not referral.sheltered else {}


def _events(referral: Referral, person: Person) -> QuerySet[Event]:
    """The events of a referral that stand: what was withdrawn is not among them."""
    rows = Event.objects.filter(whose(person.pk), source_system=SOURCE, source_id__startswith=f"{referral.pk}/")
    replaced = rows.filter(supersedes__isnull=False).values("supersedes")
    return rows.exclude(kind=evidence.WITHDRAWN).exclude(pk__in=replaced)


def _withdraw_events(referral: Referral, person: Person, by: By, note: str, *, only: str = "") -> None:
    """Say of the referral's events (or of one kind) that they did not happen; what is due follows from what is left."""
    rows = _events(referral, person)
    for event in list(rows.filter(kind=only) if only else rows):
        evidence.withdraw_event(event_id=event.pk, reason=note, actor=by.actor, recorded_by=by.staff_id)


def _team(person: Person, viewer: Viewer) -> Team:
    """The person's team; without one, the first of the viewer's."""
    team = team_of(person.pk, viewer.today) or Team.objects.filter(pk__in=viewer.team_ids).order_by("code").first()
    if team is None:
        raise ReferralError(
            _("This person belongs to no team, and neither do you; nobody would follow the referral up.")
        )
    return team


def _hospital(team: Team, name: str, today: date | None = None) -> Hospital:
    """The centre's hospital of that name, new if it has none. With `today` it must be open then."""
    found = Hospital.objects.get_or_create(centre=team.institution, name=" ".join(name.split()))[0]
    if today:
        _refuse_closed(found, today)
    return found


def _refuse_closed(hospital: Hospital, today: date) -> None:
    if hospital.closed_on and hospital.closed_on <= today:
        raise ReferralError(
            _("This hospital is closed for referrals; choose another one, or ask the manager of the centre."),
            "hospital",
        )
