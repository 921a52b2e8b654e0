"""Writes: an agreement is drafted, signed, confirmed, renewed, transferred, ended; the night lets it begin and expire.

Each is one transaction under the person's lock: the state, its step, the membership of the team, the enrolment that
standards and measures read, what is due then, the line in the trail. `token` is the form's: sent twice, done once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jinxiu.agreements import queries, rules, statements, text, wording
from jinxiu.agreements.models import Agreement, AgreementStep, Signature
from jinxiu.agreements.packages import BASIC, Package, Terms
from jinxiu.agreements.queries import ENROLMENT, RENEWAL_OFFERED
from jinxiu.agreements.telling import actions as telling
from jinxiu.audit import actions as audit
from jinxiu.audit.origin import SYSTEM, Actor
from jinxiu.audit.sentences import define
from jinxiu.evidence import actions as evidence
from jinxiu.evidence.models import Enrolment, Event
from jinxiu.people import actions as people
from jinxiu.people import clock
from jinxiu.people.actions import PeopleError
from jinxiu.people.matching.queries import lock_kept, whose
from jinxiu.people.models import Person
from jinxiu.people.queries import identifiers_of, team_members, team_of
from jinxiu.people.wording import named
from jinxiu.ui.templatetags.jinxiu import day_text
from jinxiu.worklists.actions import refresh_person

MADE = define("agreement.made", _("%(actor)s wrote agreement %(agreement)s of %(person)s with team %(team)s."))
STEPPED = define(
    "agreement.step",
    _("%(actor)s brought agreement %(agreement)s of %(person)s on: %(state)s (%(reason)s)."),
    words={"state": wording.STATES, "reason": wording.REASONS},
)
OFFERED = define("agreement.renewal_offered", _("%(actor)s offered %(person)s to renew agreement %(agreement)s."))
ADVANCED = define(
    "agreement.night",
    _("%(actor)s went through all agreements for %(on)s: %(over)s over, %(begun)s begun, %(moved)s moved."),
)

ADOPTED = define("agreement.adopted", _("%(actor)s made %(agreements)s agreements out of enrolments."))

SOURCE = "jinxiu.agreement"
_NOT_ANY_MORE = _("Somebody has brought this agreement on in the meantime; look at it again. Nothing was changed.")


class AgreementError(PeopleError):
    """Something that cannot be signed or done; `field` names what was wrong ("" for all of it)."""

    def __init__(self, sentence: str | Promise, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class By:
    """Who does it: staff, or the resident (then without `staff_id`). `confirms`: for the team as well."""

    actor: Actor
    name: str
    staff_id: int | None = None
    confirms: bool = False


NIGHT = By(SYSTEM, SYSTEM.name)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is signed, by whom and how. `packages` are keys ("id@version")."""

    packages: tuple[str, ...]
    start_on: date
    years: int = 1
    method: str = rules.ELECTRONIC
    signs_as: str = rules.SELF
    signer_name: str = ""  # empty: the person
    relation: str = ""
    consents: tuple[str, ...] = ()
    channel: str = "site"
    doctor_id: int | None = None  # default: the team's first doctor
    certificate_no: str = ""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs a transfer, and where: needed where it may be somebody else than before."""

    signs_as: str
    name: str
    relation: str
    channel: str


# --- drafts and signing -----------------------------------------------------------------------------------------------


@transaction.atomic
def draft(*, by: By, today: date, person_id: int, team_id: int, wish: Wish, token: UUID) -> Agreement:
    """Prepare an agreement that nobody has signed yet. Raises AgreementError."""
    person = lock_kept(person_id)
    if before := _made(token):
        return before
    terms, packages = _checked(person, wish, today)
    return _write(by, today, person, team_id, wish, token, terms, packages, state=rules.DRAFT)


@transaction.atomic
def sign(*, by: By, today: date, person_id: int, team_id: int, wish: Wish, token: UUID) -> Agreement:
    """Sign a new agreement of a person with a team; it waits for the team, or holds at once where `by` confirms.

    Raises AgreementError when it cannot be signed, or when the person has one for a day of it.
    """
    person = lock_kept(person_id)
    if before := _made(token):
        return before
    terms, packages = _checked(person, wish, today)
    agreement = _write(by, today, person, team_id, wish, token, terms, packages, state=rules.PENDING)
    _signed_by_resident(agreement, wish)
    return _confirm(agreement, person, by, today, uuid4()) if by.confirms else agreement


@transaction.atomic
def sign_draft(
    *, by: By, today: date, agreement_id: int, method: str, token: UUID, certificate_no: str = ""
) -> Agreement:
    """Sign a draft as it stands. Raises AgreementError when it cannot be signed any more."""
    agreement, person = _locked(agreement_id)
    if _is_done(agreement, token):
        return agreement
    years = round((agreement.end_on - agreement.start_on).days / 365.25)
    wish = Wish(
        packages=tuple(agreement.packages),
        start_on=agreement.start_on,
        years=years,
        method=method,
        signs_as=agreement.signs_as,
        signer_name=agreement.signer_name,
        relation=agreement.relation,
        consents=tuple(agreement.consents),
        certificate_no=certificate_no,
    )
    _checked(person, wish, today)
    _refuse_second(person, agreement.start_on, agreement.end_on)
    _go(agreement, person, rules.PENDING, rules.SIGNED, by, on=today, token=token)
    agreement.signed_on = today
    agreement.save(update_fields=["signed_on"])
    _signed_by_resident(agreement, wish)
    return _confirm(agreement, person, by, today, uuid4()) if by.confirms else agreement


@transaction.atomic
def confirm(*, by: By, today: date, agreement_id: int, token: UUID) -> Agreement:
    """Confirm a signed agreement for the team: it holds from its first day on. Raises AgreementError, PeopleError."""
    agreement, person = _locked(agreement_id)
    if _is_done(agreement, token):
        return agreement
    return _confirm(agreement, person, by, today, token)


def _confirm(agreement: Agreement, person: Person, by: By, today: date, token: UUID) -> Agreement:
    if person.died_on or person.left_on:
        raise AgreementError(wording.TROUBLES["dead" if person.died_on else "left"])
    people.lock_open_team(agreement.team_id)
    _go(agreement, person, rules.ACTIVE, rules.CONFIRMED, by, on=today, token=token)
    _signature(agreement, Signature.Party.TEAM, by.name, rules.ELECTRONIC, staff_id=by.staff_id)
    _let_predecessor_be_renewed(agreement, person, by, today)
    if agreement.start_on <= today:
        _begin(agreement, person, by, today)
    return agreement


def _let_predecessor_be_renewed(agreement: Agreement, person: Person, by: By, today: date) -> None:
    """An agreement that had expired before its renewal was confirmed was renewed after all."""
    former = agreement.follows
    if agreement.nature == rules.RENEWAL and former is not None and former.state == rules.EXPIRED:
        _go(former, person, rules.RENEWED, rules.CONFIRMED, by, on=today, token=uuid4())


# --- renewing and transferring ----------------------------------------------------------------------------------------


@transaction.atomic
def offer_renewal(*, by: By, today: date, agreement_id: int, mode: str = Event.Mode.CLINIC) -> Event | None:
    """Write down that the renewal was offered; None when it stands there already."""
    agreement, person = _locked(agreement_id)
    event = _offer(agreement, person, by, today, mode)
    if event is not None:
        refresh_person(person_id=person.pk, today=today, actor=by.actor)
    return event


def _offer(agreement: Agreement, person: Person, by: By, today: date, mode: str) -> Event | None:
    source_id = f"{agreement.pk}/renewal"
    if Event.objects.filter(source_system=SOURCE, source_id=source_id).exists():
        return None
    event = evidence.append_event(
        person_id=person.pk,
        kind=RENEWAL_OFFERED,
        happened_on=today,
        mode=mode,
        observations={},
        recorded_by=by.staff_id,
        today=today,
        source_system=SOURCE,
        source_id=source_id,
    )
    audit.record(OFFERED, actor=by.actor, person_id=person.pk, detail={"agreement": agreement.pk})
    return event


@transaction.atomic
def renew(*, by: By, today: date, agreement_id: int, wish: Wish, token: UUID) -> Agreement:
    """Sign the agreement that follows one which ends soon, or has just ended; its first day follows from that.

    Raises AgreementError when it is too early or too late, or was renewed already.
    """
    former, person = _locked(agreement_id)
    if before := _made(token):
        return before
    terms = queries.terms_on(today)
    if terms is None or not rules.may_renew(former.state, former.last_on, today, terms.renew_days):
        raise AgreementError(
            _("An agreement is renewed within %(days)s days before or after its last day; else sign a new one.")
            % {"days": terms.renew_days if terms else 0}
        )
    start_on = rules.renewal_start(former.last_on, today)
    limits = rules.Limits(terms.paper_days, max(terms.ahead_days, terms.renew_days + 1), terms.years)
    wish = _starting(wish, start_on)
    terms, packages = _checked(person, wish, today, limits)
    agreement = _write(
        by, today, person, former.team_id, wish, token, terms, packages, state=rules.PENDING, follows=former
    )
    _signed_by_resident(agreement, wish)
    if former.state == rules.ACTIVE:
        _offer(former, person, by, today, Event.Mode.ONLINE if wish.channel == rules.OWN_PAGES else Event.Mode.CLINIC)
        refresh_person(person_id=person.pk, today=today, actor=by.actor)
    return _confirm(agreement, person, by, today, uuid4()) if by.confirms else agreement


def _starting(wish: Wish, start_on: date) -> Wish:
    return Wish(**{name: getattr(wish, name) for name in wish.__slots__} | {"start_on": start_on})


@transaction.atomic
def transfer(
    *,
    by: By,
    today: date,
    agreement_id: int,
    team_id: int,
    reason: str,
    token: UUID,
    note: str = "",
    method: str = rules.ELECTRONIC,
    signer: Signer | None = None,
    consents: Collection[str] = (),
) -> Agreement:
    """Let another team take an agreement in force over from today: the old one ends with yesterday, the new one runs to
    the same last day with the same packages, and its years go on being counted. A renewal that was signed with the old
    team is given up. Without `signer` it is who signed the old one; `consents` are given with this signature,
    beside those of the old one. Raises AgreementError, PeopleError.
    """
    former, person = _locked(agreement_id)
    if before := _made(token):
        return before
    _require(former, rules.TRANSFERRED, reason, note)
    if not rules.is_in_force(former.state, former.start_on, former.last_on, today) or not former.has_begun:
        raise AgreementError(_("Only an agreement in force is transferred; end this one and sign a new one."))
    if team_id == former.team_id:
        raise AgreementError(_("This is the team already; choose another one."), "team")
    _give_up_followers(former, person, reason, by, today, today)
    former.last_on = today - rules.DAY
    _go(former, person, rules.TRANSFERRED, reason, by, on=today, token=uuid4(), note=note)
    signer = signer or _as_before(former)
    agreement = _taken_over(former, person, team_id, by, today, token, signer, {*former.consents, *consents})
    _signature(agreement, Signature.Party.RESIDENT, agreement.signer_name, method)
    _add_step(agreement, "", rules.ACTIVE, reason, by, on=today, token=token, note=note)
    people.join_team(person_id=person.pk, team_id=team_id, on=today, actor=by.actor)
    refresh_person(person_id=person.pk, today=today, actor=by.actor)
    return agreement


def _as_before(former: Agreement) -> Signer:
    channel = "site" if former.channel == "import" else former.channel
    return Signer(former.signs_as, former.signer_name, former.relation, channel)


def _taken_over(
    former: Agreement,
    person: Person,
    team_id: int,
    by: By,
    today: date,
    token: UUID,
    signer: Signer,
    consents: Collection[str],
) -> Agreement:
    team = people.lock_open_team(team_id)
    terms = queries.catalogue().terms(former.terms_version) or queries.terms_on(today)
    agreement = Agreement(
        person_id=former.person_id,
        household_id=person.household_id,
        signs_as=signer.signs_as,
        signer_name=signer.name,
        relation=signer.relation,
        institution_id=team.institution_id,
        team=team,
        doctor_id=_doctor(team.pk, None, today),
        packages=former.packages,
        start_on=today,
        end_on=former.end_on,
        last_on=former.end_on,
        counted_from=former.counted_from,
        nature=rules.TRANSFER,
        follows=former,
        channel=signer.channel,
        terms_version=terms.version if terms else "",
        consents=sorted(consents),
        signed_on=today,
        state=rules.ACTIVE,
        since=clock.now(),
        has_begun=True,
        token=token,
    )
    packages = queries.catalogue().chosen(former.packages)
    _insert(agreement, person, terms, packages)
    detail = {"agreement": agreement.pk, "team": team_id}
    audit.record(MADE, actor=by.actor, person_id=person.pk, detail=detail)
    return agreement


# --- the end ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def terminate(
    *, by: By, today: date, agreement_id: int, reason: str, token: UUID, on: date | None = None, note: str = ""
) -> Agreement:
    """End an agreement early with its last day inside (`on`, default today), or give one up that never began.

    A renewal of it that was signed goes with it. The person stays with the team: public health is owed without an
    agreement, too. Raises AgreementError.
    """
    agreement, person = _locked(agreement_id)
    if _is_done(agreement, token):
        return agreement
    _require(agreement, rules.TERMINATED, reason, note)
    day = on or today
    if day > today:
        raise AgreementError(_("This day is in the future; choose today or an earlier day."), "on")
    if agreement.has_begun and day < agreement.start_on:
        raise AgreementError(_("This day is before the agreement began; choose a later one."), "on")
    _close(agreement, person, reason, by, day, today, token=token, note=note)
    _give_up_followers(agreement, person, reason, by, day, today)
    refresh_person(person_id=person.pk, today=today, actor=by.actor)
    return agreement


def _give_up_followers(agreement: Agreement, person: Person, reason: str, by: By, on: date, today: date) -> None:
    """What renews an agreement that ends goes with it."""
    for later in agreement.followers.select_for_update().filter(state__in=(rules.DRAFT, *rules.BINDING)):
        gone = rules.WITHDRAWN if later.state != rules.ACTIVE else reason
        _close(later, person, gone, by, on, today, token=uuid4())


def _close(
    agreement: Agreement, person: Person, reason: str, by: By, on: date, today: date, *, token: UUID, note: str = ""
) -> None:
    """The row, its step and its enrolment; what is due is the caller's to refresh."""
    if agreement.has_begun:
        agreement.last_on = max(min(on, agreement.end_on), agreement.start_on)
        _end_enrolment(person, agreement, reason, by)
    else:
        agreement.last_on = agreement.start_on - rules.DAY
    _go(agreement, person, rules.TERMINATED, reason, by, on=on, token=token, note=note)


