"""Special shelter: mental health and tuberculosis are nowhere for those who may not know; the others say what for."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from difflib import unified_diff
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.evidence import actions as evidence
from jinxiu.evidence import sheltered
from jinxiu.evidence.models import Event
from jinxiu.people import access, clock
from jinxiu.people.models import Person, User
from jinxiu.people.roles import ROLES, SEE_SHELTERED
from jinxiu.standards.codes import installed
from jinxiu.worklists.actions import refresh_person
from jinxiu.worklists.models import DueItem
from jinxiu.worklists.standards import catalogue, sheltered_ids
from tests import town
from tests.access import district
from tests.access.district import PARAMETERS, District
from tests.access.test_table import read_table
from tests.town import TODAY

KNOWING = sorted(role.code for role in ROLES.values() if SEE_SHELTERED in role.permissions)
OTHERS = sorted(set(ROLES) - set(KNOWING))
TELLING = re.compile("精神|肺结核|结核|自知力|危险性评估|mental|tubercul|psycho(?!logical)|特别保护|shelter", re.I)
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_CHANGING = re.compile(
    r'csrfmiddlewaretoken" value="[^"]+"|nonce="[^"]+"|name="token" value="[^"]+"|X-CSRFToken[^}]+|[0-9a-f-]{36}'
)


@pytest.fixture
def everybody(db: None, monkeypatch: pytest.MonkeyPatch, settings) -> District:
    """The district on the town's day, where nothing is under shelter yet; it has taken up both standards."""
    settings.JINXIU_IN_FORCE = ["diabetes", "elderly", "hypertension", "mental", "tb"]
    monkeypatch.setenv("JINXIU_TODAY", TODAY.isoformat())
    return district.build()


@pytest.fixture
def ill(everybody: District) -> District:
    """Everybody who is looked at is in the programmes for both illnesses, has been seen for them and is owed more."""
    for person in everybody.persons.values():
        fall_ill(everybody, person)
    return everybody


def fall_ill(everybody: District, person: Person) -> None:
    for kind in ("mental", "tb"):
        town.enrol(person, kind, date(2025, 3, 3))
    by = everybody.town.wang
    town.contact(person, by, date(2026, 5, 4), kind="followup.mental", risk_grade=3, psychotic_symptoms=1, insight=2)
    town.contact(person, by, date(2026, 5, 5), kind="followup.tb", intensive_phase=1, systolic=111, diastolic=66)
    refresh_person(person_id=person.pk, today=TODAY, actor=SYSTEM)
    assert DueItem.objects.filter(person=person, standard="mental", closed_at__isnull=True).exists()


def browser(everybody: District, role: str, language: str) -> Client:
    client = Client(raise_request_exception=False, headers={"accept-language": language})
    client.force_login(everybody.users[role])
    return client


def addresses(everybody: District, role: str) -> Iterator[str]:
    """Every address that the table opens to a role, for every person, and the worklist in all its filters."""
    _columns, table = read_table()
    for (route, method, whose), answers in table.items():
        names = set(_PARAMETER.findall(route))
        shown = method == "GET" and answers[role] == "ok"
        if shown and names <= set(PARAMETERS) and not route.startswith("/account/"):
            yield _PARAMETER.sub(lambda name, whose=whose: str(PARAMETERS[name[1]](everybody, whose)), route)
    for query in ("standard=mental", "standard=tb", "status=overdue", "status=danger", "status=upcoming", "mine=on"):
        yield f"/worklist/?{query}"
    for person in everybody.persons.values():
        yield f"/people/{person.pk}/followups/new/?form=mental"
        for event in Event.objects.filter(person=person):
            yield f"/people/{person.pk}/followups/{event.pk}/"
        for kind in ("followup", "enrolment", "measured", "other"):
            yield f"/people/{person.pk}/timeline/?kind={kind}"


