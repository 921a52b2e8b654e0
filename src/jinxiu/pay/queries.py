"""Reads: the rules of pay, what is owed and was paid, what a month is worked out from, and what came of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from jinxiu.agreements.models import Agreement, AgreementStep
from jinxiu.agreements.packages import Package
from jinxiu.agreements.queries import KEPT_OF_OUTER, catalogue
from jinxiu.agreements.rules import ACTIVE, ENDED, MISTAKE, TEAM_CHANGED
from jinxiu.evidence.models import Event
from jinxiu.indicators.models import StoredFigure
from jinxiu.pay import fees, rules, scheme, scheme_files
from jinxiu.pay.fees import Parts, Stretch
from jinxiu.pay.models import ManualScore, PayApproval, PayCorrection, PayLine, Payment, PayRun
from jinxiu.pay.rules import CENTRE, FROZEN, Known, Outcome, Post, Score, Work
from jinxiu.pay.scheme import Scheme
from jinxiu.people import access
from jinxiu.people.access import Viewer
from jinxiu.people.models import Institution, Person, Staff, StaffAssignment, Team, TeamMembership
from jinxiu.people.roles import ROLES, SEE_PEOPLE
from jinxiu.standards.codes import installed as installed_codes
from jinxiu.standards.days import months_after
from jinxiu.standards.measures.catalogue import installed as installed_measures


@cache
def schemes() -> tuple[Scheme, ...]:
    """All rules of pay of this installation. Raises StandardError when a file cannot be read."""
    measures = {one.id for one in installed_measures().all()}
    packages = {one.id for one in catalogue().packages}
    return scheme_files.read_schemes(settings.JINXIU_PAY, installed_codes(), measures, packages, ROLES)


def scheme_of(month: date) -> Scheme | None:
    """The rules of pay of a month."""
    return scheme.in_force(schemes(), month)


def last_day(month: date) -> date:
    """The last day of a month."""
    return months_after(month, 1) - fees.DAY


# --- what is owed -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FeeLine:
    """What falls due of an agreement for one package by one payer, in fen, while it is with one team."""

    agreement_id: int
    team_id: int
    package: str
    payer: str
    fen: int


def fee_lines(institution_id: int, since: date, until: date) -> list[FeeLine]:
    """What falls due at an institution from one day to another, by the rules of each month. Three queries."""
    teams = frozenset(Team.objects.filter(institution=institution_id).values_list("pk", flat=True))
    packages = {one.key: one for one in catalogue().packages}
    spans = scheme.spans(schemes(), since, until)
    found = []
    for agreement, stretches in _agreements(institution_id, since, until):
        bought = [packages[key] for key in agreement["packages"] if key in packages]
        for team_id, stretch in stretches:
            if team_id in teams:
                parts = [part for span in spans for part in fees.parts_due(stretch, *span)]
                found += [FeeLine(agreement["pk"], team_id, *one) for one in _by_payer(bought, parts)]
    return found


def _by_payer(packages: Iterable[Package], parts: Sequence[Parts]) -> Iterable[tuple[str, str, int]]:
    for package in packages:
        for payer in package.payers:
            if fen := sum(one.of(payer.fen) for one in parts):
                yield package.key, payer.payer, fen


def _agreements(
    institution_id: int, since: date, until: date
) -> Iterable[tuple[Mapping[str, Any], list[tuple[int, Stretch]]]]:
    """The agreements that were in force there in a time, each with its stretches by team; none entered by mistake."""
    mistaken = AgreementStep.objects.filter(agreement=OuterRef("pk"), reason=MISTAKE)
    moved = AgreementStep.objects.filter(reason=TEAM_CHANGED).values("agreement")
    rows = Agreement.objects.filter(
        ~Exists(mistaken),
        Q(institution=institution_id) | Q(pk__in=moved),
        state__in=(ACTIVE, *ENDED),
        start_on__lte=until,
        last_on__gte=since,
    )
    changes = _changes(rows.filter(pk__in=moved))
    for row in rows.order_by("pk").values("pk", "team_id", "packages", "start_on", "last_on", "counted_from"):
        yield row, _stretches(row, changes.get(row["pk"], []))


def _changes(agreements: QuerySet[Agreement]) -> dict[int, list[tuple[date, int]]]:
    """Of agreements that changed teams: each team with its first day, the first one first."""
    found: dict[int, list[tuple[date, int]]] = defaultdict(list)
    steps = AgreementStep.objects.filter(agreement__in=agreements).order_by("pk")
    for agreement_id, on, team_id, reason in steps.values_list("agreement", "on", "team", "reason"):
        if not found[agreement_id] or reason == TEAM_CHANGED:
            found[agreement_id].append((on, team_id))
    return found


def _stretches(row: Mapping[str, Any], changes: Sequence[tuple[date, int]]) -> list[tuple[int, Stretch]]:
    start, last, counted = row["start_on"], row["last_on"], row["counted_from"]
    if not changes:
        return [(row["team_id"], Stretch(counted, start, last))]
    days = [start, *(max(on, start) for on, _team in changes[1:]), last + fees.DAY]
    return [
        (team_id, Stretch(counted, first, min(end - fees.DAY, last)))
        for (_on, team_id), (first, end) in zip(changes, pairwise(days), strict=True)
    ]


def received(institution_id: int, first: date, last: date) -> dict[str, int]:
    """What each payer paid for the months from one to another, in fen."""
    rows = Payment.objects.filter(institution=institution_id, month__range=(first, last))
    return dict(rows.values_list("payer").annotate(Sum("fen")))


def payments_of(institution_id: int, first: date, last: date) -> list[Payment]:
    """The payments for some months with their corrections, the latest first."""
    rows = Payment.objects.filter(institution=institution_id, month__range=(first, last))
    return list(rows.select_related("by", "corrects").order_by("-month", "-pk"))


def left_of(payment: Payment) -> int:
    """What a payment comes to after its corrections, in fen."""
    return payment.fen + (payment.corrections.aggregate(fen=Sum("fen"))["fen"] or 0)


@dataclass(frozen=True, slots=True)
class Behind:
    """An agreement behind a sum; no person where the viewer may not see that one today."""

    agreement_id: int
    contract_no: str
    person: Person | None
    start_on: date
    last_on: date
    fen: int


def people_behind(viewer: Viewer, owed: dict[int, int], after: int, limit: int) -> list[Behind]:
    """The agreements behind a sum (fen by agreement) by number, with the people whom the viewer may see."""
    ids = sorted(one for one in owed if one > after)[:limit]
    rows = list(Agreement.objects.filter(pk__in=ids).select_related("person").order_by("pk"))
    kept = {row.person.merged_into_id or row.person_id for row in rows}
    seen = {one.pk: one for one in access.people_for(viewer, SEE_PEOPLE).filter(pk__in=kept)}
    return [
        Behind(
            agreement_id=row.pk,
            contract_no=row.contract_no,
            person=seen.get(row.person.merged_into_id or row.person_id),
            start_on=row.start_on,
            last_on=row.last_on,
            fen=owed[row.pk],
        )
        for row in rows
    ]


def contract_numbers(agreement_ids: Iterable[int]) -> dict[int, str]:
    """The numbers of agreements."""
    return dict(Agreement.objects.filter(pk__in=list(agreement_ids)).values_list("pk", "contract_no"))


# --- what a month is worked out from ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class WorkedOut:
    """A month as its rules share it out now: owed by payer in fen, what it was made from, what came of it."""

    owed: Mapping[str, int]
    known: Known
    outcome: Outcome


def work_out(institution: Institution, month: date, scheme: Scheme) -> WorkedOut:
    """Work a month out of what is known now; nothing is written."""
    owed: Counter[str] = Counter()
    for line in fee_lines(institution.pk, month, last_day(month)):
        owed[line.payer] += line.fen
    known = known_of(institution, month, scheme, fees.staff_part(owed.total(), scheme.staff_percent))
    return WorkedOut(owed, known, rules.share_out(known, scheme))


def known_of(institution: Institution, month: date, scheme: Scheme, pot: int) -> Known:
    """All that a month of an institution is shared out by."""
    first, last = month, last_day(month)
    posts = _posts(first, last, scheme)
    members = rules.members_of(posts, institution.pk, first, last)
    return Known(
        pot=pot,
        work=tuple(_work(institution, first, last, posts, {staff for _unit, staff in members}, scheme)),
        members=members,
        scores=_scores(institution, month, scheme),
        held=_held(institution, last),
    )


def _held(institution: Institution, day: date) -> Counter[tuple[int, str]]:
    """How many agreements are in force on a day, by team and package (its id)."""
    found: Counter[tuple[int, str]] = Counter()
    for agreement, stretches in _agreements(institution.pk, day, day):
        for team_id, stretch in stretches:
            if stretch.first <= day <= stretch.last:
                found.update((team_id, key.partition("@")[0]) for key in agreement["packages"])
    return found


def _posts(first: date, last: date, scheme: Scheme) -> dict[int, list[Post]]:
    """The roles of everybody who has a coefficient, in the days of a month, by staff."""
    roles = [role for role, coefficient in scheme.coefficients.items() if coefficient]
    rows = StaffAssignment.objects.filter(
        Q(end_on__isnull=True) | Q(end_on__gte=first), start_on__lte=last, role__in=roles
    )
    found: dict[int, list[Post]] = defaultdict(list)
    for row in rows.select_related("team"):
        found[row.staff_id].append(
            Post(
                institution=row.team.institution_id if row.team else row.institution_id or 0,
                unit=row.team_id or CENTRE,
                first=row.start_on,
                last=row.end_on or last,
                coefficient=scheme.coefficients[row.role],
            )
        )
    return found


def _work(
    institution: Institution,
    first: date,
    last: date,
    posts: dict[int, list[Post]],
    staff: set[int],
    scheme: Scheme,
) -> Iterable[Work]:
    """What the staff recorded in a month, by unit; a corrected or withdrawn event counts no more. How many of a kind
    somebody recorded tells of no person, so what is under special shelter is counted too."""
    institutions = dict(Team.objects.values_list("pk", "institution"))
    here = TeamMembership.objects.filter(
        Q(end_on__isnull=True) | Q(end_on__gte=OuterRef("happened_on")),
        person=KEPT_OF_OUTER,
        start_on__lte=OuterRef("happened_on"),
    )
    replaced = Event.objects.filter(supersedes=OuterRef("pk"))
    rows = Event.objects.filter(kind__in=scheme.events, happened_on__range=(first, last), recorded_by__in=staff)
    rows = rows.exclude(Exists(replaced)).annotate(team_id=Subquery(here.order_by("pk").values("team")[:1]))
    counts = rows.values_list("recorded_by", "kind", "mode", "happened_on", "team_id").annotate(Count("pk"))
    for one, kind, mode, day, team_id, count in counts.order_by():
        post = rules.post_on(posts[one], day, team_id, institutions.get(team_id))
        if post is not None and post.institution == institution.pk:
            yield Work(one, post.unit, kind, mode, count)


def _scores(institution: Institution, month: date, scheme: Scheme) -> dict[tuple[int, str], tuple[Score, ...]]:
    """The score sheet of each unit and item: of stored figures, and by hand. What has no figure is not scored."""
    teams = [*Team.objects.filter(institution=institution).values_list("pk", flat=True)]
    figures = _figures(month, teams, {line.measure for item in scheme.items for line in item.quality})
    by_hand = {(one.team_id or CENTRE, one.item): one.score for one in scores_by_hand(institution.pk, month)}
    found = {}
    for unit in (CENTRE, *teams):
        for item in scheme.items:
            lines = [
                Score(rules.score(*figure, one.baseline, one.score), one.score, one.measure, *figure, one.baseline)
                for one in item.quality
                if (figure := figures.get((unit, one.measure))) is not None
            ]
            if item.manual and (unit, item.id) in by_hand:
                lines.append(Score(Fraction(by_hand[unit, item.id]), item.manual))
            if lines:
                found[unit, item.id] = tuple(lines)
    return found


def _figures(month: date, teams: Iterable[int], measures: Iterable[str]) -> dict[tuple[int, str], tuple[int, int]]:
    """The stored figures of teams as (counted, of), and of all of them together for those of the centre."""
    rows = StoredFigure.objects.filter(month=month, team__in=list(teams), measure__in=list(measures))
    found: dict[tuple[int, str], tuple[int, int]] = {}
    for team_id, measure, counted, of in rows.values_list("team", "measure").annotate(Sum("counted"), Sum("of")):
        for unit in (team_id, CENTRE):
            before = found.get((unit, measure), (0, 0))
            found[unit, measure] = (before[0] + counted, before[1] + of)
    return {key: figure for key, figure in found.items() if figure[1]}


def scores_by_hand(institution_id: int, month: date) -> list[ManualScore]:
    """The scores given by hand that hold."""
    rows = ManualScore.objects.filter(institution=institution_id, month=month, successor__isnull=True)
    return list(rows.select_related("team", "by").order_by("item", "team"))


def score_history(institution_id: int, month: date) -> list[ManualScore]:
    """Every score ever given by hand for a month, the latest first."""
    rows = ManualScore.objects.filter(institution=institution_id, month=month)
    return list(rows.select_related("team", "by").order_by("-pk"))


def corrections_in(institution_id: int, month: date) -> list[PayCorrection]:
    """The corrections that are paid with a month."""
    return list(PayCorrection.objects.filter(institution=institution_id, month=month).order_by("pk"))


def next_open_month(institution_id: int, month: date) -> date:
    """The first month after one that is not frozen there."""
    frozen = set(
        PayRun.objects.filter(institution=institution_id, state=FROZEN, month__gt=month).values_list("month", flat=True)
    )
    following = months_after(month, 1)
    while following in frozen:
        following = months_after(following, 1)
    return following


# --- what came of it --------------------------------------------------------------------------------------------------


def run_of(institution_id: int, month: date) -> PayRun | None:
    """The month of an institution as it was worked out."""
    return PayRun.objects.filter(institution=institution_id, month=month).first()


def runs_of(institution_id: int) -> list[PayRun]:
    """All months of an institution that were worked out, the latest first."""
    return list(PayRun.objects.filter(institution=institution_id).select_related("computed_by").order_by("-month"))


def approvals_of(run: PayRun) -> list[PayApproval]:
    """Who approved what stands in a run now, the first one first."""
    return list(PayApproval.objects.filter(run=run, revision=run.revision).select_related("by").order_by("pk"))


def lines_of(run: PayRun, staff_id: int | None = None) -> list[PayLine]:
    """The lines of a run, or somebody's, in the order in which they were worked out."""
    rows = PayLine.objects.filter(run=run).select_related("staff", "team", "correction")
    if staff_id is not None:
        rows = rows.filter(staff=staff_id)
    return list(rows.order_by("pk"))


