"""How many public pages one address may ask for in a minute."""

from __future__ import annotations

import threading


class PerAddress:
    """Counts the pages of each address in the minute that runs.

    Each server process counts for itself and forgets at a restart: the limit keeps a script from wearing the pages out.
    What an earlier minute counted is thrown away, so that many addresses fill no memory.
    """

    def __init__(self) -> None:
        self._minute = 0
        self._asked: dict[str, int] = {}
        self._lock = threading.Lock()

    def is_too_much(self, address: str, *, most: int, now: float) -> bool:
        """Count one page; tell whether there were more than `most` from this address. `now` in seconds."""
        with self._lock:
            minute = int(now // 60)
            if minute != self._minute:
                self._minute, self._asked = minute, {}
            self._asked[address] = self._asked.get(address, 0) + 1
            return self._asked[address] > most
