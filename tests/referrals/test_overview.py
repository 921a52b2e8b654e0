"""All referrals within reach and their numbers: what narrows the list, who sees what, what is too few to show."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jinxiu.audit.models import AuditEntry
from jinxiu.indicators.queries import scope_of
from jinxiu.referrals import actions, rules
from jinxiu.referrals.models import Hospital, Referral
from jinxiu.referrals.overview import queries
from jinxiu.referrals.overview.queries import BY_HOSPITAL, BY_TEAM, Asked
from jinxiu.referrals.overview.rules import COUNTED, Numbers, period, too_small
from tests.matching.twice import merge
from tests.referrals.test_down import received
from tests.referrals.test_referrals import answer, by, drafted, due, go, sent
from tests.register.test_registering import as_
from tests.town import TODAY, Town


def listed(town: Town, staff: object = None, **asked: object) -> list[tuple[int, str]]:
    viewer = town.viewer(staff or town.wang)  # type: ignore[arg-type]
    rows = queries.page(viewer, Asked(**asked), after=0, limit=50)  # type: ignore[arg-type]
    return [(row.person_id, row.referral.state) for row in rows]


def long_ago(row: Referral, days: int) -> None:
    Referral.objects.filter(pk=row.pk).update(sent_on=TODAY - timedelta(days=days))


def copies(row: Referral, changes: list[dict[str, object]]) -> None:
    """The same referral again and again, with these changes."""
    told = {field.attname: getattr(row, field.attname) for field in Referral._meta.fields if field.name != "id"}
    Referral.objects.bulk_create(Referral(**{**told, "token": uuid4(), **one}) for one in changes)


def many(town: Town, size: int, hospital: str, *, arrived: int, back: int = 0) -> None:
    """Referrals of team 1, so many days to arrival as their place says."""
    place = Hospital.objects.get_or_create(centre=town.team1.institution, name=hospital)[0]
    day = date(2026, 6, 1)
    copies(
        drafted(town, town.wu),
        [
            {
                "hospital_id": place.pk,
                "state": rules.TAKEN,
                "sent_on": day,
                "arrived_on": day + timedelta(days=number) if number < arrived else None,
                "returned_on": day if number < back else None,
            }
            for number in range(size)
        ],
    )


# --- rules ------------------------------------------------------------------------------------------------------------


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=5))
def test_nothing_small_is_shown_and_nothing_shown_tells_of_it(groups: list[tuple[int, int]]) -> None:
    found = {str(at): Numbers(sent + more, sent, more, back=more) for at, (sent, more) in enumerate(groups)}
    small = too_small(found)
    for name, one in found.items():
        assert name in small or not any(figure.is_small for figure in one.figures)
    hidden = [one for name, one in found.items() if name in small]
    if "" not in small and hidden:
        for kind in range(3):
            assert not sum((one.figures[kind] for one in hidden[1:]), hidden[0].figures[kind]).is_small


def test_the_days_are_those_chosen_or_the_last_year() -> None:
    assert period(None, None, TODAY) == (TODAY - timedelta(days=365), TODAY)
    assert period(date(2026, 1, 1), date(2026, 3, 31), TODAY) == (date(2026, 1, 1), date(2026, 3, 31))


# --- the list ---------------------------------------------------------------------------------------------------------


def test_the_list_says_of_late_and_waiting_what_the_rules_say(town: Town) -> None:
    ago = (0, 3, 4, 14, 15)
    told = [{"state": state, "sent_on": TODAY - timedelta(days=days)} for state in rules.STATES for days in ago]
    copies(drafted(town, town.wu), told)
    all_rows = queries.page(town.viewer(town.wang), Asked(), after=0, limit=99)
    assert len(all_rows) == 5 * len(rules.STATES) + 1
    found = {
        name: {
            row.referral.pk for row in queries.page(town.viewer(town.wang), Asked(**{name: True}), after=0, limit=99)
        }
        for name in ("late", "waiting")
    }
    for row in all_rows:
        known = (row.referral.state, row.referral.sent_on, TODAY)
        assert (row.referral.pk in found["late"]) == bool(rules.late(*known))
        assert (row.referral.pk in found["waiting"]) == rules.waits_for_us(*known)


def test_every_filter_narrows_and_pages_follow_each_other(town: Town) -> None:
    wu, li = sent(town, town.wu), sent(town, town.li)
    answer(town, wu)
    received(town)
    go(town, sent(town, town.zhou), rules.CANCELLED, "x")
    assert listed(town, counted="answered") == [(town.wu.pk, "answered")]
    assert listed(town, direction="down") == [(town.wu.pk, "returned")]
    assert listed(town, counted="sent") == [(town.li.pk, "sent"), (town.wu.pk, "answered")]
    assert listed(town, state="sent", hospital="山西省人民医院", team_id=town.team1.pk) == [(town.li.pk, "sent")]
    assert listed(town, hospital="别的医院") == listed(town, team_id=town.team2.pk) == listed(town, urgent=True) == []
    long_ago(li, 40)
    assert listed(town, until=TODAY - timedelta(days=30)) == [(town.li.pk, "sent")]
    first = queries.page(town.viewer(town.wang), Asked(), after=0, limit=2)
    rest = queries.page(town.viewer(town.wang), Asked(), after=first[-1].referral.pk, limit=9)
    assert len({row.referral.pk for row in [*first, *rest]}) == 4


def test_the_list_is_of_the_people_whose_records_one_reads(town: Town) -> None:
    sent(town, town.wu)
    hidden = drafted(town, town.li, sheltered=True)
    assert [len(listed(town, staff)) for staff in (town.wang, town.zhao, town.guo, town.sun)] == [1, 1, 1, 0]
    assert as_(town.ma).get("/referrals/").status_code == 403
    page = as_(town.zhao).get("/referrals/?state=sent&since=nonsense&team=999").content.decode()
    assert "吴建军" in page
    assert "李秀兰" not in page
    doctor = as_(town.wang)
    doctor.post(f"/people/{town.li.pk}/shelter/", {"purpose": "referral"})
    assert "李秀兰" in doctor.get("/referrals/").content.decode()
    assert AuditEntry.objects.filter(action="referral.listed").latest("pk").detail["people"] == [
        hidden.person_id,
        town.wu.pk,
    ]
    merge(town.viewer(town.zhao), town.zhou, town.wu)
    assert listed(town, team_id=town.team1.pk) == [(town.zhou.pk, "sent")], "of a merged record: the one that is kept"


def test_of_two_that_run_side_by_side_the_list_knows_which_was_answered(town: Town) -> None:
    """The standard gives an answer to the earliest question; the list goes by each referral's own state."""
    first, second = sent(town, town.wu), sent(town, town.wu)
    long_ago(first, 20)
    said = answer(town, second)
    who = {"viewer": town.viewer(town.wang), "by": by(town, town.wang), "token": uuid4()}
    actions.take(referral_id=second.pk, answer_id=said, **who)
    assert due(town.wu) == {"arrival", "result"}
    assert listed(town, late=True) == [(town.wu.pk, "sent")]


