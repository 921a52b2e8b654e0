"""The worker's part of the services; every command reads this file when it starts, so a task imports what is heavy."""

from procrastinate.contrib.django import app


@app.periodic(cron="37 * * * *")
@app.task(name="familydoctor.tell_of_exams", queueing_lock="familydoctor.tell_of_exams")
def tell_of_exams(timestamp: int) -> None:
    """Tell the invited of their examination."""
    from jinxiu.familydoctor.examdays.telling import actions
    from jinxiu.people import clock

    actions.tell(today=clock.today(), now=clock.true_now())