def _end_enrolment(person: Person, agreement: Agreement, reason: str, by: By) -> None:
    enrolment = _running_enrolment(person)
    if enrolment is not None:
        evidence.end_enrolment(
            enrolment_id=enrolment.pk,
            end_on=max(agreement.last_on, enrolment.start_on),
            end_reason=rules.ENROLMENT_ENDS.get(reason, "completed"),
            actor=by.actor,
            recorded_by=by.staff_id,
        )


def _running_enrolment(person: Person) -> Enrolment | None:
    rows = Enrolment.objects.filter(whose(person.pk), kind=ENROLMENT)
    replaced = set(rows.filter(supersedes__isnull=False).values_list("supersedes", flat=True))
    return next((row for row in rows.filter(end_on__isnull=True).order_by("-pk") if row.pk not in replaced), None)


@transaction.atomic
def close_with_departure(*, person_id: int, on: date, reason: str, by: By) -> list[int]:
    """End all of a person's agreements with a death or a move; returns their ids, for `take_ends_back`.

    The enrolments are ended by whoever records the departure, in the same transaction, and so is what is due.
    """
    person = lock_kept(person_id)
    closed = []
    for agreement in _binding(person, with_drafts=True):
        if agreement.has_begun:
            agreement.last_on = max(min(on, agreement.end_on), agreement.start_on)
        else:
            agreement.last_on = agreement.start_on - rules.DAY
        _go(agreement, person, rules.TERMINATED, reason, by, on=on, token=uuid4())
        closed.append(agreement.pk)
    return closed