@pytest.mark.parametrize("role", OTHERS)
def test_no_page_of_those_who_may_not_know_has_a_word_of_it(ill: District, role: str) -> None:
    # The administrator reads what each role permits, the auditor which lines there may be; what a team is good at and
    # what work is paid for names illnesses and nobody: there the words are right.
    begins = ("/people/", "/worklist/") if role in ("administrator", "auditor") else ("/",)
    ways: list[tuple[str, dict[str, str]]] = [("zh-hans", {})]
    if role == "nurse":  # parts of pages, of those who see most of them
        ways.append(("en", {"hx-request": "true"}))
    for language, way in ways:
        client = browser(ill, role, language)
        for address in addresses(ill, role):
            if not address.startswith(begins) or address.startswith(("/teams/", "/pay/")):
                continue
            answer = client.get(address, headers=way)
            text = answer.content.decode(errors="replace").replace(address, "")  # what was asked for
            found = None if "json" in answer.headers["Content-Type"] else TELLING.search(text)
            around = text[max(0, found.start() - 60) : found.end() + 60] if found else ""
            assert not found, f"{role} reads at {address}: …{around}…"


@pytest.mark.parametrize("role", ["nurse", "clerk", "manager", "district_officer"])
def test_their_pages_are_the_same_to_the_letter_whether_somebody_is_ill_or_not(everybody: District, role: str) -> None:
    looked_at = ("/", "/worklist/", "/worklist/?status=overdue", "/worklist/?status=upcoming", "/worklist/?mine=on")
    persons = [f"/people/{person.pk}/" for person in everybody.persons.values()]
    forms = [f"{address}followups/new/" for address in persons]
    client = browser(everybody, role, "en")

    def pages() -> list[str]:
        return [_CHANGING.sub("", client.get(one).content.decode()) for one in (*looked_at, *persons, *forms)]

    for person in everybody.persons.values():
        refresh_person(person_id=person.pk, today=TODAY, actor=SYSTEM)
    before = pages()
    for person in everybody.persons.values():
        fall_ill(everybody, person)
    for place, (then, now) in enumerate(zip(before, pages(), strict=True)):
        differing = list(unified_diff(then.splitlines(), now.splitlines(), n=0))
        assert not differing, (*looked_at, *persons, *forms)[place]


def test_nobody_hears_of_it_through_the_search(ill: District) -> None:
    for role in ("nurse", "clerk", "manager"):
        answer = browser(ill, role, "zh-hans").post(reverse("people"), {"q": ill.persons["own"].name})
        assert ill.persons["own"].name in answer.content.decode()
        assert not TELLING.search(answer.content.decode())


@pytest.mark.parametrize("role", KNOWING)
def test_who_may_know_is_asked_what_for_and_then_reads_it(ill: District, role: str) -> None:
    client, own = browser(ill, role, "en"), ill.persons["own"]
    page = reverse("person", args=[own.pk])
    shelter = reverse("shelter", args=[own.pk])
    before = client.get(page).content.decode()
    assert shelter in before
    assert "Severe mental disorder" not in before
    assert "Tuberculosis" not in before
    assert "Choose what you need it for" in client.post(shelter, {"purpose": ""}).content.decode()
    assert not AuditEntry.objects.filter(action="person.shelter_opened").exists()
    assert client.post(shelter, {"purpose": "treatment"}).headers["Location"] == page
    line = AuditEntry.objects.get(action="person.shelter_opened")
    assert (line.person_id, line.purpose, line.actor_id) == (own.pk, "treatment", ill.users[role].pk)
    after = client.get(page).content.decode()
    assert "Severe mental disorder" in after
    assert "Tuberculosis" in after
    assert (
        "Severe mental disorder"
        not in client.get(reverse("person", args=[ill.persons["colleague"].pk])).content.decode()
    )


def test_it_closes_by_itself_and_with_the_sign_in(ill: District, monkeypatch: pytest.MonkeyPatch, settings) -> None:
    settings.JINXIU_SHELTER_MINUTES = 7
    client, own = browser(ill, "doctor", "en"), ill.persons["own"]
    start = clock.now()
    page = reverse("person", args=[own.pk])
    client.post(reverse("shelter", args=[own.pk]), {"purpose": "follow-up"})
    assert "Severe mental disorder" in client.get(page).content.decode()
    assert "Severe mental disorder" not in browser(ill, "doctor", "en").get(page).content.decode()
    monkeypatch.setattr("jinxiu.people.clock.now", lambda: start + timedelta(minutes=8))
    assert "Severe mental disorder" not in client.get(page).content.decode()


