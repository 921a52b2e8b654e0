"""What a team says of itself stands as codes, and is told in both languages."""

from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.utils import translation

from jinxiu.people.models import Team
from jinxiu.people.organisation import offers
from tests.town import Town, town

__all__ = ["town"]


def test_codes_are_told_in_the_language_of_the_page_and_in_the_order_of_the_list() -> None:
    codes = ["eng", "cmn", "gone"]
    with translation.override("en"):
        assert offers.words_of("languages", codes) == ["Mandarin", "English"]
    with translation.override("zh-hans"):
        assert offers.words_of("languages", codes) == ["普通话", "英语"]


@pytest.mark.parametrize(
    ("text", "says"),
    [("languages: {}", "needs specialities"), ("a: {x: {zh: 一}}", "needs"), ("WHOLE", "zh and one en")],
)
def test_a_list_that_is_not_whole_stops_the_start(tmp_path: Path, text: str, says: str) -> None:
    whole = "\n".join(f"{name}: {{code: {{zh: 一}}}}" for name in offers.LISTS)
    path = tmp_path / "offers.yaml"
    path.write_text(whole if text == "WHOLE" else text, encoding="utf-8")
    with pytest.raises(ValueError, match=says):
        offers.read(path)


def test_words_of_before_become_codes_and_none_is_lost(town: Town) -> None:
    Team.objects.filter(pk=town.team1.pk).update(
        specialities=["高血压", "Diabetes", "失眠"], languages=["普通话", "普通话"], introduction="欢迎"
    )
    import_module("jinxiu.people.migrations.0009_team_offers").to_codes(apps, None)
    team = Team.objects.get(pk=town.team1.pk)
    assert (team.specialities, team.languages) == (["hypertension", "diabetes"], ["cmn"])
    assert team.introduction == "欢迎\n失眠"