@transaction.atomic
def take_ends_back(*, person_id: int, agreement_ids: Iterable[int], today: date, by: By) -> None:
    """Let agreements go on whose end was recorded by mistake, where the person has signed no other one since.

    The enrolments are opened again by whoever takes the departure back, in the same transaction.
    """
    person = lock_kept(person_id)
    ids = list(agreement_ids)
    for agreement in Agreement.objects.select_for_update().filter(whose(person.pk), pk__in=ids).order_by("pk"):
        step = agreement.steps.order_by("-pk").first()
        if agreement.state != rules.TERMINATED or step is None:
            continue
        if queries.overlapping(person.pk, agreement.start_on, agreement.end_on).exclude(pk=agreement.pk).exists():
            continue
        agreement.last_on = agreement.end_on
        _go(agreement, person, step.from_state, rules.TAKEN_BACK, by, on=today, token=uuid4())


@transaction.atomic
def close_duplicates(*, kept_id: int, merged_id: int, today: date, by: By) -> list[int]:
    """Two records become one: where both have an agreement, that of the record that goes ends with yesterday.

    Call it before the records are merged; returns the ids, for `take_ends_back`.
    """
    kept = Agreement.objects.filter(person=kept_id, state__in=rules.BINDING)
    if not kept.exists():
        return []
    person = Person.objects.get(pk=merged_id)
    closed = []
    for agreement in _binding(person):
        _close(agreement, person, rules.DUPLICATE, by, today, today, token=uuid4())
        closed.append(agreement.pk)
    return closed


