"""The own consents: read with their text and history, taken back here with what follows said before."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from jinxiu.agreements import actions as agreements
from jinxiu.agreements.models import Agreement
from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.messaging.actions import keep_email
from jinxiu.messaging.models import EmailAddress
from jinxiu.people import clock
from jinxiu.people.families.actions import end
from jinxiu.people.models import Person, Relationship
from tests.agreements.test_agreements import held
from tests.portal.residents import home_of, sign_in
from tests.portal.test_record import let_help, text
from tests.town import TODAY, Town, town

__all__ = ["town"]


@pytest.fixture(autouse=True)
def _inbox(settings) -> None:
    settings.JINXIU_INBOX = True


def consents_of(person: Person) -> str:
    return reverse("my-consents", args=[person.pk])


def change(client: Client, person: Person, agreement: Agreement, **said: str):
    return client.post(reverse("my-consent", args=[person.pk, agreement.pk]), said, follow=True)


def test_a_free_consent_is_taken_back_and_given_again_and_the_text_stays(town: Town) -> None:
    agreement = held(town, town.chen, consents=("health_data", "messages"))
    signed_text = agreement.text
    client = sign_in("chen")
    assert consents_of(town.chen) in text(client, home_of(town.chen))
    page = text(client, consents_of(town.chen))
    assert "Agreement with Team 1" in page
    assert f"version {agreement.terms_version}" in page
    assert "家庭医生签约服务协议" in page
    assert "Reminders and health information may be sent" in page
    assert "No reminders and no health information are sent any more" in page, "said before"
    assert "to take it back is to end the agreement" in page
    after = change(client, town.chen, agreement, consent="messages", back="1").content.decode()
    assert "Taken back, from now on." in after
    change(client, town.chen, agreement, consent="messages", back="1")
    agreement.refresh_from_db()
    assert agreement.consents == ["health_data"]
    assert agreement.text == signed_text
    change(client, town.chen, agreement, consent="messages", give="1")
    agreement.refresh_from_db()
    assert agreement.consents == ["health_data", "messages"]
    said = text(client, consents_of(town.chen))
    assert said.count(": consent given</p>") == 3, "both with the signature, one again"
    assert said.count(": consent taken back</p>") == 1
    lines = AuditEntry.objects.filter(action__startswith="agreement.consent_").order_by("pk")
    assert [one.action for one in lines] == ["agreement.consent_taken_back", "agreement.consent_given"]
    assert lines[0].detail == {"agreement": agreement.pk, "consent": "messages"}


def test_what_belongs_to_the_agreement_or_has_ended_is_not_changed_here(town: Town) -> None:
    agreement = held(town, town.chen, consents=("health_data", "messages"))
    client = sign_in("chen")
    for consent in ("health_data", "nonsense", ""):
        page = change(client, town.chen, agreement, consent=consent, back="1").content.decode()
        assert "belongs to the agreement" in page
    other = held(town, town.wu)
    assert change(client, town.chen, other, consent="messages", give="1").status_code == 404
    agreements.terminate(
        by=agreements.By(SYSTEM, ""), today=TODAY, agreement_id=agreement.pk, reason="own_wish", token=uuid4()
    )
    page = change(client, town.chen, agreement, consent="messages", back="1").content.decode()
    assert "its consents with it" in page
    assert "Ended with the agreement" in page
    agreement.refresh_from_db()
    assert agreement.consents == ["health_data", "messages"]


def test_helpers_and_messages_stand_there_with_what_has_ended(town: Town) -> None:
    let_help(town.chen, town.li)
    keep_email(person_id=town.chen.pk, address="chen@mail.example", language="en", actor=SYSTEM, now=clock.true_now())
    client = sign_in("chen")
    assert "c***@mail.example" not in text(client, consents_of(town.chen)), "not proved yet"
    EmailAddress.objects.update(proved_at=clock.true_now())
    page = text(client, consents_of(town.chen))
    assert "李秀兰" in page
    assert "holds no more" not in page
    assert "c***@mail.example" in page
    assert "at least 15 years" in page
    bond = Relationship.objects.get()
    end(person_id=town.chen.pk, relationship_id=bond.pk, on=TODAY, today=TODAY, actor=SYSTEM, ended_by=None)
    page = text(client, consents_of(town.chen))
    assert "李秀兰" in page
    assert "holds no more" in page


def test_only_who_decides_reads_and_changes_them(town: Town) -> None:
    agreement = held(town, town.chen, consents=("health_data", "messages"))
    let_help(town.chen, town.li)
    helper, stranger = sign_in("li"), sign_in("wu")
    for client in (helper, stranger):
        assert client.get(consents_of(town.chen)).status_code == 404
        assert change(client, town.chen, agreement, consent="messages", back="1").status_code == 404
    assert Client().get(consents_of(town.chen)).status_code == 302
    assert helper.get(reverse("my-consents", args=[10**9])).status_code == 404
    agreement.refresh_from_db()
    assert agreement.consents == ["health_data", "messages"]
