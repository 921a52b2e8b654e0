"""The pages of fees: what is owed by payer, team and package, what was paid and is open, and who stands behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_safe

from jinxiu.agreements.queries import catalogue
from jinxiu.agreements.wording import PAYERS
from jinxiu.documents.cells import Value
from jinxiu.indicators.forms import ExportForm
from jinxiu.pay import actions, forms, queries, shown, wording
from jinxiu.pay.access import institution_for, institutions_for, payment_for
from jinxiu.pay.models import Payment
from jinxiu.pay.queries import FeeLine
from jinxiu.pay.views import excel
from jinxiu.pay.wording import money, yuan
from jinxiu.people import access
from jinxiu.people.access import Viewer
from jinxiu.people.asked import number_sent
from jinxiu.people.models import Institution
from jinxiu.people.roles import EXPORT_RECORDS
from jinxiu.people.tried import tried
from jinxiu.people.wording import about, named

PAGE_ROWS = 50
_BY: dict[str, Callable[[FeeLine], Any]] = {
    "payer": lambda line: line.payer,
    "team": lambda line: line.team_id,
    "package": lambda line: line.package,
}


@dataclass(frozen=True)
class Asked:
    """The institution and the months that the address asks for, and to what it narrows them (by the names of _BY)."""

    institution: Institution
    first: date
    last: date
    form: forms.PeriodForm
    narrowed: Mapping[str, str]

    def lines(self) -> list[FeeLine]:
        """What falls due in these months, as far as it is asked for."""
        found = queries.fee_lines(self.institution.pk, self.first, queries.last_day(self.last))
        return [line for line in found if all(str(_BY[name](line)) == value for name, value in self.narrowed.items())]

    def url(self, name: str, **more: str) -> str:
        """Another page about the same months."""
        months = {"first": f"{self.first:%Y-%m}", "last": f"{self.last:%Y-%m}"}
        return f"{reverse(name)}?" + urlencode({"institution": str(self.institution.pk), **months, **more})

    @property
    def months(self) -> str:
        """The months in words."""
        first, last = wording.month_text(self.first), wording.month_text(self.last)
        return first if first == last else gettext("%(first)s to %(last)s") % {"first": first, "last": last}


def _asked(request: HttpRequest, viewer: Viewer) -> Asked:
    institution = institution_for(viewer, number_sent(request.GET.get("institution", "")))
    asked = {"first": request.GET.get("first", ""), "last": request.GET.get("last", "")}
    first, last = forms.PeriodForm(asked, today=viewer.today).months()
    form = forms.PeriodForm({"first": f"{first:%Y-%m}", "last": f"{last:%Y-%m}"}, today=viewer.today)
    narrowed = {name: value for name in _BY if (value := request.GET.get(name, ""))}
    return Asked(institution, first, last, form, narrowed)


@require_safe
def fees(request: HttpRequest) -> HttpResponse:
    """What falls due in some months by payer, team and package, what was paid for them, and what is open."""
    viewer = access.viewer_for(request)
    asked = _asked(request, viewer)
    lines = asked.lines()
    owed = _sums(lines, "payer")
    received = queries.received(asked.institution.pk, asked.first, asked.last)
    total, paid = owed.total(), sum(received.values())
    page = {
        "asked": asked,
        "institutions": [(one.pk, named(one)) for one in institutions_for(viewer)],
        "stats": [
            (
                gettext("Owed"),
                money(total),
                gettext("by %(number)s agreements") % {"number": f"{_agreements(lines):,}"},
            ),
            (gettext("Received"), money(paid), ""),
            (gettext("Still open"), money(total - paid), ""),
        ],
        "payers": [
            {
                "name": name,
                "owed": money(owed[payer]),
                "received": money(received.get(payer, 0)),
                "open": money(owed[payer] - received.get(payer, 0)),
                "paid_fen": min(max(received.get(payer, 0), 0), owed[payer]),
                "owed_fen": owed[payer],
                "url": asked.url("pay-fee-people", payer=payer),
            }
            for payer, name in PAYERS.items()
        ],
        "tables": [_bars(asked, lines, "team"), _bars(asked, lines, "package")],
        "is_example": _is_example(asked, lines),
        "may_export": access.may(viewer, EXPORT_RECORDS),
        "export_url": asked.url("pay-fees-export"),
        "payments_url": asked.url("pay-payments"),
    }
    return render(request, "pay/fees.html", page)


def _sums(lines: Iterable[FeeLine], by: str) -> Counter[Any]:
    sums: Counter[Any] = Counter()
    for line in lines:
        sums[_BY[by](line)] += line.fen
    return sums


def _agreements(lines: Iterable[FeeLine]) -> int:
    return len({line.agreement_id for line in lines})


def _bars(asked: Asked, lines: Iterable[FeeLine], by: str) -> shown.Bars:
    sums = _sums(lines, by)
    names: Mapping[Any, str] = shown.unit_names(sums) if by == "team" else _package_names(sums)
    title, head = {
        "team": (gettext("By team"), gettext("Team")),
        "package": (gettext("By package"), gettext("Package")),
    }[by]
    return shown.bars(by, title, head, sums, names, lambda key: asked.url("pay-fee-people", **{by: str(key)}))


def _package_names(keys: Iterable[str]) -> dict[str, str]:
    language = get_language() or ""
    return {one.key: f"{one.title.language(language)} {one.version}" for one in catalogue().chosen(keys)}


def _is_example(asked: Asked, lines: Iterable[FeeLine]) -> bool:
    """Whether a fee, or how it falls due, is made up and waits for the city's own numbers."""
    scheme = queries.scheme_of(asked.last)
    packages = catalogue().chosen({line.package for line in lines})
    return any(one.example for one in packages) or (scheme is not None and scheme.example)


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """The agreements behind a sum, with the people whom the viewer may see; the trail keeps who was shown."""
    viewer = access.viewer_for(request)
    asked = _asked(request, viewer)
    sums: Counter[int] = Counter()
    for line in asked.lines():
        sums[line.agreement_id] += line.fen
    after = number_sent(request.GET.get("after", "")) or 0
    found = queries.people_behind(viewer, sums, after, PAGE_ROWS + 1)
    rows = found[:PAGE_ROWS]
    actions.note_people(viewer=viewer, people=[row.person.pk for row in rows if row.person])
    page = {
        "title": _title_of(asked),
        "asked": asked,
        "total": money(sums.total()),
        "number": len(sums),
        "rows": [
            {
                "name": row.person.name if row.person else "",
                "about": about(row.person.birth_date, row.person.sex, viewer.today) if row.person else "",
                "url": reverse("agreement", args=[row.person.pk, row.agreement_id]) if row.person else "",
                "contract_no": row.contract_no,
                "start_on": row.start_on,
                "last_on": row.last_on,
                "money": money(row.fen),
            }
            for row in rows
        ],
        "back_url": asked.url("pay-fees"),
        "first_url": asked.url("pay-fee-people", **asked.narrowed) if after else "",
        "next_url": asked.url("pay-fee-people", **asked.narrowed, after=str(rows[-1].agreement_id))
        if len(found) > PAGE_ROWS
        else "",
    }
    return render(request, "pay/people.html", page)


