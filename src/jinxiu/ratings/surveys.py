"""Surveys as plain frozen records: what is asked, in which version, of a service or of a year. Pure, no Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from jinxiu.standards.model import Text

SERVICE, YEAR = "service", "year"
SUBJECTS = (SERVICE, YEAR)


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `scale` has the words for 1, 2, 3, 4 and 5 points. `may_skip`: it does not concern everybody."""

    code: str
    text: Text
    scale: tuple[Text, ...]
    may_skip: bool = False


@dataclass(frozen=True, slots=True)
class Survey:
    """One version of a survey. `whole` names the question that scores are made of.

    Of a service: `events` are the kinds that can be rated, for so many `days` after them.
    """

    id: str
    of: str
    version: str
    valid_from: date
    title: Text
    questions: tuple[Question, ...]
    whole: str
    events: tuple[str, ...] = ()
    days: int = 0


@dataclass(frozen=True, slots=True)
class Surveys:
    """All versions of all surveys, and where their questions come from."""

    source: Text
    surveys: tuple[Survey, ...]

    def on(self, subject: str, day: date) -> Survey | None:
        """The version that is asked on a day: of those that have begun, the latest."""
        begun = [one for one in self.surveys if one.of == subject and one.valid_from <= day]
        return max(begun, key=lambda one: one.valid_from, default=None)

    def version(self, survey_id: str, version: str) -> Survey | None:
        """The version that somebody answered; None where this installation has it no longer."""
        return next((one for one in self.surveys if (one.id, one.version) == (survey_id, version)), None)
