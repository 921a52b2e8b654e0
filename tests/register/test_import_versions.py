"""An import that changes a person's data keeps the earlier ones, and a form that is open meanwhile is told."""

from __future__ import annotations

import json

from jinxiu.audit.origin import SYSTEM
from jinxiu.familydoctor.imports.actions import import_residents
from jinxiu.people.correcting import queries
from jinxiu.people.models import Person, PersonVersion
from tests.imports.files import HEADINGS, xlsx
from tests.imports.test_residents import NEW, li
from tests.register.test_correcting import opened, save
from tests.register.test_registering import as_
from tests.town import Town


def bring(*rows: tuple[str, ...], actor: object = SYSTEM) -> None:
    import_residents([("名册.xlsx", xlsx([HEADINGS, *rows]))], actor=actor)  # type: ignore[arg-type]


def test_the_version_of_an_import_is_what_a_correction_would_have_kept(town: Town):
    before = queries.data_of(queries.person_now(town.li.pk))
    bring(li(姓名="李秀岚", 联系电话="13900001111", 现住址="柳巷路 9 号"), actor=town.viewer(town.zhao).actor)
    version = PersonVersion.objects.get(person=town.li)
    assert version.values["data"] == json.loads(json.dumps(before))
    assert version.values["change"]["fields"] == ["address", "name", "phones"]
    assert (version.reason, version.revision, version.changed_by_id) == ("import", 1, town.zhao.pk)
    assert Person.objects.get(pk=town.li.pk).revision == 2
    page = as_(town.zhao).get(f"/people/{town.li.pk}/earlier/").content.decode()
    for words in ("an import", "李秀兰", "李秀岚", "柳巷路 9 号", "139****1111", "Zhao Min"):
        assert words in page


def test_the_same_file_again_and_newcomers_make_no_version(town: Town):
    bring(NEW, li())
    bring(NEW, li())
    assert not PersonVersion.objects.exists()
    assert set(Person.objects.values_list("revision", flat=True)) == {1}


def test_a_look_keeps_nothing(town: Town):
    import_residents([("名册.xlsx", xlsx([HEADINGS, li(姓名="李秀岚")]))], actor=SYSTEM, dry_run=True)
    assert not PersonVersion.objects.exists()


def test_a_form_opened_before_the_import_is_told(town: Town):
    client = as_(town.zhao)
    form = opened(client, town.li)
    bring(li(现住址="柳巷路 9 号"))
    page = save(client, town.li, form, name="李秀岚")
    assert "An import" in page or "an import" in page
    assert "changed the same person" in page
    assert "柳巷路 9 号" in page
    assert Person.objects.get(pk=town.li.pk).name == "李秀兰"
