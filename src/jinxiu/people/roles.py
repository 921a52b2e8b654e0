"""Roles as data: what each may do, in one sentence that an administrator can read."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SEE_PEOPLE = "see_people"
SEE_RECORD = "see_record"
SEE_SHELTERED = "see_sheltered"
RECORD_FOLLOWUP = "record_followup"
SEND_REFERRALS = "send_referrals"
SEE_WITHDRAWN = "see_withdrawn"
REGISTER_PEOPLE = "register_people"
IMPORT_PEOPLE = "import_people"
PLAN_EXAMS = "plan_exams"
OPEN_IN_EMERGENCY = "open_in_emergency"
REVIEW_EMERGENCIES = "review_emergencies"
SEE_TEAM_NUMBERS = "see_team_numbers"
SEE_DISTRICT_NUMBERS = "see_district_numbers"
SEE_TRAIL = "see_trail"
EXPORT_RECORDS = "export_records"
EXPORT_NUMBERS = "export_numbers"
DELETE_PEOPLE = "delete_people"
MANAGE_ACCOUNTS = "manage_accounts"
MANAGE_TEAMS = "manage_teams"
MANAGE_ORGANISATION = "manage_organisation"
KEEP_PAY = "keep_pay"
RENEW_AGREEMENTS = "renew_agreements"
ASK_RATINGS = "ask_ratings"

PERMISSIONS: dict[str, Promise] = {
    SEE_PEOPLE: _("find people within reach and see what is registered of them"),
    SEE_RECORD: _("read the records of people within reach: care given, values, what is due and why"),
    SEE_SHELTERED: _("open what is under special shelter in these records, each time for a purpose"),
    RECORD_FOLLOWUP: _("record care: follow-ups, and what they confirm; confirm agreements for the team"),
    SEND_REFERRALS: _("send referrals to hospitals, and take what hospitals answer into the record"),
    SEE_WITHDRAWN: _("look at documents that were withdrawn, to see how records are kept"),
    REGISTER_PEOPLE: _("register people and households, correct and merge what is registered; sign agreements"),
    IMPORT_PEOPLE: _("import residents from files"),
    PLAN_EXAMS: _("plan examination days, see who is owed the yearly examination, and invite them"),
    OPEN_IN_EMERGENCY: _("read a record out of reach in an emergency, for a time and a reason"),
    REVIEW_EMERGENCIES: _("review the emergency openings of the teams within reach"),
    SEE_TEAM_NUMBERS: _("see the numbers of the teams within reach"),
    SEE_DISTRICT_NUMBERS: _("see the numbers of the whole district"),
    SEE_TRAIL: _("search the trail of who saw and did what"),
    EXPORT_RECORDS: _("export records of people within reach, with a reason and a watermark"),
    EXPORT_NUMBERS: _("export them with whole document numbers"),
    DELETE_PEOPLE: _("ask for the deletion of a person's data, and confirm what somebody else asked for"),
    MANAGE_ACCOUNTS: _("give and take accounts, roles and sessions"),
    MANAGE_TEAMS: _(
        "keep the institution's teams, the qualifications of its staff, who stands in for whom and who leaves, and "
        "the hospitals it refers to"
    ),
    MANAGE_ORGANISATION: _("keep the list of places, and every institution and team"),
    KEEP_PAY: _(
        "see what the institution's agreements are owed, write down what was paid, and work out and approve the pay of "
        "a month"
    ),
    ASK_RATINGS: _("ask people of 65 and more by phone what they think of their team, without being in it"),
    RENEW_AGREEMENTS: _("renew in one run the agreements that end, of whoever agreed to that without a new signature"),
}


# No two of these belong to one person on one day (three officers with separate powers).
SEPARATE_POWERS = frozenset({MANAGE_ACCOUNTS, SEE_TRAIL, SEE_PEOPLE})
# Who has one of these opens no page before the second step of sign-in is set up.
SECOND_STEP_REQUIRED = frozenset({MANAGE_ACCOUNTS, SEE_TRAIL})


@dataclass(frozen=True)
class Role:
    """A role; its permissions reach as far as the assignment that gives it: one team, or an institution's teams."""

    code: str
    label: Promise
    sentence: Promise
    permissions: frozenset[str]


_CARE = frozenset({SEE_PEOPLE, SEE_RECORD, RECORD_FOLLOWUP, REGISTER_PEOPLE, SEE_TEAM_NUMBERS})
# Mental health and tuberculosis are in the hands of the doctors who care for these very people, and of nobody else.
_SHELTER = _CARE | {SEE_SHELTERED, SEND_REFERRALS}
_DOCTOR = _SHELTER | {OPEN_IN_EMERGENCY}

ROLES: dict[str, Role] = {
    role.code: role
    for role in (
        Role("doctor", _("Family doctor"), _("Sees the people of the team and records their care."), _DOCTOR),
        Role("nurse", _("Nurse"), _("Sees the people of the team and records their care."), _CARE),
        Role(
            "public_health_doctor",
            _("Public-health doctor"),
            _("Sees the people of the teams served and records their care."),
            _SHELTER | {PLAN_EXAMS, EXPORT_RECORDS},
        ),
        Role(
            "clerk",
            _("Clerk"),
            _(
                "Registers people, keeps their addresses and numbers right, and invites to examination days; neither "
                "reads nor records care."
            ),
            frozenset({SEE_PEOPLE, REGISTER_PEOPLE, IMPORT_PEOPLE, PLAN_EXAMS, ASK_RATINGS}),
        ),
        Role(
            "manager",
            _("Centre manager"),
            _("Sees the numbers of the institution's teams and the people behind them; records no care."),
            frozenset({SEE_PEOPLE, SEE_RECORD, REVIEW_EMERGENCIES, SEE_TEAM_NUMBERS, MANAGE_TEAMS})
            | {SEE_WITHDRAWN, EXPORT_RECORDS, EXPORT_NUMBERS, DELETE_PEOPLE, KEEP_PAY, RENEW_AGREEMENTS},
        ),
        Role(
            "district_officer",
            _("District officer"),
            _("Sees numbers of the whole district, never a name."),
            frozenset({SEE_DISTRICT_NUMBERS}),
        ),
        Role(
            "auditor",
            _("Auditor"),
            _("Reads who saw and did what; changes nothing and opens no record."),
            frozenset({SEE_TRAIL}),
        ),
        Role(
            "administrator",
            _("Administrator"),
            _("Gives and takes accounts and roles; sees no patient."),
            frozenset({MANAGE_ACCOUNTS, MANAGE_ORGANISATION}),
        ),
    )
}
