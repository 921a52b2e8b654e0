"""An agreement as PDF: the same file for the same contents, and one changed byte is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from jinxiu.agreements.issuing.queries import check
from jinxiu.agreements.models import Agreement, IssuedPaper
from jinxiu.audit.models import AuditEntry
from jinxiu.cli import agreement as command
from tests.agreements.test_agreements import signed
from tests.register.test_registering import as_
from tests.town import Town


def pdf_of(client: Client, agreement: Agreement) -> bytes:
    answer = client.get(reverse("agreement-pdf", args=[agreement.person_id, agreement.pk]))
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    return answer.content


def test_the_same_contents_are_the_same_file_in_every_language(town: Town) -> None:
    agreement, nurse = signed(town, town.li), as_(town.zhao)
    first = pdf_of(nurse, agreement)
    nurse.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-hans"
    assert pdf_of(nurse, agreement) == first
    assert IssuedPaper.objects.count() == 1
    lines = AuditEntry.objects.filter(action="agreement.issued", person_id=town.li.pk)
    assert [line.detail for line in lines] == [{"agreement": agreement.pk}] * 2


def test_one_changed_byte_is_found_wherever_it_is(town: Town) -> None:
    agreement = signed(town, town.li)
    made = pdf_of(as_(town.zhao), agreement)
    found = check(made)
    assert found is not None
    assert (found.agreement, found.is_text_whole) == (agreement, True)
    for place in (0, len(made) // 2, len(made) - 1):
        changed = bytearray(made)
        changed[place] ^= 1
        assert check(bytes(changed)) is None
    assert check(made + b"\n") is None
    assert check(b"") is None


def test_a_text_that_was_changed_behind_the_signatures_is_told(town: Town) -> None:
    agreement = signed(town, town.li)
    made = pdf_of(as_(town.zhao), agreement)
    Agreement.objects.filter(pk=agreement.pk).update(text=agreement.text + "更改")
    found = check(made)
    assert found is not None
    assert not found.is_text_whole


def test_a_stranger_gets_no_file(town: Town) -> None:
    agreement = signed(town, town.li)
    answer = as_(town.sun).get(reverse("agreement-pdf", args=[agreement.person_id, agreement.pk]))
    assert answer.status_code == 404
    assert not IssuedPaper.objects.exists()


def test_which_files_were_handed_out_is_never_changed(town: Town) -> None:
    pdf_of(as_(town.zhao), signed(town, town.li))
    with pytest.raises(Exception, match="only grows"), connection.cursor() as cursor:
        cursor.execute("UPDATE agreements_issuedpaper SET sha256 = ''")


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(command.BadInput, match="No such file"):
        command._content(tmp_path / "none.pdf")
