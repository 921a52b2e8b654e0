"""The page on which a person's data are put right, and the one that shows what they were before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from jinxiu.audit.sentences import define_purpose
from jinxiu.familydoctor.residency import correcting
from jinxiu.familydoctor.residency.wording import FIELDS, reason_words, value_words
from jinxiu.people import access
from jinxiu.people import queries as register
from jinxiu.people.access import Viewer
from jinxiu.people.actions import NumberTakenError
from jinxiu.people.correcting import queries, rules
from jinxiu.people.correcting.actions import ChangedMeanwhileError
from jinxiu.people.correcting.forms import CorrectionForm
from jinxiu.people.models import Person
from jinxiu.people.roles import REGISTER_PEOPLE
from jinxiu.people.wording import named

CORRECTION = define_purpose("correction", _("correcting data"))
EARLIER = define_purpose("earlier data", _("reading earlier data"))
_SALT = "jinxiu.correction"
_COLUMNS = {"name": ("name",), "sex": ("sex",), "birth_date": ("birth_date",), "address": ("place", "address")}


@dataclass(frozen=True, slots=True)
class Row:
    """One part of the data: as it was, as it is or became, and what the form wants of it (empty: nothing)."""

    label: str
    before: str
    now: str
    mine: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One change, in words."""

    at: datetime
    by: str
    reason: str
    words: str
    rows: tuple[Row, ...]


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show what is registered, and put right what the form says otherwise."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, CORRECTION, REGISTER_PEOPLE)
    form = _form(person, viewer, request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _save(request, viewer, person, form)
    return _show(request, person, form)


def _form(person: Person, viewer: Viewer, data: Any) -> CorrectionForm:
    places = register.community_choices()
    home = person.household
    if home and str(home.place_id) not in dict(places):  # a file may have named the street only
        places = [(str(home.place_id), named(home.place)), *places]
    initial = {
        "name": person.name,
        "sex": person.sex,
        "birth_date": person.birth_date,
        "place": str(home.place_id) if home else "",
        "address": home.address if home else "",
    }
    return CorrectionForm(
        data,
        initial=initial,
        today=viewer.today,
        places=places,
        person=person,
        numbers=queries.numbers_of(person.pk),
        phones=queries.phones_of(person.pk),
    )


def _show(
    request: HttpRequest, person: Person, form: CorrectionForm, clashes: tuple[Row, ...] = (), by: str = ""
) -> HttpResponse:
    # A form that comes back with errors still says which data it was opened on.
    opened = request.POST.get("before", "") if form.is_bound and not by else ""
    context = {"person": person, "form": form, "clashes": clashes, "by": by, "before": opened or _sealed(person)}
    return render(request, "familydoctor/residency/correct.html", context)


def _sealed(person: Person) -> str:
    return signing.dumps({"revision": person.revision, "data": queries.data_of(person)}, salt=_SALT)


def _opened_on(request: HttpRequest) -> dict[str, Any]:
    """The data on which the form was opened; a form that lost them was opened on nothing."""
    try:
        opened: dict[str, Any] = signing.loads(request.POST.get("before", ""), salt=_SALT)
    except signing.BadSignature:
        return {"revision": 0, "data": {}}
    return opened


def _save(request: HttpRequest, viewer: Viewer, person: Person, form: CorrectionForm) -> HttpResponse:
    opened, wanted = _opened_on(request), form.wanted
    try:
        fields = correcting.correct(
            viewer=viewer,
            person_id=person.pk,
            revision=opened["revision"],
            before=opened["data"],
            wanted=wanted,
            reason=form.cleaned_data["reason"],
            words=form.cleaned_data["words"].strip(),
        )
    except ChangedMeanwhileError:
        return _ask_again(request, viewer, person.pk, form, opened)
    except NumberTakenError as taken:
        form.add_error(_typed_field(form), _taken(viewer, taken))
        return _show(request, person, form)
    except correcting.BornAfterRecordsError as records:
        words = gettext("There are records of %(day)s, before this birth date; please look at it again.")
        form.add_error("birth_date", words % {"day": records.day})
        return _show(request, person, form)
    if fields:
        messages.success(request, gettext("The data are corrected; what stood there before is kept."))
    else:
        messages.info(request, gettext("All this stood there already; nothing has been changed."))
    return redirect("person", person.pk)


def _typed_field(form: CorrectionForm) -> str:
    """Where the number stands that was typed: the last one, for there is hardly ever more than one."""
    return list(form.read)[-1]


def _taken(viewer: Viewer, taken: NumberTakenError) -> str:
    known = access.people_for(viewer).filter(pk=taken.person_id).first()
    if known is None:
        return str(taken.sentence)
    return gettext("This number already belongs to %(name)s; please compare it with the document.") % {"name": known}


# --- two at one time


def _ask_again(
    request: HttpRequest, viewer: Viewer, person_id: int, form: CorrectionForm, opened: dict[str, Any]
) -> HttpResponse:
    """Put what was typed beside what somebody else made of the data since, and ask again; nothing typed is lost."""
    person = queries.person_now(person_id)
    now, before, wanted = queries.data_of(person), opened["data"] or queries.data_of(person), form.wanted
    mine = {field: wanted.part(field) for field in rules.PARTS}
    found = rules.clashes(before, now, mine)
    merged = request.POST.copy()
    for clash in found:
        if clash.mine is None and clash.field in _COLUMNS:  # left alone here: what the other made of it stays
            for column, value in zip(_COLUMNS[clash.field], clash.now, strict=True):
                merged[column] = "" if value is None else str(value)
    fresh = _form(person, viewer, merged)
    vanished = [
        str(text) for name, text in request.POST.items() if name.startswith("number_") and name not in fresh.fields
    ]
    if vanished and not merged.get("number"):  # a number that was to be replaced is gone: keep what was typed for it
        merged["number"] = vanished[-1]
        fresh = _form(person, viewer, merged)
    changes = queries.changes_of(person, since=opened["revision"] or person.revision)
    by = gettext(", ").join(dict.fromkeys(_line_by(change) for change in changes)) or gettext("somebody else")
    return _show(request, person, fresh, tuple(_clash_row(clash, before, now, wanted, person) for clash in found), by)


def _clash_row(clash: rules.Clash, before: rules.Data, now: rules.Data, wanted: rules.Wanted, person: Person) -> Row:
    mine = ""
    if clash.mine is not None:
        places = dict(register.community_choices())
        asked = {**now, clash.field: clash.mine[-1], "place": places.get(str(wanted.place_id), "")}
        mine = value_words(clash.field, asked)
    label, was, stands = FIELDS[clash.field], value_words(clash.field, before), value_words(clash.field, now)
    return Row(str(label), was, stands, mine)


# --- what it was before


@require_safe
def earlier(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show how a person's data came to be what they are: who changed what, when and why."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, EARLIER)
    lines = [_line(change) for change in queries.changes_of(person)]
    return render(request, "familydoctor/residency/earlier.html", {"person": person, "lines": lines})


def _line(change: queries.Change) -> Line:
    rows = tuple(
        Row(str(FIELDS[field]), value_words(field, change.before), value_words(field, change.after))
        for field in change.fields
        if field in FIELDS
    )
    return Line(change.at, _line_by(change), reason_words(change.reason), change.words, rows)


def _line_by(change: queries.Change) -> str:
    return named(change.by) if change.by else gettext("an import")
