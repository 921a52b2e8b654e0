"""Writes: what was paid, scores by hand, a month worked out, approved and frozen, and what corrects it later.

Everything about an institution's money happens under the lock of that institution, one after the other, so two people
at once find one state, and the second one gets a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.sentences import define
from jinxiu.documents.cells import Value
from jinxiu.documents.excel import marked_workbook
from jinxiu.pay import fees, formula, queries
from jinxiu.pay.access import institution_for
from jinxiu.pay.models import ManualScore, PayApproval, PayCorrection, PayLine, Payment, PayRun
from jinxiu.pay.queries import WorkedOut
from jinxiu.pay.rules import CENTRE, FROZEN
from jinxiu.pay.scheme import Scheme
from jinxiu.people import clock
from jinxiu.people.access import Viewer, require
from jinxiu.people.actions import PeopleError
from jinxiu.people.models import Institution
from jinxiu.people.roles import EXPORT_RECORDS
from jinxiu.people.wording import named
from jinxiu.ui.templatetags.jinxiu import day_text

PAID = define("pay.paid", _("%(actor)s wrote down that %(payer)s paid %(fen)s fen for %(month)s."))
TAKEN_BACK = define("pay.payment_corrected", _("%(actor)s corrected payment %(payment)s by %(fen)s fen."))
SCORED = define("pay.scored", _("%(actor)s scored %(item)s of %(month)s by hand: %(score)s."))
WORKED_OUT = define("pay.worked_out", _("%(actor)s worked out the pay of %(month)s: %(lines)s lines."))
APPROVED = define("pay.approved", _("%(actor)s approved the pay of %(month)s."))
FROZE = define("pay.frozen", _("%(actor)s approved the pay of %(month)s as the second one; it is frozen."))
CORRECTED = define(
    "pay.corrected", _("%(actor)s corrected the pay of staff member %(staff)s for %(of_month)s by %(fen)s fen.")
)
SEEN = define("pay.seen", _("%(actor)s saw the pay of %(month)s of the institution %(institution)s."))
STAFF_SEEN = define("pay.staff_seen", _("%(actor)s saw how the pay of staff member %(staff)s for %(month)s was made."))
LISTED = define("pay.people_listed", _("%(actor)s saw %(rows)s of the people whose agreements are owed fees."))
EXPORTED = define("pay.exported", _("%(actor)s exported %(table)s: %(rows)s rows; the reason: %(reason)s."))

_APPROVALS = 2


class PayError(PeopleError):
    """Something about money that cannot be; `field` names what was wrong ("" for all of it)."""

    def __init__(self, sentence: str | Promise, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


# --- what was paid ----------------------------------------------------------------------------------------------------


@transaction.atomic
def record_payment(
    *,
    viewer: Viewer,
    institution_id: int,
    payer: str,
    month: date,
    received_on: date,
    fen: int,
    words: str,
    token: UUID,
) -> Payment:
    """Write down what a payer paid for a month; the same `token` again changes nothing. Raises PayError."""
    institution = _locked(viewer, institution_id)
    if before := Payment.objects.filter(token=token).first():
        return before
    if received_on > viewer.today:
        raise PayError(_("This day is in the future; choose today or an earlier day."), "received_on")
    payment = Payment.objects.create(
        institution=institution,
        payer=payer,
        month=month,
        received_on=received_on,
        fen=fen,
        words=words,
        by_id=_staff(viewer),
        at=clock.now(),
        token=token,
    )
    audit.record(PAID, actor=viewer.actor, detail={"payer": payer, "fen": fen, "month": f"{month:%Y-%m}"})
    return payment


@transaction.atomic
def correct_payment(*, viewer: Viewer, payment: Payment, fen: int, words: str, token: UUID) -> Payment:
    """Take some or all of a payment back, with a reason, as a line of its own. Raises PayError."""
    institution = _locked(viewer, payment.institution_id)
    if before := Payment.objects.filter(token=token).first():
        return before
    left = queries.left_of(payment)
    if not 0 < fen <= left:
        sentence = _("Of this payment ¥%(left)s is left; take back more than nothing and no more than that.")
        raise PayError(sentence % {"left": f"{left / 100:.2f}"}, "fen")
    correction = Payment.objects.create(
        institution=institution,
        payer=payment.payer,
        month=payment.month,
        received_on=viewer.today,
        fen=-fen,
        corrects=payment,
        words=words,
        by_id=_staff(viewer),
        at=clock.now(),
        token=token,
    )
    audit.record(TAKEN_BACK, actor=viewer.actor, detail={"payment": payment.pk, "fen": -fen})
    return correction


# --- a month ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def compute(*, viewer: Viewer, institution_id: int, month: date) -> PayRun:
    """Work a month out, as a new draft or in place of the one that is there, whose approvals count no more.

    Raises PayError for a frozen month, one that has not begun, and one without rules.
    """
    institution = _locked(viewer, institution_id)
    if month > viewer.today:
        raise PayError(_("This month has not begun yet; choose this month or an earlier one."), "month")
    return _compute(viewer, institution, month)


def _compute(viewer: Viewer, institution: Institution, month: date) -> PayRun:
    run = queries.run_of(institution.pk, month)
    _require_draft(run)
    scheme = queries.scheme_of(month)
    if scheme is None:
        raise PayError(_("There are no rules of pay for this month; the operator installs them (JINXIU_PAY)."), "month")
    found = queries.work_out(institution, month, scheme)
    pot, left = found.known.pot, found.outcome.left
    corrections = queries.corrections_in(institution.pk, month)
    values = {
        "version": scheme.version,
        "owed_fen": sum(found.owed.values()),
        "pot_fen": pot,
        "shared_fen": pot - left,
        "left_fen": left,
        "corrected_fen": sum(one.fen for one in corrections),
        "figures": {**formula.figures_of(found.outcome), "payers": dict(found.owed), "percent": scheme.staff_percent},
        "computed_by_id": _staff(viewer),
        "computed_at": clock.now(),
    }
    if run is None:
        run = PayRun.objects.create(institution=institution, month=month, **values)
    else:
        PayLine.objects.filter(run=run).delete()
        PayRun.objects.filter(pk=run.pk).update(revision=run.revision + 1, **values)
        run.refresh_from_db()
    made = _lines(run, found, scheme) + [_line_of(run, one) for one in corrections]
    PayLine.objects.bulk_create(made, batch_size=500)
    audit.record(WORKED_OUT, actor=viewer.actor, detail={"month": f"{month:%Y-%m}", "lines": len(made), "run": run.pk})
    return run


def _lines(run: PayRun, found: WorkedOut, scheme: Scheme) -> list[PayLine]:
    return [
        PayLine(
            run=run,
            staff_id=share.staff,
            team_id=None if share.result.unit == CENTRE else share.result.unit,
            item=share.result.item,
            part=share.part,
            fen=share.fen,
            formula=formula.formula_of(share, found.known, scheme),
        )
        for share in found.outcome.shares
    ]


def _line_of(run: PayRun, one: PayCorrection) -> PayLine:
    kept = {"of_month": f"{one.of_month:%Y-%m}", "reason": one.reason}
    return PayLine(run=run, staff_id=one.staff_id, correction=one, fen=one.fen, formula=kept)


@transaction.atomic
def approve(*, viewer: Viewer, run: PayRun, revision: int) -> PayRun:
    """Approve what stands in a month's revision; the second approval, by somebody else, freezes it.

    Nobody approves a month that gives them money. Raises PayError.
    """
    _locked(viewer, run.institution_id)
    run = PayRun.objects.select_related("computed_by").get(pk=run.pk)
    _require_draft(run)
    _require_may_approve(viewer, run, revision)
    PayApproval.objects.create(run=run, revision=run.revision, by_id=_staff(viewer), at=clock.now())
    freezes = len(queries.approvals_of(run)) >= _APPROVALS
    if freezes:
        run.state, run.frozen_at = FROZEN, clock.now()
        run.save(update_fields=["state", "frozen_at"])
    detail = {"month": f"{run.month:%Y-%m}", "run": run.pk, "revision": run.revision}
    audit.record(FROZE if freezes else APPROVED, actor=viewer.actor, detail=detail)
    return run


def _require_draft(run: PayRun | None) -> None:
    if run is not None and run.state == FROZEN:
        raise PayError(
            _("This month is frozen and stays as it is; what was wrong in it is corrected with a later month.")
        )


def _require_may_approve(viewer: Viewer, run: PayRun, revision: int) -> None:
    if revision != run.revision:
        sentence = _("%(name)s has worked this month out again since; look at it once more, then approve.")
        raise PayError(sentence % {"name": named(run.computed_by)})
    if queries.last_day(run.month) >= viewer.today:
        sentence = _("This month is not over yet; it can be approved from %(day)s on.")
        raise PayError(sentence % {"day": day_text(queries.last_day(run.month) + fees.DAY)})
    if queries.is_given(run, _staff(viewer)):
        raise PayError(_("This month gives money to you, so two other managers approve it."))
    if any(one.by_id == viewer.staff_id for one in queries.approvals_of(run)):
        raise PayError(_("You have approved this already; the second approval is another manager's."))


# --- scores by hand and corrections -----------------------------------------------------------------------------------


@transaction.atomic
def score(
    *,
    viewer: Viewer,
    run: PayRun,
    team_id: int | None,
    item_id: str,
    score: Decimal,
    reason: str,
    supersedes_id: int | None,
) -> PayRun:
    """Score an item of a unit by hand, and work the month out again. `supersedes_id` is the score that was shown; where
    somebody changed it meanwhile nothing is changed. Raises PayError."""
    institution = _locked(viewer, run.institution_id)
    _require_draft(queries.run_of(institution.pk, run.month))
    scheme = queries.scheme_of(run.month)
    item = scheme.item(item_id) if scheme else None
    if item is None or Fraction(score) > item.manual:
        most = f"{float(item.manual):g}" if item else "0"
        raise PayError(_("Of this item at most %(most)s is scored by hand.") % {"most": most}, "score")
    there = {(one.team_id, one.item): one.pk for one in queries.scores_by_hand(institution.pk, run.month)}
    if there.get((team_id, item_id)) != supersedes_id:
        raise PayError(_("Somebody has scored this meanwhile; look at it again. Nothing was changed."))
    ManualScore.objects.create(
        institution=institution,
        team_id=team_id,
        month=run.month,
        item=item_id,
        score=score,
        reason=reason,
        by_id=_staff(viewer),
        at=clock.now(),
        supersedes_id=supersedes_id,
    )
    detail = {"item": item_id, "month": f"{run.month:%Y-%m}", "score": str(score), "team": team_id}
    audit.record(SCORED, actor=viewer.actor, detail=detail)
    return _compute(viewer, institution, run.month)


@transaction.atomic
def correct(*, viewer: Viewer, run: PayRun, staff_id: int, fen: int, reason: str, token: UUID) -> PayCorrection:
    """Give somebody more (or less) for a frozen month, with the first later month that is not frozen; a draft of that
    month is worked out again. Raises PayError."""
    institution = _locked(viewer, run.institution_id)
    if before := PayCorrection.objects.filter(token=token).first():
        return before
    if run.state != FROZEN:
        raise PayError(_("This month is a draft; work it out again instead of correcting it."))
    if fen == 0:
        raise PayError(_("A correction is more or less than nothing."), "fen")
    if staff_id == viewer.staff_id:
        raise PayError(_("Your own pay is corrected by another manager."), "staff")
    correction = PayCorrection.objects.create(
        institution=institution,
        staff_id=staff_id,
        of_month=run.month,
        month=queries.next_open_month(institution.pk, run.month),
        fen=fen,
        reason=reason,
        by_id=_staff(viewer),
        at=clock.now(),
        token=token,
    )
    detail = {"staff": staff_id, "of_month": f"{run.month:%Y-%m}", "month": f"{correction.month:%Y-%m}", "fen": fen}
    audit.record(CORRECTED, actor=viewer.actor, detail=detail)
    if queries.run_of(institution.pk, correction.month):
        _compute(viewer, institution, correction.month)
    return correction


# --- what was shown ---------------------------------------------------------------------------------------------------


@transaction.atomic
def note_seen(*, viewer: Viewer, run: PayRun, staff_id: int | None = None) -> None:
    """Write down that somebody saw the pay of everybody in a month, or how somebody's was made."""
    detail = {"month": f"{run.month:%Y-%m}", "institution": run.institution_id, "run": run.pk}
    if staff_id is None:
        audit.record(SEEN, actor=viewer.actor, detail=detail)
    else:
        audit.record(STAFF_SEEN, actor=viewer.actor, detail=detail | {"staff": staff_id})


