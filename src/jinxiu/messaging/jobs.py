"""Putting work into the queue as a part of the transaction at hand: it exists when what it is about exists."""

from datetime import datetime

from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task


def put(task: str, /, *, at: datetime | None = None, **arguments: int | str) -> None:
    """Put a task into the queue by its name; the worker takes it up once the transaction is committed, and not
    before `at`.

    Always on Django's own connection: inside the worker, the library's app would use another one, and a job could be
    taken up before the rows that it is about can be seen.
    """
    manager = JobManager(DjangoConnector())
    configure_task(name=task, job_manager=manager, schedule_at=at).defer(**arguments)
