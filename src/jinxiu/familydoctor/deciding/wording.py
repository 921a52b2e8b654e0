"""Decisions in words."""

from django.utils.translation import gettext_lazy as _

from jinxiu.familydoctor.deciding.queries import Said

REASONS = {
    "measured_again": _("measured again with another result"),
    "home_readings": _("readings at home or over 24 hours say otherwise"),
    "passing_cause": _("a passing cause, such as missed medicine or an acute illness"),
    "own_target": _("another target holds for this person"),
    "other": _("another reason"),
}


def because(said: Said) -> str:
    """Why a clinician decided otherwise than the rule; empty for a confirmation."""
    return " · ".join(part for part in (str(REASONS.get(said.because, "")), said.words) if part)
