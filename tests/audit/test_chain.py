"""The chain over the trail: what was closed and then touched is found, by whomever and however it was touched."""

import hashlib
import threading
import time
from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jinxiu.audit import actions, queries, rules
from jinxiu.audit import actions as audit
from jinxiu.audit.actions import close_block, close_blocks
from jinxiu.audit.models import AuditBlock, AuditEntry
from jinxiu.audit.origin import SYSTEM, Actor
from jinxiu.audit.queries import Finding, findings
from jinxiu.audit.rules import Break
from jinxiu.people.access import OPENED
from tests.audit.conftest import Tamper
from tests.town import Town

ZHAO = Actor(7, "赵敏\t\\N\r\n", "nurse")  # whatever stands in a name, one line is one line


def write(lines: int) -> list[int]:
    """So many lines; their ids."""
    return [
        audit.record(OPENED, actor=ZHAO, person_id=number, purpose="record", detail={"序": number, "a": 0.1}).pk
        for number in range(lines)
    ]


@pytest.fixture
def small_blocks(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of three lines."""
    monkeypatch.setattr(actions, "BLOCK_LINES", 3)


@pytest.fixture
def closed(small_blocks: None) -> list[int]:
    """Eight lines in three blocks."""
    ids = write(8)
    assert close_blocks(wait=0) == 8
    return ids


def found() -> list[tuple[int, int | None, str]]:
    return [(one.block, one.line, one.what) for one in findings()]


def test_blocks_follow_each_other_and_cover_every_line(closed: list[int]) -> None:
    blocks = list(AuditBlock.objects.order_by("number"))
    assert [(block.number, block.lines) for block in blocks] == [(1, 3), (2, 3), (3, 2)]
    assert [block.after_id for block in blocks] == [0, closed[2], closed[5]]
    assert [block.previous for block in blocks] == [rules.NOTHING_BEFORE, *(one.fingerprint for one in blocks[:-1])]
    assert found() == []
    assert close_block(wait=0) is None


def test_the_form_is_the_one_that_the_documentation_promises(db: None) -> None:
    """Somebody with psql and sha256sum can check a block without us."""
    write(1)
    block = close_block(wait=0)
    assert block is not None
    line = queries.content(0, block.last_id)[0].decode()
    columns = line.split("\t")
    assert columns[0] == str(block.last_id)
    assert columns[3] == "赵敏\\t\\\\N\\r\\n"
    assert columns[8:] == ['{"a": 0.1, "序": 0}', "", ""]
    closed_at = block.closed_at.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
    head = f'["jinxiu-audit-1",1,0,{block.last_id},1,"{closed_at}","{"0" * 64}"]'
    assert hashlib.sha256(f"{line}\n{head}".encode()).hexdigest() == block.fingerprint


@pytest.mark.parametrize(
    ("statement", "how"),
    [
        ("UPDATE audit_auditentry SET actor_name = '孙丽' WHERE id = %s", "changed"),
        ("UPDATE audit_auditentry SET at = at + interval '1 microsecond' WHERE id = %s", "changed"),
        ("UPDATE audit_auditentry SET person_id = NULL WHERE id = %s", "changed"),
        ("UPDATE audit_auditentry SET detail = '{\"a\": 0.1000000000000000001}' WHERE id = %s", "changed"),
        ("UPDATE audit_auditentry SET purpose = '\\N', address = ' ' WHERE id = %s", "changed"),
        ("DELETE FROM audit_auditentry WHERE id = %s", "gone"),
    ],
)
def test_a_touched_line_is_named_with_the_times_around_it(
    closed: list[int], tamper: Tamper, statement: str, how: str
) -> None:
    at = list(AuditEntry.objects.order_by("pk").values_list("at", flat=True))
    tamper(statement, closed[4])
    assert list(findings()) == [Finding(2, closed[4], how, at[3], at[5])]


def test_a_line_slipped_in_is_found(closed: list[int], tamper: Tamper) -> None:
    tamper("DELETE FROM audit_auditentry WHERE id = %s", closed[1])
    tamper(
        "INSERT INTO audit_auditentry SELECT -5, at, 1, 'x', '', 'x', 1, '', '{}', '', '' FROM audit_auditentry LIMIT 1"
    )
    assert found() == [(1, closed[1], "gone")], "ids below every block belong to none"
    tamper("UPDATE audit_auditentry SET id = %s WHERE id = -5", closed[1])
    assert found() == [(1, closed[1], "changed")]


def test_lines_that_changed_places_are_found(closed: list[int], tamper: Tamper) -> None:
    tamper("UPDATE audit_auditentry SET id = -id WHERE id IN (%s, %s)", closed[3], closed[4])
    tamper("UPDATE audit_auditentry SET id = %s WHERE id = %s", closed[3], -closed[4])
    tamper("UPDATE audit_auditentry SET id = %s WHERE id = %s", closed[4], -closed[3])
    assert found() == [(2, closed[3], "changed"), (2, closed[4], "changed")]


@pytest.mark.parametrize("column", ["lines", "closed_at", "previous", "fingerprint", "marks", "last_id"])
def test_a_touched_block_is_found(closed: list[int], tamper: Tamper, column: str) -> None:
    values = {"lines": "9", "closed_at": "now()", "marks": "''", "last_id": f"{closed[5] - 1}"}
    tamper(f"UPDATE audit_auditblock SET {column} = {values.get(column, repr('0' * 64))} WHERE number = 2")
    assert found()
    assert {block for block, _line, _what in found()} <= {2, 3}


def test_a_lost_block_is_found(closed: list[int], tamper: Tamper) -> None:
    tamper("DELETE FROM audit_auditblock WHERE number = 2")
    assert found() == [(3, None, "joint")]


def rewrite(tamper: Tamper, number: int) -> None:
    """Close one block anew over what stands there now, as somebody who knows this code would."""
    block = AuditBlock.objects.get(number=number)
    before = AuditBlock.objects.filter(number=number - 1).first()
    lines = queries.content(block.after_id, block.last_id)
    block.lines, block.previous = len(lines), before.fingerprint if before else block.previous
    tamper(
        "UPDATE audit_auditblock SET lines = %s, previous = %s, marks = %s, fingerprint = %s WHERE number = %s",
        block.lines,
        block.previous,
        rules.marks(lines),
        rules.fingerprint(queries.head_of(block), lines),
        number,
    )


def test_a_block_closed_anew_breaks_the_next_and_a_chain_closed_anew_breaks_the_anchor(
    closed: list[int], tamper: Tamper
) -> None:
    anchors = dict(AuditBlock.objects.values_list("number", "fingerprint"))
    tamper("DELETE FROM audit_auditentry WHERE id = %s", closed[4])
    rewrite(tamper, 2)
    assert found() == [(3, None, "joint")]
    rewrite(tamper, 3)
    assert found() == []
    assert [(one.block, one.what) for one in findings({3: anchors[3]})] == [(3, "anchor")]


def test_a_tail_cut_off_with_its_blocks_is_found_by_the_anchor(closed: list[int], tamper: Tamper) -> None:
    anchors = dict(AuditBlock.objects.values_list("number", "fingerprint"))
    tamper("DELETE FROM audit_auditentry WHERE id > %s", closed[5])
    tamper("DELETE FROM audit_auditblock WHERE number = 3")
    assert found() == []
    assert [(one.block, one.what) for one in findings(anchors)] == [(3, "cut")]


def test_the_tail_that_is_open_is_the_window(closed: list[int], tamper: Tamper) -> None:
    """What came after the last block can be cut off unseen; it is counted, and minutes wide."""
    write(1)
    assert (queries.chain().closed_lines, queries.chain().open_lines) == (8, 1)
    tamper("DELETE FROM audit_auditentry WHERE id > %s", closed[-1])
    assert found() == []


@pytest.mark.parametrize("verb", ["UPDATE audit_auditblock SET lines = 1", "DELETE FROM audit_auditblock"])
def test_blocks_only_grow(closed: list[int], verb: str) -> None:
    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb)


LINES = st.lists(st.binary(max_size=20).filter(lambda text: b"\n" not in text), min_size=1, max_size=8)


@given(LINES, st.data())
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_differs_has_another_fingerprint_and_is_named(texts: list[bytes], data: st.DataObject) -> None:
    lines = [b"%d\t%s" % (number * 3, text) for number, text in enumerate(texts)]
    other = list(lines)
    place = data.draw(st.integers(0, len(lines) - 1))
    kind = data.draw(st.sampled_from(Break))
    if kind is Break.GONE:
        del other[place]
    elif kind is Break.ADDED:
        other.insert(place + 1, b"%d\t" % (place * 3 + 1))
    else:
        other[place] += b"!"
    head = rules.Head(1, 0, 99, len(lines), "2026-11-25T00:00:00.000000+00:00", rules.NOTHING_BEFORE)
    assert rules.fingerprint(head, lines) != rules.fingerprint(head, other)
    touched = place * 3 + (kind is Break.ADDED)
    assert list(rules.breaks(rules.marks(lines), other)) == [(touched, kind)]


# --- several at once --------------------------------------------------------------------------------------------------


class Writer(threading.Thread):
    """Somebody whose transaction has written a line, and ends when told."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.written, self.may_end = threading.Event(), threading.Event()
        self.line = 0

    def run(self) -> None:
        with transaction.atomic():
            self.line = audit.record(OPENED, actor=SYSTEM).pk
            self.written.set()
            self.may_end.wait(20)
        connections.close_all()


@pytest.fixture
def writer(committed_town: Town) -> Iterator[Writer]:
    """A writer in the middle of its transaction."""
    one = Writer()
    close_blocks(wait=0)
    one.start()
    assert one.written.wait(20)
    yield one
    one.may_end.set()
    one.join(20)


def test_a_line_that_commits_late_is_not_left_behind(writer: Writer) -> None:
    later = write(2)
    assert later[0] > writer.line
    assert close_block(wait=0) is None, "the block would cover an id whose line is not there yet"
    threading.Timer(0.3, writer.may_end.set).start()
    block = close_block(wait=20)
    assert block is not None
    assert (block.lines, block.last_id) == (3, later[-1])
    assert found() == []


def test_closing_keeps_no_writer_waiting(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = threading.Event()
    writers = actions._writers

    def looking() -> list[str]:
        found = list(writers())
        looked.set()
        return found

    monkeypatch.setattr(actions, "_writers", looking)
    write(1)
    closing = threading.Thread(target=lambda: (close_block(wait=20), connections.close_all()), daemon=True)
    closing.start()
    assert looked.wait(20)
    begun = time.monotonic()
    late = write(3)
    assert time.monotonic() - begun < 2
    assert closing.is_alive(), "still waiting for the writer"
    writer.may_end.set()
    closing.join(20)
    block = queries.last_block()
    assert block is not None
    assert block.last_id < late[0], "those who came after it looked are for the next block"
    assert found() == []


def test_only_one_closes_at_a_time(writer: Writer) -> None:
    write(1)
    threads = [
        threading.Thread(target=lambda: (close_blocks(wait=20), connections.close_all()), daemon=True) for _ in range(4)
    ]
    for one in threads:
        one.start()
    writer.may_end.set()
    for one in threads:
        one.join(20)
    assert found() == []
    numbers = list(AuditBlock.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_work_closes_blocks_by_itself_after_some_minutes(committed_town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions._Pace, "next_time", time.monotonic() - 1)
    ids = write(2)
    block = queries.last_block()
    assert block is not None
    assert block.last_id == ids[0], "closed when the first line was committed; the second is within the next minutes"
