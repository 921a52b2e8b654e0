"""The worker's part of signing in: only it learns whether somebody is in the register.

Every command reads this file when it starts, so that what is heavy is imported when a task runs.
"""

from procrastinate.contrib.django import app

from jinxiu.portal import rules


@app.task(name=rules.LOOK_UP, retry=3)
def look_up(sign_in_id: int) -> None:
    """Send a code, where there is somebody to send it to."""
    from jinxiu.portal import actions

    actions.look_up(sign_in_id=sign_in_id)


@app.task(name=rules.FIND, retry=3)
def find(wish_id: int) -> None:
    """Lay a wish to help before the person whom it is about."""
    from jinxiu.portal import actions

    actions.find(wish_id=wish_id)


@app.periodic(cron="7 * * * *")
@app.task(name="portal.forget", queueing_lock="portal.forget")
def forget(timestamp: int) -> None:
    """Delete what was asked for and is of no use any more."""
    from jinxiu.people import clock
    from jinxiu.portal import actions

    actions.forget(now=clock.true_now())


@app.periodic(cron="17 2 * * *")  # UTC: a quarter past ten in China, where nobody sleeps and the centre is open
@app.task(name="portal.ask_for_ratings", queueing_lock="portal.ask_for_ratings")
def ask_for_ratings(timestamp: int) -> None:
    """Ask those who use these pages to rate what was done for them in the last days."""
    from jinxiu.people import clock
    from jinxiu.portal import queries
    from jinxiu.ratings import actions

    actions.ask(person_ids=queries.with_account(), today=clock.today(), now=clock.true_now())