@transaction.atomic
def resume_duplicates(*, agreement_ids: Iterable[int], today: date, by: By) -> None:
    """Two records are two again: what `close_duplicates` ended goes on, its enrolment too. Call it after un-merging."""
    for agreement_id in agreement_ids:
        agreement, person = _locked(agreement_id)
        take_ends_back(person_id=person.pk, agreement_ids=[agreement_id], today=today, by=by)
        ended = Enrolment.objects.filter(whose(person.pk), kind=ENROLMENT, end_on__isnull=False).order_by("-pk").first()
        if agreement.has_begun and ended is not None:
            evidence.reopen_enrolment(enrolment_id=ended.pk, actor=by.actor, recorded_by=by.staff_id)


def _binding(person: Person, *, with_drafts: bool = False) -> list[Agreement]:
    states = (rules.DRAFT, *rules.BINDING) if with_drafts else rules.BINDING
    return list(Agreement.objects.select_for_update().filter(whose(person.pk), state__in=states).order_by("pk"))


# --- the team's people move -------------------------------------------------------------------------------------------


@transaction.atomic
def follow_team(*, person_id: int, today: date, by: By) -> int:
    """Let a person's agreement follow the person to the team of today; returns how many changed.

    For moves within the district and teams that were closed: the agreement goes on, its steps say which team it was.
    """
    person = lock_kept(person_id)
    team = team_of(person.pk, today)
    moved = [one for one in _binding(person) if team is not None and one.team_id != team.pk and _follows(one, today)]
    for agreement in moved:
        assert team is not None  # or nothing would move
        agreement.team, agreement.institution_id = team, team.institution_id
        agreement.doctor_id = _doctor(team.pk, None, today)
        agreement.save(update_fields=["team", "institution", "doctor"])
        _go(agreement, person, agreement.state, rules.TEAM_CHANGED, by, on=today, token=uuid4())
    return len(moved)


