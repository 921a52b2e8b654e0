"""The worker's part of signing in: only it learns whether somebody is in the register."""

from procrastinate.contrib.django import app

from jinxiu.people import clock
from jinxiu.portal import actions


@app.task(name=actions.LOOK_UP, retry=3)
def look_up(sign_in_id: int) -> None:
    """Send a code, where there is somebody to send it to."""
    actions.look_up(sign_in_id=sign_in_id)


@app.task(name=actions.FIND, retry=3)
def find(wish_id: int) -> None:
    """Lay a wish to help before the person whom it is about."""
    actions.find(wish_id=wish_id)


@app.periodic(cron="7 * * * *")
@app.task(name="portal.forget", queueing_lock="portal.forget")
def forget(timestamp: int) -> None:
    """Delete what was asked for and is of no use any more."""
    actions.forget(now=clock.true_now())
