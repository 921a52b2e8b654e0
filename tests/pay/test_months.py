"""A month in the database: owed, worked out, approved by two, frozen for good, corrected later; two people at once."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.http import Http404

from jinxiu.agreements.actions import By, terminate
from jinxiu.agreements.models import AgreementStep
from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.evidence import actions as evidence
from jinxiu.indicators.models import StoredFigure
from jinxiu.pay import access, actions, queries
from jinxiu.pay.actions import PayError
from jinxiu.pay.models import PayApproval, PayLine, Payment, PayRun
from jinxiu.pay.rules import FROZEN
from jinxiu.people import clock
from jinxiu.people.actions import assign
from jinxiu.people.models import StaffAssignment
from tests.pay.money import NOVEMBER, OCTOBER, agreement, calendar_year, frozen, second_manager, worked_out
from tests.together import at_once
from tests.town import TODAY, Town, contact

END = date(2026, 10, 31)


def owed(town: Town, first: date = OCTOBER, last: date = END) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in queries.fee_lines(town.team1.institution_id, first, last):
        found[line.payer] = found.get(line.payer, 0) + line.fen
    return found


def share_of(run: PayRun, staff) -> int:
    return sum(line.fen for line in queries.lines_of(run, staff.pk))


# --- owed and paid ----------------------------------------------------------------------------------------------------


def test_a_month_owes_a_twelfth_by_payer(town: Town) -> None:
    calendar_year(town)
    # Of two people basic (2,000 + 1,000) and hypertension (4,000 + 6,000 + 2,000), each payer's part rounded by itself.
    assert owed(town) == {"public_health": 2 * (167 + 333), "insurance": 2 * (83 + 500), "resident": 2 * 167}
    assert sum(owed(town, date(2026, 1, 1), date(2026, 12, 31)).values()) == 2 * 15_000


def test_waiting_ended_and_never_begun(town: Town) -> None:
    year = date(2026, 1, 1), date(2026, 12, 31)
    agreement(town.chen, town.team1, *year, state="pending_team", has_begun=False)
    agreement(town.li, town.team1, *year, state="terminated", last_on=date(2026, 2, 10))
    agreement(town.wu, town.team1, *year, state="terminated", last_on=date(2025, 12, 31))
    assert sum(owed(town, *year).values()) == 2 * 15_000 // 12  # Li's January and February
    assert owed(town) == {}


def test_what_was_entered_by_mistake_owes_nothing(town: Town) -> None:
    one = agreement(town.chen, town.team1, TODAY, date(2027, 11, 24))
    assert sum(owed(town, NOVEMBER, TODAY).values()) == 15_000 // 12
    by = By(SYSTEM, "Zhao Min", None)
    terminate(by=by, today=TODAY, agreement_id=one.pk, reason="mistake", note="another Chen", token=uuid4())
    assert owed(town, NOVEMBER, TODAY) == {}


def test_an_agreement_that_went_along_to_another_centre_is_owed_to_each_for_its_days(town: Town) -> None:
    one = agreement(town.chen, town.team2, date(2026, 1, 1), date(2026, 12, 31))
    steps = ((date(2026, 1, 1), "confirmed", town.team1), (date(2026, 10, 15), "team_changed", town.team2))
    for on, reason, team in steps:
        AgreementStep.objects.create(
            agreement=one,
            person=town.chen,
            to_state="active",
            at=clock.now(),
            on=on,
            reason=reason,
            team=team,
            token=uuid4(),
        )
    year = date(2026, 1, 1), date(2026, 12, 31)
    both = [queries.fee_lines(team.institution_id, *year) for team in (town.team1, town.team2)]
    assert [sum(line.fen for line in lines) for lines in both] == [12_500, 2_500]  # ten months and two


def paid(town: Town, **changes: object) -> Payment:
    values = {
        "viewer": town.viewer(town.guo),
        "institution_id": town.team1.institution_id,
        "payer": "insurance",
        "month": OCTOBER,
        "received_on": TODAY,
        "fen": 1_000,
        "words": "",
        "token": uuid4(),
    }
    return actions.record_payment(**(values | changes))


def test_payments_only_grow_and_are_corrected_by_rows(town: Town) -> None:
    token = uuid4()
    payment = paid(town, token=token)
    assert paid(town, token=token) == payment
    viewer = town.viewer(town.guo)
    with pytest.raises(PayError, match=r"¥10\.00 is left"):
        actions.correct_payment(viewer=viewer, payment=payment, fen=1_001, words="typing", token=uuid4())
    actions.correct_payment(viewer=viewer, payment=payment, fen=400, words="typing", token=uuid4())
    assert queries.received(town.team1.institution_id, OCTOBER, OCTOBER) == {"insurance": 600}
    with pytest.raises(PayError, match="in the future"):
        paid(town, received_on=TODAY + timedelta(days=1))
    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
        Payment.objects.update(fen=1)
    assert AuditEntry.objects.filter(action__startswith="pay.pa").count() == 2


# --- a month ----------------------------------------------------------------------------------------------------------


def october(town: Town) -> None:
    """Doctor Wang saw two people, nurse Zhao visited one at home; of both teams' people."""
    calendar_year(town)
    contact(town.chen, town.wang, date(2026, 10, 5), systolic=140, diastolic=80)
    contact(town.li, town.wang, date(2026, 10, 6), systolic=140, diastolic=80)
    contact(town.chen, town.zhao, date(2026, 10, 20), mode="home", systolic=140, diastolic=80)