def _title_of(asked: Asked) -> str:
    words = {
        **{key: str(name) for key, name in PAYERS.items()},
        **{
            str(key): name
            for key, name in shown.unit_names(one.pk for one in queries.teams_of(asked.institution.pk)).items()
        },
        **_package_names(one.key for one in catalogue().packages),
    }
    return " · ".join(words.get(value, value) for value in asked.narrowed.values()) or gettext("All fees")


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """Ask what the table is for; answer with every agreement's fees as an Excel file, without names."""
    viewer = access.viewer_for(request)
    access.require(viewer, EXPORT_RECORDS)
    asked = _asked(request, viewer)
    form = ExportForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        file = actions.export(
            viewer=viewer,
            name=f"fees {asked.first:%Y-%m} {asked.last:%Y-%m}",
            title=gettext("Fees"),
            table=_table(asked.lines()),
            reason=form.cleaned_data["reason"],
        )
        return excel(file, f"fees-{asked.first:%Y-%m}-{asked.last:%Y-%m}.xlsx")
    page = {
        "form": form,
        "title": gettext("Export the fees"),
        "sub": f"{named(asked.institution)} · {asked.months}",
        "back_url": asked.url("pay-fees"),
    }
    return render(request, "pay/export.html", page)


def _table(lines: list[FeeLine]) -> list[list[Value]]:
    heads: list[Value] = [gettext("Agreement"), gettext("Team"), gettext("Package"), gettext("Payer"), gettext("Yuan")]
    numbers = queries.contract_numbers({line.agreement_id for line in lines})
    teams, packages = shown.unit_names(line.team_id for line in lines), _package_names({line.package for line in lines})
    rows: list[list[Value]] = [
        [
            numbers[line.agreement_id],
            teams[line.team_id],
            packages[line.package],
            str(PAYERS[line.payer]),
            yuan(line.fen),
        ]
        for line in lines
    ]
    return [heads, *rows]


# --- what was paid ----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def payments(request: HttpRequest) -> HttpResponse:
    """Write down what a payer paid; the payments for some months, with their corrections."""
    viewer = access.viewer_for(request)
    asked = _asked(request, viewer)
    form = forms.PaymentForm(
        request.POST if request.method == "POST" else None,
        today=viewer.today,
        initial={"token": uuid4(), "received_on": viewer.today, "month": f"{asked.last:%Y-%m}"},
    )

    def write() -> Payment:
        said = form.cleaned_data
        return actions.record_payment(viewer=viewer, institution_id=asked.institution.pk, **said)

    if form.is_valid() and tried(form, write):
        messages.success(request, gettext("Written down."))
        return redirect(asked.url("pay-payments"))
    rows = queries.payments_of(asked.institution.pk, asked.first, asked.last)
    page = {
        "asked": asked,
        "form": form,
        "action": asked.url("pay-payments"),
        "back_url": asked.url("pay-fees"),
        "rows": [
            {
                "id": one.pk,
                "payer": PAYERS[one.payer],
                "month": wording.month_text(one.month),
                "received_on": one.received_on,
                "money": money(one.fen),
                "words": one.words,
                "by": named(one.by),
                "corrects": one.corrects_id,
            }
            for one in rows
        ],
    }
    return render(request, "pay/payments.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: HttpRequest, payment_id: int) -> HttpResponse:
    """Take some or all of a payment back, with a reason."""
    viewer = access.viewer_for(request)
    payment = payment_for(viewer, payment_id)
    form = forms.TakeBackForm(request.POST if request.method == "POST" else None, initial={"token": uuid4()})

    def write() -> Payment:
        return actions.correct_payment(viewer=viewer, payment=payment, **form.cleaned_data)

    back_url = (
        reverse("pay-payments")
        + "?"
        + urlencode(
            {
                "institution": payment.institution_id,
                "first": f"{payment.month:%Y-%m}",
                "last": f"{payment.month:%Y-%m}",
            }
        )
    )
    if form.is_valid() and tried(form, write):
        messages.success(request, gettext("Written down as a correction."))
        return redirect(back_url)
    page = {
        "form": form,
        "payer": PAYERS[payment.payer],
        "month": wording.month_text(payment.month),
        "money": money(payment.fen),
        "left": money(queries.left_of(payment)),
        "back_url": back_url,
    }
    return render(request, "pay/take_back.html", page)
