"""What waits in the queue, carried out here and now in the test's own transaction."""

from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from jinxiu.messaging import actions


def carry_out() -> list[str]:
    """Carry out all jobs, those that they put in too; returns the names of the tasks."""
    done = []
    while job := ProcrastinateJob.objects.filter(status="todo").order_by("pk").first():
        if job.task_name == actions.DELIVER:
            actions.deliver(is_last=True, **job.args)
        else:
            app.tasks[job.task_name].func(**job.args)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [job.pk])
        done.append(job.task_name)
    return done
