"""Bring the tree of places in line with a list, whole or not at all."""

from datetime import date

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.people.models import Place
from jinxiu.places import rules
from jinxiu.places.files import read_file
from jinxiu.places.queries import known_places
from jinxiu.places.rules import KINDS, Plan

IMPORTED = define(
    "places.imported",
    _("%(actor)s imported a list of places: %(new)s new, %(changed)s changed, %(retired)s retired."),
)


def look_at_places(*, content: bytes) -> Plan:
    """What importing a file would change. Raises FileError."""
    rows, mistakes = read_file(content)
    return rules.plan(rows, mistakes, known_places())


@transaction.atomic
def import_places(*, content: bytes, today: date, actor: Actor) -> Plan:
    """Write what a file says of the places; rows that cannot be used stay out. A place that is gone is kept, retired.

    Whoever lives there keeps it. Raises FileError.
    """
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE people_place IN SHARE ROW EXCLUSIVE MODE")  # two lists at once: one after the other
    planned = look_at_places(content=content)
    if planned.changes_anything:
        _add(planned)
        _change(planned)
        gone = [one.code for one in planned.retired]
        Place.objects.filter(code__in=gone).update(retired_on=today)
        counts = planned.counts
        detail = {name: counts[name] for name in ("new", "changed", "retired")}
        audit.record(IMPORTED, actor=actor, detail=detail)
    return planned


def _add(planned: Plan) -> None:
    for kind in KINDS:  # from the city down, so that each finds what it belongs to
        rows = [row for row in planned.new if rules.kind_of(row.code) == kind]
        ids = _ids({rules.parent_of(row.code) for row in rows})
        Place.objects.bulk_create(
            Place(
                code=row.code,
                name=row.name,
                name_en=row.name_en,
                kind=kind,
                parent_id=ids.get(rules.parent_of(row.code)),
            )
            for row in rows
        )


def _change(planned: Plan) -> None:
    said = {change.known.code: change.listed for change in planned.changed}
    ids = _ids({rules.parent_of(code) for code in said})
    rows = list(Place.objects.filter(code__in=said))
    for row in rows:
        listed = said[row.code]
        row.name, row.name_en = listed.name, listed.name_en or row.name_en
        row.kind, row.parent_id = rules.kind_of(row.code), ids.get(rules.parent_of(row.code))
        row.retired_on = None
    Place.objects.bulk_update(rows, ["name", "name_en", "kind", "parent", "retired_on"], batch_size=1000)


def _ids(codes: set[str]) -> dict[str, int]:
    return dict(Place.objects.filter(code__in=codes).values_list("code", "pk"))