def test_a_month_is_shared_to_the_fen_and_says_how(town: Town) -> None:
    october(town)
    run = worked_out(town)
    assert (run.owed_fen, run.pot_fen) == (2_500, 1_750)
    lines = queries.lines_of(run)
    assert sum(line.fen for line in lines) + run.left_fen == run.pot_fen
    # 30 of 100 of the money is for those who have signed, 20 for hypertension, the rest for what nobody did.
    assert (run.shared_fen, run.left_fen) == (525 + 350, 875)
    assert {(line.item, line.staff, line.part): line.fen for line in lines} == {
        ("people", town.wang, "together"): 292,  # 31 days each, 1 and 0.8
        ("people", town.zhao, "together"): 233,
        ("hypertension", town.wang, "together"): 78,  # 40 % of it is 140
        ("hypertension", town.zhao, "together"): 62,
        ("hypertension", town.wang, "points"): 117,  # 60 % is 210: two points, and 2 x 0.8
        ("hypertension", town.zhao, "points"): 93,
    }
    held = next(line.formula["people"] for line in lines if line.item == "people")
    assert [(one["package"], one["count"]) for one in held] == [("basic", 2), ("hypertension", 2)]
    formula = next(line.formula for line in lines if (line.staff, line.part) == (town.zhao, "points"))
    assert formula["work"] == [
        {"kind": "followup.hypertension", "mode": "home", "count": 1, "weight": "1", "difficulty": "2", "points": "2"}
    ]
    assert (formula["own"], formula["all"], formula["version"]) == ("8/5", "18/5", run.version)


def test_a_withdrawn_event_counts_no_more_and_quality_cuts(town: Town) -> None:
    october(town)
    event = contact(town.li, town.wang, date(2026, 10, 7), systolic=140, diastolic=80)
    assert share_of(worked_out(town), town.wang) > 487
    evidence.withdraw_event(event_id=event, reason="somebody else", recorded_by=town.wang.pk, actor=SYSTEM)
    StoredFigure.objects.create(
        month=OCTOBER, period_start=OCTOBER, period_end=END, measure="hypertension_controlled", version="2017.2",
        team=town.team1, initial=10, counted=3, of=10, numerator=3, other=7, exclusion=0, exception=0, unknown=0,
        computed_at=clock.now(),
    )  # fmt: skip
    run = worked_out(town)
    assert run.revision == 2
    assert share_of(run, town.wang) == 487  # one team alone: its money is the same
    result = next(one for one in run.figures["results"] if one["item"] == "hypertension")
    assert (result["points"], result["rate"], result["corrected"]) == ("4", "1/2", "2")
    assert result["scores"][0] | {"got": "30", "full": "60", "counted": 3, "of": 10} == result["scores"][0]


