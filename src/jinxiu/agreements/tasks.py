"""The worker's part of agreements; every command reads this file when it starts, so a task imports what is heavy."""

from procrastinate.contrib.django import app

from jinxiu.agreements.renewing import rules


@app.task(name=rules.RENEW, retry=3)
def renew(run_id: int) -> None:
    """Do the next batch of a run of renewals; it puts in the one after it."""
    from jinxiu.agreements.renewing import actions
    from jinxiu.people import clock

    actions.step(run_id=run_id, today=clock.today(), queued=True)


@app.periodic(cron="23 * * * *")
@app.task(name="agreements.tell", queueing_lock="agreements.tell")
def tell(timestamp: int) -> None:
    """Tell residents what becomes of their agreements."""
    from jinxiu.agreements.telling import actions
    from jinxiu.people import clock

    actions.tell(today=clock.today(), now=clock.true_now())
