"""The worker with real connections: a message leaves after the commit, and again when the first try failed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.models import ProcrastinateJob

from jinxiu.audit.origin import SYSTEM
from jinxiu.messaging import actions
from jinxiu.messaging.models import Message
from jinxiu.people import clock
from tests.kernel.conftest import _emptied_at_the_end, committed_town
from tests.messaging.provider import provider
from tests.messaging.test_messages import CODE
from tests.town import Town

__all__ = ["_emptied_at_the_end", "committed_town"]


def work() -> None:
    """Carry out what waits in the queue now; in a thread, for a browser's test leaves an event loop in this one."""
    with ThreadPoolExecutor(1) as other:
        other.submit(_work).result()


def _work() -> None:
    with app.replace_connector(DjangoConnector().get_worker_connector()) as working:
        # One after the other: a job that another one puts in is taken up before the worker finds nothing more to do.
        working.run_worker(wait=False, install_signal_handlers=False, concurrency=1)


@pytest.fixture
def no_jobs_stay(committed_town: Town) -> Iterator[None]:
    """Django empties its own tables after the test, not the queue's."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers")


def test_a_message_leaves_after_the_commit_and_again_after_a_failure(
    committed_town: Town, no_jobs_stay: None, settings
) -> None:
    person = committed_town.chen
    with provider() as sms:
        settings.JINXIU_SMS_URL, sms.answers = sms.url, [503]
        expires = clock.true_now() + timedelta(minutes=5)
        with transaction.atomic():
            actions.send(person_id=person.pk, text=CODE, expires_at=expires, actor=SYSTEM, secret={"code": "1"})
            transaction.set_rollback(True)
        assert not ProcrastinateJob.objects.exists()
        actions.send(person_id=person.pk, text=CODE, expires_at=expires, actor=SYSTEM, secret={"code": "493817"})
        work()
        again = ProcrastinateJob.objects.get(task_name=actions.DELIVER)
        assert (again.status, again.attempts) == ("todo", 1)
        assert again.scheduled_at is not None
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE id = %s", [again.pk])
        work()
        assert Message.objects.get().state == "sent"
        assert [one["text"] for one in sms.came] == ["Your code is 493817."] * 2
        assert ProcrastinateJob.objects.get(pk=again.pk).status == "succeeded"
