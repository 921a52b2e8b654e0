"""Papers: a recorded form as PDF says every answer, the decision and who wrote it, to whom the record is open."""

from __future__ import annotations

import datetime as dt
import io
import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from tests import town
from tests.pages import clinic as cases
from tests.pages.test_deciding import latest, record
from tests.pages.test_followup_pages import SignIn
from tests.pages.test_record_forms import _typed

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.documents import Pairs, pdf
from jinxiu.evidence.actions import withdraw_event
from jinxiu.evidence.models import Event
from jinxiu.evidence.questionnaires import Questionnaire, answers_as_json, in_words, observations_of, take_answers
from jinxiu.familydoctor.deciding.queries import Version
from jinxiu.familydoctor.followups.forms import every_form
from jinxiu.familydoctor.printing.form_paper import Whose, form_paper
from jinxiu.people.models import Staff, User


@pytest.fixture
def clinic(db: None, monkeypatch: pytest.MonkeyPatch) -> cases.Clinic:
    monkeypatch.setenv("JINXIU_TODAY", cases.TODAY.isoformat())
    return cases.build()


@pytest.fixture
def as_(client: Client) -> SignIn:
    def sign_in(who: Staff) -> Client:
        client.force_login(User.objects.get(pk=who.user_id), "allauth.account.auth_backends.AuthenticationBackend")
        client.cookies["jinxiu_language"] = "en"  # the paper is in Chinese all the same
        return client

    return sign_in


def paper(event: Event) -> str:
    return reverse("followup-pdf", args=[event.person_id, event.pk])


def words_of(file: bytes) -> str:
    """The text of a PDF without spaces: the typesetter leaves a little room that is no character."""
    return "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(file)).pages).split())


def printed(client: Client, address: str) -> str:
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    return words_of(answer.content)


def test_a_form_is_printed_with_answers_decision_and_who_wrote_it(clinic: cases.Clinic, as_: SignIn) -> None:
    client = as_(clinic.wang)
    saved = record(client, clinic.he.pk, systolic="162", diastolic="96")
    event = latest(clinic.he.pk)
    assert paper(event) in client.get(saved).content.decode()
    text = printed(client, paper(event))
    for said in (
        "高血压",
        "何志强",
        "1961年6月15日",
        "162mmHg",
        "还没有人确认",
        "规则版本",
        "第1版，共1版",
        clinic.wang.name,
    ):
        assert said in text, said
    assert town.id_card(clinic.he.birth_date, 331) not in text  # the number is masked
    line = AuditEntry.objects.filter(action="form.printed").get()
    assert (line.person_id, line.detail) == (clinic.he.pk, {"event": event.pk})
    client.post(reverse("followup-confirm", args=[clinic.he.pk, event.pk]), {"classification": "uncontrolled"})
    assert "还没有人确认" not in printed(client, paper(event))


def test_a_version_that_was_replaced_says_so_and_a_withdrawn_one_too(clinic: cases.Clinic, as_: SignIn) -> None:
    client = as_(clinic.wang)
    record(client, clinic.he.pk, systolic="162", diastolic="96")
    first = latest(clinic.he.pk)
    correct = reverse("followup-correct", args=[clinic.he.pk, first.pk])
    sent = {"happened_on": cases.TODAY.isoformat(), "mode": "clinic", "systolic": "152", "diastolic": "96"}
    assert client.post(correct, sent | {"reason": "看错了"}).status_code == 302
    second = Event.objects.get(supersedes=first)
    old, new = printed(client, paper(first)), printed(client, paper(second))
    for said in ("162mmHg", "第1版，共2版", "替代了本版"):
        assert said in old, said
    for said in ("152mmHg", "第2版，共2版", "看错了"):
        assert said in new, said
    assert "替代了本版" not in new
    gone = withdraw_event(event_id=second.pk, reason="看错了人", actor=SYSTEM, recorded_by=clinic.wang.pk)
    assert "撤回" in printed(client, paper(second))
    assert client.get(paper(gone))["Location"] == reverse("followup-versions", args=[clinic.he.pk, gone.pk])


def test_who_may_not_read_the_record_gets_no_paper_and_no_line(clinic: cases.Clinic, as_: SignIn) -> None:
    event = latest(clinic.he.pk)
    assert as_(clinic.sun).get(paper(event)).status_code == 404  # another team's doctor
    client = as_(clinic.wang)
    assert client.get(reverse("followup-pdf", args=[clinic.lin.pk, event.pk])).status_code == 404  # not hers
    assert client.get(reverse("followup-pdf", args=[clinic.he.pk, 999999999])).status_code == 404
    assert not AuditEntry.objects.filter(action="form.printed").exists()
    assert "148/92mmHg" in printed(client, paper(event))  # it came from another system: what was measured


