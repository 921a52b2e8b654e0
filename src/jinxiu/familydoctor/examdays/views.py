"""The pages of examination days: planning, filling, the list of a day, and one person's invitation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jinxiu.documents import pdf
from jinxiu.familydoctor.examdays import actions, queries, rules, shown, wording
from jinxiu.familydoctor.examdays.actions import INVITING, ExamDayError
from jinxiu.familydoctor.examdays.forms import (
    MORNING,
    DayForm,
    DayReasonForm,
    FillForm,
    LinesForm,
    ReasonForm,
    SlotForm,
)
from jinxiu.familydoctor.examdays.paper import paper
from jinxiu.familydoctor.examdays.queries import Booking, Who
from jinxiu.familydoctor.examdays.rules import Plan
from jinxiu.familydoctor.models import ExamDay
from jinxiu.familydoctor.records.queries import head_of
from jinxiu.people import access
from jinxiu.people.access import Viewer, may, person_for, require, viewer_for
from jinxiu.people.roles import PLAN_EXAMS, SEE_RECORD
from jinxiu.people.wording import about, named
from jinxiu.ui.templatetags.jinxiu import day_text

_TEMPLATES = "familydoctor/examdays"
CHINESE = "zh-hans"
_PAST_DAYS = 60  # shown


# --- days -------------------------------------------------------------------------------------------------------------


@require_safe
def days(request: HttpRequest) -> HttpResponse:
    """The days to come within reach, and those that are over when asked for."""
    viewer = viewer_for(request)
    permission = queries.permission_of(viewer)
    over = "over" in request.GET
    if over:
        found = queries.days_for(viewer, permission).filter(on__lt=viewer.today).order_by("-on", "-pk")[:_PAST_DAYS]
    else:
        found = queries.days_for(viewer, permission).filter(on__gte=viewer.today)
    page = {
        "days": [_day(day, viewer) for day in found],
        "over": over,
        "plans": may(viewer, PLAN_EXAMS),
    }
    return render(request, f"{_TEMPLATES}/days.html", page)


def _day(day: ExamDay, viewer: Viewer) -> dict[str, Any]:
    places, taken, fasting = (getattr(day, name) for name in ("places", "taken", "fasting_places"))
    return {
        "id": day.pk,
        "on": day.on,
        "when": day_text(day.on, viewer.today),
        "where": _where(day),
        "places": places,
        "fasting": fasting,
        "taken": taken,
        "free": places - taken,
        "cancelled": day.cancelled_words,
        "over": day.on < viewer.today,
    }


def _where(day: ExamDay) -> str:
    name = named(day.institution)
    return f"{name} · {day.place}" if day.place else name


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Plan the same day on one or several dates."""
    viewer = viewer_for(request)
    require(viewer, PLAN_EXAMS)
    sent = request.POST if request.method == "POST" else None
    offered = [(str(one.pk), named(one)) for one in queries.institutions_for(viewer, PLAN_EXAMS)]
    form = DayForm(sent, institutions=offered, today=viewer.today)
    lines = LinesForm(sent, initial=None if sent else MORNING, prefix="line")
    if all([form.is_valid(), lines.is_valid()]):
        said = form.cleaned_data
        try:
            planned = actions.plan_days(
                viewer=viewer,
                institution_id=said["institution"],
                place=said["place"],
                dates=said["dates"],
                lines=lines.lines,  # type: ignore[attr-defined]
            )
        except ExamDayError as refused:
            form.add_error(refused.field, str(refused.sentence))
        else:
            messages.success(request, _planned(planned))
            return redirect(_fill_url([day.pk for day in planned]))
    return render(request, f"{_TEMPLATES}/new.html", {"form": form, "lines": lines})


def _planned(planned: Sequence[ExamDay]) -> str:
    text = ngettext("%(days)s day is planned.", "%(days)s days are planned.", len(planned))
    return " ".join([text % {"days": len(planned)}, gettext("Next, invite people to it.")])


def _fill_url(day_ids: Iterable[int]) -> str:
    return f"{reverse('exam-days-fill')}?{urlencode([('days', one) for one in day_ids])}"


@require_safe
def day(request: HttpRequest, day_id: int) -> HttpResponse:
    """The list of a day: who is invited when, as far as the viewer may see them."""
    viewer = viewer_for(request)
    permission = queries.permission_of(viewer)
    found = queries.day_for(viewer, permission, day_id)
    bookings = _bookings(viewer, permission, found)
    people = queries.who_are([one.person_id for one in bookings])
    actions.list_read(viewer=viewer, day=found, people=len(bookings))
    plans = may(viewer, PLAN_EXAMS)
    page = {
        "day": _day(found, viewer),
        "times": [one | {"time": wording.time_text(one["starts"])} for one in queries.times_of(day_id)],
        "rows": [_row(one, people[one.person_id], viewer, plans=plans) for one in bookings],
        "others": queries.count_on(day_id) - len(bookings),
        "plans": plans,
        "fill_url": _fill_url([day_id]),
    }
    return render(request, f"{_TEMPLATES}/day.html", page)


