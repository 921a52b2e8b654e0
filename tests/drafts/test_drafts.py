"""Drafts: what was typed is kept, comes back, goes with the save, and two people in one visit are asked."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from jinxiu.audit.models import AuditEntry
from jinxiu.evidence.models import Event
from jinxiu.familydoctor.drafts import actions, queries, rules
from jinxiu.familydoctor.followups import actions as followups
from jinxiu.familydoctor.followups import forms
from jinxiu.familydoctor.models import FormDraft
from jinxiu.people import clock
from jinxiu.people.models import Person, Staff
from jinxiu.people.restricting.kinds import STORED_ONLY
from tests.matching.twice import merge, second_li
from tests.register.test_registering import as_
from tests.restricting.test_restricting import restrict
from tests.together import at_once
from tests.town import PASSWORD, TODAY, Town, enrol

HIDDEN = re.compile(r'type="hidden" name="(token|seen|window|earlier|form|who)" value="([^"]*)"')


def address(person: Person) -> str:
    return reverse("followup-new", args=[person.pk]) + "?form=hypertension"


def opened(client: Client, person: Person) -> dict[str, str]:
    """The page's own fields, as a browser sends them."""
    hidden = dict(reversed(HIDDEN.findall(client.get(address(person)).content.decode())))
    return hidden | {"happened_on": TODAY.isoformat(), "mode": "clinic"}


def keep(client: Client, person: Person, page: dict[str, str], **typed: str) -> HttpResponse:
    return client.post(reverse("draft", args=[person.pk]), page | typed)


def choose(client: Client, person: Person, choice: str) -> HttpResponse:
    sent = {"form": "hypertension", "choice": choice}
    return client.post(reverse("draft-choose", args=[person.pk]), sent)


def lines(person: Person, action: str) -> int:
    return AuditEntry.objects.filter(person_id=person.pk, action=action).count()


def test_what_was_typed_comes_back_sealed_at_rest_and_goes_with_the_save(town: Town):
    zhao = as_(town.zhao)
    page = opened(zhao, town.li)
    answer = keep(zhao, town.li, page, systolic="138", note="takes the tablets")
    assert re.fullmatch(r"Draft kept \d\d:\d\d", answer.json()["said"])
    row = FormDraft.objects.get()
    assert b"tablets" not in bytes(row.sealed or b"")
    again = zhao.get(address(town.li)).content.decode()
    assert 'value="138"' in again
    assert "takes the tablets" in again
    assert "This is your draft of" in again
    page = opened(zhao, town.li)
    assert zhao.post(address(town.li), page | {"systolic": "138", "diastolic": "84"}).status_code == 302
    assert not FormDraft.objects.exists()
    assert (lines(town.li, "draft.begun"), lines(town.li, "event.recorded")) == (1, 1)


def test_a_draft_that_comes_after_the_save_is_not_kept(town: Town):
    zhao = as_(town.zhao)
    page = opened(zhao, town.li)
    keep(zhao, town.li, page, systolic="138")
    assert zhao.post(address(town.li), page | {"systolic": "138", "diastolic": "84"}).status_code == 302
    late = keep(zhao, town.li, page, systolic="138", diastolic="84")
    assert late.status_code == 409
    assert "saved already" in late.json()["said"]
    assert not FormDraft.objects.exists()


def test_a_form_that_is_refused_is_kept_without_any_script(town: Town):
    zhao = as_(town.zhao)
    assert zhao.post(address(town.li), opened(zhao, town.li) | {"systolic": "500"}).status_code == 200
    assert 'value="500"' in zhao.get(address(town.li)).content.decode()


