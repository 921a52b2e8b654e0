"""Agreements in the database: signed, confirmed, renewed, transferred, ended, by night, twice, two clerks at once."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from jinxiu.agreements import actions, queries, rules
from jinxiu.agreements.actions import AgreementError, By, Wish
from jinxiu.agreements.models import Agreement, AgreementStep, Signature
from jinxiu.agreements.text import sha256_of
from jinxiu.audit import sentences
from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.evidence import actions as evidence
from jinxiu.evidence.models import Enrolment, Event
from jinxiu.people import clock
from jinxiu.people.actions import PeopleError
from jinxiu.people.models import Person, Staff, TeamMembership
from jinxiu.people.queries import team_of
from tests.together import at_once
from tests.town import TODAY, Town, contact

BASIC, HYPERTENSION = "basic@2026.1", "hypertension@2026.1"
WISH = Wish(packages=(BASIC, HYPERTENSION), start_on=TODAY, consents=("health_data",))


def by(town: Town, staff: Staff | None = None, *, confirms: bool = False) -> By:
    who = staff or town.zhao
    return By(town.viewer(who).actor, who.name, who.pk, confirms)


def signed(
    town: Town, person: Person, *, confirms: bool = False, token: UUID | None = None, **changes: object
) -> Agreement:
    return actions.sign(
        by=by(town, confirms=confirms),
        today=TODAY,
        person_id=person.pk,
        team_id=town.team1.pk,
        wish=replace(WISH, **changes),
        token=token or uuid4(),
    )


def held(town: Town, person: Person, **changes: object) -> Agreement:
    return signed(town, person, confirms=True, **changes)


def enrolments(person: Person) -> list[tuple[date, date | None, str]]:
    rows = Enrolment.objects.filter(person=person, kind="agreement")
    replaced = set(rows.exclude(supersedes=None).values_list("supersedes", flat=True))
    return [(row.start_on, row.end_on, row.value) for row in rows.order_by("pk") if row.pk not in replaced]


def steps(agreement: Agreement) -> list[tuple[str, str]]:
    return list(agreement.steps.order_by("pk").values_list("to_state", "reason"))


# --- signing ----------------------------------------------------------------------------------------------------------


def test_signed_it_waits_and_confirmed_it_holds(town: Town) -> None:
    agreement = signed(town, town.chen, years=2)
    assert (agreement.state, agreement.end_on, agreement.has_begun) == ("pending_team", date(2028, 11, 24), False)
    assert agreement.contract_no == f"lx-2026-{agreement.pk:07d}"
    assert agreement.doctor == town.wang
    assert enrolments(town.chen) == []
    actions.confirm(by=by(town, town.wang), today=TODAY, agreement_id=agreement.pk, token=uuid4())
    agreement.refresh_from_db()
    assert (agreement.state, agreement.has_begun) == ("active", True)
    assert enrolments(town.chen) == [(TODAY, None, "2028-11-24")]
    assert steps(agreement) == [("pending_team", "signed"), ("active", "confirmed")]
    assert queries.current(town.chen.pk, TODAY) == agreement
    told = AuditEntry.objects.filter(person_id=town.chen.pk).values_list("action", flat=True)
    assert {"agreement.made", "agreement.step", "enrolment.begun"} <= set(told)


def test_both_sign_the_same_text(town: Town) -> None:
    agreement = held(town, town.chen)
    found = {row.party: row for row in Signature.objects.filter(agreement=agreement)}
    assert {row.sha256 for row in found.values()} == {sha256_of(agreement.text)}
    assert found["resident"].name == "陈志强"
    assert found["team"].staff == town.zhao
    assert "高血压服务包" in agreement.text
    assert "面对面随访: 每年4次" in agreement.text
    assert agreement.contract_no in agreement.text
    assert "1381234" not in agreement.text
    with pytest.raises(DatabaseError), transaction.atomic():
        found["team"].delete()


def test_the_same_form_sent_again_is_the_same_agreement(town: Town) -> None:
    token, confirm = uuid4(), uuid4()
    first = signed(town, town.chen, token=token)
    assert signed(town, town.chen, token=token) == first
    for _twice in range(2):
        actions.confirm(by=by(town, town.wang), today=TODAY, agreement_id=first.pk, token=confirm)
    assert Agreement.objects.count() == 1
    assert steps(first) == [("pending_team", "signed"), ("active", "confirmed")]
    end = {"by": by(town), "today": TODAY, "agreement_id": first.pk, "reason": rules.OWN_WISH, "token": uuid4()}
    assert actions.terminate(**end).state == actions.terminate(**end).state == rules.TERMINATED
    assert first.steps.count() == 3


def test_nobody_has_two_for_one_day(town: Town) -> None:
    first = held(town, town.chen)
    with pytest.raises(AgreementError, match="Team 1 from"):
        signed(town, town.chen, start_on=TODAY + timedelta(days=30))
    values = {field.attname: getattr(first, field.attname) for field in Agreement._meta.fields} | {"id": None}
    with pytest.raises(IntegrityError, match="agreement_one_at_a_time"), transaction.atomic():
        Agreement.objects.create(**values | {"contract_no": "x", "token": uuid4(), "state": rules.PENDING})


REFUSED = (
    ({"packages": (BASIC, "hypertension@2025.1")}, "not offered any more"),
    ({"packages": (HYPERTENSION,)}, "basic package"),
    ({"start_on": date(2026, 11, 1)}, "today or later"),
    ({"start_on": date(2026, 9, 1), "method": rules.PAPER}, "within 31 days"),
    ({"consents": ()}, "consent"),
    ({"years": 7}, "lengths"),
    ({"signs_as": rules.GUARDIAN, "signer_name": " "}, "name of who signs"),
    ({"signs_as": rules.GUARDIAN, "signer_name": "陈丽"}, "what the signer is"),
)


def test_what_cannot_be_signed_is_refused_in_a_sentence(town: Town) -> None:
    for change, sentence in REFUSED:
        with pytest.raises(AgreementError, match=sentence):
            signed(town, town.chen, **change)
    assert not Agreement.objects.exists()


def test_nobody_signs_for_the_dead_the_moved_and_a_child_alone(town: Town) -> None:
    for change, sentence in (
        ({"died_on": date(2026, 11, 20)}, "has died"),
        ({"left_on": date(2026, 11, 20)}, "moved away"),
        ({"birth_date": date(2020, 1, 1)}, "younger than 14"),
    ):
        before = Person.objects.filter(pk=town.zhou.pk).values(*change).get()
        Person.objects.filter(pk=town.zhou.pk).update(**change)
        with pytest.raises(AgreementError, match=sentence):
            signed(town, town.zhou)
        if "birth_date" in change:
            child = signed(town, town.zhou, signs_as=rules.GUARDIAN, signer_name="周强", relation="父亲")
            assert child.signer_name == "周强"
            assert child.signatures.get().name == "周强"
        Person.objects.filter(pk=town.zhou.pk).update(**before)


def test_on_paper_it_may_have_begun_some_days_ago(town: Town) -> None:
    agreement = held(town, town.chen, method=rules.PAPER, start_on=date(2026, 11, 1))
    assert enrolments(town.chen) == [(date(2026, 11, 1), None, "2027-10-31")]
    assert agreement.signatures.get(party="resident").method == rules.PAPER


def test_a_draft_holds_nothing_until_it_is_signed(town: Town) -> None:
    draft = actions.draft(
        by=by(town), today=TODAY, person_id=town.chen.pk, team_id=town.team1.pk, wish=WISH, token=uuid4()
    )
    assert (draft.state, draft.signatures.count()) == (rules.DRAFT, 0)
    signed(town, town.chen)
    with pytest.raises(AgreementError, match="has an agreement"):
        actions.sign_draft(by=by(town), today=TODAY, agreement_id=draft.pk, method=rules.PAPER, token=uuid4())
    actions.terminate(by=by(town), today=TODAY, agreement_id=draft.pk, reason=rules.WITHDRAWN, token=uuid4())
    assert Agreement.objects.get(pk=draft.pk).last_on == TODAY - rules.DAY


def test_signing_with_another_team_brings_the_person_there(town: Town) -> None:
    agreement = actions.sign(
        by=by(town, town.sun, confirms=True),
        today=TODAY,
        person_id=town.chen.pk,
        team_id=town.team2.pk,
        wish=WISH,
        token=uuid4(),
    )
    assert agreement.institution == town.team2.institution
    assert team_of(town.chen.pk, TODAY) == town.team2
    assert team_of(town.chen.pk, TODAY - rules.DAY) == town.team1


# --- renewing, transferring, ending -----------------------------------------------------------------------------------


def ending_soon(town: Town, person: Person) -> Agreement:
    """An agreement signed a year ago that ends in a month."""
    start, end = date(2025, 12, 26), date(2026, 12, 25)
    agreement = held(town, person)
    Agreement.objects.filter(pk=agreement.pk).update(
        start_on=start, counted_from=start, end_on=end, last_on=end, signed_on=start
    )
    old = Enrolment.objects.get(person=person, kind="agreement")
    evidence.end_enrolment(
        enrolment_id=old.pk, end_on=TODAY, end_reason="completed", actor=by(town).actor, recorded_by=None
    )
    Enrolment.objects.create(
        person=person, kind="agreement", start_on=start, value=end.isoformat(), recorded_at=agreement.since
    )
    return Agreement.objects.get(pk=agreement.pk)


def renewed(town: Town, former: Agreement, today: date = TODAY, *, confirms: bool = True) -> Agreement:
    return actions.renew(
        by=by(town, confirms=confirms), today=today, agreement_id=former.pk, wish=replace(WISH, years=3), token=uuid4()
    )


def test_a_renewal_follows_without_a_gap_and_the_night_passes_on(town: Town) -> None:
    former = ending_soon(town, town.chen)
    new = renewed(town, former)
    assert (new.start_on, new.end_on, new.nature, new.has_begun) == (
        date(2026, 12, 26),
        date(2029, 12, 25),
        "renewal",
        False,
    )
    assert Event.objects.filter(person=town.chen, kind="agreement.renewal_offered").count() == 1
    assert actions.advance(today=date(2026, 12, 25)).over == 0
    done = actions.advance(today=date(2026, 12, 26))
    assert (done.over, done.begun, done.failed) == (1, 1, {})
    assert Agreement.objects.get(pk=former.pk).state == rules.RENEWED
    assert enrolments(town.chen)[1:] == [
        (date(2025, 12, 26), date(2026, 12, 25), "2026-12-25"),
        (date(2026, 12, 26), None, "2029-12-25"),
    ]
    assert actions.advance(today=date(2026, 12, 26)) == replace(done, over=0, begun=0)


def test_without_a_renewal_it_expires_and_can_be_renewed_late(town: Town) -> None:
    former = ending_soon(town, town.chen)
    later = date(2027, 1, 20)
    assert actions.advance(today=later).over == 1
    former.refresh_from_db()
    assert former.state == rules.EXPIRED
    assert steps(former)[-1] == ("expired", "term_over")
    new = renewed(town, former, later, confirms=False)
    assert new.start_on == later
    actions.confirm(by=by(town, town.wang), today=later, agreement_id=new.pk, token=uuid4())
    former.refresh_from_db()
    assert former.state == rules.RENEWED
    assert enrolments(town.chen)[-1] == (later, None, "2030-01-19")


def test_it_is_too_early_to_renew(town: Town) -> None:
    with pytest.raises(AgreementError, match="within 90 days"):
        renewed(town, held(town, town.chen))


def test_a_transfer_has_one_boundary_and_goes_on_counting(town: Town) -> None:
    former = ending_soon(town, town.chen)
    new = actions.transfer(
        by=by(town),
        today=TODAY,
        agreement_id=former.pk,
        team_id=town.team2.pk,
        reason=rules.OWN_WISH,
        token=uuid4(),
    )
    former.refresh_from_db()
    assert (former.state, former.last_on) == (rules.TRANSFERRED, TODAY - rules.DAY)
    assert (new.state, new.start_on, new.end_on, new.counted_from) == (
        rules.ACTIVE,
        TODAY,
        former.end_on,
        former.start_on,
    )
    assert team_of(town.chen.pk, TODAY) == town.team2
    assert enrolments(town.chen)[-1] == (date(2025, 12, 26), None, "2026-12-25")
    with pytest.raises(AgreementError, match="in the meantime"):
        actions.transfer(
            by=by(town), today=TODAY, agreement_id=former.pk, team_id=town.team1.pk, reason="own_wish", token=uuid4()
        )


def test_an_end_has_a_reason_and_takes_the_renewal_along(town: Town) -> None:
    former = ending_soon(town, town.chen)
    new = renewed(town, former)
    end = {"by": by(town), "today": TODAY, "agreement_id": former.pk, "token": uuid4()}
    with pytest.raises(AgreementError, match="reasons"):
        actions.terminate(**end, reason="signed")
    with pytest.raises(AgreementError, match="few words"):
        actions.terminate(**end, reason=rules.OTHER)
    with pytest.raises(AgreementError, match="future"):
        actions.terminate(**end, reason=rules.NO_CONTACT, on=TODAY + rules.DAY)
    actions.terminate(**end, reason=rules.NO_CONTACT, on=date(2026, 11, 20))
    for row in (former, new):
        row.refresh_from_db()
    assert (former.state, former.last_on) == (rules.TERMINATED, date(2026, 11, 20))
    assert (new.state, new.last_on) == (rules.TERMINATED, new.start_on - rules.DAY)
    assert Enrolment.objects.filter(person=town.chen, kind="agreement").latest("pk").end_reason == "lost"
    assert team_of(town.chen.pk, TODAY) == town.team1, "public health is owed without an agreement, too"
    assert signed(town, town.chen).state == rules.PENDING


def test_a_death_ends_it_and_a_mistake_brings_it_back(town: Town) -> None:
    agreement = held(town, town.chen)
    closed = actions.close_with_departure(person_id=town.chen.pk, on=TODAY, reason=rules.DIED, by=by(town))
    assert closed == [agreement.pk]
    agreement.refresh_from_db()
    assert (agreement.state, agreement.last_on) == (rules.TERMINATED, TODAY)
    actions.take_ends_back(person_id=town.chen.pk, agreement_ids=closed, today=TODAY, by=by(town))
    agreement.refresh_from_db()
    assert (agreement.state, agreement.last_on) == (rules.ACTIVE, agreement.end_on)


def test_the_agreement_follows_the_person_to_another_team(town: Town) -> None:
    agreement = held(town, town.chen)
    later = TODAY + timedelta(days=3)
    TeamMembership.objects.filter(person=town.chen).update(team=town.team2)
    assert actions.advance(today=later).moved == 1
    agreement.refresh_from_db()
    assert (agreement.team, agreement.institution) == (town.team2, town.team2.institution)
    assert steps(agreement)[-1] == ("active", "team_changed")
    assert actions.advance(today=later).moved == 0


# --- whatever the order -----------------------------------------------------------------------------------------------


_FITTING = {
    rules.DRAFT: ("sign_draft", "end"),
    rules.PENDING: ("confirm", "confirm", "end"),
    rules.ACTIVE: ("renew", "renew", "renew", "transfer", "night", "end"),
}
_ANYTHING = ("sign", "draft", "sign_draft", "confirm", "renew", "transfer", "night", "end")


def test_no_order_of_steps_leaves_two_in_force(town: Town) -> None:
    """Steps drawn at random for one person, each allowed or refused; after each of them every day has one at most."""
    chance, today = random.Random(7), TODAY
    teams = (town.team1.pk, town.team2.pk)
    for _step in range(80):
        today += timedelta(days=chance.choice((0, 0, 0, 1, 20, 90)))
        rows = list(Agreement.objects.filter(person=town.chen).order_by("-pk")[:2])
        one = chance.choice(rows) if rows else None
        wish = replace(WISH, start_on=today + timedelta(days=chance.choice((0, 0, 0, 10))), years=chance.choice((1, 2)))
        doer = by(town, confirms=chance.random() < 0.7)
        todo = chance.choice(_todo(one, chance))
        told = {"by": doer, "today": today, "token": uuid4()}
        try:
            with transaction.atomic():
                if todo in ("sign", "draft"):
                    do = actions.sign if todo == "sign" else actions.draft
                    do(**told, person_id=town.chen.pk, team_id=chance.choice(teams), wish=wish)
                elif todo == "night":
                    actions.advance(today=today)
                elif one is not None:
                    _bring_on(todo, one, chance.choice(teams), wish, told)
        except (AgreementError, PeopleError):
            pass
        _one_a_day(town.chen)
    states = set(AgreementStep.objects.values_list("to_state", flat=True))
    assert len(states) >= 6, f"the walk was too narrow: {states}"


def _todo(one: Agreement | None, chance: random.Random) -> tuple[str, ...]:
    """Mostly what fits the state, else anything."""
    state = one.state if one else ""
    return _FITTING.get(state, ("sign", "draft", "renew", "night")) if chance.random() < 0.8 else _ANYTHING


def _bring_on(todo: str, one: Agreement, team_id: int, wish: Wish, told: dict[str, object]) -> None:
    told = told | {"agreement_id": one.pk}
    if todo == "confirm":
        actions.confirm(**told)
    elif todo == "renew":
        actions.renew(**told, wish=wish)
    elif todo == "transfer":
        actions.transfer(**told, team_id=team_id, reason=rules.OWN_WISH)
    elif todo == "sign_draft":
        actions.sign_draft(**told, method=rules.ELECTRONIC)
    else:
        reason = (rules.CHOSEN_ENDS.get(one.state) or (rules.OWN_WISH,))[0]
        actions.terminate(**told, reason=reason, note="…")


def _one_a_day(person: Person) -> None:
    rows = Agreement.objects.filter(person=person).exclude(state=rules.DRAFT).order_by("start_on")
    spans = [(row.start_on, row.last_on) for row in rows if row.last_on >= row.start_on]
    assert all(before[1] < after[0] for before, after in pairwise(spans)), spans
    running = [end for _start, end, _value in enrolments(person) if end is None]
    assert len(running) <= 1


# --- two at once ------------------------------------------------------------------------------------------------------


def test_two_clerks_in_one_second_sign_once(committed_town: Town) -> None:
    town = committed_town
    outcomes = at_once(lambda: signed(town, town.chen), lambda: signed(town, town.chen))
    assert outcomes[0] == "done"
    assert outcomes[1].startswith("This person has an agreement with Team 1")
    assert Agreement.objects.count() == Signature.objects.count() == AgreementStep.objects.count() == 1


# --- fulfilment -------------------------------------------------------------------------------------------------------


def progress(town: Town, agreement: Agreement, person: Person, day: date = TODAY) -> dict[str, str]:
    found = queries.progress_of(agreement, person, day)
    return {f"{one.package.id}.{one.item.code}": f"{one.done} of {one.owed}" for one in found}


def test_every_service_counts_by_itself_and_a_correction_takes_it_back(town: Town) -> None:
    agreement = ending_soon(town, town.chen)
    before = progress(town, agreement, town.chen)
    assert before["hypertension.visits"] == "2 of 4"
    assert before["basic.counselling"] == "0 of 1"
    event_id = contact(town.chen, town.wang, date(2026, 11, 2), systolic=150, diastolic=90)
    contact(town.chen, town.wang, date(2026, 11, 3), mode="phone", systolic=150, diastolic=90)
    contact(town.chen, town.wang, date(2025, 12, 25), systolic=150, diastolic=90)
    assert progress(town, agreement, town.chen)["hypertension.visits"] == "3 of 4"
    evidence.withdraw_event(event_id=event_id, reason="…", actor=by(town).actor, recorded_by=town.wang.pk)
    assert progress(town, agreement, town.chen) == before


def test_observations_count_by_day_and_an_exam_for_two_packages(town: Town) -> None:
    agreement = ending_soon(town, town.wu)
    agreement.packages = [BASIC, HYPERTENSION, "diabetes@2026.1"]
    agreement.save(update_fields=["packages"])
    evidence.append_event(
        person_id=town.wu.pk,
        kind="exam.annual",
        happened_on=date(2026, 5, 4),
        mode="clinic",
        observations={"fasting_glucose": 6.8, "hba1c": 6.9},
        recorded_by=None,
        today=TODAY,
    )
    found = progress(town, agreement, town.wu)
    assert found["diabetes.fasting_glucose"] == "2 of 4"
    assert found["diabetes.hba1c"] == "1 of 2"
    assert found["diabetes.yearly_exam"] == found["hypertension.yearly_exam"] == "1 of 1"


def test_many_at_once_give_the_same(town: Town, django_assert_num_queries) -> None:
    rows = {person: ending_soon(town, person) for person in (town.chen, town.wu, town.zheng)}
    rows[town.feng] = held(town, town.feng)
    Agreement.objects.filter(person=town.wu).update(packages=[BASIC, "diabetes@2026.1", "child@2026.1"])
    for day in (TODAY, date(2026, 12, 30), date(2027, 12, 1)):
        with django_assert_num_queries(1):
            found = queries.progress_for([row.pk for row in rows.values()], day)
        for person, row in rows.items():
            row.refresh_from_db()
            one_by_one = queries.progress_of(row, person, day)
            items = {(one.package.key, one.item.code): (one.done, one.owed) for one in one_by_one}
            assert found[row.pk].items == items, (person.name, day)
            assert found[row.pk].kept == sum(one.is_kept for one in one_by_one)


def test_the_load_is_told_against_the_cap(town: Town) -> None:
    held(town, town.chen)
    load = queries.load_of([town.team1.pk, town.team2.pk], TODAY)
    assert (load[town.team1.pk].signed, load[town.team1.pk].cap, load[town.team1.pk].is_over) == (1, 2000, False)
    assert (load[town.team2.pk].signed, load[town.team2.pk].percent) == (0, 0)


# --- enrolments that came without an agreement ------------------------------------------------------------------------


def enrolled(person: Person, start: date, value: str, end: date | None = None, reason: str = "") -> None:
    Enrolment.objects.create(
        person=person,
        kind="agreement",
        start_on=start,
        end_on=end,
        end_reason=reason,
        value=value,
        recorded_at=clock.now(),
    )


def test_enrolments_without_an_agreement_get_one_once(town: Town) -> None:
    enrolled(town.chen, date(2024, 3, 1), "2025-02-28", date(2025, 2, 28), "completed")
    enrolled(town.chen, date(2026, 3, 1), "2027-02-28")
    enrolled(town.li, date(2026, 1, 1), "2026-12-31", date(2026, 5, 4), "moved")
    enrolled(town.wu, date(2026, 2, 1), "")
    held(town, town.zhou)
    assert actions.adopt(today=TODAY, actor=SYSTEM, with_groups=True) == 4
    assert actions.adopt(today=TODAY, actor=SYSTEM, with_groups=True) == 0
    rows = Agreement.objects.filter(channel="import").order_by("person_id", "start_on")
    assert [(row.person.name, row.state, row.last_on) for row in rows] == [
        ("陈志强", "expired", date(2025, 2, 28)),
        ("陈志强", "active", date(2027, 2, 28)),
        ("李秀兰", "terminated", date(2026, 5, 4)),
        ("吴建军", "active", date(2027, 1, 31)),
    ]
    assert [row.steps.get().reason for row in rows] == ["term_over", "confirmed", "moved", "confirmed"]
    assert rows[3].packages == [BASIC, "diabetes@2026.1", "elderly@2026.1", HYPERTENSION]
    assert (rows[3].doctor, rows[3].institution) == (town.wang, town.team1.institution)
    assert actions.advance(today=date(2027, 3, 1)).over == 2


def test_the_trail_says_a_step_in_words() -> None:
    step = {"actor": "A", "person": "P", "agreement": 5, "state": rules.TRANSFERRED, "reason": rules.OWN_WISH}
    told = sentences.sentence("agreement.step", step)
    assert told == "A brought agreement 5 of P on: transferred to another team (the resident's own wish)."
