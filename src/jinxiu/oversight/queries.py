"""What watching needs to know: whose number it is, how to call somebody without the name, how old things are."""

import io
import json
import zipfile
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, Min, Model
from django.utils import translation

from jinxiu.attachments.queries import all_of, content_of
from jinxiu.attachments.rules import SUFFIXES
from jinxiu.audit.models import AuditEntry
from jinxiu.documents import pdf
from jinxiu.evidence.models import Event
from jinxiu.evidence.sheltered import sheltered
from jinxiu.oversight.bundle import bundle
from jinxiu.oversight.outside import Rows, outside
from jinxiu.oversight.paper import paper
from jinxiu.people import sealing
from jinxiu.people.clock import SHANGHAI, now, today
from jinxiu.people.families import wording
from jinxiu.people.families.queries import relationships_of
from jinxiu.people.families.rules import ends_on
from jinxiu.people.identity import normalise
from jinxiu.people.matching.queries import KEPT, records_of
from jinxiu.people.models import Identifier, Person, Staff, Team
from jinxiu.standards.codes import installed


def person_id_of(number: str) -> int | None:
    """Whose number of any kind (identity card, passport …) this is; None when it is nobody's, or several people's."""
    whole_hash = sealing.keyed_hash(normalise(number), sealing.IDENTIFIER)
    found = set(Identifier.objects.filter(whole_hash=whole_hash).values_list(KEPT, flat=True)[:2])
    return found.pop() if len(found) == 1 else None


def covered_names(person_ids: Iterable[int]) -> dict[int, str]:
    """Names of which only the first character shows, by person id: an auditor need not know who it is."""
    rows = Person.objects.filter(pk__in=set(person_ids)).values_list("pk", "name")
    return {pk: name[:1] + "*" * max(len(name) - 1, 1) for pk, name in rows}


def oldest() -> dict[str, date | None]:
    """By code of a retention: the day from which the first thing of its kind to become free is counted."""
    last_visits = Event.objects.values("person").annotate(last=Max("happened_on"))
    first_line = AuditEntry.objects.aggregate(first=Min("at"))["first"]
    return {
        "records": last_visits.aggregate(first=Min("last"))["first"],
        "trail": first_line.astimezone(SHANGHAI).date() if first_line else None,
    }


# --- a copy of all data -----------------------------------------------------------------------------------------------


def copy_file(person_id: int, *, with_ratings: bool = False) -> bytes:
    """All that is kept of a person as a ZIP file: a FHIR R4 bundle, every row as it stands, the record to read, and the
    documents themselves.

    What the person said of the team, or wished to be called about, is in it only where no member of the team makes the
    copy (`with_ratings`). Get the person from `access` first. Raises Person.DoesNotExist.
    """
    tables = copy_of(person_id)
    if not with_ratings:
        del tables["rating"], tables["callwish"]
    return _archive(person_id, tables, _documents(person_id), is_whole=True)


def open_copy_file(person_id: int) -> bytes:
    """The same without what is under special shelter, for who takes it without a conversation: no rows as they stand,
    which are of too many kinds to be sorted, and no document that was withdrawn, for it may be somebody else's."""
    documents = [row for row in _documents(person_id) if not row["is_sheltered"] and not row["is_withdrawn"]]
    return _archive(person_id, outside(copy_of(person_id), sheltered()), documents, is_whole=False)


def open_paper(person_id: int) -> bytes:
    """The record to read as PDF in the active language, without what is under special shelter."""
    return pdf(paper(outside(copy_of(person_id), sheltered()), installed(), today(), is_whole=False))


def _archive(person_id: int, tables: Rows, documents: list[dict[str, Any]], *, is_whole: bool) -> bytes:
    of_others = {"relatedperson": _relatives(person_id), "documentreference": documents}
    record = bundle(tables | of_others, installed(), now().isoformat(timespec="seconds"))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in {"fhir-bundle.json": record, **({"everything.json": tables} if is_whole else {})}.items():
            archive.writestr(name, json.dumps(part, ensure_ascii=False, indent=1, default=_text))
        archive.writestr("record.pdf", pdf(paper(tables, installed(), today(), is_whole=is_whole)))
        for row in documents:
            archive.writestr(row["url"], content_of(row["id"]))
    return file.getvalue()