def test_who_stands_in_has_points_where_the_day_was(town: Town) -> None:
    october(town)
    StaffAssignment.objects.create(
        staff=town.qian,
        role="nurse",
        team=town.team1,
        stands_in_for=town.zhao,
        start_on=date(2026, 10, 5),
        end_on=date(2026, 10, 6),
    )
    contact(town.li, town.qian, date(2026, 10, 6), systolic=140, diastolic=80)  # here
    contact(town.feng, town.qian, date(2026, 10, 6), systolic=140, diastolic=80)  # in her own team
    contact(town.li, town.qian, date(2026, 10, 8), systolic=140, diastolic=80)  # not here any more
    run = worked_out(town)
    (_people, together, points) = queries.lines_of(run, town.qian.pk)
    assert (together.formula["days"], points.formula["own"]) == (2, "4/5")


def test_two_managers_approve_and_it_is_frozen_for_good(town: Town) -> None:
    october(town)
    han = second_manager(town)
    run = worked_out(town)
    first = town.viewer(town.guo)
    actions.approve(viewer=first, run=run, revision=1)
    with pytest.raises(PayError, match="another manager's"):
        actions.approve(viewer=first, run=run, revision=1)
    worked_out(town)  # approvals of what stood there before count no more
    with pytest.raises(PayError, match="Guo Wei has worked this month out again"):
        actions.approve(viewer=town.viewer(han), run=run, revision=1)
    run = frozen(town, han)
    assert (run.state, run.revision) == (FROZEN, 3)
    with pytest.raises(PayError, match="frozen and stays as it is"):
        worked_out(town)
    with pytest.raises(PayError, match="frozen and stays as it is"):
        actions.approve(viewer=first, run=run, revision=3)
    for change in (
        lambda: PayRun.objects.update(shared_fen=1),
        lambda: PayRun.objects.filter(pk=run.pk).update(state="draft", frozen_at=None),
        lambda: PayRun.objects.filter(pk=run.pk)._raw_delete("default"),
        lambda: PayLine.objects.filter(run=run).update(fen=0),
        lambda: PayLine.objects.filter(run=run).delete(),
        lambda: PayLine.objects.create(run=run, staff=town.sun, item="x", part="points", fen=1),
        lambda: PayApproval.objects.filter(run=run).delete(),
    ):
        with pytest.raises(DatabaseError, match=r"frozen|only grows"), transaction.atomic():
            change()


def test_the_database_freezes_nothing_that_two_have_not_approved(town: Town) -> None:
    october(town)
    run = worked_out(town)
    actions.approve(viewer=town.viewer(town.guo), run=run, revision=1)
    # The second approval of somebody to whom it gives money is none.
    PayApproval.objects.create(run=run, revision=1, by=town.wang, at=clock.now())
    with pytest.raises(DatabaseError, match="two people"), transaction.atomic():
        PayRun.objects.filter(pk=run.pk).update(state=FROZEN, frozen_at=clock.now())
    with pytest.raises(DatabaseError, match="as a draft"), transaction.atomic():
        PayRun.objects.create(
            institution=town.team2.institution, month=OCTOBER, state=FROZEN, frozen_at=clock.now(), version="1",
            owed_fen=0, pot_fen=0, shared_fen=0, left_fen=0, corrected_fen=0, computed_by=town.guo,
            computed_at=clock.now(),
        )  # fmt: skip


def test_nobody_approves_own_money_or_a_month_that_runs(town: Town) -> None:
    october(town)
    assign(
        staff_id=town.guo.pk, role="doctor", team_id=town.team1.pk, start_on=date(2026, 10, 1), end_on=END, actor=SYSTEM
    )
    run = worked_out(town)
    with pytest.raises(PayError, match="gives money to you"):
        actions.approve(viewer=town.viewer(town.guo), run=run, revision=1)
    running = worked_out(town, NOVEMBER)
    with pytest.raises(PayError, match="not over yet"):
        actions.approve(viewer=town.viewer(town.guo), run=running, revision=1)
    with pytest.raises(PayError, match="not begun"):
        worked_out(town, date(2026, 12, 1))
    with pytest.raises(PayError, match="JINXIU_PAY"):
        worked_out(town, date(2019, 12, 1))


