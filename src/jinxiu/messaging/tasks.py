"""The worker's work: delivering, and tidying up after itself."""

from datetime import timedelta

from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from jinxiu.messaging import actions, rules

_KEEP_JOBS = timedelta(days=7)


class TryAgainError(Exception):
    """A message was not delivered now; the worker tries it again later."""


@app.task(
    name=actions.DELIVER,
    pass_context=True,
    retry=RetryStrategy(max_attempts=rules.TRIES, exponential_wait=rules.WAIT_FACTOR),
)
def deliver(context: JobContext, message_id: int) -> None:
    """Deliver one message; raises TryAgainError as long as a later try may succeed."""
    is_last = context.job.attempts >= rules.TRIES
    try:
        again = actions.deliver(message_id=message_id, is_last=is_last)
    except Exception:
        if is_last:
            actions.give_up(message_id=message_id)
        raise
    if again:
        raise TryAgainError


@app.periodic(cron="*/10 * * * *")
@app.task(name="messaging.tidy", queueing_lock="messaging.tidy", pass_context=True)
async def tidy(context: JobContext, timestamp: int) -> None:
    """Take up what a worker that was killed left behind, and forget jobs that are long done."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs():
        await jobs.retry_job(job)
    await jobs.delete_old_jobs(nb_hours=_KEEP_JOBS // timedelta(hours=1), include_failed=True)


@app.periodic(cron="*/10 * * * *")
@app.task(name="messaging.forget", queueing_lock="messaging.forget")
def forget(timestamp: int) -> None:
    """Take one-time codes out of messages once they are of no use."""
    actions.forget_secrets()
