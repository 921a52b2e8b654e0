"""The first page of the administrator and of the auditor: counts and last times, with the page behind, no patient."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import translation
from pytest_django import DjangoAssertNumQueries
from tests.pages.test_worklist import as_, second_step_for
from tests.town import TODAY, Town

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import SYSTEM
from jinxiu.audit.sentences import Action, known_actions
from jinxiu.people.access import Viewer
from jinxiu.people.models import Staff, StaffAssignment, User
from jinxiu.worklists.watching import wording as watching
from jinxiu.worklists.watching.wording import Watched


@pytest.fixture(autouse=True)
def _anchors(settings: LazySettings, tmp_path: Path) -> None:
    settings.JINXIU_ANCHORS = tmp_path


def officer(town: Town, role: str) -> Staff:
    user = User.objects.create_user(username=f"office-{role}", password="correct horse battery")
    staff = Staff.objects.create(user=user, name="办公室")
    institution = town.team1.institution
    StaffAssignment.objects.create(staff=staff, role=role, institution=institution, start_on=TODAY)
    return staff


def lines(viewer: Viewer) -> list[Watched]:
    with translation.override("en"):
        return watching.lines_for(viewer, None)


def told(action: str) -> None:
    audit.record(Action(action, ""), actor=SYSTEM)


def test_the_administrator(town: Town, tmp_path: Path, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    viewer = town.viewer(officer(town, "administrator"))
    before = [line.words for line in lines(viewer)]
    assert "0 failed sign-ins in 24 hours" in before
    assert [line.alarm for line in lines(viewer)][-3:] == ["none for a month or ever"] * 3
    told("account.sign_in_failed")
    told("backup.made")
    told("message.failed")
    (tmp_path / "2026-11-24.txt").write_text("jinxiu-audit 1 2 abc 2026-11-24T00:00:00+00:00\n")
    with django_assert_max_num_queries(5):
        found = lines(viewer)
    words = [line.words for line in found]
    assert "1 failed sign-in in 24 hours" in words
    assert any(one.startswith("Last backup: 20") for one in words)
    undelivered = next(line for line in found if line.words == "1 message could not be delivered in 24 hours")
    assert (undelivered.url, undelivered.alarm) == ("/messages/?state=failed", "see why")
    assert found[-1].words.startswith("Last anchor of the trail: 20")
    assert [line.alarm for line in found][-2:] == ["", ""]


def test_a_line_of_the_administrator_leads_to_just_those_accounts(town: Town) -> None:
    admin = officer(town, "administrator")
    second_step_for(admin)
    bare = officer(town, "auditor")
    User.objects.filter(pk=town.wang.user_id).update(last_login=datetime(2026, 1, 1, tzinfo=UTC))
    User.objects.filter(pk=town.zhao.user_id).update(password="!never")
    client = as_(admin)
    for kind, name, other in (
        ("second-step", f"/staff/{bare.pk}/", f"/staff/{town.wang.pk}/"),
        ("unused", f"/staff/{town.wang.pk}/", f"/staff/{bare.pk}/"),
        ("expired", f"/staff/{town.zhao.pk}/", f"/staff/{town.wang.pk}/"),
    ):
        assert any(line.url == f"/staff/?kind={kind}" for line in lines(town.viewer(admin)))
        shown = client.get(f"/staff/?kind={kind}").content.decode()
        assert name in shown
        assert other not in shown
    assert "目前没有" in client.get("/staff/?kind=invited").content.decode()
    assert f"/staff/{bare.pk}/" in client.get("/staff/?kind=nonsense").content.decode()


def test_the_auditor(town: Town, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    viewer = town.viewer(officer(town, "auditor"))
    assert lines(viewer)[0] == Watched("Last check of the trail", alarm="none for a month or ever")
    told("trail.verified")
    told("trail.broken")
    told("person.numbers_shown")
    with django_assert_max_num_queries(3):
        found = lines(viewer)
    assert found[0].alarm == "not as it was closed"
    assert "action=trail.broken" in found[0].url
    shown = next(line for line in found if line.words == "Whole numbers shown in 30 days: 1")
    assert "action=person.numbers_shown" in shown.url
    told("trail.verified")
    assert lines(viewer)[0].alarm == ""
    assert lines(viewer)[0].words.endswith("whole")


def test_what_is_missed_for_a_night_is_late() -> None:
    now = datetime(2026, 11, 25, 8, tzinfo=UTC)
    with translation.override("en"):
        assert watching.nightly("Last backup", now - timedelta(hours=35), now).alarm == ""
        late = watching.nightly("Last backup", now - timedelta(hours=37), now)
    assert late == Watched("Last backup: 2026-11-24 03:00", alarm="late")


def test_others_see_none_and_ask_nothing(town: Town, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    viewer = town.viewer(town.wang)
    with django_assert_max_num_queries(0):
        assert lines(viewer) == []


def test_the_actions_are_those_of_the_trail() -> None:
    for module in ("jinxiu.config.accounts", "jinxiu.config.urls"):
        import_module(module)
    named = {watching.FAILED, watching.BACKED_UP, watching.WHOLE, watching.BROKEN, watching.NUMBERS, watching.EXPORTED}
    named |= {watching.UNDELIVERED, watching.EXPORTED_WHOLE, watching.OPENED, watching.RESTRICTED, watching.DELETED}
    assert named <= set(known_actions())


@pytest.mark.parametrize(
    ("role", "language", "words"),
    [("administrator", "zh-hans", "最近一次备份"), ("auditor", "en", "Last check of the trail")],
)
def test_the_page_shows_it(town: Town, role: str, language: str, words: str) -> None:
    staff = officer(town, role)
    second_step_for(staff)
    page = as_(staff, language).get("/").content.decode()
    assert words in page
    assert town.feng.name not in page
