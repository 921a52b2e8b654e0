"""Values from home: sent, answered at once, laid before the team, and answered by the team."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.evidence.models import Event, Observation
from jinxiu.familydoctor.homevalues.queries import open_of
from jinxiu.people import clock
from jinxiu.people.families.actions import relate
from jinxiu.people.models import Person, TeamMembership
from jinxiu.worklists.queries import due_for_person
from tests.pages.test_worklist import as_
from tests.portal.residents import home_of, sign_in
from tests.town import TODAY, Town, enrol, town

__all__ = ["town"]


@pytest.fixture(autouse=True)
def _inbox(settings) -> None:
    settings.JINXIU_INBOX = True


def address(name: str, *args: object) -> str:
    return reverse(name, args=args)


def typed(**numbers: object) -> dict[str, object]:
    day = numbers.pop("day", TODAY)
    return {"day": day.isoformat(), "time": "00:01", "token": str(uuid4())} | numbers


def send(client: Client, person: Person, **numbers: object):
    """Send a pressure (systolic, diastolic) or a glucose; returns the page that answers."""
    what = "pressure" if "systolic" in numbers else "glucose"
    meal = {} if what == "pressure" else {"meal": "fasting"}
    return client.post(address(f"my-send-{what}", person.pk), typed(**(meal | numbers)), follow=True)


def text_of(response) -> str:
    return response.content.decode()


def waits(person: Person) -> list[tuple[str, int, date]]:
    return [(item.clause, item.urgency, item.due_on) for item in open_of(person.pk, TODAY)]


def contact(client: Client, person: Person, **said: str):
    return client.post(
        address("home-values", person.pk),
        {"how": "phone", "became": "advised", "note": "", "token": str(uuid4())} | said,
        follow=True,
    )


def test_a_usual_value_is_kept_as_the_residents_own_and_asks_for_nothing(town: Town) -> None:
    li = sign_in("li")
    before = due_for_person(town.li.pk, TODAY)
    page = send(li, town.li, systolic="128", diastolic="80", pulse="72", arm="left")
    assert "Thank you, it has arrived" in text_of(page)
    assert "It does not replace a doctor" in text_of(page)
    event = Event.objects.get(kind="home.measurement")
    assert (event.mode, event.recorded_by_id, event.answers["by"], event.answers["level"]) == (
        "online",
        None,
        "self",
        "green",
    )
    assert event.answers["arm"] == "left"
    kept = dict(Observation.objects.filter(event=event).values_list("code", "value"))
    assert kept == {"home_systolic": 128, "home_diastolic": 80, "home_pulse": 72}
    assert due_for_person(town.li.pk, TODAY) == before, "no standard takes it for a follow-up"
    listed = text_of(li.get(address("my-measurements", town.li.pk)))
    assert re.search(r"at home.*128/80.*pulse 72", listed, re.DOTALL)
    assert re.search(r"in the centre.*132/82", listed, re.DOTALL)
    assert "my-measurements" not in listed
    assert address("my-measurements", town.li.pk) in text_of(li.get(home_of(town.li)))


def test_a_danger_is_with_the_team_before_anything_else_is_asked(town: Town) -> None:
    li = sign_in("li")
    page = send(li, town.li, systolic="186", diastolic="112")
    text = text_of(page)
    assert 'href="tel:120"' in text.split("<nav")[0], "to be tapped where one reads, not only at the foot"
    assert "Is there one of these now?" in text
    assert "rest quietly for 5 to 15 minutes" in text
    assert waits(town.li) == [("home_contact_now", 3, TODAY)]
    answer = page.redirect_chain[-1][0]
    assert li.post(answer).status_code == 400, "no tick is no answer"
    red = text_of(li.post(answer, {"sign": ["none", "chest"]}, follow=True))
    assert "This is an emergency" in red
    assert "Call 120 now" in red
    assert waits(town.li) == [("home_contact_now", 3, TODAY)]
    now = Event.objects.filter(kind="home.measurement").latest("pk")
    assert (now.answers["symptoms"], now.answers["level"]) == (["chest"], "red")
    again = li.post(answer, {"sign": "none"}, follow=True)
    assert "This is an emergency" in text_of(again), "what was answered is not taken back by an old page"


def test_without_signs_it_stays_orange(town: Town) -> None:
    li = sign_in("li")
    page = send(li, town.li, glucose="3.4")
    assert "take sugar now" in text_of(page)
    calm = text_of(li.post(page.redirect_chain[-1][0], {"sign": "none"}, follow=True))
    assert "This value is dangerous" in calm
    assert "Is there one of these now?" not in calm


def test_insulin_is_asked_for_and_a_no_calls_nobody(town: Town) -> None:
    wu = sign_in("wu")
    page = send(wu, town.wu, glucose="4,2")
    assert "Do you take insulin?" in text_of(page)
    assert waits(town.wu) == [("home_contact_soon", 2, TODAY + timedelta(days=1))]
    wu.post(page.redirect_chain[-1][0], {"insulin": "no"}, follow=True)
    assert waits(town.wu) == []


def test_who_expects_a_child_is_called_from_140(town: Town) -> None:
    enrol(town.li, "pregnancy", date(2026, 9, 1))
    send(sign_in("li"), town.li, systolic="140", diastolic="80")
    assert waits(town.li) == [("home_contact_now", 3, TODAY)]


WRONG: list[tuple[dict[str, object], str]] = [
    ({"systolic": "1800", "diastolic": "90"}, "Upper value (SYS): “1800” cannot be; allowed is 40 to 300 mmHg"),
    ({"systolic": "abc", "diastolic": "90"}, "“abc” cannot be"),
    ({"systolic": "120.5", "diastolic": "90"}, "“120.5” cannot be"),
    ({"systolic": "120", "diastolic": "120"}, "is not below the upper value 120"),
    ({"systolic": "120", "diastolic": ""}, "This field is required"),
    ({"glucose": "126"}, "Blood sugar (mmol/L): “126” cannot be; allowed is 0.6 to 40 mmol/L"),
    ({"glucose": "7.2", "meal": ""}, "This field is required"),
    ({"glucose": "7.2", "day": TODAY + timedelta(days=1)}, "still ahead"),
    ({"glucose": "7.2", "day": TODAY - timedelta(days=31)}, "more than 30 days ago"),
    ({"systolic": "230", "diastolic": "120"}, "Very unusual: Upper value (SYS)"),
    ({"glucose": "1.9"}, "Very unusual: Blood sugar (mmol/L)"),
]


def test_what_cannot_be_is_said_with_what_is_allowed(town: Town) -> None:
    li = sign_in("li")
    for numbers, sentence in WRONG:
        page = send(li, town.li, **numbers)
        assert page.status_code == 400, numbers
        assert sentence in text_of(page), numbers
    assert not Event.objects.filter(kind="home.measurement").exists()


def test_a_danger_is_said_although_the_form_is_not_complete(town: Town) -> None:
    li = sign_in("li")
    assert "These numbers are dangerous" in text_of(send(li, town.li, systolic="190", diastolic=""))
    assert "These numbers are dangerous" not in text_of(send(li, town.li, systolic="120", diastolic=""))


def test_what_is_very_unusual_is_measured_again_and_then_taken(town: Town) -> None:
    li = sign_in("li")
    first = text_of(send(li, town.li, systolic="２３０", diastolic="120"))
    assert "These numbers are dangerous" in first
    assert 'name="sure" value="230/120"' in first
    other = send(li, town.li, systolic="240", diastolic="120", sure="230/120")
    assert other.status_code == 400, "sure of another value"
    assert send(li, town.li, systolic="230", diastolic="120", sure="230/120").status_code == 200
    assert waits(town.li) == [("home_contact_now", 3, TODAY)]


def test_a_form_sent_twice_is_one_value(town: Town) -> None:
    li, form = sign_in("li"), typed(systolic="186", diastolic="112")
    url = address("my-send-pressure", town.li.pk)
    first, second = li.post(url, form), li.post(url, form)
    assert first["Location"] == second["Location"]
    assert Event.objects.filter(kind="home.measurement").count() == 1


def test_measured_again_after_the_rest_the_team_is_called_once(town: Town) -> None:
    li, zhao = sign_in("li"), as_(town.zhao, "en")
    send(li, town.li, systolic="186", diastolic="112")
    send(li, town.li, systolic="182", diastolic="104")
    for _ in range(3):
        send(li, town.li, systolic="150", diastolic="88")
    assert waits(town.li) == [("home_contact_now", 3, TODAY)]
    assert "186/112" in text_of(zhao.get(reverse("home"))), "what comes later does not push the danger out"
    assert "Nothing from home waits" in text_of(contact(zhao, town.li))
    assert waits(town.li) == []
    send(li, town.li, systolic="190", diastolic="104")
    assert waits(town.li) == [("home_contact_now", 3, TODAY)], "that evening it is a new alarm"


def test_the_team_sees_it_everywhere_and_answers(town: Town) -> None:
    li, zhao = sign_in("li"), as_(town.zhao, "en")
    page = send(li, town.li, systolic="186", diastolic="112")
    li.post(page.redirect_chain[-1][0], {"sign": "vomiting"})
    for where in (reverse("home"), reverse("worklist"), address("home-values", town.li.pk)):
        shown = text_of(zhao.get(where))
        assert "186/112 mmHg" in shown, where
        assert "Nausea, vomiting" in shown, where
        assert address("home-values", town.li.pk) in shown or "Record the contact" in shown, where
    card = text_of(zhao.get(address("person", town.li.pk)))
    assert "A dangerous value was sent from home" in card
    assert address("home-values", town.li.pk) in card
    assert "today online 186/112 mmHg" in card
    assert "Blood pressure at home" in card, "drawn apart from what the team measures"
    drawing = json.loads(re.search(r'id="home_pressure-data"[^>]*>(.*?)</script>', card, re.DOTALL)[1])
    assert drawing["series"][0]["points"] == [[TODAY.isoformat(), 186, True]]
    assert [one["value"] for one in drawing["dangers"]] == [180, 110]
    own = text_of(li.get(home_of(town.li)))
    assert "The value that was sent from home was dangerous" in own
    nobody = contact(zhao, town.li, became="nobody")
    assert "It stays open" in text_of(nobody)
    assert waits(town.li) != []
    form = {"token": str(uuid4())}
    assert "Nothing from home waits any more" in text_of(contact(zhao, town.li, became="referred", **form))
    assert "somebody was in touch already" in text_of(contact(zhao, town.li, became="referred", **form))
    assert waits(town.li) == []
    late = text_of(contact(zhao, town.li, became="nobody"))
    assert "nobody was reached. Nothing waits" in late
    assert "It stays open" not in late
    answered = Event.objects.get(kind="home.answered_now")
    assert (answered.mode, answered.recorded_by_id, answered.answers["became"]) == ("phone", town.zhao.pk, "referred")
    assert "186/112" not in text_of(zhao.get(reverse("home")))


def test_another_contact_of_that_day_is_no_answer(town: Town) -> None:
    """Chen was seen yesterday and is called this morning; the value of this evening wants a contact of its own."""
    from tests.town import contact as seen

    seen(town.chen, town.wang, TODAY, systolic=150, diastolic=90)
    send(sign_in("chen"), town.chen, systolic="186", diastolic="112")
    assert waits(town.chen) == [("home_contact_now", 3, TODAY)]


def test_a_helper_sends_for_somebody_and_that_is_said(town: Town) -> None:
    relate(
        person_id=town.chen.pk,
        relative_id=town.li.pk,
        role="helper",
        relation="30",
        consented_on=TODAY,
        consent_by="person",
        words="online",
        start_on=TODAY,
        today=TODAY,
        actor=SYSTEM,
        recorded_by=None,
    )
    daughter = sign_in("li")
    assert send(daughter, town.chen, systolic="166", diastolic="92").status_code == 200
    event = Event.objects.get(kind="home.measurement")
    assert (event.person_id, event.answers["by"], event.answers["by_id"]) == (town.chen.pk, "helper", town.li.pk)
    line = AuditEntry.objects.get(action="home_value.sent")
    assert (line.person_id, line.actor_name) == (town.chen.pk, f"李** ({town.li.pk})")
    assert f"a helper ({town.li.name})" in text_of(as_(town.wang, "en").get(address("home-values", town.chen.pk)))


def test_strangers_find_nothing_and_change_nothing(town: Town) -> None:
    li, stranger = sign_in("li"), sign_in("feng")
    page = send(li, town.li, systolic="186", diastolic="112")
    answer = page.redirect_chain[-1][0]
    for url in (address("my-measurements", town.li.pk), address("my-send-pressure", town.li.pk), answer):
        assert stranger.get(url).status_code == 404
        assert stranger.post(url, typed(systolic="120", diastolic="80", sign="none")).status_code in (404, 405)
    mine = answer.replace(f"/my/{town.li.pk}/", f"/my/{town.feng.pk}/")
    assert stranger.get(mine).status_code == 404, "a forged id in the own address"
    assert stranger.post(mine, {"sign": "none"}).status_code == 404
    assert Client().get(answer).status_code == 302
    assert as_(town.sun).get(address("home-values", town.li.pk)).status_code == 404, "a doctor of another centre"
    assert as_(town.guo).get(address("home-values", town.li.pk)).status_code == 404, "who records nothing"
    assert Event.objects.filter(kind="home.measurement").count() == 1


def test_a_contact_of_staff_is_no_home_value(town: Town) -> None:
    visit = Event.objects.filter(person=town.li, kind="followup.hypertension").latest("pk")
    assert sign_in("li").get(address("my-measurement", town.li.pk, visit.pk)).status_code == 404


def test_without_a_team_nobody_is_promised_to_call(town: Town) -> None:
    TeamMembership.objects.filter(person=town.li).update(end_on=TODAY - timedelta(days=1))
    text = text_of(send(sign_in("li"), town.li, systolic="186", diastolic="112"))
    assert "so nobody is told" in text
    assert "contacts you as soon as it can" not in text


def test_where_the_district_does_not_work_with_home_values_nobody_is_promised_to_call(town: Town, settings) -> None:
    settings.JINXIU_IN_FORCE = ["hypertension"]
    text = text_of(send(sign_in("li"), town.li, systolic="186", diastolic="112"))
    assert "does not work with values from home yet" in text
    assert "contacts you as soon as it can" not in text


def test_an_old_value_asks_to_measure_again(town: Town) -> None:
    page = send(sign_in("li"), town.li, systolic="186", diastolic="112", day=TODAY - timedelta(days=10))
    assert "older than a day" in text_of(page)
    assert waits(town.li) == [("home_contact_now", 3, TODAY)], "it waits since it was sent"


def test_not_more_than_so_many_a_day(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jinxiu.portal.measuring.rules.A_DAY", 1)
    li = sign_in("li")
    assert send(li, town.li, systolic="120", diastolic="80").status_code == 200
    assert "Today 1 values were sent already" in text_of(send(li, town.li, systolic="121", diastolic="80"))
    assert clock.today() == TODAY


def test_of_a_young_person_a_guardian_reads_and_sends_nothing(town: Town) -> None:
    """From 14 the record is the own one; of a smaller child the guardian sends."""
    for born, status in ((date(2011, 5, 5), 404), (date(2018, 5, 5), 200)):
        child = Person.objects.create(name="小宝", sex="M", birth_date=born, created_at=clock.now())
        relate(
            person_id=child.pk,
            relative_id=town.li.pk,
            role="guardian",
            relation="50",
            consented_on=TODAY,
            consent_by="guardian",
            words="",
            start_on=TODAY,
            today=TODAY,
            actor=SYSTEM,
            recorded_by=None,
        )
        page = send(sign_in("li"), child, systolic="110", diastolic="70")
        assert page.status_code == status, born
    assert Event.objects.get(kind="home.measurement").answers["by"] == "guardian"
