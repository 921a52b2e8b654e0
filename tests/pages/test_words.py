"""Marks, dates and translations: the small words that every page shares."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polib
import pytest
from django.template import Context, Template
from django.utils import translation

from jinxiu.ui import messages
from jinxiu.ui.marks import Mark, mark_for
from jinxiu.ui.templatetags.jinxiu import day_text, days_left, share

WEDNESDAY = date(2026, 11, 25)


def shown(status: str, due_in_days: int, urgency: int = 0, action: str = "contact") -> Mark:
    with translation.override("en"):
        due_on = WEDNESDAY + timedelta(days=due_in_days)
        return mark_for(urgency=urgency, action=action, status=status, due_on=due_on, today=WEDNESDAY)


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        (shown("due", 14, urgency=3, action="refer"), Mark("▲", "Urgent", "red")),
        (shown("overdue", -2, urgency=2, action="refer"), Mark("◆", "Refer", "amber")),
        (shown("due", 14, urgency=1), Mark("◇", "Within two weeks", "amber")),
        (shown("overdue", -1, urgency=1), Mark("●", "Overdue 1 day", "amber")),
        (shown("overdue", -1), Mark("●", "Overdue 1 day", "amber")),
        (shown("overdue", -41), Mark("●", "Overdue 41 days", "amber")),
        (shown("due", 4), Mark("○", "This week", "blue")),  # Sunday
        (shown("due", 5), Mark("○", "Due", "plain")),  # next Monday
        (shown("upcoming", 40), Mark("○", "Upcoming", "plain")),
        (shown("kept", -40, urgency=3), Mark("✓", "Done", "jade")),
        (shown("waived", 0), Mark("–", "Waived", "plain")),
        (shown("missed", -9), Mark("●", "Missed", "amber")),
    ],
)
def test_a_mark_is_a_sign_a_word_and_a_tone(mark: Mark, expected: Mark):
    assert mark == expected


@pytest.mark.parametrize(
    ("days", "chinese", "english"),
    [
        (0, "今天", "today"),
        (-1, "昨天", "yesterday"),
        (1, "明天", "tomorrow"),
        (-13, "11月12日", "12 November"),
        (-400, "2025年10月21日", "21 October 2025"),
    ],
)
def test_dates_are_written_as_people_say_them(days: int, chinese: str, english: str):
    for language, expected in (("zh-hans", chinese), ("en", english)):
        with translation.override(language):
            assert day_text(WEDNESDAY + timedelta(days=days), WEDNESDAY) == expected


def test_days_left_counts_both_ways():
    with translation.override("en"):
        found = [days_left(WEDNESDAY + timedelta(days=days), WEDNESDAY) for days in (-41, -1, 0, 1, 13)]
    assert found == ["overdue by 41 days", "overdue by 1 day", "due today", "1 day left", "13 days left"]


def test_a_share_of_nothing_draws_nothing():
    assert (share(1, 0), share(1, 4)) == ("0%", "25.0%")


@dataclass
class Due:
    urgency: int = 3
    action: str = "refer"
    status: str = "due"
    due_on: date = WEDNESDAY


def test_what_is_written_beside_a_mark_is_escaped():
    page = Template("{% load jinxiu %}{% mark item today what %}")
    assert "&lt;b&gt;" in page.render(Context({"item": Due(), "today": WEDNESDAY, "what": "<b>"}))


# --- the translation tool ---------------------------------------------------------------------------------------------


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An app that says one thing and has its translation."""
    folder = tmp_path / "town"
    (folder / messages.CATALOGUE).parent.mkdir(parents=True)
    (folder / messages.CATALOGUE).write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Good day"\nmsgstr "您好"\n',
        encoding="utf-8",
    )
    (folder / "views.py").write_text(
        "from django.utils.translation import gettext\n\ngettext('Good day')\n", encoding="utf-8"
    )
    return folder


needs_gettext = pytest.mark.skipif(not messages.has_gettext(), reason=messages.GETTEXT_MISSING)


@needs_gettext
def test_collecting_twice_changes_nothing_and_keeps_translations(app: Path):
    assert messages.update(app).problems == ()
    first = [(app / messages.CATALOGUE).read_bytes(), (app / messages.CATALOGUE).with_suffix(".mo").read_bytes()]
    messages.update(app)
    assert [
        (app / messages.CATALOGUE).read_bytes(),
        (app / messages.CATALOGUE).with_suffix(".mo").read_bytes(),
    ] == first
    assert messages.check(app).problems == ()


@needs_gettext
def test_a_new_string_is_noticed_and_listed(app: Path):
    messages.update(app)
    (app / "more.py").write_text(
        "from django.utils.translation import gettext\n\ngettext('Good night')\n", encoding="utf-8"
    )
    assert any("run python -m jinxiu.ui.messages" in problem for problem in messages.check(app).problems)
    assert messages.update(app).problems == ("not translated: “Good night”",)


@needs_gettext
def test_an_uncertain_translation_and_a_stale_mo_are_noticed(app: Path):
    messages.update(app)
    texts = polib.pofile(str(app / messages.CATALOGUE), wrapwidth=0)
    texts[0].flags.append("fuzzy")
    texts.save()
    problems = messages.check(app).problems
    assert any("fuzzy" in problem for problem in problems)
    assert any("django.mo" in problem for problem in problems)


def test_without_gettext_the_rest_is_checked_and_said_plainly(app: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setattr(messages, "has_gettext", lambda: False)
    monkeypatch.setattr(messages, "apps", lambda: [app])
    assert messages.main([]) == 0
    assert messages.main(["--check"]) == 0
    assert "gettext is not installed" in capsys.readouterr().out


def test_two_apps_that_translate_differently_are_noticed(app: Path, tmp_path: Path):
    other = tmp_path / "village"
    (other / messages.CATALOGUE).parent.mkdir(parents=True)
    text = (app / messages.CATALOGUE).read_text(encoding="utf-8").replace("您好", "你好")
    (other / messages.CATALOGUE).write_text(text, encoding="utf-8")
    assert len(messages.conflicts([app, other])) == 1
