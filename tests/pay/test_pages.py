"""The pages of fees and pay: managers of the institution, each member of staff for the own pay, nobody else's."""

from __future__ import annotations

import html
import io
from datetime import date
from uuid import uuid4

from django.test import Client
from openpyxl import load_workbook

from jinxiu.audit.models import AuditEntry
from jinxiu.pay import queries
from jinxiu.pay.models import PayCorrection, Payment, PayRun
from tests.pay.money import NOVEMBER, OCTOBER, calendar_year, frozen, second_manager, worked_out
from tests.register.test_registering import as_
from tests.town import TODAY, Town, contact


def october(town: Town) -> None:
    calendar_year(town)
    contact(town.chen, town.wang, date(2026, 10, 5), systolic=140, diastolic=80)
    contact(town.chen, town.zhao, date(2026, 10, 20), mode="home", systolic=140, diastolic=80)


def read(client: Client, url: str, **sent: object) -> str:
    """A page as its reader sees it, redirects followed; with something to send it is sent."""
    answer = client.post(url, sent, follow=True) if sent else client.get(url)
    return html.unescape(answer.content.decode())


# --- fees -------------------------------------------------------------------------------------------------------------


def test_fees_by_payer_lead_to_the_people(town: Town) -> None:
    october(town)
    guo = as_(town.guo)
    page = read(guo, "/pay/fees/")
    assert "January 2026 to November 2026" in page
    assert "¥275.00" in page  # two people, eleven months of 150 yuan
    assert "Example figures" in page
    named = read(guo, "/pay/fees/people/?first=2026-10&last=2026-10&payer=resident")
    assert "resident: ¥3.34" in named
    assert "陈志强" in named
    assert "李秀兰" in named
    assert "冯明" not in named
    seen = AuditEntry.objects.get(action="pay.people_listed")
    assert seen.detail["people"] == [town.chen.pk, town.li.pk]
    by_team = read(guo, f"/pay/fees/people/?first=2026-10&last=2026-10&team={town.team2.pk}")
    assert "0 agreements" in by_team


def test_a_payment_is_written_down_once_and_corrected(town: Town) -> None:
    october(town)
    guo, token = as_(town.guo), uuid4()
    form = {"token": token, "payer": "insurance", "month": "2026-10", "fen": "10.00", "received_on": TODAY, "words": ""}
    for _twice in range(2):
        told = read(guo, "/pay/fees/payments/?first=2026-10&last=2026-10", **form)
        assert "Written down." in told
    payment = Payment.objects.get()
    fees = read(guo, "/pay/fees/?first=2026-10&last=2026-10")
    assert "¥11.66" in fees
    assert "¥1.66" in fees  # still open
    too_much = read(guo, f"/pay/fees/payments/{payment.pk}/", token=uuid4(), fen="10.01", words="typing")
    assert "¥10.00 is left" in too_much
    told = read(guo, f"/pay/fees/payments/{payment.pk}/", token=uuid4(), fen="9.50", words="typing")
    assert "−¥9.50" in told
    assert f"corrects no. {payment.pk}" in told
    for wrong in ({"fen": "-1"}, {"fen": "x"}, {"received_on": "2027-01-01"}, {"month": "1999-01"}, {"payer": "?"}):
        read(guo, "/pay/fees/payments/", **{**form, "token": uuid4(), **wrong})
    assert Payment.objects.count() == 2


# --- a month ----------------------------------------------------------------------------------------------------------


def test_two_managers_bring_a_month_to_its_end(town: Town) -> None:
    october(town)
    han = second_manager(town)
    guo, other = as_(town.guo), as_(han)
    page = read(guo, "/pay/compute/", institution=town.team1.institution_id, month="2026-10")
    assert "The month is worked out" in page
    run = PayRun.objects.get()
    assert "¥17.50" in page  # 70 % of 25 yuan
    assert "draft, not approved yet" in page
    url = f"/pay/{run.pk}/"
    assert "Another manager approves it" in read(guo, f"{url}approve/", revision=1)
    assert "another manager's" in read(guo, f"{url}approve/", revision=1)
    assert "worked this month out again" in read(other, f"{url}approve/", revision=7)
    assert "the month is frozen" in read(other, f"{url}approve/", revision=1)
    assert "frozen and stays as it is" in read(
        guo, "/pay/compute/", institution=town.team1.institution_id, month="2026-10"
    )
    assert "Approved by Han" in read(guo, url)
    assert "approved and frozen" in read(guo, "/pay/")
    who = read(guo, f"{url}staff/{town.zhao.pk}/")
    assert "Hypertension contact (home visit): 1 times × weight 1 × difficulty 2 = 2 points." in who
    seen = AuditEntry.objects.filter(action="pay.staff_seen").get()
    assert (seen.detail["staff"], seen.detail["month"]) == (town.zhao.pk, "2026-10")


