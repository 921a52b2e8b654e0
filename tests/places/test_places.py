"""Lists of places as statistics bureaus publish them: read, compared, imported, imported again."""

from __future__ import annotations

import argparse
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.cli import places as command
from jinxiu.familydoctor.imports.tables import FileError
from jinxiu.people.models import Household, Place
from jinxiu.places import rules
from jinxiu.places.actions import import_places, look_at_places
from jinxiu.places.files import read_file
from tests.access.district import build
from tests.imports.files import text, xlsx
from tests.town import TODAY, Town

HEADINGS = ("统计用区划代码", "城乡分类代码", "名称")
# The district of the town, as it would be published.
TOWN = (
    ("140000000000", "", "山西省"),
    ("140100000000", "", "太原市"),
    ("140106000000", "", "迎泽区"),
    ("140106001000", "", "柳巷街道"),
    ("140106001001", "111", "柳巷社区"),
    ("140106006000", "", "桥东街道"),
    ("140106006001", "111", "桥东社区"),
)


def listed(*rows: tuple[str, str, str]) -> bytes:
    return xlsx([("2026年统计用区划代码和城乡划分代码", None, None), HEADINGS, *rows], merge="A1:C1")


def bring(content: bytes, today: date = TODAY) -> rules.Plan:
    return import_places(content=content, today=today, actor=SYSTEM)


def steps_above(place: Place) -> list[str]:
    above = place.parent
    return [above.code, *steps_above(above)] if above else []


# --- codes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "code", "kind", "parent"),
    [
        ("140100000000", "140100", "city", ""),
        ("140100", "140100", "city", ""),
        ("140106000000", "140106", "district", "140100"),
        ("140106001000", "140106001", "street", "140106"),
        ("140106001", "140106001", "street", "140106"),
        ("140106001001", "140106001001", "community", "140106001"),
        ("140000000000", "140000", "province", ""),
    ],
)
def test_a_code_says_level_and_parent(written: str, code: str, kind: str, parent: str) -> None:
    assert (rules.read_code(written), rules.kind_of(code), rules.parent_of(code)) == (code, kind, parent)


@pytest.mark.parametrize(
    "written", ["", "14", "1401060", "14010600100A", "000000000000", "１４０１０６", "1401060010011"]
)
def test_other_digits_are_no_code(written: str) -> None:
    with pytest.raises(rules.CodeError):
        rules.read_code(written)


# --- files ------------------------------------------------------------------------------------------------------------


def test_codes_come_as_numbers_as_text_and_in_full_width() -> None:
    rows, mistakes = read_file(listed((140106001001, 111, "柳巷社区"), ("１４０１０６００６００１", "111", "桥东社区")))  # type: ignore[arg-type]
    assert [row.code for row in rows] == ["140106001001", "140106006001"]
    assert not mistakes


def test_text_files_in_gb18030_and_headings_in_another_order() -> None:
    content = text([("名称", "区划代码"), ("柳巷街道", "140106001")], encoding="gb18030")
    assert [(row.code, row.name) for row in read_file(content)[0]] == [("140106001", "柳巷街道")]


def test_a_rounded_code_a_short_one_and_a_missing_name_are_told_with_row_and_column() -> None:
    content = text([("代码", "名称"), ("1.40106E+11", "柳巷社区"), ("1401", "太原市"), ("140106", "")])
    mistakes = read_file(content)[1]
    assert [(one.where, one.column, one.reason) for one in mistakes] == [
        ("2", "code", "digits_lost"),
        ("3", "code", "code_shape"),
        ("4", "name", "name_shape"),
    ]


def test_a_file_without_codes_is_refused() -> None:
    with pytest.raises(FileError):
        read_file(text([("姓名", "电话"), ("王", "1")]))


# --- what changes -----------------------------------------------------------------------------------------------------


def test_the_first_list_builds_the_tree_whatever_the_order_of_its_rows(db: None) -> None:
    planned = bring(listed(*reversed(TOWN)))
    assert planned.counts == {"new": 6, "changed": 0, "retired": 0, "same": 0, "refused": 0}
    assert planned.above == 1
    community = Place.objects.get(code="140106006001")
    assert (community.kind, *steps_above(community)) == ("community", "140106006", "140106", "140100")


def test_the_same_list_twice_changes_nothing(town: Town) -> None:
    assert bring(listed(*TOWN)).counts == {"new": 0, "changed": 0, "retired": 0, "same": 6, "refused": 0}
    assert not AuditEntry.objects.filter(action="places.imported").exists()


def test_new_renamed_and_gone(town: Town) -> None:
    home = Household.objects.get(place__code="140106006001")
    rows = [*TOWN[:4], ("140106001001", "111", "柳巷中社区"), ("140106001002", "111", "柳巷南社区")]
    planned = bring(listed(*rows))
    assert planned.counts == {"new": 1, "changed": 1, "retired": 2, "same": 3, "refused": 0}
    assert [one.code for one in planned.retired] == ["140106006", "140106006001"], "a street goes with what is below"
    assert Place.objects.get(code="140106001001").name == "柳巷中社区"
    home.refresh_from_db()
    assert home.place.retired_on == TODAY, "whoever lives there keeps it"
    assert AuditEntry.objects.get(action="places.imported").detail == {"new": 1, "changed": 1, "retired": 2}
    assert not bring(listed(*rows), date(2026, 12, 1)).changes_anything, "a second import changes nothing"
    assert Place.objects.get(code="140106006").retired_on == TODAY


