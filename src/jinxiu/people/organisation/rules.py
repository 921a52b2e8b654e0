"""What holds of a team's load, of standing in for a colleague and of qualifications."""

from dataclasses import dataclass
from datetime import date, timedelta

# Licences and certificates of those who work in a health centre; the words stand in `wording`.
KINDS = (
    "physician",
    "assistant_physician",
    "rural_doctor",
    "tcm_physician",
    "public_health_physician",
    "general_practice",
    "nurse",
    "pharmacist",
    "health_manager",
)
DAY = timedelta(days=1)
SOON = timedelta(days=60)
LONGEST = timedelta(days=365)
EXPIRED, EXPIRES_SOON, VALID = "expired", "soon", "valid"


@dataclass(frozen=True)
class Load:
    """How many people a team has, for how many family doctors, and how many it should have at most."""

    people: int
    doctors: int
    most: int

    @property
    def is_over(self) -> bool:
        """Tell whether there are more people than the team should have; it warns and never blocks."""
        return self.people > self.most


def load(people: int, doctors: int, per_doctor: int) -> Load:
    """The load of a team; in principle at most 2,000 people for each family doctor (国卫基层发〔2018〕35号)."""
    return Load(people, doctors, doctors * per_doctor)


def why_not_stand_in(start_on: date, end_on: date, today: date) -> str:
    """What is wrong with the days on which somebody stands in ("past", "order", "long"); empty when nothing is."""
    if start_on < today:
        return "past"
    if end_on < start_on:
        return "order"
    return "long" if end_on - start_on >= LONGEST else ""


def why_not_end_then(start_on: date, end_on: date, today: date) -> str:
    """What is wrong with another last day of standing in ("over", "order", "long"); yesterday ends it at once."""
    if end_on < today - DAY:
        return "over"
    if end_on < start_on:
        return "order"
    return "long" if end_on - start_on >= LONGEST else ""


def validity(valid_to: date | None, today: date) -> str:
    """Tell whether a qualification has expired, does so within 60 days, or is valid; the last day still counts."""
    if valid_to is None or valid_to > today + SOON:
        return VALID
    return EXPIRED if valid_to < today else EXPIRES_SOON