def test_it_opens_for_nobody_out_of_reach_and_not_in_an_emergency(ill: District) -> None:
    for role in ROLES:
        for whose in ("stranger", "emergency", *(() if role in KNOWING else ("own",))):
            address = reverse("shelter", args=[ill.persons[whose].pk])
            answer = browser(ill, role, "en").post(address, {"purpose": "treatment"})
            assert answer.status_code in (302, 404), (role, whose)
            assert answer.status_code == 404 or "two-step" in answer.headers["Location"]
    assert not AuditEntry.objects.filter(action="person.shelter_opened").exists()


def test_a_follow_up_under_shelter_leads_to_the_question_and_back(ill: District) -> None:
    client, own = browser(ill, "public_health_doctor", "en"), ill.persons["own"]
    event = Event.objects.filter(person=own, kind="followup.mental").get()
    asked = reverse("followup", args=[own.pk, event.pk])
    question = client.get(asked).headers["Location"]
    assert question.startswith(reverse("shelter", args=[own.pk]))
    form = client.get(question).content.decode()
    assert f'value="{asked}"' in form
    assert client.post(question, {"purpose": "follow-up", "next": asked}).headers["Location"] == asked
    assert client.get(asked).status_code == 200
    elsewhere = client.post(question, {"purpose": "follow-up", "next": "https://example.org/"})
    assert elsewhere.headers["Location"] == reverse("person", args=[own.pk])


def test_those_who_may_know_find_the_work_on_their_list_without_a_value(ill: District) -> None:
    text = browser(ill, "public_health_doctor", "en").get("/worklist/?standard=mental").content.decode()
    assert ill.persons["own"].name in text
    assert "111/66" not in text


def test_the_access_log_tells_of_the_opening_only_to_those_who_may_know(ill: District) -> None:
    own = ill.persons["own"]
    browser(ill, "doctor", "en").post(reverse("shelter", args=[own.pk]), {"purpose": "crisis"})
    log = reverse("access-log", args=[own.pk])
    assert "a crisis" in browser(ill, "public_health_doctor", "en").get(log).content.decode()
    assert "a crisis" not in browser(ill, "nurse", "en").get(log).content.decode()


def test_a_copy_of_everything_is_made_by_those_who_may_know_and_is_whole(ill: District) -> None:
    address = reverse("person-copy", args=[ill.persons["own"].pk])
    assert browser(ill, "nurse", "en").post(address, {"reason": "asked for it"}).status_code == 404
    assert (
        address
        not in browser(ill, "nurse", "en").get(reverse("access-log", args=[ill.persons["own"].pk])).content.decode()
    )
    answer = browser(ill, "doctor", "en").post(address, {"reason": "asked for it"})
    everything = zipfile.ZipFile(io.BytesIO(answer.content)).read("everything.json").decode()
    assert "followup.mental" in everything


def test_the_auditor_reads_who_recorded_something_and_not_what(ill: District) -> None:
    evidence.append_event(
        person_id=ill.persons["own"].pk,
        kind="followup.mental",
        happened_on=TODAY,
        mode="home",
        observations={"risk_grade": 1},
        recorded_by=ill.town.wang.pk,
        actor=access.viewer_for(User.objects.get(pk=ill.town.wang.user_id)).actor,
        today=TODAY,
    )
    text = browser(ill, "auditor", "en").get("/audit/?action=event.recorded").content.decode()
    assert "recorded a service of" in text
    assert "followup.mental" not in text


# --- the list itself --------------------------------------------------------------------------------------------------


def test_what_is_listed_exists() -> None:
    listed, known = sheltered.sheltered(), installed()
    assert listed.enrolments <= set(known.enrolments)
    assert listed.events <= set(known.events)
    assert listed.observations <= set(known.observations)


def test_standards_of_the_two_illnesses_are_sheltered_and_no_other_ones() -> None:
    assert sheltered_ids() == {"mental", "tb"}


