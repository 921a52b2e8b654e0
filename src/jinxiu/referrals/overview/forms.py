"""What the list of referrals can be narrowed to, read from the address; nonsense in it narrows nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from jinxiu.referrals import rules, wording
from jinxiu.referrals.forms import day_field
from jinxiu.referrals.overview.queries import Asked
from jinxiu.referrals.overview.rules import ANSWERED, ARRIVED, BACK, NOT_ANSWERED, NOT_ARRIVED, SENT

Choices = Sequence[tuple[str, str | Promise]]
DIRECTIONS = (
    (rules.UP, pgettext_lazy("referral", "to a hospital")),
    (rules.DOWN, pgettext_lazy("referral", "from a hospital")),
)
COUNTED: dict[str, Promise] = {
    SENT: _("Sent to a hospital"),
    ARRIVED: _("Arrived"),
    NOT_ARRIVED: _("No arrival known"),
    ANSWERED: _("Answered"),
    NOT_ANSWERED: _("No answer"),
    BACK: _("Sent back to us"),
}


class PeriodForm(forms.Form):
    """The days of the sending."""

    since = day_field(label=_("Sent from"), required=False)
    until = day_field(label=_("Sent up to"), required=False)


class ListFilter(PeriodForm):
    """The filters as GET parameters. `asked` is always usable; the page shows what it understood."""

    waiting = forms.BooleanField(required=False, label=_("Waiting for us"))
    late = forms.BooleanField(required=False, label=_("Hospital silent too long"))
    urgent = forms.BooleanField(required=False, label=_("Urgent only"))
    direction = forms.ChoiceField(required=False, label=_("Direction"))
    state = forms.ChoiceField(required=False, label=_("State"))
    counted = forms.ChoiceField(required=False, label=_("What came of it"))
    hospital = forms.ChoiceField(required=False, label=_("Hospital"))
    team = forms.ChoiceField(required=False, label=_("Team"))

    def __init__(self, data: QueryDict, *, teams: Choices, hospitals: Sequence[str]) -> None:
        super().__init__(data)
        self._offer("direction", DIRECTIONS)
        self._offer("state", list(wording.STATES.items()))
        self._offer("counted", list(COUNTED.items()))
        self._offer("hospital", [(name, name) for name in hospitals])
        self._offer("team", teams)
        if len(teams) < 2:
            del self.fields["team"]
        self.full_clean()
        self._values: dict[str, Any] = {**dict.fromkeys(self.fields), **self.cleaned_data}

    def _offer(self, name: str, choices: Choices) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("All")), *choices]

    @property
    def asked(self) -> Asked:
        """What the list is narrowed to."""
        values = {name: value for name, value in self._values.items() if value and name != "team"}
        team = self._values.get("team")
        return Asked(**values, team_id=int(team) if team else None)

    @property
    def narrow_fields(self) -> list[forms.BoundField]:
        """Drop-downs and days, in their order."""
        names = ("state", "counted", "hospital", "team", "direction", "since", "until")
        return [self[name] for name in names if name in self.fields]

    @property
    def checks(self) -> list[forms.BoundField]:
        """The boxes to tick."""
        return [self[name] for name in ("waiting", "late", "urgent")]

    def address(self, **changes: str) -> dict[str, str]:
        """The parameters of the address that shows this list, changed; empty ones are left out."""
        now = {name: ("on" if value is True else str(value or "")) for name, value in self._values.items()}
        return {name: value for name, value in {**now, **changes}.items() if value}
