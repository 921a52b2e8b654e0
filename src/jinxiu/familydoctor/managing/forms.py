"""What is asked of a page of numbers: which team, which community, which group, which period."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from jinxiu.familydoctor.boards.forms import by_street
from jinxiu.familydoctor.managing import rules, wording
from jinxiu.familydoctor.managing.queries import Asked, Places, sheltered_groups
from jinxiu.indicators.queries import Scope
from jinxiu.indicators.wording import group_name

ELSEWHERE = "none"  # in no community of the scope, or without an address
WITH_PERIOD = (rules.CHANGES, rules.RENEWAL)


class PageFilter(forms.Form):
    """The filters as GET parameters. `values` are always usable: what cannot be is left out, and the page shows it."""

    team = forms.ChoiceField(required=False, label=_("Team"))
    place = forms.ChoiceField(required=False, label=_("Community"))
    group = forms.ChoiceField(required=False, label=_("Group of people"))
    period = forms.ChoiceField(required=False, label=_("Period"), choices=list(wording.PERIODS.items()))

    def __init__(self, data: QueryDict, *, part: str, scope: Scope, places: Places) -> None:
        super().__init__(data)
        self.part, self.scope, self.places = part, scope, places
        self.words: dict[tuple[str, str], Any] = {("period", code): words for code, words in wording.PERIODS.items()}
        self._offer("team", [("", _("All my teams")), *((one.key, group_name(one)) for one in scope.groups)])
        communities = by_street(list(places.by_id.values()))
        self._offer("place", [("", _("All")), *communities, (ELSEWHERE, wording.ELSEWHERE)])
        hidden = sheltered_groups()
        self._offer(
            "group", [(code, wording.capital(words)) for code, words in wording.GROUPS.items() if code not in hidden]
        )
        for name in set(self.fields) - set(self._names()):
            del self.fields[name]
        self.full_clean()
        self.values: dict[str, str] = {**dict.fromkeys(self.base_fields, ""), **self.cleaned_data}
        self.values["group"] = self.values["group"] or rules.ALL

    def _names(self) -> Iterable[str]:
        """The filters of the page. Who sees numbers only takes no team or community out: it would tell of few."""
        if not self.scope.numbers_only:
            yield "team"
            yield from () if self.part == rules.LOAD else ("place",)
        if self.part == rules.COVERAGE:
            yield "group"
        if self.part in WITH_PERIOD:
            yield "period"

    def _offer(self, name: str, choices: Iterable[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)
        self.words |= {(name, value): words for value, words in _flat(field.choices)}

    def asked(self, part: str, today: Any) -> Asked:
        """What is counted."""
        chosen = [one for one in self.scope.groups if self.values["team"] in ("", one.key)]
        place = self.values["place"]
        elsewhere = place == ELSEWHERE
        return Asked(
            part=part,
            today=today,
            teams=frozenset[int]().union(*(one.team_ids for one in chosen)),
            districts=self.scope.district_ids,
            places=frozenset(self.places.by_id) if elsewhere else self.places.ids_of(place),
            elsewhere=elsewhere,
            period=rules.period(self.values["period"], today),
        )

    def narrowed_to(self) -> list[str]:
        """The team, the community and the period that are chosen, in words."""
        chosen = ((name, self.values[name]) for name in ("team", "place", "period") if name in self.fields)
        return [str(self.words[one]) for one in chosen if one[1]]

    def address(self, **changes: str) -> dict[str, str]:
        """The parameters of the address that shows the same, changed; empty ones are left out."""
        values = {**self.values, **changes}
        return {name: value for name, value in values.items() if value and (name, value) != ("group", rules.ALL)}


def _flat(choices: Iterable[Any]) -> Iterable[tuple[str, Any]]:
    """Choices without the groups in which they are offered."""
    for value, words in choices:
        if isinstance(words, list):
            yield from words
        else:
            yield value, words