def _bookings(viewer: Viewer, permission: str, day: ExamDay) -> list[Booking]:
    return queries.bookings_on(day.pk, access.people_for(viewer, permission), viewer.today)


def _row(one: Booking, who: Who, viewer: Viewer, *, plans: bool) -> dict[str, Any]:
    return {
        "time": wording.time_text(one.starts),
        "person_id": one.person_id,
        "name": who.name,
        "about": about(who.birth_date, who.sex, viewer.today),
        "masked_id": who.masked_id,
        "phone": who.phone,
        "gone": who.gone,
        "line": shown.line_of(one, viewer, plans=plans),
        "move_url": reverse("exam-book", args=[one.person_id]) if plans and one.state == rules.BOOKED else "",
    }


@require_safe
def list_pdf(request: HttpRequest, day_id: int) -> HttpResponse:
    """The list of a day to print, with whole phone numbers: each person on it gets a line in the trail."""
    viewer = viewer_for(request)
    permission = queries.permission_of(viewer)
    found = queries.day_for(viewer, permission, day_id)
    bookings = _bookings(viewer, permission, found)
    everybody = queries.who_are([one.person_id for one in bookings], whole_phones=True)
    people = {person_id: who for person_id, who in everybody.items() if not who.gone}
    listed = [one for one in bookings if one.person_id in people]
    with translation.override(CHINESE):
        mark = gettext("Printed by %(name)s on %(day)s. Confidential; pass it on to nobody else.")
        mark %= {"name": viewer.name, "day": viewer.today.isoformat()}
        title = gettext("Examination day %(day)s") % {"day": day_text(found.on)}
        file = pdf(paper(title, _where(found), listed, people, mark))
    actions.list_printed(viewer=viewer, day=found, person_ids=[one.person_id for one in listed])
    headers = {"Content-Disposition": f'inline; filename="exam-day-{day_id}.pdf"', "Cache-Control": "no-store"}
    return HttpResponse(file, content_type="application/pdf", headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
def cancel_day(request: HttpRequest, day_id: int) -> HttpResponse:
    """Ask for the reason, and cancel a day with all its invitations."""
    viewer = viewer_for(request)
    require(viewer, PLAN_EXAMS)
    found = queries.day_for(viewer, PLAN_EXAMS, day_id)
    form = DayReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            people = actions.cancel_day(viewer=viewer, day_id=day_id, words=form.cleaned_data["words"])
        except ExamDayError as refused:
            form.add_error(None, str(refused.sentence))
        else:
            text = ngettext(
                "The day is cancelled. %(people)s person may be invited again; please call.",
                "The day is cancelled. %(people)s people may be invited again; please call them.",
                people,
            )
            messages.success(request, text % {"people": people})
            return redirect("exam-day", day_id)
    page = {
        "form": form,
        "title": gettext("Cancel the examination day of %(day)s") % {"day": day_text(found.on)},
        "sub": _where(found),
        "back": reverse("exam-day", args=[day_id]),
        "button": gettext("Cancel the day"),
    }
    return render(request, f"{_TEMPLATES}/reason.html", page)


# --- filling ----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def fill(request: HttpRequest) -> HttpResponse:
    """Show who would be invited when, and only after a look at it do it."""
    viewer = viewer_for(request)
    require(viewer, PLAN_EXAMS)
    asked = request.POST if request.method == "POST" else request.GET
    form = _fill_form(asked if asked else None, viewer)
    plan: Plan | None = None
    if form.is_valid():
        try:
            if request.method == "POST":
                count = actions.fill_days(viewer=viewer, wanted=form.wanted(), seen=asked.get("seen", ""))
                messages.success(request, _invited(count))
                return redirect("exam-days")
        except ExamDayError as refused:
            form.add_error(refused.field, str(refused.sentence))
        plan = _plan(viewer, form)
    page = {"form": form, "plan": _shown_plan(plan, viewer) if plan else None, "asked": _asked(form)}
    return render(request, f"{_TEMPLATES}/fill.html", page)


def _fill_form(asked: Any, viewer: Viewer) -> FillForm:
    to_come = [_day(one, viewer) for one in queries.to_come(viewer, PLAN_EXAMS)]
    free = gettext("%(day)s · %(where)s · %(free)s of %(places)s free")
    return FillForm(
        asked,
        days=[(str(one["id"]), free % (one | {"day": one["on"].isoformat()})) for one in to_come],
        teams=[(str(team.pk), named(team)) for team in access.open_teams_for(viewer, PLAN_EXAMS)],
        communities=[
            (place.code, f"{named(place.parent)} · {named(place)}" if place.parent else named(place))
            for place in queries.communities_for(viewer)
        ],
        by_urgency=may(viewer, SEE_RECORD),
        initial={"days": [str(one["id"]) for one in to_come if one["free"]]},
    )


def _plan(viewer: Viewer, form: FillForm) -> Plan | None:
    try:
        return actions.plan_of(viewer=viewer, wanted=form.wanted())
    except ExamDayError as refused:
        form.add_error(refused.field, str(refused.sentence))
        return None


def _asked(form: FillForm) -> list[tuple[str, str]]:
    """What was asked for, to be sent again with the look at it."""
    if not form.is_valid():
        return []
    wanted = form.wanted()
    said = {"team": wanted.team_id or "", "community": wanted.community, "urgency": wanted.urgency}
    return [*(("days", str(one)) for one in wanted.day_ids), *((name, str(value)) for name, value in said.items())]


def _shown_plan(plan: Plan, viewer: Viewer) -> dict[str, Any]:
    people = queries.who_are([one.candidate.person_id for one in plan.invitations])
    by_day: dict[dt.date, list[Mapping[str, Any]]] = {}
    for one in plan.invitations:
        who = people[one.candidate.person_id]
        by_day.setdefault(one.slot.on, []).append(
            {
                "time": wording.time_text(one.slot.starts),
                "name": who.name,
                "about": about(who.birth_date, who.sex, viewer.today),
                "masked_id": who.masked_id,
                "fasting": one.candidate.fasting,
            }
        )
    return {
        "days": [(day_text(on, viewer.today), rows) for on, rows in by_day.items()],
        "count": len(plan.invitations),
        "left_fasting": plan.left_fasting,
        "left_others": plan.left_others,
        "seen": plan.fingerprint,
    }


def _invited(count: int) -> str:
    return ngettext("%(people)s person is invited.", "%(people)s people are invited.", count) % {"people": count}


# --- one person -------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest, person_id: int) -> HttpResponse:
    """Choose a day and time for one person; who is invited already is moved there."""
    viewer = viewer_for(request)
    person = person_for(viewer, person_id, INVITING, PLAN_EXAMS)
    by_year = queries.fasting_by_year(viewer, person_id)
    form = SlotForm(request.POST if request.method == "POST" else None, slots=_slot_choices(viewer, by_year))
    if form.is_valid():
        day_id, starts = form.chosen
        try:
            actions.book(viewer=viewer, person_id=person_id, day_id=day_id, starts=starts)
        except ExamDayError as refused:
            form.add_error(refused.field, str(refused.sentence))
        else:
            messages.success(request, gettext("Saved."))
            return redirect("person", person_id)
    page = {
        "head": head_of(person, viewer.today),
        "card": shown.card_of(viewer, person_id),
        "form": form,
        "owed": bool(by_year),
        "fasts": any(by_year.values()),
    }
    return render(request, f"{_TEMPLATES}/book.html", page)


def _slot_choices(viewer: Viewer, by_year: Mapping[int, bool]) -> list[tuple[str, str]]:
    """The times with a free slot that fit: of a year in which the examination is owed, fasting for who must fast."""
    days = {one.pk: one for one in queries.to_come(viewer, PLAN_EXAMS) if one.on.year in by_year}
    choices: dict[str, str] = {}
    for slot in queries.free_slots(days):
        if slot.fasting or not by_year[slot.on.year]:
            time = wording.time_text(slot.starts)
            choices[f"{slot.day_id}_{time}"] = f"{day_text(slot.on, viewer.today)} {time} · {_where(days[slot.day_id])}"
    return list(choices.items())


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, person_id: int, appointment_id: int) -> HttpResponse:
    """Ask for the reason, and cancel one person's invitation."""
    viewer = viewer_for(request)
    person = person_for(viewer, person_id, INVITING, PLAN_EXAMS)
    if appointment_id not in {one.id for one in queries.bookings_of(person_id, viewer.today)}:
        raise Http404
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        words = form.cleaned_data["words"]
        try:
            actions.cancel(viewer=viewer, person_id=person_id, appointment_id=appointment_id, words=words)
        except ExamDayError as refused:
            form.add_error(None, str(refused.sentence))
        else:
            messages.success(request, gettext("The invitation is cancelled; the person may be invited again."))
            return redirect("person", person_id)
    page = {
        "form": form,
        "title": gettext("Cancel the examination of %(name)s") % {"name": person.name},
        "sub": "",
        "back": reverse("person", args=[person_id]),
        "button": gettext("Cancel the invitation"),
    }
    return render(request, f"{_TEMPLATES}/reason.html", page)


@require_POST
def absent(request: HttpRequest, person_id: int, appointment_id: int) -> HttpResponse:
    """Note that somebody did not come."""
    viewer = viewer_for(request)
    person_for(viewer, person_id, INVITING, PLAN_EXAMS)
    try:
        actions.note_absent(viewer=viewer, person_id=person_id, appointment_id=appointment_id)
    except ExamDayError as refused:
        messages.error(request, str(refused.sentence))
    else:
        messages.success(request, gettext("Noted. The person may be invited again."))
    return redirect("person", person_id)