def _follows(agreement: Agreement, today: date) -> bool:
    """An agreement follows once it has begun; before that its team is waited for, unless it is closed."""
    closed_on = agreement.team.closed_on
    return agreement.has_begun or (closed_on is not None and closed_on <= today)


# --- the night --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Advanced:
    """What a night came to; `failed` are agreements that could not begin, by id with the sentence why."""

    over: int
    begun: int
    moved: int
    adopted: int
    failed: dict[int, str]


def advance(*, today: date) -> Advanced:
    """The night's part: what is over is closed, what begins begins, agreements follow people to other teams, and
    enrolments that came without an agreement get one.

    Running twice changes nothing. What is due then is worked out by the rest of the night.
    """
    values = {"today": today, "now": clock.now()}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statements.COUNT_OVER, values)
        over = int(cursor.fetchone()[0])
        cursor.execute(statements.EXPIRE, values)
        cursor.execute(statements.BEGIN, values)
        begun = cursor.rowcount
    moved = sum(follow_team(person_id=one, today=today, by=NIGHT) for one in queries.with_another_team(today))
    telling.pass_on(today=today)
    more, failed = _begin_those_left(today)
    counts = {"over": over, "begun": begun + more, "moved": moved}
    if any(counts.values()):
        audit.record(ADVANCED, actor=SYSTEM, detail={**counts, "on": today.isoformat()})
    return Advanced(over, begun + more, moved, adopt(today=today, actor=SYSTEM), failed)