def test_a_place_that_is_listed_again_is_in_force_again(town: Town) -> None:
    bring(listed(*TOWN[:5]))
    planned = bring(listed(*TOWN))
    assert [change.returns for change in planned.changed] == [True, True]
    assert not Place.objects.exclude(retired_on=None).exists()


def test_a_list_of_one_street_says_nothing_of_the_others(town: Town) -> None:
    planned = bring(listed(*TOWN[3:5], ("140106001002", "112", "柳巷南社区")))
    assert planned.counts == {"new": 1, "changed": 0, "retired": 0, "same": 2, "refused": 0}


def test_a_list_of_streets_retires_no_community(town: Town) -> None:
    assert not bring(listed(*TOWN[2:4], TOWN[5])).retired


def test_with_an_unreadable_code_nothing_is_retired(town: Town) -> None:
    planned = bring(listed(*TOWN[:5], ("1.40106E+11", "111", "桥东社区")))
    assert planned.retires_nothing
    assert not planned.retired


def test_a_place_whose_name_cannot_be_used_is_not_retired_for_that(town: Town) -> None:
    planned = look_at_places(content=listed(*TOWN[:6], ("140106006001", "111", "")))
    assert planned.counts["refused"] == 1
    assert not planned.retired


def test_a_row_without_a_parent_and_a_code_twice_are_refused(town: Town) -> None:
    planned = look_at_places(content=listed(*TOWN, ("140107001001", "111", "杏花社区"), TOWN[4]))
    assert [(one.reason, dict(one.parts)) for one in planned.mistakes] == [
        ("repeated", {"first": "居民 7"}),
        ("parent_missing", {"parent": "140107001"}),
    ]


# --- in the browser ---------------------------------------------------------------------------------------------------


@pytest.fixture
def keeper(db: None, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Administrator Tian, reading English, in the town where somebody has every role."""
    monkeypatch.setenv("JINXIU_TODAY", TODAY.isoformat())
    client = Client(headers={"accept-language": "en"})
    client.force_login(build().users["administrator"])
    return client


def upload(client: Client, content: bytes) -> str:
    file = SimpleUploadedFile("places.xlsx", content)
    return client.post(reverse("places-import"), {"file": file}).content.decode()


def test_the_administrator_looks_then_imports(keeper: Client) -> None:
    page = upload(keeper, listed(*TOWN[:5], ("140106001002", "111", "柳巷南社区")))
    assert "Nothing has been changed yet" in page
    assert not Place.objects.filter(code="140106001002").exists()
    token = keeper.session["places"]["token"]
    answer = keeper.post(reverse("places-confirm", args=[token]), follow=True)
    assert "Imported: 1 new, 0 changed, 2 retired, 4 as they were." in answer.content.decode()
    below = keeper.get(reverse("places"), {"under": "140106"}).content.decode()
    assert "no longer listed since" in below
    assert "its households keep it" in below
    assert keeper.post(reverse("places-confirm", args=[token])).status_code == 404, "once"


def test_when_the_tree_has_changed_meanwhile_it_is_shown_again(keeper: Client) -> None:
    upload(keeper, listed(*TOWN, ("140106001002", "111", "柳巷南社区")))
    Place.objects.filter(code="140106001001").update(name="旧名社区")
    token = keeper.session["places"]["token"]
    page = keeper.post(reverse("places-confirm", args=[token])).content.decode()
    assert "please look again" in page
    assert not Place.objects.filter(code="140106001002").exists()


def test_a_file_of_something_else_is_told_in_a_sentence(keeper: Client) -> None:
    assert "No row near the top holds the headings" in upload(keeper, text([("a", "b"), ("1", "2")]))


def test_cancelling_changes_nothing(keeper: Client) -> None:
    upload(keeper, listed(*TOWN[:5]))
    token = keeper.session["places"]["token"]
    assert (
        "nothing has been changed" in keeper.post(reverse("places-cancel", args=[token]), follow=True).content.decode()
    )


# --- by command -------------------------------------------------------------------------------------------------------


def test_the_command_prints_what_it_did(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    planned = bring(listed(*TOWN[:5], ("14", "", "山西")))
    command._print(planned, "zh")
    said = capsys.readouterr()
    assert "居民 8 区划代码: 14 · " in said.err
    assert "refused" in said.out


def test_the_command_takes_a_file_and_a_dry_run() -> None:
    parser = argparse.ArgumentParser()
    command.add(parser.add_subparsers())
    args = parser.parse_args(["places", "list.xlsx", "--dry-run"])
    assert (str(args.file), args.dry_run) == ("list.xlsx", True)
