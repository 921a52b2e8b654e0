"""The code list as the kernel uses it: which observations there are, in which unit and range."""

from jinxiu.standards.codes import Code, Codes, installed


def codes() -> Codes:
    """All codes of the installed services."""
    return installed()


def observation_code(code: str) -> Code | None:
    """The code with its unit and ranges; None when no installed service knows it."""
    return installed().observations.get(code)