def _begin_those_left(today: date) -> tuple[int, dict[int, str]]:
    begun, failed = 0, dict[int, str]()
    for agreement_id in queries.to_begin(today):
        try:
            with transaction.atomic():
                agreement, person = _locked(agreement_id)
                if agreement.state == rules.ACTIVE and not agreement.has_begun:
                    _begin(agreement, person, NIGHT, today)
                    begun += 1
        except PeopleError as refused:
            failed[agreement_id] = str(refused.sentence)
    return begun, failed


@transaction.atomic
def adopt(*, today: date, actor: Actor, with_groups: bool = False) -> int:
    """Make agreements for enrolments that came without one (files, another system, earlier versions); returns how many.

    They promise the basic package, and `with_groups` those of the person's groups. Twice changes nothing.
    """
    offered = queries.catalogue().offered(today)
    by_group = [(group, one.key) for one in offered for group in one.groups] if with_groups else []
    values: dict[str, Any] = {
        "today": today,
        "now": clock.now(),
        "basic": [one.key for one in offered if one.kind == BASIC],
        "groups": [group for group, _key in by_group],
        "packages": [key for _group, key in by_group],
    }
    with connection.cursor() as cursor:
        cursor.execute(statements.ADOPT, values)
        made = cursor.rowcount
    if made:
        audit.record(ADOPTED, actor=actor, detail={"agreements": made})
    return made


# --- parts ------------------------------------------------------------------------------------------------------------


def _made(token: UUID) -> Agreement | None:
    return Agreement.objects.filter(token=token).first()


def _is_done(agreement: Agreement, token: UUID) -> bool:
    return agreement.steps.filter(token=token).exists()


def _locked(agreement_id: int) -> tuple[Agreement, Person]:
    """The agreement and the record that is kept of its person, both locked. Raises Agreement.DoesNotExist."""
    person_id = Agreement.objects.values_list("person_id", flat=True).get(pk=agreement_id)
    person = lock_kept(person_id)
    rows = Agreement.objects.select_for_update(no_key=True, of=("self",)).select_related("team__institution", "follows")
    return rows.get(pk=agreement_id), person


def _checked(
    person: Person, wish: Wish, today: date, limits: rules.Limits | None = None
) -> tuple[Terms, tuple[Package, ...]]:
    """The terms and packages that are signed. Raises AgreementError with the first thing that hinders it."""
    terms = queries.terms_on(today)
    if terms is None:
        raise AgreementError(wording.TROUBLES["no_terms"])
    packages = queries.catalogue().chosen(wish.packages)
    asked = rules.Wish(
        start_on=wish.start_on,
        years=wish.years,
        method=wish.method,
        package_kinds=tuple(one.kind for one in packages),
        all_packages_valid=len(packages) == len(wish.packages) and all(one.valid_on(today) for one in packages),
        consents=frozenset(wish.consents),
        needed_consents=frozenset(one.id for one in terms.consents if one.required),
    )
    signer = rules.Signer(person.birth_date, person.died_on, person.left_on, wish.signs_as)
    limits = limits or rules.Limits(terms.paper_days, terms.ahead_days, terms.years)
    troubles = rules.why_not_sign(signer, asked, limits, today)
    if wish.signs_as != rules.SELF:
        troubles += [] if wish.signer_name.strip() else [rules.Trouble("signer_name", "signer")]
        troubles += [] if wish.relation.strip() else [rules.Trouble("relation", "relation")]
    if troubles:
        words = {"paper_days": terms.paper_days, "ahead_days": limits.ahead_days}
        raise AgreementError(wording.TROUBLES[troubles[0].reason] % words, troubles[0].field)
    return terms, packages


