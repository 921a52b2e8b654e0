"""Figures are stored once and exactly, shown as far as a role reaches, and lead to their people."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from django.test import Client
from openpyxl import load_workbook

from jinxiu.audit.models import AuditEntry
from jinxiu.evidence.facts import facts
from jinxiu.indicators import actions, queries
from jinxiu.indicators.actions import IndicatorError, refresh
from jinxiu.indicators.models import StoredFigure
from jinxiu.people.models import Team, TeamMembership
from jinxiu.standards.measures.catalogue import Measures, installed
from jinxiu.standards.measures.figures import figures
from tests.exports.test_exports import as_
from tests.town import TODAY, Town, contact, enrol

MONTH = TODAY.replace(day=1)
CONTROLLED = "hypertension_controlled"

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")


@pytest.fixture
def stored(town: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    """The town with the figures of a few measures: all of them take a second to put into words of the database."""
    few = Measures(one for one in installed().all() if one.id in (CONTROLLED, "mental_managed", "record_rate"))
    monkeypatch.setattr(actions, "installed", lambda: few)
    enrol(town.zheng, "mental", date(2026, 2, 1))
    refresh(month=MONTH, today=TODAY)
    return town


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    (main,) = re.findall(r"<main.*</main>", answer.content.decode(), re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def names(client: Client, address: str) -> list[str]:
    return re.findall(r'<a class="name"[^>]*>([^<]+)</a>', client.get(address).content.decode())


# --- storing ----------------------------------------------------------------------------------------------------------


def test_what_is_stored_is_what_the_measures_say(stored: Town) -> None:
    said = {
        (one.measure.id, one.group): (one.counted, one.of, one.left_out, one.unknown)
        for one in figures(actions.installed().in_force(TODAY), facts(TODAY), MONTH, TODAY, by="team")
        if one.of
    }
    rows = StoredFigure.objects.values_list(
        "measure", "team__code", "counted", "of", "exclusion", "exception", "unknown"
    )
    kept = {
        (m, team or ""): (counted, of, out + exc, unknown) for m, team, counted, of, out, exc, unknown in rows if of
    }
    assert said == kept
    (one,) = StoredFigure.objects.filter(measure=CONTROLLED, team=stored.team1)
    assert one.people == {"numerator": [stored.li.pk], "other": sorted([stored.chen.pk, stored.wu.pk])}
    assert (one.period_start, one.period_end, one.version) == (date(2026, 1, 1), TODAY, "2017.2")


def test_twice_changes_nothing_and_a_change_only_what_it_touches(stored: Town) -> None:
    before = dict(StoredFigure.objects.values_list("pk", "computed_at"))
    assert refresh(month=MONTH, today=TODAY) == 0
    assert dict(StoredFigure.objects.values_list("pk", "computed_at")) == before
    assert AuditEntry.objects.filter(action="indicators.stored").count() == 1
    contact(stored.chen, stored.wang, TODAY, systolic=130, diastolic=80)
    assert refresh(month=MONTH, today=TODAY) == 1
    (one,) = StoredFigure.objects.filter(measure=CONTROLLED, team=stored.team1)
    assert one.people["numerator"] == sorted([stored.chen.pk, stored.li.pk])
    assert one.pk not in before


def test_when_the_referee_disagrees_the_stored_figures_stay(stored: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    contact(stored.chen, stored.wang, TODAY, systolic=130, diastolic=80)
    monkeypatch.setattr(actions, "_agree", lambda *_: False)
    before = set(StoredFigure.objects.values_list("pk", flat=True))
    with pytest.raises(IndicatorError, match="disagree"):
        refresh(month=MONTH, today=TODAY)
    assert set(StoredFigure.objects.values_list("pk", flat=True)) == before


# --- who sees what ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "words"), [("en", "Blood pressure controlled"), ("zh-hans", "血压控制率")])
def test_the_manager_sees_every_indicator_of_the_institutions_teams(stored: Town, language: str, words: str) -> None:
    text = page(as_(stored.guo, language), "/indicators/")
    assert words in text
    assert "33.3 %" in text, "Li of Chen, Li and Wu"
    side = page(as_(stored.guo, "en"), "/indicators/?group=" + str(stored.team1.pk))
    assert "1 of 3" in side
    Team.objects.create(code="lx-9", name="新团队", institution=stored.team1.institution)
    assert "not shown" not in page(as_(stored.guo, "en"), "/indicators/?group=every"), "nobody is not few"
    assert as_(stored.guo).get(f"/indicators/?group={stored.team2.pk}").status_code == 404
    assert as_(stored.guo).get("/indicators/?group=none").status_code == 404


def test_a_figure_says_its_formula_its_version_and_what_is_missing(stored: Town) -> None:
    text = page(as_(stored.guo, "en"), f"/indicators/{CONTROLLED}/")
    for words in ("who was not seen is not on target", "2017.2", "third edition 2.3", "Not reached 2", "1 of 3"):
        assert words in text, words
    assert "of these: not measured (counts as not controlled) 0" in text
    assert as_(stored.guo).get("/indicators/no_such_thing/").status_code == 404


def test_the_people_are_those_of_the_number_and_the_trail_keeps_who_was_seen(stored: Town) -> None:
    guo = as_(stored.guo)
    assert names(guo, f"/indicators/{CONTROLLED}/people/?part=other") == ["陈志强", "吴建军"]
    assert names(guo, f"/indicators/{CONTROLLED}/people/?part=numerator") == ["李秀兰"]
    line = AuditEntry.objects.filter(action="indicators.people_listed").latest("pk")
    assert line.detail["people"] == [stored.li.pk]
    assert line.detail["measure"] == CONTROLLED
    assert guo.get(f"/indicators/{CONTROLLED}/people/?part=nonsense").status_code == 404
    assert guo.get(f"/indicators/{CONTROLLED}/people/?after=x").status_code == 200


def test_an_earlier_month_leads_to_its_own_people(stored: Town) -> None:
    refresh(month=date(2026, 10, 1), today=TODAY)
    guo = as_(stored.guo)
    for address in ("/indicators/", f"/indicators/{CONTROLLED}/"):
        assert f"/indicators/{CONTROLLED}/?month=2026-10" in guo.get(address).content.decode(), address
    text = page(as_(stored.guo, "en"), f"/indicators/{CONTROLLED}/?month=2026-10")
    assert "1 January 2026 to 31 October 2026" in text
    people = names(guo, f"/indicators/{CONTROLLED}/people/?month=2026-10&part=not_measured")
    assert "吴建军" in people, "seen in November only"


def test_the_list_is_walked_by_key(stored: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jinxiu.indicators.views.PAGE_ROWS", 1)
    address = f"/indicators/{CONTROLLED}/people/?part=other"
    answer = as_(stored.guo).get(address).content.decode()
    assert f"after={stored.chen.pk}" in answer
    assert names(as_(stored.guo), f"{address}&after={stored.chen.pk}") == ["吴建军"]


def test_who_has_gone_to_another_team_is_counted_and_not_listed(stored: Town) -> None:
    TeamMembership.objects.filter(person=stored.wu).update(team=stored.team2)
    assert names(as_(stored.guo), f"/indicators/{CONTROLLED}/people/?part=other") == ["陈志强"]
    assert names(as_(stored.sun), f"/indicators/{CONTROLLED}/people/?part=other") == [], "stored under the team of then"


def test_sheltered_people_are_counted_for_all_and_listed_for_their_doctors(stored: Town) -> None:
    address = "/indicators/mental_managed/people/?part=other"
    assert "0 of 1" in page(as_(stored.guo, "en"), "/indicators/mental_managed/")
    assert "managed/people/" not in as_(stored.guo).get("/indicators/mental_managed/").content.decode()
    for staff in (stored.guo, stored.zhao):
        assert as_(staff).get(address).status_code == 403
    assert names(as_(stored.wang), address) == ["郑玉梅"]
    assert names(as_(stored.sun), address) == []
    assert {"mental_managed", "tb_managed"} <= queries.sheltered_measures()
    assert CONTROLLED not in queries.sheltered_measures()


def test_the_district_officer_sees_numbers_and_never_a_small_one(stored: Town) -> None:
    ma = as_(stored.ma, "en")
    text = page(ma, "/indicators/")
    assert "1 of 3" not in text
    assert "not shown" in text
    one = page(ma, f"/indicators/{CONTROLLED}/")
    assert "Fewer than five people: not shown" in one
    assert "Reached" not in one
    assert ma.get(f"/indicators/{CONTROLLED}/people/").status_code == 403
    assert ma.get("/indicators/export/").status_code == 403


def test_the_district_officer_sees_what_is_large(stored: Town) -> None:
    row = StoredFigure.objects.get(measure=CONTROLLED, team=stored.team1)
    row.pk, row.measure = None, "record_rate"
    StoredFigure.objects.filter(measure="record_rate").delete()
    row.numerator, row.other, row.counted, row.of = 30, 20, 30, 50
    row.save()
    assert "30 of 50" in page(as_(stored.ma, "en"), "/indicators/record_rate/")


# --- files, bounds ----------------------------------------------------------------------------------------------------


def test_the_table_leaves_with_a_reason_and_a_watermark(stored: Town) -> None:
    guo = as_(stored.guo, "en")
    assert b"spreadsheet" not in guo.post("/indicators/export/", {"reason": "x"}).content[:50]
    answer = guo.post("/indicators/export/", {"reason": "月报 给区里"})
    sheet = load_workbook(io.BytesIO(answer.content)).active
    mark, heads, *rows = [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert "月报 给区里" in mark[0]
    assert heads[:4] == ["Indicator", "Version", "Formula", "2026-11 %"]
    (row,) = [row for row in rows if row[0] == "Blood pressure controlled"]
    assert row[3:6] == ["33.3 %", 1, 3]
    assert AuditEntry.objects.get(action="indicators.exported").detail["reason"] == "月报 给区里"


def test_pages_ask_a_bounded_number_of_queries(stored: Town, django_assert_max_num_queries: object) -> None:
    for address in ("/indicators/", f"/indicators/{CONTROLLED}/", f"/indicators/{CONTROLLED}/people/?part=other"):
        client = as_(stored.guo)
        with django_assert_max_num_queries(18):  # type: ignore[operator]
            assert client.get(address).status_code == 200


def test_before_the_first_night_the_page_says_so(town: Town) -> None:
    assert "No figures yet" in page(as_(town.guo, "en"), "/indicators/")
    assert "Nobody is counted" in page(as_(town.guo, "en"), f"/indicators/{CONTROLLED}/")