def test_what_is_under_shelter_is_printed_only_once_it_is_open(clinic: cases.Clinic, as_: SignIn) -> None:
    cases.enrol(clinic.he, "mental", dt.date(2026, 1, 5))
    cases.contact(clinic.he, clinic.wang, dt.date(2026, 11, 2), kind="followup.mental", risk_grade=3)
    event = latest(clinic.he.pk)
    assert as_(clinic.zhao).get(paper(event)).status_code == 404
    client = as_(clinic.wang)
    question = client.get(paper(event))["Location"]
    assert question.startswith(reverse("shelter", args=[clinic.he.pk]))
    assert client.post(question, {"purpose": "follow-up", "next": paper(event)})["Location"] == paper(event)
    assert "精神" in printed(client, paper(event))


def year_of(person_id: int, year: int = 2026) -> str:
    return reverse("person-year", args=[person_id, year])


def test_a_year_says_programmes_contacts_readings_and_what_comes_next(clinic: cases.Clinic, as_: SignIn) -> None:
    client, he = as_(clinic.wang), clinic.he.pk
    cases.contact(clinic.he, clinic.wang, dt.date(2025, 5, 5), systolic=171, diastolic=99)
    assert year_of(he) in client.get(reverse("person", args=[he])).content.decode()
    text = printed(client, year_of(he))
    for said in (
        "2026年度小结",
        "何志强",
        "高血压",
        "2024年5月6日",
        "2026年8月",
        "150/92mmHg",
        "<150/90",
        "148/92▲",
        "待完成3/4",
    ):
        assert said in text, said
    assert "171/99" not in text
    before = printed(client, year_of(he, 2025))
    assert "171/99" in before
    assert "148/92" not in before
    assert "2025年12月31日" in before
    lines = AuditEntry.objects.filter(action="year.printed", person_id=he).order_by("pk")
    assert [line.detail for line in lines] == [{"year": 2026}, {"year": 2025}]


def test_a_year_is_nobody_elses_and_none_that_has_not_begun(clinic: cases.Clinic, as_: SignIn) -> None:
    client = as_(clinic.wang)
    for year in (0, 2027, 9999):
        assert client.get(year_of(clinic.he.pk, year)).status_code == 404
    assert "没有记录" in printed(client, year_of(clinic.he.pk, 1999))
    assert as_(clinic.sun).get(year_of(clinic.he.pk)).status_code == 404


def test_a_year_has_nothing_of_what_is_under_shelter_until_it_is_open(clinic: cases.Clinic, as_: SignIn) -> None:
    cases.enrol(clinic.he, "mental", dt.date(2026, 1, 5))
    cases.contact(clinic.he, clinic.wang, dt.date(2026, 11, 2), kind="followup.mental", risk_grade=3)
    client = as_(clinic.wang)
    assert "精神" not in printed(client, year_of(clinic.he.pk))
    client.post(reverse("shelter", args=[clinic.he.pk]), {"purpose": "follow-up"})
    assert "精神" in printed(client, year_of(clinic.he.pk))


@settings(max_examples=3, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("form", every_form().values(), ids=lambda form: form.id)
def test_whatever_a_form_accepts_can_be_printed(form: Questionnaire, data: st.DataObject) -> None:
    known = {"sex": "F", "age.years": data.draw(st.integers(0, 100)), "age.months": data.draw(st.integers(0, 100))}
    raw = {item.link_id: data.draw(_typed(item.type, [one.code for one in item.options])) for item in form.questions()}
    values = take_answers(form, raw, known).values
    version = Version(
        id=1,
        kind=form.event,
        is_withdrawal=False,
        is_newest=True,
        happened_on=cases.TODAY,
        mode="clinic",
        form_id=form.id,
        answers=json.loads(json.dumps(answers_as_json(form, values))),
        values=observations_of(form, values),
        reason="",
        by="王医生",
        at=dt.datetime(2026, 11, 25, 2, tzinfo=dt.UTC),
        said=None,
    )
    whose = Whose("何志强", "男", dt.date(1961, 6, 15), "3201**********0331", "")
    with override("zh-hans"):
        document = form_paper(whose, form, [version], version, None)
    assert pdf(document).startswith(b"%PDF")
    told = {
        row for section in document.sections for part in section.parts if isinstance(part, Pairs) for row in part.rows
    }
    for item in form.questions():
        if item.link_id in values and item.link_id not in ("happened_on", "mode"):
            assert (item.text.zh, in_words(item, values[item.link_id], "zh")) in told
