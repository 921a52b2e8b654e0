"""Roles: powers that stay in separate hands, and a page of documentation that says what the code does."""

from itertools import combinations
from pathlib import Path

from django.utils import translation

from jinxiu.people.roles import PERMISSIONS, ROLES, SEPARATE_POWERS, Role

PAGE = Path(__file__).parents[2] / "docs/reference/roles.md"


def test_accounts_trail_and_people_are_in_separate_hands() -> None:
    """Who gives accounts, who reads the trail and who opens records are three people (三员分立)."""
    for pair in combinations(SEPARATE_POWERS, 2):
        assert not [role.code for role in ROLES.values() if set(pair) <= role.permissions]


def test_every_permission_is_named_and_somebodys() -> None:
    given = frozenset().union(*(role.permissions for role in ROLES.values()))
    assert given == set(PERMISSIONS)


def test_the_page_of_roles_says_what_the_code_says() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for line in (*map(_row_of_role, ROLES.values()), *map(_row_of_permission, PERMISSIONS)):
        assert line in page, f"docs/reference/roles.md lacks this line:\n{line}"
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) == len(ROLES) + len(PERMISSIONS), "docs/reference/roles.md has a row too many"


def _row_of_role(role: Role) -> str:
    permissions = ", ".join(f"`{code}`" for code in PERMISSIONS if code in role.permissions)
    names = f"{_chinese(role.label)} | {_english(role.label)}"
    return f"| `{role.code}` | {names} | {_english(role.sentence)} | {permissions} |"


def _row_of_permission(code: str) -> str:
    return f"| `{code}` | {_chinese(PERMISSIONS[code])} | {_english(PERMISSIONS[code])} |"


def _english(text: object) -> str:
    with translation.override("en"):
        return str(text)


def _chinese(text: object) -> str:
    with translation.override("zh-hans"):
        return str(text)