# --- numbers ----------------------------------------------------------------------------------------------------------


def test_numbers_are_counted_by_hospital_and_team_and_open_their_people(town: Town) -> None:
    many(town, 9, "山西省人民医院", arrived=5, back=3)
    many(town, 2, "山西白求恩医院", arrived=2)
    scope = scope_of(town.viewer(town.wang))
    found = queries.numbers(scope, date(2026, 1, 1), TODAY, by=BY_HOSPITAL)
    people = found["山西省人民医院"]
    assert (people.sent, people.arrived, people.answered, people.back, people.days_to_arrival) == (9, 5, 0, 3, 2.0)
    assert people.days_to_answer is None
    assert queries.numbers(scope, date(2026, 1, 1), TODAY, by=BY_TEAM)[str(town.team1.pk)].sent == 11
    assert queries.numbers(scope, date(2026, 7, 1), TODAY)[""] == Numbers()
    for counted in COUNTED:
        assert len(listed(town, counted=counted)) == {"sent": 11, "arrived": 7, "no_arrival": 4, "back": 3}.get(
            counted, 0 if counted == "answered" else 11
        )
    page = as_(town.zhao).get("/referrals/numbers/").content.decode()
    assert "55.6\N{NO-BREAK SPACE}%" in page
    assert "counted=arrived" in page


@pytest.mark.parametrize(("arrived", "is_shown"), [(5, True), (3, False)])
def test_who_sees_numbers_only_sees_no_few_people_and_no_way_to_them(town: Town, arrived: int, is_shown: bool) -> None:
    many(town, 12, "山西省人民医院", arrived=arrived)
    page = as_(town.ma).get("/referrals/numbers/").content.decode()
    assert ("5 of 12" in page) == is_shown
    assert ("not shown" in page.replace("numbers that are not shown", "")) != is_shown
    assert "?since" not in page.partition("<main")[2]
    assert "吴建军" not in page
