"""What a log may not hold: the values of people's rows, which a database quotes when it refuses one."""

import logging
import re

# PostgreSQL tells the values that it refuses after DETAIL and the place in its input after CONTEXT.
_QUOTED = re.compile(r"^(DETAIL|CONTEXT|HINT|LINE \d+): .*?(?=\n\n|\n[A-Z]+: |\n  File |\nTraceback|\Z)", re.M | re.S)


def without_values(text: str) -> str:
    """Leave out of a trace what the database quotes from a row."""
    return _QUOTED.sub(r"\1: (left out of the log)", text)


class DiscreetFormatter(logging.Formatter):
    """Writes a record in one line, with its trace below, and quotes nobody."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as it stands in the log."""
        return without_values(super().format(record))