def copy_of(person_id: int) -> dict[str, list[dict[str, Any]]]:
    """Every row about a person, by table; whatever table is ever added beside these is in it without being named."""
    person = Person.objects.select_related("household__place").get(pk=person_id)
    records = records_of(person_id)
    home = person.household
    row = _row(person) | ({"address": f"{home.place.name} {home.address}".strip()} if home else {})
    tables = {"person": [row]}
    for relation in Person._meta.get_fields(include_hidden=True):
        model = relation.related_model
        if relation.auto_created and not relation.concrete and isinstance(model, type) and issubclass(model, Model):
            of_person = {f"{relation.field.name}__in": records}  # type: ignore[union-attr]
            found = model._default_manager.filter(**of_person).order_by("pk")
            tables.setdefault(str(model._meta.model_name), []).extend(map(_row, found))
    for row in tables["attachment"]:
        del row["number"]  # the key of a document is no data of the person
    _name_staff_and_teams(tables)
    return tables


def _documents(person_id: int) -> list[dict[str, Any]]:
    """Documents and photos as they are now, with `url`, the place of each inside of the copy."""
    return [
        {
            "id": one.attachment_id,
            "is_withdrawn": one.withdrawn,
            "is_sheltered": one.sheltered,
            "kind": one.kind,
            "title": one.title,
            "on": one.on.isoformat(),
            "author": one.author,
            "recorded_at": one.recorded_at.isoformat(),
            "media": one.attachment.media,
            "size": one.attachment.size,
            "url": f"documents/{one.attachment_id}.{SUFFIXES[one.attachment.media]}",
        }
        for one in all_of(person_id)
    ]


def _relatives(person_id: int) -> list[dict[str, Any]]:
    """Who stands or stood beside the person: name and phone as the person knows them, nothing else of somebody else.

    The day of an end no longer counts (`families.rules`), so the last one is the day before.
    """
    found = []
    for row in relationships_of(person_id):
        end = ends_on(row, row.person)
        found.append(
            {
                "id": row.pk,
                "active": end is None or end > today(),
                "name": row.relative.name if row.relative else row.name,
                "number": sealing.open_sealed(row.sealed, sealing.PHONE) if row.sealed else "",
                "role": row.role,
                "relation": row.relation,
                "start_on": row.start_on.isoformat(),
                "last_on": max(row.start_on, end - timedelta(days=1)).isoformat() if end else None,
                **_in_chinese(row.role, row.relation),
            }
        )
    return found


def _in_chinese(role: str, relation: str) -> dict[str, str]:
    with translation.override("zh-hans"):
        words = {"role_text": wording.ROLES[role], "relation_text": wording.RELATIONS.get(relation, relation)}
        return {name: str(text) for name, text in words.items()}


def _row(thing: Model) -> dict[str, Any]:
    """The columns; a sealed number is opened, its keyed hashes are left out: they are no data of the person."""
    values = {field.attname: field.value_from_object(thing) for field in thing._meta.concrete_fields}
    row = {name: _plain(value) for name, value in values.items() if not isinstance(value, bytes | memoryview)}
    sealed, purpose = values.get("sealed"), getattr(thing, "sealed_as", None)
    return row | {"number": sealing.open_sealed(sealed, purpose)} if sealed and purpose else row


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _text(value: Any) -> str:
    return str(value)


def _name_staff_and_teams(tables: dict[str, list[dict[str, Any]]]) -> None:
    rows = [row for found in tables.values() for row in found]
    staff = dict(Staff.objects.filter(pk__in={row.get("recorded_by_id") for row in rows}).values_list("pk", "name"))
    teams = dict(Team.objects.filter(pk__in={row.get("team_id") for row in rows}).values_list("pk", "name"))
    for row in rows:
        if "recorded_by_id" in row:
            row["staff"] = staff.get(row["recorded_by_id"], "")
        if "team_id" in row:
            row["team"] = teams.get(row["team_id"], "")
