"""Two browsers in the same moment: a code lets in once."""

from __future__ import annotations

import re

from jinxiu.people import clock
from jinxiu.portal import actions, queries
from jinxiu.portal.models import ResidentSession, SignIn
from tests.kernel.conftest import _emptied_at_the_end, committed_town
from tests.messaging.test_worker import no_jobs_stay, work
from tests.portal.residents import last_code, numbers
from tests.together import at_once
from tests.town import Town

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