def test_what_was_wrong_is_a_line_of_a_later_month(town: Town) -> None:
    october(town)
    han = second_manager(town)
    viewer, token = town.viewer(han), uuid4()
    draft = worked_out(town, NOVEMBER)
    run = frozen(town, han)

    def correct(**changes: object):
        values = {"viewer": viewer, "run": run, "staff_id": town.zhao.pk, "fen": -40, "reason": "counted twice"}
        return actions.correct(**(values | {"token": token} | changes))

    one = correct()
    assert correct() == one
    assert one.month == NOVEMBER
    draft.refresh_from_db()
    assert (draft.revision, draft.corrected_fen) == (2, -40)
    line = PayLine.objects.get(run=draft, correction=one)
    assert (line.fen, line.formula) == (-40, {"of_month": "2026-10", "reason": "counted twice"})
    assert queries.changed_since(run) == {town.zhao.pk: 40}  # she would get what was taken from her
    contact(town.li, town.wang, date(2026, 10, 30), systolic=140, diastolic=80)  # recorded after the month was frozen
    late = queries.changed_since(run)
    assert late[town.wang.pk] == 40 - late[town.zhao.pk] > 0
    with pytest.raises(PayError, match="another manager"):
        correct(staff_id=han.pk, token=uuid4())
    with pytest.raises(PayError, match="more or less than nothing"):
        correct(fen=0, token=uuid4())
    with pytest.raises(PayError, match="is a draft"):
        correct(run=draft, token=uuid4())


def test_a_score_by_hand_keeps_author_reason_and_history(town: Town) -> None:
    calendar_year(town)
    for person in (town.chen, town.li):
        contact(person, town.wang, date(2026, 10, 5), kind="contact.call", mode="phone")
    run = worked_out(town)
    viewer = town.viewer(town.guo)

    def scored(number: str, supersedes: int | None, item: str = "service"):
        return actions.score(
            viewer=viewer, run=run, team_id=town.team1.pk, item_id=item, score=Decimal(number), reason="phone check",
            supersedes_id=supersedes,
        )  # fmt: skip

    assert scored("60", None).revision == 2
    (there,) = queries.scores_by_hand(run.institution_id, OCTOBER)
    with pytest.raises(PayError, match="scored this meanwhile"):
        scored("70", None)
    after = scored("84.5", there.pk)
    result = next(one for one in after.figures["results"] if one["item"] == "service")
    assert (result["points"], result["rate"], result["corrected"]) == ("1/2", "169/200", "169/400")
    history = queries.score_history(run.institution_id, OCTOBER)
    assert [(float(one.score), one.by, one.reason) for one in history] == [
        (84.5, town.guo, "phone check"),
        (60, town.guo, "phone check"),
    ]
    with pytest.raises(PayError, match="at most 100"):
        scored("101", history[0].pk)
    with pytest.raises(PayError, match="at most 0"):
        scored("1", None, item="diabetes")


def test_managers_reach_their_institution_and_nobody_else_any(town: Town) -> None:
    run = worked_out(town)
    assert access.run_for(town.viewer(town.guo), run.pk) == run
    for stranger in (town.wang, town.sun, town.ma, town.tian):
        with pytest.raises(PermissionDenied):
            access.run_for(town.viewer(stranger), run.pk)
    with pytest.raises(Http404):
        access.institution_for(town.viewer(town.guo), town.team2.institution_id)
    with pytest.raises(Http404):
        paid(town, institution_id=town.team2.institution_id)


def test_two_managers_in_one_second_freeze_once(committed_town: Town) -> None:
    town = committed_town
    han, qu = second_manager(town), second_manager(town, "Qu")
    run = worked_out(town)

    def approves(staff) -> None:
        actions.approve(viewer=town.viewer(staff), run=run, revision=1)

    outcomes = at_once(*(lambda one=one: approves(one) for one in (town.guo, han, qu)))
    assert outcomes[:2] == ["done", "done"]
    assert "frozen and stays as it is" in outcomes[2]
    assert PayApproval.objects.count() == 2


def test_two_managers_work_a_month_out_in_one_second(committed_town: Town) -> None:
    town = committed_town
    october(town)
    han = second_manager(town)

    def works(staff) -> None:
        actions.compute(viewer=town.viewer(staff), institution_id=town.team1.institution_id, month=OCTOBER)

    assert at_once(lambda: works(town.guo), lambda: works(han)) == ["done", "done"]
    run = PayRun.objects.get()
    assert run.revision == 2
    assert sum(line.fen for line in queries.lines_of(run)) == run.shared_fen


def test_a_payment_sent_twice_in_one_second_is_written_once(committed_town: Town) -> None:
    token = uuid4()
    assert at_once(*(lambda: paid(committed_town, token=token) for _twice in range(2))) == ["done", "done"]
    assert Payment.objects.count() == 1
