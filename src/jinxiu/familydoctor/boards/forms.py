"""What is asked of a board: which team and place, who of the people, part of a name; and what became of a call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.evidence.questionnaires import Questionnaire, Value, take_answers
from jinxiu.familydoctor.boards import rules
from jinxiu.familydoctor.boards.queries import Scope, Wanted
from jinxiu.familydoctor.boards.rules import Gap
from jinxiu.familydoctor.followups.forms import forms_of_event
from jinxiu.people.models import Place, Team
from jinxiu.people.wording import named
from jinxiu.standards.codes import installed
from jinxiu.standards.model import Standard
from jinxiu.worklists.forms import NameFilter

STATUSES = {
    rules.OPEN: _("Something open"),
    rules.OVERDUE: _("Overdue"),
    rules.NOTHING: _("Nothing open"),
    rules.EVERYBODY: _("Everybody"),
}


def status_words(status: str) -> str:
    """Name a status of rules.statuses_of."""
    if status in rules.GONE:
        words = installed().name("end_reasons", status, get_language() or "")
        return words[:1].upper() + words[1:]
    return str(STATUSES[status])


def gap_words(gap: Gap) -> str:
    """Name what is missing: the clause, or that nobody has been there yet."""
    return gettext("Never seen") if gap.never_seen else gap.clause.title.language(get_language() or "")


class BoardFilter(NameFilter):
    """The filters as GET parameters. `values` are always usable: what cannot be is left out, and the page shows it."""

    team = forms.ChoiceField(required=False, label=_("Team"))
    place = forms.ChoiceField(required=False, label=_("Community"))
    status = forms.ChoiceField(required=False, label=_("Who"))
    gap = forms.ChoiceField(required=False, label=_("What is missing"))

    def __init__(self, data: QueryDict, *, standard: Standard, teams: Sequence[Team], places: Sequence[Place]) -> None:
        super().__init__(data)
        gaps = [(gap.key, gap_words(gap)) for gap in rules.gaps_of(standard)]
        self._offer("team", [("", _("All my teams")), *((str(team.pk), named(team)) for team in teams)])
        self._offer("place", [("", _("All")), *by_street(places)])
        self._offer("status", [(one, status_words(one)) for one in rules.statuses_of(standard)])
        self._offer("gap", [("", _("Anything")), *gaps])
        for name, is_needed in (("team", len(teams) > 1), ("gap", len(gaps) > 1)):
            if not is_needed:
                del self.fields[name]
        self.full_clean()
        self.values: dict[str, str] = {**dict.fromkeys(self.base_fields, ""), **self.cleaned_data}
        self.values["status"] = self.values["status"] or rules.OPEN

    def _offer(self, name: str, choices: Iterable[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)

    @property
    def narrow_fields(self) -> list[forms.BoundField]:
        """The drop-down fields, in their order."""
        return [self[name] for name in ("team", "place", "status", "gap") if name in self.fields]

    @property
    def scope(self) -> Scope:
        """Where."""
        return Scope(int(self.values["team"]) if self.values["team"] else None, self.values["place"])

    @property
    def wanted(self) -> Wanted:
        """Whom of the people there."""
        return Wanted(self.values["status"], self.values["gap"], self.values["name"])

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but team and place is filtered."""
        return self.values["status"] != rules.OPEN or bool(self.values["gap"] or self.values["name"])

    def address(self, **changes: str) -> dict[str, str]:
        """The parameters of the address that shows this list, changed; empty ones are left out."""
        return {name: value for name, value in {**self.values, **changes}.items() if value}

    def address_of(self, status: str = rules.OPEN, gap: str = "") -> dict[str, str]:
        """The parameters for others of the same team and place."""
        return self.address(name="", status=status, gap=gap)


def by_street(places: Sequence[Place]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Streets, each with a way to all of it and to each of its communities."""
    groups = []
    for street, communities in groupby(places, key=lambda place: place.parent):
        choices = [(place.code, named(place)) for place in communities]
        if street is not None:
            choices.insert(0, (street.code, gettext("All of %(street)s") % {"street": named(street)}))
        groups.append((named(street) if street else "", choices))
    return groups


def call_form() -> Questionnaire:
    """The definition by which calls are recorded."""
    (form,) = forms_of_event(rules.CALL)
    return form


def outcome_words(outcome: str) -> str:
    """What became of a call, in words."""
    option = call_form().question("outcome").option(outcome)
    return option.text.language(get_language() or "") if option else outcome


class CallForm(forms.Form):
    """What became of a call; `answers` are those of the form of calls."""

    outcome = forms.ChoiceField(label=_("What became of the call"), widget=forms.RadioSelect)
    again_on = forms.DateField(
        label=_("Call again on"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    note = forms.CharField(label=_("Note on the call"), required=False, max_length=200)

    def __init__(self, data: QueryDict | None, *, today: date) -> None:
        super().__init__(data)
        self.today = today
        field = self.fields["outcome"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(one.code, outcome_words(one.code)) for one in call_form().question("outcome").options]

    def clean(self) -> dict[str, Any]:
        """A call that was put off has a day, no other one has."""
        said = super().clean() or {}
        day = said.get("again_on")
        if said.get("outcome") == "again" and "again_on" not in self.errors:
            last = self.today + timedelta(days=rules.CALL_DAYS)
            if day is None or not self.today < day <= last:
                words = _("Choose the day to call again: tomorrow or later, until %(day)s.")
                self.add_error("again_on", words % {"day": last.isoformat()})
        elif day and "outcome" in said:
            self.add_error("again_on", _("A day to call again goes with “Call again”; choose that, or clear the day."))
        return said

    @property
    def values(self) -> Mapping[str, Value]:
        """The answers of a valid form."""
        raw = {name: str(value) for name, value in self.cleaned_data.items() if value}
        raw |= {"happened_on": self.today.isoformat(), "mode": "phone"}
        return take_answers(call_form(), raw).values
