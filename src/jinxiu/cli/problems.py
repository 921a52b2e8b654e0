"""What can go wrong for the person at the terminal: each problem is one sentence that says what to do."""


class Problem(Exception):  # noqa: N818 - the word a reader of a command's code expects
    """Something outside the user's words went wrong (a full disk, a missing library): the command ends with code 1."""

    exit_code = 1


class BadInput(Problem):
    """What the user asked for cannot be done as written: the command ends with code 2."""

    exit_code = 2