def _refuse_second(person: Person, first: date, last: date) -> None:
    other = queries.overlapping(person.pk, first, last).select_related("team").order_by("start_on").first()
    if other is not None:
        raise AgreementError(_second(other))


def _second(other: Agreement) -> str | Promise:
    return _(
        "This person has an agreement with %(team)s from %(first)s to %(last)s; renew, transfer or end that one."
    ) % {
        "team": named(other.team),
        "first": day_text(other.start_on),
        "last": day_text(other.last_on),
    }


def _write(
    by: By,
    today: date,
    person: Person,
    team_id: int,
    wish: Wish,
    token: UUID,
    terms: Terms,
    packages: tuple[Package, ...],
    *,
    state: str,
    follows: Agreement | None = None,
) -> Agreement:
    end_on = rules.last_day(wish.start_on, wish.years)
    if state != rules.DRAFT:
        _refuse_second(person, wish.start_on, end_on)
    team = people.lock_open_team(team_id)
    agreement = Agreement(
        person=person,
        household_id=person.household_id,
        signs_as=wish.signs_as,
        signer_name=wish.signer_name.strip() if wish.signs_as != rules.SELF else person.name,
        relation=wish.relation.strip() if wish.signs_as != rules.SELF else "",
        institution_id=team.institution_id,
        team=team,
        doctor_id=_doctor(team.pk, wish.doctor_id, today),
        packages=list(wish.packages),
        start_on=wish.start_on,
        end_on=end_on,
        last_on=end_on,
        counted_from=wish.start_on,
        nature=rules.RENEWAL if follows else rules.NEW,
        follows=follows,
        channel=wish.channel,
        terms_version=terms.version,
        consents=sorted(wish.consents),
        signed_on=None if state == rules.DRAFT else today,
        state=state,
        since=clock.now(),
        token=token,
    )
    _insert(agreement, person, terms, packages)
    _add_step(agreement, "", state, rules.SIGNED, by, on=today, token=token)
    audit.record(MADE, actor=by.actor, person_id=person.pk, detail={"agreement": agreement.pk, "team": team_id})
    return agreement


def _insert(agreement: Agreement, person: Person, terms: Terms | None, packages: tuple[Package, ...]) -> None:
    """Write the row with its number and text; the database refuses a second one for a day. Raises AgreementError."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('agreements_agreement', 'id'))")
        agreement.pk = cursor.fetchone()[0]
    agreement.contract_no = rules.contract_no(agreement.team.institution.code, agreement.start_on, agreement.pk)
    if terms is not None:
        days = agreement.start_on, agreement.end_on
        parties = _parties(agreement, person)
        agreement.text = text.text_of(agreement.contract_no, parties, packages, days, terms, agreement.consents)
    try:
        with transaction.atomic():
            agreement.save(force_insert=True)
    except IntegrityError as error:
        other = queries.overlapping(person.pk, agreement.start_on, agreement.end_on).select_related("team").first()
        if other is None:
            raise
        raise AgreementError(_second(other)) from error


def _parties(agreement: Agreement, person: Person) -> text.Parties:
    doctor = agreement.doctor
    team = agreement.team
    return text.Parties(
        institution=team.institution.name,
        team=team.name,
        doctor=doctor.name if doctor else "",
        phone=team.phone or team.institution.phone,
        name=person.name,
        sex=person.sex,
        birth_date=person.birth_date,
        documents=[row.masked for row in identifiers_of(person.pk)],
        signs_as=agreement.signs_as,
        signer_name=agreement.signer_name,
        relation=agreement.relation,
    )


def _doctor(team_id: int, wanted: int | None, today: date) -> int | None:
    """The doctor of an agreement: the wanted one if of the team, else the team's first."""
    doctors = [one.staff_id for one in team_members(team_id, today) if one.role == "doctor"]
    return wanted if wanted in doctors else next(iter(doctors), None)


