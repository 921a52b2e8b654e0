"""The own agreement: chosen, signed, renewed, taken to another team, ended; by oneself and guardians, and tried on
purpose."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from jinxiu.agreements import queries as agreements
from jinxiu.agreements.actions import AgreementError, confirm
from jinxiu.agreements.issuing.queries import check
from jinxiu.agreements.models import Agreement, Signature
from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.people import clock
from jinxiu.people.actions import record_departure, register_person
from jinxiu.people.families.actions import relate
from jinxiu.people.models import Person, Team, TeamMembership
from jinxiu.people.queries import team_of
from jinxiu.portal.access import Resident, Visit
from jinxiu.portal.choosing import actions, rules, wording
from jinxiu.portal.choosing.forms import ChangeForm
from tests.agreements.test_agreements import BASIC, HYPERTENSION, by, ending_soon, held
from tests.portal.residents import home_of, sign_in
from tests.register.test_registering import as_
from tests.town import TODAY, Town, town

__all__ = ["town"]


@pytest.fixture(autouse=True)
def _inbox(settings) -> None:
    settings.JINXIU_INBOX = True


def own(person: Person) -> str:
    return reverse("my-agreement", args=[person.pk])


def choose(person: Person, team: Team) -> str:
    return reverse("my-choose", args=[person.pk, team.pk])


def step(name: str, agreement: Agreement, *more: int) -> str:
    return reverse(f"my-{name}", args=[agreement.person_id, agreement.pk, *more])


def form(name: str = "陈志强", **changes: object) -> dict[str, object]:
    """What the page sends for Chen, who has hypertension and is 71."""
    terms = agreements.terms_on(TODAY)
    assert terms is not None
    return {
        "token": uuid4(),
        "terms": terms.version,
        "packages": [BASIC, HYPERTENSION],
        "start_on": TODAY.isoformat(),
        "years": "2",
        "consents": ["health_data"],
        "name": name,
    } | changes


def guardian(child: Person, relative: Person, **changes: object) -> None:
    bond = {"role": "guardian", "relation": "52", "start_on": date(2020, 5, 1)} | changes
    relate(person_id=child.pk, relative_id=relative.pk, today=TODAY, actor=SYSTEM, recorded_by=None, **bond)


# --- signing ----------------------------------------------------------------------------------------------------------


def test_a_resident_reads_signs_and_waits_for_the_team(town: Town) -> None:
    """Chen belongs to team 1 and chooses team 2."""
    chen = sign_in("chen")
    team = chen.get(reverse("my-team", args=[town.team2.pk])).content.decode()
    assert choose(town.chen, town.team2) in team
    page = chen.get(choose(town.chen, town.team2)).content.decode()
    for words in (
        "hypertension package",
        "4 times a year",
        "You pay 20 yuan a year.",
        "the rest: health-insurance fund 60 yuan",
        "party B may change the team",
        "Every look at the record is written down",
        "(needed)",
    ):
        assert words.lower() in page.lower(), words
    assert 'value="health_data" checked' not in page, "a consent is given, not preset"
    assert chen.post(choose(town.chen, town.team2), form(), follow=True).status_code == 200
    agreement = Agreement.objects.get()
    assert (agreement.state, agreement.team, agreement.channel) == ("pending_team", town.team2, "app")
    assert (agreement.signs_as, agreement.signer_name, agreement.end_on) == ("self", "陈志强", date(2028, 11, 24))
    assert "每次查看都有记录" in agreement.text, "the privacy notice is signed with the rest"
    signature = Signature.objects.get()
    assert (signature.party, signature.sha256) == ("resident", hashlib.sha256(agreement.text.encode()).hexdigest())
    assert team_of(town.chen.pk, TODAY) == town.team1, "nothing has moved yet"
    told = chen.get(own(town.chen)).content.decode()
    assert "Next the team confirms" in told
    assert "Take it back" in told
    assert "It is signed with Team 2 and waits" in chen.get(home_of(town.chen)).content.decode()
    line = AuditEntry.objects.get(action="agreement.made")
    assert (line.person_id, line.role) == (town.chen.pk, "resident")
    doctor = as_(town.sun)
    address = f"/people/{town.chen.pk}/agreements/{agreement.pk}/"
    assert "by the resident&#x27;s own pages" in doctor.get(address).content.decode()
    doctor.post(f"{address}confirm/", {"token": uuid4()})
    assert team_of(town.chen.pk, TODAY) == town.team2
    assert "It runs until" in chen.get(own(town.chen)).content.decode()
    again = chen.get(step("change", agreement, town.team1.pk), follow=True).content.decode()
    assert "You can choose another team from tomorrow" in again, "nobody fills in what cannot be signed"


def test_a_guardian_signs_for_a_child_and_a_helper_for_nobody(town: Town) -> None:
    child = register_person(name="李小宝", sex="M", birth_date=date(2020, 5, 1), actor=SYSTEM)
    guardian(child, town.li)
    asked = {"consented_on": TODAY, "consent_by": "person", "words": "here"}
    guardian(town.chen, town.li, role="helper", relation="30", start_on=TODAY, **asked)
    li = sign_in("li")
    team = li.get(reverse("my-team", args=[town.team1.pk])).content.decode()
    assert "Choose this team for 李小宝" in team
    assert "Choose this team for 陈志强" not in team
    li.post(choose(child, town.team1), form("李秀兰", packages=[BASIC, "child@2026.1"]))
    agreement = Agreement.objects.get()
    assert (agreement.person, agreement.signs_as) == (child, "guardian")
    assert (agreement.signer_name, agreement.relation) == ("李秀兰", "母亲")
    for answer in (li.get(choose(town.chen, town.team1)), li.post(choose(town.chen, town.team1), form())):
        assert answer.status_code == 403
        assert "Only the person signs" in answer.content.decode()
    assert li.get(own(town.chen)).status_code == 200, "a helper may read"
    assert Agreement.objects.count() == 1


WRONG = (
    ({"name": "张三"}, "Write the name as it stands here: 陈志强"),
    ({"name": ""}, "Nothing is signed yet"),
    ({"start_on": "2026-11-24"}, "today or later"),
    ({"start_on": "2027-06-01"}, "within the next"),
    ({"start_on": "soon"}, "Nothing is signed yet"),
    ({"years": "9"}, "Nothing is signed yet"),
    ({"consents": []}, "belongs to every agreement"),
    ({"packages": [HYPERTENSION]}, "basic package belongs"),
    ({"packages": [BASIC, "hypertension@2025.1"]}, "packages have changed"),
    ({"packages": [BASIC, "maternal@2026.1"]}, "packages have changed"),
    ({"terms": "2020.1"}, "text has changed"),
    ({"token": "x"}, "Nothing is signed yet"),
)


def test_what_is_wrong_is_said_and_nothing_is_half_signed(town: Town) -> None:
    chen = sign_in("chen")
    for changes, words in WRONG:
        answer = chen.post(choose(town.chen, town.team1), form(**changes))
        assert answer.status_code == 400, changes
        assert words in answer.content.decode(), changes
    both = chen.post(choose(town.chen, town.team1), form("", consents=[])).content.decode()
    assert "This field is required" in both
    assert "belongs to every agreement" in both, "all that is missing is said at once"
    assert not Agreement.objects.exists()
    assert not Signature.objects.exists()
    assert chen.post(choose(town.chen, town.team1), form(" 陈 志强 ")).status_code == 302


def test_a_package_that_ended_while_the_page_stood_open(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    chen = sign_in("chen")
    page = chen.get(choose(town.chen, town.team1)).content.decode()
    assert HYPERTENSION in page
    whole, ended = agreements.catalogue(), TODAY - timedelta(days=1)
    packages = [replace(one, valid_to=ended) if one.key == HYPERTENSION else one for one in whole.packages]
    monkeypatch.setattr(agreements, "catalogue", lambda: replace(whole, packages=tuple(packages)))
    answer = chen.post(choose(town.chen, town.team1), form())
    assert answer.status_code == 400
    assert "packages have changed" in answer.content.decode()
    assert HYPERTENSION not in answer.content.decode()
    assert not Agreement.objects.exists()


def test_double_click_replay_and_a_second_browser(town: Town) -> None:
    phone, tablet, sent = sign_in("chen"), sign_in("chen"), form()
    for _twice in range(2):
        assert phone.post(choose(town.chen, town.team1), sent).headers["Location"] == own(town.chen)
    second = tablet.post(choose(town.chen, town.team2), form(), follow=True)
    assert second.redirect_chain[0][0] == own(town.chen)
    assert "You have signed with Team 1" in second.content.decode()
    assert Agreement.objects.count() == 1
    assert "take that back first" in tablet.get(choose(town.chen, town.team2), follow=True).content.decode()
    agreement = Agreement.objects.get()
    for _twice in range(2):
        phone.post(step("end", agreement), {"token": sent["token"]})
        phone.post(step("end", agreement), {"token": uuid4()})
    agreement.refresh_from_db()
    assert agreement.steps.count() == 2
    again = phone.post(choose(town.chen, town.team1), sent, follow=True).content.decode()
    assert "Signed. The team" not in again, "what was withdrawn is not signed by a replay"
    assert Agreement.objects.count() == 1


def test_signing_and_withdrawing_all_day_ends(town: Town) -> None:
    chen = sign_in("chen")
    for _time in range(rules.SIGNED_A_DAY):
        assert chen.post(choose(town.chen, town.team1), form()).status_code == 302
        chen.post(step("end", Agreement.objects.latest("pk")), {"token": uuid4()})
    answer = chen.post(choose(town.chen, town.team1), form())
    assert "very often today" in answer.content.decode()
    assert Agreement.objects.count() == rules.SIGNED_A_DAY


def test_the_moved_and_everybody_else(town: Town) -> None:
    chen, nobody = sign_in("chen"), 10**6
    agreement = held(town, town.feng)
    its_own = [
        *(step(name, agreement) for name in ("end", "renew", "agreement-pdf")),
        step("change", agreement, town.team1.pk),
    ]
    for address in (choose(town.feng, town.team1), own(town.feng), *its_own):
        forged = address.replace(f"/my/{town.feng.pk}/", f"/my/{nobody}/")
        mine = address.replace(f"/my/{town.feng.pk}/", f"/my/{town.chen.pk}/")
        answers = [chen.get(address), chen.get(forged), chen.post(address, form()), chen.post(forged, form())]
        assert {one.status_code for one in answers} <= {404, 405}, address
        bodies = {re.sub(r'value="[^"]*"', "", one.content.decode()) for one in answers[:2]}
        assert len(bodies) == 1, "whether there is such a person shows nowhere"
        if address in its_own:
            assert chen.get(mine).status_code == 404
    Team.objects.filter(pk=town.team2.pk).update(closed_on=TODAY)
    assert chen.get(choose(town.chen, town.team2)).status_code == 404
    assert chen.post(choose(town.chen, town.team2), form()).status_code == 404
    record_departure(person_id=town.chen.pk, on=TODAY, died=False, actor=SYSTEM)
    assert chen.get(choose(town.chen, town.team1)).status_code == 403
    moved = chen.post(choose(town.chen, town.team1), form())
    assert "moved away" in moved.content.decode()
    assert not Agreement.objects.exclude(person=town.feng).exists()
    assert Client().get(own(town.chen)).headers["Location"].startswith("/my/sign-in/")


def test_nobody_signs_for_the_dead(town: Town) -> None:
    child = register_person(name="李小宝", sex="M", birth_date=date(2020, 5, 1), actor=SYSTEM)
    guardian(child, town.li)
    li = sign_in("li")
    assert li.get(choose(child, town.team1)).status_code == 200
    record_departure(person_id=child.pk, on=TODAY, died=True, actor=SYSTEM)
    assert li.post(choose(child, town.team1), form("李秀兰", packages=[BASIC])).status_code == 404
    record_departure(person_id=town.li.pk, on=TODAY, died=True, actor=SYSTEM)
    answer = li.post(choose(town.li, town.team1), form("李秀兰"))
    assert answer.headers["Location"].startswith("/my/sign-in/"), "the sign-in ends with the death"
    assert not Agreement.objects.exists()


def test_nobody_signs_for_a_child_without_a_guardian(town: Town) -> None:
    child = register_person(name="李小宝", sex="M", birth_date=date(2020, 5, 1), actor=SYSTEM)
    assert sign_in("li").post(choose(child, town.team1), form("李秀兰")).status_code == 404
    assert not Agreement.objects.exists()


# --- renewing, another team, the end ----------------------------------------------------------------------------------


def test_renewed_from_the_own_page_it_follows_without_a_gap(town: Town) -> None:
    former = ending_soon(town, town.chen)
    chen = sign_in("chen")
    for page in (own(town.chen), home_of(town.chen)):
        assert step("renew", former) in chen.get(page).content.decode()
    page = chen.get(step("renew", former)).content.decode()
    assert "It follows the agreement that you have" in page
    sent = form(years="1")
    for _twice in range(2):
        assert chen.post(step("renew", former), sent).status_code == 302
    made = Agreement.objects.get(follows=former)
    assert (made.state, made.start_on, made.nature) == ("pending_team", former.last_on + timedelta(days=1), "renewal")
    assert "There is a renewal" in chen.get(home_of(town.chen)).content.decode()
    assert "cannot be renewed now" in chen.get(step("renew", former), follow=True).content.decode()
    assert chen.post(step("renew", former), form(), follow=True).status_code == 200
    assert Agreement.objects.count() == 2


def test_who_comes_a_few_days_late_is_told_that_it_can_be_renewed(town: Town) -> None:
    former, ended = ending_soon(town, town.chen), TODAY - timedelta(days=9)
    Agreement.objects.filter(pk=former.pk).update(state="expired", end_on=ended, last_on=ended)
    chen = sign_in("chen")
    home = chen.get(home_of(town.chen)).content.decode()
    assert "You can still renew it." in home
    assert step("renew", former) in home
    assert chen.post(step("renew", former), form(years="1")).status_code == 302
    assert "waits for the team" in chen.get(home_of(town.chen)).content.decode()


def test_another_team_takes_over_in_one_step(town: Town) -> None:
    former = held(town, town.chen)
    Agreement.objects.filter(pk=former.pk).update(start_on=date(2026, 3, 1), counted_from=date(2026, 3, 1))
    chen = sign_in("chen")
    page = chen.get(choose(town.chen, town.team2), follow=True)
    assert page.redirect_chain[0][0] == step("change", former, town.team2.pk)
    assert "The new team sees your record from today" in page.content.decode()
    sent = {"token": uuid4(), "name": "陈志强"}
    assert chen.post(step("change", former, town.team2.pk), sent | {"name": "x"}).status_code == 400
    for _twice in range(2):
        assert chen.post(step("change", former, town.team2.pk), sent).status_code == 302
    made = Agreement.objects.get(follows=former)
    assert (made.team, made.state, made.channel, made.start_on) == (town.team2, "active", "app", TODAY)
    assert team_of(town.chen.pk, TODAY) == town.team2
    stale = chen.post(step("change", former, town.team1.pk), {"token": uuid4(), "name": "陈志强"})
    assert stale.status_code == 400
    assert "in the meantime" in stale.content.decode()
    assert "cannot go to that team" in chen.get(step("change", made, town.team2.pk), follow=True).content.decode()


def test_what_an_import_did_not_bring_is_consented_to_with_the_change(town: Town) -> None:
    agreement, start = held(town, town.chen), date(2026, 3, 1)
    Agreement.objects.filter(pk=agreement.pk).update(
        consents=[], text="", terms_version="", start_on=start, counted_from=start
    )
    chen, url = sign_in("chen"), step("change", agreement, town.team2.pk)
    refused = chen.post(url, {"token": uuid4(), "name": "陈志强"})
    assert refused.status_code == 400
    assert "belongs to every agreement" in refused.content.decode()
    assert chen.post(url, {"token": uuid4(), "name": "陈志强", "consents": ["health_data"]}).status_code == 302
    made = Agreement.objects.get(follows=agreement)
    assert (made.consents, "☑ 同意团队" in made.text) == (["health_data"], True)


def test_a_renewal_with_the_old_team_goes_with_the_change(town: Town) -> None:
    former = ending_soon(town, town.chen)
    chen = sign_in("chen")
    chen.post(step("renew", former), form(years="1"))
    assert "is taken back" in chen.get(step("change", former, town.team2.pk)).content.decode()
    chen.post(step("change", former, town.team2.pk), {"token": uuid4(), "name": "陈志强"})
    states = Agreement.objects.order_by("pk").values_list("nature", "team", "state")
    assert list(states) == [
        ("new", town.team1.pk, "transferred"),
        ("renewal", town.team1.pk, "terminated"),
        ("transfer", town.team2.pk, "active"),
    ]
    told = chen.get(own(town.chen)).content.decode()
    assert "taken back before it began" in told
    assert "Renew the agreement" in told


def test_a_guardian_signs_the_change_in_the_own_name(town: Town) -> None:
    child = register_person(name="李小宝", sex="M", birth_date=date(2020, 5, 1), actor=SYSTEM)
    guardian(child, town.li)
    TeamMembership.objects.create(person=child, team=town.team1, start_on=date(2020, 5, 1))
    former = held(town, child, signs_as="guardian", signer_name="李大山", relation="父亲")
    Agreement.objects.filter(pk=former.pk).update(start_on=date(2026, 3, 1), counted_from=date(2026, 3, 1))
    sent = {"token": uuid4(), "name": "李秀兰"}
    assert sign_in("li").post(step("change", former, town.team2.pk), sent).status_code == 302
    made = Agreement.objects.get(follows=former)
    assert (made.signer_name, made.relation) == ("李秀兰", "母亲")


def test_ended_by_the_own_wish_with_a_reason(town: Town) -> None:
    agreement = held(town, town.chen)
    chen = sign_in("chen")
    assert "is this right" in chen.get(step("end", agreement)).content.decode()
    assert chen.post(step("end", agreement), {"token": uuid4()}).status_code == 400
    assert chen.post(step("end", agreement), {"token": uuid4(), "why": "hunger"}).status_code == 400
    sent = {"token": uuid4(), "why": "unhappy", "words": "等得太久", "on": "2026-01-01"}
    for _twice in range(2):
        assert chen.post(step("end", agreement), sent).status_code == 302
    agreement.refresh_from_db()
    last = agreement.steps.order_by("-pk")[0]
    assert (agreement.state, agreement.last_on, last.reason) == ("terminated", TODAY, "own_wish")
    assert last.note.endswith("；等得太久")
    assert last.by is None
    assert "has ended already" in chen.get(step("end", agreement), follow=True).content.decode()
    assert "Choose a team" in chen.get(own(town.chen)).content.decode()
    done = chen.get(reverse("my-done", args=[town.chen.pk])).content.decode()
    assert "Began:" in done
    assert "refused" not in done, "who goes has not refused care"
    again = chen.get(choose(town.chen, town.team1)).content.decode()
    assert 'value="2026-11-26"' in again, "today belongs to the one that ended"
    assert chen.post(choose(town.chen, town.team1), form(start_on="2026-11-26")).status_code == 302


def test_what_the_team_confirmed_meanwhile_is_not_ended_by_taking_it_back(town: Town) -> None:
    chen = sign_in("chen")
    chen.post(choose(town.chen, town.team1), form())
    agreement = Agreement.objects.get()
    assert "Take it back: is this right?" in chen.get(step("end", agreement)).content.decode()
    resident = Resident(1, town.chen, TODAY, clock.true_now())
    confirm(by=by(town, town.wang), today=TODAY, agreement_id=agreement.pk, token=uuid4())
    answer = chen.post(step("end", agreement), {"token": uuid4()})
    assert answer.status_code == 400
    assert "End the agreement: is this right?" in answer.content.decode()
    with pytest.raises(AgreementError, match="meanwhile"), translation.override("en"):
        actions.end(visit=Visit(town.chen, resident, None), agreement_id=agreement.pk, why="", words="", token=uuid4())
    agreement.refresh_from_db()
    assert agreement.state == "active"


def test_the_pdf_is_the_one_that_staff_hand_out(town: Town) -> None:
    agreement = held(town, town.chen)
    answer = sign_in("chen").get(step("agreement-pdf", agreement))
    assert answer.headers["Content-Type"] == "application/pdf"
    checked = check(answer.content)
    assert checked is not None
    assert (checked.agreement, checked.is_text_whole) == (agreement, True)
    assert AuditEntry.objects.filter(action="agreement.issued", person_id=town.chen.pk).exists()
    Agreement.objects.filter(pk=agreement.pk).update(text="")
    assert sign_in("chen").get(step("agreement-pdf", agreement)).status_code == 404


@pytest.mark.parametrize(("typed", "same"), [("陈 志强", True), ("Li·Xiu lan", False), ("", False)])
def test_a_name_is_the_same_whatever_the_spaces(typed: str, same: bool) -> None:
    assert rules.same_name(typed, "陈志强") is same


def test_a_name_is_no_part_of_the_page() -> None:
    assert "&lt;b&gt;" in str(ChangeForm(None, signer_name="<b>").fields["name"].help_text)


def test_fees_are_told_in_plain_words() -> None:
    assert [wording.yuan(fen) for fen in (0, 3000, 1250)] == ["0", "30", "12.50"]