def test_a_save_that_fails_leaves_the_draft(town: Town, monkeypatch: pytest.MonkeyPatch):
    zhao = as_(town.zhao)
    page = opened(zhao, town.li)
    keep(zhao, town.li, page, systolic="138", diastolic="84")

    def fail(**_: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(followups, "refresh_person", fail)
    with pytest.raises(RuntimeError):
        zhao.post(address(town.li), page | {"systolic": "138", "diastolic": "84"})
    assert FormDraft.objects.count() == 1
    assert not Event.objects.filter(person=town.li, happened_on=TODAY).exists()


def test_a_colleague_is_asked_and_takes_it_over(town: Town):
    wang, zhao = as_(town.wang), as_(town.zhao)
    page = opened(wang, town.li)
    keep(wang, town.li, page, systolic="151")
    asked = zhao.get(address(town.li)).content.decode()
    assert "Wang Jianguo began this visit at" in asked
    assert "151" not in asked.split("<main")[1]
    choose(zhao, town.li, str(FormDraft.objects.get().pk))
    assert 'value="151"' in zhao.get(address(town.li)).content.decode()
    refused = keep(wang, town.li, page, systolic="152")
    assert refused.status_code == 409
    assert "Zhao Min took this form over at" in refused.json()["said"]
    assert lines(town.li, "draft.taken_over") == 1


def test_a_colleague_begins_her_own_and_throws_it_away(town: Town):
    wang, zhao = as_(town.wang), as_(town.zhao)
    keep(wang, town.li, opened(wang, town.li), systolic="151")
    choose(zhao, town.li, "own")
    page = opened(zhao, town.li)
    assert keep(zhao, town.li, page, systolic="138").json()["others"][0].startswith("Wang Jianguo began")
    assert lines(town.li, "draft.begun_beside") == 1
    choose(zhao, town.li, "empty")
    assert [row.staff for row in FormDraft.objects.all()] == [town.wang]
    assert lines(town.li, "draft.thrown_away") == 1


def test_a_second_window_goes_on_and_the_first_is_told(town: Town):
    zhao = as_(town.zhao)
    first = opened(zhao, town.li)
    keep(zhao, town.li, first, systolic="138")
    second = opened(zhao, town.li)
    assert keep(zhao, town.li, second, systolic="139").status_code == 200
    assert "another window" in keep(zhao, town.li, first, systolic="140").json()["said"]


def test_strangers_and_whoever_signs_in_on_the_same_computer_keep_nothing(town: Town):
    page = opened(as_(town.zhao), town.li)
    assert keep(as_(town.sun), town.li, page, systolic="138").status_code == 404
    assert "somebody else is signed in" in keep(as_(town.wang), town.li, page, systolic="138").json()["said"]
    assert not FormDraft.objects.exists()
    assert lines(town.li, "person.refused") == 1


def test_too_much_and_no_form_are_refused(town: Town):
    zhao = as_(town.zhao)
    page = opened(zhao, town.li)
    assert "more text than any form" in keep(zhao, town.li, page, note="x" * 60_001).json()["said"]
    assert keep(zhao, town.li, page | {"form": "nonsense"}).status_code == 400
    assert not FormDraft.objects.exists()


def test_the_draft_follows_a_merge(town: Town):
    again = second_li(town)
    zhao = as_(town.zhao)
    page = opened(zhao, town.li)
    keep(zhao, town.li, page, systolic="138")
    merge(town.viewer(town.zhao), again, town.li)
    assert keep(zhao, town.li, page, systolic="139").status_code == 200
    assert queries.own_draft(town.viewer(town.zhao), again.pk, "hypertension").content.answers["systolic"] == "139"


def test_what_is_past_its_time_is_not_there_and_the_night_deletes_it(town: Town):
    zhao = as_(town.zhao)
    keep(zhao, town.li, opened(zhao, town.li), systolic="138")
    assert len(queries.unfinished(town.viewer(town.zhao))) == 1
    FormDraft.objects.update(kept_at=clock.now() - timedelta(days=8))
    assert queries.unfinished(town.viewer(town.zhao)) == []
    assert "This is your draft" not in zhao.get(address(town.li)).content.decode()
    assert actions.forget() == 1
    assert lines(town.li, "draft.expired") == 1


def test_answers_that_the_form_no_longer_asks_are_shown():
    page = forms.definitions()["hypertension"]
    content = rules.content_of(page, {"mode": "clinic", "note": "hello", "systolic": " "})
    assert rules.from_text(rules.as_text(content)) == content
    older = rules.Content({**content.answers, "mode": "fax", "pulse": "70"}, content.words)
    assert rules.not_asked(page, older, "en") == [("How", "Clinic"), ("pulse", "70")]


def test_two_colleagues_take_one_draft_over_at_once(committed_town: Town):
    town = committed_town
    wang = town.viewer(town.wang)
    page = forms.definitions()["hypertension"]
    token, window = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
    content = rules.content_of(page, {"systolic": "151"})
    common = {"person_id": town.li.pk, "form": page.id, "version": page.version}
    actions.keep(viewer=wang, content=content, token=token, seen=0, window=window, **common)
    draft_id = FormDraft.objects.get().pk

    def take(staff: Staff) -> None:
        try:
            actions.take_over(viewer=town.viewer(staff), draft_id=draft_id, **common)
        except actions.NoDraftError:
            gone.append(staff)

    gone: list[Staff] = []
    assert at_once(lambda: take(town.zhao), lambda: take(town.guo)) == ["done", "done"]
    assert len(gone) == 1
    assert FormDraft.objects.filter(taken_at__isnull=True).count() == 1


def at_home(client: Client) -> str:
    """What the home page says is unfinished; empty where it says nothing."""
    page = client.get(reverse("home")).content.decode()
    return page.partition("Unfinished</h2>")[2].partition("</ul>")[0]


def test_the_home_page_lists_ones_own_unfinished_forms(town: Town):
    zhao = as_(town.zhao)
    keep(zhao, town.li, opened(zhao, town.li), systolic="138")
    listed = at_home(zhao)
    assert town.li.name in listed
    assert "Hypertension" in listed
    assert re.search(r"not saved, kept \d\d:\d\d", listed)
    assert reverse("followup-new", args=[town.li.pk]) in listed
    assert "138" not in listed
    assert at_home(as_(town.wang)) == ""  # a colleague's are no concern of hers here
    assert at_home(as_(town.sun)) == ""


def test_a_person_out_of_reach_is_not_on_the_home_page(town: Town):
    zhao = as_(town.zhao)
    keep(zhao, town.li, opened(zhao, town.li), systolic="138")
    restrict(town.li, STORED_ONLY.code)
    assert at_home(zhao) == ""


def test_a_form_under_shelter_is_not_named_while_the_shelter_is_closed(town: Town):
    enrol(town.li, "mental", date(2026, 1, 5))
    wang, mental = as_(town.wang), reverse("record", args=[town.li.pk, "mental"])
    wang.post(reverse("shelter", args=[town.li.pk]), {"purpose": "follow-up"})
    page = dict(reversed(HIDDEN.findall(wang.get(mental).content.decode())))
    assert keep(wang, town.li, page, note="calm").status_code == 200
    assert mental in at_home(wang)
    closed = at_home(as_(town.wang))  # signed in anew: the shelter is closed
    assert town.li.name in closed
    assert "A form" in closed
    assert "mental" not in closed.lower()


def test_after_the_session_ended_signing_in_leads_back_to_the_form_with_the_draft(town: Town):
    zhao = as_(town.zhao)
    keep(zhao, town.li, opened(zhao, town.li), systolic="138")
    zhao.session.flush()
    asked = zhao.get(address(town.li), follow=True)
    signing_in, _status = asked.redirect_chain[-1]
    back = zhao.post(signing_in, {"login": town.zhao.user.username, "password": PASSWORD}, follow=True)
    assert back.request["PATH_INFO"] + "?" + back.request["QUERY_STRING"] == address(town.li)
    assert 'value="138"' in back.content.decode()


def test_a_long_form_lists_its_parts_with_how_much_is_answered(town: Town):
    zhao = as_(town.zhao)
    answer = keep(zhao, town.li, opened(zhao, town.li), systolic="138").json()
    page = zhao.get(address(town.li)).content.decode()
    parts = re.findall(r'<a href="#(s-[^"]+)">.*?data-answered="([^"]+)">([^<]*)<', page)
    assert len(parts) >= 4
    assert all(page.count(f'id="{target}"') == 1 for target, _part, _said in parts)
    assert {part: said for _target, part, said in parts} == answer["answered"]
    assert any(re.fullmatch(r"[1-9]\d*/\d+", said) for _target, _part, said in parts)
