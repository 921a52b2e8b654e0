"""The paper that was signed by hand: photographed with the agreement, seen by who sees the agreement."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from jinxiu.agreements.models import Agreement
from jinxiu.attachments import actions
from jinxiu.attachments.examine import examine
from jinxiu.attachments.models import Attachment, AttachmentVersion
from jinxiu.audit.models import AuditEntry
from tests.agreements.test_agreements import signed
from tests.attachments import files
from tests.register.test_registering import as_
from tests.town import Town


@pytest.fixture(autouse=True)
def _read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "read", examine)


def photographed(client: Client, agreement: Agreement, content: bytes, **said: str) -> HttpResponse:
    address = reverse("agreement-paper-new", args=[agreement.person_id, agreement.pk])
    return client.post(address, {"photo": SimpleUploadedFile("page.jpg", content), **said})


def test_each_page_is_photographed_and_seen_with_the_agreement(town: Town) -> None:
    agreement, nurse = signed(town, town.li), as_(town.zhao)
    own = reverse("agreement", args=[town.li.pk, agreement.pk])
    assert "No photo of a signed paper is kept." in nurse.get(own).content.decode()
    more = photographed(nurse, agreement, files.photo(), next="1")
    assert more.headers["Location"] == reverse("agreement-paper-new", args=[town.li.pk, agreement.pk])
    assert photographed(nurse, agreement, files.photo(colour="#fff")).headers["Location"] == own
    photographed(nurse, agreement, files.photo())  # the first page once more
    assert Attachment.objects.filter(person=town.li).count() == 2
    said = AttachmentVersion.objects.values_list("kind", "title", "belongs_to").distinct()
    assert list(said) == [("agreement", agreement.contract_no, f"agreement/{agreement.pk}")]

    page = as_(town.guo).get(own).content.decode()
    assert ("Page 1" in page, "Page 2" in page, "Page 3" in page) == (True, True, False)
    assert "Photograph it" not in page, "a manager signs nothing"
    assert agreement.contract_no in as_(town.wang).get(reverse("documents", args=[town.li.pk])).content.decode()
    first = Attachment.objects.order_by("pk").values_list("pk", flat=True)[0]
    address = reverse("agreement-paper", args=[town.li.pk, agreement.pk, first])
    file = as_(town.guo).get(address)
    assert file.headers["Content-Type"] == "image/jpeg"
    assert "sandbox" in file.headers["Content-Security-Policy"]
    assert AuditEntry.objects.filter(action="attachment.opened", person_id=town.li.pk).count() == 1
    assert as_(town.sun).get(address).status_code == 404


def test_a_photo_that_is_not_one_and_the_paper_of_another_agreement(town: Town) -> None:
    agreement, other, nurse = signed(town, town.li), signed(town, town.chen), as_(town.zhao)
    told = photographed(nurse, agreement, files.DISGUISED["a program"]).content.decode()
    assert "neither a photo" in told
    assert not Attachment.objects.exists()
    photographed(nurse, agreement, files.photo())
    number = Attachment.objects.get().pk
    for person, one in ((town.chen, other), (town.li, other), (town.chen, agreement)):
        assert nurse.get(reverse("agreement-paper", args=[person.pk, one.pk, number])).status_code == 404
    version = AttachmentVersion.objects.get()
    actions.withdraw(
        viewer=town.viewer(town.zhao), person_id=town.li.pk, attachment_id=number, seen=version.number, reason="blurred"
    )
    assert nurse.get(reverse("agreement-paper", args=[town.li.pk, agreement.pk, number])).status_code == 404