def test_what_only_sheltered_standards_read_is_sheltered() -> None:
    """A code that is new in one of them and not listed would stand open wherever it is recorded by itself."""
    listed = sheltered.sheltered()
    inside, outside = set[str](), set[str]()
    for standard in catalogue().all():
        readings = set(standard.contact.readings) if standard.contact else set()
        (inside if listed.covers(standard) else outside).update(readings)
    general = {"severe_reaction", "severe_illness"}  # say nothing about which illness
    assert inside - outside - general <= listed.observations


def test_a_word_that_a_list_should_not_have_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "sheltered.yaml"
    file.write_text("mental: {enrolment: [mental]}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="enrolment"):
        sheltered.read(file)


READS_EVIDENCE = re.compile(
    r"\b(?:Event|Observation|Enrolment|DueItem)\.objects|\bcurrent\((?:models\.)?(?:Event|Observation|Enrolment)\)"
    r"|\bperson_facts\(|\bsnapshot\("
)
# Every module that reads evidence or due items, and why what is under shelter does not come out of it. A new one gets
# its line here after somebody has looked at its filters (`evidence.sheltered`, `worklists.queries._known_to`).
READERS = {
    "agreements/actions.py": "writes; its own events and enrolments are not sheltered",
    "agreements/renewing/actions.py": "writes; its own events and enrolments are not sheltered",
    "agreements/queries.py": "filters; packages count nothing that is sheltered",
    "cli/due.py": "the operator's command, on the server",
    "cli/explain.py": "the operator's command, on the server",
    "cli/night.py": "the night, on the server",
    "cli/queries.py": "counts of runs",
    "demo/load.py": "writes the demonstration",
    "demo/queries.py": "numbers of the demonstration, and a resident to try it with",
    "evidence/actions.py": "writes",
    "evidence/facts.py": "gives all facts to the engine; pages get them by records.queries.facts_of",
    "evidence/sheltered.py": "is the shelter",
    "familydoctor/boards/queries.py": "sheltered boards by `see_sheltered`; items and values of `worklists.queries`",
    "familydoctor/deciding/actions.py": "writes",
    "familydoctor/deciding/queries.py": "asked about contacts that `followups.queries.visit_of` found",
    "familydoctor/examdays/queries.py": "items of `known_of_teams`; of events the days of yearly examinations alone",
    "familydoctor/exports/queries.py": "one kind of event for each layout, none of them sheltered",
    "familydoctor/followups/actions.py": "writes",
    "familydoctor/followups/queries.py": "filters, unless `sheltered`",
    "familydoctor/homevalues/actions.py": "writes; its own events and codes are not sheltered",
    "familydoctor/homevalues/queries.py": "filters; its own kind of event alone",
    "familydoctor/records/queries.py": "filters, unless `sheltered`",
    "familydoctor/programmes/actions.py": "writes; tells without, unless `with_sheltered`",
    "familydoctor/programmes/queries.py": "filters, unless `with_sheltered`; the view refuses one kind after the other",
    "familydoctor/wholeperson/queries.py": "filters, unless `with_sheltered`",
    "familydoctor/matching/queries.py": "days and numbers; the walk above reads its pages",
    "familydoctor/residency/queries.py": "days, and what a departure closes; the walk above reads its pages",
    "ratings/models.py": "names the event that was rated",
    "ratings/queries.py": "filters, unless `with_sheltered`, which the portal says for the person alone",
    "pay/queries.py": "how many services of an item each staff member recorded, of nobody by name",
    "portal/measuring/actions.py": "writes; its own events, of the person alone",
    "referrals/actions.py": "writes; its own events say no more than that there is a referral",
    "referrals/drafting.py": "without, unless `opened`",
    "referrals/queries.py": "filters",
    "oversight/queries.py": "how old records are, as a number",
    "worklists/actions.py": "the night and the refresh",
    "worklists/queries.py": "filters by viewer",
    "worklists/waiting/queries.py": "items of `known_of_teams`",
}


def test_nothing_else_reads_evidence() -> None:
    package = Path(access.__file__).parents[1]
    found = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if "migrations" not in path.parts and READS_EVIDENCE.search(path.read_text(encoding="utf-8"))
    }
    assert found <= set(READERS), f"look at their filters, then name them in READERS: {sorted(found - set(READERS))}"
