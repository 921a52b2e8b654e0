"""The trail: tied to its request, readable as sentences."""

from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import translation

from jinxiu.audit import actions as audit
from jinxiu.audit import origin
from jinxiu.audit.middleware import RequestOrigin
from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.audit.queries import lines_about
from jinxiu.audit.sentences import sentence
from jinxiu.people.access import OPENED, person_for
from tests.town import Town


def test_a_line_bears_its_requests_id_and_address(db: None) -> None:
    def view(request: object) -> object:
        audit.record(OPENED, actor=SYSTEM, person_id=1, purpose="care")
        return HttpResponse()

    answer = RequestOrigin(view)(RequestFactory().get("/", REMOTE_ADDR="10.0.0.7"))  # type: ignore[arg-type]
    line = AuditEntry.objects.get()
    assert (line.request_id, line.address) == (answer["X-Request-ID"], "10.0.0.7")


def test_after_the_request_the_thread_is_clean(db: None) -> None:
    def fails(request: object) -> object:
        raise ValueError

    try:
        RequestOrigin(fails)(RequestFactory().get("/"))  # type: ignore[arg-type]
    except ValueError:
        assert origin.current() == origin.Origin()


def test_only_the_last_hop_is_believed_and_only_behind_a_proxy(settings: object) -> None:
    seen: list[str] = []

    def view(request: object) -> object:
        seen.append(origin.current().address)
        return HttpResponse()

    asked = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "6.6.6.6, 192.0.2.5"}
    for behind in (False, True):
        settings.JINXIU_PROXY = behind  # type: ignore[attr-defined]
        RequestOrigin(view)(RequestFactory().get("/", **asked))  # type: ignore[arg-type]
    assert seen == ["10.0.0.1", "192.0.2.5"]


def test_lines_read_as_sentences_in_both_languages(town: Town) -> None:
    person_for(town.viewer(town.zhao), town.chen.pk, "record")
    with translation.override("en"):
        line = lines_about(town.chen.pk, person_name="陈志强")[0]
    assert line.sentence == "赵敏 opened the record of 陈志强 (reading the record)."
    with translation.override("zh-hans"):
        line = lines_about(town.chen.pk, person_name="陈志强")[0]
    assert "opened" not in line.sentence
    assert "陈志强" in line.sentence


def test_the_trail_is_paged_newest_first(town: Town) -> None:
    first = lines_about(town.chen.pk, person_name="陈志强", limit=2)
    rest = lines_about(town.chen.pk, person_name="陈志强", before=first[-1].at)
    assert [line.at for line in first + rest] == sorted((line.at for line in first + rest), reverse=True)
    assert rest


def test_a_code_of_another_version_stands_for_itself() -> None:
    assert sentence("gone.by", {"actor": "x"}) == "gone.by"
    assert sentence("person.opened", {"actor": "x"}).count("…") == 2
