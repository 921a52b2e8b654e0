"""What an import asks the register: its places and its teams by the names that files use."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from jinxiu.people import clock
from jinxiu.people.access import open_on
from jinxiu.people.models import Place, Team


@dataclass
class Names:
    """Ids by name and by code; a name that several have leads to all of them, to those in force where there are any."""

    ids: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    parents: dict[int, int | None] = field(default_factory=dict)
    retired: dict[int, date] = field(default_factory=dict)

    def add(self, pk: int, *names: str) -> None:
        """Let these names, and each only once, lead to the id."""
        for name in dict.fromkeys(name for name in names if name):
            self.ids[name].append(pk)

    def find(self, name: str, parents: Iterable[int] | None = None) -> list[int]:
        """The ids of a name; with parents only those below one of them."""
        found = self.ids.get(name, [])
        if parents is not None:
            found = [pk for pk in found if self.parents.get(pk) in set(parents)]
        return [pk for pk in found if pk not in self.retired] or found


def short(name: str, endings: Iterable[str]) -> str:
    """A place's name without the longest of the endings, which some write and others do not."""
    longest = max((end for end in endings if name.endswith(end) and len(name) > len(end) + 1), key=len, default="")
    return name[: len(name) - len(longest)]


def places(kind: str, endings: Iterable[str]) -> Names:
    """The streets or the communities (a Place.Kind), by code, whole name and short name."""
    names = Names()
    rows = Place.objects.filter(kind=kind).values_list("pk", "code", "name", "parent_id", "retired_on")
    for pk, code, name, parent, retired_on in rows:
        names.add(pk, code, name, short(name, endings))
        names.parents[pk] = parent
        if retired_on is not None:
            names.retired[pk] = retired_on
    return names


def teams(reach: frozenset[int] | None) -> Names:
    """The open teams within reach (None: all), by code, by name, and by institution and name together."""
    names = Names()
    rows = Team.objects.filter(open_on(clock.today()), *(() if reach is None else (Q(pk__in=reach),)))
    for team in rows.select_related("institution").order_by("code"):
        names.add(team.pk, team.code, team.name, f"{team.institution.name}{team.name}")
    return names
