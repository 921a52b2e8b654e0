"""Two browsers in the same moment: a code lets in once, an agreement is signed once, a team is called once."""

from __future__ import annotations

import re
from uuid import uuid4

from jinxiu.agreements.models import Agreement, AgreementStep, Signature
from jinxiu.evidence.models import Event
from jinxiu.familydoctor.homevalues.queries import open_of
from jinxiu.people import clock
from jinxiu.portal import actions, queries
from jinxiu.portal.access import Resident, Visit
from jinxiu.portal.choosing import actions as choosing
from jinxiu.portal.choosing.actions import Said
from jinxiu.portal.measuring import actions as measuring
from jinxiu.portal.measuring.actions import Measured
from jinxiu.portal.models import ResidentSession, SignIn
from tests.kernel.conftest import _emptied_at_the_end, committed_town
from tests.messaging.test_worker import no_jobs_stay, work
from tests.portal.residents import last_code, numbers
from tests.together import at_once
from tests.town import TODAY, Town

__all__ = ["_emptied_at_the_end", "committed_town", "no_jobs_stay"]


def test_a_code_that_is_sent_twice_at_once_lets_in_once(committed_town: Town, no_jobs_stay: None, settings) -> None:
    settings.JINXIU_INBOX = True
    phone_hash, number_hash = queries.hashes(**numbers("li"))
    now = clock.true_now()
    key = actions.ask_for_code(phone_hash=phone_hash, number_hash=number_hash, language="en", now=now)
    work()
    code = last_code()
    assert re.fullmatch(r"\d{6}", code)
    at_once(*[lambda: actions.check_code(key=key, code=code, now=now)] * 3)
    assert ResidentSession.objects.count() == 1
    assert SignIn.objects.get().tries == 1


def test_two_browsers_that_sign_at_once_sign_once(committed_town: Town) -> None:
    town = committed_town
    visit = Visit(town.chen, Resident(1, town.chen, TODAY, clock.true_now()), None)

    def said() -> Said:
        return Said(("basic@2026.1",), TODAY, 1, ("health_data",), uuid4())

    outcomes = at_once(
        lambda: choosing.sign(visit=visit, team_id=town.team1.pk, said=said()),
        lambda: choosing.sign(visit=visit, team_id=town.team2.pk, said=said()),
    )
    assert outcomes[0] == "done"
    assert outcomes[1].startswith("This person has an agreement with")
    assert Agreement.objects.count() == Signature.objects.count() == AgreementStep.objects.count() == 1


def test_values_that_are_sent_at_once_ask_for_one_contact_and_one_form_is_one_value(committed_town: Town) -> None:
    town, now, token = committed_town, clock.now(), str(uuid4())
    visit = Visit(town.li, Resident(1, town.li, TODAY, clock.true_now()), None)
    danger = Measured({"home_systolic": 186.0, "home_diastolic": 112.0}, now, {})

    def send(token: str) -> None:
        measuring.send(visit=visit, measured=danger, token=token, now=now)

    at_once(lambda: send(token), lambda: send(token), lambda: send(str(uuid4())))
    assert Event.objects.filter(kind="home.measurement").count() == 2
    assert [item.clause for item in open_of(town.li.pk, TODAY)] == ["home_contact_now"]
