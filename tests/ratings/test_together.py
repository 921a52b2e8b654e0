"""Two in the same moment: one answer stands, one message goes out, a call is settled once."""

from __future__ import annotations

from datetime import datetime

from jinxiu.audit.origin import SYSTEM
from jinxiu.messaging.models import Message
from jinxiu.people.clock import SHANGHAI
from jinxiu.ratings import actions, queries
from jinxiu.ratings.actions import By, Said
from jinxiu.ratings.models import Asking, CallWish, Rating
from tests.kernel.conftest import _emptied_at_the_end, committed_town
from tests.messaging.test_worker import no_jobs_stay
from tests.together import at_once
from tests.town import TODAY, Town

__all__ = ["_emptied_at_the_end", "committed_town", "no_jobs_stay"]
NOW = datetime(2026, 11, 25, 10, tzinfo=SHANGHAI)


def test_two_at_once_leave_one_of_each(committed_town: Town, no_jobs_stay: None) -> None:
    town, by = committed_town, By("self", SYSTEM)
    event = queries.services_of(town.chen.pk, TODAY, with_sheltered=False)[0].event_id
    ids = {"person_id": town.chen.pk, "by": by, "today": TODAY, "now": NOW}
    at_once(*[lambda: actions.ask(person_ids=[town.chen.pk], today=TODAY, now=NOW)] * 3)
    assert (Asking.objects.count(), Message.objects.count()) == (1, 1)
    outcomes = at_once(
        *(
            lambda score=score: actions.rate_service(event_id=event, said=Said({"whole": score}), **ids)
            for score in (1, 5)
        )
    )
    assert outcomes[0] == "done"
    assert outcomes[1].startswith("This was answered meanwhile")
    at_once(
        *[
            lambda: actions.rate_service(
                event_id=event, said=Said({"whole": queries.said_by(town.chen.pk)[0].score}), **ids
            )
        ]
        * 2
    )
    assert Rating.objects.count() == 1
    at_once(*[lambda: actions.wish_a_call(phone="13812340021", words="late", **ids)] * 3)
    wish = CallWish.objects.get()
    viewer = town.viewer(town.guo)
    outcomes = at_once(*[lambda: actions.settle_call(viewer=viewer, wish_id=wish.pk, note="called", now=NOW)] * 2)
    assert outcomes == ["done", "Somebody has settled this already."]