@transaction.atomic
def note_people(*, viewer: Viewer, people: Sequence[int]) -> None:
    """Write down that somebody saw who stands behind a sum that is owed."""
    audit.record(LISTED, actor=viewer.actor, detail={"rows": len(people), "people": [*people]})


@transaction.atomic
def export(*, viewer: Viewer, name: str, title: str, table: Sequence[Sequence[Value]], reason: str) -> bytes:
    """A table (its first row are the heads) as an Excel file, marked with who made it, when and why.

    Raises PermissionDenied.
    """
    require(viewer, EXPORT_RECORDS)
    heads, *rows = table
    audit.record(EXPORTED, actor=viewer.actor, detail={"table": name, "rows": len(rows), "reason": reason})
    mark = gettext("Exported by %(name)s on %(day)s for: %(reason)s. Confidential; pass it on to nobody else.")
    mark %= {"name": viewer.name, "day": viewer.today.isoformat(), "reason": reason}
    return marked_workbook(title, heads, rows, mark)


def _locked(viewer: Viewer, institution_id: int) -> Institution:
    """The institution, whose money nobody else changes until this transaction ends. Raises PermissionDenied."""
    institution = institution_for(viewer, institution_id)
    return Institution.objects.select_for_update(no_key=True).get(pk=institution.pk)


def _staff(viewer: Viewer) -> int:
    if viewer.staff_id is None:
        raise PermissionDenied
    return viewer.staff_id