def is_given(run: PayRun, staff_id: int) -> bool:
    """Tell whether a run has a line of somebody."""
    return PayLine.objects.filter(run=run, staff=staff_id).exists()


def runs_with(staff_id: int) -> list[tuple[PayRun, int]]:
    """The months that have lines of somebody, the latest first, each with what they come to in fen."""
    runs = PayRun.objects.filter(lines__staff=staff_id).annotate(mine=Coalesce(Sum("lines__fen"), 0))
    return [(run, run.mine) for run in runs.select_related("institution").order_by("-month", "institution__code")]


def changed_since(run: PayRun) -> dict[int, int]:
    """How much more (or less) each member would get if a month were worked out today, corrections made for it so far
    counted in; those without a difference are left out."""
    scheme = scheme_of(run.month)
    if scheme is None:
        return {}
    now: Counter[int] = Counter()
    for share in work_out(run.institution, run.month, scheme).outcome.shares:
        now[share.staff] += share.fen
    for line in PayLine.objects.filter(run=run, correction__isnull=True):
        now[line.staff_id] -= line.fen
    for one in PayCorrection.objects.filter(institution=run.institution, of_month=run.month):
        now[one.staff_id] -= one.fen
    return {staff_id: fen for staff_id, fen in now.items() if fen}


def teams_of(institution_id: int) -> list[Team]:
    """The teams of an institution, by code."""
    return list(Team.objects.filter(institution=institution_id).order_by("code"))


def teams_by_id(team_ids: Iterable[int]) -> dict[int, Team]:
    """Teams by their id."""
    return {team.pk: team for team in Team.objects.filter(pk__in=list(team_ids))}


def staff_of(run: PayRun) -> list[Staff]:
    """Everybody who had a role there in a month, by name."""
    posts = StaffAssignment.objects.filter(
        Q(team__institution=run.institution_id) | Q(institution=run.institution_id),
        Q(end_on__isnull=True) | Q(end_on__gte=run.month),
        start_on__lte=last_day(run.month),
    )
    return list(Staff.objects.filter(pk__in=posts.values("staff")).order_by("name", "pk"))
