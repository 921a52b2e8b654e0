"""The hospitals of a centre: renamed, closed, opened again, with departments; old letters stay as they were sent."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from jinxiu.audit.models import AuditEntry
from jinxiu.referrals import actions, queries
from jinxiu.referrals.actions import ReferralError
from jinxiu.referrals.models import Hospital
from tests.referrals.test_by_code import BORN, address_of, hospital
from tests.referrals.test_referrals import by, drafted, sent
from tests.register.test_registering import as_
from tests.town import TODAY, Town

SAID = {
    "name": "山西省人民医院（总院）",
    "phone": "0351 4960001",
    "departments": "心内科\n\n 神经内科 \n心内科",
    "revision": 1,
}


def test_a_renamed_hospital_keeps_its_letters_and_offers_departments(town: Town) -> None:
    row, manager = sent(town, town.wu), as_(town.guo)
    page = f"/hospitals/{row.hospital_id}/"
    assert "Saved" in manager.post(page, SAID, follow=True).content.decode()
    letter = f"/people/{town.wu.pk}/referrals/{row.pk}/"
    assert "山西省人民医院 · 心内科" in as_(town.wang).get(letter).content.decode()
    outside = hospital()
    assert "山西省人民医院 · 心内科" in outside.post(address_of(row), BORN, follow=True).content.decode()
    form = as_(town.zhao).get(f"/people/{town.li.pk}/referrals/new/").content.decode()
    assert "山西省人民医院（总院）" in form
    assert form.count("神经内科") == 1
    assert "0351 4960001" in as_(town.zhao).get("/hospitals/").content.decode()
    assert "meanwhile" in manager.post(page, SAID).content.decode(), "somebody else's page is not written over"
    other = Hospital.objects.create(centre=town.team1.institution, name="山西白求恩医院")
    again = manager.post(page, SAID | {"name": " 山西白求恩医院 ", "revision": 2}).content.decode()
    assert "of that name already" in again
    assert manager.post(f"/hospitals/{other.pk}/", {"name": "", "revision": 1}).status_code == 200
    line = AuditEntry.objects.filter(action="hospital.changed").get()
    assert line.detail["fields"] == "name, phone, departments"


def test_nobody_is_sent_to_a_closed_hospital(town: Town) -> None:
    waiting, manager = drafted(town, town.wu), as_(town.guo)
    page = f"/hospitals/{waiting.hospital_id}/"
    said = {"name": waiting.hospital.name, "closed_on": TODAY, "revision": 1}
    assert "closed for referrals from" in manager.post(page, said, follow=True).content.decode()
    who = {"viewer": town.viewer(town.wang), "by": by(town, town.wang), "token": uuid4()}
    with pytest.raises(ReferralError, match="closed for referrals"):
        actions.send(referral_id=waiting.pk, **who)
    form = {"hospital": waiting.hospital.name, "priority": "routine", "reason": "x", "token": uuid4()}
    refused = as_(town.zhao).post(f"/people/{town.li.pk}/referrals/new/", form).content.decode()
    assert "closed for referrals" in refused
    assert queries.known_places(town.team1, TODAY)["hospital"] == []
    manager.post(page, said | {"closed_on": TODAY + timedelta(days=9), "revision": 2})
    assert queries.known_places(town.team1, TODAY)["hospital"] == [waiting.hospital.name], "not yet"
    actions.send(referral_id=waiting.pk, **who)


def test_who_keeps_the_list_and_of_which_centre(town: Town) -> None:
    ours = Hospital.objects.create(centre=town.team1.institution, name="甲医院")
    theirs = Hospital.objects.create(centre=town.team2.institution, name="乙医院")
    for staff in (town.wang, town.zhao):
        listed = as_(staff).get("/hospitals/").content.decode()
        assert "甲医院" in listed
        assert "乙医院" not in listed
        assert as_(staff).get(f"/hospitals/{ours.pk}/").status_code == 403
    manager = as_(town.guo)
    assert manager.get(f"/hospitals/{theirs.pk}/").status_code == 404
    new = {"centre": town.team1.institution_id, "name": "丙医院", "departments": "外科"}
    assert "丙医院" in manager.post("/hospitals/new/", new, follow=True).content.decode()
    assert "of that name already" in manager.post("/hospitals/new/", new).content.decode()
    wrong = manager.post("/hospitals/new/", new | {"centre": town.team2.institution_id, "departments": "长" * 101})
    assert wrong.status_code == 200
    assert not Hospital.objects.filter(centre=town.team2.institution, name="丙医院").exists()
