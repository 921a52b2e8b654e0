"""Writes: all agreements of some teams that end in a window are renewed in one run, batch by batch.

A batch is one transaction under the locks of its people, teams and agreements: the rows with number, text and
fingerprint, steps, signatures, evidence, the trail, whom it left out, and how far the run has come. A run that was cut
off goes on after its last whole batch; two workers at one run come one after the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.db import connection, transaction
from django.db.models import Model
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.agreements import queries, text
from jinxiu.agreements import rules as agreements
from jinxiu.agreements.actions import SOURCE, AgreementError, By
from jinxiu.agreements.models import Agreement, AgreementStep, RenewalLeftOut, RenewalRun, Signature
from jinxiu.agreements.packages import Terms
from jinxiu.agreements.renewing import queries as renewals
from jinxiu.agreements.renewing import rules, statements
from jinxiu.agreements.renewing.rules import Carried, Former, Ground
from jinxiu.audit import actions as audit
from jinxiu.audit.origin import SYSTEM, Actor
from jinxiu.audit.sentences import define
from jinxiu.evidence.models import Event
from jinxiu.evidence.sheltered import sheltered
from jinxiu.messaging import jobs
from jinxiu.people import clock
from jinxiu.people.access import Viewer
from jinxiu.people.models import Team
from jinxiu.people.queries import team_members
from jinxiu.people.restricting.kinds import CLOSED_TO_CARE

STARTED = define(
    "renewals.started", _("%(actor)s began to renew the agreements that end from %(first)s to %(last)s (run %(run)s).")
)
RENEWED = define(
    "agreement.renewed_as_agreed",
    _("%(actor)s renewed agreement %(former)s of %(person)s as agreed, as %(agreement)s."),
)
DONE = define("renewals.done", _("%(actor)s finished run %(run)s: %(renewed)s agreements renewed."))
READ = define("renewals.read", _("%(actor)s read whom run %(run)s left out (%(reason)s): %(people)s people."))

BATCH = 2_000  # agreements in one transaction
_PROGRAMMES = ("hypertension", "diabetes", "pregnancy")  # those that make somebody one of a group of packages
Progress = Callable[[str, float], None]


@transaction.atomic
def start(
    *, by: By, today: date, team_ids: Iterable[int], first_on: date, last_on: date, token: UUID, queued: bool = False
) -> RenewalRun:
    """Begin a run over teams for the agreements whose last day lies in the window; or find the one that was cut off.

    Nothing is renewed yet: `carry_on` does it, or the worker where it is `queued`. Raises AgreementError for a window
    that is none, is past, or reaches further than agreements can be renewed.
    """
    teams = sorted(set(team_ids))
    before = RenewalRun.objects.filter(token=token).first()
    if before is not None:
        return before
    check(team_ids=teams, first_on=first_on, last_on=last_on, today=today)
    with connection.cursor() as cursor:  # of two at once, the second finds the first's
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [rules.RENEW])
    run = RenewalRun.objects.filter(teams=teams, first_on=first_on, last_on=last_on, done_at__isnull=True).first()
    if run is None:
        run = RenewalRun.objects.create(
            token=token,
            asked_by_id=by.staff_id,
            role=by.actor.role,
            asked_at=clock.true_now(),
            moved_on_at=clock.true_now(),
            teams=teams,
            first_on=first_on,
            last_on=last_on,
            total=renewals.ending(teams, first_on, last_on)[0],
        )
        days = {"first": first_on.isoformat(), "last": last_on.isoformat()}
        audit.record(STARTED, actor=by.actor, detail={"run": run.pk, "teams": len(teams), **days})
    if queued:
        jobs.put(rules.RENEW, run_id=run.pk)
    return run


def check(*, team_ids: Collection[int], first_on: date, last_on: date, today: date) -> None:
    """Refuse a window that cannot be renewed. Raises AgreementError."""
    terms = _terms(today)
    furthest = today + timedelta(days=terms.renew_days)
    if not team_ids:
        raise AgreementError(_("Choose at least one team."), "teams")
    if first_on < today:
        raise AgreementError(
            _("What has ended is not renewed without a signature; choose today or a later day."), "first_on"
        )
    if last_on < first_on:
        raise AgreementError(_("The last day lies before the first one; choose a later one."), "last_on")
    if last_on > furthest:
        raise AgreementError(
            _("An agreement is renewed at most %(days)s days before its last day; choose %(furthest)s or earlier.")
            % {"days": terms.renew_days, "furthest": furthest.isoformat()},
            "last_on",
        )


def _terms(today: date) -> Terms:
    terms = queries.terms_on(today)
    if terms is None:
        raise AgreementError(_("There is no text to sign on this day; the operator installs one (JINXIU_PACKAGES)."))
    return terms


@transaction.atomic
def queue(*, run_id: int) -> None:
    """Let the worker go on with a run; one that is done stays as it is."""
    RenewalRun.objects.filter(pk=run_id, done_at__isnull=True).update(moved_on_at=clock.true_now())
    jobs.put(rules.RENEW, run_id=run_id)


def left_out_read(*, viewer: Viewer, run: RenewalRun, reason: str, people: int) -> None:
    """Write down that somebody read whom a run left out."""
    audit.record(READ, actor=viewer.actor, detail={"run": run.pk, "reason": reason, "people": people})


def carry_on(*, run_id: int, today: date, progress: Progress | None = None) -> RenewalRun:
    """Go through a run to its end, batch after batch, from where it stands."""
    while True:
        run = step(run_id=run_id, today=today)
        if progress is not None:
            done = run.renewed + sum(run.left_out.values())
            progress("", done / max(run.total, done, 1))
        if run.done_at is not None:
            return run


@transaction.atomic
def step(*, run_id: int, today: date, queued: bool = False) -> RenewalRun:
    """Do the next batch of a run; where it is `queued` and not at its end, the worker does the one after it."""
    run = RenewalRun.objects.select_for_update(no_key=True, of=("self",)).select_related("asked_by").get(pk=run_id)
    if run.done_at is not None:
        return run
    batch = _locked_batch(run)
    if batch:
        _renew(run, batch, today)
        run.after_id = batch[-1]
    else:
        run.done_at = clock.true_now()
        audit.record(DONE, actor=actor_of(run), detail={"run": run.pk, "renewed": run.renewed})
    run.moved_on_at = clock.true_now()
    run.save()
    if queued and run.done_at is None:
        jobs.put(rules.RENEW, run_id=run.pk)
    return run


def actor_of(run: RenewalRun) -> Actor:
    """Who asked for a run, as the trail names them."""
    return Actor(run.asked_by.user_id, run.asked_by.name, run.role) if run.asked_by else SYSTEM


def _locked_batch(run: RenewalRun) -> list[int]:
    """The next agreements by id, their people locked as every writer locks them, then they themselves."""
    window: dict[str, Any] = {
        "first": run.first_on,
        "last": run.last_on,
        "teams": run.teams,
        "after": run.after_id,
        "limit": BATCH,
    }
    locked: set[int] = set()
    with connection.cursor() as cursor:
        while True:
            cursor.execute(statements.NEXT, window)
            found = cursor.fetchall()
            if locked >= {person_id for _id, person_id in found}:
                break
            locked = {person_id for _id, person_id in found}
            cursor.execute(statements.LOCK_PEOPLE, [sorted(locked)])
        ids = [agreement_id for agreement_id, _person in found]
        cursor.execute(statements.LOCK_AGREEMENTS, [ids])
    return ids


# --- a batch ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Team:
    row: Team
    doctors: tuple[int, ...]
    names: dict[int, str]


def _renew(run: RenewalRun, agreement_ids: Sequence[int], today: date) -> None:
    formers = _formers(agreement_ids, today)
    teams = _teams({one.team_id for one in formers}, today)
    ground = Ground(today, _terms(today), _lock_open_teams(teams, today))
    catalogue = queries.catalogue()

    @cache
    def carried(keys: tuple[str, ...], day: date, groups: frozenset[str]) -> Carried:
        return rules.carry(keys, catalogue, day, groups)

    seen: set[int] = set()
    into: list[tuple[Former, Carried]] = []
    left: list[tuple[Former, str]] = []
    for former in formers:
        day = former.last_on + agreements.DAY
        groups = agreements.groups_of(former.birth_date, former.programmes, day)
        goes_on = carried(former.packages, day, groups)
        reason = rules.OTHER if former.person_id in seen else rules.why_left_out(former, goes_on, ground)
        if reason:
            left.append((former, reason))
        else:
            seen.add(former.person_id)
            into.append((former, goes_on))
    _write(run, into, teams, ground)
    _leave_out(run, left)


def _formers(agreement_ids: Sequence[int], today: date) -> list[Former]:
    values: dict[str, Any] = {
        "agreements": list(agreement_ids),
        "today": today,
        "programmes": [one for one in _PROGRAMMES if one not in sheltered().enrolments],
        "closed": list(CLOSED_TO_CARE),
        "source": SOURCE,
        "years": rules.YEARS,
    }
    with connection.cursor() as cursor:
        cursor.execute(statements.FORMER, values)
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        row |= {name: tuple(row[name]) for name in ("packages", "documents")}
        row |= {name: frozenset(row[name]) for name in ("consents", "programmes")}
    return [Former(**row) for row in rows]


def _teams(team_ids: Iterable[int], today: date) -> dict[int, _Team]:
    found = {}
    for row in Team.objects.filter(pk__in=team_ids).select_related("institution"):
        doctors = [one for one in team_members(row.pk, today) if one.role == "doctor"]
        ids = tuple(one.staff_id for one in doctors)
        found[row.pk] = _Team(row, ids, {one.staff_id: one.name for one in doctors})
    return found


def _lock_open_teams(team_ids: Iterable[int], today: date) -> frozenset[int]:
    with connection.cursor() as cursor:
        cursor.execute(statements.LOCK_OPEN_TEAMS, {"teams": sorted(team_ids), "today": today})
        return frozenset(one for (one,) in cursor.fetchall())


def _write(run: RenewalRun, into: Sequence[tuple[Former, Carried]], teams: dict[int, _Team], ground: Ground) -> None:
    """The rows of a batch, streamed into their tables."""
    now, actor = clock.now(), actor_of(run)
    made = [
        _agreement(run, number, former, goes_on, teams[former.team_id], ground, now)
        for number, (former, goes_on) in zip(_ids(len(into)), into, strict=True)
    ]
    _copy(Agreement, made)
    _copy(AgreementStep, (_step(run, one, goes_on, now) for one, (_f, goes_on) in zip(made, into, strict=True)))
    _copy(Signature, (_signature(run, one, teams[one["team_id"]], now) for one in made))
    _copy(Event, (_offer(former, ground.today, now) for former, _c in into if not former.is_offered))
    lines = ((one["person_id"], {"agreement": one["id"], "former": one["follows_id"]}) for one in made)
    audit.record_many(RENEWED, actor=actor, lines=lines)
    run.renewed += len(made)
    run.dropped = dict(Counter(run.dropped) + Counter(key for _f, goes_on in into for key in goes_on.gone))


def _leave_out(run: RenewalRun, left: Sequence[tuple[Former, str]]) -> None:
    rows = [
        {"run_id": run.pk, "agreement_id": former.id, "person_id": former.person_id, "reason": reason}
        for former, reason in left
    ]
    _copy(RenewalLeftOut, rows)
    run.left_out = dict(Counter(run.left_out) + Counter(reason for _former, reason in left))


def _ids(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statements.IDS, [count])
        return [number for (number,) in cursor.fetchall()]


def _agreement(
    run: RenewalRun, number: int, former: Former, goes_on: Carried, team: _Team, ground: Ground, now: datetime
) -> dict[str, Any]:
    start_on = former.last_on + agreements.DAY
    end_on = agreements.last_day(start_on, rules.YEARS)
    institution = team.row.institution
    contract_no = agreements.contract_no(institution.code, start_on, number)
    doctor_id = former.doctor_id if former.doctor_id in team.doctors else next(iter(team.doctors), None)
    parties = text.Parties(
        institution=institution.name,
        team=team.row.name,
        doctor=team.names.get(doctor_id, "") if doctor_id else "",
        phone=team.row.phone or institution.phone,
        name=former.name,
        sex=former.sex,
        birth_date=former.birth_date,
        documents=former.documents,
        signs_as=former.signs_as,
        signer_name=former.signer_name,
        relation=former.relation,
        as_agreed_in=former.contract_no,
    )
    terms = queries.catalogue().terms(former.terms_version) or ground.terms  # the text that was read and agreed to
    consents = sorted(former.consents & {one.id for one in terms.consents})
    words = text.text_of(contract_no, parties, goes_on.packages, (start_on, end_on), terms, consents)
    return {
        "id": number,
        "contract_no": contract_no,
        "person_id": former.person_id,
        "household_id": former.household_id,
        "signs_as": former.signs_as,
        "signer_name": former.signer_name,
        "relation": former.relation,
        "institution_id": institution.pk,
        "team_id": former.team_id,
        "doctor_id": doctor_id,
        "packages": [one.key for one in goes_on.packages],
        "start_on": start_on,
        "end_on": end_on,
        "last_on": end_on,
        "counted_from": start_on,
        "nature": agreements.RENEWAL,
        "follows_id": former.id,
        "channel": rules.CHANNEL,
        "terms_version": terms.version,
        "consents": consents,
        "text": words,
        "signed_on": ground.today,
        "state": agreements.ACTIVE,
        "since": now,
        "has_begun": False,
        "token": uuid5(run.token, str(former.id)),
    }


def _without(keys: Sequence[str]) -> str:
    """Which packages did not go on, in a step's note, which is Chinese like the text of an agreement."""
    if not keys:
        return ""
    gone = [queries.catalogue().package(key) for key in keys]
    with translation.override("zh-hans"):
        names = gettext("; ").join(one.title.zh if one else key for one, key in zip(gone, keys, strict=True))
        return gettext("Without: %(packages)s") % {"packages": names}