def _begin(agreement: Agreement, person: Person, by: By, today: date) -> None:
    """The first day has come: the team's people, the enrolment that standards read, what is due then."""
    if person.died_on or person.left_on:
        raise AgreementError(wording.TROUBLES["dead" if person.died_on else "left"])
    _let_expire(person, by, today)
    team = team_of(person.pk, today)
    if team is None or team.pk != agreement.team_id:
        people.join_team(person_id=person.pk, team_id=agreement.team_id, on=today, actor=by.actor)
    try:
        evidence.enrol(
            person_id=person.pk,
            kind=ENROLMENT,
            start_on=agreement.start_on,
            value=agreement.end_on.isoformat(),
            actor=by.actor,
            recorded_by=by.staff_id,
            today=today,
        )
    except evidence.EvidenceError as impossible:
        raise AgreementError(impossible.sentence, "start_on") from impossible
    agreement.has_begun = True
    agreement.save(update_fields=["has_begun"])
    refresh_person(person_id=person.pk, today=today, actor=by.actor)


def _let_expire(person: Person, by: By, today: date) -> None:
    """What is over closes now where the night has not been there yet: the next one begins."""
    for former in _binding(person):
        if former.state == rules.ACTIVE and former.has_begun and former.last_on < today:
            is_renewed = former.followers.filter(state=rules.ACTIVE).exists()
            _end_enrolment(person, former, rules.TERM_OVER, by)
            to = rules.RENEWED if is_renewed else rules.EXPIRED
            _go(former, person, to, rules.TERM_OVER, by, on=former.last_on, token=uuid4())


def _require(agreement: Agreement, to: str, reason: str, note: str) -> None:
    if not rules.may_become(agreement.state, to):
        raise AgreementError(_NOT_ANY_MORE)
    if not rules.may_become_for(agreement.state, to, reason):
        raise AgreementError(_("Choose one of the reasons that are offered."), "reason")
    if reason in rules.NEEDS_WORDS and not note.strip():
        raise AgreementError(_("Say in a few words why."), "note")


def _go(
    agreement: Agreement, person: Person, to: str, reason: str, by: By, *, on: date, token: UUID, note: str = ""
) -> None:
    """Write the state, its step and the line in the trail. Raises AgreementError when there is no such step."""
    if not rules.may_become_for(agreement.state, to, reason):
        raise AgreementError(_NOT_ANY_MORE)
    before, agreement.state, agreement.since = agreement.state, to, clock.now()
    agreement.save(update_fields=["state", "since", "last_on"])
    _add_step(agreement, before, to, reason, by, on=on, token=token, note=note)
    detail = {"agreement": agreement.pk, "state": to, "reason": reason}
    audit.record(STEPPED, actor=by.actor, person_id=person.pk, detail=detail)


def _add_step(
    agreement: Agreement, before: str, to: str, reason: str, by: By, *, on: date, token: UUID, note: str = ""
) -> None:
    AgreementStep.objects.create(
        agreement=agreement,
        person_id=agreement.person_id,
        from_state=before,
        to_state=to,
        at=clock.now(),
        on=on,
        reason=reason,
        note=note.strip()[:500],
        by_id=by.staff_id,
        team_id=agreement.team_id,
        token=token,
    )


def _signed_by_resident(agreement: Agreement, wish: Wish) -> None:
    _signature(
        agreement, Signature.Party.RESIDENT, agreement.signer_name, wish.method, certificate_no=wish.certificate_no
    )


def _signature(
    agreement: Agreement, party: str, name: str, method: str, *, staff_id: int | None = None, certificate_no: str = ""
) -> None:
    Signature.objects.create(
        agreement=agreement,
        person_id=agreement.person_id,
        party=party,
        name=name,
        staff_id=staff_id,
        method=method,
        at=clock.now(),
        sha256=text.sha256_of(agreement.text),
        certificate_no=certificate_no,
    )
