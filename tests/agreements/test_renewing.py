"""Many agreements renewed in one run: as one by one, resumable, twice, two at once, and who is left out and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from jinxiu.agreements import actions, queries, rules
from jinxiu.agreements.actions import AgreementError
from jinxiu.agreements.consents.actions import change
from jinxiu.agreements.models import Agreement, AgreementStep, RenewalLeftOut, RenewalRun, Signature
from jinxiu.agreements.package_files import read_packages
from jinxiu.agreements.packages import Catalogue, Payer
from jinxiu.agreements.renewing import actions as renewing
from jinxiu.agreements.renewing import queries as renewals
from jinxiu.agreements.renewing.rules import AGREED, Former, Ground, carry, why_left_out
from jinxiu.agreements.text import sha256_of
from jinxiu.audit.models import AuditEntry
from jinxiu.evidence.models import Event
from jinxiu.people import clock
from jinxiu.people.models import Person, Restriction, Team
from tests.agreements.test_agreements import BASIC, HYPERTENSION, WISH, by, ending_soon
from tests.agreements.test_rules import SHIPPED
from tests.messaging.queue import carry_out
from tests.register.test_registering import as_
from tests.together import at_once
from tests.town import TODAY, Town

FIRST, LAST = date(2026, 12, 1), date(2026, 12, 31)
SAME = ("person_id", "household_id", "signs_as", "signer_name", "relation", "institution_id", "team_id", "doctor_id")
SAME += ("packages", "start_on", "end_on", "last_on", "counted_from", "nature", "terms_version", "consents")
SAME += ("signed_on", "state", "has_begun")


def agreed(town: Town, person: Person, *more: str) -> Agreement:
    """An agreement that ends in a month, whose renewal without a new signature was agreed to."""
    former = ending_soon(town, person)
    former.consents = ["health_data", AGREED, *more]
    former.save(update_fields=["consents"])
    return former


def run_of(town: Town, *teams: Team) -> RenewalRun:
    asked_by = by(town, town.guo)
    ids = [one.pk for one in teams or (town.team1, town.team2)]
    return renewing.start(by=asked_by, today=TODAY, team_ids=ids, first_on=FIRST, last_on=LAST, token=uuid4())


def renew_all(town: Town) -> RenewalRun:
    return renewing.carry_on(run_id=run_of(town).pk, today=TODAY)


def reasons(run: RenewalRun) -> dict[int, str]:
    return dict(RenewalLeftOut.objects.filter(run=run).values_list("person", "reason"))


def promised(agreement: Agreement) -> list[str]:
    """The text without number, person and signature."""
    _title, _number, party_a, _party_b, _signed, *rest = agreement.text.splitlines()
    return [party_a, *rest]


def test_a_run_renews_as_one_by_one_does(town: Town) -> None:
    former, alone = agreed(town, town.chen), agreed(town, town.li)
    wish = replace(WISH, consents=("health_data", AGREED), doctor_id=alone.doctor_id)
    one = actions.renew(by=by(town, confirms=True), today=TODAY, agreement_id=alone.pk, wish=wish, token=uuid4())
    run = renew_all(town)
    assert (run.total, run.renewed, run.left_out) == (2, 1, {"renewed": 1})
    new = Agreement.objects.get(follows=former)
    same = {name: getattr(one, name) for name in SAME} | {"person_id": town.chen.pk, "signer_name": "陈志强"}
    assert {name: getattr(new, name) for name in SAME} == same | {"household_id": town.chen.household_id}
    assert (new.contract_no, new.channel) == (f"lx-2026-{new.pk:07d}", "batch")
    step = AgreementStep.objects.get(agreement=new)
    assert (step.to_state, step.reason, step.by, step.note) == ("active", "as_agreed", town.guo, "")
    signature = Signature.objects.get(agreement=new)
    assert (signature.party, signature.name, signature.sha256) == (
        "team",
        "柳巷社区卫生服务中心",
        sha256_of(new.text),
    )
    assert f"{former.contract_no}" in new.text
    assert "☑ 同意到期后自动续约一年" in new.text
    assert promised(new) == promised(one)
    offered = Event.objects.get(person=town.chen, kind="agreement.renewal_offered")
    assert offered.recorded_by is None, "no record of the manager's day"
    told = AuditEntry.objects.get(action="agreement.renewed_as_agreed")
    assert (told.person_id, told.actor_name, told.detail) == (
        town.chen.pk,
        "郭伟",
        {"agreement": new.pk, "former": former.pk},
    )
    done = actions.advance(today=date(2026, 12, 26))
    assert (done.over, done.begun, done.failed) == (2, 2, {})
    assert queries.current(town.chen.pk, date(2026, 12, 26)) == new


def test_a_run_that_is_cut_off_goes_on_where_it_stood(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    for person in (town.chen, town.li, town.wu):
        agreed(town, person)
    monkeypatch.setattr(renewing, "BATCH", 1)
    run = run_of(town)
    renewing.step(run_id=run.pk, today=TODAY)
    with monkeypatch.context() as broken:
        broken.setattr(renewing, "_leave_out", lambda *_args: 1 / 0)  # in the middle of the second batch
        with pytest.raises(ZeroDivisionError):
            renewing.step(run_id=run.pk, today=TODAY)
    assert Agreement.objects.filter(nature="renewal").count() == 1
    again = run_of(town)
    assert again.pk == run.pk, "the same question finds the run that was cut off"
    done = renewing.carry_on(run_id=run.pk, today=TODAY)
    assert (done.renewed, done.left_out, done.done_at is not None) == (3, {}, True)
    assert Agreement.objects.filter(nature="renewal").count() == Signature.objects.filter(staff=town.guo).count() == 3
    assert renewing.step(run_id=run.pk, today=TODAY).renewed == 3
    more = renew_all(town)
    assert more.pk != run.pk
    assert (more.renewed, more.left_out) == (0, {"renewed": 3})


def test_two_runs_at_once_renew_everybody_once(committed_town: Town) -> None:
    town = committed_town
    for person in (town.chen, town.li, town.wu):
        agreed(town, person)
    first, second = run_of(town), run_of(town, town.team1)
    works = [lambda run=run: renewing.carry_on(run_id=run.pk, today=TODAY) for run in (first, first, second)]
    assert at_once(*works) == ["done"] * 3
    for run in (first, second):
        run.refresh_from_db()
    assert first.renewed + second.renewed == 3
    assert Agreement.objects.filter(nature="renewal").count() == 3


def test_who_is_left_out_and_why(town: Town) -> None:
    agreed(town, town.chen)
    Person.objects.filter(pk=town.chen.pk).update(died_on=TODAY)
    ending_soon(town, town.li)
    agreed(town, town.wu)
    Restriction.objects.create(person=town.wu, reason="contested", start_at=timezone.now())
    agreed(town, town.zhou)
    Person.objects.filter(pk=town.zhou.pk).update(left_on=TODAY)
    run = renew_all(town)
    assert reasons(run) == {
        town.chen.pk: "dead",
        town.li.pk: "not_agreed",
        town.wu.pk: "restricted",
        town.zhou.pk: "left",
    }
    assert run.left_out == {"dead": 1, "not_agreed": 1, "restricted": 1, "left": 1}
    Team.objects.filter(pk=town.team1.pk).update(closed_on=TODAY)
    Person.objects.update(died_on=None, left_on=None)
    assert set(reasons(renew_all(town)).values()) == {"team_closed", "restricted"}


def test_a_window_that_cannot_be_is_refused(town: Town) -> None:
    for first, last, field in (
        (date(2026, 11, 24), LAST, "first_on"),
        (LAST, FIRST, "last_on"),
        (FIRST, date(2027, 2, 24), "last_on"),
    ):
        with pytest.raises(AgreementError) as refused:
            renewing.start(
                by=by(town), today=TODAY, team_ids=[town.team1.pk], first_on=first, last_on=last, token=uuid4()
            )
        assert refused.value.field == field
    with pytest.raises(AgreementError, match="at least one team"):
        renewing.start(by=by(town), today=TODAY, team_ids=[], first_on=FIRST, last_on=LAST, token=uuid4())


def test_who_takes_the_consent_back_is_asked_again_and_the_renewal_is_given_up(town: Town) -> None:
    former = agreed(town, town.chen)
    renew_all(town)
    taken_back = {"person_id": town.chen.pk, "agreement_id": former.pk, "consent": AGREED, "given": False}
    assert change(by=by(town), **taken_back)
    assert not change(by=by(town), **taken_back)
    new = Agreement.objects.get(follows=former)
    assert (new.state, new.last_on) == (rules.TERMINATED, new.start_on - rules.DAY)
    assert change(by=by(town), **taken_back | {"given": True})
    assert reasons(renew_all(town)) == {town.chen.pk: "not_agreed"}, "a renewal of it was given up already"


# --- pages ------------------------------------------------------------------------------------------------------------

ASKED = {"first_on": FIRST.isoformat(), "last_on": LAST.isoformat()}


def test_a_manager_counts_renews_and_reads_who_was_left_out(town: Town) -> None:
    former = agreed(town, town.chen)
    ending_soon(town, town.li)
    guo = as_(town.guo)
    asked = ASKED | {"teams": [town.team1.pk], "token": str(uuid4())}
    counted = guo.get("/agreements/renewals/", asked).content.decode()
    assert "Renew them now" in counted
    assert not RenewalRun.objects.exists()
    for _twice in range(2):
        address = guo.post("/agreements/renewals/", asked).headers["Location"]
    run = RenewalRun.objects.get()
    assert address == f"/agreements/renewals/{run.pk}/"
    assert "Under way" in guo.get(address).content.decode()
    assert set(carry_out()) == {"agreements.renew"}
    shown = guo.get(address).content.decode()
    assert "Done" in shown
    assert "李秀兰" in shown
    assert "has not agreed to renewal" in shown
    new = Agreement.objects.get(follows=former)
    assert new.state == rules.ACTIVE
    assert AuditEntry.objects.get(action="renewals.read").detail["people"] == 1
    assert "1 renewed, 1 left out" in guo.get("/agreements/renewals/").content.decode()
    assert "goes on where it stood" not in guo.post(f"{address}go-on/", follow=True).content.decode()
    carry_out()
    assert Agreement.objects.filter(nature="renewal").count() == 1
    assert AgreementStep.objects.get(agreement=new).by == town.guo


def test_a_run_that_stands_still_goes_on_from_the_page(town: Town) -> None:
    agreed(town, town.chen)
    run, guo = run_of(town, town.team1), as_(town.guo)
    RenewalRun.objects.update(moved_on_at=clock.true_now() - timedelta(minutes=3))
    address = f"/agreements/renewals/{run.pk}/"
    assert "Nothing has moved for two minutes" in guo.get(address).content.decode()
    assert "hx-trigger" in guo.post(f"{address}go-on/", follow=True).content.decode(), "the page follows it again"
    carry_out()
    assert "1 renewed, 0 left out" in guo.get("/agreements/renewals/").content.decode()


def test_who_is_no_manager_of_these_teams_renews_nothing(town: Town) -> None:
    agreed(town, town.chen)
    run = run_of(town)
    assert as_(town.wang).get("/agreements/renewals/").status_code == 403
    assert as_(town.guo).get(f"/agreements/renewals/{run.pk}/").status_code == 404, "team 2 is another centre's"
    assert as_(town.guo).post(f"/agreements/renewals/{run.pk}/go-on/").status_code == 404
    for wrong, sentence in (
        ({"teams": [town.team2.pk]}, "Select a valid choice"),
        ({"last_on": "2027-12-31"}, "choose 2027-02-23 or earlier"),
        ({"first_on": "2026-11-01"}, "choose today or a later day"),
    ):
        answer = as_(town.guo).post("/agreements/renewals/", ASKED | {"teams": [town.team1.pk]} | wrong)
        assert sentence in answer.content.decode()
    assert RenewalRun.objects.count() == 1


def test_a_nurse_writes_down_that_the_consent_is_taken_back(town: Town) -> None:
    former = agreed(town, town.chen)
    page = f"/people/{town.chen.pk}/agreements/{former.pk}/"
    assert "Not without a new signature any more" in as_(town.zhao).get(page).content.decode()
    assert as_(town.sun).post(f"{page}no-renewal/").status_code == 404
    as_(town.zhao).post(f"{page}no-renewal/")
    former.refresh_from_db()
    assert former.consents == ["health_data"]
    assert "without a new signature" not in as_(town.zhao).get(page).content.decode()


def test_the_command_takes_teams_by_their_codes(town: Town) -> None:
    one, two = town.team1.pk, town.team2.pk
    assert renewals.team_ids(whole_district=True) == [one, two]
    assert renewals.team_ids(teams=["qd-1"]) == renewals.team_ids(institutions=["qd"]) == [two]
    with pytest.raises(KeyError, match="nowhere"):
        renewals.team_ids(institutions=["nowhere"])


# --- rules ------------------------------------------------------------------------------------------------------------

NEXT_YEAR = date(2027, 1, 1)
CATALOGUE = read_packages([SHIPPED])
FORMER = Former(
    id=1,
    contract_no="lx-2026-0000001",
    state=rules.ACTIVE,
    start_on=date(2026, 1, 1),
    last_on=date(2026, 12, 31),
    packages=(BASIC, HYPERTENSION),
    terms_version="2026.2",
    consents=frozenset({"health_data", AGREED}),
    signs_as=rules.SELF,
    signer_name="陈志强",
    relation="",
    team_id=1,
    doctor_id=None,
    person_id=1,
    name="陈志强",
    sex="M",
    birth_date=date(1955, 6, 15),
    died_on=None,
    left_on=None,
    household_id=None,
    documents=(),
    programmes=frozenset(),
    is_restricted=False,
    is_offered=False,
    is_given_up=False,
    other="",
)


def catalogue(*changed: tuple[str, dict[str, object]]) -> Catalogue:
    """The shipped packages with an end this year for some, and a version of next year where `changed` gives one."""
    packages = list(CATALOGUE.packages)
    for key, newer in changed:
        old = CATALOGUE.package(key)
        assert old is not None
        packages[packages.index(old)] = replace(old, valid_to=date(2026, 12, 31))
        if newer:
            packages.append(replace(old, version="2027.1", valid_from=NEXT_YEAR, **newer))
    return replace(CATALOGUE, packages=tuple(packages))


def test_packages_go_on_in_the_version_of_the_new_first_day() -> None:
    newer = catalogue((BASIC, {"fee_fen": 1}), ("maternal@2026.1", {}))
    keys = (BASIC, HYPERTENSION, "maternal@2026.1", "child@2026.1", "gold@2020.1")
    goes_on = carry(keys, newer, NEXT_YEAR, {"hypertension", "maternal"})
    assert [one.key for one in goes_on.packages] == ["basic@2027.1", HYPERTENSION]
    assert goes_on.gone == ("maternal@2026.1", "child@2026.1", "gold@2020.1")
    assert not goes_on.dearer
    assert [one.key for one in carry(keys, newer, date(2026, 12, 31), {"maternal"}).packages] == [
        BASIC,
        "maternal@2026.1",
    ]


def test_nobody_pays_more_without_a_new_signature() -> None:
    old = CATALOGUE.package(HYPERTENSION)
    assert old is not None
    own = next(one.fen for one in old.payers if one.payer == "resident")
    for fen, dearer in ((own, False), (own + 1, True), (own - 1, False)):
        payers = (Payer("resident", fen),)
        newer = catalogue((HYPERTENSION, {"payers": payers}))
        assert carry((HYPERTENSION,), newer, NEXT_YEAR, {"hypertension"}).dearer is dearer


BY_MOTHER = {"signs_as": rules.GUARDIAN, "signer_name": "周燕", "relation": "母亲"}
LEFT_OUT = (
    ({}, ""),
    ({"state": rules.EXPIRED}, "ended"),
    ({"last_on": date(2026, 11, 24)}, "ended"),
    ({"died_on": TODAY, "other": "renewed"}, "dead"),
    ({"other": "other"}, "other"),
    ({"team_id": 2}, "team_closed"),
    ({"consents": frozenset({"health_data"})}, "not_agreed"),
    ({"is_given_up": True}, "not_agreed"),
    ({"consents": frozenset({AGREED})}, "consent"),
    ({"packages": (HYPERTENSION,)}, "no_basic"),
    ({"birth_date": date(2012, 12, 1), **BY_MOTHER}, "grown"),
    ({"birth_date": date(2013, 1, 2), **BY_MOTHER}, ""),
    ({"birth_date": date(2013, 1, 2), **BY_MOTHER, "signer_name": " "}, "signer"),
    ({**BY_MOTHER, "relation": ""}, "signer"),
    ({"birth_date": date(2013, 1, 2)}, "child"),
)


@pytest.mark.parametrize(("change", "reason"), LEFT_OUT)
def test_one_reason_is_enough(change: dict[str, object], reason: str) -> None:
    terms = CATALOGUE.terms_on(TODAY)
    assert terms is not None
    former = replace(FORMER, **change)
    goes_on = carry(former.packages, CATALOGUE, NEXT_YEAR, {"hypertension"})
    assert why_left_out(former, goes_on, Ground(TODAY, terms, frozenset({1}))) == reason