def _step(run: RenewalRun, made: dict[str, Any], goes_on: Carried, now: datetime) -> dict[str, Any]:
    return {
        "agreement_id": made["id"],
        "person_id": made["person_id"],
        "from_state": "",
        "to_state": agreements.ACTIVE,
        "at": now,
        "on": made["signed_on"],
        "reason": agreements.AS_AGREED,
        "note": _without(goes_on.gone)[:500],
        "by_id": run.asked_by_id,
        "team_id": made["team_id"],
        "token": uuid4(),
    }


def _signature(run: RenewalRun, made: dict[str, Any], team: _Team, now: datetime) -> dict[str, Any]:
    """The institution signs, as party A; the resident does not sign again."""
    return {
        "agreement_id": made["id"],
        "person_id": made["person_id"],
        "party": Signature.Party.TEAM.value,
        "name": team.row.institution.name,
        "staff_id": run.asked_by_id,
        "method": agreements.ELECTRONIC,
        "at": now,
        "sha256": text.sha256_of(made["text"]),
        "certificate_no": "",
    }


def _offer(former: Former, today: date, now: datetime) -> dict[str, Any]:
    """What the standard of agreements reads: the renewal was offered. What is due then, the night works out.

    Nobody recorded it by hand: it is no work of whoever asked for the run, and no record of the day.
    """
    return {
        "person_id": former.person_id,
        "kind": queries.RENEWAL_OFFERED,
        "happened_on": today,
        "mode": Event.Mode.ONLINE.value,
        "setting": "",
        "form_id": "",
        "form_version": "",
        "answers": "{}",
        "reason": "",
        "recorded_by_id": None,
        "recorded_at": now,
        "source_system": SOURCE,
        "source_id": f"{former.id}/renewal",
    }


def _copy(model: type[Model], rows: Iterable[dict[str, Any]]) -> None:
    """Stream rows of the same columns into a table."""
    ordered = iter(rows)
    first = next(ordered, None)
    if first is None:
        return
    quote = connection.ops.quote_name
    into = f"COPY {quote(model._meta.db_table)} ({', '.join(map(quote, first))}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(into) as copy:
        copy.write_row(tuple(first.values()))
        for row in ordered:
            copy.write_row(tuple(row.values()))
