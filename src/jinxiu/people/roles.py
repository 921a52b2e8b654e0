"""Roles as data: what each may do, in one sentence that an administrator can read."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SEE_PEOPLE = "see_people"
RECORD_FOLLOWUP = "record_followup"
SEE_TEAM_NUMBERS = "see_team_numbers"
SEE_DISTRICT_NUMBERS = "see_district_numbers"
MANAGE_ACCOUNTS = "manage_accounts"
PERMISSIONS = frozenset({SEE_PEOPLE, RECORD_FOLLOWUP, SEE_TEAM_NUMBERS, SEE_DISTRICT_NUMBERS, MANAGE_ACCOUNTS})


@dataclass(frozen=True)
class Role:
    """A role; its permissions reach as far as the assignment that gives it: one team, or an institution's teams."""

    code: str
    label: Promise
    sentence: Promise
    permissions: frozenset[str]


_CARE = frozenset({SEE_PEOPLE, RECORD_FOLLOWUP, SEE_TEAM_NUMBERS})

ROLES: dict[str, Role] = {
    role.code: role
    for role in (
        Role("doctor", _("Family doctor"), _("Sees the people of the team and records their care."), _CARE),
        Role("nurse", _("Nurse"), _("Sees the people of the team and records their care."), _CARE),
        Role(
            "public_health_doctor",
            _("Public-health doctor"),
            _("Sees the people of the teams served and records their care."),
            _CARE,
        ),
        Role(
            "manager",
            _("Centre manager"),
            _("Sees the numbers of the institution's teams and the people behind them; records no care."),
            frozenset({SEE_PEOPLE, SEE_TEAM_NUMBERS}),
        ),
        Role(
            "district_officer",
            _("District officer"),
            _("Sees numbers of the whole district, never a name."),
            frozenset({SEE_DISTRICT_NUMBERS}),
        ),
        Role(
            "administrator",
            _("Administrator"),
            _("Gives and takes accounts and roles; sees no patient."),
            frozenset({MANAGE_ACCOUNTS}),
        ),
    )
}
