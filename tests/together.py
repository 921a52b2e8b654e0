"""Two people at one time: each on a thread and a connection of its own."""

import threading
from collections.abc import Callable

from django.db import connection
from django.utils import translation

from jinxiu.people.actions import PeopleError


def at_once(*works: Callable[[], object]) -> list[str]:
    """Do things in threads that start together; what each came to: "done", or its sentence in English."""
    start, outcomes = threading.Barrier(len(works)), list[str]()

    def one(work: Callable[[], object]) -> None:
        start.wait()
        try:
            with translation.override("en"):
                work()
            outcomes.append("done")
        except PeopleError as error:
            with translation.override("en"):
                outcomes.append(str(error.sentence))
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(outcomes, key=len)
