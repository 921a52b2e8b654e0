"""A document of a person from the phone to the record: who sees it, twice, corrected, withdrawn, sheltered, at rest,
merged, copied, deleted, cut off half way."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jinxiu.attachments import actions, queries
from jinxiu.attachments.actions import AttachmentError
from jinxiu.attachments.models import Attachment, AttachmentVersion
from jinxiu.attachments.sealed import CONTENT, PREVIEW, new_key, opened, shut
from jinxiu.audit.models import AuditEntry
from jinxiu.oversight.deleting.queries import parts_of
from jinxiu.oversight.queries import copy_file
from jinxiu.people.keys.actions import _seal_anew
from jinxiu.people.models import Person, Staff
from jinxiu.people.sealing import SealError
from tests.attachments import files
from tests.deleting.test_deleting import asked, delete, mistaken, mistaken_too, second_manager
from tests.fuzz.test_routes import nasty
from tests.matching.twice import merge, second_li
from tests.register.test_registering import as_
from tests.together import at_once
from tests.town import TODAY, Town

quick = pytest.mark.usefixtures("_read_here")
SAID = {"kind": "wound", "title": "左足", "on": TODAY.isoformat(), "author": ""}


def added(town: Town, person: Person, content: bytes = b"", by: Staff | None = None, **said: object) -> int:
    told = {"kind": "wound", "title": "左足", "on": TODAY} | said
    viewer = town.viewer(by or town.zhao)
    return actions.add(viewer=viewer, person_id=person.pk, content=content or files.photo(), **told).attachment_id


def sent(client: Client, person: Person, content: bytes, name: str = "photo.jpg", **said: str) -> HttpResponse:
    file = SimpleUploadedFile(name, content, content_type="image/jpeg")
    return client.post(reverse("document-new", args=[person.pk]), {**SAID, "file": file, **said})


def text(client: Client, name: str, *args: int) -> str:
    return client.get(reverse(name, args=args)).content.decode()


def see_withdrawn(town: Town, person: Person) -> list[int]:
    return [one.attachment_id for one in queries.withdrawn_of(town.viewer(town.guo), person.pk)]


# --- the pages --------------------------------------------------------------------------------------------------------


def test_a_nurse_adds_a_photo_and_the_team_sees_it(town: Town) -> None:
    zhao, wang, chen = as_(town.zhao), as_(town.wang), town.chen
    answer = sent(zhao, chen, files.photo())
    row = Attachment.objects.get()
    assert answer.headers["Location"] == reverse("document", args=[chen.pk, row.pk])
    for name, args in (("person", ()), ("documents", ()), ("document", (row.pk,))):
        assert "左足" in text(wang, name, chen.pk, *args)
    assert 'src="data:image/jpeg;base64,' in text(wang, "person", chen.pk)
    assert reverse("document-new", args=[chen.pk]) in text(wang, "person", chen.pk)
    assert 'capture="environment"' in text(zhao, "document-new", chen.pk)

    file = wang.get(reverse("document-file", args=[chen.pk, row.pk]))
    assert file.content.startswith(b"\xff\xd8\xff")
    assert files.PLACE not in file.content
    assert file.headers["Content-Type"] == "image/jpeg"
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in file.headers["Content-Security-Policy"]
    assert "script-src" not in file.headers["Content-Security-Policy"]
    assert file.headers["Cache-Control"] == "private, no-store"
    assert file.headers["Content-Disposition"].startswith("inline")
    lines = AuditEntry.objects.filter(person_id=chen.pk, action__startswith="attachment.")
    assert list(lines.order_by("pk").values_list("action", "detail__attachment")) == [
        ("attachment.added", row.pk),
        ("attachment.opened", row.pk),
    ]
    for name, args in (("documents", ()), ("document", (row.pk,)), ("document-file", (row.pk,))):
        assert as_(town.sun).get(reverse(name, args=[chen.pk, *args])).status_code == 404
    # Nor does the number of a document open it below another person.
    assert wang.get(reverse("document-file", args=[town.li.pk, row.pk])).status_code == 404


@quick
@pytest.mark.parametrize("name", ["a program", "a page with a script", "a drawing with a script"])
def test_a_photo_that_is_not_one_is_refused_with_a_sentence(town: Town, name: str) -> None:
    page = sent(as_(town.zhao), town.chen, files.DISGUISED[name]).content.decode()
    assert "neither a photo" in page
    assert "左足" in page, "what was typed is there still"
    assert not Attachment.objects.exists()


@quick
def test_no_file_two_files_and_one_too_large(town: Town) -> None:
    zhao, address = as_(town.zhao), reverse("document-new", args=[town.chen.pk])
    assert "Take a photo, or choose a file." in zhao.post(address, SAID).content.decode()
    both = {name: SimpleUploadedFile("x.jpg", files.photo()) for name in ("photo", "file")}
    assert "one of the two" in zhao.post(address, {**SAID, **both}).content.decode()
    assert "more than 15 MB" in sent(zhao, town.chen, b"\xff\xd8\xff" + b"\0" * (15 << 20)).content.decode()
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    assert "between 1900 and today" in sent(zhao, town.chen, files.photo(), on=tomorrow).content.decode()
    assert not Attachment.objects.exists()


@quick
def test_a_pdf_is_saved_under_its_title_and_the_next_page_begins_like_the_last(town: Town) -> None:
    zhao, content = as_(town.zhao), files.pdf()
    answer = sent(zhao, town.chen, content, "scan.pdf", kind="report", title="出院小结", author="市一院", next="1")
    row = Attachment.objects.get()
    assert answer.headers["Location"].endswith(f"/documents/new/?like={row.pk}")
    assert 'value="出院小结"' in zhao.get(answer.headers["Location"]).content.decode()
    file = zhao.get(reverse("document-file", args=[town.chen.pk, row.pk]))
    assert file.content == content
    assert file.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''%E5%87%BA")
    assert zhao.get(reverse("document-new", args=[town.chen.pk]), {"like": "x"}).status_code == 200
    assert zhao.get(reverse("document-new", args=[town.li.pk]), {"like": str(row.pk)}).status_code == 404


@quick
def test_what_is_said_is_corrected_with_the_reason_and_the_old_words_stay(town: Town) -> None:
    zhao, chen = as_(town.zhao), town.chen
    number = added(town, chen)
    address = reverse("document-correct", args=[chen.pk, number])
    assert "required" in zhao.post(address, {**SAID, "seen": 1}).content.decode()
    zhao.post(address, {**SAID, "title": "右足", "seen": 1, "reason": "the other foot"})
    page = text(as_(town.wang), "document", chen.pk, number)
    assert page.index("右足") < page.index("the other foot") < page.index("左足")
    stale = zhao.post(address, {**SAID, "title": "手", "seen": 1, "reason": "mine"}).content.decode()
    assert "in the meantime" in stale
    assert AttachmentVersion.objects.filter(attachment=number).count() == 2


@quick
def test_a_withdrawn_document_is_seen_by_the_manager_only(town: Town) -> None:
    zhao, guo, chen = as_(town.zhao), as_(town.guo), town.chen
    number = added(town, chen)
    answer = zhao.post(
        reverse("document-withdraw", args=[chen.pk, number]), {"seen": 1, "reason": "李的脚"}, follow=True
    )
    assert "is withdrawn" in answer.content.decode()
    for client in (zhao, as_(town.wang)):
        assert "左足" not in text(client, "documents", chen.pk) + text(client, "person", chen.pk)
        for name in ("document", "document-file", "document-correct", "document-withdraw"):
            assert client.get(reverse(name, args=[chen.pk, number])).status_code == 404
    assert "李的脚" in text(guo, "documents", chen.pk)
    assert "no part of the record" in text(guo, "document", chen.pk, number)
    assert guo.get(reverse("document-file", args=[chen.pk, number])).status_code == 200
    assert see_withdrawn(town, chen) == [number]
    # It belongs here after all: the same file may come again.
    assert added(town, chen) != number


@quick
def test_under_shelter_it_is_nowhere_until_a_doctor_opens_the_shelter(town: Town) -> None:
    zhao, wang, zheng = as_(town.zhao), as_(town.wang), town.zheng
    assert "shelter" not in text(zhao, "document-new", zheng.pk)
    assert "shelter" in text(wang, "document-new", zheng.pk)
    answer = sent(wang, zheng, files.photo(), sheltered="on", title="胸片")
    assert answer.headers["Location"] == reverse("documents", args=[zheng.pk])
    number = Attachment.objects.get().pk
    for client in (zhao, wang):
        assert "胸片" not in text(client, "documents", zheng.pk) + text(client, "person", zheng.pk)
        assert client.get(reverse("document-file", args=[zheng.pk, number])).status_code == 404
    # The same photo, sent by who may not know of it, is not said to be there already.
    assert added(town, zheng) != number
    shelter = reverse("shelter", args=[zheng.pk])
    assert shelter in text(wang, "person", zheng.pk)
    assert shelter not in text(zhao, "person", zheng.pk)
    wang.post(shelter, {"purpose": "treatment"})
    assert "胸片" in text(wang, "person", zheng.pk)
    assert wang.get(reverse("document-file", args=[zheng.pk, number])).status_code == 200


def test_every_document_is_on_some_page_of_the_list(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "read", files.as_it_is)
    for place in range(queries.PAGE + 2):
        added(town, town.chen, f"{place}".encode(), title=f"T{place:02d}", on=TODAY - timedelta(days=place // 3))
    zhao, first = as_(town.zhao), reverse("documents", args=[town.chen.pk])
    page = zhao.get(first).content.decode()
    (following,) = [part.split('"')[0] for part in page.split('href="')[1:] if "after=" in part.split('"')[0]]
    found = page + zhao.get(following).content.decode()
    assert all(found.count(f"T{place:02d}<") == 1 for place in range(queries.PAGE + 2))
    assert zhao.get(first, {"after": "2026-02-30.x"}).status_code == 200


@quick
@settings(max_examples=10, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    head=st.sampled_from(
        [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7\n", files.photo(40, 30), files.pdf(1)]
    ),
    tail=st.binary(max_size=200),
    said=st.fixed_dictionaries(
        {"kind": st.just("wound") | nasty, "on": st.just("2026-11-24") | nasty}
        | dict.fromkeys(("title", "author", "sheltered", "next"), nasty)
    ),
)
def test_anything_may_be_sent_and_is_kept_or_refused(
    town: Town, head: bytes, tail: bytes, said: dict[str, str]
) -> None:
    with transaction.atomic():
        answer = sent(as_(town.wang), town.chen, head + tail, said["title"][:50] or "x", **said)
        assert answer.status_code in (200, 302)
        assert Attachment.objects.count() == (1 if answer.status_code == 302 else 0)
        transaction.set_rollback(True)


# --- once, whole, at rest ---------------------------------------------------------------------------------------------


@quick
def test_the_same_file_twice_is_one_document(town: Town) -> None:
    zhao = as_(town.zhao)
    sent(zhao, town.chen, files.photo())
    again = zhao.get(sent(zhao, town.chen, files.photo()).headers["Location"]).content.decode()
    assert "here already" in again
    sent(zhao, town.li, files.photo())
    assert [row.person_id for row in Attachment.objects.order_by("pk")] == [town.chen.pk, town.li.pk]


@quick
def test_a_double_click_and_two_corrections_at_once(committed_town: Town) -> None:
    town = committed_town
    assert at_once(lambda: added(town, town.chen), lambda: added(town, town.chen)) == ["done", "done"]
    number = Attachment.objects.get().pk

    def correct() -> None:
        said = {"kind": "ecg", "on": TODAY, "reason": "an ECG"}
        viewer = town.viewer(town.zhao)
        actions.correct(viewer=viewer, person_id=town.chen.pk, attachment_id=number, seen=1, **said)

    done, refused = at_once(correct, correct)
    assert (done, "in the meantime" in refused) == ("done", True)
    assert list(AttachmentVersion.objects.values_list("number", flat=True)) == [1, 2]


@quick
@pytest.mark.parametrize("step", ["AttachmentVersion.objects", "audit"])
def test_cut_off_half_way_it_leaves_nothing(town: Town, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def cut(*_args: object, **_kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"jinxiu.attachments.actions.{step}.{'record' if step == 'audit' else 'create'}", cut)
    with pytest.raises(KeyboardInterrupt):
        added(town, town.chen)
    assert not Attachment.objects.exists()
    assert not AttachmentVersion.objects.exists()


@quick
def test_at_rest_it_is_sealed_and_a_change_is_noticed(town: Town) -> None:
    number = added(town, town.chen, files.pdf())
    row = Attachment.objects.get()
    assert b"%PDF" not in bytes(row.content)
    assert queries.content_of(number) == files.pdf()
    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
        Attachment.objects.update(content=b"x" * 40)
    _seal_anew(Attachment, [(number, row.sealed)])  # a change of keys
    assert bytes(Attachment.objects.get().sealed) != bytes(row.sealed)
    assert queries.content_of(number) == files.pdf()


@pytest.mark.parametrize("place", [0, 12, -1])
def test_a_changed_bit_and_another_part_do_not_open(place: int) -> None:
    key = new_key()
    box = shut(b"a photo", key, CONTENT)
    assert opened(memoryview(box), key, CONTENT) == b"a photo"
    changed = bytearray(box)
    changed[place] ^= 1
    for wrong in ((bytes(changed), key, CONTENT), (box, key, PREVIEW), (box, new_key(), CONTENT)):
        with pytest.raises(SealError):
            opened(*wrong)


@quick
def test_another_room_has_its_documents_whatever_is_said_of_them_later(town: Town) -> None:
    number = added(town, town.chen, kind="agreement", belongs_to="agreement/1")
    added(town, town.chen)  # the same photo, of nothing else
    said = {"kind": "agreement", "title": "page 1", "on": TODAY, "reason": "named"}
    actions.correct(viewer=town.viewer(town.zhao), person_id=town.chen.pk, attachment_id=number, seen=1, **said)
    (found,) = queries.belonging_to(town.chen.pk, "agreement/1")
    assert (found.attachment_id, found.title) == (number, "page 1")
    with pytest.raises(AttachmentError, match="between 1900"):
        added(town, town.chen, on=TODAY + timedelta(days=1))


# --- with the person --------------------------------------------------------------------------------------------------


@quick
def test_merged_records_show_the_documents_of_both_and_the_same_file_is_known(town: Town) -> None:
    other = second_li(town)
    first, second = added(town, town.li), added(town, other, files.png())
    merge(town.viewer(town.wang), town.li, other)
    found = queries.attachments_of(town.viewer(town.zhao), town.li.pk)
    assert {one.attachment_id for one in found} == {first, second}
    assert added(town, town.li, files.png()) == second
    said = {"kind": "ecg", "on": TODAY, "reason": "an ECG"}
    actions.correct(viewer=town.viewer(town.zhao), person_id=town.li.pk, attachment_id=second, seen=1, **said)
    assert Attachment.objects.get(pk=second).person_id == other.pk


@quick
def test_the_copy_of_all_data_holds_the_documents(town: Town) -> None:
    number = added(town, town.chen, files.pdf(), kind="report", title="出院小结", author="市一院")
    withdrawn = added(town, town.chen)
    actions.withdraw(
        viewer=town.viewer(town.zhao), person_id=town.chen.pk, attachment_id=withdrawn, seen=1, reason="no"
    )
    with zipfile.ZipFile(io.BytesIO(copy_file(town.chen.pk))) as file:
        assert file.read(f"documents/{number}.pdf") == files.pdf()
        entries = json.loads(file.read("fhir-bundle.json"))["entry"]
        rows = json.loads(file.read("everything.json"))["attachment"]
    found = [one["resource"] for one in entries if one["resource"]["resourceType"] == "DocumentReference"]
    assert {one["id"]: one["status"] for one in found} == {
        f"document-{number}": "current",
        f"document-{withdrawn}": "entered-in-error",
    }
    (attachment,) = [one["content"][0]["attachment"] for one in found if one["id"] == f"document-{number}"]
    assert attachment["url"] == f"documents/{number}.pdf"
    assert attachment["contentType"] == "application/pdf"
    assert not [row for row in rows if "number" in row or "sealed" in row], "no key is handed out"


@quick
def test_a_lawful_deletion_takes_them_and_nothing_else_does(town: Town) -> None:
    he, person = second_manager(town), mistaken(town)
    added(town, person, on=date(1999, 5, 1))
    of_today = mistaken_too(town)
    added(town, of_today)
    assert not parts_of(of_today.pk)[0].may_go(TODAY), "the law keeps a document as it keeps a contact"
    kept = added(town, town.chen)
    assert parts_of(person.pk)[0].rows["attachment"] == 1
    with pytest.raises(DatabaseError, match="is refused"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM attachments_attachment")
    counts = delete(asked(town, person), person, he)
    assert (counts["attachment"], counts["attachmentversion"]) == (1, 1)
    assert set(Attachment.objects.values_list("person", flat=True)) == {town.chen.pk, of_today.pk}
    assert queries.content_of(kept)
