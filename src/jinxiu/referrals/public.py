"""The pages for a hospital without an account: whoever has the letter's code and knows the patient's birth date.

A code that is wrong, too old, shut or never was, and a wrong birth date, are all answered by one sentence, after one
time. Before the birth date was said, a page looks up no code at all.
"""

from __future__ import annotations

from time import monotonic, sleep
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from jinxiu.audit import origin
from jinxiu.people import clock
from jinxiu.referrals import actions, queries, rules, shown
from jinxiu.referrals.actions import OUTSIDE, By, ReferralError
from jinxiu.referrals.forms import AnswerForm, CheckForm, SayForm
from jinxiu.referrals.models import ReferralCode

_OPENED = "jinxiu_letters"  # in the session: until when (a timestamp) by the code's keyed hash
_OPEN_SECONDS = 30 * 60
_TRIES_A_MINUTE = 20  # from one address
_WRONG_TAKES = 0.25  # seconds, of which the work takes a few hundredths: how long it took tells nothing
_SAYS = (rules.ACCEPTED, rules.BOOKED, rules.ARRIVED, rules.REFUSED, rules.NOT_ARRIVED)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def letter(request: HttpRequest, code: str) -> HttpResponse:
    """Ask for the birth date; then show the letter, for half an hour."""
    if request.method != "POST":
        row = _opened(request, code)
        return _letter(request, code, row) if row else _ask(request, CheckForm())
    if _too_many():
        form = CheckForm(request.POST)
        form.add_error(None, gettext("Too many tries from here; wait a minute."))
        return _ask(request, form, status=429)
    form, began = CheckForm(request.POST), monotonic()
    if form.is_valid():
        today = clock.today()
        row = actions.open_by_code(code=code, birth_date=form.cleaned_data["birth_date"], today=today)
        if row:
            until = clock.true_now().timestamp() + _OPEN_SECONDS
            request.session[_OPENED] = request.session.get(_OPENED, {}) | {queries.code_key(code): until}
            return redirect("letter", code)
        form.add_error(
            None,
            gettext(
                "Code and birth date do not fit, or the code works no more. After several wrong tries it rests for an "
                "hour. Ask the health centre that wrote the letter."
            ),
        )
        sleep(max(0.0, began + _WRONG_TAKES - monotonic()))
    return _ask(request, form)


@login_not_required
@require_POST
def say(request: HttpRequest, code: str) -> HttpResponse:
    """The hospital says whether it accepts, and whether the patient arrived."""
    row = _opened(request, code)
    if row is None:
        return redirect("letter", code)
    form = SayForm(request.POST)
    if not form.is_valid() or form.cleaned_data["to"] not in _SAYS:
        messages.error(request, gettext("Nothing was sent: say your name, and where it is asked for, why."))
        return redirect("letter", code)
    values = form.cleaned_data
    by = By(rules.HOSPITAL, OUTSIDE, author=values.pop("author"))
    try:
        actions.step(referral_id=row.referral_id, by=by, today=clock.today(), **values)
    except ReferralError as refused:
        messages.error(request, str(refused.sentence))
    else:
        messages.success(request, gettext("Thank you. The health centre sees it at once."))
    return redirect("letter", code)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, code: str) -> HttpResponse:
    """The hospital's doctor answers; a second answer stands beside the first."""
    row = _opened(request, code)
    if row is None:
        return redirect("letter", code)
    today = clock.today()
    form = AnswerForm(request.POST if request.method == "POST" else None, today=today)
    if form.is_valid():
        by = By(rules.HOSPITAL, OUTSIDE, author=form.cleaned_data["author"])
        try:
            actions.answer(
                referral_id=row.referral_id,
                by=by,
                today=today,
                token=form.cleaned_data["token"],
                told=form.told("code"),
            )
        except ReferralError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused.sentence))
        else:
            messages.success(request, gettext("Thank you. The health centre sees it at once."))
            return redirect("letter", code)
    page = {"code": code, "form": form, "patient": shown.letter_person(row.referral.letter, today)}
    return _private(render(request, "referrals/public_answer.html", page))


def _opened(request: HttpRequest, code: str) -> ReferralCode | None:
    """The code's row where this browser said the birth date within the last half hour and the code works still."""
    until = request.session.get(_OPENED, {}).get(queries.code_key(code), 0)
    return queries.code_in_force(code, clock.today()) if until > clock.true_now().timestamp() else None


def _ask(request: HttpRequest, form: CheckForm, status: int = 200) -> HttpResponse:
    return _private(render(request, "referrals/public_check.html", {"form": form}, status=status))


def _letter(request: HttpRequest, code: str, row: ReferralCode) -> HttpResponse:
    referral, today = row.referral, clock.today()
    buttons = [one for one in shown.buttons_of(referral, rules.HOSPITAL) if one.to in _SAYS]
    page: dict[str, Any] = {
        "code": code,
        "line": shown.line_of(referral, today),
        "patient": shown.letter_person(referral.letter, today),
        "sender": shown.letter_from(referral.letter),
        "rows": shown.letter_rows(referral.letter),
        "readings": shown.letter_readings(referral.letter),
        "answers": shown.answers_of(referral),
        "buttons": buttons,
        "may_answer": shown.may_write(referral, rules.HOSPITAL),
        "token": uuid4(),
    }
    return _private(render(request, "referrals/public_letter.html", page))


def _private(response: HttpResponse) -> HttpResponse:
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _too_many() -> bool:
    """Whether this address has tried more often in this minute than anybody types."""
    minute = int(clock.true_now().timestamp()) // 60
    key = f"letter:{origin.current().address}:{minute}"
    cache.add(key, 0, 120)
    return cache.incr(key) > _TRIES_A_MINUTE