def test_a_manager_corrects_and_scores(town: Town) -> None:
    october(town)
    contact(town.li, town.wang, date(2026, 10, 7), kind="contact.call", mode="phone")
    han = second_manager(town)
    guo, run = as_(town.guo), worked_out(town)
    what = f"{town.team1.pk}:service:"
    form = {"what": what, "score": "50", "reason": "9 of 10 confirmed"}
    assert "Scored." in read(guo, f"/pay/{run.pk}/scores/", **form)
    scored = read(guo, f"/pay/{run.pk}/scores/")
    assert "now 50 of 100" in scored
    assert "Guo Wei" in scored
    frozen(town, han)
    form = {"token": uuid4(), "staff": town.zhao.pk, "fen": "-0.40", "reason": "counted twice"}
    assert "it is paid with November 2026" in read(as_(han), f"/pay/{run.pk}/correct/", **form)
    assert PayCorrection.objects.get().fen == -40
    worked_out(town, NOVEMBER)
    mine = read(as_(town.zhao), "/pay/mine/")
    assert "For October 2026: counted twice" in mine
    assert "−¥0.40" in mine


def test_a_month_and_the_fees_as_excel(town: Town) -> None:
    october(town)
    guo, run = as_(town.guo), worked_out(town)
    assert "This field is required" in read(guo, f"/pay/{run.pk}/export/", reason="")
    pay = guo.post(f"/pay/{run.pk}/export/", {"reason": "to the accountant\x1f"})  # pasted with a control character
    rows = list(load_workbook(io.BytesIO(pay.content)).active.iter_rows(values_only=True))
    assert "to the accountant" in rows[0][0]
    assert sum(round(row[4] * 100) for row in rows[2:]) == run.shared_fen
    fees = guo.post("/pay/fees/export/?first=2026-10&last=2026-10", {"reason": "to the accountant"})
    rows = list(load_workbook(io.BytesIO(fees.content)).active.iter_rows(values_only=True))
    assert sum(round(row[4] * 100) for row in rows[2:]) == 2_500
    assert "陈志强" not in str(rows)
    assert AuditEntry.objects.filter(action="pay.exported").count() == 2


# --- one's own --------------------------------------------------------------------------------------------------------


def test_everybody_sees_how_the_own_pay_was_made_and_nobody_elses(town: Town) -> None:
    october(town)
    run = worked_out(town)
    zhao = read(as_(town.zhao), "/pay/mine/")
    own = sum(line.fen for line in queries.lines_of(run, town.zhao.pk))
    assert f"¥{own / 100:.2f}" in zhao
    assert "Of ¥17.50 for staff this month, Hypertension has 20 of 100 parts: ¥3.50." in zhao
    assert "coefficient 0.8 × 31 days = 24.8 of 55.8 together" in zhao
    assert "Hypertension package: 2 agreements × weight 1 = 2 points." in zhao
    assert "may still change" in zhao
    assert "Wang" not in zhao
    assert "No pay yet" in read(as_(town.sun), "/pay/mine/")
    assert as_(town.sun).get(f"/pay/mine/?month={run.pk}").status_code == 404
    zhao_client = as_(town.zhao)
    for url in (f"/pay/{run.pk}/", f"/pay/{run.pk}/staff/{town.zhao.pk}/", "/pay/", "/pay/fees/"):
        assert zhao_client.get(url).status_code == 403
    assert as_(town.guo).get(f"/pay/{run.pk}/staff/{town.sun.pk}/").status_code == 404


def test_the_page_is_chinese_too(town: Town) -> None:
    october(town)
    worked_out(town, OCTOBER)
    client = as_(town.zhao)
    client.cookies["jinxiu_language"] = "zh-hans"
    page = read(client, "/pay/mine/")
    assert "高血压随访（上门）：1 次 × 权重 1 × 难度 2 = 2 工分。" in page
    assert "岗位系数 0.8 × 31 天" in page
